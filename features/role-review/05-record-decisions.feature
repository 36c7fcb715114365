@step-5
Feature: Record decisions
  The company wants groups to have privileged roles, and no single person: the group keeps the role, Aline does not.

  Scenario: Approve the assignment of the group
    When the administrator records "Approve" about "IT Helpdesk (User)" with the justification:
      """
      The IT Helpdesk requires continued access to the User Administrator role to manage user account support requests, lifecycle, and access to resources
      """
    Then the decision is accepted

  Scenario: Deny the assignment of the person
    When the administrator records "Deny" about "Aline Dupuy" with the justification:
      """
      Aline Dupuy should join an allowed group to maintain access to the User Administrator role. For more details, refer to the company policy '#132487: Privileged roles'
      """
    Then the decision is accepted

  Scenario: The decisions are recorded, and not yet applied
    When the administrator lists the decisions of the review
    Then there is exactly one decision about each of:
      | Aline Dupuy        |
      | IT Helpdesk (User) |
    And every decision is about the role "User Administrator"
    And the decision about "IT Helpdesk (User)" is:
      | decision      | Approve                                                                                                                                              |
      | justification | The IT Helpdesk requires continued access to the User Administrator role to manage user account support requests, lifecycle, and access to resources |
      | result        | New                                                                                                                                                  |
      | reviewed by   | the administrator                                                                                                                                    |
      | applied by    | nobody                                                                                                                                               |
    And the decision about "Aline Dupuy" is:
      | decision      | Deny                                                                                                                                                                  |
      | justification | Aline Dupuy should join an allowed group to maintain access to the User Administrator role. For more details, refer to the company policy '#132487: Privileged roles' |
      | result        | New                                                                                                                                                                   |
      | reviewed by   | the administrator                                                                                                                                                     |
      | applied by    | nobody                                                                                                                                                                |

  Scenario: Aline still has the role
    Then "Aline Dupuy" has the role "User Administrator"
    And exactly these have the role "User Administrator":
      | Aline Dupuy        |
      | IT Helpdesk (User) |
