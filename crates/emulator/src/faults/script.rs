//! The document that scripts faults.
//!
//! ```json
//! {"faults": [
//!   {"on": {"method": "PATCH", "path": "/v1.0/identityGovernance/**/decisions/*", "actor": "AdeleV@contoso.com", "nth": 2},
//!    "do": {"status": 429, "retryAfter": 7}},
//!   {"on": {"method": "GET", "path": "/groups/*", "within": 10}, "do": {"lag": "flap", "for": 15}}
//! ]}
//! ```
//!
//! `on` says which calls, and what it leaves out fits every call:
//!
//! | key | calls |
//! |---|---|
//! | `method` | of this HTTP method |
//! | `path` | whose path fits: see [`PathPattern`] |
//! | `actor` | of this user, by principal name or object id |
//! | `within` | in the first so many seconds, of `since`: `"creation"` of the object that the path names, or the `"start"` of the script. Without `since` it is the creation where the path names an object, else the start |
//! | `nth`, `first`, `every` | which of all matches: the nth one, the first N, or every Nth; at most one of the three |
//!
//! `do` says what happens: one of `status`, `close`, `truncate`, `lag`; and `delay`, alone or beside it:
//!
//! | key | effect |
//! |---|---|
//! | `status` | Graph answers 409, 429, 500, 502, 503 or 504, with `retryAfter` seconds; `when` is `"before"` the call is done (so it is not; the default) or `"after"` |
//! | `close` | the connection is closed, `"before"` or `"after"` the call is done |
//! | `truncate` | `true`: the call is done, and half of the answer's body is sent |
//! | `lag` | the read is answered by a replica that is `for` seconds behind: `"stale"` each time, `"flap"` every other time. Writes are done |
//! | `delay` | the answer comes so many seconds later |

use serde_json::{Map, Value};

use super::FaultError;
use super::path_pattern::PathPattern;
use super::{FaultEnding, FaultMoment};

/// One entry of a script: which calls, and what happens to them.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// The calls that it is for.
    pub on: CallPattern,
    /// The effect on them.
    pub act: FaultAct,
}

/// The calls that a rule is for; what is `None` fits every call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallPattern {
    /// The HTTP method, upper case.
    pub method: Option<String>,
    /// The path.
    pub path: Option<PathPattern>,
    /// The caller's principal name or object id, lower case.
    pub actor: Option<String>,
    /// The age that the object or the script may have at most.
    pub within: Option<Within>,
    /// The calls that it is for, of those that fit.
    pub turn: Turn,
}

/// The first seconds of something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// Their length in milliseconds.
    pub milliseconds: i64,
    /// Of what; `None`: of the object if the path names one, else of the script.
    pub since: Option<Since>,
}

/// The moment from which `within` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The creation of the object that the path names.
    Creation,
    /// The first call that the script saw.
    Start,
}

/// A choice of the calls that fit, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// All.
    #[default]
    All,
    /// The nth alone.
    Nth(u64),
    /// The first n.
    First(u64),
    /// The nth, the 2nth, and so on.
    Every(u64),
}

/// The effect of a rule on a call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FaultAct {
    /// The delay of the answer in milliseconds.
    pub delay: i64,
    /// The lag of the read.
    pub lag: Option<LagRule>,
    /// The failure that ends the call.
    pub ending: Option<FaultEnding>,
}

/// A read that does not see the last writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagRule {
    /// The lag of the replica in milliseconds.
    pub behind: i64,
    /// Whether every other read is answered by a replica that is up to date.
    pub flaps: bool,
}

impl Turn {
    /// Returns whether it is the turn of the call that fits as the `count`th.
    pub fn is_at(self, count: u64) -> bool {
        match self {
            Self::All => true,
            Self::Nth(n) => count == n,
            Self::First(n) => count <= n,
            Self::Every(n) => count.is_multiple_of(n),
        }
    }
}

