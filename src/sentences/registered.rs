//! What cucumber's macros register. They are public; what they register is found through `cucumber::codegen`, which is not
//! documented: nothing else of this program touches it, and Cargo.toml pins the version.

use cucumber::codegen::{StepConstructor, WorldInventory, inventory};
use cucumber::step::{Location, Step};

pub use cucumber::codegen::{Regex, collect, submit};

use crate::session::Session;

use super::{ParameterKind, PublicText};

/// A step definition, as its macro registered it.
pub(super) struct Registered {
    /// The file as the compiler was given it, and the line of the attribute.
    pub location: Location,
    /// Compiles what the attribute says, once a process.
    pub pattern: fn() -> Regex,
    /// Runs the step.
    pub run: Step<Session>,
}

/// Every step definition that is linked into the program, of this crate and of others, sorted by location.
pub(super) fn all() -> Vec<Registered> {
    let mut all = Vec::new();
    gather::<<Session as WorldInventory>::Given>(&mut all);
    gather::<<Session as WorldInventory>::When>(&mut all);
    gather::<<Session as WorldInventory>::Then>(&mut all);
    all.sort_by_key(|registered| registered.location);
    all
}

/// Every text that another crate lets stand in recordings.
pub(crate) fn public_texts() -> impl Iterator<Item = &'static str> {
    inventory::iter::<PublicText>.into_iter().map(|registered| registered.text())
}

/// Every parameter that another crate registered.
pub(super) fn parameters() -> impl Iterator<Item = &'static ParameterKind> {
    inventory::iter::<ParameterKind>.into_iter()
}

fn gather<C: inventory::Collect + StepConstructor<Session>>(all: &mut Vec<Registered>) {
    for constructor in inventory::iter::<C> {
        let (location, pattern, run) = constructor.inner();
        all.push(Registered { location, pattern, run });
    }
}
