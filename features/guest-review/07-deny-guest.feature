@step-7
Feature: The owner denies the guest
  The owner sees what there is to decide, and says why John does not belong to the group any more.

  Scenario: The owner sees the decision about John
    When the administrator lists the decisions that wait for the caller
    Then there is exactly one decision about each of:
      | John Doe (Tailspin Toys) |
    And every decision is about access to "Feelgood Marketing Campaign"
    And the decision about "John Doe (Tailspin Toys)" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |

  Scenario: The owner denies John's access
    When the administrator records "Deny" about "John Doe (Tailspin Toys)" with the justification:
      """
      The campaign with Tailspin Toys is over.
      """
    Then the decision is accepted

  Scenario: The denial is recorded, and not yet applied
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | John Doe (Tailspin Toys) |
    And every decision is about access to "Feelgood Marketing Campaign"
    And the decision about "John Doe (Tailspin Toys)" is:
      | decision      | Deny                                     |
      | justification | The campaign with Tailspin Toys is over. |
      | result        | New                                      |
      | reviewed by   | the administrator                        |
      | applied by    | nobody                                   |

  Scenario: John is still a member
    Then the members of "Feelgood Marketing Campaign" are exactly:
      | John Doe (Tailspin Toys) |
