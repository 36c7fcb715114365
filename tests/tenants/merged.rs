//! The report of all shards is that of one run, whichever of them was killed and started again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::same_report::same_report;
use super::{ended, graphwalk};

/// Every so many tenants lack the licence, so that something fails.
const UNLICENSED: usize = 8;
/// The formats that are compared.
const FORMATS: [&str; 5] = ["junit", "json", "ctrf", "html", "messages"];
/// What all runs have in common.
const RUN: [&str; 7] = ["run", "--on", "emulator", "--now", "2026-01-31T09:00:00Z", "--tenants", "tenants.csv"];

/// A folder with a file of so many tenants.
fn folder(tenants: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("unlicensed.json"), r#"{"licensed": false}"#).unwrap();
    let mut text = String::from("name,tenant,labels,seed\n");
    for number in 0..tenants {
        let seed = if number % UNLICENSED == 3 { "unlicensed.json" } else { "" };
        let labels = if number % 2 == 0 { "emea pilot" } else { "apac" };
        // Not in the order of their names.
        let tenant = number * 7 % tenants;
        writeln!(text, "Tenant {tenant:04},t{tenant:04}.example,{labels},{seed}").unwrap();
    }
    std::fs::write(folder.path().join("tenants.csv"), text).unwrap();
    folder
}

fn shard(number: usize, of: usize) -> [String; 4] {
    ["--shard".to_owned(), format!("slice:{number}/{of}"), "--results".to_owned(), format!("shard-{number}")]
}

/// Plays all tenants in one process, with every report.
fn play_in_one(folder: &Path, jobs: &str) {
    let reports = FORMATS.map(|format| format!("{format}=one.{format}"));
    let mut arguments: Vec<&str> = RUN.into_iter().chain(["--jobs", jobs]).collect();
    arguments.extend(reports.iter().flat_map(|report| ["--report", report.as_str()]));
    let (code, text) = ended(folder, &arguments);
    assert_eq!(code, 1, "{text}");
}

/// Plays a shard to its end.
fn play_shard(folder: &Path, number: usize, of: usize, jobs: &str) -> (i32, String) {
    let shard = shard(number, of);
    let shard = shard.iter().map(String::as_str);
    ended(folder, &RUN.into_iter().chain(["--jobs", jobs]).chain(shard).collect::<Vec<_>>())
}

fn merge(folder: &Path, shards: &[usize], more: &[&str]) -> (i32, String) {
    let folders: Vec<String> = shards.iter().map(|number| format!("shard-{number}")).collect();
    let folders = folders.iter().map(String::as_str);
    ended(folder, &["report", "merge"].into_iter().chain(folders).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// Makes every report of the shards, and compares each with that of one run.
fn compare(folder: &Path, shards: &[usize]) {
    let reports = FORMATS.map(|format| format!("{format}=merged.{format}"));
    let more: Vec<&str> = reports.iter().flat_map(|report| ["--report", report.as_str()]).collect();
    let (code, text) = merge(folder, shards, &more);
    assert_eq!(code, 1, "what one run ends with: {text}");
    for format in FORMATS {
        let read = |name: &str| std::fs::read_to_string(folder.join(format!("{name}.{format}"))).unwrap();
        let (one, merged) = (read("one"), read("merged"));
        assert!(one.contains("Tenant 0003") && one.len() > 10_000, "{format} has something to compare");
        same_report(format, &one, &merged);
    }
}

/// What a shard has kept, each with when it was written.
fn kept(folder: &Path, number: usize) -> Vec<(PathBuf, SystemTime)> {
    let entries = std::fs::read_dir(folder.join(format!("shard-{number}/tenants"))).into_iter().flatten();
    let paths =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "ndjson"));
    let mut kept: Vec<_> = paths.map(|path| (path.clone(), path.metadata().unwrap().modified().unwrap())).collect();
    kept.sort();
    kept
}

