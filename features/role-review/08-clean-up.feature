@step-8 @clean-up
Feature: Clean up
  Everything that was created is deleted again, also when a step before failed: what was never created is skipped.

  Scenario Outline: Delete the <kind> <name>
    When the administrator deletes the <kind> "<name>"
    Then the deletion is accepted

    Examples:
      | kind            | name                                                  |
      | review          | Review access of users and groups to privileged roles |
      | role assignment | User Administrator for IT Helpdesk (User)             |
      | group           | IT Helpdesk (User)                                    |
      | user            | Aline Dupuy                                           |

  Scenario Outline: The <kind> <name> is gone
    Then the <kind> "<name>" is gone within 1 minute

    Examples:
      | kind            | name                                                  |
      | review          | Review access of users and groups to privileged roles |
      | role assignment | User Administrator for IT Helpdesk (User)             |
      | role assignment | User Administrator for Aline Dupuy                    |
      | group           | IT Helpdesk (User)                                    |
      | user            | Aline Dupuy                                           |
