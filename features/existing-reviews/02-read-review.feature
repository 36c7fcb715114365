@read-only @step-2
Feature: Read the review and its instance

  Scenario: It is of a kind that the audit supports
    Given "review" is the id of a review
    And "instance" is the id of an access review instance
    And "log-since" may be a day
    When the administrator reads the review and its instance
    Then the audit supports what is reviewed

  @independent
  Scenario: What keeps it from removing access is told
    Then settings that make the review toothless are told
