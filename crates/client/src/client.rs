//! The HTTP client that every session sends its requests with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use serde_json::Value;

use super::answer_body::Unread;
use super::origin::BaseUrl;
use super::server_clock::{ServerClock, ServerTime};
use super::transport::Connections;
use super::{Exchange, FileBody, ResponseHeaders, TransportOptions, answer_body, member_guard};
use graphwalk_secrets::ServerText;

/// Sends requests to one base URL, and tokens nowhere else. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct GraphClient {
    connections: Arc<Connections>,
    origin: Arc<BaseUrl>,
    clock: Arc<ServerClock>,
}

/// One request to send.
#[derive(Clone)]
pub struct GraphRequest<'a> {
    /// The actor who calls.
    pub actor: &'a str,
    /// The actor's bearer token.
    pub token: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query, beginning with `/`.
    pub path: &'a str,
    /// Headers beside the ones that every request carries.
    pub headers: &'a [(String, String)],
    /// The JSON body, if any.
    pub body: Option<&'a Value>,
    /// The body that is no JSON, if any; it is not sent beside a JSON body.
    pub file: Option<&'a FileBody>,
}

/// A reason why a request got no answer, or could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The feature names a method that HTTP does not have.
    #[error("{0:?} is not an HTTP method")]
    Method(String),
    /// The feature names a header that HTTP cannot carry.
    #[error("the header {0:?} has a name or a value that HTTP cannot carry")]
    Header(String),
    /// A header would make the request count as one of another method.
    #[error("a header that changes the method of a request is not sent")]
    MethodOverride,
    /// The path does not begin with `/`, or names another host.
    #[error("{0:?} is not a path under the base URL")]
    Path(String),
    /// The request would delete a user where only the membership can be meant.
    #[error("DELETE {0} deletes the member itself, not the membership, and is not sent")]
    DeletesMember(String),
    /// A body that somebody has to judge would be sent so that nobody can read it.
    #[error("{0} is not sent with a file: a body that is JSON is sent as JSON, so that it can be judged")]
    UnjudgedBody(String),
    /// A link leads to another host or goes over another scheme than the base URL.
    #[error("a link to {link} is not followed: the token is for {base} only")]
    ForeignLink {
        /// Scheme and host of the link.
        link: String,
        /// The base URL.
        base: String,
    },
    /// The answer should be a page of a list, and is none.
    #[error("the next page of the list has no array at /value")]
    NoPage,
    /// A page of a list leads to one that was read before.
    #[error("the pages of the list form a loop: page {page} links to one that was read before")]
    PagesInCircle {
        /// The number of the page; 1 for the first.
        page: usize,
    },
    /// An answer is larger than it may be. Whether the request was done is not known.
    #[error("{method} {path} got more than {} MiB, which is the most that an answer may have", limit / 1024 / 1024)]
    TooLarge {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
        /// The number of bytes that it may have, decompressed.
        limit: usize,
        /// The `client-request-id` that was sent.
        client_request_id: String,
    },
    /// A list has more pages than are read.
    #[error("the list has more than {} pages", super::paging::MOST_PAGES)]
    TooManyPages,
    /// The server could not be reached, closed the connection or took too long.
    #[error("{method} {path} got no answer: {reason}")]
    NoAnswer {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
        /// The cause, without the URL.
        reason: ServerText,
        /// The point that the request reached.
        reached: Reached,
        /// The `client-request-id` that was sent: all that there is to ask for.
        client_request_id: String,
    },
    /// No token may be sent to this base URL.
    #[error("{base} cannot be the base URL: {reason}")]
    Base {
        /// The base URL, without a password.
        base: String,
        /// The fault in it.
        reason: String,
    },
    /// The file with certificates cannot be read.
    #[error("the CA file {} cannot be used: {reason}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The fault in it.
        reason: String,
    },
    /// The proxy's URL cannot be used. It is not shown: it may hold a password.
    #[error("the proxy is not the URL of a proxy")]
    Proxy,
    /// The client could not be set up.
    #[error("no HTTP client could be made: {0}")]
    Setup(#[source] reqwest::Error),
}

/// The point that a request reached which got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Not to the server: it was not done.
    Nothing,
    /// Not to the server, and trying again leads to the same: its certificate is not trusted.
    Distrusted,
    /// Maybe to the server: nobody knows whether it was done.
    Perhaps,
}

impl<'a> GraphRequest<'a> {
    /// A read without headers of its own.
    pub fn get(actor: &'a str, token: &'a str, path: &'a str) -> Self {
        Self { actor, token, method: "GET", path, headers: &[], body: None, file: None }
    }
}

impl GraphClient {
    /// A client for a server on loopback: no proxy and no certificates, which loopback does not need.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if `base` is no URL on this machine, or the HTTP library refuses to start.
    pub fn for_loopback(base: impl Into<String>) -> Result<Self, ClientError> {
        Self::for_base(&base.into(), &TransportOptions::loopback())
    }

    /// A client for any base URL that a token may be sent to: one with https, or one on this machine.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if no token may be sent there, the proxy or the CA file cannot be used, or the HTTP library refuses
    /// to start.
    pub fn for_base(base: &str, options: &TransportOptions) -> Result<Self, ClientError> {
        let origin = BaseUrl::new(base)?;
        let secure = origin.text().starts_with("https:");
        let connections = Connections::new(options.clone(), secure)?;
        Ok(Self { connections: Arc::new(connections), origin: Arc::new(origin), clock: Arc::default() })
    }

    /// Makes later requests, also of clones, open new connections.
    pub(super) fn connect_anew(&self) {
        self.connections.renew();
    }

    /// The base URL, without a slash at its end.
    pub fn base(&self) -> &str {
        self.origin.text()
    }

