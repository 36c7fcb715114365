@read-only @step-3
Feature: It ran its course

  @independent
  Scenario: It did not skip an occurrence
    Then no occurrence of the review was skipped

  Scenario: It ended and is not stuck
    Then the instance ran its course
