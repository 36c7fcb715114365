@independent @read-only @step-5
Feature: The decisions are accounted for

  Scenario: Each has a reviewer, a time and a reason
    Then every decision has a reviewer, a time and, where demanded, a reason

  Scenario: People and defaults are told apart
    Then decisions by default and by people are counted
