@step-6
Feature: Get the decisions
  There is one decision to make for each member, and none is made yet.

  Scenario: One open decision about each member
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Adele Vance |
      | Alex Wilber |
    And every decision is about access to "Building security"
    And the decision about "Adele Vance" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
    And the decision about "Alex Wilber" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
