//! What a run writes to: what it created itself, what the user named, and nothing else.

use std::path::Path;

use crate::proxy::{Deed, Proxy, answer};
use crate::served::{DOMAIN, Served, configure, ended, write_feature};

const USER: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const GROUP: &str = "bbbbbbbb-0000-4000-8000-000000000001";

fn writes(proxy: &Proxy) -> Vec<String> {
    proxy.requests().into_iter().filter(|request| !request.is_empty() && !request.starts_with("GET ")).collect()
}

const RUN: [&str; 6] = ["run", "--on", "live", "--yes", "--features", "features"];

#[test]
fn a_plan_names_the_writes_that_were_not_in_the_dry_run() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "https://127.0.0.1:9", "https://127.0.0.1:9");
    let steps = "    When the administrator sends GET \"/v1.0/sites/root\"\n    Then the status is 200\n    \
                 When the administrator sends POST \"/v1.0/groups\"\n    \
                 And the administrator sends POST \"/v1.0/users/{it}/getMemberGroups\"\n    \
                 And Adele Vance sends DELETE \"/v1.0/groups/{own}\"\n    \
                 And the administrator lists the decisions of the review\n";
    write_feature(folder.path(), steps);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--plan", "--features", "features"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.starts_with("2 writes of features; nothing is sent now"), "{text}");
    assert!(
        text.contains("DELETE /v1.0/groups/{own}\n           as Adele Vance\n           not in the dry run: "),
        "{text}"
    );
    let unknown = "step 1 may send unnamed writes: the administrator lists the decisions";
    assert!(text.contains("501") && text.contains(unknown), "{text}");
}

#[test]
fn a_plan_takes_unnamed_writes_from_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "https://127.0.0.1:9", "https://127.0.0.1:9");
    let steps = "    When the administrator sends GET \"/v1.0/sites/root\"\n    Then the status is 200\n    \
                 When the administrator creates the security group \"Own\":\n      | mailNickname | own |\n";
    write_feature(folder.path(), steps);
    let entry = |second: u8, method: &str, path: &str, body: &str, status: u16| {
        serde_json::json!({
            "startedDateTime": format!("2026-01-05T10:00:0{second}Z"),
            "request": {"method": method, "url": format!("https://graph.microsoft.com/v1.0{path}"),
                        "postData": {"mimeType": "application/json", "text": body}},
            "response": {"status": status, "content": {"mimeType": "application/json",
                         "text": "{\"id\": \"11111111-2222-4333-8444-000000000001\", \"displayName\": \"Own\"}"}},
        })
    };
    let own = "{\"displayName\": \"Own\", \"groupTypes\": [], \"mailEnabled\": false, \"mailNickname\": \"own\", \
               \"securityEnabled\": true}";
    let entries = [entry(1, "GET", "/sites/root", "", 200), entry(2, "POST", "/groups", own, 201)];
    let har = serde_json::json!({"log": {"version": "1.2", "entries": entries}});
    std::fs::write(folder.path().join("own.har"), har.to_string()).unwrap();
    let plan = ["run", "--on", "live", "--plan", "--features", "features"];
    let (_, text) = ended(folder.path(), &plan);
    assert!(text.starts_with("0 writes of features"), "{text}");
    let (code, text) = ended(folder.path(), &[&plan[..], &["--recording", "own.har"]].concat());
    assert_eq!(code, 3, "{text}");
    let write = "1  POST   /v1.0/groups\n           as administrator: creates \"Own\"\n           not in the dry run: ";
    assert!(text.starts_with("1 write of features") && text.contains(write), "{text}");
    assert!(!text.contains("may write what it does not name"), "{text}");
    assert!(text.ends_with("\nwhat comes after is taken from own.har\n"), "{text}");
}

#[test]
fn a_foreign_object_is_never_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let own = "    When the administrator sends POST \"/v1.0/groups\"\n      \"\"\"json\n      {\"displayName\": \"Own\", \
               \"mailEnabled\": false, \"mailNickname\": \"own\", \"securityEnabled\": true}\n      \"\"\"\n    \
               Then \"$.id\" is kept as \"own\"\n";
    for (line, body) in [
        (format!("DELETE \"/v1.0/users/{USER}\""), ""),
        (format!("DELETE \"/beta/Users('{USER}')\""), ""),
        (format!("DELETE \"/v1.0/directoryObjects/{USER}\""), ""),
        (format!("DELETE \"/v1.0/users/AdeleV@{DOMAIN}\""), ""),
        (format!("PATCH \"/v1.0/users/{USER}\""), "{\"jobTitle\": \"x\"}"),
        (format!("PATCH \"/v1.0/groups/{GROUP}\""), "{\"description\": \"x\"}"),
        (
            format!("POST \"/v1.0/groups/{GROUP}/members/$ref\""),
            "{\"@odata.id\": \"https://graph.microsoft.com/v1.0/users/1\"}",
        ),
        (
            "POST \"/v1.0/$batch\"".to_owned(),
            "{\"requests\": [{\"id\": \"1\", \"method\": \"DELETE\", \"url\": \"/users/aaaaaaaa-0000-4000-8000-000000000001\"}]}",
        ),
        (format!("DELETE \"/v1.0/groups/{{own}}/members/{USER}/manager/$ref\""), ""),
    ] {
        let doc =
            if body.is_empty() { String::new() } else { format!("      \"\"\"json\n      {body}\n      \"\"\"\n") };
        write_feature(folder.path(), &format!("{own}    When the administrator sends {line}\n{doc}"));
        let (code, text) = ended(folder.path(), &RUN);
        assert_eq!(code, 2, "{line}: {text}");
        assert!(text.contains("error[refused-write]") && text.contains("[may-change]"), "{line}: {text}");
        assert!(text.contains("01-steps.feature:") && text.contains("the administrator sends"), "{line}: {text}");
        assert_eq!(writes(&proxy), Vec::<String>::new(), "{line}: {text}");
        served.holds_only_its_seed(&line);
    }
}

