//! The published recording against the emulator: the same requests, exchange by exchange.
//!
//! Every request of the recording is sent to an emulated tenant, with the ids that the tenant gave instead of the recorded
//! ones, and at the recorded time. What differs in status, shape or values is either listed in [`REASONS`], each with its
//! reason, or the emulator is wrong. A reason that nothing needs any more is wrong too.

use std::collections::{BTreeMap, BTreeSet};

use graphwalk_emulator::Settings;
use graphwalk_recording::{RecordedExchange, Recording, RequestBody};
use jiff::Timestamp;
use serde_json::Value;

use crate::served::{Answer, Served, settings};

/// The differences that may be: where (the kind of exchange and the place in its body, `*` for every item of a list), and
/// why. `-` in front of a place: the emulator lacks it; `+`: it has it beside what is recorded; else the values differ.
const REASONS: [(&str, &str, &str); 21] = [
    ("POST users", "+ *", "the page shortens the user that is answered to the properties it needs"),
    ("POST groups", "+ *", "the page shortens the group that is answered"),
    ("GET group", "+ *", "written for the recording with the properties that the features look at"),
    ("GET owners", "+ /value/*/*", "written for the recording with the properties that the features look at"),
    ("GET members", "+ /value/*/*", "written for the recording with the properties that the features look at"),
    (
        "GET transitiveMembers",
        "+ /value/*/*",
        "written for the recording with the properties that the features look at",
    ),
    ("POST definitions", "/createdBy/id", "the page has the id of Alex for the administrator's"),
    ("GET definition", "/createdBy/id", "taken over from the page, which has the id of Alex for the administrator's"),
    (
        "GET definition",
        "/createdDateTime",
        "taken over from the answer to the creation, in which times are not told yet",
    ),
    ("GET definition", "/status", "a poll meets what is passing, and how long that lasts is not documented"),
    ("GET instances", "/value/*/startDateTime", "how long starting takes is not documented"),
    ("GET instance", "/startDateTime", "how long starting takes is not documented"),
    ("GET contactedReviewers", "/value/*/createdDateTime", "how long starting takes is not documented"),
    (
        "GET decisions",
        "/value/*/recommendation",
        "nobody has signed in to the emulated tenant before the review starts",
    ),
    (
        "GET own decisions",
        "/value/*/recommendation",
        "nobody has signed in to the emulated tenant before the review starts",
    ),
    ("GET decisions", "/value/*/principal/lastUserSignInDateTime", "people sign in at other times than on the page"),
    (
        "GET own decisions",
        "/value/*/principal/lastUserSignInDateTime",
        "people sign in at other times than on the page",
    ),
    ("GET decisions", "/value/*/reviewedDateTime", "how long automatic decisions take is not documented"),
    ("GET decisions", "/value/*/appliedDateTime", "how long applying takes is not documented"),
    ("GET own decisions", "/value/*/reviewedDateTime", "the clock of the emulator stands while a request is sent"),
    ("DELETED", "/error/innerError/*", "ids of requests are new each time"),
];

#[tokio::test]
async fn the_emulator_answers_as_the_published_recording_does() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recordings/security-group-review/published.har");
    let recording = Recording::read(page.as_ref()).unwrap();
    let begin = recording.exchanges[0].started;
    let served = Served::with(Settings { now: Some(begin), ..settings() }).await;
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let (mut unexplained, mut used) = (Vec::new(), BTreeSet::new());
    for exchange in &recording.exchanges {
        wait_until(&served, exchange.started).await;
        let answer = repeated(&served, exchange, &ids).await;
        let recorded: Value = serde_json::from_slice(&exchange.response).unwrap_or_default();
        let emulated = answer.json.clone().unwrap_or_default();
        learn(&recorded, &emulated, &mut ids);
        let kind = kind(exchange);
        assert_eq!(answer.status, exchange.status, "{}: {}", exchange.describe(), answer.text);
        let recorded: Value = serde_json::from_str(&translated(&recorded.to_string(), &ids)).unwrap();
        for difference in differences(recorded, emulated) {
            match REASONS.iter().position(|(of, place, _)| *of == kind && fits(place, &difference)) {
                Some(reason) => drop(used.insert(reason)),
                None => unexplained.push(format!("{kind}: {difference} ({})", exchange.describe())),
            }
        }
    }
    assert!(unexplained.is_empty(), "without a reason:\n{}", unexplained.join("\n"));
    let idle: Vec<_> =
        (0..REASONS.len()).filter(|reason| !used.contains(reason)).map(|reason| REASONS[reason]).collect();
    assert!(idle.is_empty(), "reasons that nothing needs: {idle:#?}");
}

