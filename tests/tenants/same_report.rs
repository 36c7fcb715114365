//! Reports of the same sessions that were made in two ways.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

/// Two reports are the same but for times, durations and the ids that are random in each run.
pub fn same_report(format: &str, one: &str, other: &str) {
    if let (Ok(one), Ok(other)) = (serde_json::from_str(one), serde_json::from_str(other)) {
        return same_json(format, &one, &other);
    }
    assert_eq!(one.lines().count(), other.lines().count(), "{format}");
    for (one, other) in one.lines().zip(other.lines()).filter(|(one, other)| one != other) {
        match (serde_json::from_str(one), serde_json::from_str(other)) {
            (Ok(one), Ok(other)) => same_json(format, &one, &other),
            _ => assert_eq!(without_times(one), without_times(other), "{format}"),
        }
    }
}

/// Two documents are the same but for times and durations.
fn same_json(format: &str, one: &Value, other: &Value) {
    const DROPPED: [&str; 10] = [
        "timestamp",
        "duration",
        "took",
        "took_ms",
        "milliseconds",
        "clock_moved",
        "start",
        "stop",
        "seconds",
        "nanos",
    ];
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            assert!(one.keys().eq(other.keys()), "{format}: {:?} {:?}", one.keys(), other.keys());
            for (key, one) in one.iter().filter(|(key, _)| !DROPPED.contains(&key.as_str())) {
                same_json(format, one, &other[key]);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{format}");
            one.iter().zip(other).for_each(|(one, other)| same_json(format, one, other));
        }
        (Value::String(one), Value::String(other)) if one != other => {
            match (serde_json::from_str(one), serde_json::from_str(other)) {
                (Ok(one @ (Value::Object(_) | Value::Array(_))), Ok(other)) => same_json(format, &one, &other),
                _ => assert_eq!(without_times(one), without_times(other), "{format}"),
            }
        }
        _ => assert_eq!(one, other, "{format}"),
    }
}

/// A text without the ids that are random in each run, times and durations.
fn without_times(text: &str) -> String {
    static REPLACED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let patterns = [
            ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
            // Its first characters tell sessions of the same name apart.
            (r"([(-])[0-9a-f]{8}\b", "${1}ID"),
            (r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\+00:00)?", "TIME"),
            (r#"(time|timestamp)="[^"]*""#, "$1"),
            (r"(&lt; |< )?[0-9.,]+ (ms|s|min)\b", "SPAN"),
            (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d GMT", "TIME"),
        ];
        patterns.map(|(pattern, with)| (Regex::new(pattern).unwrap(), with)).into()
    });
    let mut text = text.to_owned();
    for (pattern, with) in REPLACED.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    text
}
