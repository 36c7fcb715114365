//! A server that answers what a closure says, and breaks connections where it says so; and a backend on it with a clock
//! that moves only when somebody waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{LocalBoxFuture, ready};
use graphwalk::backend::{ActResult, Actors, Backend, Consistency, Origin, Pace, Profile, TenantClock, Waiting};
use graphwalk::diagnostic::Diagnostic;
use graphwalk::session::Session;
use graphwalk_client::GraphClient;
use graphwalk_recording::{Finish, Overrides, Provenance};
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One request as the server got it.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub head: String,
    pub body: Value,
    /// The number of the connection that it came by.
    pub connection: usize,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, Vec<(&'static str, String)>, Value),
    Close,
    Truncate(u16, Value),
    /// These bytes are the answer, whole.
    Raw(Vec<u8>),
    Hang,
}

/// A GUID for each number.
pub fn guid(number: usize) -> String {
    format!("11111111-2222-4333-8444-{number:012}")
}

pub fn answer(status: u16, body: Value) -> Reply {
    Reply::Answer(status, Vec::new(), body)
}

/// An answer whose body is this text.
pub fn raw(status: u16, body: &str) -> Reply {
    let head = format!("HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
    Reply::Raw(format!("{head}\r\n\r\n{body}").into_bytes())
}

pub fn refusal(status: u16) -> Reply {
    let code = if status == 404 { "Request_ResourceNotFound" } else { "refused" };
    answer(status, json!({"error": {"code": code, "message": "refused"}}))
}

pub fn refusal_with(status: u16, header: &'static str, value: &str) -> Reply {
    let body = json!({"error": {"code": "refused", "message": "refused"}});
    Reply::Answer(status, vec![(header, value.to_owned())], body)
}

/// A server, and a clock that both the server's closure and the session go by.
pub struct Server {
    pub base: String,
    pub clock: Rc<Cell<Timestamp>>,
    pub received: Rc<RefCell<Vec<Received>>>,
    /// How often a token was asked for.
    pub tokens: Rc<Cell<usize>>,
}

impl Server {
    /// Starts a server on the running `LocalSet`. `respond` is given each request and its number, from 0.
    pub async fn start(respond: impl FnMut(&Received, usize) -> Reply + 'static) -> Self {
        let clock = Rc::new(Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
        Self::start_at(clock, respond).await
    }

    pub async fn start_at(
        clock: Rc<Cell<Timestamp>>,
        respond: impl FnMut(&Received, usize) -> Reply + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let received = Rc::<RefCell<Vec<Received>>>::default();
        let (log, respond) = (Rc::clone(&received), Rc::new(RefCell::new(respond)));
        tokio::task::spawn_local(async move {
            let mut connections = 0..;
            while let (Ok((stream, _)), Some(connection)) = (listener.accept().await, connections.next()) {
                let (log, respond) = (Rc::clone(&log), Rc::clone(&respond));
                let respond = move |request: Received| {
                    let request = Received { connection, ..request };
                    let number = log.borrow().len();
                    log.borrow_mut().push(request.clone());
                    (respond.borrow_mut())(&request, number)
                };
                tokio::task::spawn_local(serve(stream, respond));
            }
        });
        Self { base, clock, received, tokens: Rc::default() }
    }

    pub fn client(&self) -> GraphClient {
        GraphClient::for_loopback(&self.base).unwrap()
    }

    pub fn session(&self) -> Session {
        Session::new(self.backend(), Schemas::embedded(), false)
    }

    /// A session with a client of its own.
    pub fn session_with(&self, client: GraphClient) -> Session {
        self.session_on(client, false)
    }

    /// A session whose waits take the time that they take.
    pub fn session_in_real_time(&self) -> Session {
        self.session_on(self.client(), true)
    }

    fn session_on(&self, client: GraphClient, in_real_time: bool) -> Session {
        Session::new(self.backend_on(client, in_real_time), Schemas::embedded(), false)
    }

    /// A backend on this server. Its waits take no time.
    pub fn backend(&self) -> Rc<dyn Backend> {
        self.backend_on(self.client(), false)
    }

    fn backend_on(&self, client: GraphClient, in_real_time: bool) -> Rc<dyn Backend> {
        let (clock, tokens) = (Rc::clone(&self.clock), Rc::clone(&self.tokens));
        Rc::new(Scripted { client, clock, tokens, is_renewed: Cell::default(), in_real_time })
    }

    /// How many requests came with this method, to a path that begins like this.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let received = self.received.borrow();
        received.iter().filter(|request| request.method == method && request.path.starts_with(path)).count()
    }

    /// How many seconds have passed on the clock.
    pub fn passed(&self) -> f64 {
        self.clock.get().duration_since("2022-02-11T08:00:00Z".parse().unwrap()).as_secs_f64()
    }
}

async fn serve(mut stream: TcpStream, respond: impl Fn(Received) -> Reply) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let bytes = match respond(request) {
            Reply::Close => return,
            Reply::Hang => return std::future::pending().await,
            Reply::Truncate(status, body) => {
                let whole = bytes(status, &[], &body);
                let _ = stream.write_all(&whole[..whole.len() - 2]).await;
                return;
            }
            Reply::Raw(bytes) => bytes,
            Reply::Answer(status, headers, body) => bytes(status, &headers, &body),
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let length =
                head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let whole = end + 4 + length.unwrap_or(0usize);
            if buffer.len() >= whole {
                let body = serde_json::from_slice(&buffer[end + 4..whole]).unwrap_or_default();
                buffer.drain(..whole);
                let mut words = head.split(' ');
                let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
                return Some(Received { method, path, head, body, connection: 0 });
            }
        }
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        buffer.extend_from_slice(&chunk[..count]);
    }
}

