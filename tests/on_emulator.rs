//! The emulator as the program offers it: the tutorial on it, and the seeds it is given.

use assert_cmd::Command;
use predicates::prelude::*;

fn run(arguments: &[&str]) -> String {
    let mut program = Command::cargo_bin("graphwalk").unwrap();
    program.env("NO_COLOR", "1").args(["run", "--strict", "--on", "emulator"]).args(arguments);
    String::from_utf8(program.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn every_prefix_of_the_tutorial_passes_strictly_and_leaves_nothing() {
    for step in 1..=9 {
        let told = run(&["--through", &step.to_string()]);
        assert!(!told.contains("left behind") && !told.contains("drift"), "{told}");
    }
}

#[test]
fn it_passes_at_any_time_of_day_and_end_of_month() {
    for now in ["2026-03-02T07:59:59.999Z", "2026-12-31T23:59:59Z", "2024-02-28T00:00:00Z", "2026-01-31T08:00:00Z"] {
        run(&["--now", now]);
    }
    run(&["--end-hour", "0", "--now", "2026-03-02T00:00:00Z"]);
}

/// All Microsoft 365 groups are reviewed, and those of others have instances beside that of the tutorial's own.
#[test]
fn guests_are_reviewed_beside_other_groups_at_any_end_of_month() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("tenant.yaml");
    let text = "users: [{userPrincipalName: 'ann_x.org#EXT#@contoso.com', displayName: Ann, userType: Guest}]\n\
                groups: [{displayName: Partners, groupTypes: [Unified], members: ['ann_x.org#EXT#@contoso.com']}]\n";
    std::fs::write(&seed, text).unwrap();
    for now in ["2026-03-02T09:00:00Z", "2026-11-30T23:59:59Z", "2024-02-29T00:00:00Z"] {
        let told = run(&["guest-review", "--now", now, "--seed", &seed.display().to_string()]);
        assert!(!told.contains("left behind") && !told.contains("drift"), "{told}");
    }
}

#[test]
fn without_the_licence_it_is_not_passed() {
    let mut program = Command::cargo_bin("graphwalk").unwrap();
    let output = program.args(["run", "--on", "emulator", "--no-licence"]).assert().failure().get_output().clone();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("AadPremiumLicenseRequired"), "{told}");
}

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
        ("users: [{userPrincipalName: a@contoso.com, roles: [King]}]", "/users/0/roles/0: 'King' is not a role"),
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

#[test]
fn a_fault_of_a_seed_stands_at_its_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.yaml");
    for (text, message) in [
        ("{\"users\": ", "yaml:1:10: not a seed: EOF while parsing a value"),
        ("users: 5", "yaml:1:8: not a seed"),
        (
            "users:\n  - {userPrincipalName: a@contoso.com}\n  - {displayName: b}",
            "yaml:3:5: /users/1/userPrincipalName",
        ),
        (
            "users:\n  - {displayName: A\n",
            "yaml:3:1: not a seed: did not find expected ',' or '}', while parsing a flow mapping at line 2",
        ),
        (
            "groups:\n  - displayName: G\n    members:\n      - nobody",
            "yaml:4:9: /groups/0/members/0: there is no user",
        ),
        (
            "users: [5]",
            "yaml:1:9: not a seed: users[0]: invalid type: integer `5`, expected a user, a map of properties",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let mut program = Command::cargo_bin("graphwalk").unwrap();
        let assert = program.args(["run", "--on", "emulator", "--seed"]).arg(&path).assert();
        assert.code(2).stdout("").stderr(predicate::str::contains(message));
    }
}
