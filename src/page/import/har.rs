//! Writes the recording of a page: what it prints and what it tells, each marked as such.

use graphwalk_catalog::Cloud;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::call::ImportedCall;
use super::dates::day_after;
use super::links::{Linked, LinkedCall};

/// The hour of the day at which a page's session begins, and the seconds between its calls.
const BEGIN: &str = "T08:00:00Z";
const BETWEEN: i64 = 10;

/// The recording as HAR.
pub fn write(tutorial: &str, calls: &[ImportedCall], linked: &Linked, first_day: Date) -> String {
    let begin: jiff::Timestamp = format!("{first_day}{BEGIN}").parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (mut seconds, mut waits, mut entries) = (0, Vec::new(), Vec::new());
    for (call, linked) in calls.iter().zip(&linked.calls).filter(|(call, _)| call.left_out.is_none()) {
        if let Some(wait) = call.wait {
            seconds += i64::try_from(wait).unwrap_or(0);
            waits.push(at(begin, seconds, first_day));
        }
        seconds += BETWEEN;
        entries.push(entry(call, linked, &at(begin, seconds, first_day)));
    }
    let volatile: Vec<String> = volatile(linked);
    let har = json!({ "log": {
        "version": "1.2",
        "creator": { "name": "graphwalk import", "version": env!("CARGO_PKG_VERSION") },
        "_tutorial": tutorial,
        "_finish": { "by": "stop" },
        "_waits": waits,
        "_values": linked.outside,
        "_volatile": volatile,
        "comment": "published: printed on the tutorial's page. inferred: told there in prose only, or what Graph answers such a call.",
        "entries": entries,
    }});
    serde_json::to_string_pretty(&har).unwrap_or_default() + "\n"
}

fn at(begin: jiff::Timestamp, seconds: i64, first_day: Date) -> String {
    let time = begin.checked_add(jiff::SignedDuration::from_secs(seconds));
    time.map_or_else(|_| format!("{}{BEGIN}", day_after(first_day, seconds)), |time| time.to_string())
}

/// Returns the places of secrets in bodies: what is sent there differs in each run.
fn volatile(linked: &Linked) -> Vec<String> {
    let mut found = Vec::new();
    for body in linked.calls.iter().filter_map(|call| call.recorded_body.as_ref()) {
        pointers(body, "", &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn pointers(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text == "<redacted>" => found.push(pointer.to_owned()),
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| pointers(item, &format!("{pointer}/{index}"), found));
        }
        _ => {}
    }
}

fn entry(call: &ImportedCall, linked: &LinkedCall, started: &str) -> Value {
    let json_header = json!([{ "name": "Content-Type", "value": "application/json" }]);
    let mut request = json!({
        "method": call.method,
        "url": format!("{}{}", Cloud::Global.graph(), linked.recorded_path),
        "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "queryString": [], "headersSize": -1, "bodySize": -1,
    });
    if let Some(body) = &linked.recorded_body {
        request["headers"] = json_header.clone();
        request["postData"] = json!({ "mimeType": "application/json", "text": body.to_string() });
    }
    if let Some(file) = &call.file {
        request["headers"] = json!([{ "name": "Content-Type", "value": file.media_type }]);
        request["postData"] = json!({ "mimeType": file.media_type, "text": file.text });
    }
    let mut answer_headers = Vec::new();
    let mut content = json!({ "size": 0, "mimeType": "" });
    if let Some(answer) = &call.answer {
        let text = answer.to_string();
        answer_headers.push(json!({ "name": "Content-Type", "value": "application/json" }));
        content = json!({ "size": text.len(), "mimeType": "application/json", "text": text });
    }
    for (name, link) in &call.links {
        answer_headers.push(json!({ "name": name, "value": link }));
    }
    let reason =
        http::StatusCode::from_u16(call.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut entry = json!({
        "startedDateTime": started,
        "time": 0,
        "request": request,
        "response": {
            "status": call.status, "statusText": reason, "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": answer_headers, "content": content, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        },
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "_actor": call.actor,
        "_provenance": if call.is_published() { "published" } else { "inferred" },
        "comment": format!("line {} of the page{}", call.line, if call.is_status_inferred { "; the status is inferred" } else { "" }),
    });
    if call.is_shortened && call.answer.is_some() {
        entry["_truncated"] = json!(true);
    }
    entry
}
