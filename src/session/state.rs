//! What a session needs to go on in another process.

use std::collections::BTreeMap;
use std::path::PathBuf;

use graphwalk_catalog::Resource;
use graphwalk_client::RunBudget;
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Captures, RunId, Session, TimeLeft};

/// The state of a session, as it is written after each scenario. It holds no token and no password: see
/// [`SessionState::keep`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionState {
    /// The form of this document; [`SessionState::VERSION`].
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// The tutorial that is played.
    pub tutorial: String,
    /// The place where the session stands: what ran before this need not run again.
    pub next: NextScenario,
    /// The day that `{today}` means: the first day of the run, on whichever day it is resumed.
    pub today: Date,
    /// The time when the state was written, on the clock of the tenant.
    pub saved: Timestamp,
    /// The time until which the session waits, if it waits: there is no use in resuming before.
    pub waits_until: Option<Timestamp>,
    /// The act that a person is waited for to do, if the session waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for_act: Option<String>,
    /// The ids that it was given from outside, by their names: its recording keeps them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outside: BTreeMap<String, String>,
    /// The time that is left of a wait or of a poll, if one goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_time: Option<TimeLeft>,
    /// For how long reads may still miss what was written last, if they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<Settles>,
    /// The time that is left for trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<RunBudget>,
    /// The reason why later steps cannot be judged: the first failure.
    #[serde(default)]
    pub blocked: Option<String>,
    /// The scenarios that are played: `--tags`.
    #[serde(default)]
    pub tags: Option<String>,
    /// Up to which step: `--through`.
    #[serde(default)]
    pub through: Option<u8>,
    /// Up to which scenario, by the number of its step and its line: `--scenario`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<(u8, usize)>,
    /// The folder that its features came from; `None` if they are the program's own.
    #[serde(default)]
    pub features: Option<PathBuf>,
    /// The name of its tenant in the file of tenants, if it is one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The number of lines that the journal of the run had; `None` in what earlier versions wrote. If it has fewer,
    /// some were lost.
    #[serde(default)]
    pub journal_lines: Option<usize>,
    /// The kept values.
    pub captures: BTreeMap<String, Value>,
    /// The names whose values were secrets and are not here.
    pub withheld: Vec<String>,
}

/// For how long reads may miss what was written last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settles {
    /// For so long.
    pub within: SignedDuration,
    /// After this moment on this machine's clock.
    pub after: Timestamp,
}

/// A scenario of a tutorial: by feature file and line, and the step it belongs to for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextScenario {
    /// The number of the tutorial's step; 1 for the first.
    pub step: u8,
    /// The feature's name in the tutorial, e.g. `08-confirm-outcome.feature`.
    pub feature: String,
    /// The scenario's line in it; 1 for the first.
    pub line: usize,
}

/// A session state that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is no session state.
    #[error("it is not a session state: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another version of graphwalk wrote it.
    #[error("it is a session state of version {0}, and this program reads version {version}", version = SessionState::VERSION)]
    Version(u32),
}

impl Session {
    /// Returns what another process needs to go on with the scenario `next` of `tutorial`.
    #[doc(hidden)]
    pub fn state(&self, run: &RunId, tutorial: &str, next: NextScenario) -> SessionState {
        let mut state =
            SessionState::new(run.clone(), tutorial, next, self.captures.today(), self.backend().clock().now());
        for (name, value) in self.captures.all() {
            state.keep(name, value);
        }
        // What this process has not come to yet, the next one may.
        state.left_time.clone_from(&self.left_time);
        state.outside.clone_from(&self.outside);
        state.retries = Some(self.layers.look_up().retries.budget_left());
        let within = self.layers.settle().fresh.time_left(self.backend.clock().monotonic_now());
        state.settles = within.map(|within| Settles { within, after: Timestamp::now() });
        state
    }

    /// Goes on with what another process left: its kept values, and the objects that it created.
    #[doc(hidden)]
    pub fn resume(&mut self, state: &SessionState, created: impl IntoIterator<Item = (Resource, String)>) {
        self.resumed = true;
        self.captures = Captures::new(state.today);
        for (name, value) in &state.captures {
            self.captures.keep(name, value.clone());
        }
        self.left_time.clone_from(&state.left_time);
        self.outside.clone_from(&state.outside);
        if let Some(left) = state.retries {
            self.layers.look_up_mut().retries.go_on_with(left);
        }
        let mut ids = Vec::new();
        for (resource, name) in created {
            ids.extend(self.captures.text(&name).map(str::to_owned).ok());
            self.created.add(resource, name);
        }
        if let Some(Settles { within, after }) = state.settles {
            let left = TimeLeft { wait: String::new(), left: within, at: after }.at(Timestamp::now());
            let now = self.backend.clock().monotonic_now();
            self.layers.settle_mut().fresh.go_on(left, ids, now);
        }
    }
}

