//! Making a recording of a session that was played.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use graphwalk_catalog::Catalog;
use graphwalk_recording::redact::{Public, Redacted};
use graphwalk_recording::{Finish, Overrides, RecordedExchange, Recording};
use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;
use crate::sentences::public_texts;
use crate::session::Session;
use crate::tutorial::{Tutorial, TutorialFaults};

use super::TutorialPart;

/// The texts that may stand in the recording of a session; everything else in it gets a pseudonym.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The texts that belong to nobody's tenant.
    pub public: Public,
    /// The place where the exchanges of several sessions wait, if they make one recording.
    together: Option<Arc<Mutex<Together>>>,
}

/// The exchanges of sessions that make one recording. They are not redacted yet: a name has to get the same pseudonym in all.
#[derive(Default)]
struct Together {
    /// Those of what found the sessions come first, then each session's.
    exchanges: Vec<(TutorialPart, RecordedExchange)>,
    /// The requests that were answered already: sessions that read the same have it once.
    known: HashSet<(String, String, String, Arc<[u8]>)>,
    values: BTreeMap<String, String>,
    overrides: Overrides,
}

/// Without what was answered.
impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Together with {} exchanges", self.exchanges.len())
    }
}

/// A session that was recorded. It is redacted before it leaves the thread that played it.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// The redacted recording.
    pub recording: Recording,
    /// The changes that redaction made.
    pub redacted: Redacted,
}

impl Together {
    fn add(&mut self, part: TutorialPart, exchanges: Vec<RecordedExchange>) {
        for exchange in exchanges {
            let RecordedExchange { actor, method, path, response, .. } = &exchange;
            if self.known.insert((actor.clone(), method.clone(), path.clone(), Arc::clone(response))) {
                self.exchanges.push((part, exchange));
            }
        }
    }
}

impl Recorder {
    /// A recorder of these tutorials: what they and the schemas say may stand in a recording.
    ///
    /// # Errors
    ///
    /// If a schema cannot be read.
    pub fn new(tutorials: &[Tutorial], schemas: &Schemas) -> Result<Self, TutorialFaults> {
        let mut public = Public::new();
        for text in tutorials.iter().flat_map(Tutorial::texts) {
            public.add_text(&text);
        }
        for text in public_texts() {
            public.add_constant(text).map_err(|refusal| {
                let message =
                    format!("a text of `register_public_text!` may not stand in recordings: it holds {refusal}");
                vec![Diagnostic::new("secret", message).help("read it where it is kept, and let recordings mask it")]
            })?;
        }
        public.add_catalog(Catalog::v1());
        let of_folder = if schemas.is_of_catalog() { Vec::new() } else { schemas.type_names() };
        for name in &of_folder {
            let unusable = |reason: String| vec![Diagnostic::new("schema-file", reason)];
            let text = schemas.source(name).map_err(|error| unusable(error.to_string()))?;
            let schema = serde_json::from_str(&text).map_err(|error| unusable(format!("{name}.json: {error}")))?;
            public.add_schema(name, &schema);
        }
        Ok(Self::of_public(public))
    }

    /// A recorder that lets these texts stand.
    pub fn of_public(public: Public) -> Self {
        Self { public, together: None }
    }

    /// The same for sessions that share a tenant and make one recording, to be had by [`Recorder::whole`].
    pub fn of_all_sessions(self) -> Self {
        Self { together: Some(Arc::default()), ..self }
    }

    /// Makes the session keep its exchanges.
    pub fn begin(&self, session: &mut Session) {
        session.log_mut().begin();
    }

    /// The recording of what the session was answered since; `None` if nothing was, or if it makes one with that of others.
    /// `part` is what it played.
    pub fn finish(&self, session: &mut Session, part: TutorialPart, name: &str, tutorial: &str) -> Option<RecordedRun> {
        let exchanges = session.log_mut().take()?;
        if let Some(together) = &self.together {
            let mut together = together.lock().unwrap_or_else(PoisonError::into_inner);
            together.add(part, exchanges);
            if part != TutorialPart::Found {
                together.values.clone_from(session.outside_values());
                together.overrides.clone_from(&session.profile().overrides);
            }
            return None;
        }
        self.redacted(session, name, tutorial, exchanges)
    }

    /// The recording of all sessions together; `None` if nothing was answered, or each has its own.
    pub fn whole(&self, tutorial: &str) -> Option<RecordedRun> {
        let mut together = self.together.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let Together { exchanges, values, overrides, .. } = std::mem::take(&mut *together);
        let (found, found_in): (Vec<_>, Vec<_>) =
            exchanges.into_iter().partition(|(part, _)| *part == TutorialPart::Found);
        let exchanges = found_in.into_iter().chain(found).map(|(_, exchange)| exchange).collect();
        // Nothing is waited for in what is only read.
        let mut recording = Recording::of_session(tutorial, tutorial, Finish::Stop, exchanges)?;
        (recording.values, recording.overrides) = (values, overrides);
        let redacted = recording.redact(&self.public);
        Some(RecordedRun { recording, redacted })
    }

    /// The recording of what the session was answered so far, which goes on.
    pub fn so_far(&self, session: &Session, tutorial: &str) -> Option<RecordedRun> {
        self.redacted(session, tutorial, tutorial, session.log().exchanges()?.to_vec())
    }

    fn redacted(
        &self,
        session: &Session,
        name: &str,
        tutorial: &str,
        exchanges: Vec<RecordedExchange>,
    ) -> Option<RecordedRun> {
        let mut recording = Recording::of_session(name, tutorial, session.profile().finish, exchanges)?;
        let waits = session.log().waits().iter().filter(|at| recording.period_end != Some(**at));
        recording.waits = waits.copied().collect();
        recording.values = session.outside_values().clone();
        recording.volatile = session.log().volatile().map(str::to_owned).collect();
        recording.overrides = session.profile().overrides.clone();
        let mut public = self.public.clone();
        for (private, public_text) in session.naming.aliases() {
            public.add_alias(private, public_text);
        }
        let redacted = recording.redact(&public);
        Some(RecordedRun { recording, redacted })
    }
}
