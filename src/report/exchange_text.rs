//! Exchanges as the terminal shows them.

use std::time::Duration;

use serde_json::Value;

use crate::in_words::{counted, named_actor, readable_time};
use crate::session::{TracedExchange, TracedMessage};
use crate::terminal_text::{COLUMNS, columns, fitted, fitted_path, plain};

use super::curl::curl;

/// The most lines of a body that a failure shows.
const PART: usize = 10;

/// An exchange in one line of `width` columns: who asked what at the left, what came at the right. Of a path that is too long the ids
/// are cut first, then its middle is left out.
pub(super) fn line(exchange: &TracedExchange, width: usize) -> String {
    let result = describe_result(exchange);
    let asked = format!("{}: {} ", plain(&exchange.actor), plain(&exchange.method));
    let left = width.saturating_sub(columns(&result) + 2);
    let asked = fitted(&asked, left / 2);
    let path = fitted_path(&plain(&exchange.path), left.saturating_sub(columns(&asked)));
    let gap = width.saturating_sub(columns(&asked) + columns(&path) + columns(&result));
    format!("{asked}{path}{:gap$}{result}", "")
}

/// Returns the result of an exchange: `201, 12 ms`, `200, 3 attempts, 14.0 s`, `no answer, 30.0 s`.
fn describe_result(exchange: &TracedExchange) -> String {
    let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let attempts =
        if exchange.attempts > 1 { format!(", {}", counted(exchange.attempts, "attempt")) } else { String::new() };
    // So wide that results stand below each other, unless something takes long.
    let own = if exchange.is_own_look { ", own look" } else { "" };
    format!("{status}{own}{attempts}, {:>6}", readable_time(Duration::from_millis(exchange.took_ms)))
}

/// An exchange with its headers and bodies: what was sent behind `>`, what came behind `<`.
pub(super) fn whole(exchange: &TracedExchange) -> Vec<String> {
    let mut lines = describe_request(exchange);
    lines.extend(message_lines('>', &exchange.request, usize::MAX, &[]));
    lines.extend(exchange.earlier.iter().map(|earlier| {
        let id = earlier.request_id.as_ref().map_or_else(
            || format!("client-request-id {}", earlier.client_request_id),
            |id| format!("request-id {id}"),
        );
        format!("< {}, {id}: sent again", plain(&earlier.end))
    }));
    lines.push(format!("< {}", came(exchange)));
    lines.extend(message_lines('<', &exchange.response, usize::MAX, &[]));
    lines
}

/// The part of an exchange that matters to whoever reads of a failure with these `words`: the request with its body, the status, and
/// of the answer what the failure speaks of, with a command that sends the request again.
pub(super) fn of_failure(exchange: &TracedExchange, words: &[&str]) -> Vec<String> {
    let called = format!(" as {}", plain(named_actor(&exchange.actor)));
    let asked = format!("> {} ", plain(&exchange.method));
    let left = (COLUMNS - 2).saturating_sub(columns(&asked) + columns(&called));
    let mut lines = vec![format!("{asked}{}{called}", fitted_path(&plain(&exchange.path), left))];
    lines.extend(body_lines('>', &exchange.request.body, PART, words));
    lines.push(format!("< {}", came(exchange)));
    lines.extend(body_lines('<', &exchange.response.body, PART, words));
    lines.push("to send it again:".to_owned());
    lines.extend(curl(exchange).lines().map(|line| format!("  {}", plain(line))));
    lines
}

fn describe_request(exchange: &TracedExchange) -> Vec<String> {
    let TracedExchange { method, path, actor, .. } = exchange;
    vec![format!("> {} {} as {}", plain(method), plain(path), plain(named_actor(actor)))]
}

/// The status, and where the answer comes from.
fn came(exchange: &TracedExchange) -> String {
    let mut told = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    if let Some(entry) = exchange.entry {
        told.push_str(&format!(", entry {entry} of the recording"));
    }
    if let Some(shown_by) = &exchange.shown_by {
        told.push_str(&format!("; the answer was lost, that it was done is {}", plain(shown_by)));
    }
    told
}

