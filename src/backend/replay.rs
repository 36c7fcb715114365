//! A recorded tenant session: served on loopback by wiremock to sessions of this program, and as a [`Service`] to anybody.
//!
//! One mock is mounted, and it looks requests up in an index: wiremock goes through its mocks one by one. The bearer
//! token says which session and which actor a request belongs to.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{LocalBoxFuture, ready};
use graphwalk_client::{ClientError, GraphClient};
use graphwalk_emulator::http::{self, Admission, Body, Delivery, Reply, Service};
use graphwalk_recording::{
    Provenance, RESPONSE_HEADERS, RecordedExchange, Recording, Replay, ReplayAnswer, UNRECORDED,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::diagnostic::Diagnostic;

use super::{ActResult, Actors, Backend, Consistency, MY_ACCESS, Origin, Pace, Profile, TenantClock, Waiting};

/// One server for any number of sessions.
///
/// wiremock keeps a copy of every request that it has answered, about 4 KiB each, for as long as the server lives: who
/// plays many sessions replaces the server from time to time.
pub struct ReplayServer {
    server: MockServer,
    client: GraphClient,
    callers: ReplayCallers,
    opened: AtomicUsize,
}

/// One session of a server. Its tokens are of no use any more once it is dropped.
pub struct ReplaySession {
    replay: Arc<Replay>,
    tokens: Vec<(String, String)>,
    client: GraphClient,
    callers: ReplayCallers,
}

/// The reason why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ReplayServerError {
    /// No port is free, or none may be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address on which it was to listen.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The actors who call, by token.
type ReplayCallers = Arc<RwLock<HashMap<String, ReplayCaller>>>;

#[derive(Clone)]
struct ReplayCaller {
    replay: Arc<Replay>,
    actor: String,
}

impl ReplayServer {
    /// Starts a server on a free port of loopback.
    ///
    /// # Errors
    ///
    /// [`ReplayServerError`] if no port is free or the client cannot be made.
    pub async fn start() -> Result<Self, ReplayServerError> {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(address).map_err(|source| ReplayServerError::Listen { address, source })?;
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        let callers = ReplayCallers::default();
        Mock::given(any()).respond_with(Recorded { callers: Arc::clone(&callers) }).mount(&server).await;
        let client = GraphClient::for_loopback(server.uri())?;
        Ok(Self { server, client, callers, opened: AtomicUsize::new(0) })
    }

    /// Returns where it listens: `http://127.0.0.1:PORT`.
    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// Opens a session at the beginning of `recording`, with a token for each of its actors.
    pub fn open(&self, recording: Arc<Recording>) -> ReplaySession {
        let tokens = tokens(&recording, self.opened.fetch_add(1, Ordering::Relaxed));
        let replay = Arc::new(Replay::new(recording));
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        for (actor, token) in &tokens {
            callers.insert(token.clone(), ReplayCaller { replay: Arc::clone(&replay), actor: actor.clone() });
        }
        drop(callers);
        ReplaySession { replay, tokens, client: self.client.clone(), callers: Arc::clone(&self.callers) }
    }
}

impl ReplaySession {
    /// The recording.
    pub fn recording(&self) -> &Arc<Recording> {
        self.replay.recording()
    }

    /// Returns the actors and their tokens.
    pub fn tokens(&self) -> &[(String, String)] {
        &self.tokens
    }
}

impl Drop for ReplaySession {
    fn drop(&mut self) {
        let mut callers = self.callers.write().unwrap_or_else(PoisonError::into_inner);
        for (_, token) in &self.tokens {
            callers.remove(token);
        }
    }
}

impl Backend for ReplaySession {
    fn profile(&self) -> Profile {
        let overrides = self.recording().overrides.clone();
        Profile {
            name: "replay",
            consistency: Consistency::Recorded,
            pace: Pace::default(),
            finish: self.recording().finish(),
            portal: overrides.in_portal.then(|| MY_ACCESS.to_owned()),
            overrides,
            longest_request: None,
            host: None,
            jitter_seed: Some(0),
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
        match self.replay.last() {
            Some(exchange) => {
                let RecordedExchange { provenance, started, took, is_shortened, entry, .. } = *exchange;
                Origin { provenance, started: started.max(sent), took, is_shortened, entry: Some(entry) }
            }
            None => Origin { provenance: Provenance::Unknown, started: sent, took, is_shortened: false, entry: None },
        }
    }

    fn provenance_counts(&self, _: usize) -> Vec<(&'static str, usize)> {
        self.replay.provenance_counts()
    }

    fn unused(&self, steps: &BTreeSet<u8>) -> Vec<String> {
        self.replay.unused(|exchange| exchange.step.is_none_or(|step| steps.contains(&step)))
    }

    fn progress(&self, _: &Waiting<'_>) {}

    fn outside_id(&self, _: &str, name: &str) -> Option<String> {
        self.recording().values.get(name).cloned()
    }

    fn person_acts<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, ActResult> {
        Box::pin(ready(ActResult::Told))
    }
}

impl Actors for ReplaySession {
    fn names(&self) -> Vec<String> {
        self.tokens.iter().map(|(actor, _)| actor.clone()).collect()
    }

    fn token(&self, actor: &str) -> Option<String> {
        self.tokens.iter().find(|(known, _)| known == actor).map(|(_, token)| token.clone())
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        Box::pin(ready(Ok(self.token(actor))))
    }

    fn refused<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, bool> {
        Box::pin(ready(false))
    }

    fn introduce(&self, _: &str, _: &str, _: &str) {}
}

impl TenantClock for ReplaySession {
    fn now(&self) -> Timestamp {
        self.replay.now()
    }

    fn today(&self) -> Date {
        self.recording().offset.to_datetime(self.replay.now()).date()
    }

    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()> {
        self.replay.wait_until(until);
        Box::pin(ready(()))
    }
}

/// One session at the beginning of a recording, for any client with a token of one of its actors. Keeps nothing of what it
/// answers.
///
/// ```no_run
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use graphwalk::backend::replay::ReplayService;
/// use graphwalk::emulator::server::Server;
/// use graphwalk_recording::Recording;
///
/// let service = ReplayService::new(Arc::new(Recording::read("mine.har".as_ref())?));
/// println!("{:?}", service.tokens());
/// let server = Server::bind("127.0.0.1:8080".parse()?)?;
/// server.run(Arc::new(service), std::future::pending()).await;
/// # Ok(())
/// # }
/// ```
pub struct ReplayService {
    replay: Arc<Replay>,
    tokens: Vec<(String, String)>,
}

impl ReplayService {
    /// A session at the beginning of `recording`.
    pub fn new(recording: Arc<Recording>) -> Self {
        Self { tokens: tokens(&recording, 0), replay: Arc::new(Replay::new(recording)) }
    }

    /// The recording.
    pub fn recording(&self) -> &Arc<Recording> {
        self.replay.recording()
    }

    /// Returns the actors and their tokens.
    pub fn tokens(&self) -> &[(String, String)] {
        &self.tokens
    }

    fn actor(&self, request: &http::Request) -> Option<&str> {
        let bearer = request.bearer()?;
        self.tokens.iter().find(|(_, token)| token == bearer).map(|(actor, _)| actor.as_str())
    }
}

impl Service for ReplayService {
    fn answer(&self, request: &http::Request) -> Delivery {
        let Some(actor) = self.actor(request) else { return unauthorized().into() };
        let http::Request { method, path, query, body, .. } = request;
        let path = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
        reply(&self.replay, actor, method.as_str(), &path, body).into()
    }

    fn admit(&self, head: &http::Request) -> Admission {
        match self.actor(head) {
            Some(_) => Admission::Read(usize::MAX),
            None => Admission::Answer(unauthorized().into()),
        }
    }
}

/// The tokens of a recording's actors, in the session of that number.
fn tokens(recording: &Recording, session: usize) -> Vec<(String, String)> {
    let actors = recording.actors().into_iter().enumerate();
    // No secrets, and so short that messages are not searched for them.
    actors.map(|(index, actor)| (actor.to_owned(), format!("{session}.{index}"))).collect()
}

/// Returns what the recording answers to an actor.
fn reply(replay: &Replay, actor: &str, method: &str, path: &str, body: &[u8]) -> Reply {
    match replay.answer(actor, method, path, body) {
        ReplayAnswer::Recorded(exchange) => recorded(exchange),
        ReplayAnswer::Unrecorded(message) => refusal(501, UNRECORDED, &message),
    }
}

fn recorded(exchange: &RecordedExchange) -> Reply {
    let header = |(name, value): &(String, String)| {
        let name = RESPONSE_HEADERS.into_iter().find(|known| known == name)?;
        // A header that HTTP cannot carry is left out.
        reqwest::header::HeaderValue::from_str(value).ok().map(|_| (name, value.clone()))
    };
    let headers = exchange.headers.iter().filter_map(header).collect();
    let body = if exchange.response.is_empty() {
        Body::Empty
    } else {
        let known = reqwest::header::HeaderValue::from_str(&exchange.media_type).is_ok_and(|value| !value.is_empty());
        let media_type = if known { exchange.media_type.clone() } else { "application/json".to_owned() };
        Body::Raw(media_type.into(), Bytes::from_owner(Arc::clone(&exchange.response)))
    };
    Reply { status: exchange.status, headers, body }
}

fn unauthorized() -> Reply {
    refusal(401, "InvalidAuthenticationToken", "the token belongs to no session of this server")
        .header("www-authenticate", "Bearer")
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"code": code, "message": message}}))
}

