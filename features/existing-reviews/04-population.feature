@read-only @step-4
Feature: Everybody was decided about

  Scenario: There is a decision for each principal
    When the administrator reads the decisions of the instance
    Then there is exactly one decision for each principal

  @independent
  Scenario: Nobody was left out
    Graph keeps no past membership. Unless an audit log reaches back to the beginning, this is not proved.
    Then everybody who was in scope when it began has a decision
