//! The reference pages of the site are made of the program: `INSTA_UPDATE=always cargo test` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use serde_json::Value;

use crate::config::json_schema;
use crate::sentences::Definitions;

use super::Cli;

/// Holds what stands between `<!-- NAME -->` and `<!-- end -->` of a page against what the program says.
fn stands_in_page(page: &str, name: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), "<!-- end -->");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{page} lacks {begin}"));
    let (current, after) = rest.split_once(end).unwrap_or_else(|| panic!("{page} lacks {end} after {begin}"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(&file, format!("{before}{begin}{expected}{end}{after}")).unwrap();
        return;
    }
    let differs = current.lines().zip(expected.lines()).find(|(current, expected)| current != expected);
    let again = "write it anew: INSTA_UPDATE=always cargo test --lib reference_tests";
    assert!(current == expected, "docs/{page} is not what the program says of {name}: {differs:?}\n{again}");
}

/// A heading and the help of a command, then those of its subcommands.
fn describe(command: &clap::Command, path: &str, depth: usize, out: &mut String) {
    let help = command.clone().bin_name(path).term_width(100).render_long_help().to_string();
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(out, "{} {path}\n\n```text\n{}\n```\n\n", "#".repeat(depth), help.join("\n"));
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        describe(subcommand, &format!("{path} {}", subcommand.get_name()), (depth + 1).min(3), out);
    }
}

#[test]
fn the_page_of_commands_is_the_help_of_each() {
    let mut command = Cli::command().version("");
    command.build();
    let mut text = "\n".to_owned();
    describe(&command, "graphwalk", 2, &mut text);
    assert!(text.contains("## graphwalk run\n") && text.contains("### graphwalk recording redact\n"));
    stands_in_page("commands.md", "commands", &text);
}

/// Lines behind the options stand as they are written: clap would break those that are too long in the middle.
#[test]
fn the_examples_of_each_command_fit_into_80_columns() {
    fn judge(command: &clap::Command, path: &str, wide: &mut Vec<String>) {
        let behind = [command.get_after_help(), command.get_after_long_help()];
        let lines = behind.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
        let too_wide = lines.iter().flat_map(|text| text.lines()).filter(|line| line.chars().count() > 80);
        wide.extend(too_wide.map(|line| format!("{path}: {line}")));
        for subcommand in command.get_subcommands() {
            judge(subcommand, &format!("{path} {}", subcommand.get_name()), wide);
        }
    }
    let mut wide = Vec::new();
    judge(&Cli::command(), "graphwalk", &mut wide);
    assert_eq!(wide, Vec::<String>::new());
}

#[test]
fn the_page_of_sentences_has_all_of_them_by_topic() {
    let mut topics = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (sentence, file) in Definitions::shared().with_files() {
        topics.entry(file).or_default().push(sentence);
    }
    let mut text = String::new();
    for (file, mut sentences) in topics {
        sentences.sort();
        let topic = file.trim_start_matches("steps/").trim_end_matches(".rs").replace('_', " ");
        let _ = write!(text, "\n### {topic}\n\n```text\n{}\n```\n", sentences.join("\n"));
    }
    text.push('\n');
    assert!(text.contains("### waiting") && text.lines().count() > 100);
    stands_in_page("vocabulary.md", "sentences", &text);
}

/// The files of the sentences for every call of Graph, which the table at the head of the page explains.
const GENERAL: [&str; 7] = ["answers", "discovery", "links", "outside", "requests", "values", "waiting"];

/// A sentence with the same sign for whatever stands in the place of a parameter.
fn without_parameters(sentence: &str) -> String {
    let patterns = [
        (r#""[^"]*"|…|the administrator"#, "□"),
        (r"\b(ACTOR|METHOD|VALUE|N|M|GET)\b", "□"),
        (r"\b\d+( (days|minutes))?\b", "□"),
        ("□, □", "□"),
        ("have passed", "has passed"),
    ];
    patterns.iter().fold(sentence.trim_start_matches("… ").to_owned(), |text, (pattern, with)| {
        regex_lite::Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

#[test]
fn the_table_of_the_vocabulary_explains_every_general_sentence_and_no_other() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/vocabulary.md")).unwrap();
    let table = page.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split(" | ").next());
    let told: Vec<&str> = table.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(told.len() > 30, "{told:?}");
    let known: Vec<(String, String)> = Definitions::shared().with_files().collect();
    for told in &told {
        let part = without_parameters(told);
        let is_known = known.iter().any(|(sentence, _)| without_parameters(sentence).contains(&part));
        assert!(is_known, "docs/vocabulary.md explains a sentence that there is not: {told}");
    }
    for (sentence, file) in known {
        let topic = file.trim_start_matches("steps/").trim_end_matches(".rs").to_owned();
        let is_told = told.iter().any(|told| without_parameters(&sentence).contains(&without_parameters(told)));
        assert!(is_told || !GENERAL.contains(&topic.as_str()), "the table of docs/vocabulary.md lacks: {sentence}");
    }
}

#[test]
fn the_page_of_the_configuration_has_every_key() {
    let schema = json_schema();
    let mut text = "\n| key | value | default | variable | meaning |\n|---|---|---|---|---|\n".to_owned();
    let properties = schema["properties"].as_object().unwrap();
    for (name, property) in properties {
        match property["properties"].as_object() {
            Some(inner) => inner.iter().for_each(|(key, value)| row(&format!("{name}.{key}"), value, &mut text)),
            None => row(name, property, &mut text),
        }
    }
    let actor = &schema["properties"]["actors"]["additionalProperties"]["properties"];
    for (key, value) in actor.as_object().unwrap() {
        row(&format!("actors.NAME.{key}"), value, &mut text);
    }
    text.push('\n');
    stands_in_page("configuration.md", "keys", &text);
}

fn row(key: &str, property: &Value, out: &mut String) {
    let kind = match (&property["enum"], property["type"].as_str()) {
        (Value::Array(words), _) => {
            words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        (_, Some("integer")) => format!("1 to {}", property["maximum"]),
        (_, Some("boolean")) => "`true`, `false`".to_owned(),
        (_, Some("array")) if key == "may-create" => "tables".to_owned(),
        (_, Some("array")) => "a list of texts".to_owned(),
        (_, Some("object")) => "a table".to_owned(),
        _ => "a text".to_owned(),
    };
    let default = match &property["default"] {
        Value::Null => String::new(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    let is_setting = !kind.starts_with("a table") && kind != "tables";
    let variable = if is_setting { format!("`{}`", crate::config::variable(key)) } else { String::new() };
    let meaning = property["description"].as_str().unwrap_or_default().replace('|', "\\|");
    let _ = writeln!(out, "| `{key}` | {kind} | {default} | {variable} | {meaning} |");
}