#[test]
fn a_review_of_others_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    for query in ["/users", "/groups/bbbbbbbb-0000-4000-8000-000000000001/members"] {
        write_feature(
            folder.path(),
            &format!(
                "    When the administrator sends POST \"/v1.0/identityGovernance/accessReviews/definitions\"\n      \"\"\"json\n      \
                 {{\"displayName\": \"R\", \"scope\": {{\"query\": \"{query}\", \"queryType\": \"MicrosoftGraph\"}}, \"settings\": {{}}}}\n      \"\"\"\n"
            ),
        );
        let (code, text) = ended(folder.path(), &RUN);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("error[refused-write]") && text.contains("scope"), "{text}");
        assert_eq!(writes(&proxy), Vec::<String>::new(), "{text}");
    }
}

/// The dry run finds nobody of that name, so that only the run itself meets the user of the tenant.
#[test]
fn facts_that_only_the_tenant_knows_are_checked_during_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let steps = format!(
        "    When the administrator sends GET \"/v1.0/users/AdeleV@{DOMAIN}\"\n    Then \"$.id\" is kept as \"found\"\n    \
         When the administrator sends PATCH \"/v1.0/users/{{found}}\"\n      \"\"\"json\n      {{\"jobTitle\": \"x\"}}\n      \"\"\"\n"
    );
    write_feature(folder.path(), &steps);
    let (code, text) = ended(folder.path(), &RUN);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("error[refused-write]") && text.contains(USER), "{text}");
    assert_eq!(writes(&proxy), Vec::<String>::new(), "{text}");
}

#[test]
fn a_named_object_is_changed_and_not_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let file = folder.path().join("graphwalk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}[may-change]\n\"The door\" = \"/groups/{GROUP}\"\n")).unwrap();
    let change = format!(
        "    When the administrator sends PATCH \"/v1.0/groups/{GROUP}\"\n      \"\"\"json\n      {{\"description\": \"changed\"}}\n      \
         \"\"\"\n    Then the status is 204\n"
    );
    write_feature(folder.path(), &change);
    let (code, plan) = ended(folder.path(), &["run", "--on", "live", "--plan", "--features", "features"]);
    assert_eq!(code, 0, "{plan}");
    assert!(plan.contains("allowed: \"The door\" of [may-change]"), "{plan}");
    assert!(plan.contains(&format!("  The door: /groups/{GROUP}")), "{plan}");
    let (code, text) = ended(folder.path(), &RUN);
    assert_eq!(code, 0, "{text}");
    assert_eq!(served.get(&format!("/v1.0/groups/{GROUP}"))["description"], "changed");
    write_feature(folder.path(), &format!("    When the administrator sends DELETE \"/v1.0/groups/{GROUP}\"\n"));
    let (code, text) = ended(folder.path(), &RUN);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("only what this run created is deleted"), "{text}");
    // No value from outside the file permits a write.
    std::fs::write(&file, text_without_may_change(&file)).unwrap();
    write_feature(folder.path(), &change);
    let mut command = crate::served::graphwalk(folder.path(), &RUN);
    command.env("GRAPHWALK_MAY_CHANGE", format!("/groups/{GROUP}"));
    let (code, text) = crate::served::told(&command.output().unwrap());
    assert_eq!(code, 2, "{text}");
    served.holds_only_its_seed(&text);
}

fn text_without_may_change(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.split("[may-change]").next().unwrap().to_owned()
}

