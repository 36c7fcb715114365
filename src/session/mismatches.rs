//! Collecting everything that differs, so that a failing step shows it all at once.

use graphwalk_client::Exchange;
use serde_json::Value;

use super::{Captures, Expectation, Failure, HowMany, Script, ScriptEvent, Spot, When};

/// The number of characters of a value that a message shows.
const SHOWN: usize = 120;

/// The expected and the actual value of every point of one assertion.
#[derive(Debug, Default)]
pub struct Mismatches {
    lines: Vec<String>,
    /// The script in which comparisons are noted; none if nobody writes one.
    script: Option<Script>,
    compared: Vec<ScriptEvent>,
}

impl Mismatches {
    /// Begins without a mismatch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins without a mismatch; what is compared is noted in `script`, if somebody asks for that.
    pub(super) fn noted_in(script: &Script) -> Self {
        Self { script: Some(script.clone()).filter(Script::is_asked_for), ..Self::default() }
    }

    /// Notes what is compared, at a place of a part of the last answer.
    fn note(&mut self, document: &Value, pointer: &str, expectation: impl FnOnce(Spot) -> Expectation) {
        if let Some(script) = &self.script {
            self.compared.push(script.of_part(document, pointer, expectation));
        }
    }

    /// Says what else is judged, of which [`Mismatches::differ`] and [`Mismatches::say`] tell only if it is not so.
    pub fn expects(&mut self, expectation: Expectation) -> &mut Self {
        if self.script.is_some() {
            self.compared.push(ScriptEvent::Expects(expectation));
        }
        self
    }

    /// Says what else is judged that no expectation describes.
    pub fn judges(&mut self, what: &str) -> &mut Self {
        if self.script.is_some() {
            self.compared.push(ScriptEvent::Judges(Some(what.to_owned())));
        }
        self
    }

