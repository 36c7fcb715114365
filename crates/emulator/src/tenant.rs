//! The tenant: who it is, the states of its areas, its mail, and the clock they all follow.

use graphwalk_schema::Schemas;
use jiff::Timestamp;
use uuid::Uuid;

use super::Settings;
use super::areas::{self, AccountStore, AreaObject, Areas, Start, States};
use super::census::Census;
use super::ids::Ids;
use super::mail::Outbox;
use super::seed::SeedError;

/// Everything that requests read and change.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The ids and domains of the tenant.
    pub identity: Identity,
    /// The state of its areas.
    pub states: States,
    /// Mail that was sent.
    pub mail: Outbox,
    /// The source of new ids.
    pub ids: Ids,
    /// Whether it has Microsoft Entra ID P2 or Governance.
    pub licensed: bool,
    areas: Areas,
    /// The time of the next transition; nothing if it has to be looked for.
    due: Option<Option<Timestamp>>,
}

/// The identity of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The tenant id.
    pub id: Uuid,
    /// The display name of the organisation.
    pub name: String,
    /// Its verified domains, the default one first.
    pub domains: Vec<String>,
    /// The object id of the administrator who exists from the beginning.
    pub administrator: Uuid,
}

/// The end of the domain that a tenant gets when it is made (reference of domain, isInitial).
const INITIAL: &str = ".onmicrosoft.com";

impl Identity {
    /// An identity with the names of the tutorial's page.
    fn new(ids: &mut Ids) -> Self {
        Self {
            id: ids.fresh(),
            name: "Contoso".to_owned(),
            domains: vec!["Contoso.com".to_owned(), format!("contoso{INITIAL}")],
            administrator: ids.fresh(),
        }
    }

    /// The default domain, at which new objects have their addresses.
    pub fn default_domain(&self) -> &str {
        self.domains.first().map_or("contoso.com", String::as_str)
    }

    /// Returns whether a domain is one of its verified ones.
    pub fn has_domain(&self, name: &str) -> bool {
        self.domains.iter().any(|verified| verified.eq_ignore_ascii_case(name))
    }

    /// The domain that the tenant got when it was made; the default one if no other is of that kind.
    pub fn initial_domain(&self) -> &str {
        let of_kind = self.domains.iter().find(|name| name.to_lowercase().ends_with(INITIAL));
        of_kind.map_or_else(|| self.default_domain(), String::as_str)
    }
}

impl Tenant {
    /// Creates a tenant that holds what its areas begin with and what the seed plants.
    ///
    /// # Errors
    ///
    /// [`SeedError`] if the seed contradicts itself.
    pub(crate) fn new(settings: &Settings, schemas: &Schemas, now: Timestamp) -> Result<Self, SeedError> {
        let mut ids = settings.ids.map_or_else(Ids::default, Ids::seeded);
        let mut identity = Identity::new(&mut ids);
        settings.seed.name(&mut identity);
        let areas = areas::with(&settings.areas);
        let start = Start { settings, identity: &identity, now };
        let states = States::new(areas.iter().map(|area| area.begin(&start)));
        // Who starts it without a licence means it, whatever the seed says.
        let licensed = settings.licensed && settings.seed.licensed().unwrap_or(true);
        let mut tenant = Self { identity, states, mail: Outbox::default(), ids, licensed, areas, due: None };
        settings.seed.plant(&mut tenant, schemas, now)?;
        tenant.changed(now);
        Ok(tenant)
    }

    /// The accounts that can sign in.
    pub fn accounts(&self) -> &AccountStore {
        self.states.get()
    }

    /// The same, to be changed.
    pub(crate) fn accounts_mut(&mut self) -> &mut AccountStore {
        self.states.get_mut()
    }

    /// The areas that answer its calls.
    pub(crate) fn areas(&self) -> Areas {
        Areas::clone(&self.areas)
    }

    /// Applies everything that is due by `now`, in the order in which it is due.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if !self.is_due(now) {
            return;
        }
        let areas = self.areas();
        let next = loop {
            let next = areas.iter().filter_map(|area| area.next_due(&mut self.states)).min();
            let Some(moment) = next.filter(|next| *next <= now) else { break next };
            for area in areas.iter() {
                area.advance(self, moment);
            }
            self.settle(moment);
        };
        self.due = Some(next);
    }

    /// Returns whether something may happen by itself by `now`.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| due.is_some_and(|due| due <= now))
    }

    /// Says that something was changed: what follows from it happens, and what happens next has to be found again.
    pub(crate) fn changed(&mut self, now: Timestamp) {
        self.settle(now);
        self.due = None;
    }

    fn settle(&mut self, now: Timestamp) {
        for area in self.areas().iter() {
            area.settle(self, now);
        }
    }

    /// The object of an area that has an id, or another key by which it can be named.
    pub(crate) fn object(&self, key: &str) -> Option<AreaObject> {
        self.areas.iter().find_map(|area| area.object(&self.states, key))
    }

    /// Returns the time when an object of any area was created.
    pub(crate) fn created(&self, id: Uuid) -> Option<Timestamp> {
        self.areas.iter().find_map(|area| area.created(&self.states, id))
    }

    /// The id of the object of that type that goes by that name, in whichever area.
    pub(crate) fn named(&self, type_name: &str, name: &str) -> Option<String> {
        self.areas.iter().find_map(|area| area.named(&self.states, type_name, name))
    }

    /// Does what a person does elsewhere. Returns whether an area knows how.
    pub(crate) fn person_acts(&mut self, act: &str, now: Timestamp) -> bool {
        let is_done = self.areas().iter().any(|area| area.person_acts(self, act));
        self.changed(now);
        is_done
    }

    /// Says that the replica which does the next write knows nothing that was created after `moment`; `None` lets it know
    /// everything again.
    pub(crate) fn lag_behind(&mut self, moment: Option<Timestamp>) {
        for area in self.areas.iter() {
            area.lag_behind(&mut self.states, moment);
        }
    }

    /// Returns the number of objects of each sort.
    pub(crate) fn census(&self) -> Census {
        let mut census = Census::default();
        for area in self.areas.iter() {
            area.count(&self.states, &mut census);
        }
        census
    }
}
