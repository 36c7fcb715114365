//! The areas: the parts of Graph that have a behaviour of their own, a folder each.
//!
//! An area answers its calls, keeps its part of a tenant's state, applies what is due as time passes, and plants what a
//! seed says about it. It knows the tenant and the areas that it builds on; nothing outside of its folder knows it.
//!
//! To add an area: write a module with the state and an [`Area`], and add a line to [`AREAS`], or, from a program of yours,
//! to [`Settings::areas`]:
//!
//! ```
//! use graphwalk_emulator::areas::{Area, Start, State};
//! use graphwalk_emulator::authority::{Need, Standing};
//! use graphwalk_emulator::http::{Refusal, Reply};
//! use graphwalk_emulator::odata::query::Options;
//! use graphwalk_emulator::routes::{RoutedCall, List};
//! use graphwalk_emulator::{Emulator, Settings};
//! use graphwalk_schema::Schemas;
//!
//! /// `GET /contracts`: one for each domain of the tenant.
//! #[derive(Debug)]
//! struct Contracts;
//!
//! impl Area for Contracts {
//!     fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
//!         Box::new(())
//!     }
//!
//!     fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
//!         match (call.method(), path) {
//!             ("GET", ["contracts"]) => Some(list(call)),
//!             (_, ["contracts", ..]) => Some(Err(call.not_modelled())),
//!             _ => None,
//!         }
//!     }
//! }
//!
//! fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
//!     call.allow(Need::NOTHING, Standing::Stranger)?;
//!     let query = call.query(Options::Select)?;
//!     let domains = &call.tenant.identity.domains;
//!     let list = List { context: "contracts".to_owned(), count: domains.len(), counted: false, types: &["contract"] };
//!     call.list(&list, &query, |place| [("defaultDomainName".to_owned(), domains[place].clone().into())].into_iter().collect())
//! }
//!
//! let emulator = Emulator::new(Settings { areas: vec![&Contracts], ..Settings::default() }, Schemas::embedded())?;
//! # Ok::<(), graphwalk_emulator::seed::SeedError>(())
//! ```

pub(crate) mod audit_logs;
pub(crate) mod directory;
mod review_history;
pub(crate) mod reviews;
pub(crate) mod roles;
mod states;

use std::fmt::Debug;
use std::sync::Arc;

use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Settings;
use crate::census::Census;
use crate::generic::GenericArea;
use crate::http::{Refusal, Reply, Request};
use crate::pages::Site;
use crate::routes::RoutedCall;
use crate::seed::{SeedDocument, SeedError};
use crate::tenant::{Identity, Tenant};

pub use states::{State, States};

/// The first segment of the pages on which reviewers answer.
pub const MY_ACCESS: &str = "myaccess";

/// The areas of every emulator. A path is answered by the first one that knows it, and a seed planted in this order.
pub const AREAS: &[&dyn Area] = &[
    &directory::DirectoryArea,
    &roles::RolesArea,
    &reviews::ReviewsArea,
    &review_history::ReviewHistoryArea,
    &audit_logs::AuditLogsArea,
];

/// The state with the accounts that can sign in.
pub type AccountStore = directory::Directory;

/// A part of Graph with a behaviour of its own. The area itself holds nothing: its state lies in the tenant, of which a
/// reset and reads that lag behind need copies.
pub trait Area: Debug + Send + Sync {
    /// Returns the area's state in a new tenant.
    fn begin(&self, start: &Start<'_>) -> Box<dyn State>;

    /// Answers a call; returns nothing if the path is none of the area's.
    ///
    /// `path` is in lower case, without the version, and a key is a segment: `["users", "3b8c…", "manager"]`. A call that
    /// Graph has under the area's paths and the area keeps to itself is refused with [`RoutedCall::not_modelled`]; what is plain data
    /// beneath an object of the area is answered by the [generic store](crate::generic), to which nothing leaves it.
    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>>;

    /// Returns when something next happens by itself.
    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        let _ = states;
        None
    }

