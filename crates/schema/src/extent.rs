//! How much of an object an answer has.

use serde_json::Value;

/// The part of an object that an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All that objects of the type have when nobody asks for less.
    #[default]
    Whole,
    /// The properties of these names, and nothing else that has to be there.
    Selected(Vec<String>),
    /// Whoever wrote it down left something out.
    Shortened,
}

impl Extent {
    /// Returns the extent that the query of a request selects.
    pub(super) fn of_query(query: &str) -> Self {
        for option in url::form_urlencoded::parse(query.as_bytes()) {
            if option.0.trim_start_matches('$').eq_ignore_ascii_case("select") {
                return Self::of_names(option.1.split(','));
            }
        }
        Self::Whole
    }

    /// Returns the extent that an answer states: `…/$metadata#users(displayName,mail)/$entity`.
    pub(super) fn of_answer(body: &Value) -> Self {
        let context = body.get("@odata.context").and_then(Value::as_str).unwrap_or_default();
        let Some((_, told)) = context.split_once("$metadata#") else { return Self::Whole };
        if told.ends_with("/$delta") {
            // It has what changed.
            return Self::Shortened;
        }
        let told = told.strip_suffix("/$entity").unwrap_or(told);
        let Some(inner) = told.strip_suffix(')').and_then(within_last_brackets) else { return Self::Whole };
        let mut names = Vec::new();
        let (mut depth, mut name) = (0_usize, String::new());
        for c in inner.chars().chain([',']) {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                _ => {}
            }
            if depth > 0 || (c != ',' && c != ')') {
                name.push(c);
            }
        }
        // What has brackets of its own is expanded; a key in quotes selects nothing.
        names.retain(|name| !name.contains('('));
        let is_name = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./*".contains(&byte));
        if names.iter().all(is_name) { Self::of_names(names.iter().map(String::as_str)) } else { Self::Whole }
    }

    fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        if names.is_empty() || names.iter().any(|name| name == "*") { Self::Whole } else { Self::Selected(names) }
    }
}

/// The text after the bracket that belongs to the one which stood at the end.
fn within_last_brackets(text: &str) -> Option<&str> {
    let mut depth = 1_usize;
    for (index, c) in text.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(index + 1..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(extent: Extent) -> String {
        match extent {
            Extent::Whole => "whole".to_owned(),
            Extent::Selected(names) => names.join(" "),
            Extent::Shortened => "shortened".to_owned(),
        }
    }

    #[test]
    fn a_query_selects_names_in_any_spelling() {
        for (query, expected) in [
            ("$select=displayName,mail", "displayName mail"),
            ("$top=5&%24Select=displayName%2C%20mail", "displayName mail"),
            ("select=id", "id"),
            ("$select=*", "whole"),
            ("$select=", "whole"),
            ("$filter=displayName eq '$select=x'", "whole"),
            ("$expand=manager($select=id)", "whole"),
            ("", "whole"),
        ] {
            assert_eq!(told(Extent::of_query(query)), expected, "{query}");
        }
    }

    #[test]
    fn an_answer_says_what_it_has() {
        for (context, expected) in [
            ("users(displayName,mail)", "displayName mail"),
            ("users(displayName,mail)/$entity", "displayName mail"),
            ("users('1')/memberOf(displayName)", "displayName"),
            ("users(displayName,manager(id))", "displayName"),
            ("users(manager())", "whole"),
            ("users('1')/manager/$entity", "whole"),
            ("users('a,b')", "whole"),
            ("users(3b8ceebc-49e6-4e0c-9e14-c906374a7ef6)", "whole"),
            ("users(displayName)/$delta", "shortened"),
            ("users", "whole"),
            ("users)", "whole"),
            ("(", "whole"),
        ] {
            let body = json!({"@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{context}")});
            assert_eq!(told(Extent::of_answer(&body)), expected, "{context}");
        }
        assert_eq!(Extent::of_answer(&json!({"@odata.context": 5})), Extent::Whole);
    }
}
