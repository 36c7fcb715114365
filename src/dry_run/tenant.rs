//! The emulated tenant that stands for the real one in a dry run.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::{LocalBoxFuture, ready};
use graphwalk_client::GraphClient;
use graphwalk_emulator::seed::Seed;
use graphwalk_recording::{Finish, Overrides};
use jiff::Timestamp;

use crate::backend::emulator::EmulatorSession;
use crate::backend::{ActResult, Actors, Backend, Origin, Profile, TenantClock, Waiting};
use crate::diagnostic::Diagnostic;
use crate::runner::{OutsideObject, Plan};
use crate::session::OutsideValues;
use crate::session::guard::Named;

use super::noted_session::Introduced;

/// The domain that an emulator has without a seed.
pub(crate) const EMULATED_DOMAIN: &str = "contoso.com";

/// Returns the seed of the emulated tenant: the file beside features that find their sessions there, else what others take
/// from outside and may change.
pub(super) fn seed_for(
    plan: &Plan,
    may_change: &[Named],
    outside: &[OutsideObject],
    given: &OutsideValues,
) -> Result<Seed, Box<Diagnostic>> {
    match plan.seed_text().filter(|_| plan.discovers()) {
        Some(text) => Seed::parse(&text).map_err(|error| Box::new(Diagnostic::new("seed", error.to_string()))),
        None => Ok(seed_of(may_change, outside, given)),
    }
}

/// A tenant that holds what is there before, so that features find it.
fn seed_of(may_change: &[Named], outside: &[OutsideObject], given: &OutsideValues) -> Seed {
    let known = known_objects(may_change, outside, given);
    Seed::of_objects(known.iter().map(|(ty, id, name)| (*ty, id.as_str(), name.as_str())), EMULATED_DOMAIN)
}

/// The objects that are there before: those that may be changed, and those that features take from outside. Type, id and name
/// of each.
pub(crate) fn known_objects(
    may_change: &[Named],
    outside: &[OutsideObject],
    given: &OutsideValues,
) -> Vec<(&'static str, String, String)> {
    let named = may_change.iter().map(|Named { name, object }| (object.type_name(), object.key(), name));
    let given = outside.iter().filter_map(|OutsideObject { name, ty }| {
        let id = given.set.get(name).or_else(|| given.configured.get(name))?;
        let is_named = may_change.iter().any(|named| named.object.key().eq_ignore_ascii_case(id));
        (!is_named).then_some((ty.name(), id.as_str(), name))
    });
    let known = named.chain(given).filter(|(_, key, _)| key.parse::<uuid::Uuid>().is_ok());
    known.map(|(ty, key, name)| (ty, key.to_owned(), name.clone())).collect()
}

/// An emulated tenant that is played as the configuration has a real one played.
#[derive(Debug)]
pub(super) struct DryRunBackend {
    pub emulator: EmulatorSession,
    pub finish: Finish,
    pub overrides: Overrides,
    /// Notes whom the session creates with a password.
    pub introduced: Introduced,
}

impl Backend for DryRunBackend {
    fn profile(&self) -> Profile {
        Profile { finish: self.finish, overrides: self.overrides.clone(), ..self.emulator.profile() }
    }

    fn client(&self) -> &GraphClient {
        self.emulator.client()
    }

    fn actors(&self) -> &dyn Actors {
        self
    }

    fn clock(&self) -> &dyn TenantClock {
        self.emulator.clock()
    }

    fn origin(&self, sent: Timestamp, took: Duration) -> Origin {
        self.emulator.origin(sent, took)
    }

    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        self.emulator.provenance_counts(exchanges)
    }

    fn unused(&self, steps: &BTreeSet<u8>) -> Vec<String> {
        self.emulator.unused(steps)
    }

    fn progress(&self, waiting: &Waiting<'_>) {
        self.emulator.progress(waiting);
    }

    fn outside_id(&self, _: &str, _: &str) -> Option<String> {
        // What the emulated tenant calls so is none of the real one.
        None
    }

    fn person_acts<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, ActResult> {
        Box::pin(ready(ActResult::Told))
    }
}

impl Actors for DryRunBackend {
    fn names(&self) -> Vec<String> {
        self.emulator.actors().names()
    }

    fn token(&self, actor: &str) -> Option<String> {
        self.emulator.actors().token(actor)
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        self.emulator.actors().sign_in(actor)
    }

    fn refused<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, bool> {
        self.emulator.actors().refused(actor)
    }

    fn introduce(&self, name: &str, principal_name: &str, password: &str) {
        self.introduced.borrow_mut().push((name.to_owned(), principal_name.to_owned(), password.to_owned()));
    }
}
