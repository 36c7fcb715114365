//! Making a recording of a session that was played.

use graphwalk_catalog::Catalog;
use graphwalk_recording::redact::{Public, Redacted};
use graphwalk_recording::{RecordedExchange, Recording};
use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;
use crate::sentences::public_texts;
use crate::session::Session;
use crate::tutorial::{Faults, Tutorial};

/// What may stand in the recording of a session; everything else in it gets a pseudonym.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The texts that belong to nobody's tenant.
    pub public: Public,
}

/// A session that was recorded. It is redacted before it leaves the thread that played it.
#[derive(Clone, Debug)]
pub struct RecordedRun {
    /// The redacted recording.
    pub recording: Recording,
    /// What redaction did.
    pub redacted: Redacted,
}

impl Recorder {
    /// A recorder of these tutorials: what they and the schemas say may stand in a recording.
    ///
    /// # Errors
    ///
    /// If a schema cannot be read.
    pub fn new(tutorials: &[Tutorial], schemas: &Schemas) -> Result<Self, Faults> {
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
        Ok(Self { public })
    }

    /// Makes the session keep its exchanges.
    pub fn begin(&self, session: &mut Session) {
        session.log_mut().begin();
    }

    /// The recording of what the session was answered since; `None` if nothing was.
    pub fn finish(&self, session: &mut Session, name: &str, tutorial: &str) -> Option<RecordedRun> {
        let exchanges = session.log_mut().take()?;
        self.redacted(session, name, tutorial, exchanges)
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
