//! What a path names, segment by segment.

use std::fmt;

use crate::api_path::unqualified;
use crate::catalog::Catalog;
use crate::model::{ActingOperation, Bond, Navigation};
use crate::operation::BoundOperation;
use crate::pieces::{Piece, pieces};
use crate::types::{Type, TypeKind, TypeRef};
use crate::{Ambiguity, ApiPath, Argument};

/// The meaning of each segment of a path, in order.
///
/// ```
/// use graphwalk_catalog::{ApiPath, PathPlace, Resolved};
///
/// let path = ApiPath::parse("/v1.0/groups/eb75ccd2/members/0b71bd44/$ref").unwrap();
/// let resolved = Resolved::new(&path).unwrap();
/// assert!(matches!(resolved.places()[1], PathPlace::Key(ref key) if key == "eb75ccd2"));
/// assert_eq!(resolved.places().last(), Some(&PathPlace::Reference));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    places: Vec<PathPlace>,
    steps: Vec<ResolvedStep>,
}

/// A place with its segment and the type that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResolvedStep {
    pub segment: usize,
    pub reached: Option<TypeRef>,
}

/// The meaning of one segment, or of the key in its brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPlace {
    /// A collection or an object that a navigation, an entity set or a singleton leads to.
    Step(Navigation),
    /// An object of the collection before it, by its key.
    Key(String),
    /// An object of the collection before it, by another property than its key: name and value.
    AlternateKey(String, String),
    /// An object beneath the one before it, by its path: of a drive's item, or of a site. Without colons.
    Path(String),
    /// A view of what stands before it as one of this type.
    Cast(&'static str),
    /// A property of what stands before it that is no navigation.
    Property(&'static str),
    /// An action bound to what stands before it, of which the overlay says what it acts on.
    Operation(ActingOperation),
    /// Another action or function bound to what stands before it: what it acts on is not known, so a POST is not approved.
    Call(BoundOperation),
    /// `$ref`: the reference that the navigation before it is, not what it leads to.
    Reference,
    /// `$value`: the bytes of what stands before it.
    Value,
    /// `$count`: how many there are.
    Count,
}

/// The reason why a path is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotUnderstood {
    /// A server may read it otherwise.
    Ambiguous(Ambiguity),
    /// A segment is not known where it stands: the segment, and the type before it (`None` at the start).
    Unknown(String, Option<&'static str>),
    /// The overlay does not say what a change of it affects: the segment, and the type before it (`None` at the start).
    Unjudged(String, Option<&'static str>),
    /// It names nothing: there is no segment after the version.
    Empty,
}

/// An object that a path names on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedObject<'a> {
    /// The type, by the last cast if there is one.
    pub ty: Type,
    /// The key that names it.
    pub key: ObjectKey<'a>,
    /// The way that leads to it.
    pub way: Navigation,
}

/// The key that names an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKey<'a> {
    /// By the way alone, which leads to one object: `/me`, `manager`.
    Only,
    /// By its key.
    Key(&'a str),
    /// By another property: name and value.
    Alternate(&'a str, &'a str),
    /// By its path beneath the object that stands before.
    Path(&'a str),
}

impl Resolved {
    /// Resolves a path along ways of which the overlay says what a change along them affects: for code that judges a write.
    /// Whatever else the metadata knows is resolved by [`Catalog::resolve`].
    ///
    /// Whether the path names v1.0 or beta is left out of account.
    ///
    /// ```
    /// use graphwalk_catalog::{ApiPath, Catalog, Resolved};
    ///
    /// // The metadata calls the teams of a user contained, but others are in them.
    /// let path = ApiPath::parse("/v1.0/users/1/joinedTeams/2").unwrap();
    /// assert!(Catalog::v1().resolve(&path).is_ok());
    /// assert!(Resolved::new(&path).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotUnderstood`] if a segment is not known where it stands, could be read in two ways, or is one of which the overlay
    /// says nothing.
    pub fn new(path: &ApiPath) -> Result<Self, NotUnderstood> {
        let resolved = Catalog::v1().resolve(path)?;
        match resolved.unjudged() {
            Some(error) => Err(error),
            None => Ok(resolved),
        }
    }

    /// The first place of which the overlay does not say what a change of it affects.
    fn unjudged(&self) -> Option<NotUnderstood> {
        let unjudged = |place: &PathPlace| match place {
            PathPlace::Step(step) if step.bond == Bond::Unknown => Some(step.name.to_owned()),
            PathPlace::Call(operation) => Some(operation.name().to_owned()),
            PathPlace::Property(name) => Some((*name).to_owned()),
            PathPlace::Path(path) => Some(path.clone()),
            _ => None,
        };
        let (index, name) =
            self.places.iter().enumerate().find_map(|(index, place)| Some((index, unjudged(place)?)))?;
        let before = index.checked_sub(1).and_then(|before| self.reached(before));
        Some(NotUnderstood::Unjudged(name, before.map(TypeRef::name)))
    }

    /// Returns the meaning of each segment, in order; a key has a place of its own.
    pub fn places(&self) -> &[PathPlace] {
        &self.places
    }

    /// The type of what the path names; nothing behind `$ref`, `$value`, `$count`, and actions that answer nothing.
    pub fn target(&self) -> Option<TypeRef> {
        self.steps.last().and_then(|step| step.reached)
    }

    /// The type of what a place names or, for an operation, answers, by the number of the place.
    pub fn reached(&self, place: usize) -> Option<TypeRef> {
        self.steps.get(place).and_then(|step| step.reached)
    }

    pub(crate) fn steps(&self) -> &[ResolvedStep] {
        &self.steps
    }

    /// The objects that the path names, from the outermost to the one that the call is about. Each lies in the one before
    /// it, along its [way](NamedObject::way): whether as a part of it, see [`Navigation::bond`]. What follows an
    /// operation is left out: it is an answer, not named by the path.
    ///
    /// ```
    /// use graphwalk_catalog::{ApiPath, ObjectKey, Resolved};
    ///
    /// let path = ApiPath::parse("/v1.0/users/1/manager/$ref").unwrap();
    /// let resolved = Resolved::new(&path).unwrap();
    /// let objects = resolved.objects();
    /// assert_eq!((objects[0].ty.name(), objects[0].key), ("user", ObjectKey::Key("1")));
    /// assert_eq!((objects[1].ty.name(), objects[1].key), ("directoryObject", ObjectKey::Only));
    /// ```
    pub fn objects(&self) -> Vec<NamedObject<'_>> {
        let (mut objects, mut way): (Vec<NamedObject<'_>>, Option<Navigation>) = (Vec::new(), None);
        for (place, step) in self.places.iter().zip(&self.steps) {
            let ty = step.reached.and_then(TypeRef::named);
            let key = match place {
                PathPlace::Step(navigation) => {
                    way = Some(*navigation);
                    ObjectKey::Only
                }
                PathPlace::Key(key) => ObjectKey::Key(key),
                PathPlace::AlternateKey(name, value) => ObjectKey::Alternate(name, value),
                PathPlace::Path(path) => ObjectKey::Path(path),
                PathPlace::Cast(_) if step.reached.is_some_and(|reached| !reached.is_many()) => {
                    if let (Some(last), Some(ty)) = (objects.last_mut(), ty) {
                        last.ty = ty;
                    }
                    continue;
                }
                PathPlace::Cast(_) => continue,
                _ => break,
            };
            let is_one = step.reached.is_some_and(|reached| !reached.is_many());
            if let (true, Some(ty), Some(way)) = (is_one, ty, way) {
                objects.push(NamedObject { ty, key, way });
            }
        }
        objects
    }
}

impl Catalog {
    /// Resolves a path.
    ///
    /// # Errors
    ///
    /// [`NotUnderstood`] if a segment is not known where it stands, or could be read in two ways.
    pub fn resolve(self, path: &ApiPath) -> Result<Resolved, NotUnderstood> {
        match self.resolve_as_far_as_known(path) {
            (_, Some(error)) => Err(error),
            (resolved, None) => Ok(resolved),
        }
    }

    /// Resolves a path as far as it is understood, and returns what stopped it.
    pub(crate) fn resolve_as_far_as_known(self, path: &ApiPath) -> (Resolved, Option<NotUnderstood>) {
        let mut resolver = Resolver { catalog: self, places: Vec::new(), steps: Vec::new() };
        let mut error = path.ambiguity().map(NotUnderstood::Ambiguous);
        let mut pieces = pieces(path).into_iter();
        while let (None, Some(piece)) = (&error, pieces.next()) {
            error = resolver.take(&piece).err();
        }
        if error.is_none() && resolver.places.is_empty() {
            error = Some(NotUnderstood::Empty);
        }
        (Resolved { places: resolver.places, steps: resolver.steps }, error)
    }
}

struct Resolver {
    catalog: Catalog,
    places: Vec<PathPlace>,
    steps: Vec<ResolvedStep>,
}

impl Resolver {
    /// Returns what was reached so far: nothing at the start, and nothing that a path could go on from behind an end.
    fn at(&self) -> Option<TypeRef> {
        self.steps.last().and_then(|step| step.reached)
    }

    fn push(&mut self, segment: usize, place: PathPlace, reached: Option<TypeRef>) {
        self.places.push(place);
        self.steps.push(ResolvedStep { segment, reached });
    }

    fn take(&mut self, piece: &Piece<'_>) -> Result<(), NotUnderstood> {
        let (segment, name, arguments) = match piece {
            Piece::Name { segment, name, arguments } => (*segment, *name, *arguments),
            Piece::Path { segments, text } => return self.take_path(segments.start, text),
        };
        let found = match self.at() {
            None if self.places.is_empty() => {
                let root = self.catalog.root(name).map(|(root, reached)| (PathPlace::Step(root), Some(reached)));
                root.ok_or_else(|| self.unknown(name))?
            }
            None => return Err(self.unknown(name)),
            Some(_) if self.is_ended() => return Err(self.unknown(name)),
            Some(at) => self.follow(at, name, arguments).ok_or_else(|| self.unknown(name))?,
        };
        let (place, reached) = found;
        let takes_key = matches!(place, PathPlace::Step(_) | PathPlace::Cast(_));
        let takes_arguments = matches!(place, PathPlace::Operation(_) | PathPlace::Call(_));
        self.push(segment, place, reached);
        match (arguments, reached) {
            (None, _) => Ok(()),
            (Some(_), _) if takes_arguments => Ok(()),
            (Some(arguments), Some(reached)) if takes_key && reached.is_many() => {
                self.take_key_in_brackets(segment, reached, name, arguments)
            }
            _ => Err(self.unknown(name)),
        }
    }

    /// Returns what follows on a type: a word of Graph if there is one of that name, else a key.
    fn follow(&self, at: TypeRef, name: &str, arguments: Option<&[Argument]>) -> Option<(PathPlace, Option<TypeRef>)> {
        if let Some(system) = Self::system(at, self.places.last(), name, arguments) {
            return Some((system, None));
        }
        let ty = at.named()?;
        if !at.is_many()
            && let Some((navigation, target)) = ty.navigation_and_target(name)
        {
            return Some((PathPlace::Step(navigation), Some(target)));
        }
        if let Some(operation) = Self::operation(at, ty, name, arguments.unwrap_or_default()) {
            let reached = operation.returns();
            // The arguments of a function say what it acts on; the overlay speaks of actions.
            let place = ActingOperation::approved(operation).map_or(PathPlace::Call(operation), PathPlace::Operation);
            return Some((place, reached));
        }
        if let Some(qualified) = unqualified(name) {
            // A qualified name that is not known is no key, but a cast or a function.
            let cast = self.catalog.type_named(qualified).filter(|cast| cast.is_a(ty) || ty.is_a(*cast))?;
            return Some((PathPlace::Cast(cast.name()), Some(at.with(cast))));
        }
        if at.is_many() {
            // Graph has this function on more collections in beta, and no object has this key.
            let is_delta = name.eq_ignore_ascii_case("delta");
            let is_key = ty.kind() == TypeKind::Entity && arguments.is_none() && !is_delta;
            return is_key.then(|| (PathPlace::Key(name.to_owned()), Some(at.item())));
        }
        let property = ty.property(name).filter(|_| arguments.is_none())?;
        Some((PathPlace::Property(property.name), Some(property.ty)))
    }

    fn take_path(&mut self, segment: usize, text: &str) -> Result<(), NotUnderstood> {
        let at = self.at().filter(|at| !at.is_many() && matches!(at.name(), "driveItem" | "site") && !self.is_ended());
        let Some(at) = at else { return Err(self.unknown(text)) };
        self.push(segment, PathPlace::Path(text.to_owned()), Some(at));
        Ok(())
    }

    /// Returns whether nothing may follow: after a reference, a value, a count, an action, and a function that is not
    /// composable.
    fn is_ended(&self) -> bool {
        match self.places.last() {
            Some(PathPlace::Call(operation)) => !operation.is_composable(),
            Some(PathPlace::Operation(_) | PathPlace::Reference | PathPlace::Value | PathPlace::Count) => true,
            _ => false,
        }
    }

    fn system(at: TypeRef, last: Option<&PathPlace>, name: &str, arguments: Option<&[Argument]>) -> Option<PathPlace> {
        if arguments.is_some() || !name.starts_with('$') {
            return None;
        }
        let is_property = matches!(last, Some(PathPlace::Property(_)));
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("$ref") && !is_property {
            Some(PathPlace::Reference)
        } else if is("$value") && !at.is_many() {
            Some(PathPlace::Value)
        } else {
            (is("$count") && at.is_many()).then_some(PathPlace::Count)
        }
    }

    /// The operation that a segment calls, among those of one name the one that takes the arguments.
    fn operation(at: TypeRef, ty: Type, name: &str, arguments: &[Argument]) -> Option<BoundOperation> {
        let unqualified = unqualified(name).unwrap_or(name);
        let (namespace, bare) = match unqualified.rsplit_once('.') {
            Some((namespace, bare)) => (Some(namespace), bare),
            None => (None, unqualified),
        };
        let mut found = ty.operations_named(bare).filter(|operation| {
            let is_of_namespace = namespace.is_none_or(|known| known.eq_ignore_ascii_case(operation.namespace()));
            is_of_namespace && operation.is_on_many() == at.is_many() && operation.takes(arguments)
        });
        found.next()
    }

    fn take_key_in_brackets(
        &mut self,
        segment: usize,
        at: TypeRef,
        name: &str,
        arguments: &[Argument],
    ) -> Result<(), NotUnderstood> {
        let ty = at.named().filter(|ty| ty.kind() == TypeKind::Entity);
        let (Some(ty), [Argument { name: key, value }]) = (ty, arguments) else { return Err(self.unknown(name)) };
        let is = |known: &&str| key.as_ref().is_none_or(|key| key.eq_ignore_ascii_case(known));
        let place = if key.is_none() || ty.key().iter().any(is) {
            PathPlace::Key(value.clone())
        } else {
            let alternate = ty.alternate_keys().into_iter().find(|known| known.len() == 1 && known.iter().all(is));
            let alternate = alternate.and_then(|known| known.first().copied()).ok_or_else(|| self.unknown(name))?;
            PathPlace::AlternateKey(alternate.to_owned(), value.clone())
        };
        self.push(segment, place, Some(at.item()));
        Ok(())
    }

    fn unknown(&self, name: &str) -> NotUnderstood {
        let before = self.steps.iter().rev().find_map(|step| step.reached);
        NotUnderstood::Unknown(name.to_owned(), before.map(TypeRef::name))
    }
}

/// The types and navigations without the keys: `group/members/$ref`.
impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.places.iter().enumerate().filter_map(|(index, place)| match place {
            PathPlace::Step(step) if index == 0 => Some(step.target),
            PathPlace::Step(step) => Some(step.name),
            PathPlace::Key(_) | PathPlace::AlternateKey(..) => None,
            PathPlace::Path(_) => Some(":"),
            PathPlace::Cast(name) | PathPlace::Property(name) => Some(*name),
            PathPlace::Operation(operation) => Some(operation.name),
            PathPlace::Call(operation) => Some(operation.name()),
            PathPlace::Reference => Some("$ref"),
            PathPlace::Value => Some("$value"),
            PathPlace::Count => Some("$count"),
        });
        f.write_str(&words.collect::<Vec<_>>().join("/"))
    }
}

