@step-3
Feature: List the instances of the review
  There is one instance each time and for each role. It has an id of its own, since the review comes again.

  Scenario: The first instance is running, for three days
    When the administrator lists the instances of the review
    Then there is exactly one instance, with an id of its own
    And the instance is "InProgress"
    And the instance started in the past and ends in the future
    And the instance lasts 3 days
    And the instance reviews who has the role "User Administrator", and "the administrator" decides
