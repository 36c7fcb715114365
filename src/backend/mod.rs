//! Where answers come from. A backend is a base URL, a token for each actor, and a clock; a session asks for nothing else.

mod by_hand;
pub mod emulator;
pub(crate) mod live;
pub mod replay;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use futures::future::{LocalBoxFuture, ready};
use graphwalk_client::{GraphClient, MonotonicTime, RetryPolicy};
use graphwalk_recording::{Finish, Overrides, Provenance};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::Diagnostic;

pub(crate) use by_hand::PageGuide;

/// The page on which people answer by themselves what is asked of them (My Access, of the Entra documentation).
pub(crate) const MY_ACCESS: &str = "https://myaccess.microsoft.com";

/// Whether reads on a backend may miss what was written just before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// They may, for some seconds, and may see it and miss it in turns: so does Graph. Reads are repeated for a while.
    Eventual,
    /// Answers are what was recorded, and a read is repeated only where the recording asks for it.
    Recorded,
}

/// The sleep of a session between reads, and the time for which it believes that what fails may mend itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two reads of what takes its time.
    pub poll: SignedDuration,
    /// The time after a write in which a read may miss it before that is a failure.
    pub settle: SignedDuration,
    /// For how long a request that fails is sent again.
    pub retry: SignedDuration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: SignedDuration::from_secs(30),
            settle: SignedDuration::from_secs(60),
            retry: RetryPolicy::service().within,
        }
    }
}

/// A wait in progress, for display.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// The event that is waited for: `the review becomes InProgress`.
    pub what: &'a str,
    /// The last state seen; empty if nothing was looked at.
    pub seen: &'a str,
    /// The time until it is looked at next.
    pub next: SignedDuration,
    /// The time when it is given up, or is there, on the clock of the place that answers.
    pub until: Timestamp,
    /// Whether this process may leave it, and another go on later.
    pub leavable: bool,
    /// The actor who is waited for, if that is a person who acts elsewhere.
    pub person: Option<&'a str>,
}

/// The facts that a recording has of an exchange beside the exchange itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The place where the answer comes from.
    pub provenance: Provenance,
    /// The time when the request was sent, on the backend's clock.
    pub started: Timestamp,
    /// The time that the answer took.
    pub took: Duration,
    /// Whether the recording says that the answer was shortened, so that it may lack properties.
    pub is_shortened: bool,
    /// Its number in the recording that is replayed, 1 for the first.
    pub entry: Option<usize>,
}

/// The settings of a backend that a session uses: plain data, and the same for as long as it plays.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The word for the backend in reports: `replay`, `emulator`, `live`.
    pub name: &'static str,
    /// Whether reads there may miss what was written just before.
    pub consistency: Consistency,
    /// The sleep between reads.
    pub pace: Pace,
    /// The way a period ends there that is waited for.
    pub finish: Finish,
    /// The changes there to the bodies that features ask for.
    pub overrides: Overrides,
    /// The page where people act by themselves, instead of the requests of features.
    pub portal: Option<String>,
    /// The time that a request may take before it counts as unanswered, if that may be longer than a step has.
    pub longest_request: Option<Duration>,
    /// The host to which a person can send the same requests, with its scheme. `None` if that is Graph's public cloud, or
    /// nowhere.
    pub host: Option<String>,
    /// The seed of the waits between attempts, where a run has to be repeatable; `None` makes them differ each time.
    pub jitter_seed: Option<u64>,
}

/// The place that answers a session. No method has a default, so a wrapper passes everything on, and
/// what belongs together is passed on as one.
pub trait Backend: std::fmt::Debug {
    /// Returns the settings that a session uses there.
    fn profile(&self) -> Profile;

    /// The client for this backend's base URL.
    fn client(&self) -> &GraphClient;

    /// Returns who can call there.
    fn actors(&self) -> &dyn Actors;

    /// The clock there.
    fn clock(&self) -> &dyn TenantClock;

