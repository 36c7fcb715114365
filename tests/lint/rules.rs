//! Each rule finds what it is for, and not what is near it.

use std::collections::HashSet;
use std::fs;

use graphwalk::page::rules::{Level, RULES};

use crate::{findings, found_by, page_file};

/// The example pages: `RULE.md`, and `RULE.SLIP.md` for another slip of the kind; each has its near miss.
fn examples() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(page_file(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    names.sort();
    let is_example = |name: &&String| !name.ends_with(".near-miss");
    let (examples, near_misses): (Vec<&String>, Vec<&String>) = names.iter().partition(is_example);
    let mut expected: Vec<String> = examples.iter().map(|name| format!("{name}.near-miss")).collect();
    expected.sort();
    assert_eq!(near_misses, expected.iter().collect::<Vec<_>>());
    examples.into_iter().cloned().collect()
}

fn rule_of(example: &str) -> &str {
    example.split('.').next().unwrap_or_default()
}

#[test]
fn every_rule_finds_its_examples_and_spares_the_near_misses() {
    let mut told = Vec::new();
    for example in examples() {
        let read = |name: &str| fs::read_to_string(page_file(name)).unwrap();
        let of_rule = |text: &str| {
            findings(text).into_iter().filter(|finding| finding.rule == rule_of(&example)).collect::<Vec<_>>()
        };
        let found = of_rule(&read(&format!("{example}.md")));
        assert!(!found.is_empty(), "{example} finds nothing");
        for finding in found {
            let (start, end) = finding.place;
            let place = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
            let related = finding.related.map_or(String::new(), |(start, _, why)| format!(" [{}: {why}]", start.line));
            told.push(format!("{example} {place} {}{related}", finding.message));
        }
        assert_eq!(of_rule(&read(&format!("{example}.near-miss.md"))), [], "{example}");
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn every_rule_has_an_example_and_every_example_a_rule() {
    let examples = examples();
    let ruled: HashSet<&str> = examples.iter().map(|example| rule_of(example)).collect();
    let rules: HashSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(ruled, rules);
    assert!(RULES.iter().all(|rule| examples.iter().any(|example| example == rule.name)));
}

/// Its examples stand each for itself.
#[test]
fn a_page_of_the_reference_is_no_tutorial() {
    let request = |call: &str| format!("```http\n{call}\n```\n\n");
    let body = "Content-Type: application/json\n\n{\"displayName\": \"Owls\", \"mailEnabled\": false, \"mailNickname\": \"o\", \"securityEnabled\": true}";
    let text = [
        request(&format!("POST https://graph.microsoft.com/v1.0/groups\n{body}")),
        request(
            "HTTP/1.1 201 Created\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\", \"displayName\": \"Owls\"}",
        ),
        request("GET https://graph.microsoft.com/v1.0/users/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d"),
        request("DELETE https://graph.microsoft.com/v1.0/users/6b2c7d5e-1f3a-4b4c-8d9e-8f7a6b5c4d3e"),
        request("GET https://graph.microsoft.com/v1.0/groups/{id}"),
    ];
    let text = format!("# T\n\n{}", text.concat());
    let rules = ["never-deleted", "id-unknown", "deletes-unknown", "placeholder-in-url"];
    let found = |front: &str| {
        let found = found_by(&format!("---\ntitle: T\n{front}---\n\n{text}"));
        found.into_iter().filter(|rule| rules.contains(rule)).collect::<Vec<_>>()
    };
    for front in ["", "doc_type: conceptualPageType\n"] {
        assert_eq!(found(front), rules, "{front}");
    }
    for front in ["doc_type: apiPageType\n", "doc_type: \"resourcePageType\"\n"] {
        assert_eq!(found(front), Vec::<&str>::new(), "{front}");
    }
}

#[test]
fn an_id_is_told_as_the_page_prints_it() {
    let text = "```http\nDELETE https://graph.microsoft.com/v1.0/me/messages/AAMkADhMGAAA=\n```\n";
    let found = findings(text).into_iter().find(|finding| finding.rule == "deletes-unknown").unwrap();
    assert!(found.message.contains("AAMkADhMGAAA="), "{}", found.message);
    // The text tells of it, though it looks like any word.
    let told = format!("The message `AAMkADhMGAAA=` is one of yours, `AAMkOther=` is not.\n\n{text}");
    assert!(found_by(&told).contains(&"id-external") && !found_by(&told).contains(&"deletes-unknown"));
}

#[test]
fn beta_is_judged_by_what_its_own_metadata_declares() {
    let page = |members: &str, answer: &str| {
        format!(
            "```http\nPOST https://graph.microsoft.com/beta/groups\nContent-Type: application/json\n\n\
             {{\"displayName\": \"Owls\", \"mailNickname\": \"o\", \"securityEnabled\": true, {members}}}\n```\n\n\
             ```http\nHTTP/1.1 201 Created\nContent-Type: application/json\n\n{{{answer}}}\n```\n"
        )
    };
    let found = |members: &str, answer: &str| {
        let found = findings(&page(members, answer)).into_iter().filter(|finding| finding.rule == "schema-violation");
        found.map(|finding| finding.message.split(':').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("\"mailEnabled\": \"no\"", "\"displayName\": 5"), ["/mailEnabled", "/displayName"]);
    // What it does not declare is not judged.
    assert_eq!(found("\"mailEnabled\": false, \"owls\": 1", "\"owls\": {}"), Vec::<String>::new());
}

/// The rules that find something on a page that creates a channel and uses one of an id.
fn found_of_channel(used: &str, method: &str) -> Vec<&'static str> {
    let team = "https://graph.microsoft.com/v1.0/teams/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d/channels";
    let page = format!(
        "The team `5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d` is yours.\n\n```http\nPOST {team}\n\n{{\"displayName\": \"Owls\"}}\n```\n\n\
         ```http\nHTTP/1.1 201 Created\n\n{{\"id\": \"19:33b76eea@thread.tacv2\", \"displayName\": \"Owls\"}}\n```\n\n\
         ```http\n{method} {team}/{used}\n```\n"
    );
    found_by(&page)
        .into_iter()
        .filter(|rule| ["id-unknown", "deletes-unknown", "never-deleted"].contains(rule))
        .collect()
}

#[test]
fn the_ids_of_conversations_are_held_against_what_answers_show() {
    assert_eq!(found_of_channel("19:33b76eea@thread.tacv2", "DELETE"), Vec::<&str>::new());
    assert_eq!(found_of_channel("19%3A33b76eea%40thread.tacv2", "DELETE"), Vec::<&str>::new());
    assert_eq!(found_of_channel("19:44b76eea@thread.tacv2", "GET"), ["never-deleted", "id-unknown"]);
    assert_eq!(found_of_channel("19:44b76eea@thread.tacv2", "DELETE"), ["deletes-unknown"]);
}

#[test]
fn rules_are_ordered_by_level_and_named_once() {
    let levels: Vec<Level> = RULES.iter().map(|rule| rule.level).collect();
    assert!(levels.is_sorted(), "{levels:?}");
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn an_allow_comment_holds_for_its_section_or_the_whole_page() {
    let request = "```http\nGET https://graph.microsoft.com/v1.0/me\n```\n\n";
    let count = |text: &str| found_by(text).into_iter().filter(|rule| *rule == "answer-missing").count();
    let allow = "<!-- graphwalk-allow answer-missing -->\n\n";
    assert_eq!(count(&format!("# T\n\n{request}## A\n\n{request}### B\n\n{request}## C\n\n{request}")), 4);
    assert_eq!(count(&format!("# T\n\n{request}## A\n\n{allow}{request}### B\n\n{request}## C\n\n{request}")), 2);
    assert_eq!(count(&format!("# T\n\n{allow}{request}## A\n\n{request}### B\n\n{request}## C\n\n{request}")), 0);
    assert_eq!(count(&format!("# T\n\n## A\n\n<!-- graphwalk-allow ellipsis -->\n\n{request}")), 1);
}

#[test]
fn a_finding_tells_line_and_column_and_the_place_it_has_to_do_with() {
    let text = fs::read_to_string(page_file("identity-clash.md")).unwrap();
    let found = findings(&text).into_iter().find(|finding| finding.rule == "identity-clash").unwrap();
    let line = |number: usize| text.lines().nth(number - 1).unwrap();
    assert!(line(found.place.0.line).contains("Olga"));
    assert_eq!(line(found.place.0.line).find('"').map(|at| at + 7), Some(found.place.0.column));
    let (related, ..) = found.related.unwrap();
    assert!(line(related.line).contains("Ida"), "{related:?}");
}

#[test]
fn what_stands_in_other_tabs_and_in_comments_is_no_part_of_the_page() {
    let text = "# T\n\n# [HTTP](#tab/http)\n```http\nGET https://graph.microsoft.com/v1.0/me\n```\n\n# [C#](#tab/csharp)\n\
                ```http\nDELETE https://graph.microsoft.com/v1.0/users\n```\n[!INCLUDE [x](y.md)]\n---\n\n\
                ```http\nHTTP/1.1 200 OK\n```\n\n<!--\n```http\nPOST https://graph.microsoft.com/v1.0/me\n```\n-->\n";
    assert_eq!(found_by(text), ["block-unannotated", "commented-out"]);
}
