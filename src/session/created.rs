//! What a session created, so that the clean-up deletes exactly that.

use std::fmt;

use graphwalk_catalog::{Place, Resolved};

/// What was created, in the order of creation.
#[derive(Clone, Debug, Default)]
pub struct Created {
    objects: Vec<Object>,
}

/// A kind of object that tutorials create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A user of the directory.
    User,
    /// A group of the directory.
    Group,
    /// An access review schedule definition.
    Review,
}

#[derive(Clone, Debug)]
struct Object {
    kind: Kind,
    name: String,
    deleted: bool,
}

impl Created {
    /// Remembers that an object was created.
    pub fn add(&mut self, kind: Kind, name: impl Into<String>) {
        self.objects.push(Object { kind, name: name.into(), deleted: false });
    }

    /// Whether an object of this name was created in this session.
    pub fn contains(&self, kind: Kind, name: &str) -> bool {
        self.objects.iter().any(|object| object.kind == kind && object.name == name)
    }

    /// Remembers that the object was deleted again.
    pub fn deleted(&mut self, kind: Kind, name: &str) {
        for object in &mut self.objects {
            if object.kind == kind && object.name == name {
                object.deleted = true;
            }
        }
    }

    /// What still exists, as far as the session knows: `user "Adele Vance"`.
    pub fn left(&self) -> Vec<String> {
        let left = self.objects.iter().filter(|object| !object.deleted);
        left.map(|object| format!("{} \"{}\"", object.kind, object.name)).collect()
    }
}

impl Kind {
    /// The name of its type in Graph, without the namespace.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Review => "accessReviewScheduleDefinition",
        }
    }

    /// What a POST to this path creates, if that is something that can be deleted again.
    pub fn created_at(path: &Resolved) -> Option<Self> {
        match path.to_string().as_str() {
            "user" => Some(Self::User),
            "group" => Some(Self::Group),
            "identityGovernance/accessReviews/definitions" => Some(Self::Review),
            _ => None,
        }
        .filter(|_| matches!(path.places().last(), Some(Place::Step(_))))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Review => "access review",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_created_and_not_deleted_is_left() {
        let mut created = Created::default();
        created.add(Kind::User, "Adele Vance");
        created.add(Kind::Group, "Building security");
        created.deleted(Kind::User, "Adele Vance");
        assert!(created.contains(Kind::User, "Adele Vance"));
        assert!(!created.contains(Kind::Group, "Adele Vance"));
        assert_eq!(created.left(), ["group \"Building security\""]);
    }
}
