@step-4
Feature: Get the decisions before any is made
  There is one decision to make for each principal that has the role: for the person, and for the group as a whole.

  Scenario: One open decision about each principal
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Aline Dupuy        |
      | IT Helpdesk (User) |
    And every decision is about the role "User Administrator"
    And the decision about "Aline Dupuy" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
    And the decision about "IT Helpdesk (User)" is:
      | decision      | NotReviewed |
      | justification |             |
      | result        | New         |
      | reviewed by   | nobody      |
      | applied by    | nobody      |
