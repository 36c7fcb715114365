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
fn what_a_role_review_decided_is_judged_with_its_population() {
    let (code, told) = audit(SEED, &[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("scenarios   11 passed, 1 skipped"), "{told}");
    // Who had the role then and lost it since is known by the log alone; who got it since needs no decision.
    let log =
        |change: &str| format!("membershipChanges:\n  - {{at: 2026-03-04T08:00:00Z, {change}}}\n") + SEED.trim_start();
    let (code, told) = audit(&log("removed: megan@contoso.com, role: User Administrator"), &[]);
    assert!(code == 1 && joined(&told).contains("nobody decided about a principal who was in scope"), "{told}");
    let (code, told) = audit(&log("added: adele@contoso.com, role: User Administrator"), &[]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = audit(&log("removed: megan@contoso.com, role: Groups Administrator"), &[]);
    assert_eq!(code, 0, "another role: {told}");
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
