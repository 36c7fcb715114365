//! Actions and functions.

use std::fmt;

use crate::Argument;
use crate::data::{Data, DataRecord};
use crate::layout::{DataSection, NO_TYPE, operation_flags, use_flags};
use crate::types::{Type, TypeRef};

/// An action or a function that is bound to a type or to a collection of it.
///
/// ```
/// use graphwalk_catalog::Catalog;
///
/// let user = Catalog::v1().type_named("user").unwrap();
/// let action = user.operations_named("changePassword").next().unwrap();
/// assert!(!action.is_function());
/// assert_eq!(action.parameters().count(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BoundOperation {
    data: Data,
    index: u16,
    on: Type,
}

/// A parameter of an action or function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the body of an action, or between the brackets of a function.
    pub name: &'static str,
    /// The type of its value.
    pub ty: TypeRef,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it may be left out.
    pub optional: bool,
}

/// The effect of an operation, where the overlay says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes the object to which it is bound, and nothing else.
    ActsWithin,
    /// It only reads, although it is called with POST.
    Reads,
}

impl BoundOperation {
    pub(crate) fn new(data: Data, index: u16, on: Type) -> Self {
        Self { data, index, on }
    }

    fn record(self) -> DataRecord {
        self.data.record(DataSection::Operations, self.index)
    }

    fn has(self, flag: u8) -> bool {
        self.record().u8(6) & flag != 0
    }

    /// Its name without a namespace.
    pub fn name(self) -> &'static str {
        self.data.text(self.record().u16(0))
    }

    /// Its namespace without `microsoft.graph`: mostly empty, or such as `security`.
    pub fn namespace(self) -> &'static str {
        self.data.text(self.record().u16(2))
    }

    /// The type to which it is bound, or to a collection of which.
    pub fn on(self) -> Type {
        self.on
    }

    /// Returns whether it is bound to a collection.
    pub fn is_on_many(self) -> bool {
        self.has(operation_flags::ON_MANY)
    }

    /// Returns whether it is a function, called with GET; otherwise it is an action, called with POST.
    pub fn is_function(self) -> bool {
        self.has(operation_flags::FUNCTION)
    }

    /// Returns whether a path may go on after it.
    pub fn is_composable(self) -> bool {
        self.has(operation_flags::COMPOSABLE)
    }

    /// Returns whether it answers what has changed since, page by page.
    pub fn is_delta(self) -> bool {
        self.is_function() && self.name() == "delta"
    }

    /// Returns whether it answers what the signed-in user has to do with: `filterByCurrentUser` of whatever type.
    ///
    /// The permissions list has apps for it, too, but without a user there is nobody to filter by.
    pub fn is_of_current_user(self) -> bool {
        self.is_function() && self.name() == "filterByCurrentUser"
    }

    /// Returns its effect, where the overlay says so.
    pub fn effect(self) -> Option<Effect> {
        if self.has(operation_flags::READS) {
            Some(Effect::Reads)
        } else {
            self.has(operation_flags::ACTS_WITHIN).then_some(Effect::ActsWithin)
        }
    }

    /// Returns what it answers.
    pub fn returns(self) -> Option<TypeRef> {
        Some(self.record().u16(4)).filter(|code| *code != NO_TYPE).map(|code| TypeRef::new(self.data, code))
    }

    /// Returns whether what it answers may be null.
    pub fn returns_nullable(self) -> bool {
        self.has(operation_flags::NULLABLE)
    }

    /// Its parameters without the one to which it is bound.
    pub fn parameters(self) -> impl Iterator<Item = Parameter> {
        let run = self.data.run(DataSection::Operations, self.index, 7);
        run.map(move |index| {
            let record = self.data.record(DataSection::Parameters, index);
            Parameter {
                name: self.data.text(record.u16(0)),
                ty: TypeRef::new(self.data, record.u16(2)),
                nullable: record.u8(4) & use_flags::NULLABLE != 0,
                optional: record.u8(4) & use_flags::OPTIONAL != 0,
            }
        })
    }

    /// Returns whether a segment can call it with these arguments. Those of an action stand in the body.
    pub(crate) fn takes(self, arguments: &[Argument]) -> bool {
        if !self.is_function() {
            return arguments.is_empty();
        }
        let is_given = |parameter: &Parameter| {
            let named = |name: &String| name.eq_ignore_ascii_case(parameter.name);
            arguments.iter().any(|argument| argument.name.as_ref().is_some_and(named))
        };
        let is_known = |argument: &Argument| {
            let named = |parameter: Parameter| {
                argument.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(parameter.name))
            };
            self.parameters().any(named)
        };
        // Graph takes parameters as query options, too, if the brackets are left out or empty.
        let is_complete = arguments.is_empty() || self.parameters().all(|known| known.optional || is_given(&known));
        is_complete && arguments.iter().all(is_known)
    }
}

/// Its name with the type to which it is bound: `user/changePassword`.
impl fmt::Debug for BoundOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.on.name(), self.name())
    }
}
