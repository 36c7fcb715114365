//! Where answers come from. A backend is a base URL, a token for each actor, and a clock; a session asks for nothing else.

pub mod emulator;
pub mod replay;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use jiff::Timestamp;

use crate::graph::GraphClient;
use crate::recording::Provenance;

/// How a review's period comes to its end on a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodEnd {
    /// By the clock: the session waits for the instance's `endDateTime`.
    Wait,
    /// By the API: the administrator stops the instance.
    Stop,
}

/// Whether reads on a backend may miss what was written just before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// They may, for some seconds, and may see it and miss it in turns: so does Graph. Reads are repeated for a while.
    Eventual,
    /// Answers are what was recorded, and a read is repeated only where the recording asks for it.
    Recorded,
}

/// What a recording says of an exchange beside the exchange itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the answer comes from.
    pub provenance: Provenance,
    /// When the request was sent, on the backend's clock.
    pub started: Timestamp,
    /// How long the answer took.
    pub took: Duration,
}

/// What a session needs of the place that answers it.
pub trait Backend: std::fmt::Debug {
    /// The word for it in reports: `replay`, `emulator`, `live`.
    fn name(&self) -> &'static str;

    /// The client for this backend's base URL.
    fn client(&self) -> &GraphClient;

    /// The bearer token of `actor`, or `None` if the backend knows no such actor.
    fn token(&self, actor: &str) -> Option<String>;

    /// The actors that have a token, for messages.
    fn actors(&self) -> Vec<String>;

    /// What time it is there.
    fn now(&self) -> Timestamp;

    /// Returns when it is `until` there: at once where the clock is virtual or recorded.
    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()>;

    /// How a review's period ends there.
    fn period_end(&self) -> PeriodEnd;

    /// How many exchanges come from where, e.g. `("published", 11)`; `exchanges` were made.
    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        let _ = exchanges;
        Vec::new()
    }

    /// The recorded exchanges of `steps`, and those of no step, that nothing asked for, a line each.
    fn unused(&self, steps: &BTreeSet<u8>) -> Vec<String> {
        let _ = steps;
        Vec::new()
    }

    /// Whether reads there may miss what was written just before.
    fn consistency(&self) -> Consistency {
        Consistency::Eventual
    }

    /// The seed of the waits between attempts, where a run has to be repeatable; `None` makes them differ each time.
    fn jitter_seed(&self) -> Option<u64> {
        None
    }

    /// Where the last answer comes from. Its request was `sent` at that time of this backend's clock, and the answer
    /// `took` so long on this machine's; where answers were recorded, the recording knows both better.
    fn origin(&self, sent: Timestamp, took: Duration) -> Origin;

    /// Texts that only this place has where features have others, each with the feature's: e.g. the tenant's domain with
    /// `Contoso.com`. A recording has the feature's, so that it can be replayed.
    fn aliases(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
