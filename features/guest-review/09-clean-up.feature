@step-9 @clean-up
Feature: Clean up
  Everything that was created is deleted again, also when a step before failed: what was never created is skipped. Without its
  review, the series ends.

  Scenario Outline: Delete the <kind> <name>
    When the administrator deletes the <kind> "<name>"
    Then the deletion is accepted

    Examples:
      | kind   | name                                                                            |
      | group  | Feelgood Marketing Campaign                                                     |
      | review | Group owners review guest across Microsoft 365 groups in the tenant (Quarterly) |
      | guest  | John Doe (Tailspin Toys)                                                        |
      | user   | Aline Dupuy                                                                     |

  Scenario Outline: The <kind> <name> is gone
    Then the <kind> "<name>" is gone within 1 minute

    Examples:
      | kind   | name                                                                            |
      | group  | Feelgood Marketing Campaign                                                     |
      | review | Group owners review guest across Microsoft 365 groups in the tenant (Quarterly) |
      | guest  | John Doe (Tailspin Toys)                                                        |
      | user   | Aline Dupuy                                                                     |
