@step-2 @clean-up
Feature: Clean up

  Scenario: Delete Grady
    When the administrator deletes the user "Grady Archie"
    Then the deletion is accepted

  Scenario: Grady is gone
    Then the user "Grady Archie" is gone within 10 minutes
