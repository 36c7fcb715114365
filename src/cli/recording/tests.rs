//! What a person sees of `graphwalk recording`.

use super::*;

const PUBLISHED: &str = "recordings/security-group-review/published.har";

fn run(command: RecordingCommand) -> (Result<Exit, TutorialFaults>, String) {
    let mut out = Vec::new();
    let ended = recording(&RecordingArgs { command }, &mut out);
    (ended, String::from_utf8(out).unwrap())
}

fn render(file: impl Into<PathBuf>, entry: Option<usize>) -> String {
    let (ended, out) = run(RecordingCommand::Show { file: file.into(), entry });
    assert_eq!(ended, Ok(Exit::Passed));
    out
}

/// A recording of two exchanges with a token, a cookie, a password, and a letter that moves the cursor.
fn careless(folder: &Path) -> PathBuf {
    let har = serde_json::json!({"log": {"entries": [
        {"startedDateTime": "2022-02-11T18:00:00Z", "_actor": "Adele\u{1b}[2J",
         "request": {"method": "POST", "url": "https://graph.microsoft.com/v1.0/users?access_token=canary-1",
            "headers": [{"name": "Authorization", "value": "Bearer canary-2"}],
            "postData": {"text": "{\"password\": \"canary-3\", \"displayName\": \"Adele\"}"}},
         "response": {"status": 201, "statusText": "Created",
            "headers": [{"name": "Set-Cookie", "value": "canary-4"}, {"name": "request-id", "value": "1"}],
            "content": {"text": "eyJpZCI6ICIxIn0=", "encoding": "base64"}}},
        {"startedDateTime": "2022-02-11T17:00:00Z",
         "request": {"method": "GET", "url": "https://graph.microsoft.com/v1.0/me"},
         "response": {"status": 200, "content": {"text": "not JSON"}}},
    ]}});
    let path = folder.join("careless.har");
    std::fs::write(&path, har.to_string()).unwrap();
    path
}

#[test]
fn a_recording_is_listed_step_by_step_within_80_columns() {
    let out = render(PUBLISHED, None);
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    insta::assert_snapshot!(out);
}

#[test]
fn one_exchange_is_printed_whole() {
    insta::assert_snapshot!(render(PUBLISHED, Some(16)));
}

#[test]
fn an_exchange_is_printed_without_its_secrets_and_without_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = careless(folder.path());
    let out = render(&path, Some(1)) + &render(&path, None);
    assert!(!out.contains("canary") && !out.contains('\u{1b}'), "{out}");
    insta::assert_snapshot!(out.replace(&path.display().to_string(), "careless.har"));
}

#[test]
fn a_missing_entry_is_an_error_that_counts_the_entries() {
    let (ended, _) = run(RecordingCommand::Show { file: PUBLISHED.into(), entry: Some(99) });
    let fault = ended.unwrap_err().remove(0);
    assert_eq!(fault.message, format!("{PUBLISHED} has no entry 99"));
    assert_eq!(fault.help.unwrap(), "its entries are numbered from 1 to 37");
}

#[test]
fn secrets_fail_and_are_named_by_their_place_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = careless(folder.path());
    let (ended, out) = run(RecordingCommand::Check { files: vec![folder.path().to_owned(), PUBLISHED.into()] });
    assert_eq!(ended, Ok(Exit::Failed));
    assert!(!out.contains("canary"), "{out}");
    insta::assert_snapshot!(out.replace(&path.display().to_string(), "careless.har"));
}

#[test]
fn the_bundled_recordings_are_checked_when_no_file_is_named() {
    let (ended, out) = run(RecordingCommand::Check { files: Vec::new() });
    assert_eq!(ended, Ok(Exit::Passed));
    assert!(out.ends_with("checked: no secrets, no warnings\n"), "{out}");
}

#[test]
fn an_unreadable_recording_does_not_stop_the_check_of_the_others() {
    let (ended, out) = run(RecordingCommand::Check { files: vec!["none.har".into(), PUBLISHED.into()] });
    assert!(ended.unwrap_err()[0].message.starts_with("cannot read none.har"));
    assert!(out.ends_with("1 recording checked: no secrets, no warnings\n"), "{out}");
}
