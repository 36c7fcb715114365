//! `--seed`: a tenant to begin with, refused where it contradicts itself.

use assert_cmd::Command;
use graphwalk::emulator::Settings;
use graphwalk::emulator::seed::Seed;
use predicates::prelude::*;
use serde_json::json;

use crate::served::{Served, settings};

#[test]
fn a_seed_that_cannot_stand_is_named_with_its_place_and_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    for (place, (text, message)) in [
        (
            "groups: [{displayName: G, members: [nobody@contoso.com]}]",
            "/groups/0/members/0: there is no user or group 'nobody@contoso.com'",
        ),
        ("groups: [{displayName: G, owners: [H]}, {displayName: H}]", "/groups/0/owners/0"),
        ("users: [{userPrincipalName: a@contoso.com, manager: b@contoso.com}]", "/users/0/manager: "),
        ("users: [{userPrincipalName: a@contoso.com, manager: G}]\ngroups: [{displayName: G}]", "/users/0/manager: "),
        ("users: [{userPrincipalName: a@contoso.com, roles: [King]}]", "/users/0/roles/0: 'King' is no role"),
        ("users: [{userPrincipalName: a@contoso.com, shoeSize: 43}]", "/users/0/shoeSize"),
        ("users: [{userPrincipalName: a@contoso.com, displayName: 43}]", "/users/0/displayName"),
        (
            "users: [{userPrincipalName: a@contoso.com, passwordProfile: {password: canary}}]",
            "/users/0/passwordProfile",
        ),
        ("groups: [{displayName: G, mailEnabled: maybe}]", "/groups/0/mailEnabled"),
        ("administrator: {shoeSize: 43}", "/administrator/shoeSize"),
        ("administrator: {manager: nobody@contoso.com}", "/administrator/manager"),
        ("apps: [{clientId: 11111111-2222-4333-8444-555555555555, certificate: canary}]", "/apps/0/certificate: "),
        (
            "apps: [{clientId: 11111111-2222-4333-8444-555555555555,\n  \
             federated: [{issuer: i, subject: s, key: {n: '*', e: AQAB}}]}]",
            "/apps/0/federated/0/key: expected n of the key in base64url",
        ),
        ("{\"users\": [{\"displayName\": \"a\"}]}", "/users/0/userPrincipalName"),
        ("{\"users\": ", "not a seed"),
        ("users: 5", "not a seed"),
        ("shoes: []", "unknown field `shoes`"),
        ("", "the document is empty"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{place}.yaml"));
        std::fs::write(&path, text).unwrap();
        for command in [&["serve", "--on", "emulator"][..], &["run", "--on", "emulator"]] {
            let mut program = Command::cargo_bin("graphwalk").unwrap();
            let assert =
                program.args(command).arg("--seed").arg(&path).timeout(std::time::Duration::from_secs(10)).assert();
            let refused = predicate::str::contains(message).and(predicate::str::contains("canary").not());
            assert.code(2).stdout("").stderr(refused);
        }
    }
    let mut program = Command::cargo_bin("graphwalk").unwrap();
    let assert = program.args(["run", "--on", "emulator", "--seed"]).arg(folder.path().join("missing.yaml")).assert();
    assert.code(2).stderr(predicate::str::contains("missing.yaml"));
}

#[tokio::test]
async fn a_seeded_tenant_is_there_from_the_beginning_and_after_a_reset() {
    let seed = "
tenant: {name: Fabrikam, domains: [fabrikam.com, contoso.com], id: 11111111-2222-4333-8444-555555555555}
administrator: {displayName: Root, userPrincipalName: root@fabrikam.com}
users:
  - {userPrincipalName: adele@fabrikam.com, displayName: Adele, manager: root@fabrikam.com, lastSignInDateTime: 2026-03-01T00:00:00Z}
groups:
  - {displayName: Doors, members: [adele@fabrikam.com], owners: [root@fabrikam.com], description: all of them}
";
    let served = Served::with(Settings { seed: Seed::parse(seed).unwrap(), ..settings() }).await;
    for _ in 0..2 {
        let administrator = served.administrator();
        assert_eq!(administrator.get("/v1.0/me").await.ok(200)["userPrincipalName"], "root@fabrikam.com");
        let organization = administrator.get("/v1.0/organization").await.ok(200);
        assert_eq!(organization["value"][0]["id"], "11111111-2222-4333-8444-555555555555");
        let path = "/v1.0/users/adele@fabrikam.com?$select=displayName,signInActivity&$expand=manager";
        let adele = administrator.get(path).await.ok(200);
        assert_eq!(adele["manager"]["displayName"], "Root");
        assert_eq!(adele["signInActivity"], json!({"lastSignInDateTime": "2026-03-01T00:00:00Z"}));
        let group = administrator.all("/v1.0/groups").await[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(administrator.all(&format!("/v1.0/groups/{group}/members")).await.len(), 1);
        administrator.delete("/v1.0/users/adele@fabrikam.com").await.ok(204);
        served.nobody().act("/_emulator/reset").await.ok(204);
    }
}
