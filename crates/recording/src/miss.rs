//! Explaining why a request was not found in a recording.

use serde_json::Value;

use super::body_difference::{comparable, difference};
use super::request_key::RequestKey;
use super::{Recording, RequestBody};
use graphwalk_secrets::masking::masked_text;

/// A request that was not found.
pub(super) struct MissedRequest<'a> {
    pub actor: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub key: &'a RequestKey,
    pub body: &'a RequestBody,
}

/// The place where the session stands.
pub(super) struct ReplayState<'a> {
    /// The exchanges with the same actor, method, path and query.
    pub known: &'a [usize],
    pub served: &'a [bool],
    pub bodies: &'a [RequestBody],
}

/// The message: what was asked for, what comes nearest, what differs, what to do.
pub(super) fn explain(recording: &Recording, request: &MissedRequest<'_>, state: &ReplayState<'_>) -> String {
    let MissedRequest { actor, method, path, .. } = request;
    let mut lines = vec![format!("nothing was recorded for {method} {} as {actor}", masked_text(path))];
    if state.known.is_empty() {
        elsewhere(recording, request, &mut lines);
    } else {
        here(recording, request, state, &mut lines);
    }
    lines.push("to fix this:".to_owned());
    lines.push("  1. if the feature is wrong, correct its request".to_owned());
    lines.push(format!("  2. if the recording is old, record it again: {}", recording.name));
    lines.push("  3. `graphwalk recording show FILE` lists what it holds".to_owned());
    lines.join("\n")
}

/// The request is recorded, but cannot be answered now.
fn here(recording: &Recording, request: &MissedRequest<'_>, state: &ReplayState<'_>, lines: &mut Vec<String>) {
    let body = comparable(request.body, &recording.volatile);
    let equal = |index: &usize| state.bodies[*index] == body;
    let is_write = |index: &usize| recording.exchanges[*index].is_write();
    let used = state.known.iter().copied().find(|index| state.served[*index] && is_write(index) && equal(index));
    let unserved = state.known.iter().copied().filter(|index| !state.served[*index]);
    let likeness = |index: &usize| alike(&state.bodies[*index], &body);
    // Of those that are equally alike the first.
    let unserved = unserved.rev().max_by_key(likeness);
    let (told, nearest) = match (used, unserved) {
        (_, Some(index)) if equal(&index) || !is_write(&index) => {
            ("it is recorded, but at another time: before or after a write or the end of the period:", index)
        }
        (Some(index), _) => ("it was answered already, and a write is never answered twice:", index),
        (None, Some(index)) => ("it is recorded with another body (- recorded, + sent):", index),
        (None, None) => ("all that was recorded was answered already, and with another body:", state.known[0]),
    };
    lines.push(told.to_owned());
    lines.push(format!("  {}", recording.exchanges[nearest].describe()));
    if !equal(&nearest) && is_write(&nearest) {
        lines.extend(difference(&state.bodies[nearest], &body));
    }
}

/// Returns how many properties two bodies have in common.
fn alike(recorded: &RequestBody, sent: &RequestBody) -> usize {
    match (recorded, sent) {
        (RequestBody::Json(Value::Object(recorded)), RequestBody::Json(Value::Object(sent))) => {
            sent.iter().filter(|(name, value)| recorded.get(*name) == Some(*value)).count()
        }
        _ => 0,
    }
}

/// Names the nearest request and what differs, where nothing of the kind is recorded.
fn elsewhere(recording: &Recording, request: &MissedRequest<'_>, lines: &mut Vec<String>) {
    let likeness = |index: usize| {
        let exchange = &recording.exchanges[index];
        let key = RequestKey::new(&exchange.actor, &exchange.method, &exchange.path);
        let path = strsim::normalized_damerau_levenshtein(key.request(), request.key.request());
        path + if exchange.actor == request.actor { 0.1 } else { 0.0 }
    };
    // A recording of thousands of exchanges has many alike: the first ones are enough to look through.
    let scored = (0..recording.exchanges.len().min(2_000)).map(|index| (likeness(index), index));
    let Some((_, nearest)) = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) else { return };
    let exchange = &recording.exchanges[nearest];
    lines.push(format!("nearest: {}", exchange.describe()));
    if exchange.actor != request.actor {
        lines.push(format!("  actor: recorded {}, sent {}", exchange.actor, request.actor));
    }
    if exchange.method != request.method {
        lines.push(format!("  method: recorded {}, sent {}", exchange.method, request.method));
    }
    path_difference(&masked_text(&exchange.path), &masked_text(request.path), lines);
}