/// The mock that answers for every session of a server.
struct Recorded {
    callers: ReplayCallers,
}

impl Respond for Recorded {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let bearer = request.headers.get("authorization").and_then(|value| value.to_str().ok());
        // Schemes are the same in any case (RFC 9110).
        let scheme = bearer.and_then(|value| value.split_once(' '));
        let token =
            scheme.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, token)| token.trim());
        let caller = self.callers.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        let path = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
        template(match caller {
            Some(caller) => reply(&caller.replay, &caller.actor, request.method.as_str(), path, &request.body),
            None => unauthorized(),
        })
    }
}

/// A reply in wiremock's form.
fn template(reply: Reply) -> ResponseTemplate {
    let mut response = ResponseTemplate::new(reply.status);
    for (name, value) in reply.headers {
        response = response.append_header(name, value);
    }
    match reply.body {
        Body::Empty => response,
        Body::Json(value) => response.set_body_json(value),
        Body::Raw(media_type, bytes) => response.set_body_raw(bytes, &media_type),
    }
}

impl fmt::Debug for ReplayServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayServer on {}", self.uri())
    }
}

impl fmt::Debug for ReplayService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayService of {}", self.recording().name)
    }
}

impl fmt::Debug for ReplaySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplaySession of {}", self.recording().name)
    }
}

#[cfg(test)]
mod tests;