fn message_lines(mark: char, message: &TracedMessage, most: usize, words: &[&str]) -> Vec<String> {
    let headers = message.headers.iter().map(|(name, value)| format!("{mark} {}: {}", plain(name), plain(value)));
    headers.chain(body_lines(mark, &message.body, most, words)).collect()
}

/// A body, a property or a member of a list a line, in at most so many lines: if there are more, first those that hold one of
/// `words`.
fn body_lines(mark: char, body: &Value, most: usize, words: &[&str]) -> Vec<String> {
    let text = match body {
        Value::Null => return Vec::new(),
        Value::String(text) => text.clone(),
        json => format!("{json:#}"),
    };
    let all: Vec<&str> = text.lines().collect();
    if all.len() <= most {
        return all.iter().map(|line| format!("{mark} {}", plain(line))).collect();
    }
    let outline = outline(body, &all);
    let shown = chosen(&outline, most, words);
    let mut lines = Vec::with_capacity(most + 1);
    let mut before = None;
    for index in shown {
        if before.map_or(index > 0, |before| index > before + 1) {
            lines.push(format!("{mark}   …"));
        }
        lines.push(format!("{mark} {}", around(&plain(&outline[index]), words, COLUMNS - 6)));
        before = Some(index);
    }
    if before.is_none_or(|before| before + 1 < outline.len()) {
        lines.push(format!("{mark}   …"));
    }
    lines.push(format!("{mark} ({} in all: -vv shows them)", counted(all.len(), "line")));
    lines
}

/// A line cut to a width so that the first of `words` that stands in it is seen.
fn around(line: &str, words: &[&str], width: usize) -> String {
    let Some(at) = words.iter().find_map(|word| line.find(word)).filter(|_| columns(line) > width) else {
        return fitted(line, width);
    };
    // What stands before a value is the property's name.
    let before = line[..at].rfind(['{', ',']).map_or(at, |comma| comma + 1);
    if columns(&line[..at]) < width / 2 {
        fitted(line, width)
    } else {
        fitted(&format!("… {}", &line[before..]), width)
    }
}

/// A body in fewer lines: what lies deeper than the members of a list stands in one line.
fn outline(body: &Value, all: &[&str]) -> Vec<String> {
    let Value::Object(properties) = body else { return all.iter().map(|line| (*line).to_owned()).collect() };
    let mut lines = Vec::new();
    // What the answer is called says nothing of what is in it.
    for (name, value) in properties.iter().filter(|(name, _)| *name != "@odata.context") {
        match value {
            Value::Array(items) if !items.is_empty() => {
                lines.push(format!("{}: [", Value::from(name.as_str())));
                lines.extend(items.iter().map(|item| format!("  {item}")));
                lines.push("]".to_owned());
            }
            value => lines.push(format!("{}: {value}", Value::from(name.as_str()))),
        }
    }
    lines
}

/// The places of the lines to show, in order: those that hold a word before others.
fn chosen(lines: &[String], most: usize, words: &[&str]) -> Vec<usize> {
    let speaks = |line: &String| words.iter().any(|word| line.contains(word));
    let first = (0..lines.len()).filter(|index| speaks(&lines[*index]));
    let others = (0..lines.len()).filter(|index| !speaks(&lines[*index]));
    let mut shown: Vec<usize> = first.chain(others).take(most).collect();
    shown.sort_unstable();
    shown
}

