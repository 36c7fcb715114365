//! One thing wrong at a time.

use crate::{audit, healthy, joined, with};

const ADELE: &str = "- {principal: adele@contoso.com, decision: Approve, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z, justification: needed for the work, applyResult: AppliedSuccessfully}";
const ISAIAH: &str = "- {principal: isaiah@contoso.com, decision: Approve, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z, justification: needed for the work, applyResult: AppliedSuccessfully}";
const ALEX: &str = "- {principal: alex@contoso.com, decision: Deny, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z, applyResult: AppliedSuccessfully}";
const MEMBERS: &str = "members: [adele@contoso.com, isaiah@contoso.com]";
const WITH_ALEX: &str = "members: [adele@contoso.com, isaiah@contoso.com, alex@contoso.com]";
const CHANGES: &str = "membershipChanges:\n";

/// Audits the tenant with changes, and expects a verdict and what is told.
#[track_caller]
fn expect(changes: &[(&str, &str)], code: i32, wanted: &[&str]) {
    let seed = changes.iter().fold(healthy(), |seed, (from, to)| with(&seed, from, to));
    let (ended, told) = audit(&seed, &[]);
    assert_eq!(ended, code, "{told}");
    for wanted in wanted {
        assert!(joined(&told).contains(wanted), "{wanted}\n{told}");
    }
    // Only the session of the review that was changed does not pass.
    let marks = told.lines().filter(|line| line.starts_with(['✗', '○'])).count();
    assert_eq!(marks, usize::from(code != 0), "{told}");
}

#[test]
fn settings_without_teeth_are_told_and_fail_nothing() {
    expect(
        &[("justificationRequiredOnApproval: true, mailNotificationsEnabled: true", "mailNotificationsEnabled: false")],
        0,
        &["toothless settings: approving needs no reason, reviewers get no mail"],
    );
}

#[test]
fn an_instance_that_is_stuck_fails() {
    expect(
        &[("status: Applied", "status: InProgress")],
        1,
        &["the instance is stuck: InProgress, 9 days after its end"],
    );
    expect(&[("status: Applied", "status: Applying")], 1, &["the instance is stuck: Applying"]);
}

#[test]
fn an_instance_that_runs_still_is_not_proved() {
    let ends = "endDateTime: 2026-03-07T08:00:00Z\n        status: Applied";
    expect(
        &[(ends, "endDateTime: 2026-03-20T08:00:00Z\n        status: InProgress")],
        3,
        &["2 passed, 1 blocked of 3 sessions"],
    );
}

#[test]
fn a_skipped_occurrence_fails_before_the_instance_and_after_the_last_one() {
    let seed = healthy()
        .replace("2026-03-01T08:00:00Z", "2026-02-15T08:00:00Z")
        .replace("2026-03-06T08:00:00Z", "2026-03-06T07:00:00Z");
    let (code, told) = audit(&seed, &[]);
    assert!(
        code == 1 && joined(&told).contains("it comes every week, and the one before it began 2026-02-15T08:00:00Z"),
        "{told}"
    );
    expect(
        &[("now: 2026-03-16T09:00:00Z", "now: 2026-03-26T09:00:00Z")],
        1,
        &["an occurrence of the review was skipped"],
    );
}

#[test]
fn a_principal_with_two_decisions_fails() {
    expect(&[(ISAIAH, ADELE)], 1, &["a principal has more than one decision", "Adele Vance, 2 times"]);
}

#[test]
fn somebody_who_was_left_out_fails_as_far_as_the_audit_log_tells() {
    expect(&[(ISAIAH, "")], 1, &["nobody decided about a principal who was in scope", "Isaiah Langer"]);
    // Who was a member then and is none now is known by the log alone.
    let removed =
        "membershipChanges:\n  - {at: 2026-03-04T08:00:00Z, removed: lynne@contoso.com, group: Building security}\n";
    expect(&[(CHANGES, removed)], 1, &["nobody decided about a principal who was in scope", "= Lynne Robbins"]);
    // Who came after the review had begun needs no decision.
    let added =
        "membershipChanges:\n  - {at: 2026-03-04T08:00:00Z, added: lynne@contoso.com, group: Building security}\n";
    let member = "members: [adele@contoso.com, isaiah@contoso.com, lynne@contoso.com]";
    expect(&[(CHANGES, added), (MEMBERS, member)], 0, &[]);
}

