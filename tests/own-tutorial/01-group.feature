@step-1
Feature: A group of my own
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
    And the answer is a valid "group"
    And "$.id" is a GUID
    And "$.id" is kept as "group"
    Given the next request carries the header "ConsistencyLevel" with the value "eventual"
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 200
    And "$.displayName" is "Readers"
    And "$.mailEnabled" is false
    And "$.mailEnabled" is not true
    And "$.mail" is absent
    And "$.mailNickname" matches "^read"

  Scenario: A member appears
    When the administrator polls "/v1.0/groups/{group}/members" until "$.value[0].displayName" is "Adele" within 5 minutes
    Then "$.value[*].displayName" finds exactly:
      | Adele |
    And "$.value[*]" finds 1 value
    And the answer is a list of valid "directoryObject"