/// Reads a script.
///
/// # Errors
///
/// [`FaultError`] with the place of the first thing that cannot stand where it stands.
pub fn parse(text: &str) -> Result<Vec<FaultRule>, FaultError> {
    let document: Value = serde_json::from_str(text).map_err(|error| FaultError::Syntax {
        line: error.line(),
        column: error.column(),
        reason: error.to_string(),
    })?;
    let root = ScriptNode { value: &document, pointer: String::new() };
    let faults = root.object(&["faults"])?.required("faults")?;
    let items = faults.value.as_array().ok_or_else(|| faults.expected("an array of faults"))?;
    let nodes = items.iter().enumerate();
    nodes.map(|(index, value)| rule(&ScriptNode { value, pointer: format!("{}/{index}", faults.pointer) })).collect()
}

fn rule(node: &ScriptNode<'_>) -> Result<FaultRule, FaultError> {
    let object = node.object(&["on", "do"])?;
    Ok(FaultRule { on: address(&object.required("on")?)?, act: act(&object.required("do")?)? })
}

fn address(node: &ScriptNode<'_>) -> Result<CallPattern, FaultError> {
    let object = node.object(&["method", "path", "actor", "within", "since", "nth", "first", "every"])?;
    let since = object.get("since").map(|node| node.one_of(&[("creation", Since::Creation), ("start", Since::Start)]));
    let since = since.transpose()?;
    let within = object.get("within").map(|node| node.milliseconds()).transpose()?;
    if within.is_none() && since.is_some() {
        return Err(node.expected("`within` beside `since`"));
    }
    Ok(CallPattern {
        method: object.get("method").map(|node| method(&node)).transpose()?,
        path: object.get("path").map(|node| path(&node)).transpose()?,
        actor: object.get("actor").map(|node| node.text().map(str::to_lowercase)).transpose()?,
        within: within.map(|milliseconds| Within { milliseconds, since }),
        turn: turn(&object)?,
    })
}

fn method(node: &ScriptNode<'_>) -> Result<String, FaultError> {
    let method = node.text()?.to_uppercase();
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str());
    if known { Ok(method) } else { Err(node.expected("GET, HEAD, POST, PUT, PATCH or DELETE")) }
}

fn path(node: &ScriptNode<'_>) -> Result<PathPattern, FaultError> {
    let path = node.text()?;
    if path.starts_with('/') { Ok(PathPattern::new(path)) } else { Err(node.expected("a path that begins with /")) }
}

fn turn(object: &ScriptObject<'_>) -> Result<Turn, FaultError> {
    let mut turn = None;
    for name in ["nth", "first", "every"] {
        let Some(node) = object.get(name) else { continue };
        let count = node.value.as_u64().filter(|count| *count > 0).ok_or_else(|| node.expected("1 or more"))?;
        let form = match name {
            "nth" => Turn::Nth(count),
            "first" => Turn::First(count),
            _ => Turn::Every(count),
        };
        if turn.replace(form).is_some() {
            return Err(node.expected("at most one of `nth`, `first` and `every`"));
        }
    }
    Ok(turn.unwrap_or_default())
}

fn act(node: &ScriptNode<'_>) -> Result<FaultAct, FaultError> {
    let object = node.object(&["status", "retryAfter", "when", "close", "truncate", "lag", "for", "delay"])?;
    let given: Vec<&str> =
        ["status", "close", "truncate", "lag"].into_iter().filter(|name| object.get(name).is_some()).collect();
    if given.len() > 1 || (given.is_empty() && object.get("delay").is_none()) {
        return Err(node.expected("one of `status`, `close`, `truncate` and `lag`, or `delay`"));
    }
    for (name, beside) in [("retryAfter", "status"), ("when", "status"), ("for", "lag")] {
        if let Some(misplaced) = object.get(name).filter(|_| object.get(beside).is_none()) {
            return Err(misplaced.expected(&format!("`{name}` only beside `{beside}`")));
        }
    }
    let delay = object.get("delay").map(|node| node.milliseconds()).transpose()?.unwrap_or(0);
    Ok(FaultAct { delay, lag: lag(&object)?, ending: ending(&object)? })
}

fn lag(object: &ScriptObject<'_>) -> Result<Option<LagRule>, FaultError> {
    let Some(node) = object.get("lag") else { return Ok(None) };
    let flaps = node.one_of(&[("stale", false), ("flap", true)])?;
    Ok(Some(LagRule { behind: object.required("for")?.milliseconds()?, flaps }))
}

