//! How the scenarios ended that a process of a run on a tenant played: kept in the run's folder, so that the process that continues
//! the run reports the whole of it.
//!
//! What stands there is what reports say, with the secrets in use and what looks like one masked.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::session::{Failure, NextScenario, Seen, TracedExchange, mask_texts};
use crate::steps::observations_of_version_1;

use super::{Plan, ScenarioOutcome, StepOutcome, next};

/// The form of the document.
const VERSION: u32 = 2;

/// The outcomes of the scenarios of a run so far, each with its place in the plan's features.
pub type Played = [(usize, ScenarioOutcome)];

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptOutcomes {
    version: u32,
    scenarios: Vec<KeptScenario>,
    seen: Seen,
    /// The exchanges that belong to no step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outside: Vec<TracedExchange>,
}

/// The scenarios that earlier processes of a run played, and what they saw.
#[derive(Debug, Default)]
pub(super) struct EarlierPlay {
    pub scenarios: Vec<(usize, ScenarioOutcome)>,
    pub seen: Seen,
    pub outside: Vec<TracedExchange>,
}

impl EarlierPlay {
    /// The highest number that an exchange of it has.
    pub fn last_number(&self) -> usize {
        let steps = self.scenarios.iter().flat_map(|(_, outcome)| &outcome.steps);
        let exchanges = steps.flat_map(|step| &step.exchanges).chain(&self.outside);
        exchanges.map(|exchange| exchange.number).max().unwrap_or_default()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptScenario {
    at: NextScenario,
    name: String,
    steps: Vec<StepOutcome>,
    /// The time when it began; `None` in what earlier versions wrote.
    #[serde(default)]
    began: Option<Timestamp>,
}

/// A document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnreadableOutcomes {
    /// It is none.
    #[error("they cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another program wrote it.
    #[error("they are of version {0}, and this program reads version {VERSION}")]
    Version(u32),
}

impl KeptOutcomes {
    /// Keeps what was played of `plan`, and what was seen.
    pub fn new(plan: &Plan, played: &Played, seen: &Seen, outside: &[TracedExchange]) -> Self {
        let kept = played.iter().map(|(index, outcome)| {
            let feature = &plan.features[*index];
            let scenario = &feature.scenarios[outcome.index];
            let (at, name, steps) = (next(feature, scenario), scenario.name.clone(), outcome.steps.clone());
            KeptScenario { at, name, steps, began: outcome.began }
        });
        Self { version: VERSION, scenarios: kept.collect(), seen: seen.clone(), outside: outside.to_vec() }
    }

    /// The document, with secrets masked in all its texts.
    ///
    /// # Errors
    ///
    /// If a value has no form in JSON, which none lacks.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut document = serde_json::to_value(self)?;
        mask_texts(&mut document);
        serde_json::to_vec_pretty(&document)
    }

    /// Reads the document.
    ///
    /// # Errors
    ///
    /// If it is not one, or of another version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, UnreadableOutcomes> {
        /// The part that every version has.
        #[derive(Deserialize)]
        struct KeptHead {
            version: u32,
        }
        match serde_json::from_slice::<KeptHead>(bytes)?.version {
            VERSION => Ok(serde_json::from_slice(bytes)?),
            1 => {
                let mut document: Value = serde_json::from_slice(bytes)?;
                let observations = observations_of_version_1(&document["seen"]);
                document["version"] = VERSION.into();
                let mut kept: Self = serde_json::from_value(document)?;
                kept.seen.observations = observations;
                Ok(kept)
            }
            other => Err(UnreadableOutcomes::Version(other)),
        }
    }

    /// Returns the outcomes whose scenarios `plan` still has, as it had them; and what was seen.
    pub fn matched_to(self, plan: &Plan) -> EarlierPlay {
        let found = self.scenarios.into_iter().filter_map(|kept| {
            let features = plan.features.iter().enumerate();
            let mut all =
                features.flat_map(|(index, feature)| feature.scenarios.iter().map(move |s| (index, feature, s)));
            let (index, feature, scenario) = all.find(|(_, feature, scenario)| next(feature, scenario) == kept.at)?;
            let same = scenario.name == kept.name && scenario.steps.len() == kept.steps.len();
            let place = feature.scenarios.iter().position(|other| std::ptr::eq(other, scenario))?;
            same.then_some((
                index,
                ScenarioOutcome { index: place, steps: kept.steps, began: kept.began, earlier: true },
            ))
        });
        EarlierPlay { scenarios: found.collect(), seen: self.seen, outside: self.outside }
    }
}

/// A failure as it is kept: its code is a text like any other.
#[derive(Serialize, Deserialize)]
struct KeptFailure {
    code: String,
    message: String,
    focus: Option<String>,
    label: String,
    notes: Vec<String>,
    help: Option<String>,
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { code, message, focus, label, notes, help } = self.clone();
        KeptFailure { code: code.to_owned(), message, focus, label, notes, help }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let KeptFailure { code, message, focus, label, notes, help } = KeptFailure::deserialize(deserializer)?;
        Ok(Self { code: interned(code), message, focus, label, notes, help })
    }
}

