//! One line of a file of messages.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::report::message::{
    GherkinDocument, Hook, Meta, ParameterType, Pickle, Source, StepDefinition, TestCase, TestCaseFinished,
    TestCaseStarted, TestRunFinished, TestRunHookFinished, TestRunHookStarted, TestRunStarted, TestStepFinished,
    TestStepStarted, Timestamp,
};

use super::KeptAttachment;

/// A message as it was kept. Those that no report reads are known by name alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum KeptLine {
    Meta(Meta),
    Source(Source),
    GherkinDocument(Box<GherkinDocument>),
    Pickle(Pickle),
    ParameterType(ParameterType),
    StepDefinition(StepDefinition),
    Hook(Hook),
    TestRunStarted(TestRunStarted),
    TestCase(TestCase),
    TestCaseStarted(TestCaseStarted),
    TestStepStarted(TestStepStarted),
    Attachment(KeptAttachment),
    TestStepFinished(TestStepFinished),
    TestCaseFinished(TestCaseFinished),
    TestRunHookStarted(TestRunHookStarted),
    TestRunHookFinished(TestRunHookFinished),
    TestRunFinished(TestRunFinished),
    ExternalAttachment(IgnoredAny),
    ParseError(IgnoredAny),
    Suggestion(IgnoredAny),
    UndefinedParameterType(IgnoredAny),
}

/// A reason why a line is no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineFault {
    /// It ends in the middle.
    Truncated,
    /// It is no JSON: the column, and what the parser says.
    NotJson(usize, String),
    /// It is JSON and no message; what was expected instead.
    Foreign(String),
    /// It is a message of a kind that this program does not know.
    UnknownKind(String),
    /// It is a message, and something in it is not as it should be: which message, and what.
    Malformed(String, String),
}

impl KeptLine {
    /// The time when it was written; of the messages of a session alone.
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::TestRunStarted(started) => Some(started.timestamp),
            Self::TestCaseStarted(started) => Some(started.timestamp),
            Self::TestStepStarted(started) => Some(started.timestamp),
            Self::TestStepFinished(finished) => Some(finished.timestamp),
            Self::TestCaseFinished(finished) => Some(finished.timestamp),
            Self::TestRunHookStarted(started) => Some(started.timestamp),
            Self::TestRunHookFinished(finished) => Some(finished.timestamp),
            _ => None,
        }
    }

    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self, LineFault> {
        serde_json::from_str(line).map_err(|error| fault(line, &error))
    }
}

/// Returns why `line`, which could not be read with this `error`, is no message.
fn fault(line: &str, error: &serde_json::Error) -> LineFault {
    let document = match serde_json::from_str::<Value>(line) {
        Ok(document) => document,
        Err(error) if error.is_eof() => return LineFault::Truncated,
        Err(error) => return LineFault::NotJson(error.column(), without_place(&error)),
    };
    let members = match &document {
        Value::Object(members) => members,
        Value::Array(_) => return LineFault::Foreign("an array".to_owned()),
        _ => return LineFault::Foreign("a value that is no object".to_owned()),
    };
    match members.keys().next() {
        Some(kind) if members.len() == 1 && is_known(kind) => LineFault::Malformed(kind.clone(), without_place(error)),
        Some(kind) if members.len() == 1 => LineFault::UnknownKind(kind.clone()),
        Some(first) => LineFault::Foreign(format!("an object of {} members, the first \"{first}\"", members.len())),
        None => LineFault::Foreign("an empty object".to_owned()),
    }
}

/// Returns whether there is a message of this kind: what says so is the list of kinds above.
fn is_known(kind: &str) -> bool {
    let empty = Value::Object([(kind.to_owned(), Value::Null)].into_iter().collect());
    serde_json::from_value::<KeptLine>(empty)
        .map_or_else(|error| !error.to_string().starts_with("unknown variant"), |_| true)
}

/// Returns the parser's message without the line, which is always the first, and the column.
fn without_place(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.rsplit_once(" at line ").map_or(told.as_str(), |(told, _)| told).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_that_is_no_message_is_refused_for_what_it_is() {
        let fault = |line: &str| KeptLine::parse(line).unwrap_err();
        assert_eq!(fault(r#"{"meta":{"#), LineFault::Truncated);
        assert!(matches!(fault("Feature: x"), LineFault::NotJson(1, _)), "{:?}", fault("Feature: x"));
        assert!(matches!(fault(r#"{"level":"info","message":"x"}"#), LineFault::Foreign(_)));
        assert!(matches!(fault("[1]"), LineFault::Foreign(_)));
        assert!(matches!(fault("{}"), LineFault::Foreign(_)));
        assert_eq!(fault(r#"{"level":{}}"#), LineFault::UnknownKind("level".to_owned()));
        let missing = fault(r#"{"testRunFinished":{"success":true}}"#);
        assert_eq!(missing, LineFault::Malformed("testRunFinished".to_owned(), "missing field `timestamp`".to_owned()));
    }

    #[test]
    fn messages_that_no_report_reads_are_known() {
        for kind in ["parseError", "suggestion", "undefinedParameterType", "externalAttachment"] {
            assert!(KeptLine::parse(&format!(r#"{{"{kind}":{{"a":1}}}}"#)).is_ok(), "{kind}");
        }
    }
}
