//! Recordings from outside: made by `record`, cleaned by `recording redact`, and played again.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use predicates::prelude::*;
use serde_json::{Value, json};

const PUBLISHED: &str = "recordings/security-group-review/published.har";

fn graphwalk() -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    command
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn published() -> Value {
    json_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(PUBLISHED))
}

fn entries(har: &Value) -> &Vec<Value> {
    har["log"]["entries"].as_array().unwrap()
}

/// The lines after the report of the run.
fn told(output: &[u8]) -> String {
    let text = String::from_utf8(output.to_vec()).unwrap();
    let told = text.rsplit_once("\n\n").unwrap().1;
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    told.to_owned()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_recorded_replay_is_equivalent_and_replays_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let output = graphwalk().args(["record", "--out", "one.har"]).current_dir(folder.path()).assert().success();
    insta::assert_snapshot!(told(&output.get_output().stdout));
    let one = folder.path().join("one.har");
    graphwalk().args(["run", "--strict", "--recording"]).arg(&one).assert().success();
    graphwalk().args(["recording", "check"]).arg(&one).assert().success();

    let (recorded, published) = (json_of(&one), published());
    for field in ["_tutorial", "_finish", "_volatile"] {
        assert_eq!(recorded["log"][field], published["log"][field], "{field}");
    }
    assert_eq!(entries(&recorded).len(), entries(&published).len());
    for (ours, theirs) in entries(&recorded).iter().zip(entries(&published)) {
        for field in ["_actor", "_step", "_provenance", "startedDateTime"] {
            assert_eq!(ours[field], theirs[field], "{field} of {}", theirs["request"]["url"]);
        }
        assert_eq!(ours["request"]["method"], theirs["request"]["method"]);
        assert_eq!(ours["response"]["status"], theirs["response"]["status"]);
        let shape = |entry: &Value| {
            let text = entry.pointer("/response/content/text").and_then(Value::as_str).unwrap_or("null");
            shape(&serde_json::from_str(text).unwrap())
        };
        assert_eq!(shape(ours), shape(theirs), "{}", theirs["request"]["url"]);
    }
    // Of a recording that is redacted already, the recording is itself.
    graphwalk()
        .args(["record", "--out", "two.har", "--recording", "one.har"])
        .current_dir(folder.path())
        .assert()
        .success();
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(folder.path().join("two.har")).unwrap());
}

/// A document with its texts left out, but for those of features and of closed sets.
fn shape(json: &Value) -> Value {
    match json {
        Value::Object(properties) => properties.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) if text.len() > 12 || text.contains('@') || text.contains('1') => json!("text"),
        other => other.clone(),
    }
}

#[test]
fn a_recording_of_ones_own_tutorial_keeps_its_names_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("readers.har");
    let tutorial = ["--features", "tests/own-tutorial"];
    graphwalk()
        .args(["record", "--recording", "tests/own-tutorial/mine.har", "--out"])
        .arg(&out)
        .args(tutorial)
        .assert()
        .success();
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.contains("Readers") && text.contains("\"name\": \"ConsistencyLevel\""), "{text}");
    assert!(!text.contains("11111111-2222"), "{text}");
    graphwalk().args(["run", "--strict", "--recording"]).arg(&out).args(tutorial).assert().success();
}

#[test]
fn a_run_that_fails_is_recorded_only_if_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, out) = (folder.path().join("bad.har"), folder.path().join("out.har"));
    let mut har = published();
    let text = &mut har["log"]["entries"][12]["response"]["content"]["text"];
    *text = text.as_str().unwrap().replace("Adele Vance", "Somebody Else").into();
    std::fs::write(&bad, har.to_string()).unwrap();
    let record = || {
        let mut command = graphwalk();
        command.arg("record").arg("--recording").arg(&bad).arg("--out").arg(&out);
        command
    };
    let output = record().assert().code(1).get_output().clone();
    insta::assert_snapshot!(told(&output.stdout), @"not recorded, because the run did not pass; --keep-failed records it");
    assert_eq!(files_in(folder.path()), std::slice::from_ref(&bad));
    let output = record().arg("--keep-failed").assert().code(1).get_output().clone();
    assert!(told(&output.stdout).starts_with("recorded "));
    let kept = std::fs::read_to_string(&out).unwrap();
    assert!(!kept.contains("Somebody Else"), "{kept}");
}

