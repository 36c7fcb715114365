//! The emulated Graph, served on loopback to one session: a tenant of its own, on a clock that a wait moves at once.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{LocalBoxFuture, ready};
use graphwalk_client::{ClientError, GraphClient};
use graphwalk_emulator::areas::MY_ACCESS;
use graphwalk_emulator::generic::GenericAnswers;
use graphwalk_emulator::seed::SeedError;
use graphwalk_emulator::server::{Server, ServerError};
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_recording::{ADMINISTRATOR, Finish, Overrides, Provenance};
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::Diagnostic;

use super::by_hand::{ByHand, PageGuide};
use super::{ActResult, Actors, Backend, Consistency, Origin, Pace, Profile, TenantClock, Waiting};

/// One session on an emulator that lives as long as the session does.
#[derive(Debug)]
pub struct EmulatorSession {
    emulator: Emulator,
    /// The address of its server.
    origin: String,
    /// The person who acts on its pages; the requests of features act if `None`.
    by_hand: Option<ByHand>,
    client: GraphClient,
    /// The tokens of actors who have signed in.
    tokens: RefCell<HashMap<String, String>>,
    serving: tokio::task::JoinHandle<()>,
}

/// The reason why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Nothing can listen on loopback.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The seed contradicts itself.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl EmulatorSession {
    /// Starts an emulator on a free port of loopback, served by the runtime that this is called on.
    ///
    /// # Errors
    ///
    /// The server or its client cannot be started, or the seed contradicts itself.
    pub fn start(settings: Settings, schemas: Schemas) -> Result<Self, StartError> {
        Self::attach(Emulator::new(settings, schemas)?)
    }

    /// Serves an emulator that others may serve, too, on a free port of loopback.
    ///
    /// # Errors
    ///
    /// The server or its client cannot be started.
    pub fn attach(emulator: Emulator) -> Result<Self, StartError> {
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let origin = server.origin();
        let client = GraphClient::for_loopback(&origin)?;
        let serving = tokio::spawn(server.run(Arc::new(emulator.clone()), std::future::pending()));
        Ok(Self { emulator, origin, by_hand: None, client, tokens: RefCell::default(), serving })
    }

    /// Leaves what people can do on pages to a person, who is told it.
    #[must_use]
    pub(crate) fn guided_by(mut self, guide: Option<Arc<dyn PageGuide>>) -> Self {
        self.by_hand = guide.map(ByHand::new);
        self
    }

    /// The emulator, for those who look behind the scenes.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }
}

/// The provenance of an emulator's last answer.
pub(crate) fn emulated_provenance(answers: GenericAnswers) -> Provenance {
    if answers.is_last { Provenance::EmulatedGeneric } else { Provenance::Emulated }
}

/// The number of an emulator's exchanges by provenance; those with nothing behind them count apart.
pub(crate) fn emulated_counts(answers: GenericAnswers, exchanges: usize) -> Vec<(&'static str, usize)> {
    let generic = answers.count.min(exchanges);
    let counts = [(Provenance::Emulated.word(), exchanges - generic), (Provenance::EmulatedGeneric.word(), generic)];
    counts.into_iter().filter(|(word, count)| *count > 0 || *word == Provenance::Emulated.word()).collect()
}

impl Drop for EmulatorSession {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Backend for EmulatorSession {
    fn profile(&self) -> Profile {
        Profile {
            name: "emulator",
            consistency: Consistency::Eventual,
            pace: Pace::default(),
            finish: Finish::Wait,
            overrides: Overrides { in_portal: self.by_hand.is_some(), ..Overrides::default() },
            portal: self.by_hand.as_ref().map(|_| format!("{}/{MY_ACCESS}", self.origin)),
            longest_request: None,
            host: None,
            // Faults follow from a seed, and so have the answers to them.
            jitter_seed: Some(0),
        }
    }

    fn client(&self) -> &GraphClient {
        &self.client
    }

    fn actors(&self) -> &dyn Actors {
        self
    }

    fn clock(&self) -> &dyn TenantClock {
        self
    }

    fn origin(&self, sent: Timestamp, _: Duration) -> Origin {
        let provenance = emulated_provenance(self.emulator.generic_answers());
        // On a clock that stands an answer takes no time.
        Origin { provenance, started: sent, took: Duration::ZERO, is_shortened: false, entry: None }
    }

    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        emulated_counts(self.emulator.generic_answers(), exchanges)
    }

    fn unused(&self, _: &BTreeSet<u8>) -> Vec<String> {
        Vec::new()
    }

    fn progress(&self, waiting: &Waiting<'_>) {
        if let (Some(by_hand), Some(person)) = (&self.by_hand, waiting.person) {
            by_hand.tell(&self.emulator, &self.origin, person, waiting.what);
        }
    }

    fn outside_id(&self, type_name: &str, name: &str) -> Option<String> {
        self.emulator.named(type_name, name)
    }

    fn person_acts<'a>(&'a self, act: &'a str) -> LocalBoxFuture<'a, ActResult> {
        let done = match self.emulator.person_acts(act) {
            true => ActResult::Done,
            false => ActResult::NotPossible("no area of the emulator knows how (`Area::person_acts`)".to_owned()),
        };
        Box::pin(ready(done))
    }
}

impl Actors for EmulatorSession {
    fn names(&self) -> Vec<String> {
        let users = self.emulator.user_names().into_iter();
        std::iter::once(ADMINISTRATOR.to_owned()).chain(users).collect()
    }

    /// The administrator's token; or that of a user, by display name or principal name, who signs in when first asked for.
    fn token(&self, actor: &str) -> Option<String> {
        if actor == ADMINISTRATOR {
            return Some(self.emulator.administrator_token());
        }
        if let Some(token) = self.tokens.borrow().get(actor) {
            return Some(token.clone());
        }
        let token = self.emulator.sign_in(actor)?;
        self.tokens.borrow_mut().insert(actor.to_owned(), token.clone());
        Some(token)
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        Box::pin(ready(Ok(self.token(actor))))
    }

    fn refused<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, bool> {
        Box::pin(ready(false))
    }

    fn introduce(&self, _: &str, _: &str, _: &str) {}
}

impl TenantClock for EmulatorSession {
    fn now(&self) -> Timestamp {
        self.emulator.now()
    }

    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()> {
        self.emulator.advance_to(until);
        Box::pin(ready(()))
    }

    fn sleep_for_person(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        match &self.by_hand {
            None => self.sleep(span),
            Some(by_hand) => Box::pin(by_hand.wait(&self.emulator, span)),
        }
    }
}
