//! A message as a line of JSON.
//!
//! The messages that every step of every session has are put together piece by piece, which takes a tenth of what a general serializer
//! takes; and what an attachment says is masked, written and made a text of in one.

use std::io::{self, Write};

use graphwalk_secrets::write_without_secrets;
use serde::Serialize;

use crate::report::attachment::{AttachedTo, Attachment};

use super::{
    Duration, Envelope, StepBinding, TestCase, TestCaseFinished, TestCaseStarted, TestStep, TestStepFinished,
    TestStepResult, TestStepStarted, Timestamp, definition_id,
};

impl Envelope<'_> {
    /// Appends the message to `bytes`, with the end of the line.
    ///
    /// # Errors
    ///
    /// The serializer's. A part of the message may stand in `bytes` then.
    pub(in crate::report) fn write_line(&self, bytes: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut line = Line(bytes);
        match self {
            Self::Meta(message) => line.message("meta", message)?,
            Self::Source(message) => line.message("source", message)?,
            Self::GherkinDocument(message) => line.message("gherkinDocument", message)?,
            Self::Pickle(message) => line.message("pickle", message)?,
            Self::ParameterType(message) => line.message("parameterType", message)?,
            Self::StepDefinition(message) => line.message("stepDefinition", message)?,
            Self::Hook(message) => line.message("hook", message)?,
            Self::TestRunStarted(message) => line.message("testRunStarted", message)?,
            Self::TestCase(message) => line.test_case(message)?,
            Self::TestCaseStarted(message) => line.test_case_started(message)?,
            Self::TestStepStarted(message) => line.test_step_started(message)?,
            Self::Attachment(message) => line.attachment(message)?,
            Self::TestStepFinished(message) => line.test_step_finished(message)?,
            Self::TestCaseFinished(message) => line.test_case_finished(message)?,
            Self::TestRunHookStarted(message) => line.message("testRunHookStarted", message)?,
            Self::TestRunHookFinished(message) => line.message("testRunHookFinished", message)?,
            Self::TestRunFinished(message) => line.message("testRunFinished", message)?,
        }
        line.raw("\n");
        Ok(())
    }
}

/// The line that is being written.
struct Line<'b>(&'b mut Vec<u8>);

