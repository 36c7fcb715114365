//! The calls of the tutorial on security groups as a page: what is imported, and how much is edited until it says what the
//! features say that were written by hand.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{MOST_EDITS, features, import, literal_writes, play};

/// What is told before the published calls, by their number.
const TOLD: [(usize, &str); 9] = [
    (0, "## Step 1: Three people\n\nRun it three times."),
    (1, "## Step 2: The group"),
    (2, "## Step 3: The review"),
    (3, "## Step 4: Its instance\n\nOnce the **status** is `InProgress`, list them."),
    (4, "## Step 5: Who was asked"),
    (5, "## Step 6: The decisions"),
    (6, "## Step 7: Decide\n\nSign in as **Adele Vance**."),
    (
        8,
        "## Step 8: Look at the outcome\n\nBack in the administrator's session, see that Alex has left.\n\n## Step 9: Clean up\n\n### The group",
    ),
    (10, "### The people\n\nRepeat for the other two."),
];

/// A page that prints the published calls of the bundled recording.
fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/security-group-review/published.har");
    let har: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let mut page = String::from("# A review\n\n");
    for (number, entry) in entries.iter().filter(|entry| entry["_provenance"] == "published").enumerate() {
        if let Some((_, told)) = TOLD.iter().find(|(at, _)| *at == number) {
            page += &format!("{told}\n\n");
        }
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let body =
            |text: String| if text.is_empty() { text } else { format!("Content-Type: application/json\n\n{text}") };
        let (sent, answered) = (body(text("/request/postData/text")), body(text("/response/content/text")));
        let (method, url, status) = (text("/request/method"), text("/request/url"), &entry["response"]["status"]);
        page += &format!("```http\n{method} {url}\n{}\n```\n\n", sent.replace("<redacted>", "Owl-at-4"));
        page += &format!("```http\nHTTP/1.1 {status} \n{answered}\n```\n\n");
    }
    page
}

/// The lines that take the place of the act that the page leaves to a person.
fn outcome(remaining: &str) -> String {
    let review = "/v1.0/identityGovernance/accessReviews/definitions/{definition}";
    format!(
        r#"    Given 6 days have passed
    When the administrator polls "{review}" until "$.status" is "Applied" within 2 hours
    When the administrator sends GET "{review}/instances/{{instance}}/decisions"
    Then "$.value[?@.principal.displayName == 'Adele Vance'].decision" is "Approve"
    And "$.value[?@.principal.displayName == 'Alex Wilber'].decision" is "Deny"
    When the administrator sends GET "/v1.0/groups/{{group Building security}}/members"
    Then "$.value[*].displayName" finds exactly:
      | {remaining} |
"#
    )
}

#[test]
fn ten_edited_lines_make_the_import_say_what_was_written_by_hand() {
    let parent = tempfile::tempdir().unwrap();
    let (file, folder) = (parent.path().join("page.md"), parent.path().join("tutorial"));
    fs::write(&file, page()).unwrap();
    let (code, printed) = import(&file, &folder);
    assert_eq!(code, 0, "{printed}");
    assert_eq!(literal_writes(&features(&folder)), Vec::<String>::new());

    let step = folder.join("08-look-at-the-outcome.feature");
    let imported = fs::read_to_string(&step).unwrap();
    let act = "    Given a person has done: \"Look at the outcome\"\n";
    assert!(imported.contains(act), "{imported}");
    let edited = outcome("Adele Vance");
    assert!(edited.lines().count() <= MOST_EDITS);
    fs::write(&step, imported.replace(act, &edited)).unwrap();
    let (code, printed) = play(&folder);
    assert_eq!(code, 0, "{printed}");

    // Whoever does not answer loses access: the edited lines notice it.
    fs::write(&step, imported.replace(act, &outcome("Alex Wilber"))).unwrap();
    let (code, printed) = play(&folder);
    assert!(code == 1 && printed.contains("missing: Alex Wilber"), "{printed}");
}
