@step-1
Feature: Create the test users
  The tutorial needs three people: two whose membership of a group is reviewed, and one who owns the group.
  Each gets a random password, to be changed at the first sign-in.

  Scenario Outline: Create <user>
    When the administrator creates the user "<user>":
      | mailNickname      | <nickname>             |
      | userPrincipalName | <nickname>@Contoso.com |
    Then the user "<user>" is created as "<nickname>@Contoso.com"

    Examples:
      | user        | nickname |
      | Adele Vance | AdeleV   |
      | Alex Wilber | AlexW    |
      | Megan Bowen | MeganB   |

  Scenario: The three are different users
    Then "Adele Vance", "Alex Wilber" and "Megan Bowen" are three different users