/// The code of a failure, which this program may not have. There are few, and each is kept once.
pub(crate) fn interned(code: String) -> &'static str {
    static CODES: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut codes = CODES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    match codes.get(code.as_str()) {
        Some(known) => known,
        None => {
            let code: &'static str = code.leak();
            codes.insert(code);
            code
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::StepEnd;
    use crate::session::{Drift, Lag, LagKind, Observed, StepPlace};
    use crate::tutorial::Library;
    use graphwalk_secrets::in_use;
    use std::time::Duration;

    const LIST: Observed = Observed { heading: "list", is_shown: true };

    fn plan() -> Plan {
        Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap()
    }

    fn outcome(plan: &Plan, (feature, index): (usize, usize), end: StepEnd) -> (usize, ScenarioOutcome) {
        let count = plan.features[feature].scenarios[index].steps.len();
        let steps = vec![StepOutcome { end, took: Duration::from_micros(1_234_567), exchanges: Vec::new() }; count];
        (feature, ScenarioOutcome { index, steps, began: "2026-11-28T07:00:00Z".parse().ok(), earlier: true })
    }

    fn seen() -> Seen {
        let mut seen = Seen { exchanges: 7, repeated: 1, validated: 5, unvalidated: 2, unjudged: 1, ..Seen::default() };
        seen.observations.roster(LIST, "L", vec!["A".into()], None);
        let span = jiff::SignedDuration::from_millis(1_500);
        seen.lags.push(Lag { what: "G".into(), kind: LagKind::Flapped, span });
        seen.changed.push("c".into());
        let place = StepPlace { file: "f".into(), line: 3 };
        seen.drift.push(Drift { place, request: "r".into(), finding: "d".into() });
        seen
    }

    #[test]
    fn outcomes_read_back_as_they_were_kept() {
        let plan = plan();
        let failure = Failure::new("status", "expected 201").focus("201", "got 500").note("n").help("h");
        let played = vec![
            outcome(&plan, (0, 0), StepEnd::Passed),
            outcome(&plan, (0, 1), StepEnd::Failed(Box::new(failure))),
            outcome(&plan, (1, 2), StepEnd::Blocked("step 1 failed".into())),
            outcome(&plan, (8, 0), StepEnd::Skipped("never created".into())),
        ];
        let kept = KeptOutcomes::new(&plan, &played, &seen(), &[]).to_json().unwrap();
        let EarlierPlay { scenarios: read, seen: seen_then, .. } =
            KeptOutcomes::from_json(&kept).unwrap().matched_to(&plan);
        assert_eq!(format!("{read:?}"), format!("{played:?}"));
        assert_eq!(format!("{seen_then:?}"), format!("{:?}", seen()));
    }

    #[test]
    fn no_secret_is_kept_wherever_a_server_put_it() {
        let plan = plan();
        let secret = "Canary-7f3e91c2-kept-Qx";
        in_use::remember(secret);
        let mut seen = seen();
        seen.observations.roster(LIST, secret, vec![secret.into()], None);
        seen.changed.push(format!("a {secret}"));
        let blocked = StepEnd::Blocked(format!("blocked by {secret}").into());
        let failure = StepEnd::Failed(Box::new(Failure::new("status", secret).note(secret).help(secret)));
        let played = [outcome(&plan, (0, 0), blocked), outcome(&plan, (0, 1), failure)];
        let kept = String::from_utf8(KeptOutcomes::new(&plan, &played, &seen, &[]).to_json().unwrap()).unwrap();
        assert!(!kept.contains("Canary-7f3e91c2") && kept.contains("***"), "{kept}");
        let EarlierPlay { scenarios: read, .. } = KeptOutcomes::from_json(kept.as_bytes()).unwrap().matched_to(&plan);
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn outcomes_of_scenarios_that_were_changed_are_left_out() {
        let plan = plan();
        let played = [outcome(&plan, (0, 0), StepEnd::Passed), outcome(&plan, (1, 0), StepEnd::Passed)];
        let kept = KeptOutcomes::new(&plan, &played, &Seen::default(), &[]).to_json().unwrap();
        let changed = String::from_utf8(kept).unwrap().replacen(&plan.features[0].scenarios[0].name, "another", 1);
        let EarlierPlay { scenarios: read, .. } =
            KeptOutcomes::from_json(changed.as_bytes()).unwrap().matched_to(&plan);
        assert_eq!(read.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn outcomes_of_version_1_are_read_with_what_was_seen() {
        let plan = plan();
        let kept =
            KeptOutcomes::new(&plan, &[outcome(&plan, (0, 0), StepEnd::Passed)], &seen(), &[]).to_json().unwrap();
        let mut document: Value = serde_json::from_slice(&kept).unwrap();
        document["version"] = 1.into();
        let seen = document["seen"].as_object_mut().unwrap();
        seen.remove("observations").unwrap();
        seen.insert("definition".to_owned(), serde_json::json!(["NotStarted"]));
        seen.insert("instance".to_owned(), serde_json::json!([]));
        seen.insert("memberships".to_owned(), serde_json::json!([]));
        let EarlierPlay { scenarios: read, seen, .. } =
            KeptOutcomes::from_json(document.to_string().as_bytes()).unwrap().matched_to(&plan);
        assert_eq!((read.len(), seen.exchanges), (1, 7));
        let told = serde_json::to_string(&seen.observations).unwrap();
        assert!(told.contains(r#""states":[{"state":"NotStarted"}]"#), "{told}");
    }

    #[test]
    fn an_invalid_list_of_outcomes_is_refused() {
        assert!(KeptOutcomes::from_json(b"{").is_err());
        let error = KeptOutcomes::from_json(br#"{"version": 3}"#).unwrap_err();
        assert_eq!(error.to_string(), "they are of version 3, and this program reads version 2");
    }
}
