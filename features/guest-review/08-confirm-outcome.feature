@step-8
Feature: Confirm the outcome
  After three days the decisions are applied by themselves: John leaves the group, and stays a guest of the tenant. In three
  months the owners are asked again.

  Scenario: After the end, the denial is applied
    When the review period has ended
    Then the instance becomes "Applied" within 2 hours
    And every decision is applied within 2 hours
    And there is exactly one decision about each of:
      | John Doe (Tailspin Toys) |
    And every decision is about access to "Feelgood Marketing Campaign"
    And the decision about "John Doe (Tailspin Toys)" is:
      | decision      | Deny                                     |
      | justification | The campaign with Tailspin Toys is over. |
      | result        | AppliedSuccessfully                      |
      | reviewed by   | the administrator                        |
      | applied by    | nobody                                   |

  Scenario: John has left the group
    Then the group "Feelgood Marketing Campaign" has no members

  Scenario: John is still a guest
    Then "John Doe (Tailspin Toys)" is a guest with the address "john@tailspintoys.com" and may sign in

  Scenario: The review comes again
    Then the review comes again every 3 months for 365 days

  Scenario: The next time has not come yet
    When the administrator lists the instances of the review
    Then every other instance about the group "Feelgood Marketing Campaign" is still to come
