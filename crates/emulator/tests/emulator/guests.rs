//! Reviews of guests in Microsoft 365 groups: one instance a group, its owners decide, the denied guest is gone.

use serde_json::{Value, json};

use crate::contoso::{DEFINITIONS, Review, merge};
use crate::served::{Served, settings};
use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;

const GUEST: &str = "10000000-0000-4000-8000-000000000004";
const OTHER_GUEST: &str = "10000000-0000-4000-8000-000000000005";
const MEMBER: &str = "10000000-0000-4000-8000-000000000001";
const CAMPAIGN: &str = "20000000-0000-4000-8000-000000000002";
const ORPHAN: &str = "20000000-0000-4000-8000-000000000003";
const INSIDE: &str = "20000000-0000-4000-8000-000000000004";

const TENANT: &str = "
users:
  - {userPrincipalName: p@contoso.com, id: 10000000-0000-4000-8000-000000000001, displayName: P}
  - {userPrincipalName: owner@contoso.com, id: 10000000-0000-4000-8000-000000000002, displayName: Owner}
  - {userPrincipalName: backup@contoso.com, id: 10000000-0000-4000-8000-000000000003, displayName: Backup}
  - {userPrincipalName: 'john_tailspintoys.com#EXT#@contoso.com', id: 10000000-0000-4000-8000-000000000004, displayName: John, userType: Guest, lastSignInDateTime: 2025-11-01T08:00:00Z}
  - {userPrincipalName: 'ann_fabrikam.com#EXT#@contoso.com', id: 10000000-0000-4000-8000-000000000005, displayName: Ann, userType: Guest, lastSignInDateTime: 2026-02-25T08:00:00Z}
groups:
  - {displayName: Door, id: 20000000-0000-4000-8000-000000000001, members: [10000000-0000-4000-8000-000000000004], owners: [owner@contoso.com]}
  - {displayName: Campaign, id: 20000000-0000-4000-8000-000000000002, groupTypes: [Unified], mailEnabled: true, securityEnabled: false, members: [10000000-0000-4000-8000-000000000004, p@contoso.com], owners: [owner@contoso.com]}
  - {displayName: Orphan, id: 20000000-0000-4000-8000-000000000003, groupTypes: [Unified], mailEnabled: true, securityEnabled: false, members: [10000000-0000-4000-8000-000000000004, 10000000-0000-4000-8000-000000000005]}
  - {displayName: Inside, id: 20000000-0000-4000-8000-000000000004, groupTypes: [Unified], mailEnabled: true, securityEnabled: false, members: [p@contoso.com], owners: [owner@contoso.com]}
  - {displayName: Ruled, id: 20000000-0000-4000-8000-000000000005, groupTypes: [Unified, DynamicMembership], mailEnabled: true, securityEnabled: false, members: [10000000-0000-4000-8000-000000000004]}
  - {displayName: Privileged, id: 20000000-0000-4000-8000-000000000006, groupTypes: [Unified], isAssignableToRole: true, mailEnabled: true, securityEnabled: true, members: [10000000-0000-4000-8000-000000000004]}
";

async fn tenant() -> Served {
    Served::with(Settings { seed: Seed::parse(TENANT).unwrap(), ..settings() }).await
}