/// Starts a shard and kills it when it has kept the results of some tenants; returns those.
fn kill_in_the_middle(folder: &Path, number: usize, of: usize, enough: usize) -> Vec<(PathBuf, SystemTime)> {
    let shard = shard(number, of);
    let shard = shard.iter().map(String::as_str);
    let mut child =
        graphwalk(folder, &RUN.into_iter().chain(["--jobs", "1"]).chain(shard).collect::<Vec<_>>()).spawn().unwrap();
    let begun = Instant::now();
    while kept(folder, number).len() < enough {
        assert!(begun.elapsed() < Duration::from_mins(2), "nothing was kept");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    kept(folder, number)
}

#[test]
fn shards_of_which_one_was_killed_make_the_report_of_one_run() {
    let (folder, of) = (folder(24), 3);
    let folder = folder.path();
    play_in_one(folder, "4");
    for number in [1, 3] {
        let (code, text) = play_shard(folder, number, of, "4");
        assert!(code == 0 || code == 1, "{text}");
    }
    let before = kill_in_the_middle(folder, 2, of, 2);
    assert!((2..8).contains(&before.len()), "killed in the middle: {}", before.len());
    let (code, text) = merge(folder, &[1, 2, 3], &["--junit", "no.xml"]);
    assert!(code == 2 && text.contains("unfinished-shard") && !folder.join("no.xml").exists(), "{text}");
    let (code, text) = play_shard(folder, 2, of, "4");
    assert!(code == 0 || code == 1, "{text}");
    let after = kept(folder, 2);
    assert_eq!(after.len(), 8);
    assert!(before.iter().all(|finished| after.contains(finished)), "a finished tenant was played again");
    compare(folder, &[2, 3, 1]);
}

#[test]
fn shards_that_are_missing_doubled_or_of_another_run_are_not_merged() {
    let folder = folder(6);
    let folder = folder.path();
    for number in 1..=3 {
        play_shard(folder, number, 3, "2");
    }
    let (code, text) = merge(folder, &[1, 3], &["--junit", "no.xml"]);
    assert!(code == 2 && text.contains("shard 2 missing") && !folder.join("no.xml").exists(), "{text}");
    let (code, text) = merge(folder, &[1, 2, 2, 3], &[]);
    assert!(code == 2 && text.contains("shard 2 is there twice"), "{text}");
    let shard = folder.join("shard-2/shard.json");
    let json = std::fs::read_to_string(&shard).unwrap();
    for (of_run, other, told) in [
        ("graphwalk 0", "graphwalk 9", "program"),
        ("\"played\": \"emulator", "\"played\": \"emulator, --strict", "played"),
        ("\"of\": 3", "\"of\": 4", "number of shards"),
    ] {
        std::fs::write(&shard, json.replace(of_run, other)).unwrap();
        let (code, text) = merge(folder, &[1, 2, 3], &[]);
        assert!(code == 2 && text.contains("mixed-shards") && text.contains(told), "{told}: {text}");
    }
    std::fs::write(&shard, json.replace("graphwalk 0", "graphwalk 9")).unwrap();
    let (code, text) = play_shard(folder, 2, 3, "2");
    assert!(code == 2 && text.contains("holds the results of another run"), "{text}");
}

#[test]
fn the_overview_has_a_line_a_tenant_and_the_worst_come_first() {
    let folder = folder(10);
    let folder = folder.path();
    for number in 1..=2 {
        play_shard(folder, number, 2, "2");
    }
    let (code, text) = merge(folder, &[1, 2], &["--overview", "page.html"]);
    assert!(code == 1 && text.contains("wrote page.html (overview)"), "{text}");
    let page = std::fs::read_to_string(folder.join("page.html")).unwrap();
    let rows: Vec<&str> = page.split("<th scope=\"row\">").filter_map(|row| row.strip_prefix("Tenant ")).collect();
    assert_eq!(rows.len(), 10);
    // Two tenants have no licence, at the fourth place of the file and at the last one but none.
    assert!(rows[0].contains("failed") && rows[0].contains("apac") && !rows[1].contains("✗"), "{}", rows[0]);
    assert!(rows.iter().skip(1).all(|row| row.contains("passed") && !row.contains("✗")));
    assert!(page.contains("10 tenants: 1 failed, 9 passed"), "{page}");
}

#[test]
fn an_empty_shard_is_an_error_unless_it_is_allowed() {
    let folder = folder(2);
    let folder = folder.path();
    let (code, text) = play_shard(folder, 3, 3, "2");
    assert!(code == 2 && text.contains("slice:3/3 has no tenant") && text.contains("--allow-empty-shard"), "{text}");
    let mut pod =
        graphwalk(folder, &RUN.into_iter().chain(["--results", "shard-3", "--allow-empty-shard"]).collect::<Vec<_>>());
    let (code, text) =
        super::told(&pod.env("JOB_COMPLETION_INDEX", "2").env("GRAPHWALK_SHARDS", "3").output().unwrap());
    assert_eq!(code, 0, "{text}");
    for number in 1..=2 {
        play_shard(folder, number, 3, "2");
    }
    let (code, text) = merge(folder, &[3, 1, 2], &["--junit", "all.xml"]);
    assert!(code == 0 && text.contains("2 passed of 2 tenants, from 3 shards"), "{text}");
}

/// The most memory that a process has held so far, in MiB; `None` where the system does not tell.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<usize>().ok().map(|kib| kib / 1024)
}

/// Plays a shard to its end; returns the most memory that it held.
fn watched_shard(folder: &Path, number: usize, of: usize) -> usize {
    let shard = shard(number, of);
    let shard = shard.iter().map(String::as_str);
    let mut command = graphwalk(folder, &RUN.into_iter().chain(shard).collect::<Vec<_>>());
    // Nobody reads what it prints: a pipe would fill.
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    most
}

#[test]
#[ignore = "two minutes: by hand, and by schedule"]
fn a_thousand_tenants_in_four_shards_make_the_report_of_one_run() {
    let (folder, of) = (folder(1_000), 4);
    let folder = folder.path();
    let begun = Instant::now();
    play_in_one(folder, "16");
    let in_one = begun.elapsed();
    let begun = Instant::now();
    let before = kill_in_the_middle(folder, 2, of, 20);
    assert!((20..250).contains(&before.len()), "killed in the middle: {}", before.len());
    let peaks: Vec<usize> = std::thread::scope(|scope| {
        let shards = (1..=of).map(|number| scope.spawn(move || watched_shard(folder, number, of)));
        shards.collect::<Vec<_>>().into_iter().map(|shard| shard.join().unwrap()).collect()
    });
    let in_shards = begun.elapsed();
    let after = kept(folder, 2);
    assert_eq!(after.len(), 250);
    assert!(before.iter().all(|finished| after.contains(finished)), "a finished tenant was played again");
    compare(folder, &[4, 1, 3, 2]);
    let (code, text) = merge(folder, &[1, 2, 4], &[]);
    assert!(code == 2 && text.contains("shard 3 missing"), "{text}");
    let few = self::folder(64);
    let of_few = watched_shard(few.path(), 1, 1);
    let rate = |took: Duration| 60_000.0 / took.as_secs_f64();
    println!(
        "in one process {:.0} tenants a minute, in four {:.0}; peaks {peaks:?} MiB of 250 tenants each, {of_few} MiB of 64",
        rate(in_one),
        rate(in_shards)
    );
    assert!(peaks.iter().all(|peak| *peak < of_few + 24), "memory grows: {peaks:?} MiB of 250, {of_few} MiB of 64");
}
