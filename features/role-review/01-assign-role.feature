@step-1
Feature: Assign the role
  A role is worth reviewing if somebody has it. Here a person and a group have the role User Administrator: the group is
  made for it, the person should not need it. Whoever administers will also decide.

  Scenario: The administrator can decide
    Given the administrator is a user of the tenant

  Scenario: Create Aline Dupuy
    When the administrator creates the user "Aline Dupuy":
      | mailNickname      | AlineD             |
      | userPrincipalName | AlineD@Contoso.com |
    Then the user "Aline Dupuy" is created as "AlineD@Contoso.com"

  Scenario: Create a group that roles can be assigned to
    When the administrator creates the security group "IT Helpdesk (User)":
      | description        | IT Helpdesk    |
      | mailNickname       | ithelpdeskuser |
      | isAssignableToRole | true           |
    Then the group "IT Helpdesk (User)" is created

  Scenario Outline: Assign the role to <principal>
    When the administrator assigns the role "User Administrator" to "<principal>"
    Then the role assignment is created

    Examples:
      | principal          |
      | Aline Dupuy        |
      | IT Helpdesk (User) |

  Scenario: Both have the role, and nobody else
    Then "Aline Dupuy" has the role "User Administrator"
    And "IT Helpdesk (User)" has the role "User Administrator"
    And exactly these have the role "User Administrator":
      | Aline Dupuy        |
      | IT Helpdesk (User) |
