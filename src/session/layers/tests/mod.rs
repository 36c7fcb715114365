//! The layers one by one. Each stands before a server that answers what a test says; the layers between them pass everything
//! on: they guard, journal, repeat, record and look up nothing.

mod guarded;
mod look_up;
mod pages;
mod record;
#[expect(dead_code, reason = "the tests of whole sessions use more of it")]
#[path = "../../../../tests/client/scripted.rs"]
mod scripted;
mod settle;
mod sign_in;
mod traffic;
mod validate;

use std::cell::RefCell;

use graphwalk_catalog::Resources;
use graphwalk_client::{Retries, RetryPolicy};
use jiff::SignedDuration;

use super::guarded::Guarded;
use super::look_up::LookUpLayer;
use super::pages::Pages;
use super::record::RecordLayer;
use super::settle::Settle;
use super::sign_in::SignInLayer;
use super::traffic::Traffic;
use super::{Around, Sending};
use crate::session::{Call, Captures, Doing, Naming, Seen, StepDeadline, StepPlace};
use scripted::{Received, Reply, Server};

/// The time that reads may lag behind a write where a test lets them.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// A server, and what a session hands down to its layers.
struct Fixture {
    server: Server,
    captures: Captures,
    naming: Naming,
    resources: Resources,
    place: StepPlace,
    seen: Seen,
    doing: Doing,
    traffic: Traffic,
}

impl Fixture {
    /// Starts a server. `respond` gets each request and its number, from 0.
    async fn new(respond: impl FnMut(&Received, usize) -> Reply + 'static) -> Self {
        Self {
            server: Server::start(respond).await,
            captures: Captures::new(jiff::civil::date(2022, 2, 11)),
            naming: Naming::default(),
            resources: Resources::default(),
            place: StepPlace::default(),
            seen: Seen::default(),
            doing: Doing::default(),
            traffic: Traffic::default(),
        }
    }

    fn around(&mut self) -> Around<'_> {
        let Self { captures, naming, resources, place, seen, doing, traffic, .. } = self;
        Around { captures, naming, resources, place, seen, doing, traffic }
    }

    fn sign_in(&self) -> SignInLayer {
        SignInLayer::new(self.server.backend(), StepDeadline::after(std::time::Duration::from_secs(60)))
    }

    /// A layer that repeats calls as on a service, and looks up what it lost.
    fn look_up(&self) -> LookUpLayer {
        LookUpLayer::new(self.sign_in(), Retries::new(RetryPolicy::service(), Some(7)), Some(WINDOW))
    }

    /// A layer that keeps nothing until its log is begun.
    fn record(&self) -> RecordLayer {
        RecordLayer::new(LookUpLayer::new(self.sign_in(), Retries::new(RetryPolicy::recording(), Some(7)), None))
    }

    fn pages(&self) -> Pages {
        Pages::new(Settle::new(self.record(), None))
    }

    fn guarded(&self) -> Guarded {
        Guarded::new(self.pages())
    }

    /// The requests that arrived: `GET /v1.0/users`.
    fn received(&self) -> Vec<String> {
        self.server.received.borrow().iter().map(|got| format!("{} {}", got.method, got.path)).collect()
    }
}

fn token() -> RefCell<String> {
    RefCell::new("s3cret-token".to_owned())
}

/// A call below the guard, which creates nothing.
fn sending<'a>(call: &'a Call, token: &'a RefCell<String>) -> Sending<'a> {
    Sending { call, token, doubt: None, is_own_look: false }
}

fn get(path: &str) -> Call {
    Call::new("administrator", "GET", path)
}
