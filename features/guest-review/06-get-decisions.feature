@step-6
Feature: Get the decisions
  There is one decision to make about each guest of the group, and none is made yet.

  Scenario: One open decision about John
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | John Doe (Tailspin Toys) |
    And every decision is about access to "Feelgood Marketing Campaign"
    And the decision about "John Doe (Tailspin Toys)" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
