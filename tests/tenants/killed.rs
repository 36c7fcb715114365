//! A shard that is killed in the middle of a write to a tenant: nothing is created twice or left, and the report is that of one run.

use std::path::Path;
use std::process::Stdio;

use regex_lite::Regex;

use super::left::{ended, tenants};
use super::proxy::{Moment, Proxy, kill};
use super::served::{Served, graphwalk};

const RUN: [&str; 10] =
    ["run", "--on", "live", "--yes", "--tenants", "tenants.toml", "--results", "results", "--jobs", "1"];

/// Kills the shard at this exchange with the second tenant, when the first one has ended. The tenant goes on answering.
fn killed(folder: &Path, served: &[Served; 2], (at, moment): (usize, Moment)) -> Proxy {
    let proxy = Proxy::start(served[1].address, Some((at, moment, kill)));
    let file = folder.join("tenants.toml");
    let rows = std::fs::read_to_string(&file).unwrap();
    let direct = format!("base-url = \"{}\"", served[1].url);
    assert!(rows.contains(&direct), "{rows}");
    std::fs::write(&file, rows.replace(&direct, &format!("base-url = \"{}\"", proxy.url))).unwrap();
    let mut command = graphwalk(folder, &RUN);
    proxy.watch(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    assert_eq!(proxy.wait(), None, "{:?}", proxy.requests());
    assert!(proxy.requests().len() >= at, "{:?}", proxy.requests());
    assert!(folder.join("results/tenants/000000.ndjson").exists(), "the first tenant has ended");
    assert!(!folder.join("results/tenants/000001.ndjson").exists());
    proxy
}

/// The suites and cases of the merged report, without times.
fn merged(folder: &Path) -> Vec<String> {
    let (code, text) = ended(folder, &["report", "merge", "results", "--junit", "all.xml"]);
    assert!(code == 0 && text.contains("2 passed of 2 tenants, from 1 shard"), "{text}");
    let junit = std::fs::read_to_string(folder.join("all.xml")).unwrap();
    let times = Regex::new(r#" time="[^"]*""#).unwrap();
    let told = junit.lines().filter(|line| line.contains("<testsuite ") || line.contains("<testcase "));
    let told: Vec<String> = told.map(|line| times.replace(line, "").into_owned()).collect();
    assert!(told.len() > 20, "{junit}");
    told
}

#[test]
fn a_shard_that_was_killed_in_a_write_goes_on_and_makes_the_report_of_one_run() {
    let whole = tempfile::tempdir().unwrap();
    let served = tenants(whole.path());
    let (code, text) = ended(whole.path(), &RUN);
    assert_eq!(code, 0, "{text}");
    let expected = merged(whole.path());
    drop(served);
    // A user and the review: the tenant has created it, and the program does not know its id.
    for blow in [(4, Moment::Done), (9, Moment::Done)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let served = tenants(folder);
        let proxy = killed(folder, &served, blow);
        let before = std::fs::read(folder.join("results/tenants/000000.ndjson")).unwrap();
        let (code, text) = ended(folder, &RUN);
        assert_eq!(code, 0, "{blow:?}, killed at {:?}: {text}", proxy.requests().get(blow.0 - 1));
        served.iter().for_each(|served| served.holds_only_its_seed(&text));
        assert_eq!(merged(folder), expected, "{blow:?}");
        let after = std::fs::read(folder.join("results/tenants/000000.ndjson")).unwrap();
        assert_eq!(before, after, "the tenant that had ended is not played again");
    }
}

#[test]
fn what_a_killed_shard_left_in_a_tenant_its_journal_cleans() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = tenants(folder);
    let _proxy = killed(folder, &served, (9, Moment::Done));
    assert!(served[1].holds().len() > 3, "{:?}", served[1].holds());
    let (code, text) = ended(folder, &["report", "merge", "results", "--junit", "no.xml"]);
    assert!(code == 2 && text.contains("unfinished-shard") && text.contains("tenants 2 of the file"), "{text}");
    let (code, text) = ended(folder, &["clean", "--yes", "--tenants", "tenants.toml"]);
    assert_eq!(code, 0, "{text}");
    served.iter().for_each(|served| served.holds_only_its_seed(&text));
    let (code, text) = ended(folder, &["clean", "--tenants", "tenants.toml"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
}
