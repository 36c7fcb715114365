@step-8
Feature: Confirm the outcome
  After five days the review denies access to everyone who did not answer, and removes them from the group.

  Scenario: Before the end, only Adele has answered
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Adele Vance |
      | Alex Wilber |
    And every decision is about access to "Building security"
    And the decision about "Adele Vance" is:
      | decision      | Approve                                                                                |
      | justification | As the assistant security manager, I still need access to the building security group. |
      | reviewed by   | Adele Vance                                                                            |
      | result        | New                                                                                    |
      | applied by    | nobody                                                                                 |
    And the decision about "Alex Wilber" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |

  Scenario: After the end, the decisions are applied
    When the review period has ended
    Then the review becomes "Applied" within 2 hours
    And the instance becomes "Applied" within 2 hours
    And every decision is applied within 2 hours
    And there is exactly one decision about each of:
      | Adele Vance |
      | Alex Wilber |
    And every decision is about access to "Building security"
    And the decision about "Adele Vance" is:
      | decision      | Approve                                                                                |
      | justification | As the assistant security manager, I still need access to the building security group. |
      | reviewed by   | Adele Vance                                                                            |
      | result        | AppliedSuccessfully                                                                    |
      | applied by    | nobody                                                                                 |
    And the decision about "Alex Wilber" is:
      | decision      | Deny                |
      | justification |                     |
      | result        | AppliedSuccessfully |
      | reviewed by   | nobody              |
      | applied by    | nobody              |

  Scenario: Adele is a member, Alex is not
    Then the members of "Building security" are exactly:
      | Adele Vance |

  Scenario: Alex is no indirect member either
    Then the transitive members of "Building security" are exactly:
      | Adele Vance |
