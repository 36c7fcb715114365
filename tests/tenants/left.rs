//! Runs on several tenants that are left where they wait for days, and go on from cron.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::served::{APP, DOMAIN, PASSWORD, SEED, Served, TENANT, graphwalk, told};

const OTHER: &str = "5f0a1c1e-0000-4000-8000-000000000002";
const RUN: [&str; 9] = ["run", "--on", "live", "--yes", "--finish", "wait", "--tenants", "tenants.toml", "--detach"];

/// Two tenants with addresses of their own, and a configuration and a file of tenants that lead there.
pub fn tenants(folder: &Path) -> [Served; 2] {
    let served = [TENANT, OTHER].map(|id| {
        let home = folder.join(id);
        std::fs::create_dir(&home).unwrap();
        Served::seeded(&home, 60, &[], &SEED.replace("\"TENANT\"", &format!("\"{id}\"")))
    });
    let by_password = format!("sign-in = \"password\"\nclient-id = \"{APP}\"\n");
    let base = format!(
        "token-cache = \"off\"\n[timeouts]\npoll = 1\nsettle = 1\n[actors.administrator]\n{by_password}\
         username = \"admin@{DOMAIN}\"\npassword-env = \"TEST_PASSWORD\"\n[actors.\"Adele Vance\"]\n{by_password}"
    );
    std::fs::write(folder.join("graphwalk.toml"), base).unwrap();
    let mut rows = String::new();
    for (name, id, served) in [("first", TENANT, &served[0]), ("second", OTHER, &served[1])] {
        let url = &served.url;
        writeln!(
            rows,
            "[[tenants]]\nname = \"{name}\"\ntenant = \"{id}\"\nbase-url = \"{url}\"\nauthority = \"{url}\"\nresource = \"{url}\""
        )
        .unwrap();
    }
    std::fs::write(folder.join("tenants.toml"), rows).unwrap();
    served
}

pub fn ended(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let (code, text) = told(&graphwalk(folder, arguments).output().unwrap());
    assert!(!text.contains(PASSWORD), "{text}");
    (code, text)
}

/// Makes the waits of all runs end now, on this machine's clock.
fn make_due(folder: &Path) {
    for entry in std::fs::read_dir(folder.join(".graphwalk/runs")).unwrap() {
        let state = entry.unwrap().path().join("session.json");
        let Ok(text) = std::fs::read_to_string(&state) else { continue };
        let mut json: Value = serde_json::from_str(&text).unwrap();
        if json["waits_until"].is_string() {
            json["waits_until"] = "2026-01-01T00:00:00Z".into();
            std::fs::write(&state, json.to_string()).unwrap();
        }
    }
}

#[test]
fn runs_on_tenants_are_left_where_they_wait_and_go_on_when_they_are_due() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = tenants(folder);
    let with_results: Vec<&str> = RUN.into_iter().chain(["--results", "results"]).collect();
    let (code, text) = ended(folder, &with_results);
    assert!(code == 4 && text.contains("2 tenants; the first is due at 20"), "{text}");
    // Nothing is due yet: the same command leaves both alone, and so does cron's.
    let (code, text) = ended(folder, &with_results);
    assert!(code == 4 && text.contains("2 tenants; the first is due at 20"), "{text}");
    let resume = ["resume", "--due", "--yes", "--finish", "wait", "--tenants", "tenants.toml", "--results", "results"];
    let (code, text) = ended(folder, &resume);
    assert!(code == 4 && text.contains("nothing is due; 2 runs waiting, the next is due at 20"), "{text}");
    let (code, text) = ended(folder, &["report", "merge", "results", "--junit", "waiting.xml"]);
    assert!(code == 4 && text.contains("2 blocked of 2 tenants"), "{text}");
    served.iter().for_each(|served| served.advance(6 * 86_400));
    make_due(folder);
    let (code, text) = ended(folder, &resume[..5]);
    assert!(code == 2 && text.contains("name the file with --tenants"), "{text}");
    let (code, text) = ended(folder, &resume);
    assert!(code == 0 && text.contains(", first") && text.contains("went on with 2 runs"), "{text}");
    served.iter().for_each(|served| served.holds_only_its_seed(&text));
    let (code, text) = ended(folder, &["report", "merge", "results", "--junit", "ended.xml"]);
    assert!(code == 0 && text.contains("2 passed of 2 tenants, from 1 shard"), "{text}");
    let (code, text) = ended(folder, &resume);
    assert!(code == 0 && text.contains("nothing is due"), "{text}");
}