#[test]
fn members_through_other_groups_are_in_the_population_as_far_as_the_log_tells() {
    let group = |members: &str, nested: &str| {
        [
            (MEMBERS.to_owned(), format!("members: [{members}]")),
            ("groups:\n".to_owned(), format!("groups:\n  - {{displayName: Night shift, members: [{nested}]}}\n")),
        ]
    };
    let with_all = |changes: &[(String, String)], log: &str| {
        let mut all: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        all.push((CHANGES, log));
        all.iter().fold(healthy(), |seed, (from, to)| with(&seed, from, to))
    };
    // Isaiah is a member through another group, and was decided about.
    let nested = group("adele@contoso.com, Night shift", "isaiah@contoso.com");
    let (code, told) = audit(&with_all(&nested, CHANGES), &[]);
    assert_eq!(code, 0, "{told}");
    // Somebody in it was not.
    let (code, told) = audit(
        &with_all(&group("adele@contoso.com, Night shift", "isaiah@contoso.com, lynne@contoso.com"), CHANGES),
        &[],
    );
    assert!(code == 1 && joined(&told).contains("= Lynne Robbins"), "{told}");
    // Who was in that group then, and who came to it since, the log tells.
    let log = "membershipChanges:\n  - {at: 2026-03-04T08:00:00Z, removed: lynne@contoso.com, group: Night shift}\n";
    let (code, told) = audit(&with_all(&nested, log), &[]);
    assert!(code == 1 && joined(&told).contains("nobody decided about a principal who was in scope"), "{told}");
    let log = "membershipChanges:\n  - {at: 2026-03-04T08:00:00Z, added: lynne@contoso.com, group: Night shift}\n";
    let later = group("adele@contoso.com, Night shift", "isaiah@contoso.com, lynne@contoso.com");
    let (code, told) = audit(&with_all(&later, log), &[]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn the_day_since_when_there_are_audit_logs_can_be_given() {
    let (code, told) = audit(&healthy(), &["--set", "log-since=2026-03-10"]);
    assert!(code == 3 && told.contains("not proved: audit logs reach back"), "{told}");
    let (code, told) = audit(&healthy(), &["--set", "log-since=2026-02-28"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_population_that_no_audit_log_reaches_is_not_proved() {
    let seed = with(&healthy(), "now: 2026-03-16T09:00:00Z", "now: 2026-05-16T09:00:00Z");
    let seed = with(
        &seed,
        "{type: noEnd, startDate: 2026-03-01}",
        "{type: endDate, startDate: 2026-03-01, endDate: 2026-03-10}",
    );
    let (code, told) = audit(&seed, &[]);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("0 passed, 3 blocked of 3 sessions"), "{told}");
}

#[test]
fn a_decision_of_nobody_fails_unless_it_is_the_default() {
    let by = "decision: Approve, reviewedBy: megan@contoso.com, ";
    expect(&[(by, "decision: Approve, ")], 1, &["Adele Vance: Approve, by nobody, which is not the default decision"]);
    let off = [("defaultDecisionEnabled: true", "defaultDecisionEnabled: false"), (by, "decision: Approve, ")];
    expect(&off, 1, &["Adele Vance: Approve, by nobody, and no default decision is enabled"]);
}

#[test]
fn a_decision_without_a_time_or_outside_of_the_period_fails() {
    expect(&[("reviewedDateTime: 2026-03-05T10:00:00Z, ", "")], 1, &["Adele Vance: without a time"]);
    let late = ("reviewedDateTime: 2026-03-05T10:00:00Z", "reviewedDateTime: 2026-03-08T10:00:00Z");
    expect(&[late], 1, &["Adele Vance: decided 2026-03-08T10:00:00Z, which is not while it ran"]);
}

#[test]
fn an_approval_without_a_demanded_reason_fails() {
    expect(&[("justification: needed for the work, ", "")], 1, &["Adele Vance: approved without a reason"]);
}

#[test]
fn a_default_decision_that_was_not_recorded_fails() {
    let open = "- {principal: isaiah@contoso.com, decision: NotReviewed}";
    expect(&[(ISAIAH, open)], 1, &["the default decision, Deny, was not recorded", "Isaiah Langer"]);
}

#[test]
fn a_denial_that_was_not_applied_fails() {
    let result = |word: &str| ALEX.replace("AppliedSuccessfully", word);
    expect(
        &[(ALEX, &result("AppliedWithUnknownFailure"))],
        1,
        &["a denial was not applied", "Alex Wilber: AppliedWithUnknownFailure"],
    );
    expect(
        &[
            ("autoApplyDecisionsEnabled: true", "autoApplyDecisionsEnabled: false"),
            ("status: Applied", "status: Completed"),
            (ALEX, &result("New")),
        ],
        1,
        &["1 denial waits to be applied: the review does not apply them by itself"],
    );
}

#[test]
fn only_the_denials_that_wait_are_named_as_waiting_and_those_that_failed_beside_them() {
    let result = |word: &str| ALEX.replace("AppliedSuccessfully", word);
    let three = [
        ALEX.replace("alex@contoso.com", "grady@contoso.com"),
        result("New"),
        result("ApplyNotSupported").replace("alex@contoso.com", "lynne@contoso.com"),
    ];
    let by_hand = [
        ("autoApplyDecisionsEnabled: true", "autoApplyDecisionsEnabled: false"),
        ("status: Applied", "status: Completed"),
        (ALEX, &three.join("\n          ")),
    ];
    let waits = "1 denial waits to be applied: the review does not apply them by itself";
    expect(&by_hand, 1, &[waits, "= denied: Alex Wilber = Lynne Robbins: ApplyNotSupported"]);
}

#[test]
fn who_was_denied_and_has_access_fails_with_the_reason_as_far_as_it_is_known() {
    let still = "a denied principal has access now";
    expect(
        &[(MEMBERS, WITH_ALEX)],
        1,
        &[
            still,
            "Alex Wilber: it is not known why: the review says AppliedSuccessfully, and the audit log tells of no change since",
            "help: take the access away where the reason says",
        ],
    );
    for (property, why) in [
        ("groupTypes: [DynamicMembership]", "the group is dynamic"),
        ("onPremisesSyncEnabled: true", "the group is synchronised"),
        ("mailEnabled: true", "the group is mail-enabled"),
    ] {
        expect(&[(MEMBERS, &format!("{WITH_ALEX}, {property}"))], 1, &[still, why]);
    }
    let nested = "members: [adele@contoso.com, isaiah@contoso.com, Night shift]";
    let groups = "groups:\n  - {displayName: Night shift, members: [alex@contoso.com]}\n";
    let (code, told) = audit(&with(&with(&healthy(), MEMBERS, nested), "groups:\n", groups), &[]);
    assert!(code == 1 && joined(&told).contains("Alex Wilber: has it through the group Night shift"), "{told}");
}

#[test]
fn who_was_denied_before_a_later_instance_is_named_where_nothing_is_proved() {
    let approved = "grady@contoso.com, decision: Approve, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z, justification: needed for the work,";
    let denied =
        "grady@contoso.com, decision: Deny, reviewedBy: megan@contoso.com, reviewedDateTime: 2026-03-05T10:00:00Z,";
    let told = "not proved: denied, and with access now: Grady Archie; a later instance has decided anew since, and whether they had been \
                removed is not known: the audit log tells of no change since the end (Finance approvers weekly 2026-03-01";
    expect(&[(approved, denied)], 3, &[told]);
}

#[test]
fn who_was_added_again_is_called_so_only_if_the_audit_log_says_so() {
    let added = "membershipChanges:\n  - {at: 2026-03-09T08:00:00Z, added: alex@contoso.com, group: Building security, by: megan@contoso.com}\n";
    expect(
        &[(MEMBERS, WITH_ALEX), (CHANGES, added)],
        1,
        &["was added again since, 2026-03-09T08:00:00Z, by Megan Bowen"],
    );
}

#[test]
fn who_was_approved_and_has_no_access_fails_unless_the_audit_log_explains_it() {
    let without = "members: [adele@contoso.com]";
    let removed = "membershipChanges:\n  - {at: 2026-03-09T08:00:00Z, removed: isaiah@contoso.com, group: Building security, by: megan@contoso.com}\n";
    expect(
        &[(MEMBERS, without), (CHANGES, removed)],
        0,
        &["Isaiah Langer: removed since, 2026-03-09T08:00:00Z, by Megan Bowen"],
    );
    // What was removed before the end of the period is no reason: he was approved later.
    let before = removed.replace("2026-03-09", "2026-03-03");
    expect(&[(MEMBERS, without), (CHANGES, &before)], 1, &["Isaiah Langer: approved, and has no access"]);
    let gone = ISAIAH.replace("isaiah@contoso.com", "{id: d0000001-0000-4000-8000-000000000000, displayName: Gone}");
    let seed = with(&with(&healthy(), ISAIAH, &gone), MEMBERS, without);
    let (code, told) = audit(&seed, &[]);
    assert!(code == 0 && told.contains("Gone: deleted since"), "{told}");
    let kept = ISAIAH.replace("isaiah@contoso.com", "lynne@contoso.com");
    let seed = with(&with(&healthy(), ISAIAH, &kept), MEMBERS, without);
    let (code, told) = audit(&seed, &[]);
    assert!(code == 1 && joined(&told).contains("Lynne Robbins: approved, and has no access"), "{told}");
}

#[test]
fn a_scope_that_is_not_supported_is_blocked_and_never_passed() {
    let scope =
        "scope: {query: /groups/a0000001-0000-4000-8000-000000000000/transitiveMembers, queryType: MicrosoftGraph}";
    let other =
        "scope: {query: /identityGovernance/entitlementManagement/accessPackageAssignments, queryType: MicrosoftGraph}";
    expect(&[(scope, other)], 3, &["2 passed, 1 blocked of 3 sessions"]);
}
