//! One request and its reply: from hyper's types to the service's and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::Limits;
use super::reply_body::ReplyBody;
use crate::emulator::http::{Body, Delivery, Refusal, Reply, Request, Service, WireFault};

/// The media type of Graph's bodies, as Graph writes it.
const JSON: HeaderValue = HeaderValue::from_static(
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
);

/// A body larger than allowed is read on for so many bytes, that its sender gets to read the answer.
const DISCARDED: usize = 64 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(super) struct Hangup;

/// Answers one request.
pub(super) async fn answer(
    service: Arc<dyn Service>,
    limits: Limits,
    request: hyper::Request<Incoming>,
) -> Result<Response<ReplyBody>, Hangup> {
    let (parts, body) = request.into_parts();
    let http2 = parts.version == Version::HTTP_2;
    let body = match read(body, &parts.headers, limits).await {
        Ok(body) => body,
        Err(refusal) => {
            let mut response = response(refused(refusal, &parts.headers));
            if !http2 {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            return Ok(response);
        }
    };
    let mut headers = parts.headers;
    if let (false, Some(authority)) = (headers.contains_key(HOST), parts.uri.authority()) {
        // HTTP/2 has no such header; its `:authority` says the same.
        if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
            headers.insert(HOST, host);
        }
    }
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let request = Request { method: parts.method, path, query, headers, body };
    let Delivery { reply, delay, fault } = ask(&*service, &request);
    if !delay.is_zero() {
        sleep(delay).await;
    }
    match fault {
        None => Ok(response(reply)),
        Some(WireFault::Close) => Err(Hangup),
        Some(WireFault::Truncate) => truncated(response(reply)),
    }
}

/// The service's answer; a panic becomes Graph's 500, and the server goes on.
fn ask(service: &dyn Service, request: &Request) -> Delivery {
    catch_unwind(AssertUnwindSafe(|| service.answer(request))).unwrap_or_else(|_| {
        let refusal =
            Refusal::new(500, "InternalServerError", "The emulator failed on this request; that is a bug of it.");
        refused(refusal, &request.headers).into()
    })
}

/// The body, whole.
async fn read(body: Incoming, headers: &HeaderMap, limits: Limits) -> Result<Bytes, Refusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = body.size_hint().lower();
    let waits = headers.contains_key(EXPECT);
    if announced > limits.body as u64 && (waits || announced > DISCARDED as u64) {
        return Err(too_large(limits));
    }
    match timeout(limits.sending, collect(body, limits)).await {
        Ok(collected) => collected,
        Err(_) => Err(Refusal::new(
            408,
            "RequestTimeout",
            format!("The body of the request did not arrive within {} seconds.", limits.sending.as_secs_f32()),
        )),
    }
}

async fn collect(mut body: Incoming, limits: Limits) -> Result<Bytes, Refusal> {
    // Most bodies come in one piece, which needs no copying.
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::new(400, "BadRequest", "The body of the request is incomplete."))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length > DISCARDED {
            break;
        }
        if length > limits.body {
            // Only counted from here on.
            (first, rest) = (Bytes::new(), Vec::new());
        } else if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    match length {
        length if length > limits.body => Err(too_large(limits)),
        _ if rest.is_empty() => Ok(first),
        _ => Ok(rest.into()),
    }
}

fn too_large(limits: Limits) -> Refusal {
    let message = format!("The body of the request is larger than {} bytes.", limits.body);
    Refusal::new(413, "RequestEntityTooLarge", message)
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
        Body::Raw(media_type, bytes) => (Some(HeaderValue::from_static(media_type)), bytes),
    };
    let mut response = Response::new(ReplyBody::whole(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len() + 1);
    if let Some(media_type) = media_type {
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
