//! CTRF, the Common Test Report Format: one JSON document, a test a scenario.
//!
//! Source: the JSON schema of <https://github.com/ctrf-io/ctrf>. The format knows no *blocked*: such a test is `other`, with the
//! word as its `rawStatus` and the reason as its message.

use serde::Serialize;
use serde_json::json;

use super::message::{TestStepResult, Timestamp};
use super::{Case, CaseStep, Format, Opening, RunEnd, SessionMessages, SessionNote};
use crate::runner::Verdict;

/// The format.
pub struct Ctrf;

/// The version of the format's specification.
const SPECIFICATION: &str = "0.0.0";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CtrfTest<'a> {
    name: &'a str,
    status: CtrfStatus,
    duration: u64,
    start: i64,
    stop: i64,
    suite: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    raw_status: Verdict,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_path: Option<&'a str>,
    thread_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<CtrfStep<'a>>,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    extra: Extra<'a>,
}

#[derive(Serialize)]
struct CtrfStep<'a> {
    name: String,
    status: CtrfStatus,
    #[serde(skip_serializing_if = "Extra::is_empty")]
    extra: Extra<'a>,
}

/// The facts that the format has no place of its own for.
#[derive(Default, Serialize)]
struct Extra<'a> {
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    drift: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum CtrfStatus {
    Passed,
    Failed,
    Skipped,
    Other,
}

impl Format for Ctrf {
    fn reads_observations(&self) -> bool {
        false
    }

    fn opening(&self, opening: &Opening) -> Vec<u8> {
        let product = &opening.meta().implementation;
        let mut tool = json!({"name": product.name});
        if let Some(version) = &product.version {
            tool["version"] = json!(version);
        }
        let by = concat!("graphwalk ", env!("CARGO_PKG_VERSION"));
        format!(
            "{{\"reportFormat\":\"CTRF\",\"specVersion\":\"{SPECIFICATION}\",\"generatedBy\":\"{by}\",\
             \"results\":{{\"tool\":{tool},\"tests\":[\n"
        )
        .into_bytes()
    }

    /// The tests of the session, without the brackets of the array.
    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let Some(note) = session.session() else { return Vec::new() };
        let cases = session.cases();
        let mut tests: Vec<CtrfTest<'_>> = cases.iter().map(|case| test(session, note, case)).collect();
        // The format knows no sessions: what was seen of the whole is told with its last test.
        if let Some(last) = tests.last_mut() {
            last.extra.notes = session.notes().into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        }
        tests.extend(session.failure().map(|failure| failed_session(session, note, failure)));
        let documents = tests.iter().filter_map(|test| serde_json::to_vec(test).ok());
        documents.collect::<Vec<_>>().join(self.separator())
    }

    fn separator(&self) -> &'static [u8] {
        b",\n"
    }

    fn closing(&self, end: &RunEnd<'_>) -> Vec<u8> {
        let totals = end.totals;
        let (scenarios, beside) = (totals.scenarios, totals.failed_beside);
        let (start, stop) = (milliseconds(end.started), milliseconds(end.finished.timestamp));
        let summary = json!({
            "tests": scenarios.total() + beside,
            "passed": scenarios.passed,
            "failed": scenarios.failed + beside,
            "skipped": scenarios.skipped,
            "pending": 0,
            "other": scenarios.blocked,
            "start": start,
            "stop": stop,
            "duration": stop - start,
        });
        let environment = json!({"healthy": end.finished.success});
        format!("\n],\"summary\":{summary},\"environment\":{environment}}}}}\n").into_bytes()
    }
}

fn test<'a>(session: &'a SessionMessages<'_>, note: &'a SessionNote, case: &'a Case<'_>) -> CtrfTest<'a> {
    let failed = case.failure().map(|step| step.result);
    let duration = u64::try_from(case.took().as_millis()).unwrap_or(u64::MAX);
    let start = milliseconds(case.started);
    let mut suite = vec![session.opening.tutorial.as_str(), case.feature.document.feature.name.as_str()];
    if session.opening.several {
        suite.insert(0, &note.name);
    }
    CtrfTest {
        name: &case.pickle.name,
        status: status(case.verdict()),
        duration,
        start,
        stop: start.saturating_add_unsigned(duration),
        suite,
        message: failed.map_or_else(|| case.reason(), message),
        trace: failed.and_then(|result| result.message.as_deref()),
        line: Some(case.pickle.location.line),
        raw_status: case.verdict(),
        tags: case.pickle.tags.iter().map(|tag| tag.name.as_str()).collect(),
        file_path: Some(&case.pickle.uri),
        thread_id: &note.name,
        steps: case.pickle.steps.iter().zip(&case.steps).map(|(pickle, played)| step(pickle, played)).collect(),
        extra: Extra::default(),
    }
}

fn step<'a>(pickle: &super::message::PickleStep, played: &'a CaseStep<'_>) -> CtrfStep<'a> {
    CtrfStep {
        name: format!("{} {}", pickle.keyword, pickle.text),
        status: status(played.verdict),
        extra: Extra { drift: &played.drift, notes: Vec::new() },
    }
}

/// A failure beside the steps, as a test.
fn failed_session<'a>(
    session: &'a SessionMessages<'_>,
    note: &'a SessionNote,
    failure: &'a TestStepResult,
) -> CtrfTest<'a> {
    let at = session.ended().map(milliseconds).unwrap_or_default();
    CtrfTest {
        name: "the session begins and ends as it should",
        status: CtrfStatus::Failed,
        duration: 0,
        start: at,
        stop: at,
        suite: vec![&note.name, &note.tutorial],
        message: message(failure),
        trace: failure.message.as_deref(),
        line: None,
        raw_status: Verdict::Failed,
        tags: Vec::new(),
        file_path: None,
        thread_id: &note.name,
        steps: Vec::new(),
        extra: Extra::default(),
    }
}

fn message(result: &TestStepResult) -> Option<&str> {
    result.exception.as_ref().map(|exception| exception.message.as_str())
}

fn status(verdict: Verdict) -> CtrfStatus {
    match verdict {
        Verdict::Passed => CtrfStatus::Passed,
        Verdict::Failed => CtrfStatus::Failed,
        Verdict::Skipped => CtrfStatus::Skipped,
        Verdict::Blocked => CtrfStatus::Other,
    }
}

/// Milliseconds since 1970.
fn milliseconds(moment: Timestamp) -> i64 {
    moment.seconds.saturating_mul(1_000).saturating_add(i64::from(moment.nanos / 1_000_000))
}

impl Extra<'_> {
    fn is_empty(&self) -> bool {
        self.drift.is_empty() && self.notes.is_empty()
    }
}
