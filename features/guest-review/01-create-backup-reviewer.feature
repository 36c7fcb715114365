@step-1
Feature: Create the backup reviewer
  Groups are reviewed by their owners. Aline decides for groups that have none.

  Scenario: Create Aline Dupuy
    When the administrator creates the user "Aline Dupuy":
      | mailNickname      | AlineD             |
      | userPrincipalName | AlineD@contoso.com |
    Then the user "Aline Dupuy" is created as "AlineD@contoso.com"