    /// Returns the server's time, as far as its answers show. It may go back.
    pub fn server_now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Returns the state of the server's clock, as far as its answers show: three in a row must agree on it.
    pub fn server_time(&self) -> ServerTime {
        self.clock.time()
    }

    /// Returns whether the last answer agrees with [`Self::server_time`]. If not, more answers are needed to know.
    pub fn is_sure_of_server_time(&self) -> bool {
        self.clock.is_sure()
    }

    /// The `Date` of the last answer, right or wrong.
    pub fn server_date(&self) -> Option<jiff::Timestamp> {
        self.clock.last()
    }

    /// Returns how long the server's clock has not moved; zero unless three answers in a row show it.
    pub fn server_time_unchanged(&self) -> Duration {
        self.clock.unchanged()
    }

    /// Counts `span` as passed on this machine's clock: whoever rules the server's has moved that by as much at once.
    pub fn skip_time(&self, span: jiff::SignedDuration) {
        self.clock.skip(span);
    }

    /// The path and query of a link in an answer, to be asked for with this client.
    ///
    /// # Errors
    ///
    /// [`ClientError::ForeignLink`] if the link leads anywhere but to the base URL.
    pub fn path_of_link(&self, link: &str) -> Result<String, ClientError> {
        self.origin.path_of_link(link)
    }

    /// Sends one request once and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the request cannot be formed or no answer comes. An answer with an error status is an answer.
    pub async fn send(&self, request: &GraphRequest<'_>) -> Result<Exchange, ClientError> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| ClientError::Method(request.method.to_owned()))?;
        let url = self.origin.url(request.path)?;
        member_guard::check(request.method, &url, request.headers, request.body)?;
        if request.file.is_some_and(|file| member_guard::is_unjudged(&url, request.headers, file)) {
            return Err(ClientError::UnjudgedBody(format!("{} {}", request.method, request.path)));
        }
        let client_request_id = uuid::Uuid::new_v4().to_string();
        let mut builder = self.connections.client().request(method, url).headers(headers(request, &client_request_id)?);
        match (request.body, request.file) {
            (Some(body), _) => builder = builder.body(body.to_string()),
            (None, Some(file)) => builder = builder.body(bytes::Bytes::from_owner(Arc::clone(&file.bytes))),
            (None, None) => {}
        }
        let sent = Instant::now();
        let response = builder.send().await.map_err(|error| no_answer(request, &client_request_id, &error))?;
        let status = response.status().as_u16();
        let date = header(&response, "date");
        if let Some(date) = &date {
            self.clock.read(date.expose(), sent.elapsed());
        }
        let request_id = header(&response, "request-id");
        let retry_after = if status < 400 { None } else { header(&response, "retry-after") };
        let received = ResponseHeaders::from(response.headers());
        let limit = self.connections.answer_limit();
        let bytes = answer_body::read_within(response, limit).await.map_err(|unread| match unread {
            Unread::TooLarge => too_large(request, &client_request_id, limit),
            Unread::Failed(error) => no_answer(request, &client_request_id, &error),
        })?;
        Ok(Exchange {
            actor: request.actor.to_owned(),
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            status,
            body: answer_body::parse(&bytes),
            request_id,
            client_request_id,
            retry_after,
            date,
            headers: received,
            attempts: Vec::new(),
            waited: SignedDuration::ZERO,
            recovered: None,
            pages: 1,
        })
    }
}

impl std::fmt::Debug for GraphRequest<'_> {
    /// Leaves out the token and the body, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} as {}", self.method, self.path, self.actor)
    }
}

fn header(response: &Response, name: &str) -> Option<ServerText> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(ServerText::from)
}

fn headers(request: &GraphRequest<'_>, client_request_id: &str) -> Result<HeaderMap, ClientError> {
    let value = |name: &str, text: &str| HeaderValue::from_str(text).map_err(|_| ClientError::Header(name.to_owned()));
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 4);
    let mut bearer = value("authorization", &format!("Bearer {}", request.token))?;
    bearer.set_sensitive(true);
    headers.insert(HeaderName::from_static("client-request-id"), value("client-request-id", client_request_id)?);
    headers.insert(HeaderName::from_static("return-client-request-id"), HeaderValue::from_static("true"));
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    } else if let Some(file) = request.file {
        headers.insert(CONTENT_TYPE, value("content-type", &file.media_type)?);
    }
    for (name, text) in request.headers {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ClientError::Header(name.clone()))?;
        headers.insert(key, value(name, text)?);
    }
    headers.insert(AUTHORIZATION, bearer);
    Ok(headers)
}

fn too_large(request: &GraphRequest<'_>, client_request_id: &str, limit: usize) -> ClientError {
    let (method, path) = (request.method.to_owned(), request.path.to_owned());
    ClientError::TooLarge { method, path, limit, client_request_id: client_request_id.to_owned() }
}

fn no_answer(request: &GraphRequest<'_>, client_request_id: &str, error: &reqwest::Error) -> ClientError {
    let causes = || std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    // The innermost cause is the one that says something ("connection refused"), and never names the URL.
    let innermost = causes().last().map_or_else(|| error.to_string(), ToString::to_string);
    let distrusted = innermost.starts_with("invalid peer certificate");
    let reached = match (error.is_connect(), distrusted) {
        (true, true) => Reached::Distrusted,
        (true, false) => Reached::Nothing,
        (false, _) => Reached::Perhaps,
    };
    let reason = if error.is_timeout() { "no answer in time".to_owned() } else { innermost };
    ClientError::NoAnswer {
        method: request.method.to_owned(),
        path: request.path.to_owned(),
        reason: reason.into(),
        reached,
        client_request_id: client_request_id.to_owned(),
    }
}
