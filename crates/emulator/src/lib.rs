#![doc = include_str!("../README.md")]
//!
//! ## Inside
//!
//! A [`http::Request`] goes in and a [`http::Delivery`] comes out, with no socket in between: [`Emulator`] is a [`http::Service`],
//! which a server offers over HTTP. On the way the clock applies what is due ([`tenant`]), the token says who calls
//! ([`sign_in`]), [`faults`] decide what goes wrong, and one of the [`areas`] does what is asked, if [`authority`] allows it.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod admission;
pub mod areas;
pub mod authority;
mod by_hand;
pub mod caller;
mod census;
pub mod clock;
pub mod control;
pub mod faults;
pub mod generic;
mod history;
pub mod http;
pub mod ids;
pub mod mail;
pub mod odata;
pub mod pages;
pub mod routes;
pub mod seed;
pub mod server;
pub mod sign_in;
pub mod tenant;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graphwalk_catalog::ApiPath;
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use uuid::Uuid;

use areas::Area;
pub use areas::reviews::NextOccurrence;
use caller::{Caller, CallerGrant};
pub use census::Census;
pub use clock::ClockPace;
use clock::EmulatedClock;
use faults::{Effects, FaultEnding, FaultMoment, Faults};
use generic::GenericAnswers;
use history::History;
use http::{Admission, Delivery, Refusal, Reply, Request, Service, WireFault};
use ids::Ids;
use pages::{Site, Visitors};
use seed::{Seed, SeedError};
use sign_in::{Accounts as _, DEFAULT_SCOPES, TenantSignIn};
use tenant::Tenant;
use world::World;

/// The settings of an emulator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time that its clock shows at the start; the real time if nothing is said.
    pub now: Option<Timestamp>,
    /// The pace of the clock by itself.
    pub clock: ClockPace,
    /// The administrator's token; a random one if nothing is said. A chosen one is asked for at `/_emulator` too.
    pub admin_token: Option<String>,
    /// Whether the tenant has the licence that access reviews need.
    pub licensed: bool,
    /// The hour in UTC at which a one-time access review ends on its last day.
    pub end_hour: i8,
    /// The rule for the start of the next occurrence of a recurring access review.
    pub next_occurrence: NextOccurrence,
    /// The content of the tenant at the start.
    pub seed: Seed,
    /// A seed for ids, so that they are always the same; random ones if nothing is said.
    pub ids: Option<u64>,
    /// The faults that calls meet.
    pub faults: Option<Faults>,
    /// Whether it is reached over https.
    pub secure: bool,
    /// Areas that it has beside [its own](areas::AREAS).
    pub areas: Vec<&'static dyn Area>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            now: None,
            clock: ClockPace::Standing,
            admin_token: None,
            licensed: true,
            // The tutorial's page: a review ends at 08:00 UTC of its last day.
            end_hour: 8,
            next_occurrence: NextOccurrence::default(),
            seed: Seed::default(),
            ids: None,
            faults: None,
            secure: false,
            areas: Vec::new(),
        }
    }
}

/// The emulated Graph. Cheap to clone; clones are the same one.
#[derive(Clone)]
pub struct Emulator {
    world: Arc<Mutex<World>>,
    schemas: Schemas,
    secure: bool,
}

/// One request of the API, and who asks it where and when.
struct ApiRequest<'a> {
    request: &'a Request,
    path: ApiPath,
    caller: &'a Caller,
    origin: &'a str,
    now: Timestamp,
}

impl Emulator {
    /// An emulator that checks what it is sent against `schemas`.
    ///
    /// # Errors
    ///
    /// [`SeedError`] if the seed contradicts itself.
    pub fn new(settings: Settings, schemas: Schemas) -> Result<Self, SeedError> {
        let now = settings.now.or(settings.seed.now()).unwrap_or_else(|| to_the_microsecond(Timestamp::now()));
        let clock = EmulatedClock::new(now, settings.clock);
        let tenant = Tenant::new(&settings, &schemas, now)?;
        let sign_in = TenantSignIn::new(tenant.identity.id, tenant.identity.domains.clone(), settings.seed.apps()?);
        let faulty = settings.faults.is_some();
        let (guarded, administrator) = (settings.admin_token.is_some(), settings.admin_token.unwrap_or_default());
        let mut world = World {
            first: tenant.clone(),
            tenant,
            clock,
            sign_in,
            visitors: Visitors::new(),
            faults: settings.faults.unwrap_or_default(),
            faulty,
            history: History::default(),
            generic: GenericAnswers::default(),
            administrator,
            guarded,
            request_ids: settings.ids.map_or_else(Ids::default, |seed| Ids::seeded(!seed)),
        };
        world.sign_administrator_in();
        Ok(Self { world: Arc::new(Mutex::new(world)), schemas, secure: settings.secure })
    }