impl Line<'_> {
    fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *self.0, value)
    }

    /// A text in quotes.
    fn text(&mut self, text: &str) -> serde_json::Result<()> {
        if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)) {
            return self.value(text);
        }
        self.raw("\"");
        self.raw(text);
        self.raw("\"");
        Ok(())
    }

    fn message(&mut self, kind: &str, message: &impl Serialize) -> serde_json::Result<()> {
        self.raw("{\"");
        self.raw(kind);
        self.raw("\":");
        self.value(message)?;
        self.raw("}");
        Ok(())
    }

    /// The moment, which is the last of a message.
    fn timestamp_at_end(&mut self, Timestamp { seconds, nanos }: &Timestamp) -> serde_json::Result<()> {
        self.raw(r#","timestamp":{"seconds":"#);
        self.value(seconds)?;
        self.raw(r#","nanos":"#);
        self.value(nanos)?;
        self.raw("}}}");
        Ok(())
    }

    fn test_case(&mut self, message: &TestCase) -> serde_json::Result<()> {
        let TestCase { id, pickle_id, test_steps, test_run_started_id } = message;
        self.raw(r#"{"testCase":{"id":"#);
        self.text(id)?;
        self.raw(r#","pickleId":"#);
        self.text(pickle_id)?;
        self.raw(r#","testSteps":["#);
        for (place, step) in test_steps.iter().enumerate() {
            self.raw(if place == 0 { "" } else { "," });
            self.test_step(step)?;
        }
        self.raw(r#"],"testRunStartedId":"#);
        self.text(test_run_started_id)?;
        self.raw("}}");
        Ok(())
    }

    fn test_step(&mut self, step: &TestStep) -> serde_json::Result<()> {
        let TestStep { id, pickle_step_id, binding } = step;
        self.raw(r#"{"id":"#);
        self.text(id)?;
        self.raw(r#","pickleStepId":"#);
        self.text(pickle_step_id)?;
        self.raw(r#","stepDefinitionIds":"#);
        match binding {
            StepBinding::Planned { definition, arguments } => {
                self.raw("[");
                self.text(&definition_id(*definition))?;
                self.raw(r#"],"stepMatchArgumentsLists":[{"stepMatchArguments":"#);
                self.value(&**arguments)?;
                self.raw("}]");
            }
            StepBinding::Kept(kept) => {
                self.value(&kept.step_definition_ids)?;
                self.raw(r#","stepMatchArgumentsLists":"#);
                self.value(&kept.step_match_arguments_lists)?;
            }
        }
        self.raw("}");
        Ok(())
    }

    fn test_case_started(&mut self, message: &TestCaseStarted) -> serde_json::Result<()> {
        let TestCaseStarted { attempt, id, test_case_id, worker_id, timestamp } = message;
        self.raw(r#"{"testCaseStarted":{"attempt":"#);
        self.value(attempt)?;
        self.raw(r#","id":"#);
        self.text(id)?;
        self.raw(r#","testCaseId":"#);
        self.text(test_case_id)?;
        self.raw(r#","workerId":"#);
        self.text(worker_id)?;
        self.timestamp_at_end(timestamp)
    }

    fn test_step_started(&mut self, message: &TestStepStarted) -> serde_json::Result<()> {
        let TestStepStarted { test_case_started_id, test_step_id, timestamp } = message;
        self.raw(r#"{"testStepStarted":{"testCaseStartedId":"#);
        self.text(test_case_started_id)?;
        self.raw(r#","testStepId":"#);
        self.text(test_step_id)?;
        self.timestamp_at_end(timestamp)
    }

    fn test_step_finished(&mut self, message: &TestStepFinished) -> serde_json::Result<()> {
        let TestStepFinished { test_case_started_id, test_step_id, test_step_result, timestamp } = message;
        let TestStepResult { duration: Duration { seconds, nanos }, message, status, exception } = test_step_result;
        self.raw(r#"{"testStepFinished":{"testCaseStartedId":"#);
        self.text(test_case_started_id)?;
        self.raw(r#","testStepId":"#);
        self.text(test_step_id)?;
        self.raw(r#","testStepResult":{"duration":{"seconds":"#);
        self.value(seconds)?;
        self.raw(r#","nanos":"#);
        self.value(nanos)?;
        self.raw("}");
        if let Some(message) = message {
            self.raw(r#","message":"#);
            self.text(message)?;
        }
        self.raw(r#","status":"#);
        self.value(status)?;
        if let Some(exception) = exception {
            self.raw(r#","exception":"#);
            self.value(exception)?;
        }
        self.raw("}");
        self.timestamp_at_end(timestamp)
    }

    fn test_case_finished(&mut self, message: &TestCaseFinished) -> serde_json::Result<()> {
        let TestCaseFinished { test_case_started_id, timestamp, will_be_retried } = message;
        self.raw(r#"{"testCaseFinished":{"testCaseStartedId":"#);
        self.text(test_case_started_id)?;
        self.raw(r#","willBeRetried":"#);
        self.value(will_be_retried)?;
        self.timestamp_at_end(timestamp)
    }

    /// With secrets masked in all texts of what it says, whatever put them there.
    fn attachment(&mut self, message: &Attachment) -> serde_json::Result<()> {
        let Attachment { content, to, timestamp } = message;
        self.raw(r#"{"attachment":{"body":""#);
        write_without_secrets(InText(self.0), content)?;
        self.raw(r#"","contentEncoding":"IDENTITY","fileName":"#);
        self.text(&content.file_name())?;
        self.raw(r#","mediaType":"#);
        self.text(&content.media_type())?;
        match to {
            AttachedTo::Step { case, step } => {
                self.raw(r#","testCaseStartedId":"#);
                self.text(case)?;
                self.raw(r#","testStepId":"#);
                self.text(step)?;
            }
            AttachedTo::Session(end) => {
                self.raw(r#","testRunHookStartedId":"#);
                self.text(end)?;
            }
        }
        self.timestamp_at_end(timestamp)
    }
}

/// Escapes JSON that is a text in another JSON. It has no control characters: those are escaped in it already.
struct InText<'b>(&'b mut Vec<u8>);

impl Write for InText<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            self.0.extend_from_slice(&rest[..at]);
            self.0.extend_from_slice(&[b'\\', rest[at]]);
            rest = &rest[at + 1..];
        }
        self.0.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::report::attachment::{Content, VerdictNote};
    use crate::report::message::{Exception, KeptBinding, ResultStatus};
    use crate::runner::Verdict;
    use crate::sentences::StepArguments;

    /// What JSON has to escape.
    const AWKWARD: &str = "\"a\\b\" \u{1}\n\tgröße 🔑";
    const AT: Timestamp = Timestamp { seconds: -1, nanos: 999_999_999 };

    /// The message as those read it who read the line.
    fn read(message: Envelope<'_>) -> Value {
        let mut line = Vec::new();
        message.write_line(&mut line).unwrap();
        let text = String::from_utf8(line).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with("}\n"), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn at() -> Value {
        json!({"seconds": -1, "nanos": 999_999_999})
    }

    #[test]
    fn a_case_names_its_steps_with_what_they_are_bound_to() {
        let arguments = Arc::new(StepArguments::new("a".into(), Vec::new()));
        let planned = StepBinding::Planned { definition: 7, arguments };
        let kept: KeptBinding = serde_json::from_value(
            json!({"stepDefinitionIds": [AWKWARD], "stepMatchArgumentsLists": [{"x": AWKWARD}]}),
        )
        .unwrap();
        let bindings = [planned, StepBinding::Kept(Box::new(kept))];
        let step = |binding| TestStep { id: AWKWARD.to_owned(), pickle_step_id: "p".to_owned(), binding };
        let case = TestCase {
            id: AWKWARD.to_owned(),
            pickle_id: "p0".to_owned(),
            test_steps: bindings.map(step).into(),
            test_run_started_id: "run".to_owned(),
        };
        let step = |ids: Value, lists: Value| json!({"id": AWKWARD, "pickleStepId": "p", "stepDefinitionIds": ids, "stepMatchArgumentsLists": lists});
        let steps = json!([
            step(json!(["d7"]), json!([{"stepMatchArguments": []}])),
            step(json!([AWKWARD]), json!([{"x": AWKWARD}]))
        ]);
        let expected = json!({"id": AWKWARD, "pickleId": "p0", "testSteps": steps, "testRunStartedId": "run"});
        assert_eq!(read(Envelope::TestCase(case)), json!({"testCase": expected}));
    }

    #[test]
    fn what_begins_and_ends_is_told_with_its_moment() {
        let (id, case, worker) = (|| AWKWARD.to_owned(), || "t".to_owned(), || "w".to_owned());
        let started =
            TestCaseStarted { attempt: 2, id: id(), test_case_id: case(), worker_id: worker(), timestamp: AT };
        let expected = json!({"attempt": 2, "id": AWKWARD, "testCaseId": "t", "workerId": "w", "timestamp": at()});
        assert_eq!(read(Envelope::TestCaseStarted(started)), json!({"testCaseStarted": expected}));
        let started = TestStepStarted { test_case_started_id: id(), test_step_id: case(), timestamp: AT };
        let expected = json!({"testCaseStartedId": AWKWARD, "testStepId": "t", "timestamp": at()});
        assert_eq!(read(Envelope::TestStepStarted(started)), json!({"testStepStarted": expected}));
        let finished = TestCaseFinished { test_case_started_id: id(), timestamp: AT, will_be_retried: true };
        let expected = json!({"testCaseStartedId": AWKWARD, "timestamp": at(), "willBeRetried": true});
        assert_eq!(read(Envelope::TestCaseFinished(finished)), json!({"testCaseFinished": expected}));
    }

    #[test]
    fn the_end_of_a_step_has_a_message_and_an_exception_if_there_are_any() {
        let finished = |message: Option<&str>, exception| TestStepFinished {
            test_case_started_id: "t".to_owned(),
            test_step_id: AWKWARD.to_owned(),
            test_step_result: TestStepResult {
                duration: Duration { seconds: 3, nanos: 4 },
                message: message.map(str::to_owned),
                status: ResultStatus::Failed,
                exception,
            },
            timestamp: AT,
        };
        let expected = |result: Value| {
            let ids =
                json!({"testCaseStartedId": "t", "testStepId": AWKWARD, "testStepResult": result, "timestamp": at()});
            json!({"testStepFinished": ids})
        };
        let result = json!({"duration": {"seconds": 3, "nanos": 4}, "status": "FAILED"});
        assert_eq!(read(Envelope::TestStepFinished(finished(None, None))), expected(result.clone()));
        let exception = Exception { r#type: "code".to_owned(), message: AWKWARD.to_owned(), stack_trace: None };
        let mut whole = result;
        whole["message"] = json!(AWKWARD);
        whole["exception"] = json!({"type": "code", "message": AWKWARD});
        assert_eq!(read(Envelope::TestStepFinished(finished(Some(AWKWARD), Some(exception)))), expected(whole));
    }

    #[test]
    fn what_is_attached_is_a_document_in_a_text_without_its_secrets() {
        let secret = "canary-Qx7-attached-0001";
        graphwalk_secrets::in_use::remember(secret);
        let attached = |to| {
            let reason = format!("{AWKWARD} {secret} and client_secret=canary");
            let content = Content::Verdict(VerdictNote { verdict: Verdict::Blocked, reason: Some(reason) });
            read(Envelope::Attachment(Box::new(Attachment { content, to, timestamp: AT })))
        };
        let of_step = attached(AttachedTo::Step { case: "t".to_owned(), step: AWKWARD.to_owned() });
        assert!(!of_step.to_string().contains("canary"), "{of_step}");
        let body: Value = serde_json::from_str(of_step["attachment"]["body"].as_str().unwrap()).unwrap();
        let reason = format!("{AWKWARD} *** and client_secret=***");
        assert_eq!(body, json!({"verdict": "blocked", "reason": reason}));
        let mut rest = of_step["attachment"].clone();
        rest["body"] = Value::Null;
        let expected = json!({
            "body": null, "contentEncoding": "IDENTITY", "fileName": "verdict.json",
            "mediaType": "application/vnd.graphwalk.verdict+json", "testCaseStartedId": "t", "testStepId": AWKWARD, "timestamp": at()
        });
        assert_eq!(rest, expected);
        let of_session = attached(AttachedTo::Session("s0".to_owned()));
        assert_eq!(of_session["attachment"]["testRunHookStartedId"], "s0");
        assert!(of_session["attachment"].get("testStepId").is_none());
    }
}
