@step-2 @clean-up
Feature: Clean up
  Scenario: Delete the location
    When the administrator sends DELETE "/v1.0/identity/conditionalAccess/namedLocations/{location}"
    Then the status is 204
