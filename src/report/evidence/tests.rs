use std::fs;

use super::*;

/// A folder that holds two files and their manifest.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("evidence");
    let evidence = EvidenceFolder::create(&target).unwrap();
    fs::write(evidence.building.path().join(RECORDING), "{}").unwrap();
    fs::write(evidence.building.path().join(PAGE), "<p>").unwrap();
    assert!(!target.exists(), "a folder that is not whole stands in its place");
    evidence.finish().unwrap();
    (parent, target)
}

fn told(folder: &Path) -> Vec<String> {
    verify(folder).unwrap().deviations.iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_folder_is_as_its_manifest_has_it() {
    let (parent, folder) = folder();
    let verified = verify(&folder).unwrap();
    assert_eq!((verified.same, verified.deviations), (2, Vec::new()));
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap();
    // The digest of `{}` as sha256sum tells it.
    let line = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  exchanges.har\n";
    assert!(manifest.starts_with(line), "{manifest}");
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_changed_missing_or_additional_file_is_named() {
    let (_parent, folder) = folder();
    fs::write(folder.join("exchanges.har"), "{} ").unwrap();
    fs::remove_file(folder.join(PAGE)).unwrap();
    fs::write(folder.join("b.txt"), "").unwrap();
    fs::create_dir(folder.join("a")).unwrap();
    let told = told(&folder);
    assert!(told[0].starts_with("changed: exchanges.har: expected SHA-256 44136fa3"), "{told:?}");
    let rest =
        ["missing: report.html", "additional: a is not in the manifest", "additional: b.txt is not in the manifest"];
    assert_eq!(told[1..], rest);
}

#[cfg(unix)]
#[test]
fn a_link_to_the_same_content_is_no_file() {
    let (parent, folder) = folder();
    let elsewhere = parent.path().join("elsewhere");
    fs::rename(folder.join(PAGE), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join(PAGE)).unwrap();
    assert_eq!(told(&folder), ["not a file: report.html"]);
}

#[test]
fn a_damaged_manifest_is_named_with_its_line() {
    let (_parent, folder) = folder();
    let digest = "0".repeat(64);
    for (text, part) in [
        (format!("{digest}  a\nx\n"), ":2: expected 64 hexadecimal digits"),
        (format!("{digest}  ../a\n"), ":1: expected the name of a file in the same folder"),
        (format!("{digest}  {MANIFEST}\n"), ":1: expected the name of a file"),
        (format!("{digest}  a\n{digest}  a\n"), ":2: a is listed twice"),
        (String::new(), "lists no file"),
    ] {
        fs::write(folder.join(MANIFEST), &text).unwrap();
        let message = verify(&folder).unwrap_err().message;
        assert!(message.contains(part), "{text:?}: {message}");
    }
    fs::remove_file(folder.join(MANIFEST)).unwrap();
    assert!(verify(&folder).unwrap_err().message.starts_with("cannot read "));
}

#[test]
fn a_folder_that_is_there_is_not_written_to_and_an_empty_one_is_filled() {
    let (parent, folder) = folder();
    assert!(EvidenceFolder::create(&folder).is_err());
    assert!(EvidenceFolder::create(&parent.path().join("missing/evidence")).is_err());
    let empty = parent.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let evidence = EvidenceFolder::create(&empty).unwrap();
    fs::write(evidence.building.path().join(RECORDING), "{}").unwrap();
    evidence.finish().unwrap();
    assert_eq!(verify(&empty).unwrap().same, 1);
}

#[test]
fn a_folder_that_is_given_up_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let evidence = EvidenceFolder::create(&parent.path().join("evidence")).unwrap();
    fs::write(evidence.building.path().join(RECORDING), "{}").unwrap();
    drop(evidence);
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    let evidence = EvidenceFolder::create(&parent.path().join("evidence")).unwrap();
    fs::write(parent.path().join("evidence"), "somebody was faster").unwrap();
    assert!(evidence.finish().is_err());
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "a half folder is left");
}
