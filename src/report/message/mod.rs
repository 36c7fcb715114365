//! Cucumber Messages: the events that every report is made of, in the form of their published schema (protocol 34).
//!
//! The Cucumber project keeps types of them for many languages, and none for Rust; crates.io has no crate of them. So the
//! messages that are used here, and of each the properties that are, stand in this folder. What a message means stands in
//! <https://github.com/cucumber/messages>; `tests/messages.rs` holds what is written against the schema.

mod binding;
mod gherkin;
mod line;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use binding::*;
pub use gherkin::*;

use super::attachment::Attachment;

/// The version of the protocol.
pub const PROTOCOL: &str = "34.2.1";

/// One message. `'a` is how long the run's opening lives, which is not copied into each session.
#[derive(Clone, Debug)]
pub enum Envelope<'a> {
    /// The program that wrote the messages, and its surroundings.
    Meta(&'a Meta),
    /// The text of a feature file.
    Source(&'a Source),
    /// A feature file as it was read.
    GherkinDocument(&'a GherkinDocument),
    /// A scenario that can be played: of an outline one for each row.
    Pickle(&'a Pickle),
    /// A kind of parameter that may stand in an expression.
    ParameterType(&'a ParameterType),
    /// A step definition.
    StepDefinition(&'a StepDefinition),
    /// A piece of work beside the scenarios.
    Hook(&'a Hook),
    /// The run begins.
    TestRunStarted(&'a TestRunStarted),
    /// A scenario is to be played in a session.
    TestCase(TestCase),
    /// It begins.
    TestCaseStarted(TestCaseStarted),
    /// A step of it begins.
    TestStepStarted(TestStepStarted),
    /// Something that belongs to a step or to a session.
    Attachment(Box<Attachment>),
    /// A step has ended.
    TestStepFinished(TestStepFinished),
    /// A scenario has ended.
    TestCaseFinished(TestCaseFinished),
    /// A session ends: what belongs to the whole of it follows.
    TestRunHookStarted(TestRunHookStarted),
    /// A session has ended.
    TestRunHookFinished(TestRunHookFinished),
    /// The run has ended.
    TestRunFinished(TestRunFinished),
}

/// The program that wrote the messages, and its surroundings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// [`PROTOCOL`].
    pub protocol_version: Cow<'static, str>,
    /// The program.
    pub implementation: Product,
    /// The product that runs it.
    pub runtime: Product,
    /// The operating system.
    pub os: Product,
    /// The processor.
    pub cpu: Product,
}

/// A product with its version, where it is known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Product {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'static, str>>,
}

/// A piece of work beside the scenarios.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    /// Its id.
    pub id: String,
    /// Its work, in words.
    #[serde(default)]
    pub name: String,
    /// The place of its code: in this program.
    pub source_reference: SourceReference,
    /// The point of a run at which it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<HookType>,
}

/// The point of a run at which a hook works.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HookType {
    /// Before the scenarios.
    BeforeTestRun,
    /// After the scenarios.
    AfterTestRun,
    /// Before a scenario.
    BeforeTestCase,
    /// After a scenario.
    AfterTestCase,
    /// Before a step.
    BeforeTestStep,
    /// After a step.
    AfterTestStep,
}

/// The run begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TestRunStarted {
    /// The time.
    pub timestamp: Timestamp,
    /// Its id; other programs may leave it out.
    #[serde(default)]
    pub id: String,
}

/// A scenario is to be played in a session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCase {
    /// Its id.
    pub id: String,
    /// The scenario.
    pub pickle_id: String,
    /// Its steps.
    pub test_steps: Vec<TestStep>,
    /// The run.
    #[serde(default)]
    pub test_run_started_id: String,
}

/// A step that is to be played in a session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStep {
    /// Its id.
    pub id: String,
    /// The step; empty for what other programs do before and after steps.
    #[serde(default)]
    pub pickle_step_id: String,
    /// The definition that it is bound to, and what stands in the places of its parameters.
    #[serde(flatten)]
    pub binding: StepBinding,
}

