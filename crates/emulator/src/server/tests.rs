mod bodies;
mod http2;

use std::io::ErrorKind;
#[cfg(unix)]
use std::io::{BufRead, BufReader, Lines};
use std::net::Ipv4Addr;
#[cfg(unix)]
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;
use crate::http::{Body, Delivery, Reply, Request, WireFault};

/// Answers by path, and says what it was asked.
struct Mirror;

impl Service for Mirror {
    fn answer(&self, request: &Request) -> Delivery {
        let reply = Reply::json(200, describe_request(request));
        match request.path.as_str() {
            "/none" => Reply::no_content().into(),
            "/panic" => panic!("on purpose"),
            "/raw" => Reply { body: Body::Raw("text/plain".into(), "plain".into()), ..reply }.into(),
            "/odd" => reply.header("Not A Header", "x").header("x-broken", "a\r\nb").header("x-fine", "yes").into(),
            "/late" => Delivery { reply, delay: Duration::from_millis(80), fault: None },
            "/close" => Delivery { reply, delay: Duration::ZERO, fault: Some(WireFault::Close) },
            "/cut" => Delivery { reply, delay: Duration::ZERO, fault: Some(WireFault::Truncate) },
            "/cut-nothing" => {
                Delivery { reply: Reply::no_content(), delay: Duration::ZERO, fault: Some(WireFault::Truncate) }
            }
            _ => reply.into(),
        }
    }
}

fn describe_request(request: &Request) -> Value {
    json!({
        "method": request.method.as_str(),
        "path": request.path,
        "query": request.query,
        "host": request.header("host"),
        "length": request.body.len(),
        "sum": request.body.iter().map(|&byte| u64::from(byte)).sum::<u64>(),
    })
}

/// A running server, which stops when it is dropped.
struct Running {
    origin: String,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

fn start(server: Server) -> Running {
    let (stop, stopped) = oneshot::channel::<()>();
    let (origin, address) = (server.origin(), server.local_addr());
    let ended = tokio::spawn(server.run(Arc::new(Mirror), async {
        let _ = stopped.await;
    }));
    Running { origin, address, stop: Some(stop), ended }
}

/// Goes by the name `h` too.
fn loopback() -> Server {
    Server::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port").with_hosts("h".parse::<HostName>())
}

fn impatient() -> Limits {
    let moment = Duration::from_millis(200);
    Limits { headers: moment, sending: moment, handshake: moment, ..Limits::default() }
}

fn client() -> reqwest::Client {
    builder().tls_certs_only([]).build().expect("a client")
}

fn builder() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20))
}

async fn get(running: &Running, path: &str) -> reqwest::Result<reqwest::Response> {
    client().get(format!("{}{path}", running.origin)).send().await
}

async fn json_of(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

/// Sends bytes as they are and reads to the end of the connection.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("closed in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_arrives_unchanged_and_json_is_answered_as_by_graph() {
    let running = start(loopback());
    let response = get(&running, "/v1.0/users/a%2Fb?$top=5&x=%20").await.expect("answered");
    assert_eq!(
        response.headers()["content-type"],
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    );
    let told = json_of(response).await;
    assert_eq!(told["path"], "/v1.0/users/a%2Fb");
    assert_eq!(told["query"], "$top=5&x=%20");
    assert_eq!(told["host"], running.address.to_string());
}

#[tokio::test]
async fn a_reply_without_a_body_has_neither_length_nor_media_type() {
    let running = start(loopback());
    let response = get(&running, "/none").await.expect("answered");
    assert_eq!(response.status(), 204);
    assert!(response.headers().get("content-type").is_none() && response.headers().get("content-length").is_none());
    assert_eq!(get(&running, "/raw").await.expect("answered").headers()["content-type"], "text/plain");
}

#[tokio::test]
async fn head_is_answered_with_the_headers_of_get_and_no_body() {
    let running = start(loopback());
    let answer = raw(running.address, b"HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-length: "), "{head}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn requests_sent_at_once_on_one_connection_are_answered_in_order() {
    let running = start(loopback());
    let requests = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /late HTTP/1.1\r\nHost: h\r\n\r\n\
                    GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let answer = raw(running.address, requests.as_bytes()).await;
    let at = |path: &str| answer.find(&format!("\"path\":\"{path}\"")).unwrap_or_else(|| panic!("{path} in {answer}"));
    assert!(at("/1") < at("/late") && at("/late") < at("/3"));
}

