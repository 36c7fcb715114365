@step-5
Feature: List the instances of the review
  There is one instance for each Microsoft 365 group with guests. It names its group, and the group's owners decide.

  Scenario: The group has an instance, and it is running
    When the administrator lists the instances of the review
    Then there is exactly one instance about the group "Feelgood Marketing Campaign"
    And the instance is "InProgress"
    And the instance started in the past and ends in the future
    And the instance lasts 3 days
    And the instance reviews the guests of "Feelgood Marketing Campaign", and its owners decide

  Scenario: The owner was contacted, and nobody else
    When the administrator asks who was contacted for the review
    Then exactly these people were contacted:
      | the administrator |
