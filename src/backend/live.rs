//! A real tenant, or whatever answers like one at the configured address.

mod time;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{LocalBoxFuture, ready};
use graphwalk_client::sign_in::{AccessToken, Person, SignIn, SignInError};
use graphwalk_client::{ClientError, GraphClient, MonotonicTime};
use graphwalk_recording::{ADMINISTRATOR, Finish, Overrides, Provenance};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::config::{Config, Endpoints, ReviewBy, SignInMethod};
use crate::diagnostic::Diagnostic;
use crate::session::RunId;

use super::{ActResult, Actors, Backend, Consistency, MY_ACCESS, Origin, Pace, Profile, TenantClock, Waiting};

/// The authority's code for a new user that it does not know yet (AADSTS50034); how long that may last and how often it is
/// asked follow.
const UNKNOWN_USER: u32 = 50034;
const NEW_USER: [u64; 5] = [2, 4, 8, 16, 30];

/// One session on a real tenant.
pub struct LiveSession {
    client: GraphClient,
    endpoints: Endpoints,
    sign_ins: BTreeMap<String, SignIn>,
    bearers: RefCell<HashMap<String, SecretString>>,
    /// The users whom the run created, until they have signed in: principal name and password.
    users: RefCell<HashMap<String, (String, SecretString)>>,
    /// The tenant's id, once it is known: tokens of another tenant are not used.
    tenant: Cell<Option<Uuid>>,
    run: RefCell<Option<RunId>>,
    finish: Finish,
    overrides: Overrides,
    pace: Pace,
    request_timeout: Duration,
    told: RefCell<LastReport>,
    time: time::TenantTime,
    host: Arc<dyn LiveHost>,
}

/// The host of a live session: shows its waits, asks people for what only they can do and, where the tenant is emulated, lets its
/// time pass and says so.
pub trait LiveHost: fmt::Debug + Send + Sync {
    /// Shows a line about a wait in progress.
    fn show(&self, line: &str);

    /// Shows how long it is until the next request and until the wait is given up, and counts down, until
    /// [`LiveHost::end_wait`].
    fn wait(&self, next: Duration, left: Duration) {
        let _ = (next, left);
    }

    /// Takes that away.
    fn end_wait(&self) {}

    /// Shows a request to do `act` elsewhere, and waits until somebody says that it is done. Returns `false` if nobody is there
    /// to say so.
    fn ask_done<'a>(&'a self, act: &'a str, request: &'a str) -> LocalBoxFuture<'a, bool> {
        let _ = (act, request);
        Box::pin(ready(false))
    }

    /// Lets `span` pass in the tenant at once. Returns `false` where nobody can: then it is waited for.
    fn skip(&self, span: Duration) -> bool {
        let _ = span;
        false
    }

    /// The provenance of the last answer.
    fn provenance(&self) -> Provenance {
        Provenance::Tenant
    }

    /// The number of exchanges by provenance; `exchanges` were made.
    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        vec![(Provenance::Tenant.word(), exchanges)]
    }
}

/// The last report.
#[derive(Debug, Default)]
struct LastReport {
    text: String,
    at: Option<Instant>,
}

impl LiveSession {
    /// A session as the configuration has it. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// An actor is configured in part or in two ways, the proxy is no URL, or the CA file cannot be read.
    pub fn new(config: &Config, person: Arc<dyn Person>, host: Arc<dyn LiveHost>) -> Result<Self, Box<Diagnostic>> {
        let client = config.graph_client().map_err(|error| Box::new(of_client(&error)))?;
        let surroundings = config.surroundings(person).map_err(|error| of_sign_in(&error))?;
        let mut sign_ins = BTreeMap::new();
        for actor in config.actors.keys() {
            let sign_in = config.sign_in(actor, surroundings.clone());
            sign_ins.insert(actor.clone(), sign_in.map_err(|fault| Box::new(Diagnostic::from(&fault)))?);
        }
        Ok(Self {
            client,
            endpoints: config.endpoints.clone(),
            sign_ins,
            bearers: RefCell::default(),
            users: RefCell::default(),
            tenant: Cell::new(None),
            run: RefCell::default(),
            finish: config.finish,
            overrides: overrides(config),
            pace: Pace {
                poll: signed(config.poll_interval),
                settle: signed(config.settle_timeout),
                retry: signed(config.retry_timeout),
            },
            request_timeout: config.network.request_timeout,
            told: RefCell::default(),
            time: time::TenantTime::new(config.clock_ahead),
            host,
        })
    }

    /// The sign-in of an actor.
    pub fn sign_in_of(&self, actor: &str) -> Option<&SignIn> {
        self.sign_ins.get(actor)
    }

