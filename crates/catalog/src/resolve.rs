//! What a path names, segment by segment.

use std::fmt;

use crate::model::{self, Navigation, Operation};
use crate::{Ambiguity, ApiPath, Argument, Segment};

/// What the segments of a path name, in order.
///
/// ```
/// use graphwalk_catalog::{ApiPath, Place, Resolved};
///
/// let path = ApiPath::parse("/v1.0/groups/eb75ccd2/members/0b71bd44/$ref").unwrap();
/// let resolved = Resolved::new(&path).unwrap();
/// assert!(matches!(resolved.places()[1], Place::Key(ref key) if key == "eb75ccd2"));
/// assert_eq!(resolved.places().last(), Some(&Place::Reference));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    places: Vec<Place>,
}

/// What one segment names, or the key in its brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A collection or an object that a navigation, an entity set or a singleton leads to.
    Step(&'static Navigation),
    /// An object of the collection before it, by its key.
    Key(String),
    /// An object of the collection before it, by another property than its key: name and value.
    AlternateKey(String, String),
    /// A view of what stands before it as one of this type.
    Cast(&'static str),
    /// An operation bound to what stands before it.
    Operation(&'static Operation),
    /// `$ref`: the reference that the navigation before it is, not what it leads to.
    Reference,
    /// `$value`: the bytes of what stands before it.
    Value,
    /// `$count`: how many there are.
    Count,
}

/// Why a path is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotUnderstood {
    /// A server may read it otherwise.
    Ambiguous(Ambiguity),
    /// A segment is not known where it stands: the segment, and the type before it (`None` at the start).
    Unknown(String, Option<&'static str>),
    /// It names nothing: there is no segment after the version.
    Empty,
}

impl Resolved {
    /// Resolves a path.
    ///
    /// # Errors
    ///
    /// [`NotUnderstood`] if a segment is not known where it stands, or could be read in two ways.
    pub fn new(path: &ApiPath) -> Result<Self, NotUnderstood> {
        if let Some(ambiguity) = path.ambiguity() {
            return Err(NotUnderstood::Ambiguous(ambiguity));
        }
        let mut resolver = Resolver::default();
        for segment in path.segments() {
            resolver.take(segment)?;
        }
        if resolver.places.is_empty() { Err(NotUnderstood::Empty) } else { Ok(Self { places: resolver.places }) }
    }

    /// What the segments name, in order; a key has a place of its own.
    pub fn places(&self) -> &[Place] {
        &self.places
    }
}

#[derive(Default)]
struct Resolver {
    places: Vec<Place>,
    /// The type of what was reached, and whether it is a collection whose key may follow.
    at: Option<(&'static str, bool)>,
}

impl Resolver {
    fn take(&mut self, segment: &Segment) -> Result<(), NotUnderstood> {
        if self.is_ended() {
            return Err(self.unknown(segment));
        }
        if let Some(system) = self.system(segment) {
            self.places.push(system);
            return Ok(());
        }
        let step = match self.at {
            None => model::root(segment.name()),
            Some((from, false)) => model::navigation(from, segment.name()),
            Some((_, true)) => None,
        };
        if let Some(step) = step {
            self.places.push(Place::Step(step));
            self.at = Some((step.target, step.many));
            return self.key_in_brackets(segment);
        }
        if let Some(operation) = self.operation(segment) {
            self.places.push(Place::Operation(operation));
            self.at = None;
            return Ok(());
        }
        if let (Some((_, many)), Some(cast)) = (self.at, segment.unqualified().and_then(model::cast)) {
            self.places.push(Place::Cast(cast));
            self.at = Some((cast, many));
            return self.key_in_brackets(segment);
        }
        match self.at {
            // A qualified name that is not known is no key, but a cast or a function.
            Some((type_name, true)) if segment.arguments().is_none() && segment.unqualified().is_none() => {
                self.places.push(Place::Key(segment.name().to_owned()));
                self.at = Some((type_name, false));
                Ok(())
            }
            _ => Err(self.unknown(segment)),
        }
    }

    /// Nothing follows an operation, a reference or a value.
    fn is_ended(&self) -> bool {
        matches!(self.places.last(), Some(Place::Operation(_) | Place::Reference | Place::Value | Place::Count))
    }

    fn system(&self, segment: &Segment) -> Option<Place> {
        let known = [("$ref", Place::Reference), ("$value", Place::Value), ("$count", Place::Count)];
        let found = known.into_iter().find(|(name, _)| segment.arguments().is_none() && segment.is(name));
        found.map(|(_, place)| place).filter(|_| self.at.is_some())
    }

    fn operation(&self, segment: &Segment) -> Option<&'static Operation> {
        let (on, _) = self.at?;
        let name = segment.unqualified().unwrap_or(segment.name());
        let is_call = segment.arguments().is_none_or(<[Argument]>::is_empty);
        model::operation(on, name).filter(|_| is_call)
    }

    fn key_in_brackets(&mut self, segment: &Segment) -> Result<(), NotUnderstood> {
        let Some(arguments) = segment.arguments() else { return Ok(()) };
        let (Some((type_name, true)), [Argument { name, value }]) = (self.at, arguments) else {
            return Err(self.unknown(segment));
        };
        self.places.push(match name {
            None => Place::Key(value.clone()),
            Some(name) if name.eq_ignore_ascii_case("id") => Place::Key(value.clone()),
            Some(name) => Place::AlternateKey(name.clone(), value.clone()),
        });
        self.at = Some((type_name, false));
        Ok(())
    }

    fn unknown(&self, segment: &Segment) -> NotUnderstood {
        NotUnderstood::Unknown(segment.name().to_owned(), self.at.map(|(type_name, _)| type_name))
    }
}

/// The types and navigations without the keys: `group/members/$ref`.
impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.places.iter().enumerate().filter_map(|(index, place)| match place {
            Place::Step(step) if index == 0 => Some(step.target),
            Place::Step(step) => Some(step.name),
            Place::Key(_) | Place::AlternateKey(..) => None,
            Place::Cast(type_name) => Some(*type_name),
            Place::Operation(operation) => Some(operation.name),
            Place::Reference => Some("$ref"),
            Place::Value => Some("$value"),
            Place::Count => Some("$count"),
        });
        f.write_str(&words.collect::<Vec<_>>().join("/"))
    }
}

