//! Batches: each part is a request or an answer like those outside.

use serde_json::{Map, Value};

use super::Redactor;
use super::pseudonyms::PseudonymKind;
use crate::batch::parts_mut;
use graphwalk_secrets::masking::{is_secret_header, is_secret_name};

/// Returns whether what is sent to a path is a batch.
pub(super) fn is_batch(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case("$batch"))
}

impl Redactor<'_> {
    pub(super) fn batch(&mut self, body: &mut Value) {
        let Some(parts) = parts_mut(body) else { return self.json(body, PseudonymKind::Text) };
        let mut parts = std::mem::take(parts);
        parts.iter_mut().for_each(|part| self.part(part));
        self.json(body, PseudonymKind::Text);
        if let Some(emptied) = parts_mut(body) {
            *emptied = parts;
        }
    }

    fn part(&mut self, part: &mut Value) {
        let Value::Object(properties) = part else { return self.json(part, PseudonymKind::Text) };
        let redact = |(name, mut value): (String, Value)| {
            match (name.as_str(), &mut value) {
                ("headers", Value::Object(headers)) => *headers = self.part_headers(std::mem::take(headers)),
                ("url", Value::String(url)) => *url = self.part_url(url),
                // The numbers by which the parts of a batch name one another.
                ("id", Value::String(id)) if is_number(id) => {}
                ("dependsOn", Value::Array(ids)) if ids.iter().all(|id| id.as_str().is_some_and(is_number)) => {}
                (_, value) => self.json(value, PseudonymKind::Text),
            }
            (self.property(&name), value)
        };
        *properties = std::mem::take(properties).into_iter().map(redact).collect();
    }

    /// A URL from the version on, with or without a slash before it.
    fn part_url(&mut self, url: &str) -> String {
        if url.starts_with('/') || url.contains("://") {
            return self.value(url, PseudonymKind::Text);
        }
        self.value(&format!("/{url}"), PseudonymKind::Text).trim_start_matches('/').to_owned()
    }

    fn part_headers(&mut self, headers: Map<String, Value>) -> Map<String, Value> {
        let is_secret = |name: &str| is_secret_header(name) || is_secret_name(name);
        let redact = |(name, value): (String, Value)| {
            let value = match value {
                Value::String(text) if is_secret(&name) && !text.is_empty() => Value::from(self.dropped()),
                Value::String(text) => Value::from(self.header(&name.to_lowercase(), &text)),
                mut other => {
                    self.json(&mut other, PseudonymKind::Text);
                    other
                }
            };
            (
                if is_secret(&name) && name.eq_ignore_ascii_case("authorization") {
                    name
                } else {
                    self.property(&name)
                },
                value,
            )
        };
        headers.into_iter().map(redact).collect()
    }
}

fn is_number(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