    /// A token of `actor`, got if it must be.
    ///
    /// # Errors
    ///
    /// The sign-in fails, or its token is for another tenant.
    pub async fn access_token(&self, actor: &str) -> Result<Option<AccessToken>, Box<Diagnostic>> {
        let Some(sign_in) = self.sign_ins.get(actor) else { return Ok(None) };
        let new = self.users.borrow_mut().remove(actor);
        let is_new = new.is_some();
        if let Some((name, password)) = new {
            if asks_a_person(sign_in) {
                self.host.show(&reset_hint(actor, &name));
            }
            sign_in.as_user(name, password).await;
        }
        let token = self.obtain_token(sign_in, is_new).await.map_err(|error| of_sign_in(&error))?;
        self.is_of_tenant(actor, &token)?;
        Ok(Some(token))
    }

    /// The run that is played, for messages.
    pub fn name_run(&self, run: &RunId) {
        *self.run.borrow_mut() = Some(run.clone());
    }

    /// The sign-ins of all actors, by name.
    pub fn sign_ins(&self) -> impl Iterator<Item = &SignIn> {
        self.sign_ins.values()
    }

    /// Refuses tokens of any other tenant from now on.
    pub fn pin_tenant(&self, tenant: Uuid) {
        self.tenant.set(Some(tenant));
    }

    /// A token; one of a new user, whom the authority may not know yet, is asked for again.
    async fn obtain_token(&self, sign_in: &SignIn, is_new: bool) -> Result<AccessToken, SignInError> {
        for pause in NEW_USER.iter().filter(|_| is_new) {
            match sign_in.token().await {
                Err(SignInError::Refused { refusal, .. }) if refusal.error_codes.contains(&UNKNOWN_USER) => {
                    self.pass(Duration::from_secs(*pause)).await;
                }
                other => return other,
            }
        }
        sign_in.token().await
    }

    /// Returns when `span` has passed, or was skipped.
    async fn pass(&self, span: Duration) {
        if !self.skip(span) {
            tokio::time::sleep(span).await;
        }
    }

    /// Lets `span` pass at once, if whoever shows the waits can do that. All clocks agree afterwards.
    fn skip(&self, span: Duration) -> bool {
        if !self.host.skip(span) {
            return false;
        }
        self.client.skip_time(signed(span));
        self.time.skip(span);
        true
    }

    fn is_of_tenant(&self, actor: &str, token: &AccessToken) -> Result<(), Box<Diagnostic>> {
        let Some(wanted) = self.tenant.get() else { return Ok(()) };
        let found = token.claims.as_ref().and_then(|claims| claims.tid);
        if found == Some(wanted) {
            return Ok(());
        }
        let found = found.map_or_else(|| "an unnamed tenant".to_owned(), |found| found.to_string());
        Err(Box::new(
            Diagnostic::new(
                "wrong-tenant",
                format!("the token of {actor} is for another tenant than the configured one"),
            )
            .note(format!("configured: {wanted}, the token's: {found}"))
            .help("sign in with an account of the configured tenant, or change `tenant`"),
        ))
    }
}

/// Returns what a configuration changes in the features' bodies: no mail unless it is wanted, passwords that programs sign in
/// with stay, and what acts on others acts on what the run created alone.
pub fn overrides(config: &Config) -> Overrides {
    let by_password =
        |method: &SignInMethod| matches!(method, SignInMethod::Password { username: None, password_env: None, .. });
    let kept = config.actors.iter().filter(|(_, actor)| by_password(&actor.sign_in));
    let in_portal = config.review_by == ReviewBy::Portal;
    let kept_passwords = kept.map(|(name, _)| name.clone()).collect();
    Overrides { no_mail: !config.mail, own_scopes: true, in_portal, kept_passwords }
}

fn asks_a_person(sign_in: &SignIn) -> bool {
    matches!(sign_in.method(), SignInMethod::DeviceCode { .. } | SignInMethod::AuthorizationCode { .. })
}

/// A wait that is shown until this is dropped, however the wait ends.
struct ShownWait<'a>(&'a dyn LiveHost);

impl Drop for ShownWait<'_> {
    fn drop(&mut self) {
        self.0.end_wait();
    }
}

/// A person who is to sign in as a user that the run created needs a password that somebody knows.
fn reset_hint(actor: &str, name: &str) -> String {
    format!(
        "{actor} is {name}, with a random password that is shown nowhere: before the\nsign-in, reset it in the Entra admin \
         centre (Users, Reset password)"
    )
}

fn of_client(error: &ClientError) -> Diagnostic {
    Diagnostic::new("client", error.to_string()).help("check `base-url`, `proxy` and `ca-file`")
}

