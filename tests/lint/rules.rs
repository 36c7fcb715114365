//! Each rule finds what it is for, and not what is near it.

use std::fs;

use graphwalk::page::rules::{Level, RULES};

use crate::{findings, found_by, page_file};

#[test]
fn every_rule_finds_its_example_once_and_spares_the_near_miss() {
    let mut faults = Vec::new();
    for rule in RULES {
        let read =
            |name: String| fs::read_to_string(page_file(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = |text: String| found_by(&text).into_iter().filter(|found| *found == rule.name).count();
        let (example, near_miss) =
            (count(read(format!("{}.md", rule.name))), count(read(format!("{}.near-miss.md", rule.name))));
        if example == 0 || near_miss > 0 {
            faults.push(format!("{}: {example} in the example, {near_miss} in the near miss", rule.name));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_page_of_the_folder_belongs_to_a_rule() {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(page_file("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        names.push(name.trim_end_matches(".md").trim_end_matches(".near-miss").to_owned());
    }
    names.retain(|name| !RULES.iter().any(|rule| rule.name == name));
    assert_eq!(names, Vec::<String>::new());
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
