@step-3
Feature: Create the access review
  Every member is asked to say for themselves why they still need access. Whoever does not answer within five days loses
  it: the default decision is to deny, and decisions are applied by themselves.

  Scenario: Create a self-review of the group's members
    When the administrator creates the self-review "One-time self-review for members of Building security" of the members of "Building security", from today to 5 days later:
      | mailNotificationsEnabled        | true |
      | reminderNotificationsEnabled    | true |
      | justificationRequiredOnApproval | true |
      | defaultDecisionEnabled          | true |
      | defaultDecision                 | Deny |
      | autoApplyDecisionsEnabled       | true |
      | recommendationsEnabled          | true |
    Then the review is created and waits to start
    And the answer echoes every setting that was sent

  Scenario: The review starts
    Then the review becomes "InProgress" within 10 minutes