    /// The administrator's token.
    pub fn administrator_token(&self) -> String {
        self.world().administrator.clone()
    }

    /// The principal name of the administrator who is there from the beginning.
    pub fn administrator_name(&self) -> String {
        let world = self.world();
        let account = world.tenant.accounts().by_id(world.tenant.identity.administrator);
        account.map(|account| account.user_principal_name).unwrap_or_default()
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> Uuid {
        self.world().tenant.identity.id
    }

    /// A token for the user of a principal name, who signs in with it.
    ///
    /// # Errors
    ///
    /// 404 if there is no such user.
    pub fn user_token(&self, principal_name: &str) -> Result<String, Refusal> {
        let scopes: Vec<String> = DEFAULT_SCOPES.iter().map(|&scope| scope.to_owned()).collect();
        self.world().user_token(principal_name, &scopes)
    }

    /// A token for the user of a display name or principal name, who signs in with it; nothing if there is no such user.
    pub fn sign_in(&self, name: &str) -> Option<String> {
        let principal_name = {
            let world = self.world();
            world.tenant.accounts().principal_name_of(name).unwrap_or(name).to_owned()
        };
        self.user_token(&principal_name).ok()
    }

    /// The display names of all users.
    pub fn user_names(&self) -> Vec<String> {
        self.world().tenant.accounts().display_names()
    }

    /// Returns the time in the tenant.
    pub fn now(&self) -> Timestamp {
        self.world().clock.now()
    }

    /// Advances the clock to `until`.
    pub fn advance_to(&self, until: Timestamp) {
        let mut world = self.world();
        world.clock.advance_to(until);
        let now = world.clock.now();
        world.live_on(now);
    }

    /// Returns the number of answers that came from the [generic store](generic), with no behaviour behind them.
    pub fn generic_answers(&self) -> GenericAnswers {
        self.world().generic
    }

    /// The id of the object of that type (without its namespace) that goes by a name; nothing if there is none.
    pub fn named(&self, type_name: &str, name: &str) -> Option<String> {
        self.world().tenant.named(type_name, name)
    }

    /// Does what a person does elsewhere, in a portal or on a telephone. Returns whether an [area](Area::person_acts) knows how.
    pub fn person_acts(&self, act: &str) -> bool {
        let mut world = self.world();
        let now = world.clock.now();
        world.tenant.person_acts(act, now)
    }

    /// Returns the number of objects of each sort.
    pub fn census(&self) -> Census {
        self.world().tenant.census()
    }

    /// A thread that panicked while holding the lock left whole values behind: requests change the tenant in steps that stand
    /// by themselves.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time as Graph could write it, which has at most seven decimals.
fn to_the_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

impl Service for Emulator {
    fn answer(&self, request: &Request) -> Delivery {
        let mut world = self.world();
        if let Some(site) = world.site_of(request) {
            return self.page(&mut world, site, request).into();
        }
        let delivery = self.deliver(&mut world, request);
        let is_last = delivery.reply.is_generic();
        world.generic = GenericAnswers { count: world.generic.count + usize::from(is_last), is_last };
        delivery
    }

    fn admit(&self, head: &Request) -> Admission {
        self.admission(head)
    }
}

impl Emulator {
    /// Answers a request to the pages of an area. They are not the API, whose answers are counted and go wrong by faults.
    fn page(&self, world: &mut World, site: &'static dyn Site, request: &Request) -> Reply {
        let now = world.clock.now();
        world.live_on(now);
        pages::answer(world, site, request, &self.origin(request), now)
    }

    /// Answers one request of the API, or to another part of the emulator that programs ask.
    fn deliver(&self, world: &mut World, request: &Request) -> Delivery {
        let now = world.clock.now();
        world.live_on(now);
        let origin = self.origin(request);
        if let Some(rest) = control::rest_of(&request.path) {
            let done = control::admit(world, request, !request.body.is_empty(), &origin)
                .and_then(|()| control::answer(world, request, rest, &origin));
            return world.finish_reply(request, done, now).into();
        }
        if let Some(reply) = world.sign_in_endpoint(request, &origin) {
            return reply.into();
        }
        if let Some(reply) = world.download(request, now) {
            return world.finish_reply(request, Ok(reply), now).into();
        }
        let path = odata::path::read(&request.path);
        if let Some(version) = path.as_ref().ok().filter(|path| routes::is_batch(path)).and_then(ApiPath::version) {
            let known = world.sign_in.caller(request.bearer(), &origin, Timestamp::now());
            return match known.and_then(|_| routes::Batch::parse(request, version)) {
                Ok(batch) => self.batch(world, request, &batch, &origin, now),
                Err(refusal) => world.finish_reply(request, Err(refusal), now).into(),
            };
        }
        self.one(world, request, path, &origin, now)
    }

    /// Answers a batch. What goes wrong on the wire of one of its requests is between the services behind Graph, and so a
    /// gateway's time-out; delays add up.
    fn batch(
        &self,
        world: &mut World,
        request: &Request,
        batch: &routes::Batch,
        origin: &str,
        now: Timestamp,
    ) -> Delivery {
        let (mut delay, mut is_generic) = (std::time::Duration::ZERO, false);
        let reply = batch.answer(|part| {
            let delivery = self.one(world, part, odata::path::read(&part.path), origin, now);
            delay += delivery.delay;
            is_generic |= delivery.reply.is_generic();
            match delivery.fault {
                None => delivery.reply,
                Some(WireFault::Close | WireFault::Truncate) => {
                    let refusal = Refusal::new(504, "GatewayTimeout", "The service behind the gateway did not answer.");
                    world.finish_reply(part, Err(refusal), now)
                }
            }
        });
        // A batch is no better than what is in it.
        let reply = if is_generic { reply.header(generic::ORIGIN, generic::GENERIC) } else { reply };
        Delivery { delay, ..world.finish_reply(request, Ok(reply), now).into() }
    }

    /// Answers one request of the API.
    fn one(
        &self,
        world: &mut World,
        request: &Request,
        path: Result<ApiPath, Refusal>,
        origin: &str,
        now: Timestamp,
    ) -> Delivery {
        let mut caller = match world.sign_in.caller(request.bearer(), origin, Timestamp::now()) {
            Ok(caller) => caller,
            Err(refusal) => return world.finish_reply(request, Err(refusal), now).into(),
        };
        if !world.stands_behind(&caller) {
            let refusal = world.sign_in.nobody_behind(origin);
            return world.finish_reply(request, Err(refusal), now).into();
        }
        // What was assigned or taken away since the sign-in holds: `wids` in the token only tells what was then.
        let present = world.tenant.accounts().roles_of(caller.object);
        if matches!(&caller.grant, CallerGrant::Delegated { roles, .. } if *roles != present)
            && let CallerGrant::Delegated { roles, .. } = &mut Arc::make_mut(&mut caller).grant
        {
            *roles = present;
        }
        let path = match path {
            Ok(path) => path,
            Err(refusal) => return world.finish_reply(request, Err(refusal), now).into(),
        };
        let effects = if world.faulty { world.observe(request, &path, &caller, now) } else { Effects::default() };
        let not_done = match effects.ending {
            Some(FaultEnding::Refuse { when: FaultMoment::Before, .. } | FaultEnding::Close(FaultMoment::Before)) => {
                true
            }
            Some(_) | None => false,
        };
        let reply = if not_done {
            Reply::no_content()
        } else {
            let asked = ApiRequest { request, path, caller: &caller, origin, now };
            let done = self.perform(world, asked, effects.as_of);
            world.finish_reply(request, done, now)
        };
        world.delivered(request, reply, effects, now)
    }

    /// Does what is asked: a read on the state of `as_of` if replicas lag, a write on the present one.
    fn perform(&self, world: &mut World, asked: ApiRequest<'_>, as_of: Option<Timestamp>) -> Result<Reply, Refusal> {
        let ApiRequest { request, path, caller, origin, now } = asked;
        let reads = request.method == ::http::Method::GET;
        let mut stale = as_of.filter(|_| reads).and_then(|moment| world.history.at(moment));
        if !reads {
            if world.faulty {
                let World { history, tenant, .. } = world;
                history.keep(tenant, now);
            }
            world.tenant.lag_behind(as_of);
        }
        let tenant = stale.as_mut().unwrap_or(&mut world.tenant);
        let mut call = routes::RoutedCall { tenant, request, path, caller, now, origin, schemas: &self.schemas };
        let done = routes::answer(&mut call).map(|reply| odata::metadata::adapt(reply, request, &self.schemas));
        if !reads {
            world.tenant.changed(now);
        }
        done
    }

    /// Returns the address at which the client reached the emulator, for links that it will follow.
    fn origin(&self, request: &Request) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let host = request
            .header("host")
            .filter(|host| host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/\\\"<>?#@".contains(&byte)));
        format!("{scheme}://{}", host.unwrap_or("localhost"))
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Emulator of tenant {}", self.tenant_id())
    }
}
