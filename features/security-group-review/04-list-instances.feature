@step-4
Feature: List the instances of the review
  A review that happens once has one instance, and the instance has the review's own id.

  Scenario: The review has one instance, and it is running
    When the administrator lists the instances of the review
    Then there is exactly one instance, and its id is the review's
    And the instance is "InProgress"
    And the instance started in the past and ends in the future
    And the instance reviews the members of "Building security"
