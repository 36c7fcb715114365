//! Which ways lead from one object to another, and what may be done along them.

use crate::catalog::Catalog;
use crate::data::Data;
use crate::layout::{DataSection, bonds, use_flags};
use crate::operation::{BoundOperation, Effect};
use crate::types::TypeRef;

/// A way from one type to another, or from the start: an entity set or a singleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Navigation {
    /// Its name in paths.
    pub name: &'static str,
    /// The type that it leads to, without `microsoft.graph.`.
    pub target: &'static str,
    /// Whether it leads to a collection.
    pub many: bool,
    /// The bond between its target and the object where it begins, where the overlay says so.
    pub bond: Bond,
    /// Whether the metadata says that it contains what it leads to. Do not approve a change by this: the metadata says so of the
    /// chats and teams of a user, too.
    pub contains_target: bool,
    /// Whether it may lead to nothing.
    pub nullable: bool,
}

/// The bond between the target of a navigation and the object where it begins. From the overlay, not from the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// It is part of the object, and gone with it. Of an entity set or singleton: its objects are judged by the overlay.
    Contained,
    /// It is an object of its own, to which the object holds a reference.
    Refers,
    /// It is an object of its own that holds the reference: a group that one is a member of.
    Referred,
    /// The overlay does not say: a change along it is not approved.
    Unknown,
}

/// An action of which the overlay says what it acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActingOperation {
    /// Its name in paths.
    pub name: &'static str,
    /// Whether it only reads, although it is a POST; otherwise it changes the object to which it is bound, and nothing else.
    pub reads: bool,
    /// Its declaration in the metadata.
    pub bound: BoundOperation,
}

impl Navigation {
    pub(crate) fn read(data: Data, section: DataSection, index: u16) -> (Self, TypeRef) {
        let record = data.record(section, index);
        let (ty, flags) = (TypeRef::new(data, record.u16(2)), record.u8(4));
        let bond = match flags >> use_flags::BOND {
            bonds::CONTAINED => Bond::Contained,
            bonds::REFERS => Bond::Refers,
            bonds::REFERRED => Bond::Referred,
            _ => Bond::Unknown,
        };
        let navigation = Self {
            name: data.text(record.u16(0)),
            target: ty.name(),
            many: ty.is_many(),
            bond,
            contains_target: flags & use_flags::CONTAINS != 0,
            nullable: flags & use_flags::NULLABLE != 0,
        };
        (navigation, ty)
    }
}

impl ActingOperation {
    /// The operation, if the overlay says what it acts on.
    pub(crate) fn approved(bound: BoundOperation) -> Option<Self> {
        let reads = bound.effect()? == Effect::Reads;
        Some(Self { name: bound.name(), reads, bound })
    }
}

/// Returns whether an object of type `found` is also one of type `wanted`, by the names that [`Navigation::target`]
/// has: in v1.0, or in beta for what only that has.
pub fn is_a(found: &str, wanted: &str) -> bool {
    let derives = |catalog: Catalog| match (catalog.type_named(found), catalog.type_named(wanted)) {
        (Some(found), Some(wanted)) => found.is_a(wanted),
        _ => false,
    };
    found == wanted || derives(Catalog::v1()) || derives(Catalog::beta())
}
