//! The audit of many tenants: each review of each tenant is a session with a verdict of its own.

use std::path::Path;

use super::same_report::same_report;
use super::{audit, ended, graphwalk, healthy};

/// A folder with a file of three tenants: two whose reviews did what they should, and one with every fate.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fates = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit-tenant.yaml")).unwrap();
    std::fs::write(folder.path().join("good.yaml"), healthy()).unwrap();
    std::fs::write(folder.path().join("fates.yaml"), fates).unwrap();
    let rows = "name,tenant,labels,seed\nContoso,contoso.example,emea,good.yaml\nFabrikam,fabrikam.example,apac,fates.yaml\n\
                Tailspin,tailspin.example,emea,good.yaml\n";
    std::fs::write(folder.path().join("tenants.csv"), rows).unwrap();
    folder
}

fn played(folder: &Path, more: &[&str]) -> (i32, String) {
    let file = folder.join("tenants.csv");
    let arguments = ["run", "existing-reviews", "--on", "emulator", "--tenants", file.to_str().unwrap()];
    ended(&graphwalk(&[&arguments[..], more].concat()))
}

/// The number before a word: 12 of `, 12 passed`.
fn count(told: &str, word: &str) -> usize {
    let before = told.split(word).next().unwrap().trim_end();
    before.rsplit([' ', '\n']).next().unwrap().parse().unwrap_or_else(|_| panic!("{word}: {told}"))
}

#[test]
fn each_review_of_each_tenant_has_a_verdict_of_its_own() {
    let folder = folder();
    let alone = audit(&std::fs::read_to_string(folder.path().join("fates.yaml")).unwrap(), &[]).1;
    let alone = alone.lines().last().unwrap();
    let (code, told) = played(folder.path(), &["--jobs", "1"]);
    assert_eq!(code, 1, "{told}");
    let last = told.lines().last().unwrap();
    assert_eq!(count(last, "failed"), count(alone, "failed"), "{told}");
    assert_eq!(count(last, "blocked of"), count(alone, "blocked of"), "{told}");
    assert_eq!(count(last, "passed"), count(alone, "passed") + 6, "{told}");
    assert!(last.contains(" sessions on 3 tenants, in "), "{told}");
    for (mark, name) in [("✓", "Contoso: Building security once 2026-03-02"), ("✓", "Tailspin: looking for sessions")]
    {
        assert!(told.contains(&format!("{mark} {name}")), "{name}: {told}");
    }
    assert!(told.lines().filter(|line| line.starts_with("✗ Fabrikam: ")).count() > 10, "{told}");
    assert!(
        told.lines().filter(|line| line.starts_with(['✓', '✗', '○'])).all(|line| line.chars().count() <= 80),
        "{told}"
    );
    assert!(told.contains("existing-reviews on emulator: 3 tenants, 1 at a time"), "{told}");
}

#[test]
fn shards_of_an_audit_make_the_reports_of_one_run() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let formats = ["junit", "json", "ctrf"];
    let reports = |of: &str| formats.map(|format| format!("{format}={}", file(&format!("{of}.{format}"))));
    let one = reports("one");
    let one: Vec<&str> = one.iter().flat_map(|report| ["--report", report.as_str()]).collect();
    assert_eq!(played(folder.path(), &one).0, 1);
    for number in ["1", "2"] {
        let (results, shard) = (file(&format!("shard-{number}")), format!("slice:{number}/2"));
        let (code, told) = played(folder.path(), &["--shard", &shard, "--results", &results]);
        assert!(code < 2, "{told}");
        // What has finished is not played again, and told as it was.
        let (again, told_again) = played(folder.path(), &["--shard", &shard, "--results", &results]);
        let marked = |told: &str| told.lines().filter(|line| line.contains(": ")).count();
        assert_eq!((again, marked(&told_again)), (code, marked(&told)), "{told_again}");
    }
    let (merged, page) = (reports("merged"), file("tenants.html"));
    let (shard_1, shard_2) = (file("shard-1"), file("shard-2"));
    let mut merge = vec!["report", "merge", &shard_2, &shard_1, "--overview", &page];
    merge.extend(merged.iter().flat_map(|report| ["--report", report.as_str()]));
    let (code, told) = ended(&graphwalk(&merge));
    assert!(code == 1 && told.contains(" sessions on 3 tenants, from 2 shards"), "{told}");
    for format in formats {
        let read = |name: &str| std::fs::read_to_string(file(&format!("{name}.{format}"))).unwrap();
        let (one, merged) = (read("one"), read("merged"));
        assert!(one.contains("Fabrikam: "), "{format} has something to compare");
        same_report(format, &one, &merged);
    }
    let page = std::fs::read_to_string(page).unwrap();
    let rows: Vec<&str> =
        page.split("<tr><th scope=\"row\">").skip(1).filter(|row| row.contains("sessions: ")).collect();
    assert_eq!(rows.len(), 3, "{page}");
    assert!(
        rows[0].starts_with("Fabrikam") && rows[0].contains(" failed, ") && rows[1].starts_with("Contoso"),
        "{page}"
    );
    assert!(page.contains("3 tenants: 1 failed, 2 passed"), "{page}");
}

#[test]
fn tenants_are_chosen_by_their_labels() {
    let folder = folder();
    let (code, told) = played(folder.path(), &["--label", "emea"]);
    assert!(code == 0 && told.contains("6 passed of 6 sessions on 2 tenants"), "{told}");
    assert!(!told.contains("Fabrikam"), "{told}");
    let (code, told) = played(folder.path(), &["--label", "emea", "--label", "apac"]);
    assert!(code == 2 && told.contains("no tenant has the labels emea and apac"), "{told}");
    assert!(told.contains("the labels in the file: apac, emea"), "{told}");
}

#[test]
fn the_evidence_of_a_tenant_has_all_its_reviews() {
    let folder = folder();
    let evidence = folder.path().join("evidence");
    let (code, told) = played(folder.path(), &["--evidence", evidence.to_str().unwrap(), "--label", "apac"]);
    assert_eq!(code, 1, "{told}");
    let page = std::fs::read_to_string(evidence.join("Fabrikam/report.html")).unwrap();
    let sessions = page.matches("<details class=\"session\"").count();
    assert_eq!(sessions, 1 + count(told.lines().last().unwrap(), "sessions on"), "{told}");
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "an id stands in a page once");
    let (code, told) = ended(&graphwalk(&["report", "verify", evidence.join("Fabrikam").to_str().unwrap()]));
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_tenant_that_cannot_be_searched_is_no_session_and_fails_the_run() {
    let folder = folder();
    std::fs::write(folder.path().join("fates.yaml"), "licensed: false\n").unwrap();
    let (code, told) = played(folder.path(), &[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("6 passed of 6 sessions on 3 tenants, looking for them failed on 1 tenant"), "{told}");
}