/// The tutorial's review, changed by a merge patch.
fn body(changes: Value) -> Value {
    let mut body = json!({
        "displayName": "Guests of all Microsoft 365 groups",
        "descriptionForAdmins": "",
        "descriptionForReviewers": "",
        "scope": {"query": "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')", "queryType": "MicrosoftGraph"},
        "instanceEnumerationScope": {"query": "/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))&$count=true", "queryType": "MicrosoftGraph"},
        "reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph", "queryRoot": null}],
        "fallbackReviewers": [{"query": "/users/10000000-0000-4000-8000-000000000003", "queryType": "MicrosoftGraph", "queryRoot": null}],
        "settings": {
            "mailNotificationsEnabled": true,
            "reminderNotificationsEnabled": true,
            "justificationRequiredOnApproval": true,
            "defaultDecisionEnabled": true,
            "defaultDecision": "Approve",
            "instanceDurationInDays": 3,
            "autoApplyDecisionsEnabled": true,
            "recommendationsEnabled": true,
            "recurrence": {
                "pattern": {"type": "absoluteMonthly", "interval": 3, "month": 0, "dayOfMonth": 0, "daysOfWeek": [], "firstDayOfWeek": "sunday", "index": "first"},
                "range": {"type": "numbered", "numberOfOccurrences": 0, "recurrenceTimeZone": null, "startDate": "2026-03-02", "endDate": "2027-03-02"},
            },
            "applyActions": [{"@odata.type": "#microsoft.graph.removeAccessApplyAction"}],
        },
    });
    merge(&mut body, changes);
    body
}

async fn create(served: &Served, changes: Value) -> String {
    let created = served.administrator().post(DEFINITIONS, &body(changes)).await.ok(201);
    created["id"].as_str().unwrap().to_owned()
}

/// The instances of a definition: the group that the scope names, and the instance.
async fn instances(served: &Served, definition: &str) -> Vec<(String, Value)> {
    let all = served.administrator().all(&format!("{DEFINITIONS}/{definition}/instances")).await;
    let group = |instance: &Value| instance["scope"]["query"].as_str().unwrap().split('/').nth(3).unwrap().to_owned();
    all.into_iter().map(|instance| (group(&instance), instance)).collect()
}

fn groups(instances: &[(String, Value)]) -> Vec<&str> {
    instances.iter().map(|(group, _)| group.as_str()).collect()
}

async fn members(served: &Served, group: &str) -> Vec<String> {
    let members = served.administrator().all(&format!("/v1.0/groups/{group}/members")).await;
    members.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}

fn review(definition: &str, (_, instance): &(String, Value)) -> Review {
    Review { definition: definition.to_owned(), id: instance["id"].as_str().unwrap().to_owned() }
}

#[tokio::test]
async fn each_microsoft_365_group_with_a_guest_has_an_instance_of_its_own() {
    let served = tenant().await;
    let definition = create(&served, json!({})).await;
    let found = instances(&served, &definition).await;
    assert_eq!(groups(&found), [CAMPAIGN, ORPHAN]);
    let ids: Vec<&str> = found.iter().map(|(_, instance)| instance["id"].as_str().unwrap()).collect();
    assert!(ids[0] != ids[1] && !ids.contains(&definition.as_str()), "{ids:?}");
    let scope = &found[0].1["scope"];
    let query =
        format!("/v1.0/groups/{CAMPAIGN}/members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')");
    assert_eq!(
        (&scope["query"], &scope["@odata.type"]),
        (&json!(query), &json!("#microsoft.graph.accessReviewQueryScope"))
    );
    served.pass(60).await;
    let found = instances(&served, &definition).await;
    assert!(found.iter().all(|(_, instance)| instance["status"] == "InProgress"));
    assert_eq!(found[0].1["endDateTime"], "2026-03-05T09:00:05Z");
    let items = served.administrator().all(&review(&definition, &found[0]).path("/decisions")).await;
    assert_eq!(items.len(), 1, "members of the tenant are not reviewed: {items:?}");
    assert_eq!(
        (&items[0]["principal"]["id"], &items[0]["resource"]["displayName"]),
        (&json!(GUEST), &json!("Campaign"))
    );
    let shown = served.administrator().get(&format!("{DEFINITIONS}/{definition}")).await.ok(200);
    assert_eq!(
        (&shown["status"], &shown["scope"]["query"]),
        (&json!("InProgress"), &body(json!({}))["scope"]["query"])
    );
}