fn bytes(status: u16, headers: &[(&str, String)], body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\nrequest-id: r\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[derive(Debug)]
struct Scripted {
    client: GraphClient,
    clock: Rc<Cell<Timestamp>>,
    tokens: Rc<Cell<usize>>,
    is_renewed: Cell<bool>,
    in_real_time: bool,
}

impl Backend for Scripted {
    fn profile(&self) -> Profile {
        Profile {
            name: "scripted",
            consistency: Consistency::Eventual,
            pace: Pace::default(),
            finish: Finish::Stop,
            overrides: Overrides::default(),
            portal: None,
            longest_request: None,
            host: None,
            jitter_seed: Some(7),
        }
    }

    fn client(&self) -> &GraphClient {
        &self.client
    }

    fn actors(&self) -> &dyn Actors {
        self
    }

    fn clock(&self) -> &dyn TenantClock {
        self
    }

    fn origin(&self, sent: Timestamp, took: Duration) -> Origin {
        Origin { provenance: Provenance::Unknown, started: sent, took, is_shortened: false, entry: None }
    }

    fn provenance_counts(&self, _: usize) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    fn unused(&self, _: &BTreeSet<u8>) -> Vec<String> {
        Vec::new()
    }

    fn progress(&self, _: &Waiting<'_>) {}

    fn outside_id(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn person_acts<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, ActResult> {
        Box::pin(std::future::ready(ActResult::Told))
    }
}

impl Actors for Scripted {
    fn names(&self) -> Vec<String> {
        vec!["administrator".to_owned()]
    }

    fn token(&self, actor: &str) -> Option<String> {
        self.tokens.set(self.tokens.get() + 1);
        let token = if self.is_renewed.get() { "renewed-s3cret" } else { "s3cret-token" };
        (actor == "administrator").then(|| token.to_owned())
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        Box::pin(std::future::ready(Ok(self.token(actor))))
    }

    fn refused<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, bool> {
        // Once.
        Box::pin(std::future::ready(!self.is_renewed.replace(true)))
    }

    fn introduce(&self, _: &str, _: &str, _: &str) {}
}

impl TenantClock for Scripted {
    fn now(&self) -> Timestamp {
        self.clock.get()
    }

    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()> {
        let span = until.duration_since(self.clock.get());
        self.clock.set(self.clock.get().max(until));
        if self.in_real_time {
            return Box::pin(tokio::time::sleep(span.try_into().unwrap_or_default()));
        }
        Box::pin(ready(()))
    }
}

/// Runs a test with tasks on its own thread, and not for ever.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(std::time::Duration::from_secs(240), test).await };
    tokio::task::LocalSet::new().block_on(&runtime, bounded).expect("the test hangs");
}

/// A moment so many seconds after `clock`.
pub fn later(clock: &Cell<Timestamp>, seconds: i64) -> Timestamp {
    clock.get() + SignedDuration::from_secs(seconds)
}