#[tokio::test]
async fn a_body_in_many_pieces_arrives_whole() {
    let running = start(loopback());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
    let sum: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
    let sent = client().request(Method::POST, format!("{}/post", running.origin)).body(bytes).send().await;
    let told = json_of(sent.expect("answered")).await;
    assert_eq!((&told["length"], &told["sum"]), (&json!(3_000_000), &json!(sum)));
}

#[tokio::test]
async fn a_body_over_four_mebibytes_is_refused_in_graphs_words() {
    let running = start(loopback());
    let post = |length: usize| {
        let request = client().post(format!("{}/post", running.origin)).header("client-request-id", "mine");
        request.body(vec![b'x'; length]).send()
    };
    assert_eq!(post(4 << 20).await.expect("answered").status(), 200);
    let response = post((4 << 20) + 1).await.expect("answered");
    assert_eq!(response.status(), 413);
    let request_id = response.headers()["request-id"].to_str().expect("text").to_owned();
    let error = &json_of(response).await["error"];
    assert_eq!(error["code"], "RequestEntityTooLarge");
    assert_eq!(error["innerError"]["request-id"], request_id);
    assert_eq!(error["innerError"]["client-request-id"], "mine");
    assert_eq!(get(&running, "/after").await.expect("answered").status(), 200);
}

#[tokio::test]
async fn a_client_that_waits_for_leave_to_send_gets_it_unless_the_body_is_too_large() {
    let running = start(loopback());
    let head = |length: usize| {
        format!(
            "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
    };
    let mut stream = TcpStream::connect(running.address).await.expect("connected");
    stream.write_all(head(3).as_bytes()).await.expect("sent");
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).await.expect("leave");
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains("\"length\":3"), "{answer}");
    let refused = raw(running.address, head(5 << 20).as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
}