/// The words of a failure's texts that may stand in a body: values, and names of properties. Short ones are anywhere.
pub(super) fn telling_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '@' | '.'));
    let words = texts.into_iter().flat_map(|text| text.split(is_end)).map(|word| word.trim_matches('.'));
    let is_name = |word: &&str| word.chars().any(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_');
    words.filter(|word| word.len() > 4 && is_name(word)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A read that was answered.
    pub(crate) fn exchange() -> TracedExchange {
        serde_json::from_value(json!({
            "number": 1, "actor": "administrator", "method": "GET", "path": "/v1.0/users/1", "status": 200,
            "started": "2022-02-11T08:00:00Z", "took_ms": 12, "attempts": 1,
            "request": {"headers": [], "body": null}, "response": {"headers": [["request-id", "r1"]], "body": {"id": "1"}},
            "request_id": "r1", "client_request_id": "c1", "origin": "published", "entry": 3,
        }))
        .unwrap()
    }

    #[test]
    fn a_line_has_the_allowed_width_whatever_it_tells() {
        let long =
            format!("/v1.0/deviceManagement/managedDevices/{}/users/and/their/licenceDetails?$top=1", "1".repeat(36));
        let lost = TracedExchange { status: None, attempts: 3, took_ms: 30_000, path: long, ..exchange() };
        let wide = TracedExchange { actor: "東".repeat(60), is_own_look: true, ..exchange() };
        let told = [exchange(), lost, wide].map(|exchange| line(&exchange, 60));
        assert!(told.iter().all(|line| columns(line) == 60), "{told:?}");
        assert_eq!(told[0], format!("administrator: GET /v1.0/users/1{:17}200,  12 ms", ""));
        assert!(told[1].contains('…') && told[1].ends_with("$top=1  no answer, 3 attempts, 30.0 s"), "{}", told[1]);
        assert!(told[2].ends_with("200, own look,  12 ms"), "{}", told[2]);
    }

    #[test]
    fn a_failure_shows_the_part_of_a_body_that_it_speaks_of() {
        let items: Vec<Value> = (0..40).map(|n| json!({"id": n, "name": format!("member{n}")})).collect();
        let response = TracedMessage { headers: Vec::new(), body: json!({"@odata.context": "x", "value": items}) };
        let told = of_failure(&TracedExchange { response, ..exchange() }, &["member33"]);
        assert!(told.iter().any(|line| line.contains("member33")), "{told:?}");
        assert!(told.iter().all(|line| columns(line) < COLUMNS), "{told:?}");
        assert_eq!(told[..2], ["> GET /v1.0/users/1 as the administrator", "< 200, entry 3 of the recording"]);
        assert!(
            told.contains(&"<   …".to_owned()) && told.iter().any(|line| line.ends_with(": -vv shows them)")),
            "{told:?}"
        );
        assert_eq!(told.iter().filter(|line| line.starts_with("<   {")).count(), PART - 1, "{told:?}");
        assert_eq!(told.last().unwrap(), "    'https://graph.microsoft.com/v1.0/users/1'");
    }

    #[test]
    fn a_long_line_is_cut_around_what_the_failure_speaks_of() {
        let line = json!({"id": "1".repeat(60), "applyResult": "Failed1", "more": "x".repeat(60)}).to_string();
        assert_eq!(around(&line, &["other", "Failed1"], 40), "… \"applyResult\":\"Failed1\",\"more\":\"xxxxx…");
        assert!(around(&line, &["other"], 40).starts_with("{\"id\":\"111"));
    }

    #[test]
    fn a_whole_exchange_tells_headers_bodies_and_attempts() {
        let mut exchange = exchange();
        exchange.request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        exchange.request.body = json!({"displayName": "A\u{1b}[31m"});
        exchange.attempts = 2;
        exchange.earlier =
            serde_json::from_value(json!([{"end": "429", "request_id": "r0", "client_request_id": "c0"}])).unwrap();
        let told = [
            "> GET /v1.0/users/1 as the administrator",
            "> content-type: application/json",
            "> {",
            r#">   "displayName": "A\u001b[31m""#,
            "> }",
            "< 429, request-id r0: sent again",
            "< 200, entry 3 of the recording",
            "< request-id: r1",
            "< {",
            r#"<   "id": "1""#,
            "< }",
        ];
        assert_eq!(whole(&exchange), told);
    }

    #[test]
    fn only_names_and_values_of_a_failure_are_looked_for() {
        let texts =
            ["unexpected members of Building security", "Alex Wilber (bf59c5ba-5304) /accountEnabled: got true"];
        assert_eq!(telling_words(texts), ["Building", "Wilber", "bf59c5ba-5304", "accountEnabled"]);
    }
}