impl SessionState {
    /// The form of the document that this program writes and reads.
    pub const VERSION: u32 = 1;

    /// The state of a run of `tutorial` that has kept nothing yet, goes on with `next`, and was begun on the day `today`.
    pub fn new(run: RunId, tutorial: &str, next: NextScenario, today: Date, saved: Timestamp) -> Self {
        Self {
            version: Self::VERSION,
            run,
            tutorial: tutorial.to_owned(),
            next,
            today,
            saved,
            waits_until: None,
            waits_for_act: None,
            outside: BTreeMap::new(),
            left_time: None,
            settles: None,
            retries: None,
            blocked: None,
            tags: None,
            through: None,
            until: None,
            features: None,
            tenant: None,
            journal_lines: None,
            captures: BTreeMap::new(),
            withheld: Vec::new(),
        }
    }

    /// Keeps a value, unless it is, or holds, a secret: then only its name is kept among those withheld.
    pub fn keep(&mut self, name: &str, value: &Value) {
        let mut pair = serde_json::Map::new();
        pair.insert(name.to_owned(), value.clone());
        let known = serde_json::to_string(value).is_ok_and(|text| *in_use::mask(&text) != *text);
        if !known && masking::leaks(&Value::Object(pair)).is_empty() {
            self.captures.insert(name.to_owned(), value.clone());
        } else {
            self.withheld.push(name.to_owned());
        }
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`StateError::Malformed`] if a value has no form in JSON, which no value of JSON lacks.
    pub fn to_json(&self) -> Result<Vec<u8>, StateError> {
        Ok(serde_json::to_vec_pretty(self)?)
    }

    /// Reads the document.
    ///
    /// # Errors
    ///
    /// [`StateError`] if it is not one, or that of another version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, StateError> {
        /// The part that every version has.
        #[derive(Deserialize)]
        struct StateHead {
            version: u32,
        }
        match serde_json::from_slice::<StateHead>(bytes)?.version {
            Self::VERSION => Ok(serde_json::from_slice(bytes)?),
            other => Err(StateError::Version(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state() -> SessionState {
        let next = NextScenario { step: 8, feature: "08-confirm-outcome.feature".to_owned(), line: 17 };
        let (run, saved) = ("20261125-0127-k3f9".parse().unwrap(), "2026-11-25T01:31:00Z".parse().unwrap());
        let state = SessionState::new(run, "a-tutorial", next, jiff::civil::date(2026, 11, 25), saved);
        SessionState { waits_until: Some("2026-11-30T08:00:00Z".parse().unwrap()), ..state }
    }

    #[test]
    fn a_state_reads_back_as_it_was_written() {
        let mut state = state();
        state.keep("door", &json!("eb75ccd2-59ef-48b7-8f76-cc3f33f899f4"));
        state.keep("count", &json!({"n": [1, null, "ü"]}));
        assert_eq!(SessionState::from_json(&state.to_json().unwrap()).unwrap(), state);
    }

    #[test]
    fn a_state_of_a_program_that_did_not_keep_the_features_is_read() {
        let mut document: Value = serde_json::from_slice(&state().to_json().unwrap()).unwrap();
        document.as_object_mut().unwrap().remove("features").unwrap();
        assert_eq!(SessionState::from_json(document.to_string().as_bytes()).unwrap(), state());
    }

    #[test]
    fn secrets_are_withheld_by_name() {
        let mut state = state();
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.canary";
        for (name, value) in [
            ("token", json!(token)),
            ("password", json!("canary")),
            ("user", json!({"passwordProfile": {"password": "canary"}})),
        ] {
            state.keep(name, &value);
        }
        assert_eq!(state.withheld, ["token", "password", "user"]);
        assert!(!String::from_utf8(state.to_json().unwrap()).unwrap().contains("canary"));
    }

    #[test]
    fn a_state_of_another_version_is_refused() {
        let error = SessionState::from_json(br#"{"version": 2, "anything": []}"#).unwrap_err();
        assert_eq!(error.to_string(), "it is a session state of version 2, and this program reads version 1");
        assert!(SessionState::from_json(b"{").is_err());
    }
}