#[test]
fn an_unwritable_recording_is_reported_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let record = || {
        let mut command = graphwalk();
        command.arg("record").current_dir(folder.path());
        command
    };
    std::fs::write(folder.path().join("security-group-review.har"), "mine").unwrap();
    record().assert().code(2).stdout("").stderr(predicate::str::contains("security-group-review.har already exists"));
    record().args(["--out", "none/x.har"]).assert().code(2).stdout("").stderr(predicate::str::contains("none/x.har"));
    std::fs::create_dir(folder.path().join("two")).unwrap();
    for name in ["a", "b"] {
        std::fs::write(folder.path().join("two").join(name).with_extension("har"), published().to_string()).unwrap();
    }
    record()
        .args(["--recording", "two", "--out", "x.har"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(predicate::str::contains("several sessions").and(predicate::str::contains("two/a.har")));
    assert_eq!(std::fs::read_to_string(folder.path().join("security-group-review.har")).unwrap(), "mine");
    assert_eq!(files_in(folder.path()).len(), 2);
}

#[test]
fn the_emulator_is_recorded_and_its_recording_replays_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("emulated.har");
    graphwalk().args(["record", "--on", "emulator", "--out"]).arg(&out).assert().success();
    let har = json_of(&out);
    assert!(entries(&har).iter().all(|entry| entry["_provenance"] == "emulated" && entry["_step"].is_u64()));
    assert!(!har.to_string().contains("127.0.0.1"), "{har}");
    graphwalk().args(["run", "--strict", "--recording"]).arg(&out).assert().success();
}

#[test]
fn a_session_that_met_faults_is_recorded_as_it_went_on_and_replays_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorded = 0;
    for seed in 1..=12 {
        let out = folder.path().join(format!("{seed}.har"));
        let seed = seed.to_string();
        let ended = graphwalk().args(["record", "--on", "emulator", "--fault-seed", &seed, "--out"]).arg(&out).assert();
        if ended.get_output().status.success() {
            recorded += 1;
            graphwalk().args(["run", "--strict", "--recording"]).arg(&out).assert().success();
        } else {
            assert!(!out.exists(), "storm {seed}");
        }
    }
    assert!(recorded > 5, "{recorded}");
}

/// Records the tutorial on an emulator with these faults, and replays it strictly; what the recording was reported, and itself.
fn recorded_with(faults: Value) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("faulty.har");
    std::fs::write(folder.path().join("faults.json"), json!({"faults": faults}).to_string()).unwrap();
    let mut command = graphwalk();
    command.args(["record", "--on", "emulator", "--faults", "faults.json", "--out"]).arg(&out);
    let output = command.current_dir(folder.path()).assert().success();
    graphwalk().args(["run", "--strict", "--recording"]).arg(&out).assert().success();
    (String::from_utf8(output.get_output().stdout.clone()).unwrap(), json_of(&out))
}

#[test]
fn a_review_whose_creation_was_found_late_is_recorded_as_it_was_created() {
    const DEFINITIONS: &str = "/identityGovernance/accessReviews/definitions";
    let (told, har) = recorded_with(json!([
        {"on": {"method": "POST", "path": DEFINITIONS}, "do": {"close": "after"}},
        {"on": {"method": "GET", "path": DEFINITIONS, "nth": 1}, "do": {"status": 503, "retryAfter": 200}},
    ]));
    // When it was found it had begun.
    assert!(told.contains("status      InProgress → Completing"), "{told}");
    let is_creation = |entry: &&Value| entry["request"]["method"] == "POST" && entry["_provenance"] == "inferred";
    let creations: Vec<&Value> = entries(&har).iter().filter(is_creation).collect();
    assert_eq!(creations.len(), 1);
    let text = creations[0]["response"]["content"]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["status"], "NotStarted");
}

#[test]
fn a_flapping_status_is_reported_and_not_recorded() {
    let reads = json!({"method": "GET", "path": "/identityGovernance/accessReviews/definitions/*"});
    let (told, _) = recorded_with(json!([{"on": reads, "do": {"lag": "flap", "for": 35}}]));
    assert!(told.contains("replication One-time self-review for members of Building security flapped for "), "{told}");
}

