@step-2 @clean-up
Feature: Clean up
  Scenario: Delete the group
    When the administrator sends DELETE "/v1.0/groups/{group}"
    Then the status is 204
