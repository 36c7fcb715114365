@step-1
Feature: A place of my own
  Scenario: Create a named location and read it back
    When the administrator sends POST "/v1.0/identity/conditionalAccess/namedLocations"
      """json
      { "@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "Home", "countriesAndRegions": ["DE"] }
      """
    Then the status is 201
    And "$.id" is kept as "location"
    When the administrator sends GET "/v1.0/me"
    Then the status is 200
    When the administrator sends GET "/v1.0/identity/conditionalAccess/namedLocations/{location}"
    Then the status is 200
    And "$.displayName" is "Home"
