//! `$batch`: up to 20 requests in one (Graph documentation, "JSON batching").

use std::collections::HashMap;

use bytes::Bytes;
use graphwalk_catalog::{ApiPath, Version};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use crate::http::{Body, Refusal, Reply, Request, bad_request};

/// The most requests that a batch may hold.
const MOST: usize = 20;

/// A batch, taken apart.
#[derive(Debug)]
pub struct Batch {
    requests: Vec<BatchPart>,
}

#[derive(Debug)]
struct BatchPart {
    id: String,
    depends_on: Vec<String>,
    request: Request,
}

/// Returns whether a path is `/v1.0/$batch` or `/beta/$batch`.
pub fn is_batch(path: &ApiPath) -> bool {
    matches!(path.segments(), [only] if only.is("$batch"))
}

impl Batch {
    /// Takes a batch of a version apart. Its requests carry the headers of the batch that say who calls.
    ///
    /// # Errors
    ///
    /// 400 if it is malformed, holds too many requests, or one depends on what is not there before it.
    pub fn parse(outer: &Request, version: Version) -> Result<Self, Refusal> {
        if outer.method != Method::POST {
            return Err(super::method_not_allowed(&outer.method));
        }
        if !outer.header("content-type").is_none_or(super::body::is_json) {
            return Err(bad_request("A batch is sent with a JSON Content-Type header."));
        }
        let body: Value = serde_json::from_slice(&outer.body)
            .map_err(|error| bad_request(format!("Invalid batch payload format: {error}")))?;
        let requests = body
            .get("requests")
            .and_then(Value::as_array)
            .ok_or_else(|| bad_request("Invalid batch payload format."))?;
        if requests.len() > MOST {
            return Err(bad_request(format!("Number of batch request steps exceeds the maximum value of {MOST}.")));
        }
        let mut parts: Vec<BatchPart> = Vec::with_capacity(requests.len());
        for request in requests {
            let part = part(request, outer, version)?;
            if parts.iter().any(|other| other.id == part.id) {
                return Err(bad_request(format!("Batch request id '{}' is not unique.", part.id)));
            }
            if let Some(missing) = part.depends_on.iter().find(|id| !parts.iter().any(|other| other.id == **id)) {
                return Err(bad_request(format!(
                    "Batch request '{}' depends on '{missing}', which does not stand before it.",
                    part.id
                )));
            }
            parts.push(part);
        }
        Ok(Self { requests: parts })
    }

    /// Answers the batch with what `answer` gives for each of its requests. A request whose predecessor failed fails too.
    pub fn answer(&self, mut answer: impl FnMut(&Request) -> Reply) -> Reply {
        let mut statuses: HashMap<&str, u16> = HashMap::new();
        let mut responses = Vec::with_capacity(self.requests.len());
        for BatchPart { id, depends_on, request } in &self.requests {
            let failed = depends_on.iter().any(|on| statuses.get(on.as_str()).is_none_or(|status| *status >= 400));
            let reply = if failed {
                Reply::json(
                    424,
                    json!({"error": {"code": "FailedDependency", "message": "A request that this one depends on has failed."}}),
                )
            } else {
                answer(request)
            };
            statuses.insert(id, reply.status);
            responses.push(part_json(id, reply));
        }
        Reply::json(200, json!({"responses": responses}))
    }
}

fn part(request: &Value, outer: &Request, version: Version) -> Result<BatchPart, Refusal> {
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| !id.is_empty()).ok_or_else(|| bad_request("A batch request needs an id."))?;
    let wrong = |what: &str| bad_request(format!("Batch request '{id}': {what}."));
    let method = text("method").ok_or_else(|| wrong("method is required"))?.to_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| wrong("method is none"))?;
    let url = text("url").ok_or_else(|| wrong("url is required"))?;
    if url.contains("://") || url.to_lowercase().contains("$batch") {
        return Err(wrong("url has to be relative to the version, and no batch"));
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers = HeaderMap::new();
    for name in ["authorization", "host", "client-request-id"] {
        if let Some(value) = outer.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    for (name, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("a header has a malformed name"))?;
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default())
            .map_err(|_| wrong("a header has a malformed value"))?;
        if name != "authorization" && name != "host" {
            headers.insert(name, value);
        }
    }
    let body = request.get("body").filter(|body| !body.is_null());
    // Observed: msgraph-sdk-dotnet, issue 2628; ms-365-mcp-server, issue 677. What has no body needs an empty one.
    let writes = [Method::POST, Method::PATCH, Method::PUT].contains(&method);
    if writes && (body.is_none() || !headers.contains_key("content-type")) {
        return Err(bad_request(format!("Write request id : {id} does not contain Content-Type header or body.")));
    }
    let path = format!("/{version}/{}", path.trim_start_matches('/'));
    let depends_on = request.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
    Ok(BatchPart {
        id: id.to_owned(),
        depends_on: depends_on.filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        request: Request {
            method,
            path,
            query: query.to_owned(),
            headers,
            body: body.map_or_else(Bytes::new, |body| body.to_string().into()),
        },
    })
}

fn part_json(id: &str, reply: Reply) -> Value {
    let mut headers: Map<String, Value> =
        reply.headers.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let media_type = headers.shift_remove("content-type");
    let mut response = json!({"id": id, "status": reply.status});
    match reply.body {
        Body::Empty => {}
        Body::Json(body) => {
            headers.insert("Content-Type".to_owned(), media_type.unwrap_or_else(|| json!("application/json")));
            response["body"] = body;
        }
        Body::Raw(media_type, bytes) => {
            use base64::Engine as _;
            headers.insert("Content-Type".to_owned(), json!(media_type));
            response["body"] = json!(base64::engine::general_purpose::STANDARD.encode(bytes));
        }
    }
    response["headers"] = Value::Object(headers);
    response
}