#[tokio::test]
async fn the_owner_decides_and_the_denied_guest_leaves_that_group_only() {
    let served = tenant().await;
    let definition = create(&served, json!({})).await;
    served.pass(60).await;
    let found = instances(&served, &definition).await;
    let (campaign, orphan) = (review(&definition, &found[0]), review(&definition, &found[1]));
    let own = "/decisions/filterByCurrentUser(on='reviewer')";
    let (owner, backup) = (served.user("owner@contoso.com"), served.user("backup@contoso.com"));
    assert_eq!(owner.all(&orphan.path(own)).await.len(), 0);
    assert_eq!(backup.all(&campaign.path(own)).await.len(), 0);
    assert_eq!(backup.all(&orphan.path(own)).await.len(), 2, "a group without owners has the fallback reviewers");
    let item = owner.all(&campaign.path(own)).await.remove(0);
    let item = campaign.path(&format!("/decisions/{}", item["id"].as_str().unwrap()));
    owner.patch(&item, &json!({"decision": "Deny", "justification": "The campaign is over."})).await.ok(204);
    served.pass_days(4).await;
    assert_eq!(members(&served, CAMPAIGN).await, [MEMBER]);
    assert_eq!(members(&served, ORPHAN).await, [GUEST, OTHER_GUEST], "nobody decided, and the default keeps them");
    let decided = served.administrator().all(&orphan.path("/decisions")).await;
    assert!(decided.iter().all(|item| item["decision"] == "Approve"), "{decided:?}");
    served.administrator().get(&format!("/v1.0/users/{GUEST}")).await.ok(200);
}

#[tokio::test]
async fn each_occurrence_finds_its_groups_anew_when_it_begins() {
    let served = tenant().await;
    let administrator = served.administrator();
    let definition = create(&served, json!({"settings": {"defaultDecision": "Deny"}})).await;
    served.pass_days(5).await;
    assert_eq!(instances(&served, &definition).await.len(), 2, "the next ones begin in three months");
    assert!(members(&served, ORPHAN).await.is_empty());
    let guest = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{GUEST}")});
    administrator.post(&format!("/v1.0/groups/{INSIDE}/members/$ref"), &guest).await.ok(204);
    served.pass_days(93).await;
    let all = instances(&served, &definition).await;
    assert_eq!(groups(&all), [CAMPAIGN, ORPHAN, INSIDE]);
    assert_eq!(all[2].1["startDateTime"], "2026-06-02T09:00:05Z");
    assert_eq!(administrator.get(&format!("{DEFINITIONS}/{definition}")).await.ok(200)["status"], all[2].1["status"]);
    // Nobody is left in the third quarter, and somebody is again in the fourth.
    served.pass_days(60).await;
    administrator.post(&format!("/v1.0/groups/{CAMPAIGN}/members/$ref"), &guest).await.ok(204);
    served.pass_days(40).await;
    served.pass_days(400).await;
    let starts: Vec<String> = instances(&served, &definition)
        .await
        .iter()
        .map(|(_, one)| one["startDateTime"].as_str().unwrap()[..10].to_owned())
        .collect();
    assert_eq!(starts, ["2026-03-02", "2026-03-02", "2026-06-02", "2026-09-02"]);
}

