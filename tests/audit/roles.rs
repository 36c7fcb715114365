//! Reviews of directory roles.

use crate::{audit, joined, with};

const SEED: &str = "
now: 2026-03-16T09:00:00Z
users:
  - {displayName: Adele Vance, userPrincipalName: adele@contoso.com, roles: [User Administrator]}
  - {displayName: Alex Wilber, userPrincipalName: alex@contoso.com}
  - {displayName: Megan Bowen, userPrincipalName: megan@contoso.com}
groups:
  - {displayName: Helpdesk, isAssignableToRole: true, members: [megan@contoso.com], roles: [User Administrator]}
accessReviews:
  - displayName: User administrators
    createdDateTime: 2026-03-02T08:00:00Z
    scope:
      '@odata.type': '#microsoft.graph.principalResourceMembershipsScope'
      principalScopes:
        - {'@odata.type': '#microsoft.graph.accessReviewQueryScope', query: /users, queryType: MicrosoftGraph}
        - {'@odata.type': '#microsoft.graph.accessReviewQueryScope', query: /groups, queryType: MicrosoftGraph}
      resourceScopes:
        - {'@odata.type': '#microsoft.graph.accessReviewQueryScope', queryType: MicrosoftGraph,
           query: /roleManagement/directory/roleDefinitions/fe930be7-5e62-47db-91af-98c3a49a38b1}
    settings: {instanceDurationInDays: 5, autoApplyDecisionsEnabled: true,
      recurrence: {range: {type: numbered, startDate: 2026-03-02, endDate: 2026-03-07}}}
    instances:
      - startDateTime: 2026-03-02T08:00:00Z
        endDateTime: 2026-03-07T08:00:00Z
        status: Applied
        decisions:
          - {principal: adele@contoso.com, decision: Approve, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z}
          - {principal: Helpdesk, decision: Approve, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z}
          - {principal: alex@contoso.com, decision: Deny, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z, applyResult: AppliedSuccessfully}
";

#[test]
fn what_a_role_review_decided_is_judged_and_its_population_is_not_proved() {
    let (code, told) = audit(SEED, &[]);
    assert_eq!(code, 3, "{told}");
    // All but the population is judged.
    assert!(told.contains("scenarios   10 passed, 1 blocked, 1 skipped"), "{told}");
}

#[test]
fn who_was_denied_a_role_and_has_it_directly_or_through_a_group_fails() {
    let direct = with(
        SEED,
        "userPrincipalName: alex@contoso.com",
        "userPrincipalName: alex@contoso.com, roles: [User Administrator]",
    );
    let (code, told) = audit(&direct, &[]);
    assert!(code == 1 && joined(&told).contains("Alex Wilber: it is not known why"), "{told}");
    let through = with(SEED, "members: [megan@contoso.com]", "members: [megan@contoso.com, alex@contoso.com]");
    let (code, told) = audit(&through, &[]);
    assert!(code == 1 && joined(&told).contains("Alex Wilber: has it through the group Helpdesk"), "{told}");
}

#[test]
fn who_was_approved_and_has_the_role_no_more_fails() {
    let (code, told) =
        audit(&with(SEED, ", roles: [User Administrator]}\n  - {displayName: Alex", "}\n  - {displayName: Alex"), &[]);
    assert!(code == 1 && joined(&told).contains("Adele Vance: approved, and has no access"), "{told}");
}