async fn wait_until(served: &Served, until: Timestamp) {
    let seconds = until.duration_since(served.emulator.now()).as_secs();
    served.pass(seconds.max(0)).await;
}

/// Sends what was recorded, in the name of whom it was recorded.
async fn repeated(served: &Served, exchange: &RecordedExchange, ids: &BTreeMap<String, String>) -> Answer {
    let actor = match exchange.actor.as_str() {
        "administrator" => served.administrator(),
        name => served.with_token(&served.emulator.sign_in(name).unwrap()),
    };
    let body = match &exchange.request {
        RequestBody::Empty => None,
        // A password is recorded as a placeholder, which is none that Graph would take.
        RequestBody::Json(body) => {
            Some(translated(&body.to_string(), ids).replace("<redacted>", "Gw!23456").into_bytes())
        }
        RequestBody::Text(text) => Some(text.clone().into_bytes()),
    };
    actor.send(&exchange.method, &translated(&exchange.path, ids), body).await
}

/// What kind of exchange it is, by method and what its path is about.
fn kind(exchange: &RecordedExchange) -> &'static str {
    let segments: Vec<&str> = exchange.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = segments.last().unwrap().to_lowercase();
    match (exchange.method.as_str(), segments.len(), last.as_str()) {
        ("POST", _, "users") => "POST users",
        ("POST", _, "groups") => "POST groups",
        ("POST", ..) => "POST definitions",
        ("PATCH", ..) => "PATCH decision",
        ("DELETE", ..) => "DELETE",
        ("GET", ..) if exchange.status == 404 => "DELETED",
        (_, 3, _) => "GET group",
        (_, _, "owners") => "GET owners",
        (_, _, "members") => "GET members",
        (_, _, "transitivemembers") => "GET transitiveMembers",
        (_, _, "instances") => "GET instances",
        (_, _, "contactedreviewers") => "GET contactedReviewers",
        (_, _, "decisions") => "GET decisions",
        (_, _, last) if last.starts_with("filterbycurrentuser") => "GET own decisions",
        (_, 5, _) => "GET definition",
        _ => "GET instance",
    }
}

/// Remembers which id of the tenant represents which recorded one.
fn learn(recorded: &Value, emulated: &Value, ids: &mut BTreeMap<String, String>) {
    let id = |value: &Value| value.get("id").and_then(Value::as_str).map(str::to_owned);
    if let (Some(recorded), Some(emulated)) = (id(recorded), id(emulated)) {
        ids.entry(recorded).or_insert(emulated);
    }
    for one in recorded["value"].as_array().into_iter().flatten() {
        let same = |other: &&Value| {
            one.pointer("/principal/displayName")
                .is_some_and(|name| other.pointer("/principal/displayName") == Some(name))
        };
        if let Some(other) = emulated["value"].as_array().into_iter().flatten().find(same) {
            learn(one, other, ids);
        }
    }
}

fn translated(text: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (recorded, emulated)| text.replace(recorded, emulated))
}

/// Every difference between two bodies. The order of lists is not documented, so items are compared by their ids.
fn differences(mut recorded: Value, mut emulated: Value) -> Vec<String> {
    for body in [&mut recorded, &mut emulated] {
        if let Some(items) = body.get_mut("value").and_then(Value::as_array_mut) {
            items.sort_by_key(|item| item["id"].to_string());
        }
    }
    let mut found = Vec::new();
    compare("", &recorded, &emulated, &mut found);
    found
}

fn compare(place: &str, recorded: &Value, emulated: &Value, found: &mut Vec<String>) {
    match (recorded, emulated) {
        (Value::Object(recorded), Value::Object(emulated)) => {
            for (name, value) in recorded {
                match emulated.get(name) {
                    Some(other) => compare(&format!("{place}/{name}"), value, other, found),
                    None => found.push(format!("- {place}/{name}")),
                }
            }
            found.extend(
                emulated.keys().filter(|name| !recorded.contains_key(*name)).map(|name| format!("+ {place}/{name}")),
            );
        }
        (Value::Array(recorded), Value::Array(emulated)) if recorded.len() == emulated.len() => {
            for (one, other) in recorded.iter().zip(emulated) {
                compare(&format!("{place}/*"), one, other, found);
            }
        }
        (recorded, emulated) if recorded == emulated => {}
        _ => found.push(place.to_owned()),
    }
}

/// Whether a listed place is the place of a difference; a star at its end represents any name.
fn fits(listed: &str, difference: &str) -> bool {
    let listed = listed.replace("+ *", "+ /*");
    match listed.strip_suffix("/*") {
        Some(before) => {
            difference.strip_prefix(before).is_some_and(|rest| rest.starts_with('/') && !rest[1..].contains('/'))
        }
        None => listed == difference,
    }
}
