@step-4
Feature: Create the access review
  Every three months, for a year, the owners of each Microsoft 365 group say which of its guests still belong there. They
  have three days for it: the page gives them none, and then nobody but the service decides. A guest who is denied leaves
  the group; one about whom nobody decides stays.

  On a real tenant the review takes in this tutorial's own group alone: there are others whose guests nobody wants to lose.

  Scenario: Create a review of the guests in all Microsoft 365 groups
    When the administrator creates the review "Group owners review guest across Microsoft 365 groups in the tenant (Quarterly)" of guests in all Microsoft 365 groups, every 3 months:
      | days of the series              | 365         |
      | fallback reviewer               | Aline Dupuy |
      | mailNotificationsEnabled        | true        |
      | reminderNotificationsEnabled    | true        |
      | justificationRequiredOnApproval | true        |
      | defaultDecisionEnabled          | true        |
      | defaultDecision                 | Approve     |
      | instanceDurationInDays          | 3           |
      | autoApplyDecisionsEnabled       | true        |
      | recommendationsEnabled          | true        |
    Then the review is created and waits to start
    And the answer echoes every setting that was sent

  Scenario: The review starts
    Then the review becomes "InProgress" within 10 minutes
