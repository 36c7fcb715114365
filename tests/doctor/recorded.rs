//! A tutorial of calls that the emulator does not model: its needs come from a recording.

use std::path::Path;

use serde_json::{Value, json};

use super::served::*;

const GROUP: &str = "11111111-2222-4333-8444-000000000001";

/// A step that the emulator answers with 501, one whose sentences name no call, and one that no recording here has.
const FEATURES: [(&str, &str); 3] = [
    (
        "01-site.feature",
        "@step-1\nFeature: Site\n  Scenario: Read it\n    When the administrator sends GET \"/v1.0/organization\"\n    \
         And the administrator sends GET \"/v1.0/sites/root\"\n    Then the status is 200\n",
    ),
    (
        "02-group.feature",
        "@step-2\nFeature: Group\n  Scenario: Create it\n    When the administrator creates the security group \"Readers\":\n      \
         | mailNickname | readers |\n    \
         Then the group \"Readers\" is security-enabled and not mail-enabled\n",
    ),
    (
        "03-mine.feature",
        "@step-3\nFeature: Mine\n  Scenario: Look\n    When Adele Vance sends GET \"/v1.0/me/memberOf\"\n    \
         And the administrator lists the decisions of the review\n",
    ),
];

fn write_features(folder: &Path, count: usize) {
    let features = folder.join("mine");
    std::fs::create_dir_all(&features).unwrap();
    for (name, text) in &FEATURES[..count] {
        std::fs::write(features.join(name), text).unwrap();
    }
}

fn entry(second: usize, method: &str, path: &str, body: Option<Value>, answer: &Value) -> Value {
    let body = body.map(|body| json!({"mimeType": "application/json", "text": body.to_string()}));
    let mut request = json!({"method": method, "url": format!("https://graph.microsoft.com/v1.0{path}")});
    if let Some(body) = body {
        request["postData"] = body;
    }
    let content = json!({"mimeType": "application/json", "text": answer.to_string()});
    let status = if method == "POST" { 201 } else { 200 };
    json!({
        "startedDateTime": format!("2026-01-05T10:00:{second:02}Z"), "request": request,
        "response": {"status": status, "content": content},
    })
}

/// A recording of the first two steps, without a word of actors and steps.
fn write_recording(file: &Path, entries: usize) {
    let group = json!({
        "id": GROUP, "displayName": "Readers", "groupTypes": [], "mailEnabled": false, "mailNickname": "readers",
        "securityEnabled": true,
    });
    let created = json!({
        "displayName": "Readers", "groupTypes": [], "mailEnabled": false, "mailNickname": "readers",
        "securityEnabled": true,
    });
    let organization = json!({"value": [{"id": TENANT, "displayName": "Contoso"}]});
    let all = [
        entry(0, "GET", "/organization", None, &organization),
        entry(1, "GET", "/sites/root", None, &json!({"id": "contoso.sharepoint.com,1,2"})),
        entry(2, "POST", "/groups", Some(created), &group),
        entry(3, "GET", &format!("/groups/{GROUP}"), None, &group),
    ];
    let har = json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": &all[..entries]}});
    std::fs::write(file, har.to_string()).unwrap();
}

/// Step and calls of each permission.
fn calls(told: &Told) -> Vec<(u64, Vec<String>)> {
    let texts = |row: &Value| {
        let calls = row["permission"]["calls"].as_array().unwrap();
        calls.iter().map(|call| call.as_str().unwrap().to_owned()).collect()
    };
    told.findings("permission").iter().map(|row| (row["permission"]["step"].as_u64().unwrap(), texts(row))).collect()
}

#[test]
fn unmodelled_calls_are_taken_from_a_recording() {
    let served = Served::tenant(&[]);
    let actors = by_password("administrator", PUBLIC, "admin");
    let doctor = || served.doctor(&actors).with(&["--features", "mine"]);
    write_features(doctor().folder(), 2);
    let told = doctor().told_as_json();
    let from = |told: &Told| told.finding("calls-from");
    // No sentence names what creates the group.
    assert!(calls(&told).iter().all(|(step, _)| *step == 1), "{}", told.text);
    assert_eq!(told.findings("calls").len(), 1, "{}", told.text);
    assert_eq!(
        from(&told),
        ("warn".into(), "in a dry run on an emulated tenant: step 1; read from the features: step 2".into())
    );

    write_recording(&doctor().folder().join("mine.har"), 4);
    let told = doctor().with(&["--recording", "mine.har"]).told_as_json();
    let group = vec!["POST /groups".to_owned(), "GET /groups/{id}".to_owned()];
    assert!(calls(&told).iter().any(|(step, calls)| *step == 2 && calls.starts_with(&group)), "{}", told.text);
    assert!(told.findings("calls").is_empty(), "{}", told.text);
    assert_eq!(
        from(&told),
        ("ok".into(), "in a dry run on an emulated tenant: step 1; recorded in mine.har: step 2".into())
    );
    assert_eq!(told.finding("dry-run").0, "ok");
    assert!(told.findings("recording").is_empty(), "{}", told.text);
}

#[test]
fn calls_in_no_recording_are_read_from_the_features() {
    let served = Served::tenant(&[]);
    let actors = by_password("administrator", PUBLIC, "admin") + &by_password("Adele Vance", PUBLIC, "adele");
    let doctor = || served.doctor(&actors).with(&["--features", "mine"]);
    write_features(doctor().folder(), 3);
    write_recording(&doctor().folder().join("mine.har"), 4);
    // A folder of recordings means each in it; the second one adds nothing.
    std::fs::create_dir(doctor().folder().join("more")).unwrap();
    write_recording(&doctor().folder().join("more/short.har"), 2);
    let told = doctor().with(&["--recording", "more", "--recording", "mine.har"]).told();
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn an_unreadable_recording_is_named() {
    let served = Served::tenant(&[]);
    let told = served.doctor("").with(&["--recording", "nowhere.har"]).told();
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(told.text.contains("nowhere.har"), "{}", told.text);
}
