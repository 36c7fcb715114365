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
fn messages_without_their_beginning_are_refused_and_others_are_a_run_that_did_not_end() {
    let (folder, messages) = kept(&[PUBLISHED], &["--through", "1"], 0);
    let text = std::fs::read_to_string(messages).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    let cuts = (0..12).map(|part| last * (2 * part + 1) / 24).chain([last, last + 1, text.trim_end().len() - 1]);
    for cut in cuts {
        let cut = (cut..).find(|at| text.is_char_boundary(*at)).unwrap();
        let number = text[..cut].lines().count().max(1);
        let has_begun = text[..cut].contains("\"testRunStarted\":")
            && (text[..cut].ends_with('\n') || text[..cut].contains("\"testCase\":"));
        if !has_begun {
            let told = refusal(folder.path(), &text.as_bytes()[..cut]);
            assert!(told.starts_with(&format!("error[messages]: x.ndjson:{number}: ")), "{cut}: {told}");
            assert!(told.contains("cut off") || told.contains("the messages end here"), "{cut}: {told}");
            continue;
        }
        std::fs::write(folder.path().join("x.ndjson"), &text.as_bytes()[..cut]).unwrap();
        let (_, told) = graphwalk(folder.path(), &["report", "x.ndjson", "--junit", "x.xml", "--html", "x.html"], 3);
        assert!(told.contains(&format!("x.ndjson:{number}: the run did not end")), "{cut}: {told}");
        std::fs::remove_file(folder.path().join("x.xml")).unwrap();
    }
}

#[test]
fn what_a_run_that_did_not_end_does_not_tell_is_blocked_and_never_passed() {
    let (folder, messages) = kept(&[PUBLISHED], &[], 0);
    let text = std::fs::read_to_string(messages).unwrap();
    let report = |lines: &[&str], code: i32| {
        std::fs::write(folder.path().join("x.ndjson"), lines.join("\n") + "\n").unwrap();
        let (out, told) =
            graphwalk(folder.path(), &["report", "x.ndjson", "--ctrf", "x.json", "--html", "x.html"], code);
        let ctrf: Value = serde_json::from_slice(&std::fs::read(folder.path().join("x.json")).unwrap()).unwrap();
        (ctrf["results"]["summary"].clone(), out + &told)
    };
    let lines: Vec<&str> = text.lines().collect();
    let ends: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("{\"testCaseFinished\"")).collect();
    let all = ends.len();
    for (ended, cut) in [(3, ends[2] + 1), (2, ends[2] - 1), (all, ends[all - 1] + 1)] {
        let (summary, told) = report(&lines[..cut], 3);
        assert_eq!(
            (&summary["tests"], &summary["passed"], &summary["failed"]),
            (&all.into(), &ended.into(), &0.into())
        );
        assert!(told.contains("0 passed, 1 blocked of 1 session") && told.contains("the run did not end"), "{told}");
    }
    let page = std::fs::read_to_string(folder.path().join("x.html")).unwrap();
    assert!(page.contains("blocked"), "{page}");
    // A failure that it tells stays one.
    let failed = lines[..ends[2] + 1].iter().rposition(|line| line.contains("\"status\":\"PASSED\"")).unwrap();
    let changed = lines[failed].replace("PASSED", "FAILED");
    let lines: Vec<&str> =
        lines[..ends[2] + 1].iter().enumerate().map(|(at, line)| if at == failed { &changed } else { *line }).collect();
    let (summary, told) = report(&lines, 1);
    assert!(summary["failed"] == 1 && told.contains("0 passed, 1 failed of 1 session"), "{told}");
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
