//! What comes from outside of a tutorial on a tenant: objects that were there before, and what a person does.

use crate::served::{Served, configure, ended, run_name, write_feature, write_feature_file};

/// The user of the seed.
const ADELE: &str = "aaaaaaaa-0000-4000-8000-000000000001";

const CREATES: &str = r#"    When the administrator sends POST "/v1.0/groups"
      """json
      {"displayName": "Readers", "mailEnabled": false, "mailNickname": "readers", "securityEnabled": true}
      """
    Then the status is 201
    And "$.id" is kept as "group"
  Scenario: A person acts
    Given a person has done: "Enable MFA in the portal"
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 200
"#;

const CLEAN_UP: &str = r#"@clean-up
Feature: Clean up
  Scenario: Delete the group
    When the administrator sends DELETE "/v1.0/groups/{group}"
    Then the status is 204
"#;

#[test]
fn without_a_terminal_the_run_waits_for_the_person_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    write_feature(folder.path(), CREATES);
    write_feature_file(folder.path(), "02-clean-up.feature", CLEAN_UP);
    let (_, plan) = ended(folder.path(), &["run", "--on", "live", "--features", "features", "--plan"]);
    assert!(plan.contains("done by a person") && plan.contains("Enable MFA in the portal"), "{plan}");
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--features", "features", "--yes"]);
    assert_eq!(code, 4, "{text}");
    let run = run_name(folder.path());
    assert!(text.contains("a person has to do this first") && text.contains("graphwalk resume"), "{text}");
    assert_eq!(served.holds().len(), 3 + 1, "{text}");
    let (_, runs) = ended(folder.path(), &["runs"]);
    assert!(runs.contains("waiting") && runs.contains("waits for a person to do: Enable MFA"), "{runs}");
    let (code, again) = ended(folder.path(), &["resume", &run, "--yes"]);
    assert!(code == 4 && again.contains("a person has to do this first"), "{again}");
    let (_, kept) = ended(folder.path(), &["clean"]);
    assert!(kept.contains("waits for a person to do") && served.holds().len() == 3 + 1, "{kept}");
    let (code, kept) = ended(folder.path(), &["clean", &run]);
    assert!(code == 1 && kept.contains("nothing was deleted") && served.holds().len() == 3 + 1, "{kept}");
    let (code, text) = ended(folder.path(), &["clean", "--yes"]);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn an_object_from_outside_is_read_and_never_written_to_unless_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    let reads = "    Given \"Adele\" is the id of a user\n    When the administrator sends GET \"/v1.0/users/{Adele}\"\n    \
                 Then the status is 200\n";
    write_feature(folder.path(), reads);
    let run = ["run", "--on", "live", "--features", "features", "--yes"];
    let (code, text) = ended(folder.path(), &run);
    assert!(code == 3 && text.contains("missing \"Adele\""), "{text}");
    let set = format!("Adele={ADELE}");
    let with_id = [&run[..], &["--set", &set]].concat();
    let (code, text) = ended(folder.path(), &with_id);
    assert_eq!(code, 0, "{text}");
    let writes = "    When the administrator sends PATCH \"/v1.0/users/{Adele}\"\n      \"\"\"\n      {\"jobTitle\": \"x\"}\n      \"\"\"\n    \
                  Then the status is 204\n";
    write_feature(folder.path(), &format!("{reads}{writes}"));
    let (code, text) = ended(folder.path(), &with_id);
    assert!(code == 2 && text.contains("did not create"), "{text}");
    let file = folder.path().join("graphwalk.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{config}[may-change]\nAdele = \"/users/{ADELE}\"\n[values]\nAdele = \"{ADELE}\"\n"))
        .unwrap();
    let (code, text) = ended(folder.path(), &run);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
}
