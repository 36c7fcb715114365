//! Exchanges: what was sent and what was answered, to unfold.

use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::session::{EarlierAttempt, TracedExchange, TracedMessage};

use super::text::{HtmlBody, Text, moment, several};

/// The most characters of a body that a page shows.
const LONGEST_BODY: usize = 16 * 1024;

/// The exchanges of a session that its part of the page shows, by the `client-request-id` that was sent.
pub(super) struct Exchanges<'a> {
    /// The id of the session in the page.
    session: &'a str,
    numbers: HashMap<&'a str, usize>,
    /// By number, the place where each stands first: a failed step has the one that it is about again.
    first: HashMap<usize, &'a TracedExchange>,
    /// Whether the session is one of several, of which there is little room for each.
    pub is_brief: bool,
}

impl<'a> Exchanges<'a> {
    /// Makes the exchanges of the session that has this id in the page.
    pub fn new(session: &'a str, all: impl Iterator<Item = &'a TracedExchange>, is_brief: bool) -> Self {
        let (mut numbers, mut first) = (HashMap::new(), HashMap::new());
        for exchange in all {
            numbers.extend(exchange.client_request_id.as_deref().map(|id| (id, exchange.number)));
            first.entry(exchange.number).or_insert(exchange);
        }
        Self { session, numbers, first, is_brief }
    }

    /// The way to the exchange with this number.
    pub fn link(&self, number: usize) -> Markup {
        html! { a href=(format!("#{}x{number}", self.session)) { "exchange " (number) } }
    }

    /// Returns the anchor of the exchange with this `client-request-id`, and its number.
    pub fn anchor(&self, client_request_id: &str) -> Option<(String, usize)> {
        let number = *self.numbers.get(client_request_id)?;
        Some((format!("{}x{number}", self.session), number))
    }

    /// One of them, or the way to it if it stands in the page already. `is_open` says whether it is unfolded.
    pub fn show(&self, exchange: &TracedExchange, is_open: bool) -> Markup {
        let TracedExchange { number, actor, method, path, status, request, response, .. } = exchange;
        if self.first.get(number).is_some_and(|first| !std::ptr::eq(*first, exchange)) {
            return html! { p { "It is about " (self.link(*number)) "." } };
        }
        let class = match status {
            Some(200..400) => "exchange",
            _ => "exchange refused",
        };
        html! {
            details class=(class) id=(format!("{}x{number}", self.session)) open[is_open] {
                summary {
                    span class="number" { (number) } " "
                    b { (Text(method)) } " " code { (Text(path)) } " "
                    @match status { Some(status) => b { (status) }, None => b { "no answer" } }
                    " " span class="by" { "by " (Text(actor)) }
                }
                (facts(exchange))
                p { "Request" }
                pre { (message(&format!("{method} {path}"), request)) }
                @if let Some(status) = status {
                    p { "Answer" }
                    pre { (message(&status.to_string(), response)) }
                }
            }
        }
    }
}

fn facts(exchange: &TracedExchange) -> Markup {
    let TracedExchange { started, took_ms, earlier, request_id, client_request_id, origin, entry, .. } = exchange;
    html! {
        ul class="facts" {
            li { "sent " (moment(*started)) ", took " (took_ms) " ms" }
            @if let Some(origin) = origin {
                li {
                    "origin: " (Text(origin))
                    @if let Some(entry) = entry { ", entry " (entry) " of the recording" }
                }
            }
            @if let Some(id) = request_id { li { "request-id " code { (Text(id)) } } }
            @if let Some(id) = client_request_id { li { "client-request-id " code { (Text(id)) } } }
            @if !earlier.is_empty() {
                li { (several(exchange.attempts, "attempt")) "; before the last: " (earlier_attempts(earlier)) }
            }
            @if let Some(why) = &exchange.outside { li { "outside the steps: " (Text(why)) } }
            @if exchange.is_own_look { li { "no step asked for it: graphwalk looked whether what it wrote is there" } }
            @if let Some(shown_by) = &exchange.shown_by { li { "the answer was lost; shown by " (Text(shown_by)) } }
        }
    }
}

fn earlier_attempts(earlier: &[EarlierAttempt]) -> Markup {
    html! {
        @for (place, attempt) in earlier.iter().enumerate() {
            @if place > 0 { ", " }
            (Text(&attempt.end))
            @if let Some(id) = &attempt.request_id { " (request-id " (Text(id)) ")" }
        }
    }
}

/// A message as it goes over the wire: its first line, its headers, its body.
fn message(first: &str, message: &TracedMessage) -> Markup {
    let body = match &message.body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // A value of ours, written into memory: serialising it cannot fail.
        json => serde_json::to_string_pretty(json).unwrap_or_default(),
    };
    let shown = body.char_indices().nth(LONGEST_BODY).map_or(body.as_str(), |(end, _)| &body[..end]);
    let rest = body.len() - shown.len();
    html! {
        (HtmlBody(first)) "\n"
        @for (name, value) in &message.headers { (HtmlBody(name)) ": " (HtmlBody(value)) "\n" }
        @if !shown.is_empty() { "\n" (HtmlBody(shown)) }
        @if rest > 0 { "\n… " (rest) " more bytes: the messages (--messages) have all of them" }
    }
}