fn ending(object: &ScriptObject<'_>) -> Result<Option<FaultEnding>, FaultError> {
    const MOMENTS: [(&str, FaultMoment); 2] = [("before", FaultMoment::Before), ("after", FaultMoment::After)];
    if let Some(node) = object.get("close") {
        return Ok(Some(FaultEnding::Close(node.one_of(&MOMENTS)?)));
    }
    if let Some(node) = object.get("truncate") {
        return if node.value == &Value::Bool(true) {
            Ok(Some(FaultEnding::Truncate))
        } else {
            Err(node.expected("true"))
        };
    }
    let Some(node) = object.get("status") else { return Ok(None) };
    let status = node.value.as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| super::code_of(*status).is_some());
    Ok(Some(FaultEnding::Refuse {
        status: status.ok_or_else(|| node.expected("409, 429, 500, 502, 503 or 504"))?,
        retry_after: object.get("retryAfter").map(|node| node.milliseconds()).transpose()?,
        when: object.get("when").map_or(Ok(FaultMoment::Before), |node| node.one_of(&MOMENTS))?,
    }))
}

/// A value and its place.
struct ScriptNode<'a> {
    value: &'a Value,
    pointer: String,
}

/// An object whose keys are all known.
struct ScriptObject<'a> {
    properties: &'a Map<String, Value>,
    pointer: &'a str,
}

impl ScriptNode<'_> {
    fn object(&self, keys: &[&str]) -> Result<ScriptObject<'_>, FaultError> {
        let properties = self.value.as_object().ok_or_else(|| self.expected("an object"))?;
        if let Some(key) = properties.keys().find(|key| !keys.contains(&key.as_str())) {
            return Err(FaultError::Value {
                pointer: self.pointer.clone(),
                expected: format!("no key but {}", keys.join(", ")),
                got: format!("\"{key}\""),
            });
        }
        Ok(ScriptObject { properties, pointer: &self.pointer })
    }

    fn text(&self) -> Result<&str, FaultError> {
        self.value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| self.expected("a text"))
    }

    /// Seconds as milliseconds. A year is more than any script needs, and far from where clocks end.
    fn milliseconds(&self) -> Result<i64, FaultError> {
        let seconds = self.value.as_f64().filter(|seconds| (0.0..=31_536_000.0).contains(seconds));
        seconds.map(|seconds| (seconds * 1000.0).round() as i64).ok_or_else(|| self.expected("seconds, 0 or more"))
    }

    fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, FaultError> {
        let found = words.iter().find(|(word, _)| self.value.as_str() == Some(word));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.expected(&words.join(" or "))
        })
    }

    fn expected(&self, expected: &str) -> FaultError {
        let got: String = self.value.to_string().chars().take(80).collect();
        FaultError::Value { pointer: self.pointer.clone(), expected: expected.to_owned(), got }
    }
}

