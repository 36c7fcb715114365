@step-5
Feature: See who was contacted
  In a self-review the members are the reviewers.

  Scenario: Both members were contacted, and nobody else
    When the administrator asks who was contacted for the review
    Then exactly these people were contacted:
      | Adele Vance |
      | Alex Wilber |