/// A scenario begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCaseStarted {
    /// 0 for the first: graphwalk does not try scenarios again.
    pub attempt: u32,
    /// The id of this attempt.
    pub id: String,
    /// The scenario.
    pub test_case_id: String,
    /// The session.
    #[serde(default)]
    pub worker_id: String,
    /// The time.
    pub timestamp: Timestamp,
}

/// A step begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStepStarted {
    /// The scenario.
    pub test_case_started_id: String,
    /// The step.
    pub test_step_id: String,
    /// The time.
    pub timestamp: Timestamp,
}

/// A step has ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStepFinished {
    /// The scenario.
    pub test_case_started_id: String,
    /// The step.
    pub test_step_id: String,
    /// The result.
    pub test_step_result: TestStepResult,
    /// The time.
    pub timestamp: Timestamp,
}

/// A result: of a step, or of a hook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestStepResult {
    /// The duration.
    pub duration: Duration,
    /// The reason why it failed, for people; or why it was not played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The status.
    pub status: ResultStatus,
    /// The reason why it failed, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
}

/// The status of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ResultStatus {
    /// The assertion held.
    Passed,
    /// It was not played: it had nothing to do, or was blocked, as an attachment says.
    Skipped,
    /// The assertion did not hold.
    Failed,
    /// It is not written yet. This and what follows are other programs' words.
    Pending,
    /// No definition fits its sentence.
    Undefined,
    /// Several definitions fit its sentence.
    Ambiguous,
    /// The program does not say.
    Unknown,
}

/// The reason why something failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// The code of the failure.
    pub r#type: String,
    /// Its sentence.
    #[serde(default)]
    pub message: String,
    /// The place where it came from; of graphwalk's own all that is told of it, which viewers show in place of the
    /// sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<String>,
}

/// A scenario has ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCaseFinished {
    /// The scenario.
    pub test_case_started_id: String,
    /// The time.
    pub timestamp: Timestamp,
    /// Never in graphwalk.
    #[serde(default)]
    pub will_be_retried: bool,
}

/// A session ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestRunHookStarted {
    /// The id of this end.
    pub id: String,
    /// The run.
    #[serde(default)]
    pub test_run_started_id: String,
    /// The hook.
    pub hook_id: String,
    /// The session.
    #[serde(default)]
    pub worker_id: String,
    /// The time.
    pub timestamp: Timestamp,
}

/// A session has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestRunHookFinished {
    /// The start that this ends.
    #[serde(default)]
    pub test_run_hook_started_id: String,
    /// Whether something failed beside the scenarios.
    pub result: TestStepResult,
    /// The time.
    pub timestamp: Timestamp,
}

/// The run has ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestRunFinished {
    /// Whether all sessions passed: not if anything failed, was blocked, or was not begun.
    pub success: bool,
    /// The time.
    pub timestamp: Timestamp,
    /// The run.
    #[serde(default)]
    pub test_run_started_id: String,
}

/// A moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp {
    /// Seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds.
    pub nanos: i32,
}

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duration {
    /// Whole seconds.
    pub seconds: u64,
    /// And nanoseconds.
    pub nanos: u32,
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        // Before 1970 both are negative there; here nanoseconds count forward.
        let nanos = moment.subsec_nanosecond();
        let borrowed = nanos < 0;
        Self {
            seconds: moment.as_second() - i64::from(borrowed),
            nanos: if borrowed { nanos + 1_000_000_000 } else { nanos },
        }
    }
}

impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(Timestamp { seconds, nanos }: Timestamp) -> Result<Self, jiff::Error> {
        Self::new(seconds, nanos)
    }
}

impl From<std::time::Duration> for Duration {
    fn from(span: std::time::Duration) -> Self {
        Self { seconds: span.as_secs(), nanos: span.subsec_nanos() }
    }
}

impl From<Duration> for std::time::Duration {
    fn from(span: Duration) -> Self {
        Self::new(span.seconds, span.nanos)
    }
}