fn path_difference(recorded: &str, sent: &str, lines: &mut Vec<String>) {
    let split = |path: &str| {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        (path.split('/').map(str::to_owned).collect::<Vec<_>>(), query.to_owned())
    };
    let ((recorded, recorded_query), (sent, sent_query)) = (split(recorded), split(sent));
    for index in 0..recorded.len().max(sent.len()) {
        let nothing = "nothing".to_owned();
        let (old, new) = (recorded.get(index).unwrap_or(&nothing), sent.get(index).unwrap_or(&nothing));
        if !old.eq_ignore_ascii_case(new) {
            lines.push(format!("  segment {index} of the path: recorded {old}, sent {new}"));
        }
    }
    if recorded_query != sent_query {
        let shown = |query: &str| if query.is_empty() { "nothing".to_owned() } else { query.to_owned() };
        lines.push(format!("  query: recorded {}, sent {}", shown(&recorded_query), shown(&sent_query)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{Replay, ReplayAnswer};

    fn miss(actor: &str, method: &str, path: &str, body: &str) -> String {
        let replay = Replay::new(Arc::new(crate::published::first()));
        match replay.answer(actor, method, path, body.as_bytes()) {
            ReplayAnswer::Recorded(exchange) => panic!("answered {}", exchange.describe()),
            ReplayAnswer::Unrecorded(message) => message,
        }
    }

    #[test]
    fn a_misspelt_path_is_shown_beside_the_nearest_recorded_one() {
        insta::assert_snapshot!(miss(
            "administrator",
            "GET",
            "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4/membres?$top=5",
            ""
        ));
    }

    #[test]
    fn another_body_is_shown_as_a_difference_without_passwords() {
        let body = r#"{"accountEnabled": false, "displayName": "Adele Vance", "mailNickname": "AdeleV",
            "userPrincipalName": "AdeleV@Contoso.com", "passwordProfile": {"forceChangePasswordNextSignIn": true, "password": "canary"}}"#;
        let message = miss("administrator", "POST", "/v1.0/users", body);
        assert!(!message.contains("canary"));
        insta::assert_snapshot!(message);
    }

    #[test]
    fn a_read_before_its_time_is_reported_as_too_early() {
        insta::assert_snapshot!(miss(
            "administrator",
            "GET",
            "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4/owners",
            ""
        ));
    }

    #[test]
    fn a_secret_in_the_query_is_not_repeated() {
        let message = miss("administrator", "GET", "/v1.0/me?access_token=canary", "");
        assert!(message.contains("access_token=***") && !message.contains("canary"), "{message}");
    }

    #[test]
    fn a_write_that_was_answered_already_is_reported_as_used_up() {
        let replay = Replay::new(Arc::new(crate::published::first()));
        let delete = || match replay.answer(
            "administrator",
            "DELETE",
            "/beta/users/d3bcdff4-4f80-4418-a65e-7bf3778c5dca",
            b"",
        ) {
            ReplayAnswer::Recorded(exchange) => exchange.status.to_string(),
            ReplayAnswer::Unrecorded(message) => message,
        };
        assert_eq!(delete(), "204");
        assert!(delete().contains("it was answered already, and a write is never answered twice"), "{}", delete());
    }

    #[test]
    fn another_body_is_compared_with_the_recorded_one_that_is_most_alike() {
        let message =
            miss("administrator", "POST", "/v1.0/users", r#"{"displayName": "Alex Wilber", "mailNickname": "A"}"#);
        assert!(message.contains("entry 2: POST /v1.0/users"), "{message}");
    }

    #[test]
    fn another_actor_is_named() {
        let path = "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4/owners";
        assert!(miss("Adele Vance", "GET", path, "").contains("actor: recorded administrator, sent Adele Vance"));
    }
}
