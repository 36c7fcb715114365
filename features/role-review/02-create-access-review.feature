@step-2
Feature: Create the access review
  Every three months somebody looks at who has the role, and has three days for it. To keep it takes a reason. Nothing is
  decided by itself, and nothing is applied by itself.

  Scenario: Create a review of who has the role
    When the administrator creates the review "Review access of users and groups to privileged roles" of the role "User Administrator", decided by "the administrator", every 3 months:
      | mailNotificationsEnabled        | true  |
      | reminderNotificationsEnabled    | true  |
      | justificationRequiredOnApproval | true  |
      | defaultDecisionEnabled          | false |
      | defaultDecision                 | None  |
      | instanceDurationInDays          | 3     |
      | recommendationsEnabled          | false |
    Then the review is created and waits to start
    And the answer echoes every setting that was sent

  Scenario: The review starts
    Then the review becomes "InProgress" within 10 minutes
