//! One request and its reply: from hyper's types to the service's and back.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use uuid::Uuid;

use super::Limits;
use super::gate::{Arrival, Gate, expose, preflight};
use super::progress::ConnectionProgress;
use super::reply_body::ReplyBody;
use super::upload::Upload;
use crate::http::{Admission, Body, Delivery, Refusal, Reply, Request, Service, WireFault};

/// The media type of Graph's bodies, as Graph writes it.
const JSON: HeaderValue = HeaderValue::from_static(
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
);

/// The number of bytes of an answer that are handed to HTTP/2 at once: it keeps them until the client has room for
/// them.
const PIECE: usize = 16 << 10;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(super) struct Hangup;

/// The state that answering needs, the same for every connection of a server.
pub(super) struct Answering {
    pub(super) service: Arc<dyn Service>,
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    /// A permit for each byte that the bodies of requests may take up together.
    pub(super) room: Arc<Semaphore>,
}

/// The connection that a request comes over.
#[derive(Clone)]
pub(super) struct ClientConnection {
    pub(super) arrival: Arrival,
    pub(super) progress: Arc<ConnectionProgress>,
}

/// A reply on its way out, and whether the connection ends with it.
struct Outgoing {
    delivery: Delivery,
    last: bool,
}

impl Answering {
    /// Answers one request.
    pub(super) async fn answer(
        self: Arc<Self>,
        line: ClientConnection,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<ReplyBody>, Hangup> {
        line.progress.asks();
        let (parts, body) = request.into_parts();
        let (http2, is_head) = (parts.version == Version::HTTP_2, parts.method == Method::HEAD);
        let mut upload = None;
        if !body.is_end_stream() {
            upload = Some(Upload::new(body, &parts.headers, self.limits, Arc::clone(&line.progress)));
        }
        let (outgoing, origin) = match self.gate.check(&parts, line.arrival) {
            Err(refusal) => (early(refused(refusal, &parts.headers).into(), upload.as_mut()).await, None),
            Ok(Some(origin)) => match preflight(&parts, &origin) {
                Some(headers) => {
                    let mut response = Response::new(ReplyBody::whole(Bytes::new()));
                    *response.status_mut() = StatusCode::NO_CONTENT;
                    *response.headers_mut() = headers;
                    line.progress.answered();
                    return Ok(response);
                }
                None => (self.exchange(parts, upload.as_mut()).await, Some(origin)),
            },
            Ok(None) => (self.exchange(parts, upload.as_mut()).await, None),
        };
        let mut response = deliver(outgoing.delivery).await?;
        if outgoing.last && !http2 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(origin) = origin {
            expose(response.headers_mut(), origin);
        }
        if http2 && !is_head && !response.body().is_end_stream() {
            return Ok(response.map(|body| body.watched(PIECE, line.progress.answers())));
        }
        line.progress.answered();
        Ok(response)
    }

    /// Returns the answer of the service, if the request gets through to it.
    async fn exchange(&self, parts: Parts, upload: Option<&mut Upload>) -> Outgoing {
        let mut request = head(parts);
        let Some(upload) = upload else {
            return Outgoing { delivery: ask(&*self.service, &request), last: false };
        };
        let admission = guarded(&request, || self.service.admit(&request));
        let held = match admission.unwrap_or_else(Admission::Answer) {
            Admission::Answer(delivery) => return early(delivery, Some(upload)).await,
            Admission::Read(most) => upload.collect(most, &self.room).await,
        };
        match held {
            Ok(held) => {
                request.body = held.bytes.clone();
                Outgoing { delivery: ask(&*self.service, &request), last: false }
            }
            Err(refusal) => early(refused(refusal, &request.headers).into(), Some(upload)).await,
        }
    }
}

/// A reply that needs no body. What there is of it is read all the same, or the client might not get to read the reply.
async fn early(delivery: Delivery, upload: Option<&mut Upload>) -> Outgoing {
    let whole = match upload {
        None => true,
        Some(upload) => upload.discard().await,
    };
    Outgoing { delivery, last: !whole }
}

async fn deliver(delivery: Delivery) -> Result<Response<ReplyBody>, Hangup> {
    let Delivery { reply, delay, fault } = delivery;
    if !delay.is_zero() {
        sleep(delay).await;
    }
    match fault {
        None => Ok(response(reply)),
        Some(WireFault::Close) => Err(Hangup),
        Some(WireFault::Truncate) => truncated(response(reply)),
    }
}

/// The request without its body.
fn head(parts: Parts) -> Request {
    let mut headers = parts.headers;
    if let (false, Some(authority)) = (headers.contains_key(HOST), parts.uri.authority()) {
        // HTTP/2 has no such header; its `:authority` says the same.
        if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
            headers.insert(HOST, host);
        }
    }
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    Request { method: parts.method, path, query, headers, body: Bytes::new() }
}

/// The service's answer.
fn ask(service: &dyn Service, request: &Request) -> Delivery {
    guarded(request, || service.answer(request)).unwrap_or_else(|failed| failed)
}

/// Runs the work of the service; a panic becomes Graph's 500, and the server goes on.
fn guarded<T>(request: &Request, work: impl FnOnce() -> T) -> Result<T, Delivery> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let refusal =
            Refusal::new(500, "InternalServerError", "The server failed on this request; this is a bug in the server.");
        refused(refusal, &request.headers).into()
    })
}

/// The reply of a refusal that the server itself makes.
fn refused(refusal: Refusal, headers: &HeaderMap) -> Reply {
    let request_id = Uuid::new_v4().to_string();
    let client = headers.get("client-request-id").and_then(|id| id.to_str().ok()).unwrap_or(&request_id);
    let date = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    refusal.reply(&date, &request_id, client).header("request-id", &request_id)
}

fn response(reply: Reply) -> Response<ReplyBody> {
    let (media_type, body) = match reply.body {
        Body::Empty => (None, Bytes::new()),
        Body::Json(value) => {
            let mut bytes = Vec::with_capacity(1024);
            // Writing a value into memory cannot fail: its keys are strings.
            let _ = serde_json::to_writer(&mut bytes, &value);
            (Some(JSON), Bytes::from(bytes))
        }
        Body::Raw(Cow::Borrowed(media_type), bytes) => (Some(HeaderValue::from_static(media_type)), bytes),
        Body::Raw(Cow::Owned(media_type), bytes) => (HeaderValue::try_from(media_type).ok(), bytes),
    };
    let mut response = Response::new(ReplyBody::whole(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len() + 1);
    // A reply may say more precisely what its JSON is.
    let is_said = reply.headers.iter().any(|(name, _)| *name == "content-type");
    if let Some(media_type) = media_type.filter(|_| !is_said) {
        headers.insert(CONTENT_TYPE, media_type);
    }
    for (name, value) in reply.headers {
        // What is no header cannot be sent: the service echoes ids that clients choose.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    response
}

/// Announces the whole body and sends half of it. Of a reply without a body nothing can be cut, so nothing is sent.
fn truncated(response: Response<ReplyBody>) -> Result<Response<ReplyBody>, Hangup> {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().lower();
    if length == 0 {
        return Err(Hangup);
    }
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(Response::from_parts(parts, body.halved()))
}
