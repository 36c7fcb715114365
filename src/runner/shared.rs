//! Tenants that several sessions share: those of a tutorial that only reads, so that none is in the way of another.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use graphwalk_emulator::Emulator;
use graphwalk_recording::Recording;

use crate::backend::Backend;
use crate::backend::emulator::EmulatorSession;
use crate::backend::live::LiveSession;
use crate::diagnostic::Diagnostic;
use crate::session::FoundSession;

use super::TutorialPart;
use super::sessions::{SessionSource, not_started};

/// One session of those that share a tenant.
#[derive(Clone, Debug)]
pub struct SharedSource {
    /// The tenant.
    pub tenant: SharedTenant,
    /// The session that was found; `None` finds the sessions, or is the only one.
    pub found: Option<FoundSession>,
    /// The part of the tutorial that it plays.
    pub part: TutorialPart,
}

/// A tenant that several sessions may read.
#[derive(Clone, Debug)]
pub enum SharedTenant {
    /// A recording; each session begins at its beginning.
    Recording(Arc<SharedRecording>),
    /// An emulated tenant. Cheap to clone; clones are the same one.
    Emulator(Emulator),
    /// A real tenant.
    Live(Arc<LiveReads>),
}

/// A recording of several sessions, and what none of them has asked for so far.
#[derive(Debug)]
pub struct SharedRecording {
    /// The recording.
    pub recording: Arc<Recording>,
    unused: Mutex<Option<Vec<String>>>,
}

/// A real tenant that is only read, and those who have signed in there. It stays with one thread at a time.
#[derive(Debug)]
pub struct LiveReads(Mutex<Option<LiveSession>>);

impl SharedTenant {
    /// Returns its name in reports.
    pub fn name(&self) -> String {
        match self {
            Self::Recording(shared) => shared.recording.name.clone(),
            Self::Emulator(_) => "an emulated tenant".to_owned(),
            Self::Live(_) => "the tenant".to_owned(),
        }
    }

    /// The word for the backend that it is.
    pub fn backend(&self) -> &'static str {
        match self {
            Self::Recording(_) => "replay",
            Self::Emulator(_) => "emulator",
            Self::Live(_) => "live",
        }
    }

    /// The source of what finds the sessions.
    pub fn discovery(&self) -> SessionSource {
        SessionSource::Shared(Arc::new(SharedSource {
            tenant: self.clone(),
            found: None,
            part: TutorialPart::Discovery,
        }))
    }

    /// The source of the only session of a tutorial that only reads.
    pub fn only_session(&self) -> SessionSource {
        SessionSource::Shared(Arc::new(SharedSource { tenant: self.clone(), found: None, part: TutorialPart::Whole }))
    }

    /// The source of one that was found.
    pub fn session(&self, found: FoundSession) -> SessionSource {
        SessionSource::Shared(Arc::new(SharedSource {
            tenant: self.clone(),
            found: Some(found),
            part: TutorialPart::Found,
        }))
    }
}

impl SharedRecording {
    /// A recording of which nothing has been played.
    pub fn new(recording: Arc<Recording>) -> Self {
        Self { recording, unused: Mutex::new(None) }
    }

    /// Takes what one session has not asked for: others may have.
    pub(super) fn note_unused(&self, of_session: Vec<String>) {
        let Ok(mut unused) = self.unused.lock() else { return };
        *unused = Some(match unused.take() {
            None => of_session,
            Some(before) => before.into_iter().filter(|line| of_session.contains(line)).collect(),
        });
    }

    /// Returns what no session has asked for, a line each.
    pub(super) fn unused(&self) -> Vec<String> {
        self.unused.lock().ok().and_then(|unused| unused.clone()).unwrap_or_default()
    }
}

impl LiveReads {
    /// A tenant whose administrator has signed in.
    pub fn new(session: LiveSession) -> Self {
        Self(Mutex::new(Some(session)))
    }

    fn take(&self) -> Option<LiveSession> {
        self.0.lock().ok().and_then(|mut session| session.take())
    }

    fn give_back(&self, session: LiveSession) {
        if let Ok(mut place) = self.0.lock() {
            *place = Some(session);
        }
    }
}

/// The shared tenants that the sessions of one thread have at hand.
#[derive(Default)]
pub(super) struct AtHand {
    emulator: RefCell<Option<Rc<EmulatorSession>>>,
    live: RefCell<Option<(Arc<LiveReads>, Rc<LiveSession>)>>,
}

impl AtHand {
    /// The emulated tenant, served by the runtime that this is called on.
    pub fn emulator(&self, emulator: &Emulator) -> Result<Rc<dyn Backend>, Diagnostic> {
        let mut at_hand = self.emulator.borrow_mut();
        if let Some(known) = at_hand.as_ref() {
            return Ok(Rc::clone(known) as Rc<dyn Backend>);
        }
        let serving = EmulatorSession::attach(emulator.clone());
        let serving = Rc::new(serving.map_err(|error| not_started(&error.to_string()))?);
        Ok(Rc::clone(at_hand.insert(serving)) as Rc<dyn Backend>)
    }

    /// The real tenant.
    pub fn live(&self, tenant: &Arc<LiveReads>) -> Result<Rc<dyn Backend>, Diagnostic> {
        let mut at_hand = self.live.borrow_mut();
        if let Some((_, known)) = at_hand.as_ref() {
            return Ok(Rc::clone(known) as Rc<dyn Backend>);
        }
        let session = tenant.take().ok_or_else(|| not_started("another thread has the tenant"))?;
        let (_, session) = at_hand.insert((Arc::clone(tenant), Rc::new(session)));
        Ok(Rc::clone(session) as Rc<dyn Backend>)
    }
}

/// Gives the real tenant back, with those who have signed in: what comes after need not ask them again.
impl Drop for AtHand {
    fn drop(&mut self) {
        if let Some((tenant, session)) = self.live.take()
            && let Ok(session) = Rc::try_unwrap(session)
        {
            tenant.give_back(session);
        }
    }
}