fn of_sign_in(error: &SignInError) -> Box<Diagnostic> {
    Box::new(Diagnostic::from(error))
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

impl LiveSession {
    /// Says in a line what is waited for, when that has changed, and every minute.
    fn tell_wait(&self, waiting: &Waiting<'_>) {
        let seen = if waiting.seen.is_empty() { String::new() } else { format!(" (now {})", waiting.seen) };
        let text = format!("waiting for {}{seen}", waiting.what);
        let mut told = self.told.borrow_mut();
        let recent = told.at.is_some_and(|at| at.elapsed() < Duration::from_mins(1));
        if told.text == text && recent {
            return;
        }
        let until = waiting.until.strftime("%Y-%m-%d %H:%M:%S UTC");
        let next = waiting.next.as_secs().max(0);
        let how = match (waiting.leavable, self.run.borrow().as_ref()) {
            (true, Some(run)) => format!(
                "until {until}\n  Ctrl-C leaves the wait: `graphwalk resume {run}` continues,\n  `graphwalk clean {run}` deletes what it created"
            ),
            _ => format!("next request in {next} s, at most until {until}; Ctrl-C ends the run"),
        };
        self.host.show(&format!("{text}\n  {how}"));
        *told = LastReport { text, at: Some(Instant::now()) };
    }
}

impl Backend for LiveSession {
    fn profile(&self) -> Profile {
        let page = |tenant: Uuid| format!("{MY_ACCESS}/@{tenant}#/access-reviews");
        Profile {
            name: "live",
            consistency: Consistency::Eventual,
            pace: self.pace,
            finish: self.finish,
            overrides: self.overrides.clone(),
            portal: self.tenant.get().filter(|_| self.overrides.in_portal).map(page),
            longest_request: Some(self.request_timeout),
            host: Some(self.client.base().to_owned()),
            jitter_seed: None,
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

    fn origin(&self, _: Timestamp, took: Duration) -> Origin {
        Origin {
            provenance: self.host.provenance(),
            started: self.answered_just_now(took),
            took,
            is_shortened: false,
            entry: None,
        }
    }

    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        self.host.provenance_counts(exchanges)
    }

    fn unused(&self, _: &BTreeSet<u8>) -> Vec<String> {
        Vec::new()
    }

    fn progress(&self, waiting: &Waiting<'_>) {
        self.tell_time();
        self.tell_wait(waiting);
        let left = Duration::try_from(waiting.until.duration_since(self.now())).unwrap_or_default();
        self.host.wait(Duration::try_from(waiting.next).unwrap_or_default(), left);
    }

    fn outside_id(&self, _: &str, _: &str) -> Option<String> {
        // What a tenant calls so is not known to be meant.
        None
    }

    fn person_acts<'a>(&'a self, act: &'a str) -> LocalBoxFuture<'a, ActResult> {
        let run = self.run.borrow().as_ref().map_or_else(|| "RUN".to_owned(), ToString::to_string);
        let request = format!(
            "to do by a person: {act}\n  press Enter when it is done\n  Ctrl-C leaves it: `graphwalk resume {run}` continues it,\n  \
             `graphwalk clean {run}` deletes what it created"
        );
        Box::pin(async move {
            if self.host.ask_done(act, &request).await {
                return ActResult::Told;
            }
            ActResult::Waits(format!(
                "a person has to do this first: {act}: then run `graphwalk resume {run}` on a terminal"
            ))
        })
    }
}

impl Actors for LiveSession {
    fn names(&self) -> Vec<String> {
        let mut actors: BTreeSet<&String> = self.sign_ins.keys().collect();
        let administrator = actors.take(&ADMINISTRATOR.to_owned());
        administrator.into_iter().chain(actors).cloned().collect()
    }

    fn token(&self, actor: &str) -> Option<String> {
        self.bearers.borrow().get(actor).map(|bearer| bearer.expose_secret().to_owned())
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        self.tell_time();
        Box::pin(async move {
            let Some(token) = self.access_token(actor).await? else { return Ok(None) };
            let header =
                token.bearer_for(&self.endpoints.graph, &self.endpoints).map_err(|error| of_sign_in(&error))?;
            let bearer = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            self.bearers.borrow_mut().insert(actor.to_owned(), bearer.to_owned().into());
            Ok(Some(bearer.to_owned()))
        })
    }

    fn refused<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(sign_in) = self.sign_ins.get(actor) else { return false };
            self.bearers.borrow_mut().remove(actor);
            sign_in.forget().await;
            true
        })
    }

    fn introduce(&self, name: &str, principal_name: &str, password: &str) {
        graphwalk_secrets::in_use::remember(password);
        if self.sign_ins.contains_key(name) {
            let user = (principal_name.to_owned(), SecretString::from(password));
            self.users.borrow_mut().insert(name.to_owned(), user);
        }
    }
}

impl TenantClock for LiveSession {
    fn now(&self) -> Timestamp {
        self.client.server_now()
    }

    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()> {
        let shown = ShownWait(&*self.host);
        Box::pin(async move {
            self.wait_for_date(until).await;
            drop(shown);
        })
    }

    fn ask_time(&self) -> LocalBoxFuture<'_, RangeInclusive<Timestamp>> {
        Box::pin(self.time_range())
    }

    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp {
        date.unwrap_or_else(|| self.now())
    }

    fn monotonic_now(&self) -> MonotonicTime {
        self.time.monotonic_now()
    }

    fn machine_now(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.time.skipped()).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        let shown = ShownWait(&*self.host);
        Box::pin(async move {
            self.pass(Duration::try_from(span).unwrap_or_default()).await;
            drop(shown);
        })
    }

    fn standstill(&self) -> Option<Timestamp> {
        self.stands_for_good()
    }
}

impl fmt::Debug for LiveSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSession")
            .field("base", &self.client.base())
            .field("actors", &self.sign_ins.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