#[tokio::test]
async fn groups_are_narrowed_by_id_and_guests_by_their_last_sign_in() {
    let served = tenant().await;
    let of = |query: String| json!({"instanceEnumerationScope": {"query": query}});
    for narrowed in [
        format!("/groups/{ORPHAN}"),
        format!("/groups?$filter=id eq '{ORPHAN}'"),
        format!("/groups?$filter=groupTypes/any(c:c%20eq%20%27Unified%27) and id in ('{ORPHAN}','{INSIDE}')"),
    ] {
        let definition = create(&served, of(narrowed.clone())).await;
        assert_eq!(groups(&instances(&served, &definition).await), [ORPHAN], "{narrowed}");
    }
    let other = of(format!("/groups?$filter=groupTypes/any(c:c eq 'Other') and id eq '{ORPHAN}'"));
    let definition = create(&served, other).await;
    assert!(instances(&served, &definition).await.is_empty(), "what the filter says of groupTypes counts");
    let door = of("/groups/20000000-0000-4000-8000-000000000001".to_owned());
    let definition = create(&served, door).await;
    assert!(instances(&served, &definition).await.is_empty(), "a security group is none of the Microsoft 365 groups");
    let inactive = json!({"scope": {"@odata.type": "#microsoft.graph.accessReviewInactiveUsersQueryScope", "inactiveDuration": "P30D"}});
    let definition = create(&served, inactive).await;
    served.pass(60).await;
    let found = instances(&served, &definition).await;
    assert_eq!(groups(&found), [CAMPAIGN, ORPHAN]);
    assert_eq!(found[1].1["scope"]["inactiveDuration"], "P30D");
    let items = served.administrator().all(&review(&definition, &found[1]).path("/decisions")).await;
    assert_eq!(items.iter().map(|item| &item["principal"]["id"]).collect::<Vec<_>>(), [GUEST]);
}

#[tokio::test]
async fn a_series_that_begins_later_finds_its_groups_on_that_day() {
    let served = tenant().await;
    let definition = create(&served, json!({"settings": {"recurrence": {"range": {"startDate": "2026-03-10"}}}})).await;
    assert!(instances(&served, &definition).await.is_empty());
    let path = format!("{DEFINITIONS}/{definition}");
    assert_eq!(served.administrator().get(&path).await.ok(200)["status"], "NotStarted");
    let mut whole = served.administrator().get(&path).await.ok(200);
    whole["instanceEnumerationScope"]["query"] = json!(format!("/groups?$filter=id eq '{ORPHAN}'"));
    served.administrator().put(&path, &whole).await.ok(204);
    served.pass_days(9).await;
    let found = instances(&served, &definition).await;
    assert_eq!(groups(&found), [ORPHAN]);
    assert_eq!(found[0].1["startDateTime"], "2026-03-10T00:00:00Z");
}

#[tokio::test]
async fn a_review_that_happens_once_has_an_instance_a_group_too() {
    let served = tenant().await;
    let once = json!({"settings": {"recurrence": {"pattern": null, "range": {"endDate": "2026-03-09"}}}});
    let definition = create(&served, once).await;
    let found = instances(&served, &definition).await;
    assert_eq!(groups(&found), [CAMPAIGN, ORPHAN]);
    assert!(
        found.iter().all(|(_, one)| one["endDateTime"] == "2026-03-09T08:00:00Z" && one["id"] != definition.as_str())
    );
    served.pass_days(400).await;
    assert_eq!(instances(&served, &definition).await.len(), 2);
}

#[tokio::test]
async fn beta_takes_backup_reviewers_as_fallback_reviewers() {
    let served = tenant().await;
    let mut sent = body(json!({"fallbackReviewers": null}));
    sent.as_object_mut().unwrap().shift_remove("fallbackReviewers");
    sent["backupReviewers"] = body(json!({}))["fallbackReviewers"].clone();
    served.administrator().post(DEFINITIONS, &sent).await.refused(400, "Request_BadRequest");
    let beta = DEFINITIONS.replace("v1.0", "beta");
    let created = served.administrator().post(&beta, &sent).await.ok(201);
    let definition = created["id"].as_str().unwrap().to_owned();
    let shown = served.administrator().get(&format!("{beta}/{definition}")).await.ok(200);
    assert_eq!(shown["fallbackReviewers"][0]["query"], "/v1.0/users/10000000-0000-4000-8000-000000000003");
    served.pass(60).await;
    let found = instances(&served, &definition).await;
    let told = served.administrator().all(&review(&definition, &found[1]).path("/contactedReviewers")).await;
    assert_eq!(told[0]["displayName"], "Backup");
}
