@independent @read-only @step-6
Feature: The decisions took effect

  Scenario: They were applied
    Then the decisions were applied

  Scenario: Who was denied has no access now
    Then every denied principal is really gone

  Scenario: Who was approved has access still
    Then every approved principal still has access
