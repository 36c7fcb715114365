@step-2
Feature: Invite a guest
  John works for another company. He is invited by his e-mail address, which makes a user of the type Guest who stands for
  him here.

  Scenario: Invite John Doe
    When the administrator invites the guest "John Doe (Tailspin Toys)":
      | invitedUserEmailAddress | john@tailspintoys.com        |
      | sendInvitationMessage   | false                        |
      | inviteRedirectUrl       | https://myapps.microsoft.com |
    Then the guest "John Doe (Tailspin Toys)" is invited

  Scenario: John is a guest
    Then "John Doe (Tailspin Toys)" is a guest with the address "john@tailspintoys.com" and may sign in