/// The published recording as a browser would have exported it from a tenant: other ids, another domain, tokens, cookies,
/// stacks, and entries of other hosts.
fn browser_export() -> Value {
    let text = published().to_string();
    let text = text.replace("Contoso.com", "fabrikam.onmicrosoft.com").replace("MOD Administrator", "Mona Kane");
    let mut har: Value = serde_json::from_str(&text).unwrap();
    let log = har["log"].as_object_mut().unwrap();
    log.retain(|name, _| name != "_tutorial" && name != "_finish");
    for (index, entry) in log["entries"].as_array_mut().unwrap().iter_mut().enumerate() {
        let claims = match entry["_actor"].as_str() {
            Some("administrator") => {
                json!({"oid": "1", "name": "Mona Kane", "wids": ["62e90394-69f5-4237-9190-012177145e10"]})
            }
            _ => json!({"oid": "2", "name": "Adele Vance"}),
        };
        let token = format!("eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let headers = entry["request"]["headers"].as_array_mut().unwrap();
        headers.push(json!({"name": "Authorization", "value": format!("Bearer {token}")}));
        headers.push(json!({"name": "Cookie", "value": "session=cookie-of-mona"}));
        if let Some(text) = entry["response"]["content"]["text"].as_str().map(|text| STANDARD.encode(text)) {
            entry["response"]["content"]["text"] = text.into();
            entry["response"]["content"]["encoding"] = "base64".into();
        }
        entry["_initiator"] = json!({"type": "script", "stack": {"url": "https://intranet.fabrikam.com/app.js"}});
        entry["serverIPAddress"] = "20.190.1.2".into();
        entry["comment"] = "seen by Mona Kane".into();
        let entry = entry.as_object_mut().unwrap();
        entry.retain(|name, _| !["_actor", "_step", "_provenance"].contains(&name.as_str()));
        // Where Graph Explorer's export puts it.
        if index == 3 {
            let body = entry["request"].as_object_mut().unwrap().shift_remove("postData").unwrap();
            entry.insert("postData".to_owned(), body);
        }
    }
    let mut sign_in = log["entries"][0].clone();
    sign_in["request"]["url"] = "https://login.microsoftonline.com/fabrikam.onmicrosoft.com/oauth2/v2.0/token".into();
    let entries = log["entries"].as_array_mut().unwrap();
    entries.insert(0, sign_in.clone());
    sign_in["request"]["url"] = "https://browser.events.data.microsoft.com/OneCollector/1.0".into();
    entries.push(sign_in);
    har
}

#[test]
fn a_browsers_export_becomes_a_recording_that_replays_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let (export, out) = (folder.path().join("browser.har"), folder.path().join("clean.har"));
    std::fs::write(&export, browser_export().to_string()).unwrap();
    let before = std::fs::read(&export).unwrap();
    let redact = || {
        let mut command = graphwalk();
        command.args(["recording", "redact", "browser.har"]).current_dir(folder.path());
        command
    };
    let output = redact().args(["--out", "clean.har"]).assert().success().stderr("").get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
    assert_eq!(std::fs::read(&export).unwrap(), before);

    let clean = std::fs::read_to_string(&out).unwrap();
    for private in ["fabrikam", "Mona", "cookie-of", "eyJ", "intranet", "20.190", "eb75ccd2"] {
        assert!(!clean.contains(private), "{private}");
    }
    assert!(
        entries(&json_of(&out)).iter().all(|entry| entry["_provenance"] == "tenant" && entry["_actor"].is_string())
    );
    graphwalk().args(["recording", "check"]).arg(&out).assert().success();
    graphwalk().args(["run", "--strict", "--recording"]).arg(&out).assert().success();

    // Without --out it goes to standard output, and what is reported beside it to standard error.
    let output =
        redact().assert().success().stderr(predicate::str::starts_with("kept 37 exchanges")).get_output().clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), clean);
    // The file itself is replaced only if it is named.
    redact().args(["--out", "browser.har"]).assert().success();
    assert_eq!(std::fs::read_to_string(&export).unwrap(), clean);
    assert_eq!(files_in(folder.path()).len(), 2);
}

