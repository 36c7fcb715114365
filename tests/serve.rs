//! `serve` as a foreign client meets it: a process that is spoken to over a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server in a process of its own, ended with this value.
struct Served {
    process: Child,
    address: String,
    /// The first token that it printed.
    token: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        let mut process = command.args(["serve", "--quiet"]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned())).unwrap();
        let token = lines.find_map(|line| Some(line.split_once("Bearer ")?.1.trim().to_owned())).unwrap();
        Self { process, address, token }
    }

    /// The answer to one request, whole; `head` without `Host`.
    fn ask(&self, head: &str, body: &str) -> String {
        self.ask_as(&self.address, head, body)
    }

    fn ask_as(&self, host: &str, head: &str, body: &str) -> String {
        let (head, length) = (head.replace('\n', "\r\n"), body.len());
        let request = format!("{head}\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks the same so many times over one connection.
    fn ask_often(&self, path: &str, times: usize) {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n", self.address, self.token);
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for _ in 0..times {
            stream.write_all(request.as_bytes()).unwrap();
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert!(reader.read_line(&mut line).unwrap() > 0, "the server has hung up");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    fn resident_kibibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_else(|_| panic!("no status: {answer}"))
}

/// A recording of one read, whose answer has headers that come twice and a body that is not JSON.
fn recording(folder: &std::path::Path) -> String {
    let header = |name: &str, value: &str| serde_json::json!({"name": name, "value": value});
    let har = serde_json::json!({"log": {"_finish": {"by": "stop"}, "entries": [{
        "startedDateTime": "2022-02-11T08:00:00Z",
        "request": {"method": "GET", "url": "https://graph.microsoft.com/v1.0/reports/x"},
        "response": {
            "status": 203,
            "headers": [
                header("Retry-After", "7"), header("request-id", "first"), header("request-id", "second"),
                header("Content-Length", "5"), header("Transfer-Encoding", "chunked"),
            ],
            "content": {"text": "a,b\n1,2\n", "mimeType": "text/csv; charset=utf-8"},
        },
    }]}});
    let path = folder.join("x.har");
    std::fs::write(&path, har.to_string()).unwrap();
    path.display().to_string()
}

#[cfg(target_os = "linux")]
#[test]
fn a_served_recording_takes_no_memory_for_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&["--recording", &recording(folder.path())]);
    served.ask_often("/v1.0/reports/x", 1000);
    let before = served.resident_kibibytes();
    served.ask_often("/v1.0/reports/x", 10_000);
    served.ask_often("/v1.0/nothing", 1000);
    let grown = served.resident_kibibytes().saturating_sub(before);
    // A copy of every request would be more than 40,000.
    assert!(grown < 4_096, "{grown} KiB");
}

#[test]
fn a_served_recording_answers_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&["--recording", &recording(folder.path())]);
    let answer = served.ask(&format!("GET /v1.0/reports/x HTTP/1.1\nauthorization: Bearer {}", served.token), "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 203"), "{answer}");
    for line in [
        "retry-after: 7",
        "request-id: first",
        "request-id: second",
        "content-type: text/csv; charset=utf-8",
        "content-length: 8",
    ] {
        assert!(head.lines().any(|known| known == line), "{line}: {answer}");
    }
    assert_eq!(body, "a,b\n1,2\n");
    let without = served.ask("GET /v1.0/reports/x HTTP/1.1", "");
    assert!(without.starts_with("HTTP/1.1 401") && without.contains("www-authenticate: Bearer"), "{without}");
    let unknown = served.ask(&format!("PATCH /v1.0/reports/x HTTP/1.1\nauthorization: Bearer {}", served.token), "{}");
    assert!(status(&unknown) == 501 && unknown.contains("nothing was recorded"), "{unknown}");
}

#[test]
fn a_served_recording_answers_neither_a_foreign_page_nor_a_foreign_name() {
    let served = Served::start(&[]);
    let token = format!("GET /v1.0/users HTTP/1.1\nauthorization: Bearer {}", served.token);
    let foreign = served.ask_as("evil.example", &token, "");
    assert!(status(&foreign) == 421 && foreign.contains("--allow-host evil.example"), "{foreign}");
    let page = served.ask(&format!("{token}\norigin: https://evil.example"), "");
    assert!(status(&page) == 403 && page.contains("--allow-origin https://evil.example"), "{page}");
}

