@step-2 @clean-up
Feature: Clean up
  Scenario: Delete the group
    When the administrator sends DELETE "/v1.0/groups/{group}"
    Then the status is 204
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 404
    And the error code is "Request_ResourceNotFound"
