//! The HTML report, from outside: what it tells, how large it is, that nothing in it runs or is loaded.

mod evidence;
mod markup;
mod sizes;

use std::path::Path;

use assert_cmd::Command;
use markup::Page;
use serde_json::Value;

const PUBLISHED: &str = include_str!("../../recordings/security-group-review/published.har");

fn graphwalk() -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").env("INSTA_UPDATE", "no");
    command
}

/// The page of a run with these arguments.
fn page(arguments: &[&str], folder: &Path) -> Page {
    let path = folder.join("report.html");
    graphwalk().arg("run").args(arguments).arg("--html").arg(&path).output().unwrap();
    Page::read(&path)
}

#[test]
fn an_auditor_reads_who_lost_access_why_and_what_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    // The review ends at eight in the morning: how far the clock is moved depends on the hour.
    let page = page(&["--on", "emulator", "--now", "2026-01-31T09:00:00Z"], folder.path());
    page.is_harmless();
    let text = page.text();
    for told in [
        "✓ passed All 31 scenarios held.",
        "1 page read to the end, 2 items, as many as Graph counted",
        "NotStarted",
        "Applying",
        "Who was asked",
        "Who was contacted",
        "Alex Wilber Deny nobody: by default",
        "As the assistant security manager, I still need access to the building security group.",
        "AppliedSuccessfully the service, by itself",
        "gone Alex Wilber , added nobody",
        "All 44 answers are an emulator's",
        "The clock was moved by 4 days",
        "autoApplyDecisionsEnabled true",
    ] {
        assert!(text.contains(told), "{told:?} is not in the page");
    }
    assert_eq!(page.count("details", "class", "exchange"), 44 - page.count("details", "class", "exchange refused"));
    // The observations lead to the exchanges that show them.
    assert!(page.links().filter(|link| link.starts_with("#s0x")).count() > 15);
}

#[test]
fn each_bundled_tutorial_is_told_in_a_page_of_at_most_250_kilobytes() {
    let folder = tempfile::tempdir().unwrap();
    for tutorial in ["security-group-review", "guest-review", "role-review"] {
        for backend in ["replay", "emulator"] {
            let page = page(&[tutorial, "--on", backend], folder.path());
            page.is_harmless();
            let size = page.html.len();
            assert!((60_000..250_000).contains(&size), "{tutorial} on {backend}: {size} bytes");
            let text = page.text();
            for told in ["Population", "Status", "Who was asked", "Decisions", "From the first time to the last: gone"]
            {
                assert!(text.contains(told), "{tutorial} on {backend}: {told:?} is not in the page");
            }
        }
    }
}

#[test]
fn a_failure_stands_at_the_top_with_its_exchange_and_what_was_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("bad.har");
    std::fs::write(&har, PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""))
        .unwrap();
    let page = page(&["--recording", har.to_str().unwrap()], folder.path());
    page.is_harmless();
    let text = page.text();
    assert!(text.contains("✗ failed 1 of 31 scenarios did not hold. The first, in step 8"), "{text}");
    assert!(text.contains("a decision was not applied: AppliedWithUnknownFailure"));
    assert!(text.contains("Could not be judged: 2 scenarios"));
    let failed = page.html.find("id=\"failed\"").unwrap();
    assert!(failed < page.html.find("id=\"observed\"").unwrap());
    assert!(page.html[failed..].contains("It is about <a href=\"#s0x"));
}

#[test]
fn kept_messages_make_the_same_page_later() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    graphwalk().args(["run", "--messages"]).arg(at("run.ndjson")).arg("--html").arg(at("a.html")).assert().success();
    graphwalk().arg("report").arg(at("run.ndjson")).arg("--html").arg(at("b.html")).assert().success();
    let (first, later) = (Page::read(&at("a.html")), Page::read(&at("b.html")));
    assert!(first.html == later.html, "the page of the kept messages differs");
}

/// A text that does harm wherever it is not escaped.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</pre></style>\u{202e}";

#[test]
fn markup_in_any_field_of_features_and_answers_stays_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let (features, har) = (folder.path().join("features"), folder.path().join("hostile.har"));
    std::fs::create_dir(&features).unwrap();
    let spaced = HOSTILE.replace('"', "'");
    let feature = format!(
        "@step-1\nFeature: A {spaced}\n  About {spaced}\n\n  Scenario: See {spaced}\n    When the administrator sends POST \"/v1.0/users\"\n      \"\"\"json\n      {}\n      \"\"\"\n    Then the status is 201\n    And \"$.displayName\" is \"no {spaced}\"\n\n  Scenario: Later {spaced}\n    When the administrator sends GET \"/v1.0/users\"\n",
        serde_json::json!({"displayName": HOSTILE, "mailNickname": "x", "userPrincipalName": "x@contoso.com",
            "accountEnabled": true, "passwordProfile": {"password": "x", "forceChangePasswordNextSignIn": true}})
    );
    std::fs::write(features.join("1.feature"), feature).unwrap();
    let mut document: Value = serde_json::from_str(PUBLISHED).unwrap();
    let mut entry = document["log"]["entries"][0].clone();
    let body = serde_json::json!({"id": "11111111-2222-3333-4444-555555555555", "displayName": HOSTILE, HOSTILE: HOSTILE,
        "userPrincipalName": "x@contoso.com"});
    entry["response"]["content"]["text"] = body.to_string().into();
    entry["response"]["headers"] = serde_json::json!([
        {"name": "request-id", "value": HOSTILE.replace('\u{202e}', "")},
        {"name": "Location", "value": format!("https://graph.microsoft.com/v1.0/users/{}", "<img>")}]);
    entry["request"]["postData"]["text"] = serde_json::json!({"displayName": HOSTILE, "mailNickname": "x",
        "userPrincipalName": "x@contoso.com", "accountEnabled": true,
        "passwordProfile": {"password": "<redacted>", "forceChangePasswordNextSignIn": true}})
    .to_string()
    .into();
    document["log"]["entries"] = Value::Array(vec![entry]);
    std::fs::write(&har, document.to_string()).unwrap();
    let arguments = ["--features", features.to_str().unwrap(), "--recording", har.to_str().unwrap()];
    let page = page(&arguments, folder.path());
    page.is_harmless();
    // It was shown, not left out: in the title, the feature, the body, the failure.
    assert!(page.html.matches("&lt;script&gt;alert(1)").count() >= 8, "{}", page.html);
    assert!(!page.html.contains('\u{202e}'));
}
