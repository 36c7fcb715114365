@step-1
Feature: Give a badge
  Sentences of graphwalk and of this crate stand side by side.

  Scenario: Create Grady
    When the administrator creates the user "Grady Archie":
      | mailNickname      | GradyA             |
      | userPrincipalName | GradyA@contoso.com |
    Then the user "Grady Archie" is created as "GradyA@contoso.com"

  Scenario: Grady gets a green badge
    When the administrator gives "Grady Archie" the badge "green"
    Then the badge of "Grady Archie" is "green"