#[test]
fn a_run_that_is_resumed_by_its_name_keeps_its_result_in_the_shard() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = tenants(folder);
    let file = std::fs::read_to_string(folder.join("tenants.toml")).unwrap();
    let labelled = file.replace("name = \"second\"", "name = \"second\"\nlabels = [\"pilot\"]");
    std::fs::write(folder.join("tenants.toml"), labelled).unwrap();
    // The second tenant of the file is the first one of those with the label.
    let with_results: Vec<&str> = RUN.into_iter().chain(["--results", "results", "--label", "pilot"]).collect();
    let (code, text) = ended(folder, &with_results);
    assert!(code == 4 && text.contains("1 tenant; the first is due at 20") && !text.contains("first:"), "{text}");
    let run = super::served::run_name(folder);
    served[1].advance(6 * 86_400);
    make_due(folder);
    let (code, text) = ended(folder, &["resume", &run, "--yes", "--finish", "wait"]);
    assert!(code == 2 && text.contains("name the file with --tenants"), "{text}");
    let by_name = ["resume", &run, "--yes", "--finish", "wait", "--tenants", "tenants.toml", "--results", "results"];
    let (code, text) = ended(folder, &by_name);
    assert!(code == 0 && text.contains(", second"), "{text}");
    let (code, text) = ended(folder, &["report", "merge", "results", "--junit", "ended.xml"]);
    assert!(code == 0 && text.contains("1 passed of 1 tenant, from 1 shard"), "{text}");
    let junit = std::fs::read_to_string(folder.join("ended.xml")).unwrap();
    assert!(junit.contains("<property name=\"tenant\" value=\"second\"/>"), "{junit}");
    served[1].holds_only_its_seed(&text);
}

#[test]
fn the_same_command_goes_on_with_the_tenants_that_are_due() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = tenants(folder);
    let with_results: Vec<&str> = RUN.into_iter().chain(["--results", "results"]).collect();
    assert_eq!(ended(folder, &with_results).0, 4);
    served.iter().for_each(|served| served.advance(6 * 86_400));
    make_due(folder);
    // What the shard kept says when its tenants are due, too.
    for entry in std::fs::read_dir(folder.join("results/tenants")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let at = text.find("waits_until").unwrap();
        let year = at + text[at..].find("20").unwrap();
        std::fs::write(&path, format!("{}2020{}", &text[..year], &text[year + 4..])).unwrap();
    }
    let (code, text) = ended(folder, &with_results);
    assert!(code == 0 && text.contains("2 passed of 2 tenants"), "{text}");
    served.iter().for_each(|served| served.holds_only_its_seed(&text));
}

#[test]
fn every_tenant_of_a_file_is_looked_at_and_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = tenants(folder);
    let (code, text) = ended(folder, &["doctor", "--finish", "wait", "--tenants", "tenants.toml"]);
    let names: Vec<&str> = text.lines().filter(|line| ["first", "second"].contains(line)).collect();
    assert!(code == 0 && names == ["first", "second"], "{code}: {text}");
    assert_eq!(ended(folder, &RUN).0, 4);
    assert!(served.iter().all(|served| served.holds().len() == 3 + 5));
    let (code, text) = ended(folder, &["clean", "--tenants", "tenants.toml"]);
    assert!(code == 0 && text.matches("waits until").count() == 2, "{text}");
    let file = std::fs::read_to_string(folder.join("tenants.toml")).unwrap();
    let one = file.split("[[tenants]]").nth(1).unwrap();
    std::fs::write(folder.join("one.toml"), format!("[[tenants]]{one}")).unwrap();
    let (code, text) = ended(folder, &["clean", "--yes", "--tenants", "one.toml"]);
    assert!(code == 1 && text.contains("was played on no tenant that can be reached of"), "{text}");
    served[0].holds_only_its_seed(&text);
    assert_eq!(served[1].holds().len(), 3 + 5, "of a tenant that is not named nothing is deleted");
    // Who names the second one by its label knows that the first one has runs, too.
    assert_eq!(ended(folder, &RUN).0, 4);
    let labelled = file.replace("name = \"second\"", "name = \"second\"\nlabels = [\"pilot\"]");
    std::fs::write(folder.join("tenants.toml"), labelled).unwrap();
    let pilot = ["--tenants", "tenants.toml", "--label", "pilot"];
    let (code, text) = ended(folder, &[&["doctor", "--finish", "wait"][..], &pilot].concat());
    let names: Vec<&str> = text.lines().filter(|line| ["first", "second"].contains(line)).collect();
    assert!(code == 0 && names == ["second"], "{code}: {text}");
    let (code, text) = ended(folder, &[&["clean", "--yes"][..], &pilot].concat());
    assert!(code == 0 && text.contains("not cleaned: 1 run on tenants that have other labels"), "{text}");
    served[1].holds_only_its_seed(&text);
    assert_eq!(served[0].holds().len(), 3 + 5, "of a tenant without the label nothing is deleted");
    let (code, text) = ended(folder, &["clean", "--yes", "--tenants", "tenants.toml", "--label", "pilto"]);
    assert!(code == 2 && text.contains("no tenant has the label pilto"), "{text}");
    let (code, text) = ended(folder, &["clean", "--yes", "--tenants", "tenants.toml"]);
    assert_eq!(code, 0, "{text}");
    served.iter().for_each(|served| served.holds_only_its_seed(&text));
}
