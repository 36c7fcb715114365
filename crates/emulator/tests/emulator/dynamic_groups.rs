//! Groups with dynamic membership: their members are those of whom the rule holds, from the next call on.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::contoso::{Contoso, group_body};
use crate::served::{Served, settings};

fn body(rule: &str) -> Value {
    let mut body = group_body("Ruled", &[], &[]);
    body["groupTypes"] = json!(["DynamicMembership"]);
    body["membershipRule"] = json!(rule);
    body["membershipRuleProcessingState"] = json!("On");
    body
}

async fn ruled(contoso: &Contoso, rule: &str) -> String {
    let created = contoso.administrator().post("/v1.0/groups", &body(rule)).await.ok(201);
    created["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn members_follow_the_rule_as_users_change_come_and_go() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let id = ruled(&contoso, "user.department -eq \"Sales\" -and user.accountEnabled -eq true").await;
    assert!(contoso.members(&id).await.is_empty());
    let adele = format!("/v1.0/users/{}", contoso.adele);
    administrator.patch(&adele, &json!({"department": "sales"})).await.ok(204);
    assert_eq!(contoso.members(&id).await, [contoso.adele.as_str()]);
    let transitive = administrator.all(&format!("{adele}/transitiveMemberOf")).await;
    assert!(transitive.iter().any(|group| group["id"] == id.as_str()));
    administrator.patch(&adele, &json!({"accountEnabled": false})).await.ok(204);
    assert!(contoso.members(&id).await.is_empty());
    administrator.patch(&adele, &json!({"accountEnabled": true})).await.ok(204);
    administrator.delete(&adele).await.ok(204);
    assert!(contoso.members(&id).await.is_empty());
    let restore = format!("/v1.0/directory/deletedItems/{}/restore", contoso.adele);
    administrator.post(&restore, &json!({})).await.ok(200);
    assert_eq!(contoso.members(&id).await, [contoso.adele.as_str()]);
    // The service does it, and the audit log says which one.
    let log = administrator.all("/v1.0/auditLogs/directoryAudits").await;
    let of_group: Vec<&Value> = log.iter().filter(|entry| entry.to_string().contains(&id)).collect();
    assert!(of_group.len() >= 3, "{log:?}");
    for entry in of_group {
        let by = &entry["initiatedBy"];
        assert_eq!((&by["user"], &by["app"]["displayName"]), (&Value::Null, &json!("Microsoft Approval Management")));
    }
}

#[tokio::test]
async fn another_rule_makes_other_members_and_a_paused_one_none() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let id = ruled(&contoso, "user.displayName -startsWith \"Al\"").await;
    assert_eq!(contoso.members(&id).await, [contoso.alex.as_str()]);
    let path = format!("/v1.0/groups/{id}");
    administrator.patch(&path, &json!({"membershipRule": "user.displayName -match \"^Megan\""})).await.ok(204);
    assert_eq!(contoso.members(&id).await, [contoso.megan.as_str()]);
    let paused =
        json!({"membershipRuleProcessingState": "Paused", "membershipRule": "user.displayName -startsWith \"A\""});
    administrator.patch(&path, &paused).await.ok(204);
    assert_eq!(contoso.members(&id).await, [contoso.megan.as_str()]);
    administrator.patch(&path, &json!({"membershipRuleProcessingState": "On"})).await.ok(204);
    assert_eq!(contoso.members(&id).await.len(), 2);
    // The members of another group, and who reports to somebody.
    let group = &contoso.group;
    let members = json!({"membershipRule": format!("user.memberOf -any (group.objectId -in ['{group}'])")});
    administrator.patch(&path, &members).await.ok(204);
    assert_eq!(contoso.members(&id).await, contoso.members(group).await);
    let reports = json!({"membershipRule": format!("Direct Reports for \"{}\"", contoso.megan)});
    administrator.patch(&path, &reports).await.ok(204);
    assert!(contoso.members(&id).await.is_empty());
    let manager = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", contoso.megan)});
    administrator.put(&format!("/v1.0/users/{}/manager/$ref", contoso.alex), &manager).await.ok(204);
    assert_eq!(contoso.members(&id).await, [contoso.alex.as_str()]);
}

#[tokio::test]
async fn rules_that_the_emulator_cannot_evaluate_are_not_taken() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for rule in ["device.deviceOSType -eq \"Windows\"", "user.employeeHireDate -ge system.now -minus p30d"] {
        administrator.post("/v1.0/groups", &body(rule)).await.refused(501, "NotModelled");
    }
    for rule in ["user.shoeSize -eq \"43\"", "user.department eq", "user.department -like \"x\""] {
        administrator.post("/v1.0/groups", &body(rule)).await.refused(400, "Request_BadRequest");
    }
}

#[tokio::test]
async fn a_seeded_rule_decides_unless_it_cannot_be_evaluated() {
    let seed = r#"
users:
  - {userPrincipalName: a@contoso.com, id: 10000000-0000-4000-8000-000000000001, displayName: A, department: Sales}
  - {userPrincipalName: b@contoso.com, id: 10000000-0000-4000-8000-000000000002, displayName: B}
groups:
  - {displayName: Ruled, id: 20000000-0000-4000-8000-000000000001, groupTypes: [DynamicMembership], membershipRule: 'user.department -eq "Sales"', members: [b@contoso.com]}
  - {displayName: Devices, id: 20000000-0000-4000-8000-000000000002, groupTypes: [DynamicMembership], membershipRule: 'device.displayName -eq "x"', members: [b@contoso.com]}
"#;
    let served = Served::with(Settings { seed: Seed::parse(seed).unwrap(), ..settings() }).await;
    for (group, member) in [(1, 1), (2, 2)] {
        let path = format!("/v1.0/groups/20000000-0000-4000-8000-00000000000{group}/members");
        let members = served.administrator().all(&path).await;
        let ids: Vec<&str> = members.iter().filter_map(|one| one["id"].as_str()).collect();
        assert_eq!(ids, [format!("10000000-0000-4000-8000-00000000000{member}")], "{group}");
    }
}
