//! What of a request and its answer may be kept: no token, password or cookie; ids and names stand as they are.
//!
//! No `Authorization` ever comes here, of the other headers only those of a list are taken, and passwords and tokens are
//! dropped from paths and bodies.

use graphwalk_client::{Exchange, ResponseBody};
use graphwalk_recording::{Provenance, REQUEST_HEADERS, RESPONSE_HEADERS, RequestBody};
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking;
use serde_json::Value;
use url::{Position, Url};

use crate::session::Call;

/// An answer without what is secret.
pub(in crate::session) struct RedactedAnswer {
    pub status: u16,
    pub provenance: Provenance,
    pub headers: Vec<(String, String)>,
    pub media_type: &'static str,
    pub body: RequestBody,
}

/// The answer to `call`; of one that was lost what it must have been.
pub(in crate::session) fn answer(call: &Call, exchange: &Exchange, provenance: Provenance) -> RedactedAnswer {
    if exchange.recovered.is_some() {
        let (status, body) = lost_answer(call, exchange);
        let (media_type, body) = answer_body(&body);
        return RedactedAnswer { status, provenance: Provenance::Inferred, headers: Vec::new(), media_type, body };
    }
    let (media_type, body) = answer_body(&exchange.body);
    RedactedAnswer { status: exchange.status, provenance, headers: response_headers(exchange), media_type, body }
}

/// The body of a request. Of a file its digest: it stands beside the feature.
pub(in crate::session) fn request_body(call: &Call) -> RequestBody {
    match (&call.body, &call.file) {
        (Some(body), _) => {
            let mut body = body.clone();
            masking::drop_from(&mut body);
            RequestBody::Json(body)
        }
        (None, Some(file)) => RequestBody::Text(graphwalk_recording::digest(&file.bytes)),
        (None, None) => RequestBody::Empty,
    }
}

/// The path as it goes over the wire: what a URL cannot hold is percent-encoded.
pub(in crate::session) fn path(path: &str) -> String {
    let path = masking::dropped_from_text(path);
    match Url::parse("https://graph.microsoft.com").and_then(|base| base.join(&path)) {
        Ok(url) => url[Position::BeforePath..Position::AfterQuery].to_owned(),
        Err(_) => path,
    }
}

/// The headers of a request that change what Graph answers, by their names in lower case.
pub(in crate::session) fn request_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let named = headers.iter().map(|(name, value)| (name.to_lowercase(), masking::dropped_from_text(value)));
    named.filter(|(name, _)| REQUEST_HEADERS.contains(&name.as_str())).collect()
}

/// Returns the answer that must have been lost, where it was found out that the request was done: Graph answers a `POST`
/// that creates something with it, and a change or a deletion with nothing.
fn lost_answer(call: &Call, found: &Exchange) -> (u16, ResponseBody) {
    match call.method.as_str() {
        "POST" if found.json().is_some() => {
            let mut body = found.body.clone();
            if let (ResponseBody::Json(Value::Object(created)), Some(lookup)) = (&mut body, &call.lookup) {
                created.extend(lookup.first.clone());
            }
            (201, body)
        }
        _ => (204, ResponseBody::Empty),
    }
}

fn response_headers(exchange: &Exchange) -> Vec<(String, String)> {
    let kept =
        exchange.headers.iter().filter(|(name, _)| RESPONSE_HEADERS.contains(name) && *name != "client-request-id");
    kept.map(|(name, value)| (name.to_owned(), masking::dropped_from_text(&in_use::mask(value.expose())))).collect()
}

fn answer_body(body: &ResponseBody) -> (&'static str, RequestBody) {
    match body {
        ResponseBody::Empty => ("x-unknown", RequestBody::Empty),
        ResponseBody::Json(json) => {
            let mut json = json.clone();
            masking::drop_from(&mut json);
            ("application/json", RequestBody::Json(json))
        }
        ResponseBody::Repeats(_) => ("application/json", RequestBody::Empty),
        ResponseBody::Text(text) => {
            ("text/plain", RequestBody::Text(masking::dropped_from_text(&in_use::mask(text.expose()))))
        }
    }
}
