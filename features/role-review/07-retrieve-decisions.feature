@step-7
Feature: Retrieve the decisions
  Auditors read what was decided, by whom and why, and what became of it.

  Scenario: Who decided what, and what was applied
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Aline Dupuy        |
      | IT Helpdesk (User) |
    And every decision is about the role "User Administrator"
    And the decision about "Aline Dupuy" is:
      | decision      | Deny                                                                                                                                                                   |
      | justification | Aline Dupuy should join an allowed group to maintain access to the User Administrator role. For more details, refer to the company policy '#132487: Privileged roles' |
      | result        | AppliedSuccessfully                                                                                                                                                    |
      | reviewed by   | the administrator                                                                                                                                                      |
      | applied by    | the administrator                                                                                                                                                      |
    And the decision about "IT Helpdesk (User)" is:
      | decision    | Approve           |
      | result      | New               |
      | reviewed by | the administrator |
      | applied by  | nobody            |