/// A path with each id as a star: the plan has names in braces instead.
fn shape(request: &str) -> String {
    let segments = request.split('/').map(|segment| match segment {
        _ if segment.starts_with('{') || segment.parse::<uuid::Uuid>().is_ok() => "*",
        _ => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn the_plan_is_what_the_run_then_sends() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let (_, plan) = ended(folder.path(), &["run", "--on", "live", "--plan"]);
    let mut planned: Vec<String> = Vec::new();
    for line in plan.lines() {
        let rest = line.get(4..).unwrap_or_default();
        let mut words = rest.split_whitespace();
        match (words.next(), words.next()) {
            (Some(method @ ("POST" | "PATCH" | "PUT" | "DELETE")), Some(path)) => {
                planned.push(format!("{method} {path}"))
            }
            // A long path goes on beneath itself.
            (Some(more), None) if planned.last().is_some_and(|last| last.ends_with('/')) => {
                planned.last_mut().unwrap().push_str(more);
            }
            (Some(_), Some(_)) if planned.last().is_some_and(|last| last.ends_with('/')) => {
                planned.last_mut().unwrap().push_str(rest.trim());
            }
            _ => {}
        }
    }
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes"]);
    assert_eq!(code, 0, "{text}");
    let planned: Vec<String> = planned.iter().map(|request| shape(request)).collect();
    let sent: Vec<String> = writes(&proxy).iter().map(|request| shape(request)).collect();
    assert_eq!(planned.len(), 12, "{plan}");
    assert_eq!(planned, sent, "{plan}");
}

#[test]
fn an_answered_id_that_is_a_path_reaches_nothing() {
    for id in [
        "../groups/bbbbbbbb-0000-4000-8000-000000000001",
        "1?a=",
        "bbbbbbbb-0000-4000-8000-000000000001/members/1/$ref",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let body = format!("{{\"id\": \"{id}\", \"displayName\": \"Adele Vance\", \"userPrincipalName\": \"a@b.c\"}}");
        let hostile = answer("201 Created", "request-id: 11111111-0000-4000-8000-000000000001\r\n", &body);
        let proxy = Proxy::deciding(served.address, move |line| match line {
            "POST /v1.0/users" => Deed::Answer(hostile.clone()),
            _ => Deed::Forward,
        });
        configure(folder.path(), &proxy.url, &served.url);
        let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "1"]);
        assert_eq!(code, 1, "{text}");
        let (_, cleaned) = ended(folder.path(), &["clean"]);
        for request in writes(&proxy) {
            assert_eq!(request, "POST /v1.0/users", "{id}: {text}\n{cleaned}");
        }
        served.holds_only_its_seed(&text);
    }
}

#[test]
fn an_answer_that_names_somebody_elses_object_makes_it_nobodys_own() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let nonsense = answer(
        "200 OK",
        "",
        &format!("{{\"id\": \"{GROUP}\", \"displayName\": \"Own\", \"mailNickname\": \"buildingsecurity\"}}"),
    );
    let proxy = Proxy::deciding(served.address, move |line| match line {
        "POST /v1.0/groups" => Deed::Answer(nonsense.clone()),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    let steps = "    When the administrator sends POST \"/v1.0/groups\"\n      \"\"\"json\n      {\"displayName\": \"Own\", \"mailEnabled\": false, \
                 \"mailNickname\": \"own\", \"securityEnabled\": true}\n      \"\"\"\n    And \"$.id\" is kept as \"own\"\n    \
                 And the administrator sends PATCH \"/v1.0/groups/{own}\"\n      \"\"\"json\n      {\"description\": \"x\"}\n      \"\"\"\n";
    write_feature(folder.path(), steps);
    let (code, text) = ended(folder.path(), &RUN);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("error[refused-write]"), "{text}");
    assert_eq!(writes(&proxy), ["POST /v1.0/groups"], "{text}");
    served.holds_only_its_seed(&text);
}

/// Answers a create with the id of somebody else's group, and the name that was sent.
fn with_the_id_of_another(request: &str) -> String {
    let body = request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap();
    let mut group: serde_json::Value = serde_json::from_str(body).unwrap();
    group["id"] = GROUP.into();
    answer("201 Created", "request-id: 11111111-0000-4000-8000-000000000001\r\n", &group.to_string())
}

#[test]
fn an_object_with_an_answered_id_is_read_before_it_is_changed() {
    for path in ["/v1.0/groups/{own}", "/v1.0/groups('{own}')"] {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let proxy = Proxy::deciding(served.address, |line| match line {
            "POST /v1.0/groups" => Deed::Respond(with_the_id_of_another),
            _ => Deed::Forward,
        });
        configure(folder.path(), &proxy.url, &served.url);
        let steps = format!(
            "    When the administrator sends POST \"/v1.0/groups\"\n      \"\"\"json\n      {{\"displayName\": \"Own\", \
             \"mailEnabled\": false, \"mailNickname\": \"own\", \"securityEnabled\": true}}\n      \"\"\"\n    And \"$.id\" is kept as \
             \"own\"\n    And the administrator sends PATCH \"{path}\"\n      \"\"\"json\n      {{\"description\": \"x\"}}\n      \"\"\"\n"
        );
        write_feature(folder.path(), &steps);
        let (code, text) = ended(folder.path(), &RUN);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("error[not-own]"), "{path}: {text}");
        assert_eq!(writes(&proxy), ["POST /v1.0/groups"], "{path}: {text}");
        served.holds_only_its_seed(&text);
    }
}