#[tokio::test]
async fn invalid_http_is_answered_400_and_the_next_client_is_served() {
    let running = start(loopback());
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ] {
        let answer = raw(running.address, nonsense).await;
        let status = answer.lines().next().unwrap_or_default();
        assert!(status.starts_with("HTTP/1.1 400"), "{:?}: {answer}", String::from_utf8_lossy(nonsense));
    }
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert!(raw(running.address, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    for path in ["/../../etc/passwd", "/a/..%2f..%2f", "/%00", "//v1.0//me", "/%zz"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = raw(running.address, request.as_bytes()).await;
        assert!(answer.contains(&format!("\"path\":\"{path}\"")), "{answer}");
    }
    assert_eq!(get(&running, "/after").await.expect("answered").status(), 200);
}

#[tokio::test]
async fn a_client_with_slow_headers_loses_its_connection_and_no_other() {
    let running = start(loopback().with_limits(impatient()));
    let start = Instant::now();
    let slow = raw(running.address, b"GET / HTTP/1.1\r\nHost: ");
    let (answer, other) = tokio::join!(slow, get(&running, "/other"));
    assert_eq!(other.expect("answered").status(), 200);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_connection_that_nothing_more_comes_over_is_closed_after_a_while() {
    let running = start(loopback().with_limits(impatient()));
    let answer = raw(running.address, b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.matches("HTTP/1.1").count() == 1, "{answer}");
    assert_eq!(raw(running.address, b"").await, "");
}

#[tokio::test]
async fn a_client_with_a_slow_body_gets_408_and_no_other_is_delayed() {
    let running = start(loopback().with_limits(impatient()));
    let slow = raw(running.address, b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    let (answer, other) = tokio::join!(slow, get(&running, "/other"));
    assert_eq!(other.expect("answered").status(), 200);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("RequestTimeout"), "{answer}");
}

#[tokio::test]
async fn a_panic_of_the_service_is_graphs_500_and_the_connection_goes_on() {
    let running = start(loopback());
    let answer = raw(
        running.address,
        b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("InternalServerError"), "{answer}");
    assert!(!answer.contains("on purpose") && answer.contains("\"path\":\"/x\""), "{answer}");
}

#[tokio::test]
async fn an_invalid_header_is_left_out() {
    let running = start(loopback());
    let response = get(&running, "/odd").await.expect("answered");
    assert_eq!(response.headers()["x-fine"], "yes");
    assert!(response.headers().get("x-broken").is_none());
}

#[tokio::test]
async fn a_delayed_reply_is_late_and_keeps_nobody_else_waiting() {
    let running = start(loopback());
    let start = Instant::now();
    let quick = async {
        let _ = get(&running, "/quick").await.expect("answered");
        start.elapsed()
    };
    let (late, quick) = tokio::join!(get(&running, "/late"), quick);
    assert_eq!(late.expect("answered").status(), 200);
    assert!(start.elapsed() >= Duration::from_millis(80) && quick < start.elapsed());
}

#[tokio::test]
async fn a_closed_connection_has_not_a_byte_and_a_truncated_body_half_of_them() {
    let running = start(loopback());
    for path in ["/close", "/cut-nothing"] {
        let answer = raw(running.address, format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).await;
        assert_eq!(answer, "", "{path}");
    }
    let answer = raw(running.address, b"GET /cut HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let length: usize = length.parse().expect("a number");
    assert_eq!(body.len(), length / 2, "{answer}");
    assert!(get(&running, "/close").await.is_err());
    let cut = get(&running, "/cut").await.expect("headers");
    assert!(cut.bytes().await.is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_with_the_address() {
    let first = loopback();
    let error = Server::bind(first.local_addr()).expect_err("taken");
    assert!(error.to_string().starts_with(&format!("cannot listen on {}", first.local_addr())), "{error}");
    let ServerError::Listen { source, .. } = error;
    assert_eq!(source.kind(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn stopping_finishes_what_is_being_answered_and_lets_go_of_the_idle() {
    let mut running = start(loopback());
    let idle = TcpStream::connect(running.address).await.expect("connected");
    let origin = running.origin.clone();
    let late = tokio::spawn(client().get(format!("{origin}/late")).send());
    sleep(Duration::from_millis(30)).await;
    let _ = running.stop.take().expect("running").send(());
    assert_eq!(late.await.expect("no panic").expect("answered").status(), 200);
    timeout(Duration::from_secs(1), &mut running.ended).await.expect("stopped in time").expect("no panic");
    drop(idle);
    assert!(TcpStream::connect(running.address).await.is_err());
}

/// Not a test of its own: the server for the tests below, in another process. Serves until its input ends.
#[tokio::test]
#[ignore = "started by other tests, in a process of its own"]
async fn serve_for_another_process() {
    raise_open_files();
    let server = loopback();
    println!("\nlistening on {}", server.local_addr());
    let input_ends = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    server
        .run(Arc::new(Mirror), async {
            let _ = input_ends.await;
        })
        .await;
}

/// A server in another process.
#[cfg(unix)]
struct Elsewhere {
    process: Child,
    address: SocketAddr,
    /// Kept to the end, or the process would fail to print its verdict.
    _output: Lines<BufReader<ChildStdout>>,
}

#[cfg(unix)]
impl Elsewhere {
    /// Starts it after the commands `first` of a shell.
    fn start(first: &str) -> Self {
        let this = std::env::current_exe().expect("a path");
        let mut process = Command::new("sh")
            .args(["-c", &format!("{first}; exec \"$0\" \"$@\""), this.to_str().expect("text")])
            .args(["--ignored", "--exact", "--nocapture", "server::tests::serve_for_another_process"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut output = BufReader::new(process.stdout.take().expect("output")).lines();
        let mut lines = output.by_ref().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on ")?.parse().ok()).expect("an address");
        Self { process, address, _output: output }
    }

    async fn connect(&self, count: usize) -> Vec<TcpStream> {
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(TcpStream::connect(self.address).await.expect("connected"));
        }
        streams
    }

    /// The most memory that it has had.
    #[cfg(target_os = "linux")]
    fn peak_mebibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("read");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    fn stop(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("ended").success());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ten_thousand_idle_connections_keep_nobody_from_being_answered() {
    // Where the system does not allow as many, other tests need some too.
    let allowed = usize::try_from(raise_open_files().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let count = allowed.saturating_sub(500).min(10_000);
    let server = Elsewhere::start(":");
    let mut idle = server.connect(count).await;
    let response = client().get(format!("http://{}/after", server.address)).send().await.expect("answered");
    assert_eq!(response.status(), 200);
    for at in [0, count / 2, count - 1] {
        let stream = &mut idle[at];
        stream.write_all(b"GET /idle HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(idle);
    server.stop();
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_without_descriptors_left_waits_for_some_and_goes_on() {
    let server = Elsewhere::start("ulimit -n 40");
    let idle = server.connect(80).await;
    let waiting = tokio::spawn(client().get(format!("http://{}/x", server.address)).send());
    sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "80 connections fit into 40 descriptors?");
    drop(idle);
    assert_eq!(waiting.await.expect("no panic").expect("answered").status(), 200);
    server.stop();
}

#[tokio::test]
async fn a_client_that_trusts_the_self_made_authority_speaks_http2_or_http1_over_tls() {
    let tls = Tls::self_made().expect("made");
    let root = reqwest::Certificate::from_pem(tls.trusted_pem().as_bytes()).expect("a certificate");
    let running = start(loopback().with_tls(tls));
    assert_eq!(running.origin, format!("https://localhost:{}", running.address.port()));
    let trusting = || builder().tls_certs_only([root.clone()]);
    let by_address = format!("https://{}", running.address);
    for origin in [&running.origin, &by_address] {
        let client = trusting().build().expect("a client");
        let response = client.get(format!("{origin}/x")).send().await.expect("answered");
        assert_eq!(response.version(), http::Version::HTTP_2);
        assert_eq!(json_of(response).await["host"], origin.trim_start_matches("https://"));
    }
    let old = trusting().http1_only().build().expect("a client");
    let response = old.get(format!("{}/x", running.origin)).send().await.expect("answered");
    assert_eq!(response.version(), http::Version::HTTP_11);
    let distrustful = client().get(format!("{}/x", running.origin)).send().await;
    assert!(distrustful.is_err());
}

#[tokio::test]
async fn faults_on_http2_break_the_one_request() {
    let tls = Tls::self_made().expect("made");
    let root = reqwest::Certificate::from_pem(tls.trusted_pem().as_bytes()).expect("a certificate");
    let running = start(loopback().with_tls(tls));
    let client = builder().tls_certs_only([root]).build().expect("a client");
    let get = |path: &str| client.get(format!("{}{path}", running.origin)).send();
    assert!(get("/close").await.is_err());
    assert!(get("/cut").await.expect("headers").bytes().await.is_err());
    assert_eq!(get("/x").await.expect("answered").status(), 200);
}

#[tokio::test]
async fn plain_http_on_a_tls_port_and_a_silent_client_are_let_go() {
    let tls = Tls::self_made().expect("made");
    let running = start(loopback().with_tls(tls).with_limits(impatient()));
    let _alert = raw(running.address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(raw(running.address, b"").await, "");
}

#[test]
fn certificates_from_files_are_used_or_the_file_and_its_fault_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let other = rcgen::KeyPair::generate().expect("made");
    std::fs::write(at("cert.pem"), made.cert.pem()).expect("written");
    std::fs::write(at("key.pem"), made.signing_key.serialize_pem()).expect("written");
    std::fs::write(at("other.pem"), other.serialize_pem()).expect("written");
    std::fs::write(at("empty.pem"), "").expect("written");
    let error = |certificate: &str, key: &str| {
        let error = Tls::from_files(&at(certificate), &at(key)).expect_err("refused").to_string();
        error.replace(folder.path().to_str().expect("text"), "DIR")
    };
    assert!(Tls::from_files(&at("cert.pem"), &at("key.pem")).is_ok());
    insta::assert_snapshot!(
        [
            error("absent.pem", "key.pem"),
            error("empty.pem", "key.pem"),
            error("key.pem", "key.pem"),
            error("cert.pem", "cert.pem"),
            error("cert.pem", "other.pem"),
        ]
        .join("\n")
    );
}

#[test]
fn the_authority_to_trust_is_written_whole_or_the_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = Tls::self_made().expect("made");
    let path = folder.path().join("root.pem");
    tls.write_trusted(&path).expect("written");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), tls.trusted_pem());
    assert!(!tls.trusted_pem().contains("PRIVATE"));
    let error = tls.write_trusted(&folder.path().join("none/root.pem")).expect_err("no such folder");
    assert!(error.to_string().contains("none/root.pem"), "{error}");
}
