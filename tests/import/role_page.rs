//! A second page of our own, in another shape than the first: headings without numbers, tabs, annotations, answers without a
//! status, a review that ends by itself and is applied by hand. It prints the calls of the tutorial on roles.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{MOST_EDITS, features, import, literal_writes, play};

/// What stands before the calls of the recording that the page prints, by their number there.
const TOLD: [(usize, &str); 17] = [
    (0, "Sign in as an administrator.\n\n## Somebody who has the role\n\n### The administrator"),
    (1, "### A person"),
    (2, "### A group"),
    (3, "### The role"),
    (4, "### The person gets it"),
    (6, "### The group gets it"),
    (8, "## The review"),
    (11, "## Its instance\n\nIt may take a few minutes until its **status** is `InProgress`."),
    (12, "## What is to be decided"),
    (13, "## Decide\n\n### The group keeps the role"),
    (14, "### The person does not"),
    (20, "## Apply\n\nAfter three days the instance has ended."),
    (24, "## What became of it"),
    (25, "## Clean up"),
    (26, ""),
    (27, ""),
    (28, ""),
];

/// These answers are printed without their status.
const WITHOUT_STATUS: [usize; 3] = [11, 12, 24];

fn page() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/role-review/published.har");
    let har: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let mut page = String::from("# Who has a role\n\n");
    for (number, told) in TOLD {
        let entry = &entries[number];
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let body =
            |text: String| if text.is_empty() { text } else { format!("Content-type: application/json\n\n{text}\n") };
        let url = text("/request/url").replace("%20", " ").replace("%27", "'");
        let sent = body(text("/request/postData/text").replace("<redacted>", "Owl-at-4"));
        let answered = body(text("/response/content/text"));
        let answered = match WITHOUT_STATUS.contains(&number) {
            true => answered.replacen("Content-type: application/json\n\n", "", 1),
            false => format!("HTTP/1.1 {}\n{answered}", entry["response"]["status"]),
        };
        page += &format!(
            "{told}\n\n# [HTTP](#tab/http)\n<!-- {{\"blockType\": \"request\", \"name\": \"call-{number}\"}} -->\n```msgraph-interactive\n{} {url}\n{sent}```\n\n\
             # [Go](#tab/go)\n[!INCLUDE [sample-code](../includes/call-{number}.md)]\n\n---\n\n\
             <!-- {{\"blockType\": \"response\", \"name\": \"call-{number}\", \"truncated\": true}} -->\n```http\n{answered}```\n\n",
            text("/request/method")
        );
    }
    page
}

/// The lines that wait for the end before it is applied, those that wait until it is, and those that see who has the role still.
fn edits(remaining: &str) -> [String; 3] {
    let instance = "/v1.0/identityGovernance/accessReviews/definitions/{definition}/instances/{instance}";
    let role = "/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq 'fe930be7-5e62-47db-91af-98c3a49a38b1'";
    let wait = |status: &str| {
        format!("    When the administrator polls \"{instance}\" until \"$.status\" is \"{status}\" within 2 hours\n")
    };
    let outcome = format!(
        "    And \"$.value[?@.principal.displayName == 'Aline Dupuy'].decision\" is \"Deny\"\n    \
         And \"$.value[?@.principal.displayName == 'IT Helpdesk (User)'].decision\" is \"Approve\"\n    \
         When the administrator polls \"{role}\" until \"$.value[*]\" finds 1 value within 2 hours\n    \
         Then \"$.value[0].principalId\" is \"{{{remaining}}}\"\n"
    );
    [wait("Completed"), wait("Applied"), outcome]
}

#[test]
fn ten_edited_lines_are_enough_for_a_page_of_another_shape() {
    let parent = tempfile::tempdir().unwrap();
    let (file, folder) = (parent.path().join("page.md"), parent.path().join("tutorial"));
    fs::write(&file, page()).unwrap();
    let (code, printed) = import(&file, &folder);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("0 not"), "{printed}");
    assert_eq!(literal_writes(&features(&folder)), Vec::<String>::new());

    let apply = folder.join("06-apply.feature");
    let (outcome, imported) = (folder.join("07-what-became-of-it.feature"), fs::read_to_string(&apply).unwrap());
    let seen = fs::read_to_string(&outcome).unwrap();
    let write = |remaining: &str| {
        let [ended, applied, after] = edits(remaining);
        assert!([&ended, &applied, &after].map(|lines| lines.lines().count()).iter().sum::<usize>() <= MOST_EDITS);
        let at = imported.find("    When the administrator sends POST").unwrap();
        let (before, rest) = imported.split_at(at);
        fs::write(&apply, format!("{before}{ended}{}\n{applied}", rest.trim_end())).unwrap();
        fs::write(&outcome, format!("{}\n{after}", seen.trim_end())).unwrap();
    };
    write("group IT Helpdesk User");
    let (code, printed) = play(&folder);
    assert_eq!(code, 0, "{printed}");

    // Whoever is denied has the role no longer: the edited lines notice it.
    write("user Aline Dupuy");
    let (code, printed) = play(&folder);
    assert!(code == 1 && printed.contains("principalId"), "{printed}");
}