    /// Compares what stands at `pointer` of `document` with `expected`, type and value.
    pub fn at(&mut self, document: &Value, pointer: &str, expected: &Value) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::Is(spot, expected.clone()));
        let found = document.pointer(pointer);
        if found != Some(expected) {
            self.differ(pointer, &typed(expected), &found.map_or_else(|| "nothing".to_owned(), typed));
        }
        self
    }

    /// Compares what stands at `pointer` of `document` with a text.
    pub fn text(&mut self, document: &Value, pointer: &str, expected: &str) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::Is(spot, expected.into()));
        if document.pointer(pointer).and_then(Value::as_str) != Some(expected) {
            let found = document.pointer(pointer).map_or_else(|| "nothing".to_owned(), typed);
            self.differ(pointer, &typed(&Value::from(expected)), &found);
        }
        self
    }

    /// Compares what stands at `pointer` of `document` with a text, in upper or lower case.
    pub fn text_in_any_case(&mut self, document: &Value, pointer: &str, expected: &str) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::IsInAnyCase(spot, expected.to_owned()));
        let found = document.pointer(pointer).and_then(Value::as_str).unwrap_or("nothing");
        if !found.eq_ignore_ascii_case(expected) {
            self.differ(pointer, &typed(&Value::from(expected)), found);
        }
        self
    }

    /// Compares what stands at `pointer` of `document` with texts, of which the first is shown as the expected one.
    pub fn one_of(&mut self, document: &Value, pointer: &str, expected: &[String]) -> &mut Self {
        let values = expected.iter().map(|text| Value::from(text.as_str())).collect();
        self.note(document, pointer, |spot| Expectation::IsOneOf(spot, values));
        let found = document.pointer(pointer).and_then(Value::as_str).unwrap_or("nothing");
        if !expected.iter().any(|text| text == found) {
            self.differ(pointer, expected.first().map_or("", String::as_str), found);
        }
        self
    }

    /// Says that a part of a text at `pointer` of `document` is compared, of which [`Mismatches::differ`] tells if it lacks.
    pub fn part(&mut self, document: &Value, pointer: &str, part: &str) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::Contains(spot, part.into()));
        self
    }

    /// Says that a time at `pointer` of `document` is compared, of which [`Mismatches::differ`] tells if it is another one.
    pub fn time(&mut self, document: &Value, pointer: &str, when: When) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::IsTime(spot, when));
        self
    }

    /// Notes what stands at `pointer` of `document` if it is this text; `wanted` says what it should be instead.
    pub fn differs_from(&mut self, document: &Value, pointer: &str, unwanted: &str, wanted: &str) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::IsNot(spot, unwanted.into()));
        if document.pointer(pointer).and_then(Value::as_str) == Some(unwanted) {
            self.differ(pointer, wanted, unwanted);
        }
        self
    }

    /// Compares how many values the list at `pointer` of `document` has; what it lacks, it has none of.
    pub fn count(&mut self, document: &Value, pointer: &str, expected: usize) -> &mut Self {
        self.note(document, pointer, |spot| Expectation::HasItems(spot, HowMany::Exactly(expected)));
        let found = document.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
        if found != expected {
            self.differ(pointer, &format!("{expected} of them"), &found.to_string());
        }
        self
    }

    /// Notes what stands at `pointer` of `document` if it is no GUID.
    pub fn guid(&mut self, document: &Value, pointer: &str) -> &mut Self {
        self.note(document, pointer, Expectation::IsGuid);
        let found = document.pointer(pointer);
        if found.and_then(Value::as_str).is_none_or(|text| uuid::Uuid::try_parse(text).is_err()) {
            self.differ(pointer, "a GUID", &found.map_or_else(|| "nothing".to_owned(), typed));
        }
        self
    }

    /// Compares properties of an answer with what was sent for them; what was not sent is not compared.
    pub fn echoes(&mut self, sent: &Value, answered: &Value, properties: &[&str]) -> &mut Self {
        for property in properties {
            if let Some(expected) = sent.get(property) {
                self.at(answered, &format!("/{property}"), expected);
            }
        }
        self
    }

    /// The same of properties that the answer has: pages shorten what they print.
    pub fn echoes_what_is_told(&mut self, sent: &Value, answered: &Value, properties: &[&str]) -> &mut Self {
        let told: Vec<&str> = properties.iter().copied().filter(|name| answered.get(name).is_some()).collect();
        self.echoes(sent, answered, &told)
    }

    /// Compares every value of `expected` with what stands at its place under `pointer` of `document`. What the document
    /// holds beside that is not compared.
    pub fn holds_all_of(&mut self, document: &Value, pointer: &str, expected: &Value) -> &mut Self {
        match expected {
            Value::Object(properties) if !properties.is_empty() => {
                for (name, value) in properties {
                    self.holds_all_of(document, &format!("{pointer}/{name}"), value);
                }
                self
            }
            value => self.at(document, pointer, value),
        }
    }

    /// Compares `@odata.count`, where the list has one, with how many items there are.
    pub fn counted(&mut self, list: &Value) -> &mut Self {
        let items = list.get("value").and_then(Value::as_array).map_or(0, Vec::len);
        if list.get("@odata.count").is_some() {
            self.at(list, "/@odata.count", &Value::from(items));
        }
        self
    }

    /// Compares each item's display name with the name that its id is kept under, or with the display name that is kept of who
    /// goes by another name; and its principal name with the one that was asked for, where they are kept.
    pub fn each_echoes_name(&mut self, items: &[Value], captures: &Captures) -> &mut Self {
        for (index, item) in items.iter().enumerate() {
            let id = item.get("id").and_then(Value::as_str);
            let shown = id.and_then(|id| captures.name_of(id)).map(|name| {
                let kept = captures.get(&format!("display name of {name}")).and_then(Value::as_str);
                kept.unwrap_or(name)
            });
            let at = |property: &str| format!("/value/{index}/{property}");
            if let (Some(name), Some(_)) = (shown, item.get("displayName")) {
                self.item(item, "/displayName", name, &at("displayName"));
            }
            let name = id.and_then(|id| captures.name_of(id)).map(|name| format!("principal name of {name}"));
            let kept = name.and_then(|name| captures.get(&name)).and_then(Value::as_str);
            if let (Some(kept), Some(_)) = (kept, item.get("userPrincipalName")) {
                self.item(item, "/userPrincipalName", kept, &at("userPrincipalName"));
            }
        }
        self
    }

    /// Compares what stands at `pointer` of an item with a text; `at` is its place in the whole list.
    fn item(&mut self, item: &Value, pointer: &str, expected: &str, at: &str) {
        self.note(item, pointer, |spot| Expectation::Is(spot, expected.into()));
        let found = item.pointer(pointer);
        if found.and_then(Value::as_str) != Some(expected) {
            self.differ(at, &typed(&Value::from(expected)), &found.map_or_else(|| "nothing".to_owned(), typed));
        }
    }

    /// Notes one difference.
    pub fn differ(&mut self, what: &str, expected: &str, found: &str) -> &mut Self {
        let what = if what.is_empty() { "the answer" } else { what };
        self.lines.push(format!("{what}: expected {expected}, got {found}"));
        self
    }

    /// Notes one difference that a sentence describes better.
    pub fn say(&mut self, line: impl Into<String>) -> &mut Self {
        self.lines.push(line.into());
        self
    }

    /// Returns the differences, a line each.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns nothing if all is as expected, else a failure with all differences and the exchange they were found in.
    ///
    /// # Errors
    ///
    /// The failure.
    pub fn into_result(self, code: &'static str, message: &str, exchange: &Exchange) -> Result<(), Failure> {
        if self.lines.is_empty() {
            if let Some(script) = &self.script {
                self.compared.into_iter().for_each(|compared| script.note(compared));
            }
            return Ok(());
        }
        let label = match self.lines.as_slice() {
            [only] => only.clone(),
            many => format!("{} differences", many.len()),
        };
        let mut failure = Failure::new(code, message);
        if self.lines.len() == 1 && label.chars().count() <= 60 {
            failure.label = label;
        } else {
            if self.lines.len() > 1 {
                failure.label = label;
            }
            failure.notes.push(self.lines.join("\n"));
        }
        Err(failure.notes(exchange.notes()))
    }
}

/// A value with its type, cut where it is long: `string "5"`, `integer 5`.
pub fn typed(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return format!("{kind} {text}");
    }
    format!("{kind} {}…", text.chars().take(SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_of_another_type_differs_though_it_prints_alike() {
        let mut mismatches = Mismatches::new();
        mismatches.at(&json!({"days": "5"}), "/days", &json!(5));
        assert_eq!(mismatches.lines, [r#"/days: expected integer 5, got string "5""#]);
    }

    #[test]
    fn equal_values_leave_no_trace_and_missing_ones_are_nothing() {
        let mut mismatches = Mismatches::new();
        mismatches.at(&json!({"a": 1}), "/a", &json!(1)).text(&json!({"a": "x"}), "/a", "x");
        assert!(mismatches.is_empty());
        mismatches.text(&json!({}), "/b", "x");
        assert_eq!(mismatches.lines, [r#"/b: expected string "x", got nothing"#]);
    }
}