/// The fault, to fit behind "the path is not understood: ".
impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous(ambiguity) => write!(f, "a server may interpret it differently, because {ambiguity}"),
            Self::Unknown(segment, Some(type_name)) => write!(f, "{segment:?} is not known on a {type_name}"),
            Self::Unknown(segment, None) => write!(f, "{segment:?} is not known here"),
            Self::Unjudged(segment, Some(type_name)) => {
                write!(f, "it is not known what a change of {segment:?} on a {type_name} affects")
            }
            Self::Unjudged(segment, None) => write!(f, "it is not known what a change of {segment:?} affects"),
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
        assert_eq!(key("/v1.0/users/AdeleV@contoso.com"), PathPlace::Key("AdeleV@contoso.com".to_owned()));
        assert_eq!(key("/v1.0/users(id='1')"), PathPlace::Key("1".to_owned()));
        assert_eq!(key("/v1.0/applications(appId='1')"), PathPlace::AlternateKey("appId".to_owned(), "1".to_owned()));
        // What has the name of a navigation is a key where a key is due.
        assert_eq!(key("/v1.0/groups/members"), PathPlace::Key("members".to_owned()));
    }

    #[test]
    fn an_unknown_segment_is_not_understood() {
        for path in [
            "/v1.0/nothing/1",
            "/v1.0/users/1/joinedTeam/2",
            // It is known, but not what a change of it affects.
            "/v1.0/users/1/joinedTeams/2",
            "/v1.0/users/1/sendMail",
            "/v1.0/users/1/displayName",
            "/v1.0/policies",
            "/v1.0/users/1/microsoft.graph.group",
            "/v1.0/users(mail='1')",
            "/v1.0/users/1/changePassword(currentPassword='x')",
            "/v1.0/users/1/displayName/x",
            "/v1.0/places/delta",
            "/v1.0/groups/1:/a/b",
            // What is bound to a collection cannot be called on an object, and the other way round.
            "/v1.0/users/1/getByIds",
            "/v1.0/users/microsoft.graph.changePassword",
            "/v1.0/me/drive/root:/a:/nothing",
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
