//! What a replay costs as a whole process: one session, a hundred, a thousand, with and without reports. Medians.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RECORDING: &str = "recordings/security-group-review/published.har";
const EXCHANGES: f64 = 37.0;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recording =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDING)).expect("the bundled recording");
    for count in [100, 1_000] {
        let inner = folder.path().join(count.to_string());
        std::fs::create_dir(&inner).expect("a folder");
        (0..count).for_each(|number| std::fs::write(inner.join(format!("{number}.har")), &recording).expect("a copy"));
    }
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (hundred, thousand, junit, json) = (path("100"), path("1000"), path("junit.xml"), path("run.json"));
    report("one session", 1, 41, &["run"]);
    report("100 sessions", 100, 7, &["run", "--recording", &hundred]);
    report(
        "100 sessions, JUnit and JSON",
        100,
        7,
        &["run", "--recording", &hundred, "--junit", &junit, "--json", &json],
    );
    report("1,000 sessions", 1_000, 3, &["run", "--recording", &thousand]);
}

fn report(what: &str, sessions: u32, runs: usize, arguments: &[&str]) {
    let mut times: Vec<Duration> = (0..runs).map(|_| process(arguments)).collect();
    times.sort();
    let median = times[runs / 2].as_secs_f64();
    let rate = EXCHANGES * f64::from(sessions) / median;
    println!("{what:30} {:>8.1} ms {rate:>9.0} exchanges a second", median * 1e3);
}

fn process(arguments: &[&str]) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().expect("graphwalk runs");
    assert!(status.success());
    started.elapsed()
}
