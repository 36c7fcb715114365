@step-7
Feature: Adele reviews her own access
  Adele signs in, sees the one decision that is hers to make, and says why she still needs access. Alex never answers.

  Scenario: Adele sees only the decision about herself
    When Adele Vance lists the decisions that wait for the caller
    Then there is exactly one decision about each of:
      | Adele Vance |
    And every decision is about access to "Building security"
    And the decision about "Adele Vance" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |

  Scenario: Adele approves her access
    When Adele Vance records "Approve" about "Adele Vance" with the justification:
      """
      As the assistant security manager, I still need access to the building security group.
      """
    Then the decision is accepted

  Scenario: Adele's decision is recorded, and not yet applied
    When Adele Vance lists the decisions that wait for the caller
    Then there is exactly one decision about each of:
      | Adele Vance |
    And every decision is about access to "Building security"
    And the decision about "Adele Vance" is:
      | decision      | Approve                                                                                |
      | justification | As the assistant security manager, I still need access to the building security group. |
      | reviewed by   | Adele Vance                                                                            |
      | result        | New                                                                                    |
      | applied by    | nobody                                                                                 |

  Scenario: The decision about Alex is untouched
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Adele Vance |
      | Alex Wilber |
    And every decision is about access to "Building security"
    And the decision about "Alex Wilber" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
