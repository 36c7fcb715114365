//! JSON paths as JavaScript: what they find, as a list.

use serde_json::Value;

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum JsonPathSegment {
    Name(String),
    Index(i64),
    All,
    /// A property of each item, by names, that is a JSON value.
    Where(Vec<String>, Value),
}

/// The expression that finds what a JSON path finds in `answer`; `None` for what has no short one: slices, descendants, and
/// filters other than for one equal value. `text` writes a text that an item is found by.
pub fn in_javascript(path: &str, text: &dyn Fn(&str) -> String) -> Option<String> {
    let mut script = "[answer]".to_owned();
    for segment in segments(path)? {
        script += &match segment {
            JsonPathSegment::Name(name) => format!(".flatMap(x => child(x, {}))", quoted(&name)),
            JsonPathSegment::Index(index) => format!(".flatMap(x => at(x, {index}))"),
            JsonPathSegment::All => ".flatMap(x => children(x))".to_owned(),
            JsonPathSegment::Where(names, value) => {
                let names: String = names.iter().map(|name| format!("?.[{}]", quoted(name))).collect();
                let value = match &value {
                    Value::String(value) => text(value),
                    plain => plain.to_string(),
                };
                format!(".flatMap(x => children(x).filter(y => y{names} === {value}))")
            }
        };
    }
    Some(script)
}

/// A text as JavaScript has it.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn segments(path: &str) -> Option<Vec<JsonPathSegment>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut segments = Vec::new();
    while !rest.is_empty() {
        let segment;
        (segment, rest) = match rest.strip_prefix('[') {
            Some(inner) => bracket(inner)?,
            None => dotted(rest.strip_prefix('.')?)?,
        };
        segments.push(segment);
    }
    Some(segments)
}

fn dotted(text: &str) -> Option<(JsonPathSegment, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((JsonPathSegment::All, rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_name = !name.is_empty() && !name.contains([' ', '*', '?']);
    is_name.then(|| (JsonPathSegment::Name(name.to_owned()), rest))
}

/// Reads the text in brackets, the first of which is gone.
fn bracket(text: &str) -> Option<(JsonPathSegment, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((JsonPathSegment::All, rest.strip_prefix(']')?));
    }
    if text.starts_with(['\'', '"']) {
        let (name, rest) = string(text)?;
        return Some((JsonPathSegment::Name(name), rest.strip_prefix(']')?));
    }
    if let Some(filter) = text.strip_prefix('?') {
        return equality(filter.trim_start());
    }
    let (number, rest) = text.split_once(']')?;
    Some((JsonPathSegment::Index(number.trim().parse().ok()?), rest))
}

/// `@.a.b == 'c']`, in parentheses or not.
fn equality(text: &str) -> Option<(JsonPathSegment, &str)> {
    let (text, is_closed) = text.strip_prefix('(').map_or((text, false), |inner| (inner.trim_start(), true));
    let (names, value) = text.strip_prefix('@')?.split_once("==")?;
    let names = segments(&format!("${}", names.trim()))?;
    let names: Option<Vec<String>> = names
        .into_iter()
        .map(|segment| match segment {
            JsonPathSegment::Name(name) => Some(name),
            _ => None,
        })
        .collect();
    let value = value.trim_start();
    let (value, rest) = if value.starts_with(['\'', '"']) {
        let (text, rest) = string(value)?;
        (Value::from(text), rest)
    } else {
        let end = value.find([')', ']', ' '])?;
        let (value, rest) = value.split_at(end);
        (serde_json::from_str::<Value>(value).ok().filter(|value| !value.is_object())?, rest)
    };
    let rest = rest.trim_start();
    let rest = if is_closed { rest.strip_prefix(')')?.trim_start() } else { rest };
    Some((JsonPathSegment::Where(names?, value), rest.strip_prefix(']')?))
}

/// A text in quotes without escapes, and what comes after it.
fn string(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next()?;
    let (inner, rest) = text[1..].split_once(quote)?;
    (!inner.contains('\\')).then(|| (inner.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_chain_of_calls() {
        let script = in_javascript("$.value[0]['a b'].c[*]", &quoted).unwrap();
        assert_eq!(
            script,
            "[answer].flatMap(x => child(x, \"value\")).flatMap(x => at(x, 0)).flatMap(x => child(x, \"a b\"))\
             .flatMap(x => child(x, \"c\")).flatMap(x => children(x))"
        );
        let script = in_javascript("$.value[?(@.principal.id == 'x')].id", &|text| format!("v({text})")).unwrap();
        assert!(script.contains(r#"children(x).filter(y => y?.["principal"]?.["id"] === v(x))"#), "{script}");
        assert_eq!(in_javascript("$.value[?@.n == 5]", &quoted).unwrap().matches("=== 5").count(), 1);
    }

    #[test]
    fn what_has_no_short_expression_is_none() {
        for path in
            ["$..id", "$.value[1:2]", "$.value[?@.a]", "$.value[?@.a > 1]", "x", "$.a b", "$['a\\'b']", "$[", "$["]
        {
            assert_eq!(in_javascript(path, &quoted), None, "{path}");
        }
    }
}
