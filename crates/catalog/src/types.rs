//! Types of Graph: what objects have, where they lead, what can be called on them.

use std::fmt;

use crate::data::{Data, DataRecord};
use crate::layout::{DataSection, FIRST_TYPE, MANY, PRIMITIVES, type_flags, use_flags};
use crate::model::Navigation;
use crate::operation::BoundOperation;

/// The place where the runs of a type's record begin.
const PROPERTIES: usize = 5;
const NAVIGATIONS: usize = 7;
const MEMBERS: usize = 9;
const OPERATIONS: usize = 11;
const SUBTYPES: usize = 13;

/// An entity type, a complex type or an enumeration. Copying it is cheap: it is a number.
///
/// ```
/// use graphwalk_catalog::{Catalog, TypeKind};
///
/// let user = Catalog::v1().type_named("user").unwrap();
/// assert_eq!(user.kind(), TypeKind::Entity);
/// assert_eq!(user.base().unwrap().name(), "directoryObject");
/// assert_eq!(user.property("accountEnabled").unwrap().ty.name(), "Edm.Boolean");
/// assert_eq!(user.navigation("manager").unwrap().target, "directoryObject");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Type {
    pub(crate) data: Data,
    pub(crate) index: u16,
}

/// The kind of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// Objects with a key, such as `user`.
    Entity,
    /// Values without a key, such as `passwordProfile`.
    Complex,
    /// Names, such as `bodyType`.
    Enum,
}

/// A type where it is used: primitive or not, one or a collection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeRef {
    data: Data,
    code: u16,
}

/// A property that is no navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name in JSON.
    pub name: &'static str,
    /// The type of its value.
    pub ty: TypeRef,
    /// Whether it may be null, or an item of it if it is a collection.
    pub nullable: bool,
    /// Whether the service computes it, so that nobody sends it.
    pub computed: bool,
}

impl Type {
    pub(crate) fn new(data: Data, index: u16) -> Self {
        Self { data, index }
    }

    pub(crate) fn find(data: Data, name: &str) -> Option<Self> {
        // The record behind the last one is none.
        let all = 0..data.count(DataSection::Types).saturating_sub(1);
        data.find(DataSection::Types, all, name).map(|index| Self { data, index })
    }

    fn record(self) -> DataRecord {
        self.data.record(DataSection::Types, self.index)
    }

    fn has(self, flag: u8) -> bool {
        self.record().u8(2) & flag != 0
    }

