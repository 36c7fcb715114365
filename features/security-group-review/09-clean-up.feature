@step-9 @clean-up
Feature: Clean up
  Everything that was created is deleted again, also when a step before failed: what was never created is skipped.

  Scenario Outline: Delete the <kind> <name>
    When the administrator deletes the <kind> "<name>"
    Then the deletion is accepted

    Examples:
      | kind   | name                                                  |
      | group  | Building security                                     |
      | review | One-time self-review for members of Building security |
      | user   | Adele Vance                                           |
      | user   | Alex Wilber                                           |
      | user   | Megan Bowen                                           |

  Scenario Outline: The <kind> <name> is gone
    Then the <kind> "<name>" is gone within 1 minute

    Examples:
      | kind   | name                                                  |
      | group  | Building security                                     |
      | review | One-time self-review for members of Building security |
      | user   | Adele Vance                                           |
      | user   | Alex Wilber                                           |
      | user   | Megan Bowen                                           |
