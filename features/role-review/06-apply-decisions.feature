@step-6
Feature: Apply the decisions
  After three days the instance ends. It stays completed until an administrator applies what was decided: then Aline has
  the role no longer, and the group still has it.

  Scenario: The period ends, and nothing is applied by itself
    When the review period has ended
    Then the instance becomes "Completed" within 2 hours
    And "Aline Dupuy" has the role "User Administrator"
    And exactly these have the role "User Administrator":
      | Aline Dupuy        |
      | IT Helpdesk (User) |

  Scenario: Apply what was decided
    When the administrator applies the decisions of the review
    Then the instance becomes "Applied" within 2 hours

  Scenario: Aline has the role no longer, and the group has it
    Then "Aline Dupuy" does not have the role "User Administrator"
    And "IT Helpdesk (User)" has the role "User Administrator"
    And exactly these have the role "User Administrator":
      | IT Helpdesk (User) |