    /// Returns where the last answer comes from. Its request was `sent` at that time of this backend's clock, and the
    /// answer `took` so long on this machine's; where answers were recorded, the recording knows both better.
    fn origin(&self, sent: Timestamp, took: Duration) -> Origin;

    /// Returns how many exchanges come from where, e.g. `("published", 11)`; `exchanges` were made.
    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)>;

    /// The recorded exchanges of `steps`, and those of no step, that nothing asked for, a line each.
    fn unused(&self, steps: &BTreeSet<u8>) -> Vec<String>;

    /// Reports a wait, each time before the session sleeps.
    fn progress(&self, waiting: &Waiting<'_>);

    /// The id of an object of that type that was there before, by the name that a feature gives it, if the backend knows it.
    fn outside_id(&self, type_name: &str, name: &str) -> Option<String>;

    /// Has a person do something elsewhere; returns when it is known what became of it.
    fn person_acts<'a>(&'a self, act: &'a str) -> LocalBoxFuture<'a, ActResult>;
}

/// The actors who can call on a backend, each with a token.
pub trait Actors {
    /// The actors that have a token, for messages.
    fn names(&self) -> Vec<String>;

    /// The bearer token that `actor` has now; `None` if the backend knows no such actor.
    fn token(&self, actor: &str) -> Option<String>;

    /// A token of `actor` that is good for the next request: signs in, or renews it. A person may be asked, and waited for.
    /// `None` if the backend knows no such actor.
    ///
    /// # Errors
    ///
    /// The sign-in fails: it is refused, cannot be reached, or the person gave up.
    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>>;

    /// Says that Graph rejected the token of `actor` (401). Returns whether a new one can be obtained.
    fn refused<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, bool>;

    /// Says whom the session created: a user who may sign in later.
    fn introduce(&self, name: &str, principal_name: &str, password: &str);
}

/// The state of an act that a feature asks of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActResult {
    /// It was done here: the backend did what it does.
    Done,
    /// Somebody says that it was done.
    Told,
    /// Nobody here can do it; why, and what to do.
    NotPossible(String),
    /// Nobody who could do it sits here: another process goes on when it was done.
    Waits(String),
}

/// The clock of a backend. What is not said of it follows from [`TenantClock::now`], as where it is virtual or recorded.
pub trait TenantClock {
    /// Returns the time there. Only dates are looked at by it, never how long something took: it may go back where a
    /// server says it.
    fn now(&self) -> Timestamp;

    /// The day that it is there, which `{today}` means: in UTC, and of a recording where it was recorded.
    fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.now()).date()
    }

    /// Returns when it is `until` there: at once where the clock is virtual or recorded. Also returns when that will not come,
    /// because the clock there stands still: see [`TenantClock::standstill`].
    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()>;

    /// Returns the range in which the time there lies now: a server is asked if its answers contradict each other.
    fn ask_time(&self) -> LocalBoxFuture<'_, RangeInclusive<Timestamp>> {
        Box::pin(ready(self.now()..=self.now()))
    }

    /// Returns the time there for the server that has just answered with this `Date`.
    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp {
        let _ = date;
        self.now()
    }

    /// Returns how far the clock is that budgets, polls and waits are measured by. Where the clock is virtual or
    /// recorded it is that one; on a tenant it is this machine's monotonic clock, which nothing that a server says can
    /// move.
    fn monotonic_now(&self) -> MonotonicTime {
        MonotonicTime::at(self.now())
    }

    /// Returns the time on this machine, where the journal is written. Time that was skipped counts as passed.
    fn machine_now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Returns when `span` has passed by [`TenantClock::monotonic_now`].
    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        self.wait_until(self.now().saturating_add(span).unwrap_or(Timestamp::MAX))
    }

    /// Returns when `span` has passed in which a person may act there, or earlier if one has. A person takes the time that it takes,
    /// also where the clock is virtual and people act by themselves.
    fn sleep_for_person(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        self.sleep(span)
    }

    /// Returns the time at which the clock there stands, if it has stood for so long that it will not go on by itself.
    fn standstill(&self) -> Option<Timestamp> {
        None
    }
}
