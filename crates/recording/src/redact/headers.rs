//! Headers, of an exchange and of the parts of a batch.

use jiff::fmt::rfc2822;

use super::Redactor;
use super::pseudonyms::PseudonymKind;

impl Redactor<'_> {
    pub(super) fn headers(&mut self, headers: &mut [(String, String)]) {
        for (name, value) in headers {
            *value = self.header(name, value);
        }
    }

    /// Returns what is kept of the value of a header; `name` is in lower case.
    pub(super) fn header(&mut self, name: &str, value: &str) -> String {
        let is_plain = match name {
            "retry-after" => is_delay(value),
            "odata-version" => value == "4.0" || value == "4.01",
            "cache-control" => {
                value.split(',').all(|word| ["no-cache", "no-store", "private", "public"].contains(&word.trim()))
            }
            _ => false,
        };
        match name {
            _ if is_plain => value.to_owned(),
            "content-type" => media_type(value),
            "prefer" | "preference-applied" | "consistencylevel" => self.expression(value),
            _ => self.value(value, PseudonymKind::Text),
        }
    }
}

/// Returns whether a `Retry-After` is one: seconds, which some services of Graph write with a point, or a date.
fn is_delay(value: &str) -> bool {
    const LONGEST: usize = 12;
    let is_number = value.len() <= LONGEST && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_number && value.parse::<f64>().is_ok()) || rfc2822::parse(value).is_ok()
}

/// The media types that answers of Graph have; any other becomes `application/octet-stream`. Of the parameters only those
/// are kept whose values form closed sets.
pub(super) fn media_type(text: &str) -> String {
    const TYPES: [&str; 9] = [
        "application/json",
        "application/xml",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/mixed",
        "text/plain",
        "text/html",
        "text/xml",
        "x-unknown",
    ];
    const PARAMETERS: [(&str, &[&str]); 5] = [
        ("charset", &["utf-8", "us-ascii", "iso-8859-1"]),
        ("odata.metadata", &["minimal", "full", "none"]),
        ("odata.streaming", &["true", "false"]),
        ("ieee754compatible", &["true", "false"]),
        ("exponentialdecimals", &["true", "false"]),
    ];
    if text.is_empty() {
        return String::new();
    }
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let mut kept = if TYPES.contains(&essence.to_lowercase().as_str()) { essence } else { TYPES[2] }.to_owned();
    for (part, (name, value)) in parts.filter_map(|part| Some((part, part.split_once('=')?))) {
        let (name, value) = (name.to_lowercase(), value.to_lowercase());
        if PARAMETERS.iter().any(|(known, values)| *known == name && values.contains(&value.as_str())) {
            kept.push(';');
            kept.push_str(part);
        }
    }
    kept
}