impl<'a> ScriptObject<'a> {
    fn get(&self, name: &str) -> Option<ScriptNode<'a>> {
        let value = self.properties.get(name)?;
        Some(ScriptNode { value, pointer: format!("{}/{name}", self.pointer) })
    }

    fn required(&self, name: &str) -> Result<ScriptNode<'a>, FaultError> {
        self.get(name).ok_or_else(|| FaultError::Value {
            pointer: self.pointer.to_owned(),
            expected: format!("the key \"{name}\""),
            got: "none".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn refusal(document: &Value) -> String {
        parse(&document.to_string()).unwrap_err().to_string()
    }

    fn one(on: &Value, act: &Value) -> Value {
        json!({"faults": [{"on": on, "do": act}]})
    }

    #[test]
    fn everything_that_can_be_scripted_is_read() {
        let script = json!({"faults": [
            {"on": {"method": "patch", "path": "/groups/*", "actor": "AdeleV@Contoso.com", "within": 1.5, "since": "start", "nth": 2},
             "do": {"status": 429, "retryAfter": 0.5, "when": "after", "delay": 2}},
            {"on": {}, "do": {"lag": "flap", "for": 15}},
            {"on": {"every": 3}, "do": {"close": "after"}},
        ]});
        let rules = parse(&script.to_string()).unwrap();
        assert_eq!(
            rules[0],
            FaultRule {
                on: CallPattern {
                    method: Some("PATCH".into()),
                    path: Some(PathPattern::new("/groups/*")),
                    actor: Some("adelev@contoso.com".into()),
                    within: Some(Within { milliseconds: 1500, since: Some(Since::Start) }),
                    turn: Turn::Nth(2),
                },
                act: FaultAct {
                    delay: 2000,
                    lag: None,
                    ending: Some(FaultEnding::Refuse { status: 429, retry_after: Some(500), when: FaultMoment::After }),
                },
            }
        );
        assert_eq!(rules[1].act.lag, Some(LagRule { behind: 15_000, flaps: true }));
        assert_eq!(
            (rules[2].on.turn, rules[2].act.ending),
            (Turn::Every(3), Some(FaultEnding::Close(FaultMoment::After)))
        );
    }

    #[test]
    fn a_faulty_script_is_refused_with_its_place() {
        let ok = json!({"delay": 1});
        let cases = [
            (json!([]), "the whole document: expected an object, got []"),
            (json!(null), "the whole document: expected an object, got null"),
            (json!({"faults": {}}), "/faults: expected an array of faults, got {}"),
            (json!({"faults": [null]}), "/faults/0: expected an object, got null"),
            (one(&json!([]), &ok), "/faults/0/on: expected an object, got []"),
            (one(&json!({"path": null}), &ok), "/faults/0/on/path: expected a text, got null"),
            (one(&json!({"method": ["GET"]}), &ok), "/faults/0/on/method: expected a text, got [\"GET\"]"),
            (one(&json!({}), &json!(null)), "/faults/0/do: expected an object, got null"),
            (json!({}), "the whole document: expected the key \"faults\", got none"),
            (json!({"faults": [{"on": {}}]}), "/faults/0: expected the key \"do\", got none"),
            (
                one(&json!({"verb": "GET"}), &ok),
                "/faults/0/on: expected no key but method, path, actor, within, since, nth, first, every, got \"verb\"",
            ),
            (
                one(&json!({"method": "FETCH"}), &ok),
                "/faults/0/on/method: expected GET, HEAD, POST, PUT, PATCH or DELETE, got \"FETCH\"",
            ),
            (
                one(&json!({"path": "groups"}), &ok),
                "/faults/0/on/path: expected a path that begins with /, got \"groups\"",
            ),
            (one(&json!({"nth": 0}), &ok), "/faults/0/on/nth: expected 1 or more, got 0"),
            (
                one(&json!({"nth": 1, "every": 2}), &ok),
                "/faults/0/on/every: expected at most one of `nth`, `first` and `every`, got 2",
            ),
            (
                one(&json!({"since": "start"}), &ok),
                "/faults/0/on: expected `within` beside `since`, got {\"since\":\"start\"}",
            ),
            (
                one(&json!({}), &json!({"status": 418})),
                "/faults/0/do/status: expected 409, 429, 500, 502, 503 or 504, got 418",
            ),
            (
                one(&json!({}), &json!({"status": 429, "retryAfter": -1})),
                "/faults/0/do/retryAfter: expected seconds, 0 or more, got -1",
            ),
            (one(&json!({}), &json!({"lag": "stale"})), "/faults/0/do: expected the key \"for\", got none"),
            (
                one(&json!({}), &json!({"delay": 1, "for": 2})),
                "/faults/0/do/for: expected `for` only beside `lag`, got 2",
            ),
            (
                one(&json!({}), &json!({"close": "during"})),
                "/faults/0/do/close: expected \"before\" or \"after\", got \"during\"",
            ),
            (one(&json!({}), &json!({"truncate": false})), "/faults/0/do/truncate: expected true, got false"),
            (
                one(&json!({}), &json!({})),
                "/faults/0/do: expected one of `status`, `close`, `truncate` and `lag`, or `delay`, got {}",
            ),
        ];
        for (document, expected) in cases {
            assert_eq!(refusal(&document), expected);
        }
    }

    #[test]
    fn a_syntax_error_names_line_and_column() {
        let error = parse("{\"faults\": [\n  oops]}").unwrap_err();
        assert!(matches!(error, FaultError::Syntax { line: 2, column: 3, .. }), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_value_in_a_place_of_a_number_makes_it_panic(number in proptest::num::f64::ANY) {
            let _ = parse(&one(&json!({"within": number, "nth": number}), &json!({"delay": number})).to_string());
        }
    }
}
