//! What the emulator costs: a whole run, requests a second beside a bare hyper server, and a group of many members.
//!
//! Servers and load share the machine, so every figure is taken in turns with what it is compared with, and medians count.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long each load lasts, and how often each is repeated.
const LOAD: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const TOKEN: &str = "bench-token";

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--bare-hyper") {
        return bare_hyper(&arguments.next().expect("the bytes to answer"));
    }
    whole_run();
    beside_bare_hyper();
    for members in [1_000, 10_000, 100_000] {
        many_members(members);
    }
}

fn whole_run() {
    let run = || {
        let started = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        let status = command.args(["run", "--on", "emulator"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("graphwalk runs").success());
        started.elapsed()
    };
    let times: Vec<f64> = (0..41).map(|_| run().as_secs_f64() * 1e3).collect();
    println!("run --on emulator, whole process  {:>8.1} ms median", median(times));
}

fn beside_bare_hyper() {
    let emulator = Served::emulator(&["--admin-token", TOKEN]);
    let request = format!(
        "GET /v1.0/users/admin@contoso.com HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {TOKEN}\r\n\r\n",
        emulator.address
    );
    let answer = body_of(&emulator.address, &request);
    let bare = Served::bare_hyper(&answer);
    for connections in [1, 16] {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(load(&emulator.address, &request, connections));
            others.push(load(&bare.address, &request, connections));
        }
        let (own, others) = (median(own), median(others));
        let share = 100.0 * own / others;
        println!(
            "serve, {connections:>2} connections              {own:>8.0} requests a second, bare hyper {others:.0}: {share:.0} %"
        );
    }
}

/// A review of a group, half of whose members did not sign in: created, listed, ended, applied.
fn many_members(count: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, seed_of(count).to_string()).expect("the seed is written");
    let seed = seed.display().to_string();
    let served = Served::emulator(&["--admin-token", TOKEN, "--now", "2026-01-05T09:00:00Z", "--seed", &seed]);
    let began = served.cpu();
    let started = Instant::now();
    let ask = |method: &str, path: &str, body: Option<Value>| exchange(&served.address, method, path, body);
    let groups = ask("GET", "/v1.0/groups", None);
    let group = groups["value"][0]["id"].as_str().expect("the group").to_owned();
    let definition = json!({
        "displayName": "Many", "descriptionForAdmins": "Many", "descriptionForReviewers": "Many",
        "scope": {"query": format!("/groups/{group}/transitiveMembers"), "queryType": "MicrosoftGraph"},
        "settings": {"defaultDecisionEnabled": true, "defaultDecision": "Recommendation", "instanceDurationInDays": 5,
            "autoApplyDecisionsEnabled": true, "recommendationsEnabled": true, "mailNotificationsEnabled": false,
            "reminderNotificationsEnabled": false, "justificationRequiredOnApproval": false,
            "recurrence": {"pattern": null, "range": {"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-01-10"}}},
    });
    let definitions = "/v1.0/identityGovernance/accessReviews/definitions";
    let created = ask("POST", definitions, Some(definition));
    let id = created["id"].as_str().expect("the definition").to_owned();
    ask("POST", "/_emulator/clock/advance", Some(json!({"seconds": 3600})));
    let mut next = Some(format!("{definitions}/{id}/instances/{id}/decisions?$top=100"));
    let mut listed = 0;
    while let Some(path) = next.take() {
        let page = ask("GET", &path, None);
        listed += page["value"].as_array().map_or(0, Vec::len);
        let link = page["@odata.nextLink"].as_str().map(|link| link.split_once(&served.address).expect("this host").1);
        next = link.map(str::to_owned);
    }
    assert_eq!(listed, count);
    ask("POST", "/_emulator/clock/advance", Some(json!({"seconds": 6 * 86_400})));
    assert_eq!(ask("GET", &format!("{definitions}/{id}"), None)["status"], "Applied");
    let left = raw(
        &served.address,
        &format!(
            "GET /v1.0/groups/{group}/members/$count HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {TOKEN}\r\nconsistencylevel: eventual\r\n\r\n",
            served.address
        ),
    );
    assert!(left.ends_with(&(count / 2).to_string()), "half of them stay: {left}");
    let (cpu, memory) = (served.cpu() - began, served.memory());
    println!(
        "{count:>7} members, whole review      {:>8.2} s of processor, {:.2} s in all, {memory:.0} MiB",
        cpu.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
}