#[test]
fn a_feature_finds_its_query_however_the_recorded_client_wrote_it() {
    let forms = [
        ("/users?%24Select=id%2CdisplayName&%24TOP=5", "/users?$top=5&$select=id,displayName"),
        ("/users?$filter=displayName+eq+'A%26B'&$count=true", "/users?$count=true&$filter=displayName eq 'A%26B'"),
        ("/users?select=id,%20mail", "/users?$select=id,mail"),
        ("/users?$filter=proxyAddresses/any(p%3Ap+eq+%27x%27)", "/users?$filter=proxyAddresses/any(p:p eq 'x')"),
        ("/me/calendarView?endDateTime=2&startDateTime=9%2B1", "/me/calendarView?startDateTime=9%2B1&endDateTime=2"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut feature = "@step-1\nFeature: Queries\n  Scenario: Each is found\n".to_owned();
    let mut entries = Vec::new();
    for (index, (recorded, asked)) in forms.iter().enumerate() {
        feature.push_str(&format!("    When the administrator sends GET \"/v1.0{asked}\"\n"));
        feature.push_str(&format!("    Then \"$.value[0].id\" is \"5f3c1a77-2b1e-4b55-9a0c-0c1d2e3f4a5{index}\"\n"));
        let user =
            json!({"id": format!("5f3c1a77-2b1e-4b55-9a0c-0c1d2e3f4a5{index}"), "displayName": "A", "mail": null});
        entries.push(json!({
            "startedDateTime": format!("2026-01-05T10:00:{index:02}Z"), "time": 5,
            "request": {"method": "GET", "url": format!("https://graph.microsoft.com/v1.0{recorded}"), "headers": []},
            "response": {"status": 200, "headers": [], "content": {
                "mimeType": "application/json", "text": json!({"value": [user]}).to_string(),
            }},
        }));
    }
    std::fs::create_dir(folder.path().join("features")).unwrap();
    std::fs::write(folder.path().join("features/a.feature"), feature).unwrap();
    let (raw, clean) = (folder.path().join("raw.har"), folder.path().join("clean.har"));
    std::fs::write(&raw, json!({"log": {"version": "1.2", "entries": entries}}).to_string()).unwrap();
    let features = folder.path().join("features");
    let redact: [&Path; 5] = [&raw, "--features".as_ref(), &features, "--out".as_ref(), &clean];
    graphwalk().args(["recording", "redact"]).args(redact).assert().success();
    for recording in [&raw, &clean] {
        let run: [&Path; 4] = ["--features".as_ref(), &features, "--recording".as_ref(), recording];
        graphwalk().args(["run"]).args(run).assert().success();
    }
}

#[test]
fn a_recording_without_graph_calls_is_refused_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = json!({"log": {"entries": [{"request": {"method": "GET", "url": "https://example.org/"}}]}});
    for (content, message) in [
        (elsewhere.to_string(), "holds no exchange with Microsoft Graph"),
        ("{\"log\": ".to_owned(), "is truncated"),
        ("hello".to_owned(), "is not JSON"),
        (String::new(), "is empty"),
    ] {
        std::fs::write(folder.path().join("x.har"), content).unwrap();
        graphwalk()
            .args(["recording", "redact", "x.har", "--out", "y.har"])
            .current_dir(folder.path())
            .assert()
            .code(2)
            .stdout("")
            .stderr(predicate::str::contains(message));
        assert_eq!(files_in(folder.path()), [folder.path().join("x.har")]);
    }
}

#[test]
fn saved_responses_of_postman_become_a_recording_that_replays_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("saved.har");
    let features = ["--features", "tests/saved-responses"];
    let imported = graphwalk()
        .args(["recording", "import", "tests/saved-responses/groups.postman_collection.json", "--out"])
        .arg(&out)
        .args(features)
        .assert()
        .success();
    let imported = imported.get_output();
    let told = String::from_utf8([imported.stdout.as_slice(), &imported.stderr].concat()).unwrap();
    assert!(told.lines().all(|line| line.chars().count() <= 80 || line.starts_with("written to")), "{told}");
    assert!(told.starts_with("kept 4 exchanges of "), "{told}");
    for part in [
        "1 entry that is not with Graph",
        "left out 1 request without a saved response:\n  Me\n",
        "left out 1 request with variables that have no value:\n  Groups / Owner (nobody)\n",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let text = std::fs::read_to_string(&out).unwrap();
    for private in ["canary", "fabrikam", "mona", "5a4b7a8e", "{{", "tenant"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    let har = json_of(&out);
    let said = |pointer: &str| -> Vec<Value> {
        entries(&har).iter().map(|entry| entry.pointer(pointer).cloned().unwrap_or_default()).collect()
    };
    assert_eq!(said("/response/status"), [201, 404, 200, 204]);
    assert_eq!(said("/_provenance"), ["saved"; 4]);
    let times = ["2026-01-05T10:00:00Z", "2026-01-05T10:00:01Z", "2026-01-05T10:00:02Z", "2026-01-05T10:00:03Z"];
    assert_eq!(said("/startedDateTime"), times);
    assert_eq!(said("/time"), [212, 0, 0, 0]);

    graphwalk().args(["recording", "check"]).arg(&out).assert().success();
    let shown = graphwalk().args(["recording", "show"]).arg(&out).assert().success();
    assert!(String::from_utf8_lossy(&shown.get_output().stdout).contains("4 saved"));
    graphwalk().args(["run", "--strict", "--recording"]).arg(&out).args(features).assert().success();
}

#[test]
fn a_history_of_graph_explorer_becomes_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |second: u8, status: u16| {
        json!({
            "startedDateTime": format!("2026-01-05T10:00:{second:02}.000Z"), "time": 120,
            "request": {
                "method": "GET", "url": "https://graph.microsoft.com/v1.0/me", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": [{"name": "SdkVersion", "value": "GraphExplorer/4.0"}], "queryString": [{"name": "", "value": ""}],
            },
            "response": {
                "status": status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": {"content-type": "application/json", "request-id": "3f1f0f7e-7a5f-4d58-9a0c-5f0e2b6f1a11"},
                "content": {"text": "{\"displayName\":\"Mona Kane\"}", "size": 27, "mimeType": "application/json"},
            },
        })
    };
    let creator = json!({"name": "Graph Explorer", "version": "4.0"});
    let history = json!({"log": {"version": "4.0", "creator": creator, "entries": [entry(2, 200), entry(1, 401)]}});
    std::fs::write(folder.path().join("history.har"), history.to_string()).unwrap();
    graphwalk()
        .args(["recording", "import", "history.har", "--out", "out.har"])
        .current_dir(folder.path())
        .assert()
        .success()
        .stderr("");
    let har = json_of(&folder.path().join("out.har"));
    let statuses: Vec<&Value> = entries(&har).iter().map(|entry| &entry["response"]["status"]).collect();
    assert_eq!(statuses, [401, 200]);
    assert!(!har.to_string().contains("Mona"), "{har}");
}

#[test]
fn what_cannot_be_imported_is_named_for_what_it_is_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    let collection = |item: Value| json!({"info": {"name": "x"}, "item": item}).to_string();
    let unanswered = json!([{"name": "Me", "request": "https://graph.microsoft.com/v1.0/me", "response": []}]);
    let elsewhere = json!([{"name": "x", "request": "https://example.org/v1.0/me", "response": [{"code": 200}]}]);
    let twelve = json!([{"name": "x", "request": 12, "response": [{"code": 200}]}]);
    for (content, message) in [
        (String::new(), "x.json is empty"),
        ("\u{0}\u{1}".to_owned(), "x.json is not JSON"),
        ("<!DOCTYPE html><html></html>".to_owned(), "x.json is an HTML page, and no recording"),
        ("[1, 2]".to_owned(), "x.json is JSON of another kind"),
        ("{\"name\": \"package\"}".to_owned(), "x.json is JSON of another kind"),
        ("{\"item\": [".to_owned(), "x.json is truncated"),
        ("{\"id\": \"1\", \"order\": [], \"requests\": []}".to_owned(), "a Postman collection of version 1"),
        ("{\"name\": \"x\", \"values\": []}".to_owned(), "a Postman environment"),
        (collection(unanswered), "no saved response that can be used: requests 1 without a saved response"),
        (collection(elsewhere), "holds no exchange with Microsoft Graph"),
        (collection(twelve), "expected a request: an address, or an object with method and url"),
    ] {
        std::fs::write(folder.path().join("x.json"), content).unwrap();
        graphwalk()
            .args(["recording", "import", "x.json", "--out", "y.har"])
            .current_dir(folder.path())
            .env("COLUMNS", "300")
            .assert()
            .code(2)
            .stdout("")
            .stderr(predicate::str::contains(message));
        assert_eq!(files_in(folder.path()), [folder.path().join("x.json")]);
    }
}
