//! The generic store: everything of Graph that no area has a behaviour for, as far as it is plain data.
//!
//! What is created is kept, read, listed, changed and deleted, and nothing follows from it. The catalog says which collections,
//! objects and references there are, which methods they take and which permissions those need; the schemas say what a body may
//! have. Every answer carries the header [`ORIGIN`] with the value [`GENERIC`]: no behaviour stands behind it.
//!
//! | module | what is in it |
//! |---|---|
//! | `store` | what is kept, by place |
//! | `locate` | from a path to a place, and what lies there |
//! | `sent` | bodies: what is sent, taken apart and checked |
//! | `create` | new objects, with their ids and what the service adds |
//! | `calls` | the calls: which there are, and their answers |
//! | `deleted` | what was deleted and can be restored |
//! | `relations` | references to other objects |
//! | `answers` | how objects and lists are answered |
//! | `seeds` | objects of a seed, and the store in that form |

mod answers;
mod calls;
mod create;
mod deleted;
mod locate;
mod relations;
mod seeds;
mod sent;
mod store;

use std::sync::Arc;

use graphwalk_catalog::{Catalog, Type};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::{Area, Plant, Start, State, States};
use crate::census::Census;
use crate::http::{Refusal, Reply};
use crate::routes::RoutedCall;
use crate::seed::{SeedDocument, SeedError};
use crate::tenant::Tenant;

pub(crate) use create::taken;
pub(crate) use deleted::is_about as is_about_deleted;
pub(crate) use seeds::dump;
pub use store::GenericStore;
use store::StoreLocation;

/// The header that says what stands behind an answer.
pub const ORIGIN: &str = "x-graphwalk-origin";
/// The value of [`ORIGIN`] where no behaviour does.
pub const GENERIC: &str = "generic";

/// The number of answers without behaviour behind them, and whether the last one was such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenericAnswers {
    /// The number of these answers.
    pub count: usize,
    /// Whether the last answer is one.
    pub is_last: bool,
}

/// The type of the directory object of an id that the store has, which is one of `/directoryObjects`, too.
pub(crate) fn directory_object(tenant: &Tenant, id: &str) -> Option<Type> {
    locate::locate_id(tenant, id, Catalog::v1().type_named("directoryObject")?).map(|(_, ty)| ty)
}

/// The directory object of an id that the store has, with its type.
pub(crate) fn directory_object_shown(tenant: &Tenant, id: &str) -> Option<(Type, Map<String, Value>)> {
    let (at, ty) = locate::locate_id(tenant, id, Catalog::v1().type_named("directoryObject")?)?;
    Some((ty, answers::tagged(ty, locate::object_at(tenant, &at)?.properties(tenant.states.get()))))
}

/// The objects of a set that the store has.
pub(crate) fn objects_of(tenant: &Tenant, set: &str) -> Vec<Map<String, Value>> {
    let store: &GenericStore = tenant.states.get();
    let set = StoreLocation::root(set);
    let objects = store.collection(&set).filter_map(|at| store.object(at));
    objects.map(|object| object.properties.clone()).collect()
}

/// The generic store, below all areas: it is asked what none of them answers.
#[derive(Debug)]
pub(crate) struct GenericArea;

impl Area for GenericArea {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(GenericStore::default())
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        let answered = match path {
            // The directory leaves here what is about the store.
            ["directory", "deleteditems", rest @ ..] => deleted::answer(call, rest),
            _ => calls::answer(call)?,
        };
        Some(match answered {
            Ok(reply) => Ok(reply.header(ORIGIN, GENERIC)),
            Err(refusal) => Err(refusal.header(ORIGIN, GENERIC)),
        })
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        deleted::next_expiry(states.get::<GenericStore>())
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        deleted::expire(tenant.states.get_mut::<GenericStore>(), now);
    }

    fn sections(&self) -> &'static [&'static str] {
        &[seeds::SECTION]
    }

    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        seeds::read(document)
    }

    fn created(&self, states: &States, id: Uuid) -> Option<Timestamp> {
        let (store, id) = (states.get::<GenericStore>(), id.to_string());
        let (_, found) =
            store.objects().find(|(_, object)| object.properties.get("id").is_some_and(|own| *own == id))?;
        found.properties.get("createdDateTime")?.as_str()?.parse().ok()
    }

    fn count(&self, states: &States, census: &mut Census) {
        census.add("generic", states.get::<GenericStore>().len());
    }
}