    /// Its name without `microsoft.graph.`: `user`, `security.alert`.
    pub fn name(self) -> &'static str {
        self.data.text(self.record().u16(0))
    }

    /// Its name as `@odata.type` has it behind the `#`: `microsoft.graph.user`.
    pub fn qualified_name(self) -> String {
        format!("microsoft.graph.{}", self.name())
    }

    /// Returns what it is.
    pub fn kind(self) -> TypeKind {
        if self.has(type_flags::ENUM) {
            TypeKind::Enum
        } else if self.has(type_flags::COMPLEX) {
            TypeKind::Complex
        } else {
            TypeKind::Entity
        }
    }

    /// Returns whether objects may have properties that the metadata does not list.
    pub fn is_open(self) -> bool {
        self.has(type_flags::OPEN)
    }

    /// Returns whether there are only objects of types that derive from it.
    pub fn is_abstract(self) -> bool {
        self.has(type_flags::ABSTRACT)
    }

    /// Returns whether its objects are files too: `$value` is their bytes.
    pub fn has_stream(self) -> bool {
        self.has(type_flags::STREAM)
    }

    /// Returns whether members of the enumeration may stand together, with commas between them.
    pub fn is_flags(self) -> bool {
        self.has(type_flags::FLAGS)
    }

    /// Returns whether a PATCH of its objects that is sent twice does what it does once. From the overlay.
    pub fn is_patch_repeatable(self) -> bool {
        self.lineage().any(|ty| ty.has(type_flags::REPEATABLE))
    }

    /// Returns whether a PATCH of its objects is answered with the object (200), and not with nothing (204). From the overlay.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let answered = |name| Catalog::v1().type_named(name).unwrap().is_patch_answered();
    /// assert!(answered("message") && !answered("group"));
    /// ```
    pub fn is_patch_answered(self) -> bool {
        self.lineage().any(|ty| ty.has(type_flags::ANSWERED))
    }

    /// The type from which it derives.
    pub fn base(self) -> Option<Self> {
        self.record().u16(3).checked_sub(1).map(|index| Self { index, ..self })
    }

    /// Itself, the type from which it derives, and so on.
    pub fn lineage(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |ty| ty.base())
    }

    /// Returns whether it is that type or derives from it.
    pub fn is_a(self, other: Self) -> bool {
        self.lineage().any(|ty| ty == other)
    }

    /// The types that derive directly from it, in the order of their names.
    pub fn subtypes(self) -> impl Iterator<Item = Self> {
        let run = self.data.run(DataSection::Types, self.index, SUBTYPES);
        run.map(move |index| Self { index: self.data.record(DataSection::Subtypes, index).u16(0), ..self })
    }

    /// The types that derive from it, directly or not, in the order of their names.
    pub fn derived(self) -> impl Iterator<Item = Self> {
        let mut all: Vec<Self> = self.subtypes().collect();
        let mut next = 0;
        while let Some(ty) = all.get(next).copied() {
            all.extend(ty.subtypes());
            next += 1;
        }
        all.sort_by_key(|ty| ty.index);
        all.into_iter()
    }

    /// The properties that it adds to those of its base, in the order of the metadata.
    pub fn own_properties(self) -> impl Iterator<Item = Property> {
        let run = self.data.run(DataSection::Types, self.index, PROPERTIES);
        run.map(move |index| {
            let record = self.data.record(DataSection::Properties, index);
            let flags = record.u8(4);
            Property {
                name: self.data.text(record.u16(0)),
                ty: TypeRef { data: self.data, code: record.u16(2) },
                nullable: flags & use_flags::NULLABLE != 0,
                computed: flags & use_flags::COMPUTED != 0,
            }
        })
    }

    /// Its properties and those that it inherits, its own first.
    pub fn properties(self) -> impl Iterator<Item = Property> {
        self.lineage().flat_map(Self::own_properties)
    }

    /// The property of that name, in any case, its own or inherited.
    pub fn property(self, name: &str) -> Option<Property> {
        self.properties().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The navigations that it adds to those of its base, in the order of their names.
    pub fn own_navigations(self) -> impl Iterator<Item = Navigation> {
        let run = self.data.run(DataSection::Types, self.index, NAVIGATIONS);
        run.map(move |index| Navigation::read(self.data, DataSection::Navigations, index).0)
    }

    /// Its navigations and those that it inherits, its own first.
    pub fn navigations(self) -> impl Iterator<Item = Navigation> {
        self.lineage().flat_map(Self::own_navigations)
    }

    /// The navigation of that name, in any case, its own or inherited.
    pub fn navigation(self, name: &str) -> Option<Navigation> {
        self.navigation_and_target(name).map(|(navigation, _)| navigation)
    }

    pub(crate) fn navigation_and_target(self, name: &str) -> Option<(Navigation, TypeRef)> {
        self.lineage().find_map(|ty| {
            let run = ty.data.run(DataSection::Types, ty.index, NAVIGATIONS);
            let index = ty.data.find(DataSection::Navigations, run, name)?;
            Some(Navigation::read(ty.data, DataSection::Navigations, index))
        })
    }

    /// The names of an enumeration, in the order of the metadata.
    pub fn members(self) -> impl Iterator<Item = &'static str> {
        let run = self.data.run(DataSection::Types, self.index, MEMBERS);
        run.map(move |index| self.data.text(self.data.record(DataSection::Members, index).u16(0)))
    }

    /// The actions and functions that are bound to it or to a collection of it, in the order of their names.
    pub fn own_operations(self) -> impl Iterator<Item = BoundOperation> {
        let run = self.data.run(DataSection::Types, self.index, OPERATIONS);
        run.map(move |index| BoundOperation::new(self.data, index, self))
    }

    /// The actions and functions that are bound to it, or to a type from which it derives, by that name in any case.
    pub fn operations_named(self, name: &str) -> impl Iterator<Item = BoundOperation> {
        self.lineage().flat_map(move |ty| {
            let run = ty.data.run(DataSection::Types, ty.index, OPERATIONS);
            let first = ty.data.find(DataSection::Operations, run.clone(), name).unwrap_or(run.end);
            let all = (first..run.end).map(move |index| BoundOperation::new(ty.data, index, ty));
            all.take_while(move |operation| operation.name().eq_ignore_ascii_case(name))
        })
    }

    /// The names of the properties that are its key: one for almost every type, none for types without one.
    pub fn key(self) -> Vec<&'static str> {
        let own = self.lineage().map(|ty| ty.keys(0)).find(|key| !key.is_empty());
        own.unwrap_or_default()
    }

    /// The names of the properties by which an object can be named instead of its key, one list a key.
    pub fn alternate_keys(self) -> Vec<Vec<&'static str>> {
        let of_type = |ty: Self| (1..u8::MAX).map(move |number| ty.keys(number)).take_while(|key| !key.is_empty());
        self.lineage().flat_map(of_type).collect()
    }

    fn keys(self, number: u8) -> Vec<&'static str> {
        let records = (0..self.data.count(DataSection::Keys)).map(|index| self.data.record(DataSection::Keys, index));
        let own = records.filter(|record| record.u16(0) == self.index && record.u8(2) == number);
        own.map(|record| self.data.text(record.u16(3))).collect()
    }
}

impl TypeRef {
    pub(crate) fn new(data: Data, code: u16) -> Self {
        Self { data, code }
    }

    /// Returns whether it is a collection.
    pub fn is_many(self) -> bool {
        self.code & MANY != 0
    }

    /// One of it, if it is a collection.
    pub fn item(self) -> Self {
        Self { code: self.code & !MANY, ..self }
    }

    /// The type, unless it is primitive.
    pub fn named(self) -> Option<Type> {
        let index = (self.code & !MANY).checked_sub(FIRST_TYPE)?;
        Some(Type { data: self.data, index })
    }

    /// The name of the type, of one item if it is a collection: `user`, `Edm.String`.
    pub fn name(self) -> &'static str {
        match self.named() {
            Some(ty) => ty.name(),
            None => PRIMITIVES.get(usize::from(self.code & !MANY)).copied().unwrap_or_default(),
        }
    }

    pub(crate) fn with(self, ty: Type) -> Self {
        Self { code: self.code & MANY | (ty.index + FIRST_TYPE), ..self }
    }
}

/// As the metadata writes it: `user`, `Collection(user)`.
impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_many() { write!(f, "Collection({})", self.name()) } else { f.write_str(self.name()) }
    }
}

impl fmt::Debug for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