fn seed_of(count: usize) -> Value {
    let user = |number: usize| {
        let mut user =
            json!({"userPrincipalName": format!("u{number}@contoso.com"), "displayName": format!("User {number}")});
        // The others were here half a year ago.
        user["lastSignInDateTime"] =
            json!(if number.is_multiple_of(2) { "2026-01-04T09:00:00Z" } else { "2025-07-01T09:00:00Z" });
        user
    };
    let members: Vec<String> = (0..count).map(|number| format!("u{number}@contoso.com")).collect();
    json!({
        "tenant": {"domains": ["contoso.com"]},
        "users": (0..count).map(user).collect::<Vec<_>>(),
        "groups": [{"displayName": "Many", "members": members}],
    })
}

/// A server in a process of its own, ended with this value.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn emulator(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        Self::start(command.args(["serve", "--on", "emulator"]).args(arguments), |line| {
            line.split_once("http://").map(|(_, address)| address.trim().to_owned())
        })
    }

    fn bare_hyper(answer: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        Self::start(Command::new(program).args(["--bare-hyper", answer]), |line| Some(line.trim().to_owned()))
    }

    fn start(command: &mut Command, address: impl Fn(&str) -> Option<String>) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines.find_map(|line| address(&line.expect("a line"))).expect("its address");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// The processor time that it has used: fields 14 and 15 of `/proc/PID/stat`, in hundredths of a second.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        Duration::from_millis(10 * ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>())
    }

    /// The most memory that it has had, in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Requests a second that so many connections get answered, each asking again when it has its answer.
fn load(address: &str, request: &str, connections: usize) -> f64 {
    let (address, request): (Arc<str>, Arc<str>) = (address.into(), request.into());
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (address, request) = (Arc::clone(&address), Arc::clone(&request));
            std::thread::spawn(move || {
                let mut connection = Connection::open(&address);
                let (started, mut answered) = (Instant::now(), 0u32);
                while started.elapsed() < LOAD {
                    connection.ask(&request);
                    answered += 1;
                }
                f64::from(answered) / started.elapsed().as_secs_f64()
            })
        })
        .collect();
    workers.into_iter().map(|worker| worker.join().expect("a worker")).sum()
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server is there");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, buffer: vec![0; 1 << 16] }
    }

    /// Sends a request and reads its answer, which has a length; gives the body.
    fn ask(&mut self, request: &str) -> Vec<u8> {
        self.stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut read: Vec<u8> = Vec::new();
        loop {
            let count = self.stream.read(&mut self.buffer).expect("an answer");
            assert!(count > 0, "the server has hung up");
            read.extend_from_slice(&self.buffer[..count]);
            if let Some(head) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
                let length =
                    text.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
                if read.len() >= head + 4 + length.unwrap_or(0) {
                    return read.split_off(head + 4);
                }
            }
        }
    }
}

thread_local! {
    static OPEN: std::cell::RefCell<Option<(String, Connection)>> = const { std::cell::RefCell::new(None) };
}

fn raw(address: &str, request: &str) -> String {
    OPEN.with_borrow_mut(|open| {
        if open.as_ref().is_none_or(|(to, _)| to != address) {
            *open = Some((address.to_owned(), Connection::open(address)));
        }
        let (_, connection) = open.as_mut().expect("just opened");
        String::from_utf8(connection.ask(request)).expect("a text")
    })
}

fn body_of(address: &str, request: &str) -> String {
    raw(address, request)
}

fn exchange(address: &str, method: &str, path: &str, body: Option<Value>) -> Value {
    let body = body.map_or_else(String::new, |body| body.to_string());
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    serde_json::from_str(&raw(address, &(head + &body))).expect("JSON")
}

/// Answers every request with the same bytes, as fast as hyper can.
fn bare_hyper(answer: &str) {
    let answer = bytes::Bytes::copy_from_slice(answer.as_bytes());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("its address"));
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = hyper::service::service_fn(move |_| {
                let answer = answer.clone();
                let response = http::Response::builder().header("content-type", "application/json");
                async move {
                    Ok::<_, std::convert::Infallible>(
                        response.body(http_body_util::Full::new(answer)).expect("a response"),
                    )
                }
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
