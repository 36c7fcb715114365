//! Sessions that a step finds: what the features of a tutorial are to be played on, once for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Failure, Session};

/// A session that is to be played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSession {
    /// The name in reports.
    pub name: String,
    /// The ids that its features take from outside, by the names that they have there.
    pub values: BTreeMap<String, String>,
}

impl Session {
    /// Registers a session, on which the features that are not tagged `@discover` are played.
    ///
    /// # Errors
    ///
    /// A failure if the feature that is played is not tagged `@discover`, or a session with the same values is registered
    /// already: it would be played twice.
    pub fn find_session(&mut self, found: FoundSession) -> Result<(), Failure> {
        if !self.discovers {
            return Err(Failure::new("discovery", "this feature does not find sessions, and the step registers one")
                .help("tag the feature @discover: it is played once, and the others for each session that it finds"));
        }
        if let Some(twin) = self.found.iter().find(|known| known.values == found.values) {
            let message = format!("two sessions have the same values: \"{}\" and \"{}\"", twin.name, found.name);
            let values: Vec<String> = found.values.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            return Err(Failure::new("discovery", message)
                .note(values.join(", "))
                .help("give each session what tells it from the others, such as the id of the object"));
        }
        self.found.push(found);
        Ok(())
    }

    /// Takes out the sessions that were registered, in their order.
    pub(crate) fn take_found(&mut self) -> Vec<FoundSession> {
        std::mem::take(&mut self.found)
    }

    /// Begins a scenario of a feature: whether it only reads, and whether it finds sessions.
    pub(crate) fn enter_feature(&mut self, reads_only: bool, discovers: bool) {
        self.layers.guarded.reads_only = reads_only;
        self.discovers = discovers;
    }
}
