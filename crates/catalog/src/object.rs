//! A path that names one object.

use std::fmt;
use std::str::FromStr;

use crate::{ApiPath, NotUnderstood, PathPlace, Resolved};

/// The path of one object that lies in no other one: `/groups/{id}`.
///
/// ```
/// use graphwalk_catalog::ObjectPath;
///
/// let group: ObjectPath = "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4".parse().unwrap();
/// assert_eq!(group.type_name(), "group");
/// assert!("/groups".parse::<ObjectPath>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    text: String,
    type_name: &'static str,
    key: String,
}

/// A text that names no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAnObject {
    /// The path is not understood.
    NotUnderstood(NotUnderstood),
    /// It names a collection, a part of an object or an operation, or the object by another property than its id.
    Other,
}

impl ObjectPath {
    /// The type of the object, without its namespace.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Its key: an id, or a principal name.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for ObjectPath {
    type Err = NotAnObject;

    fn from_str(text: &str) -> Result<Self, NotAnObject> {
        let resolved = Resolved::new(&ApiPath::parse_reference(text)).map_err(NotAnObject::NotUnderstood)?;
        let [before @ .., PathPlace::Step(step), PathPlace::Key(key)] = resolved.places() else {
            return Err(NotAnObject::Other);
        };
        if before.iter().any(|place| !matches!(place, PathPlace::Step(_))) || key.is_empty() {
            return Err(NotAnObject::Other);
        }
        Ok(Self { text: text.to_owned(), type_name: step.target, key: key.clone() })
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for NotAnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood(why) => write!(f, "the path is not understood: {why}"),
            Self::Other => f.write_str("the path does not name one object by its id"),
        }
    }
}

impl std::error::Error for NotAnObject {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_by_its_own_path_alone() {
        let object: ObjectPath = "/identityGovernance/accessReviews/definitions('1')".parse().unwrap();
        assert_eq!((object.type_name(), object.key()), ("accessReviewScheduleDefinition", "1"));
        for text in ["/users", "/users/1/manager", "/users/1/extensions/2", "/me", "/users/1/$ref", "", "/x/1"] {
            assert!(text.parse::<ObjectPath>().is_err(), "{text}");
        }
    }
}
