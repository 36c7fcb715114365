//! All that changes while an emulator runs, behind one lock.

use graphwalk_catalog::ApiPath;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::caller::{Caller, CallerGrant, Scopes};
use crate::clock::EmulatedClock;
use crate::faults::{Effects, Faults, ObservedCall};
use crate::generic::GenericAnswers;
use crate::history::History;
use crate::http::{Delivery, Refusal, Reply, Request, WireFault, not_found};
use crate::ids::Ids;
use crate::odata;
use crate::pages::{self, Site, Visitors};
use crate::sign_in::{Accounts as _, GRAPH_COMMAND_LINE, Holder, TenantSignIn};
use crate::tenant::Tenant;

/// All that changes.
pub(crate) struct World {
    pub(crate) tenant: Tenant,
    pub(crate) clock: EmulatedClock,
    pub(crate) sign_in: TenantSignIn,
    /// The visitors who have signed in to the pages of the areas.
    pub(crate) visitors: Visitors,
    pub(crate) faults: Faults,
    /// Whether there are any faults: only then earlier states have to be kept.
    pub(crate) faulty: bool,
    pub(crate) history: History,
    /// The tenant as it was at the start.
    pub(crate) first: Tenant,
    /// The number of answers without behaviour behind them, and whether the last one is one of them.
    pub(crate) generic: GenericAnswers,
    pub(crate) administrator: String,
    /// Whether `/_emulator` is for the administrator alone.
    pub(crate) guarded: bool,
    pub(crate) request_ids: Ids,
}

impl World {
    /// Applies what is due. Where replicas may lag, what time alone changes is a change like any other.
    pub(crate) fn live_on(&mut self, now: Timestamp) {
        if self.faulty && self.tenant.is_due(now) {
            self.history.keep(&self.tenant, now);
        }
        self.tenant.advance(now);
    }

    /// Makes the administrator's token good, the given one or a new one.
    pub(crate) fn sign_administrator_in(&mut self) {
        let id = self.tenant.identity.administrator;
        let Some(account) = self.tenant.accounts().by_id(id) else { return };
        if self.administrator.is_empty() {
            // Without a word in it: whatever repeats a piece of a token is masked in messages.
            self.administrator = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        }
        let now = Timestamp::now();
        let caller = Caller {
            tenant: self.tenant.identity.id,
            object: id,
            app: GRAPH_COMMAND_LINE,
            grant: CallerGrant::Delegated { scopes: Scopes::All, roles: account.roles },
            // Two hundred years are as long as a process can wait.
            expires: now.checked_add(SignedDuration::from_hours(24 * 365 * 200)).unwrap_or(Timestamp::MAX),
        };
        self.sign_in.register(self.administrator.clone(), caller, now);
    }

    /// Returns whether the user of a token still exists and is enabled; nobody has to stand behind that of an app.
    pub(crate) fn stands_behind(&self, caller: &Caller) -> bool {
        caller.is_app() || self.tenant.accounts().is_enabled(caller.object)
    }

    /// The site of an area that a request is for.
    pub(crate) fn site_of(&self, request: &Request) -> Option<&'static dyn Site> {
        pages::site_of(&self.tenant.areas(), &request.path)
    }

    /// Answers a request to the identity platform, which shares the emulator's address; nothing if it is not one.
    pub(crate) fn sign_in_endpoint(&mut self, request: &Request, origin: &str) -> Option<Reply> {
        let reply = self.sign_in.answer(request, self.tenant.accounts(), Timestamp::now(), origin)?;
        self.note_sign_ins();
        Some(reply)
    }

    /// Answers a request for a file that a link leads to; nothing if it is not one.
    pub(crate) fn download(&self, request: &Request, now: Timestamp) -> Option<Reply> {
        if request.method != ::http::Method::GET {
            return None;
        }
        self.tenant.areas().iter().find_map(|area| area.download(&self.tenant.states, request, now))
    }

    /// Notes when users signed in, which recommendations depend on.
    pub(crate) fn note_sign_ins(&mut self) {
        let now = self.clock.now();
        for id in self.sign_in.take_signed_in() {
            self.tenant.accounts_mut().note_sign_in(id, now);
        }
    }

    /// A token for a user, who has signed in with that.
    pub(crate) fn user_token(&mut self, principal_name: &str, scopes: &[String]) -> Result<String, Refusal> {
        let account = self.tenant.accounts().by_name(principal_name).ok_or_else(|| not_found(principal_name))?;
        let token = self.sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&account, scopes), Timestamp::now());
        self.note_sign_ins();
        Ok(token)
    }

    /// Puts the tenant back to how it was at the start; the clock goes on.
    pub(crate) fn reset(&mut self) {
        let ids = self.tenant.ids.clone();
        self.tenant = self.first.clone();
        self.tenant.ids = ids;
        self.history.clear();
    }

    /// Asks the faults what happens to a call.
    pub(crate) fn observe(&mut self, request: &Request, path: &ApiPath, caller: &Caller, now: Timestamp) -> Effects {
        let mut texts = path.segments().iter().rev().map(|segment| segment.key().unwrap_or(segment.name()));
        let named = texts.find_map(|text| text.parse::<Uuid>().ok());
        let created = named.and_then(|id| self.tenant.created(id));
        let account = self.tenant.accounts().by_id(caller.object);
        let object = caller.object.to_string();
        let call = ObservedCall {
            method: request.method.as_str(),
            path,
            principal_name: account.as_ref().map(|account| account.user_principal_name.as_str()),
            object_id: Some(&object),
            created,
        };
        self.faults.decide(&call, now)
    }

    /// The reply with the headers that every answer of Graph carries.
    pub(crate) fn finish_reply(&mut self, request: &Request, done: Result<Reply, Refusal>, now: Timestamp) -> Reply {
        let request_id = self.request_ids.fresh().to_string();
        let client = request
            .header("client-request-id")
            .filter(|id| id.len() <= 100)
            .map_or_else(|| request_id.clone(), str::to_owned);
        let reply = match done {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(&odata::error_date(now), &request_id, &client),
        };
        let preferred = request.header("prefer").map(str::to_lowercase);
        let include = preferred.is_some_and(|preferred| preferred.contains("include-unknown-enum-members"));
        let reply = if include { reply.header("preference-applied", "include-unknown-enum-members") } else { reply };
        // The tenant's time, so that clients can notice that their clock differs.
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap_or_default();
        reply
            .header("date", date)
            .header("request-id", request_id)
            .header("client-request-id", client)
            .header("odata-version", "4.0")
            .header("cache-control", "no-cache")
    }

    /// The reply as its faults let it out.
    pub(crate) fn delivered(&mut self, request: &Request, reply: Reply, effects: Effects, now: Timestamp) -> Delivery {
        let delay = if self.clock.is_moving() {
            effects.delay
        } else {
            // On a clock that stands a delay costs the tenant's time and nobody else's.
            self.clock.advance(SignedDuration::try_from(effects.delay).unwrap_or_default());
            std::time::Duration::ZERO
        };
        let Some(ending) = effects.ending else { return Delivery { reply, delay, fault: None } };
        let fault: Option<WireFault> = ending.on_the_wire();
        let reply = match ending.refusal() {
            Some(refusal) => self.finish_reply(request, Err(refusal), now),
            None => reply,
        };
        Delivery { reply, delay, fault }
    }
}
