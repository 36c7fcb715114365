//! A large tenant: 200 reviews of 12 instances with 500 decisions each. Run with
//! `cargo test --release --test audit -- --ignored --nocapture`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::graphwalk;

/// How many reviews there are; fewer by the variable `AUDIT_REVIEWS`, to try the test itself.
fn reviews() -> usize {
    std::env::var("AUDIT_REVIEWS").ok().and_then(|number| number.parse().ok()).unwrap_or(200)
}

const PEOPLE: usize = 500;

/// The last instance of each review has ended a week ago, and the first one eleven months before.
fn seed() -> String {
    let mut text = String::from(
        "now: 2026-03-16T09:00:00Z\ntenant: {id: 5f0a1c1e-0000-4000-8000-000000000001, domains: [contoso.com]}\n\
         administrator: {password: Scale-7b1e-admin!}\n\
         apps: [{clientId: 11111111-2222-4333-8444-555555555555, name: graphwalk}]\nusers:\n",
    );
    for person in 0..PEOPLE {
        writeln!(text, "  - {{userPrincipalName: p{person}@contoso.com, displayName: Person {person}}}").unwrap();
    }
    let members: Vec<String> = (0..PEOPLE).map(|person| format!("p{person}@contoso.com")).collect();
    let members = members.join(",");
    text.push_str("groups:\n");
    for review in 0..reviews() {
        writeln!(text, "  - {{id: {}, displayName: Group {review}, members: [{members}]}}", id('a', review)).unwrap();
    }
    text.push_str("accessReviews:\n");
    for review in 0..reviews() {
        let (id, group) = (id('c', review), id('a', review));
        writeln!(
            text,
            "  - id: {id}\n    displayName: Review {review}\n    createdDateTime: 2025-04-01T08:00:00Z\n\
             \x20   scope: {{query: /groups/{group}/transitiveMembers, queryType: MicrosoftGraph}}\n\
             \x20   reviewers: [{{query: /groups/{group}/owners, queryType: MicrosoftGraph}}]\n\
             \x20   settings: {{instanceDurationInDays: 7, autoApplyDecisionsEnabled: true, recurrence: {{pattern: {{type: absoluteMonthly, interval: 1, dayOfMonth: 1}}, range: {{type: noEnd, startDate: 2025-04-01}}}}}}\n    instances:"
        )
        .unwrap();
        for month in 0..12 {
            let (year, month) = (2025 + (month + 3) / 12, (month + 3) % 12 + 1);
            writeln!(
                text,
                "      - {{startDateTime: {year}-{month:02}-01T08:00:00Z, endDateTime: {year}-{month:02}-08T08:00:00Z, status: Applied,\n\
                 \x20        others: {{decision: Approve, reviewedBy: p0@contoso.com, reviewedDateTime: {year}-{month:02}-03T08:00:00Z, applyResult: AppliedSuccessfully}}}}"
            )
            .unwrap();
        }
    }
    text
}

fn id(first: char, number: usize) -> String {
    format!("{first}{number:07}-0000-4000-8000-000000000000")
}

#[test]
#[ignore = "takes a minute, and is meant for a release build"]
fn a_large_tenant_is_audited_within_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.yaml");
    std::fs::write(&file, seed()).unwrap();
    let started = Instant::now();
    let arguments = ["run", "existing-reviews", "--on", "emulator", "--seed", file.to_str().unwrap()];
    let output = graphwalk(&arguments);
    let took = started.elapsed();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{took:?}\n{}", told.lines().rev().take(8).collect::<Vec<_>>().join("\n"));
    // What began more than 30 days ago has no audit log.
    let (passed, blocked) = (reviews(), reviews() * 11);
    let told = told.replace(',', "");
    let wanted = format!("{passed} passed {blocked} blocked of {} sessions", passed + blocked);
    assert!(told.contains(&wanted), "{}", &told[told.len().saturating_sub(800)..]);
    assert!(cfg!(debug_assertions) || took < Duration::from_secs(60), "{took:?}");
}

/// The most memory that a process has had, in KiB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes a minute, and is meant for a release build"]
fn the_client_stays_small_beside_a_large_served_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.yaml");
    std::fs::write(&file, seed()).unwrap();
    let program = env!("CARGO_BIN_EXE_graphwalk");
    let mut server = Command::new(program);
    server.args(["serve", "--on", "emulator", "--clock", "real", "--seed"]).arg(&file).stdout(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let url = first.trim().rsplit(' ').next().unwrap();
    let configuration = format!(
        "tenant = \"contoso.com\"\nbase-url = \"{url}\"\nauthority = \"{url}\"\nresource = \"{url}\"\ntoken-cache = \"off\"\n\
         [actors.administrator]\nsign-in = \"password\"\nclient-id = \"11111111-2222-4333-8444-555555555555\"\n\
         username = \"admin@contoso.com\"\npassword-env = \"SCALE_PASSWORD\"\n"
    );
    std::fs::write(folder.path().join("graphwalk.toml"), configuration).unwrap();
    let started = Instant::now();
    let mut client = Command::new(program);
    client.args(["run", "existing-reviews", "--on", "live"]).env("SCALE_PASSWORD", "Scale-7b1e-admin!");
    let told = std::fs::File::create(folder.path().join("told")).unwrap();
    let mut client = client.current_dir(folder.path()).stdout(told).spawn().unwrap();
    let mut most = 0;
    let ended = loop {
        most = peak(client.id()).max(most);
        if let Some(ended) = client.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    server.kill().unwrap();
    server.wait().unwrap();
    println!("{:?}, {} MiB", started.elapsed(), most / 1024);
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    assert_eq!(ended.code(), Some(3), "{}", &told[told.len().saturating_sub(800)..]);
    assert!(most < 200 * 1024, "{most} KiB");
}
