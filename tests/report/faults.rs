//! What is no run's messages is refused, with its place.

use std::path::Path;

use serde_json::Value;

use super::{PUBLISHED, graphwalk, kept};

/// What the program says of these messages, in one line. No report is left behind.
fn refusal(folder: &Path, text: &[u8]) -> String {
    std::fs::write(folder.join("x.ndjson"), text).unwrap();
    let (_, told) = graphwalk(folder, &["report", "x.ndjson", "--junit", "x.xml"], 2);
    assert!(!folder.join("x.xml").exists());
    assert!(told.contains("help: "), "{told}");
    told.lines().next().unwrap().to_owned()
}

#[test]
fn a_file_that_holds_no_messages_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str| refusal(folder.path(), text.as_bytes());
    let meta = r#"{"meta":{"protocolVersion":"1","implementation":{"name":"graphwalk"},"runtime":{"name":"x"},"os":{"name":"x"},"cpu":{"name":"x"}}}"#;
    for (text, expected) in [
        (String::new(), "x.ndjson:1: expected the message \"meta\", with which a run begins"),
        ("Feature: x\n".to_owned(), "x.ndjson:1:1: expected a Cucumber message, got what is no JSON: expected value"),
        (
            "\n{\"level\":\"info\",\"n\":1}\n".to_owned(),
            "x.ndjson:2: expected a Cucumber message, got an object of 2 members, the first \"level\"",
        ),
        ("[]\n".to_owned(), "x.ndjson:1: expected a Cucumber message, got an array"),
        (
            format!("{meta}\n{{\"log\":{{}}}}\n"),
            "x.ndjson:2: expected a Cucumber message, got one of the unknown kind \"log\"",
        ),
        (
            format!("{meta}\n{{\"testCase\":{{}}}}\n"),
            "x.ndjson:2: the message \"testCase\" has a fault: missing field `id`",
        ),
        (format!("{meta}\n"), "x.ndjson:1: the messages end here, and not with \"testRunFinished\""),
        (format!("{meta}\n{meta}\n"), "x.ndjson:2: a second run begins here: give each run a file of its own"),
    ] {
        assert_eq!(refused(&text), format!("error[messages]: {expected}"));
    }
    let bytes = [meta.as_bytes(), b"\n\xff\xfe\n"].concat();
    assert_eq!(refusal(folder.path(), &bytes), "error[messages]: x.ndjson:2: the line is not UTF-8");
}

#[test]
fn a_file_that_is_missing_or_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, told) = graphwalk(folder.path(), &["report", "missing.ndjson", "--junit", "x.xml"], 2);
    assert!(told.starts_with("error[messages]: cannot read missing.ndjson: "), "{told}");
    let (_, told) = graphwalk(folder.path(), &["report", ".", "--junit", "x.xml"], 2);
    assert!(told.starts_with("error[messages]: cannot read .: "), "{told}");
}

#[test]
fn messages_that_refer_to_nothing_are_refused_with_their_line() {
    let (folder, messages) = kept(&[PUBLISHED], &[], 0);
    let text = std::fs::read_to_string(messages).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (name, property, expected) in [
        ("testCaseStarted", "testCaseId", "no testCase came before that has the id \"nothing\""),
        ("testCase", "pickleId", "no pickle came before that has the id \"nothing\""),
        ("testStepFinished", "testCaseStartedId", "no testCaseStarted came before that has the id \"nothing\""),
    ] {
        let place = lines.iter().position(|line| line.starts_with(&format!("{{\"{name}\":"))).unwrap();
        let mut message: Value = serde_json::from_str(lines[place]).unwrap();
        message[name][property] = "nothing".into();
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[place] = message.to_string();
        let told = refusal(folder.path(), changed.join("\n").as_bytes());
        // A testCase is held against the pickles when it begins, on the next line.
        let line = place + if name == "testCase" { 2 } else { 1 };
        assert_eq!(told, format!("error[messages]: x.ndjson:{line}: {expected}"));
    }
}

#[test]
fn messages_that_were_cut_off_anywhere_are_refused() {
    let (folder, messages) = kept(&[PUBLISHED], &["--through", "1"], 0);
    let text = std::fs::read_to_string(messages).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    let cuts = (0..12).map(|part| last * (2 * part + 1) / 24).chain([last, last + 1, text.trim_end().len() - 1]);
    for cut in cuts {
        let cut = (cut..).find(|at| text.is_char_boundary(*at)).unwrap();
        let told = refusal(folder.path(), &text.as_bytes()[..cut]);
        let number = text[..cut].lines().count().max(1);
        assert!(told.starts_with(&format!("error[messages]: x.ndjson:{number}: ")), "{cut}: {told}");
        assert!(told.contains("cut off") || told.contains("the messages end here"), "{cut}: {told}");
    }
}

#[test]
fn a_wish_that_cannot_be_met_says_what_can() {
    let (folder, _) = kept(&[PUBLISHED], &["--through", "1"], 0);
    let (_, told) = graphwalk(folder.path(), &["report", "run.ndjson"], 2);
    assert!(told.contains("no report is wanted") && told.contains("--junit FILE"), "{told}");
    let twice = ["report", "run.ndjson", "run.ndjson", "--messages", "x.ndjson"];
    let (_, told) = graphwalk(folder.path(), &twice, 2);
    assert!(told.contains("the messages of several runs do not fit into one file"), "{told}");
}
