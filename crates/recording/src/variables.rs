//! The variables of a Postman collection, put in their places.

use std::collections::{BTreeMap, BTreeSet};

use super::collection::{Pair, text_of_value};

/// Values may name other variables; this deep at most, so that a circle ends.
const DEEPEST: usize = 8;

/// No text grows by more than this: variables that name each other could fill the memory.
const MOST_GROWTH: usize = 1024 * 1024;

/// Variables that have a value. One without is as if it were not there: programs leave out of an export what is private.
#[derive(Clone, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// These, with those of an inner folder, which win.
    pub fn with(&self, inner: Option<&Vec<Pair>>) -> Self {
        let mut all = self.0.clone();
        for variable in inner.into_iter().flatten().filter(|variable| variable.disabled != Some(true)) {
            let value = text_of_value(variable.value.as_ref());
            if let Some(key) = variable.key.as_ref().filter(|_| !value.is_empty()) {
                all.insert(key.clone(), value);
            }
        }
        Self(all)
    }

    /// The text with a value in each place; the names that have none are added to `missing`, and stay.
    pub fn fill(&self, text: &str, missing: &mut BTreeSet<String>) -> String {
        let longest = text.len() + MOST_GROWTH;
        let mut filled = text.to_owned();
        for _ in 0..DEEPEST {
            let next = self.fill_once(&filled, longest, &mut BTreeSet::new());
            if next == filled {
                break;
            }
            filled = next;
        }
        // What still has a name after all rounds has no value, or names itself in a circle.
        Self::default().fill_once(&filled, longest, missing)
    }

    fn fill_once(&self, text: &str, longest: usize, missing: &mut BTreeSet<String>) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once("}}").filter(|(name, _)| is_name(name)) else {
                filled.push('{');
                rest = &rest[before.len() + 1..];
                continue;
            };
            let fits = |value: &&String| filled.len() + value.len() + behind.len() <= longest;
            match self.0.get(name.trim()).filter(fits) {
                Some(value) => filled.push_str(value),
                None => {
                    missing.insert(name.trim().to_owned());
                    filled.push_str("{{");
                    filled.push_str(name);
                    filled.push_str("}}");
                }
            }
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }
}

/// Returns whether it can be a variable's name: JSON in one line has two braces in a row, too.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.contains(['{', '}', '"', '\n', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let json: Vec<_> = pairs.iter().map(|(key, value)| serde_json::json!({"key": key, "value": value})).collect();
        Variables::default().with(Some(&serde_json::from_value(json.into()).unwrap()))
    }

    fn filled(variables: &Variables, text: &str) -> (String, Vec<String>) {
        let mut missing = BTreeSet::new();
        (variables.fill(text, &mut missing), missing.into_iter().collect())
    }

    #[test]
    fn variables_are_filled_in_through_others_and_those_without_value_are_named() {
        let known = variables(&[("host", "graph.microsoft.com"), ("base", "https://{{host}}/v1.0"), ("empty", "")]);
        assert_eq!(filled(&known, "{{base}}/me").0, "https://graph.microsoft.com/v1.0/me");
        let (text, missing) = filled(&known, "{{ host }}/{{empty}}/{{id}}");
        assert_eq!(text, "graph.microsoft.com/{{empty}}/{{id}}");
        assert_eq!(missing, ["empty", "id"]);
        let json = r#"{"a":{"b":{{number}}}}"#;
        assert_eq!(filled(&variables(&[("number", "1")]), json).0, r#"{"a":{"b":1}}"#);
        assert_eq!(filled(&known, r#"{{"a": 1}}"#).1, [""; 0]);
    }

    #[test]
    fn variables_in_a_circle_end_and_do_not_fill_the_memory() {
        let eight = |name: &str| format!("{{{{{name}}}}}").repeat(8);
        let circle = variables(&[("a", &eight("b")), ("b", &eight("a"))]);
        let (text, missing) = filled(&circle, "{{a}}");
        assert!(text.len() <= MOST_GROWTH + 8, "{}", text.len());
        assert!(!missing.is_empty());
    }
}
