//! Reviews that a seed plants, and the audit log.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::{Seed, SeedError};
use serde_json::{Value, json};

use crate::contoso::DEFINITIONS;
use crate::served::{Served, settings};

const GROUP: &str = "0f6a3a77-8f3e-4b0e-9d52-3a3d1c2b4e5f";

fn seed() -> String {
    format!(
        "
now: 2026-03-02T09:00:00Z
users:
  - {{userPrincipalName: adele@contoso.com, displayName: Adele}}
  - {{userPrincipalName: alex@contoso.com, displayName: Alex}}
  - {{userPrincipalName: megan@contoso.com, displayName: Megan}}
groups:
  - {{id: {GROUP}, displayName: Doors, members: [adele@contoso.com, alex@contoso.com], owners: [megan@contoso.com]}}
membershipChanges:
  - {{at: 2026-02-20T10:00:00Z, added: alex@contoso.com, group: Doors, by: megan@contoso.com}}
  - {{at: 2026-01-20T10:00:00Z, added: adele@contoso.com, group: Doors}}
accessReviews:
  - displayName: Doors, weekly
    createdDateTime: 2026-02-01T00:00:00Z
    scope: {{query: /groups/{GROUP}/transitiveMembers, queryType: MicrosoftGraph}}
    reviewers: [{{query: /groups/{GROUP}/owners, queryType: MicrosoftGraph}}]
    settings:
      instanceDurationInDays: 3
      autoApplyDecisionsEnabled: true
      recurrence:
        pattern: {{type: weekly, interval: 1, daysOfWeek: [sunday]}}
        range: {{type: noEnd, startDate: 2026-02-01}}
    instances:
      - startDateTime: 2026-02-01T00:00:00Z
        endDateTime: 2026-02-04T00:00:00Z
        status: Applying
        contacted: [megan@contoso.com]
        decisions:
          - principal: {{id: 11111111-2222-4333-8444-555555555555, displayName: Gone}}
            decision: Deny
            reviewedBy: megan@contoso.com
            applyResult: AppliedWithUnknownFailure
          - {{principal: alex@contoso.com, decision: DontKnow, reviewedDateTime: 2026-02-02T00:00:00Z}}
        others: {{decision: Approve, justification: needed, reviewedBy: megan@contoso.com,
          reviewedDateTime: 2026-02-02T00:00:00Z, applyResult: AppliedSuccessfully}}
"
    )
}

fn by<'v>(items: &'v [Value], name: &str) -> &'v Value {
    items.iter().find(|item| item["principal"]["displayName"] == name).unwrap()
}

#[tokio::test]
async fn a_planted_review_is_read_as_it_was_planted_and_stays_so() {
    let settings = Settings { seed: Seed::parse(&seed()).unwrap(), now: None, ..settings() };
    let served = Served::with(settings).await;
    let administrator = served.administrator();
    for _ in 0..2 {
        let review = administrator.all(DEFINITIONS).await[0].clone();
        assert_eq!(
            (&review["status"], &review["createdDateTime"]),
            (&json!("Applying"), &json!("2026-02-01T00:00:00Z"))
        );
        let path = format!("{DEFINITIONS}/{}/instances", review["id"].as_str().unwrap());
        let instances = administrator.all(&path).await;
        assert_eq!(instances.len(), 1);
        assert_eq!(instances[0]["status"], "Applying");
        let path = format!("{path}/{}", instances[0]["id"].as_str().unwrap());
        assert_eq!(administrator.all(&format!("{path}/contactedReviewers")).await[0]["displayName"], "Megan");
        let items = administrator.all(&format!("{path}/decisions")).await;
        assert_eq!(items.len(), 3);
        let (gone, alex, adele) = (by(&items, "Gone"), by(&items, "Alex"), by(&items, "Adele"));
        assert_eq!(
            (&gone["applyResult"], &gone["reviewedDateTime"]),
            (&json!("AppliedWithUnknownFailure"), &Value::Null)
        );
        assert_eq!(gone["reviewedBy"]["displayName"], "Megan");
        assert_eq!((&alex["reviewedBy"]["displayName"], &alex["applyResult"]), (&json!(""), &json!("New")));
        assert_eq!((&adele["justification"], &adele["decision"]), (&json!("needed"), &json!("Approve")));
        // A year later it is the same: what lies in the past neither goes on nor comes again.
        served.pass(365 * 86_400).await;
    }
}

#[tokio::test]
async fn the_audit_log_tells_for_thirty_days_who_was_added_and_removed() {
    let settings = Settings { seed: Seed::parse(&seed()).unwrap(), now: None, ..settings() };
    let served = Served::with(settings).await;
    let administrator = served.administrator();
    let log = administrator.all("/v1.0/auditLogs/directoryAudits").await;
    assert_eq!(log.len(), 1, "what is older than 30 days is not kept: {log:?}");
    let entry = &log[0];
    assert_eq!(
        (&entry["activityDisplayName"], &entry["initiatedBy"]["user"]["displayName"]),
        (&json!("Add member to group"), &json!("Megan"))
    );
    assert_eq!(entry["targetResources"][1]["id"], GROUP);
    let alex = entry["targetResources"][0]["id"].as_str().unwrap().to_owned();
    let app = served.app(&["GroupMember.ReadWrite.All"]).await;
    app.delete(&format!("/v1.0/groups/{GROUP}/members/{alex}/$ref")).await.ok(204);
    let filter =
        "$filter=activityDateTime ge 2026-03-01T00:00:00Z and activityDisplayName eq 'Remove member from group'";
    let removed = administrator.all(&format!("/v1.0/auditLogs/directoryAudits?{}", filter.replace(' ', "%20"))).await;
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0]["targetResources"][0]["id"], alex);
    let by = &removed[0]["initiatedBy"];
    assert!(
        by["user"].is_null() && by["app"]["appId"].is_string() && by["app"]["servicePrincipalId"].is_string(),
        "{by}"
    );
    let one = format!("/v1.0/auditLogs/directoryAudits/{}", removed[0]["id"].as_str().unwrap());
    assert_eq!(administrator.get(&one).await.ok(200)["targetResources"][0]["id"], alex);
}

#[test]
fn a_planted_review_that_cannot_be_is_refused_with_its_place() {
    for (from, to, place) in [
        ("status: Applying", "status: Strange", "/accessReviews/0/instances/0/status"),
        ("decision: Deny", "decision: Perhaps", "/accessReviews/0/instances/0/decisions/0/decision"),
        ("principal: alex@contoso.com", "principal: nobody", "/accessReviews/0/instances/0/decisions/1/principal"),
        (
            "instanceDurationInDays: 3",
            "instanceDurationInDays: soon",
            "/accessReviews/0/settings/instanceDurationInDays",
        ),
        ("group: Doors, by", "group: Windows, by", "/membershipChanges/0/group"),
    ] {
        let text = seed();
        assert!(text.contains(from), "{from}");
        let settings = Settings { seed: Seed::parse(&text.replace(from, to)).unwrap(), ..settings() };
        let error = graphwalk_emulator::Emulator::new(settings, graphwalk_schema::Schemas::embedded()).unwrap_err();
        let SeedError::Invalid { pointer, .. } = &error else { panic!("{error}") };
        assert_eq!(pointer, place, "{error}");
    }
}