    /// Applies what is due by `now`. After that [`next_due`](Self::next_due) is later than `now`, or nothing.
    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        let _ = (tenant, now);
    }

    /// Does what follows at once from whatever has just changed, in this area or in another one.
    fn settle(&self, tenant: &mut Tenant, now: Timestamp) {
        let _ = (tenant, now);
    }

    /// The sections of a seed that are the area's.
    fn sections(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads the area's sections of a seed, of which each may be missing.
    ///
    /// # Errors
    ///
    /// [`SeedError::Malformed`] if a section has not the form that the area expects.
    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        let _ = document;
        Ok(None)
    }

    /// Returns when an object was created; nothing if the area has none of this id. Faults ask for it.
    fn created(&self, states: &States, id: Uuid) -> Option<Timestamp> {
        let _ = (states, id);
        None
    }

    /// Returns the id of the area's object of that type (without its namespace) that goes by `name`, its display name or another
    /// one that people know it by; nothing if there is none. Tutorials ask for it that take an object from outside.
    fn named(&self, states: &States, type_name: &str, name: &str) -> Option<String> {
        let _ = (states, type_name, name);
        None
    }

    /// Does what a person does elsewhere, in a portal or on a telephone, as a tutorial words it: `Enable MFA for Aline`.
    /// Returns whether the area knows how; one that does not changes nothing.
    fn person_acts(&self, tenant: &mut Tenant, act: &str) -> bool {
        let _ = (tenant, act);
        false
    }

    /// Sets what the replica that does the next write knows: nothing that was created after `moment`, or everything if
    /// there is none.
    fn lag_behind(&self, states: &mut States, moment: Option<Timestamp>) {
        let _ = (states, moment);
    }

    /// Returns an object of the area by its id, or by another key that stands for it in paths; nothing if there is none. What
    /// lies beneath it and is plain data, and references to it, are kept without the area.
    fn object(&self, states: &States, key: &str) -> Option<AreaObject> {
        let _ = (states, key);
        None
    }

    /// Returns the pages that the area has for people, beneath a first segment of its own; nothing if it has none.
    fn site(&self) -> Option<&'static dyn Site> {
        None
    }

    /// Answers a request for a file that whoever has the link may download, without a token, outside the API's paths; nothing if it is none
    /// of the area's.
    fn download(&self, states: &States, request: &Request, now: Timestamp) -> Option<Reply> {
        let _ = (states, request, now);
        None
    }

    /// Returns the source of each call that the area answers: its path in the permissions list with `{id}` for a key, or
    /// `*` and its ending, and the source. `docs/emulator.md` has them beside the tests in which the calls are answered.
    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Counts the area's objects.
    fn count(&self, states: &States, census: &mut Census) {
        let _ = (states, census);
    }
}

/// An object of an area, for what refers to it or lies beneath it.
#[derive(Clone, Debug)]
pub struct AreaObject {
    /// Its id.
    pub id: Uuid,
    /// The name of its type: `user`.
    pub type_name: &'static str,
    /// The properties that a read of it answers.
    pub properties: Map<String, Value>,
}

/// The tenant as an area sees it when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The emulator's settings.
    pub settings: &'a Settings,
    /// The ids and domains of the tenant.
    pub identity: &'a Identity,
    /// The tenant's time.
    pub now: Timestamp,
}

/// The section of a seed that belongs to one area.
pub trait Plant: Send + Sync {
    /// Fills a new tenant, in which the areas that stand earlier in [`AREAS`] have been planted.
    ///
    /// # Errors
    ///
    /// [`SeedError::Invalid`] for what cannot be, e.g. a name that is taken or a reference to nothing; made with
    /// [`invalid`](crate::seed::invalid).
    fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError>;
}

/// The areas of one tenant.
pub(crate) type Areas = Arc<[&'static dyn Area]>;

/// The areas of every emulator, those that were added to this one, and below them the store that answers the rest.
pub(crate) fn with(added: &[&'static dyn Area]) -> Areas {
    let below: &'static dyn Area = &GenericArea;
    AREAS.iter().chain(added).copied().chain([below]).collect()
}
