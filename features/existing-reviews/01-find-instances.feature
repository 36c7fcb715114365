@discover @read-only @step-1
Feature: Find the reviews that exist

  Every instance of every access review is audited in a session of its own. `--set review=ID` audits one review,
  `--set since=2026-01-31` what began since that day.

  Scenario: Each instance has a session of its own
    Given "review" may be the id of a review
    And "since" may be a day
    When the administrator finds the instances of access reviews
    Then each of them is audited in a session of its own
