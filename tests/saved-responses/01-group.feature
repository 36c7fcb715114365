@step-1
Feature: A group that was saved in Postman
  Scenario: Create a group and read it back
    When the administrator sends POST "/v1.0/groups"
      """json
      {
        "displayName": "Readers",
        "mailEnabled": false,
        "mailNickname": "readers",
        "securityEnabled": true
      }
      """
    Then the status is 201
    And "$.id" is kept as "group"
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 404
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 200
    And "$.displayName" is "Readers"
