@step-1
Feature: Put people on the guest list
  A tutorial with sentences of graphwalk alone.

  Scenario: Create Isaiah
    When the administrator creates the user "Isaiah Langer":
      | mailNickname      | IsaiahL             |
      | userPrincipalName | IsaiahL@contoso.com |
    Then the user "Isaiah Langer" is created as "IsaiahL@contoso.com"

  Scenario: Create the list with Isaiah on it
    When the administrator creates the security group "Guest list":
      | description  | Who may come in |
      | mailNickname | guestlist       |
      | member       | Isaiah Langer   |
    Then the group "Guest list" is created
    And the members of "Guest list" are exactly:
      | Isaiah Langer |