/// What is wrong, to fit behind "the path is not understood: ".
impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous(ambiguity) => write!(f, "a server may read it otherwise, since {ambiguity}"),
            Self::Unknown(segment, Some(type_name)) => write!(f, "nothing is known of {segment:?} on a {type_name}"),
            Self::Unknown(segment, None) => write!(f, "nothing is known of {segment:?} here"),
            Self::Empty => f.write_str("it names nothing"),
        }
    }
}

impl std::error::Error for NotUnderstood {}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> Result<Resolved, NotUnderstood> {
        Resolved::new(&ApiPath::parse(path).unwrap())
    }

    #[test]
    fn a_path_is_walked_along_types_and_keys() {
        for (path, shape) in [
            ("/v1.0/users", "user"),
            ("/beta/Groups('1')/MEMBERS('2')/$REF", "group/members/$ref"),
            ("/v1.0/groups/1/members/microsoft.graph.user/2", "group/members/user"),
            ("/v1.0/me/manager/$ref", "user/manager/$ref"),
            ("/v1.0/users/1/microsoft.graph.revokeSignInSessions", "user/revokeSignInSessions"),
            ("/v1.0/directoryObjects/getByIds", "directoryObject/getByIds"),
            ("/v1.0/directory/deletedItems/microsoft.graph.group/1", "directory/deletedItems/group"),
            (
                "/v1.0/identitygovernance/accessReviews/definitions/1/instances/2/stop",
                "identityGovernance/accessReviews/definitions/instances/stop",
            ),
        ] {
            assert_eq!(resolved(path).unwrap().to_string(), shape, "{path}");
        }
    }

    #[test]
    fn keys_are_found_in_either_form() {
        let key = |path: &str| resolved(path).unwrap().places()[1].clone();
        assert_eq!(key("/v1.0/users/AdeleV@contoso.com"), Place::Key("AdeleV@contoso.com".to_owned()));
        assert_eq!(key("/v1.0/users(id='1')"), Place::Key("1".to_owned()));
        assert_eq!(key("/v1.0/applications(appId='1')"), Place::AlternateKey("appId".to_owned(), "1".to_owned()));
        // What has the name of a navigation is a key where a key is due.
        assert_eq!(key("/v1.0/groups/members"), Place::Key("members".to_owned()));
    }

    #[test]
    fn what_is_not_known_where_it_stands_is_not_understood() {
        for path in [
            "/v1.0/nothing/1",
            "/v1.0/users/1/joinedTeams/2",
            "/v1.0/users/1/microsoft.graph.unknown",
            "/v1.0/users/microsoft.graph.unknown",
            "/v1.0/groups/1/$ref/2",
            "/v1.0/groups/1/members/2/$ref/3",
            "/v1.0/users('1','2')",
            "/v1.0/me('1')",
            "/v1.0/$ref",
            "/v1.0",
        ] {
            assert!(resolved(path).is_err(), "{path}");
        }
        let error = resolved("/v1.0/groups/../users/1").unwrap_err();
        assert_eq!(error, NotUnderstood::Ambiguous(Ambiguity::Dots));
    }
}
