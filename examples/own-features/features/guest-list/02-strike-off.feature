@step-2
Feature: Strike somebody off
  Any call of Graph can be written down.

  Scenario: Isaiah is struck off
    When the administrator sends DELETE "/v1.0/groups/{Guest list}/members/{Isaiah Langer}/$ref"
    Then the status is 204

  Scenario: Nobody is on the list
    When the administrator sends GET "/v1.0/groups/{Guest list}/members?$select=id"
    Then the status is 200
    And "$.value[*]" finds 0 values
