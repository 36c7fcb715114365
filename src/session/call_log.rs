//! The calls of a session, each with the sentence that makes it: for code that asks beforehand what a tutorial needs.

use graphwalk_catalog::ApiPath;
use serde_json::Value;

use super::guard::is_batch;
use super::{Call, StepPlace};

/// A call of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCall {
    /// The sentence that makes it.
    pub place: StepPlace,
    /// The actor who calls.
    pub actor: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query, with the version.
    pub path: String,
    /// The `displayName` in its body: of what it creates, if it creates something.
    pub display_name: Option<String>,
    /// The read that is made if its answer is lost: path and query.
    pub lookup: Option<String>,
    /// The act of a person instead, if it may be done by hand.
    pub by_hand: Option<&'static str>,
}

/// The calls of a session in order, or nothing if nobody asks for them.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Option<Vec<LoggedCall>>);

impl CallLog {
    /// Begins to keep calls.
    pub fn begin(&mut self) {
        self.0.get_or_insert_default();
    }

    /// Returns what was kept; afterwards the log is empty.
    pub fn take(&mut self) -> Vec<LoggedCall> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Keeps a call, and of a batch its parts.
    pub(super) fn note(&mut self, call: &Call, place: &StepPlace) {
        let Some(calls) = &mut self.0 else { return };
        let logged = |method: &str, path: &str, body: Option<&Value>, lookup: Option<&str>| LoggedCall {
            place: place.clone(),
            actor: call.actor.clone(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            display_name: body.and_then(|body| body.get("displayName")?.as_str()).map(str::to_owned),
            lookup: lookup.map(str::to_owned),
            by_hand: call.by_hand,
        };
        let parts = call.body.as_ref().map(|body| batch_parts(&call.path, body)).unwrap_or_default();
        calls.extend(parts.iter().map(|(method, path, body)| logged(method, path, *body, None)));
        if parts.is_empty() {
            let lookup = call.lookup.as_ref().map(|lookup| lookup.path.as_str());
            calls.push(logged(&call.method, &call.path, call.body.as_ref(), lookup));
        }
    }
}

/// The requests in the body of a batch: method, path with the batch's version, body. Empty if `path` is not that of a batch.
pub(crate) fn batch_parts<'a>(path: &str, body: &'a Value) -> Vec<(&'a str, String, Option<&'a Value>)> {
    let Some(batch) = ApiPath::parse(path).ok().filter(is_batch) else { return Vec::new() };
    let version = batch.version().map_or_else(String::new, |version| format!("/{version}"));
    let parts = body.get("requests").and_then(Value::as_array).into_iter().flatten();
    let text = |part: &'a Value, name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
    parts
        .map(|part| {
            let url = text(part, "url").trim_start_matches('/');
            (text(part, "method"), format!("{version}/{url}"), part.get("body"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_is_kept_as_the_requests_in_it() {
        let body = json!({"requests": [
            {"method": "get", "url": "/users/1"},
            {"method": "POST", "url": "applications", "body": {"displayName": "Readers"}},
        ]});
        let mut log = CallLog::default();
        let batch = Call::new("administrator", "POST", "/v1.0/$batch").body(body);
        log.note(&batch, &StepPlace::default());
        assert!(log.take().is_empty(), "nobody asks for them");
        log.begin();
        log.note(&batch, &StepPlace::default());
        let calls = log.take();
        let shown: Vec<_> = calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        assert_eq!(shown, ["GET /v1.0/users/1", "POST /v1.0/applications"]);
        assert_eq!(calls[1].display_name.as_deref(), Some("Readers"));
        // However the path is written: the guard, which judges the parts, reads it alike.
        for path in ["/beta/%24batch", "/beta//$BATCH", "/beta/$batch"] {
            log.note(&Call { path: path.to_owned(), ..batch.clone() }, &StepPlace::default());
            assert_eq!(log.take()[0].path, "/beta/users/1", "{path}");
        }
    }
}
