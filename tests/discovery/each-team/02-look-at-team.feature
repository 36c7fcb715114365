@read-only @step-2
Feature: Look at a team
  Scenario: It can be read
    Given "team" is the id of a group
    When the administrator sends GET "/v1.0/groups/{team}"
    Then the status is 200

  @independent
  Scenario: It has a description
    When the administrator sends GET "/v1.0/groups/{team}"
    Then "$.description" matches "."

  @independent
  Scenario: It takes no mail
    When the administrator sends GET "/v1.0/groups/{team}"
    Then "$.mailEnabled" is false
