//! What kept ids are called, and how sentences say where something stands.

use std::ops::Range;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// One of a collection: `user` of `users`, `policy` of `policies`.
pub(super) fn singular(collection: &str) -> String {
    if let Some(stem) = collection.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = collection.strip_suffix('s').filter(|stem| !stem.ends_with('s') && stem.len() > 1);
    stem.unwrap_or(collection).to_owned()
}

/// Returns the name of an object where that is short: its own, or that of whom it is about.
pub(super) fn name_of(object: &Value) -> Option<&str> {
    const LONGEST: usize = 32;
    let pointers = ["/displayName", "/principal/displayName", "/target/displayName", "/name", "/subject"];
    let name = pointers.iter().find_map(|pointer| object.pointer(pointer)).and_then(Value::as_str)?;
    (!name.is_empty() && name.chars().count() <= LONGEST).then_some(name)
}

/// A name for what is kept: letters first, and only what names may have.
pub(super) fn with_name(word: &str, name: Option<&str>) -> String {
    let whole = name.map_or_else(|| word.to_owned(), |name| format!("{word} {name}"));
    let fits = |c: char| if c.is_alphanumeric() || " _-.'".contains(c) { c } else { ' ' };
    let clean: String = whole.chars().map(fits).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.starts_with(char::is_alphabetic) { clean } else { format!("object {clean}") }
}

pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the place of a key in a path: as it is, or percent-encoded.
pub(super) fn place_of(path: &str, key: &str) -> Option<Range<usize>> {
    if let Some(at) = path.find(key) {
        return Some(at..at + key.len());
    }
    let mut at = 0;
    for segment in path.split('/') {
        let encoded = segment.split_once("('").and_then(|(_, rest)| rest.strip_suffix("')")).unwrap_or(segment);
        if percent_decode_str(encoded).decode_utf8().is_ok_and(|decoded| decoded == key) {
            let start = at + segment.find(encoded).unwrap_or(0);
            return Some(start..start + encoded.len());
        }
        at += segment.len() + 1;
    }
    None
}

/// So many parts of an object are looked at.
pub(super) const MOST_PARTS: usize = 50;

/// The JSON path of an item: by the name that only it has, so that the order of the list does not matter; else by its place.
pub(super) fn item_query(list: &str, items: &[Value], index: usize) -> String {
    for path in ["displayName", "principal.displayName", "name"] {
        let pointer = format!("/{}", path.replace('.', "/"));
        let name = |item: &Value| item.pointer(&pointer).and_then(Value::as_str).map(str::to_owned);
        let Some(own) = items.get(index).and_then(name) else { continue };
        let is_only = items.iter().filter(|item| name(item).as_ref() == Some(&own)).count() == 1;
        if is_only && !own.is_empty() && !own.contains(['\'', '"', '\\', '{', '<', '>']) {
            return format!("{list}[?@.{path} == '{own}']");
        }
    }
    format!("{list}[{index}]")
}

/// A text in which what looks like a name in braces is none.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        // Two in a row stand for one.
        let names = c == '{' && text[at + 1..].starts_with(|next: char| next.is_alphabetic() || next == '{');
        out.push_str(if names { "{{" } else { "" });
        if !names {
            out.push(c);
        }
    }
    out
}
