//! Making a recording of a session that was played.

use graphwalk_recording::redact::{Public, Redacted};
use graphwalk_recording::{RecordedExchange, Recording};

use crate::session::Session;

/// What may stand in the recording of a session; everything else in it gets a pseudonym.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The texts that belong to nobody's tenant.
    pub public: Public,
}

/// A session that was recorded. It is redacted before it leaves the thread that played it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The redacted recording.
    pub recording: Recording,
    /// What redaction did.
    pub redacted: Redacted,
}

impl Recorder {
    /// Lets the session keep its exchanges.
    pub fn begin(&self, session: &mut Session) {
        session.log_mut().begin();
    }

    /// The recording of what the session was answered since; `None` if nothing was.
    pub fn finish(&self, session: &mut Session, name: &str, tutorial: &str) -> Option<Recorded> {
        let exchanges = session.log_mut().take()?;
        self.redacted(session, name, tutorial, exchanges)
    }

    /// The recording of what the session was answered so far, which goes on.
    pub fn so_far(&self, session: &Session, tutorial: &str) -> Option<Recorded> {
        self.redacted(session, tutorial, tutorial, session.log().kept()?.to_vec())
    }

    fn redacted(
        &self,
        session: &Session,
        name: &str,
        tutorial: &str,
        exchanges: Vec<RecordedExchange>,
    ) -> Option<Recorded> {
        let mut recording = Recording::of_session(name, tutorial, session.profile().finish, exchanges)?;
        recording.overrides = session.profile().overrides.clone();
        let mut public = self.public.clone();
        for (private, public_text) in session.naming.aliases() {
            public.add_alias(private, public_text);
        }
        let redacted = recording.redact(&public);
        Some(Recorded { recording, redacted })
    }
}
