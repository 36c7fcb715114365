@discover @read-only @step-1
Feature: Find the teams
  Scenario: Each group is looked at in a session of its own
    Given "team" may be the id of a group
    And "since" may be a day
    When the administrator lists "/v1.0/groups?$top=1" to its last page
    Then each item of "$.value" is a session called "$.displayName" with:
      | team | $.id |
