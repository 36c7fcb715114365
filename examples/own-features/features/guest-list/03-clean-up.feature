@step-3 @clean-up
Feature: Clean up

  Scenario: Delete the list
    When the administrator deletes the group "Guest list"
    Then the deletion is accepted

  Scenario: Delete Isaiah
    When the administrator deletes the user "Isaiah Langer"
    Then the deletion is accepted

  Scenario: Both are gone
    Then the group "Guest list" is gone within 1 minute
    And the user "Isaiah Langer" is gone within 1 minute
