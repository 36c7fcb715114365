//! What a replay costs as a whole process, as a user starts it: one session, a hundred, a thousand, with and without
//! reports. Times are medians; what is compared runs in turns, so that a busy machine weighs on both alike. Memory is the
//! most that was resident, of one more run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RECORDING: &str = "recordings/security-group-review/published.har";

/// A way to start the program.
struct Case {
    name: String,
    sessions: u32,
    arguments: Vec<String>,
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let exchanges = exchanges();
    println!("{:34} {:>10} {:>10} {:>14} {:>12}", "", "median", "best", "exchanges/s", "memory");
    measure(exchanges, 61, &[case("one session", 1, &[])]);
    for (sessions, name, runs) in [(100, "100 sessions", 15), (1_000, "1,000 sessions", 5)] {
        let copies = copies(folder.path(), sessions);
        let report = |name: &str| folder.path().join(name).display().to_string();
        let plain = ["--recording", &copies.display().to_string()];
        let [junit, json, html, messages] = ["junit.xml", "run.json", "run.html", "run.ndjson"].map(report);
        let with =
            |what: &str, options: &[&str]| case(&format!("{name}, {what}"), sessions, &[&plain, options].concat());
        let cases = [
            case(name, sessions, &plain),
            with("JUnit and JSON", &["--junit", &junit, "--json", &json]),
            with("HTML", &["--html", &html]),
            with("messages", &["--messages", &messages]),
        ];
        let medians = measure(exchanges, runs, &cases);
        for (case, median) in cases.iter().zip(&medians).skip(1) {
            println!("{:34} {:>+9.1} %", format!("  {} add", case.name), 100.0 * (median / medians[0] - 1.0));
        }
    }
}

fn case(name: &str, sessions: u32, arguments: &[&str]) -> Case {
    let name = name.to_owned();
    Case { name, sessions, arguments: ["run"].iter().chain(arguments).map(|&argument| argument.to_owned()).collect() }
}

/// How many exchanges the bundled recording holds.
fn exchanges() -> f64 {
    let recording = graphwalk_recording::Recording::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDING));
    recording.map_or(f64::NAN, |recording| u32::try_from(recording.exchanges.len()).map_or(f64::NAN, f64::from))
}

/// A folder with that many copies of the bundled recording.
fn copies(folder: &Path, count: u32) -> PathBuf {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDING);
    let copies = folder.join(count.to_string());
    std::fs::create_dir(&copies).expect("a folder");
    for number in 0..count {
        std::fs::copy(&bundled, copies.join(format!("{number:04}.har"))).expect("a copy");
    }
    copies
}

/// Runs the cases in turns, prints a line for each, and returns their medians in seconds.
fn measure(exchanges: f64, runs: usize, cases: &[Case]) -> Vec<f64> {
    let mut times: Vec<Vec<Duration>> = cases.iter().map(|_| Vec::with_capacity(runs)).collect();
    for _ in 0..runs {
        for (case, times) in cases.iter().zip(&mut times) {
            times.push(timed(case));
        }
    }
    let told = cases.iter().zip(&mut times).map(|(case, times)| {
        times.sort();
        let (best, median) = (times[0].as_secs_f64(), times[runs / 2].as_secs_f64());
        let rate = exchanges * f64::from(case.sessions) / median;
        let memory = peak_memory(case).map_or_else(|| "not known".to_owned(), |mib| format!("{mib:.1} MiB"));
        println!("{:34} {:>7.1} ms {:>7.1} ms {rate:>14.0} {memory:>12}", case.name, median * 1e3, best * 1e3);
        median
    });
    told.collect()
}

fn command(case: &Case) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
    command.args(&case.arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn timed(case: &Case) -> Duration {
    let started = Instant::now();
    let status = command(case).status().expect("graphwalk runs");
    assert!(status.success(), "{}: {status}", case.name);
    started.elapsed()
}

/// The most that was resident, in MiB, where the system says it.
fn peak_memory(case: &Case) -> Option<f64> {
    let mut child = command(case).spawn().expect("graphwalk runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait().expect("a child to wait for").is_none() {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = kib.or(peak);
        std::thread::sleep(Duration::from_micros(200));
    }
    peak.map(|kib| kib / 1024.0)
}