#[test]
fn a_body_without_a_good_token_is_refused_before_it_is_read() {
    for arguments in [&["--on", "emulator"][..], &[]] {
        let served = Served::start(arguments);
        for path in ["/v1.0/users", "/v1.0/$batch"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {}\r\nexpect: 100-continue\r\ncontent-length: 9",
                served.address
            );
            let mut stream = TcpStream::connect(&served.address).unwrap();
            stream.write_all(format!("{head}\r\nauthorization: Bearer x\r\n\r\n").as_bytes()).unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"HTTP/1.1 401", "{arguments:?} {path}");
        }
    }
}

#[test]
fn a_name_and_a_web_app_that_are_allowed_are_answered_and_no_others() {
    let arguments = ["--on", "emulator", "--allow-host", "graph.test", "--allow-host", "[fd00::7]:9"];
    let apps = ["--allow-origin", "HTTP://localhost:3000/", "--allow-origin", "https://app.example"];
    let served = Served::start(&[&arguments[..], &apps].concat());
    let me = format!("GET /v1.0/me HTTP/1.1\nauthorization: Bearer {}", served.token);
    for host in ["graph.test", "Graph.Test:80", "graph.test:8443", "[fd00::7]:9"] {
        assert_eq!(status(&served.ask_as(host, &me, "")), 200, "{host}");
    }
    for host in ["[fd00::7]:10", "www.graph.test", "graph.test.", "xgraph.test"] {
        assert_eq!(status(&served.ask_as(host, &me, "")), 421, "{host}");
    }
    for app in ["http://localhost:3000", "https://app.example"] {
        let answer = served.ask(&format!("{me}\norigin: {app}"), "");
        assert_eq!(status(&answer), 200);
        assert!(answer.contains(&format!("access-control-allow-origin: {app}\r\n")), "{answer}");
        assert!(answer.contains("access-control-expose-headers: ") && answer.contains("vary: origin"), "{answer}");
        let asked = "access-control-request-method: PATCH\naccess-control-request-headers: authorization, content-type";
        let preflight = served.ask(&format!("OPTIONS /v1.0/me HTTP/1.1\norigin: {app}\n{asked}"), "");
        assert_eq!(status(&preflight), 204, "{preflight}");
        for line in [
            &*format!("access-control-allow-origin: {app}"),
            "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE",
            "access-control-allow-headers: authorization, content-type",
        ] {
            assert!(preflight.lines().any(|known| known == line), "{line}: {preflight}");
        }
        // Also what is refused may be read.
        let refused = served.ask(&format!("GET /v1.0/me HTTP/1.1\norigin: {app}"), "");
        assert!(status(&refused) == 401 && refused.contains("access-control-allow-origin"), "{refused}");
    }
    for app in ["http://localhost:3001", "https://localhost:3000", "https://app.example.evil", "null"] {
        for asked in ["", "\naccess-control-request-method: PATCH"] {
            let answer = served.ask(&format!("OPTIONS /v1.0/me HTTP/1.1\norigin: {app}{asked}"), "");
            assert!(status(&answer) == 403 && !answer.contains("access-control"), "{answer}");
        }
    }
}

#[test]
fn arguments_that_mean_nothing_are_refused() {
    for (arguments, said) in [
        (&["--allow-host", "http://graph.test/"][..], "expected a host name"),
        (&["--allow-host", "graph.test:70000"], "expected a host name"),
        (&["--allow-origin", "*"], "expected where the pages"),
        (&["--allow-origin", "https://app.example/path"], "expected where the pages"),
        (&["--allow-origin", "file:///"], "expected where the pages"),
        (&["--admin-token", "T"], "--admin-token is for an emulated tenant"),
        (&["--clock", "real"], "--clock is for an emulated tenant"),
        (&["--on", "emulator", "--clock", "0x"], "a speed from 1x to 1000000x such as 3600x"),
        (&["--on", "emulator", "--clock", "fast"], "expected real, virtual or a speed"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_graphwalk")).arg("serve").args(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && told.contains(said), "{arguments:?}: {told}");
    }
}

#[test]
fn each_request_is_a_line_on_stderr_unless_it_is_quiet() {
    for (quiet, expected) in
        [(false, vec!["GET /v1.0/users?$top=1 401, ", "GET /v1.0/users?sig=*** 401, "]), (true, vec![])]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        command.args(["serve", "--on", "emulator"]).args(quiet.then_some("--quiet"));
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned())).unwrap();
        let mut served = Served { process, address, token: String::new() };
        for query in ["$top=1", "sig=canary"] {
            served.ask(&format!("GET /v1.0/users?{query} HTTP/1.1"), "");
        }
        let mut told = BufReader::new(served.process.stderr.take().unwrap()).lines().map(Result::unwrap);
        for line in expected {
            let told = told.next().unwrap();
            assert!(told.starts_with(line), "{told}");
        }
        served.process.kill().unwrap();
        assert_eq!(told.next(), None);
    }
}
