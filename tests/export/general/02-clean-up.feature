@step-2 @clean-up
Feature: Clean up
  Scenario: Delete the user
    When the administrator sends DELETE "/v1.0/users/{user}"
    Then the status is 204
    When the administrator polls "/v1.0/users/{user}" until the status is 404 within 2 minutes
    Then the error code is "Request_ResourceNotFound"
