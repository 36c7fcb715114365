//! What is known of a call: a method and a path.

use std::fmt;

use crate::catalog::Catalog;
use crate::method::Method;
use crate::operation::{BoundOperation, Effect};
use crate::permissions::Access;
use crate::resolve::{NotUnderstood, PathPlace, Resolved};
use crate::types::{Type, TypeKind, TypeRef};
use crate::{ApiPath, Version};

/// A call that Graph has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogCall {
    method: Method,
    version: Option<Version>,
    resolved: Option<Resolved>,
    access: Option<Access>,
    /// The version whose metadata resolved it.
    resolved_in: Version,
}

/// The reason why there is no such call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCall {
    /// Neither the metadata nor the permissions list has the path: why the metadata does not.
    Path(NotUnderstood),
    /// The path is there, the method is not: those that are.
    Method(Vec<Method>),
}

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// No body.
    Nothing,
    /// An object, a value, or a list of them (`{"value": […]}`) of this type.
    Of(TypeRef),
    /// A property alone: `{"value": …}`.
    Property(TypeRef),
    /// A page of what has changed, with a link to what changes next.
    Delta(TypeRef),
    /// The parameters of an action.
    Parameters(BoundOperation),
    /// A reference to one object, `{"@odata.id": …}`, or a list of them.
    Reference {
        /// Whether it is a list.
        many: bool,
    },
    /// A number as text.
    Count,
    /// Bytes, or the text of a property.
    Raw,
    /// It is not known: the metadata of the path's version lacks it.
    Unknown,
}

impl Catalog {
    /// Returns what is known of a call.
    ///
    /// There is a call where the permissions list has the method for the path or, if it has none for it, where the metadata
    /// has the path and the method suits what it leads to. Functions and actions of the metadata are called with GET and
    /// POST whatever the list has.
    ///
    /// # Errors
    ///
    /// [`NoCall`] if neither of them has the path, or the path has no such method.
    pub fn call(self, method: Method, path: &ApiPath) -> Result<CatalogCall, NoCall> {
        let (listed, resolved) = (self.listed_methods(path), self.resolve(path));
        if let (true, Err(error)) = (listed.is_empty() || path.ambiguity().is_some(), &resolved) {
            return Err(NoCall::Path(error.clone()));
        }
        let resolved = resolved.ok().filter(|resolved| !self.is_action_of_beta(path, resolved, &listed));
        let methods = match &resolved {
            Some(resolved) => methods_of(resolved, listed),
            None => listed,
        };
        if !methods.contains(&method) {
            return Err(NoCall::Method(methods));
        }
        let (version, resolved_in) = (path.version(), self.version());
        Ok(CatalogCall { method, version, resolved, access: self.access(method, path), resolved_in })
    }

    /// A method at a path by the metadata alone, whether or not the permissions list has it: for callers that judge bodies. The
    /// list lacks calls that Graph has, such as `PATCH /me`.
    ///
    /// # Errors
    ///
    /// [`NoCall`] if the metadata lacks the path, or the method does not suit what it leads to: only collections are posted
    /// to, only one object is changed or deleted, and functions are called with GET, actions with POST.
    ///
    /// ```
    /// use graphwalk_catalog::{ApiPath, Catalog, Method};
    ///
    /// let path = ApiPath::parse("/v1.0/me").unwrap();
    /// assert!(Catalog::v1().call(Method::Patch, &path).is_err());
    /// assert!(Catalog::v1().call_by_metadata(Method::Patch, &path).is_ok());
    /// assert!(Catalog::v1().call_by_metadata(Method::Post, &path).is_err());
    /// ```
    pub fn call_by_metadata(self, method: Method, path: &ApiPath) -> Result<CatalogCall, NoCall> {
        let resolved = self.resolve(path).map_err(NoCall::Path)?;
        let suiting = suiting_methods(&resolved);
        if !suiting.contains(&method) {
            return Err(NoCall::Method(suiting));
        }
        let (version, resolved_in) = (path.version(), self.version());
        Ok(CatalogCall { method, version, resolved: Some(resolved), access: None, resolved_in })
    }

    /// Returns whether a path ends in what is a key by the metadata, but a word that is called with POST by the
    /// permissions list: an action that v1.0 lacks, such as `/users/validatePassword`.
    fn is_action_of_beta(self, path: &ApiPath, resolved: &Resolved, listed: &[Method]) -> bool {
        let is_word = || self.listed_words(path).is_some_and(|words| words.last() == Some(&true));
        matches!(resolved.places().last(), Some(PathPlace::Key(_))) && listed.contains(&Method::Post) && is_word()
    }

    /// The methods of a path, as [`Catalog::call`] knows them; none if there is no such path.
    pub fn methods(self, path: &ApiPath) -> Vec<Method> {
        Method::ALL.into_iter().filter(|method| self.call(*method, path).is_ok()).collect()
    }

    /// Returns whether a call that is sent twice does what it does once, so that it can be sent again when its answer
    /// is lost.
    ///
    /// GET, PUT and DELETE are; of PATCH and POST those of which the overlay says so. A call that is not known is judged by
    /// its method.
    pub fn is_idempotent(self, method: &str, path: &ApiPath) -> bool {
        let resolved = || self.resolve(path).ok();
        match method.to_ascii_uppercase().as_str() {
            "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" => true,
            "PATCH" => {
                let target = resolved().and_then(|resolved| resolved.target()).filter(|target| !target.is_many());
                target.and_then(TypeRef::named).is_some_and(Type::is_patch_repeatable)
            }
            "POST" => resolved().and_then(|resolved| operation(&resolved)).is_some_and(reads),
            _ => false,
        }
    }
}

impl CatalogCall {
    /// Its method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Returns what its path names; nothing if the permissions list has it and the metadata does not.
    pub fn resolved(&self) -> Option<&Resolved> {
        self.resolved.as_ref()
    }

    /// Returns which permissions let it pass; nothing if the permissions list does not have it.
    pub fn access(&self) -> Option<Access> {
        self.access
    }

    /// Returns whether the permissions list has it.
    pub fn is_listed(&self) -> bool {
        self.access.is_some()
    }

    /// The action or function that it calls.
    pub fn operation(&self) -> Option<BoundOperation> {
        self.resolved.as_ref().and_then(operation)
    }

    /// Returns whether a signed-in user is needed, whatever an app is granted: what is answered depends on who it is.
    pub fn needs_user(&self) -> bool {
        let begins_with_me =
            |resolved: &Resolved| matches!(resolved.places().first(), Some(PathPlace::Step(root)) if root.name == "me");
        self.resolved.as_ref().is_some_and(begins_with_me)
            || self.operation().is_some_and(BoundOperation::is_of_current_user)
    }

    /// The type of what it creates: a POST to a collection of objects does. What an action creates is not known.
    pub fn creates(&self) -> Option<Type> {
        let resolved = self.resolved.as_ref()?;
        let creates = self.method == Method::Post && self.operation().is_none();
        let ty = resolved.target().filter(|target| creates && target.is_many())?.named()?;
        (ty.kind() == TypeKind::Entity).then_some(ty)
    }

    /// Returns what is sent.
    pub fn request(&self) -> Payload {
        let Some((resolved, last)) = self.resolved_end() else { return Payload::Unknown };
        match (self.method, last) {
            (Method::Get | Method::Delete, _) => Payload::Nothing,
            (Method::Post, PathPlace::Operation(_) | PathPlace::Call(_)) => match self.operation() {
                Some(operation) if operation.parameters().next().is_some() => Payload::Parameters(operation),
                _ => Payload::Nothing,
            },
            (_, PathPlace::Reference) => Payload::Reference { many: false },
            (_, PathPlace::Value) => Payload::Raw,
            (_, PathPlace::Property(_)) if is_stream(resolved) => Payload::Raw,
            (_, PathPlace::Property(_)) => resolved.target().map_or(Payload::Unknown, property),
            _ => resolved.target().map_or(Payload::Unknown, |target| Payload::Of(target.item())),
        }
    }

    /// Returns what a success is answered with. Where Graph may answer with nothing instead (PATCH, PUT), what it
    /// answers if it does answer with something.
    pub fn response(&self) -> Payload {
        let Some((resolved, last)) = self.resolved_end() else { return Payload::Unknown };
        match (self.method, last) {
            (Method::Delete, _) => Payload::Nothing,
            (_, PathPlace::Operation(_) | PathPlace::Call(_)) => match (self.operation(), resolved.target()) {
                (Some(operation), Some(target)) if operation.is_delta() => Payload::Delta(target),
                (_, Some(target)) if target.name() == "Edm.Stream" => Payload::Raw,
                (_, Some(target)) => Payload::Of(target),
                _ => Payload::Nothing,
            },
            (Method::Get, PathPlace::Reference) => Payload::Reference { many: refers_to_many(resolved) },
            (Method::Get, PathPlace::Count) => Payload::Count,
            (Method::Get, PathPlace::Value) => Payload::Raw,
            (Method::Get, PathPlace::Property(_)) if is_stream(resolved) => Payload::Raw,
            (_, PathPlace::Reference | PathPlace::Value | PathPlace::Count) => Payload::Nothing,
            (_, PathPlace::Property(_)) => resolved.target().map_or(Payload::Unknown, property),
            (Method::Get, _) => resolved.target().map_or(Payload::Unknown, Payload::Of),
            _ => resolved.target().map_or(Payload::Unknown, |target| Payload::Of(target.item())),
        }
    }

    /// Returns what is known by the metadata. Neither version is judged by that of the other.
    fn resolved_end(&self) -> Option<(&Resolved, &PathPlace)> {
        let resolved =
            self.resolved.as_ref().filter(|_| self.version.is_none_or(|version| version == self.resolved_in))?;
        Some((resolved, resolved.places().last()?))
    }
}

/// The methods of a path that the metadata has, by those that the permissions list has for it or for what it is a view of.
fn methods_of(resolved: &Resolved, mut listed: Vec<Method>) -> Vec<Method> {
    let implied = implied_methods(resolved);
    match resolved.places().last() {
        Some(PathPlace::Operation(_) | PathPlace::Call(_)) => {
            listed.extend(implied);
            listed.sort();
            listed.dedup();
        }
        // The list mostly says what can be done with the reference, the bytes or the number at the path without the word.
        Some(PathPlace::Reference | PathPlace::Value | PathPlace::Count) => {
            listed.retain(|method| implied.contains(method))
        }
        _ => {}
    }
    if listed.is_empty() { implied_methods(resolved) } else { listed }
}

/// The methods that the end of a path allows, whatever lies before it.
fn suiting_methods(resolved: &Resolved) -> Vec<Method> {
    use Method::{Delete, Get, Patch, Post, Put};
    match resolved.places().last() {
        Some(PathPlace::Operation(_) | PathPlace::Call(_) | PathPlace::Count) => implied_methods(resolved),
        Some(PathPlace::Reference) => vec![Get, Post, Put, Delete],
        Some(PathPlace::Value) => vec![Get, Put, Delete],
        _ if resolved.target().is_some_and(TypeRef::is_many) => vec![Get, Post],
        _ => vec![Get, Patch, Put, Delete],
    }
}

/// The methods that suit what a path leads to.
fn implied_methods(resolved: &Resolved) -> Vec<Method> {
    use Method::{Delete, Get, Patch, Post, Put};
    let is_many = resolved.target().is_some_and(TypeRef::is_many);
    let contains = resolved.places().iter().rev().find_map(|place| match place {
        PathPlace::Step(step) => Some(step.contains_target),
        _ => None,
    });
    match resolved.places() {
        [.., PathPlace::Operation(_) | PathPlace::Call(_)] => {
            vec![if operation(resolved).is_some_and(BoundOperation::is_function) { Get } else { Post }]
        }
        [.., PathPlace::Count] => vec![Get],
        [.., PathPlace::Reference] if refers_to_many(resolved) => vec![Get, Post, Delete],
        [.., PathPlace::Key(_), PathPlace::Reference] => vec![Delete],
        [.., PathPlace::Reference] => vec![Get, Put, Delete],
        [.., PathPlace::Value] => vec![Get, Put, Delete],
        [.., PathPlace::Property(_)] if is_stream(resolved) => vec![Get, Put, Delete],
        [.., PathPlace::Property(_)] => vec![Get],
        [PathPlace::Step(_)] if !is_many => vec![Get, Patch],
        [.., PathPlace::Step(_) | PathPlace::Cast(_)] if is_many && contains == Some(true) => vec![Get, Post],
        [.., PathPlace::Step(_)] if contains == Some(false) => vec![Get],
        _ if is_many => vec![Get],
        _ => vec![Get, Patch, Put, Delete],
    }
}

fn operation(resolved: &Resolved) -> Option<BoundOperation> {
    match resolved.places().last()? {
        PathPlace::Operation(operation) => Some(operation.bound),
        PathPlace::Call(operation) => Some(*operation),
        _ => None,
    }
}

fn reads(operation: BoundOperation) -> bool {
    operation.is_function() || operation.effect() == Some(Effect::Reads)
}

fn is_stream(resolved: &Resolved) -> bool {
    resolved.target().is_some_and(|target| target.name() == "Edm.Stream")
}

/// A complex value is written as an object, others are wrapped in one.
fn property(target: TypeRef) -> Payload {
    let is_object = !target.is_many() && target.named().is_some_and(|ty| ty.kind() == TypeKind::Complex);
    if is_object { Payload::Of(target) } else { Payload::Property(target) }
}

/// Returns whether the `$ref` at the end of a path is of a collection, of which no object is named.
fn refers_to_many(resolved: &Resolved) -> bool {
    let before = resolved.places().len().checked_sub(2);
    before.and_then(|index| resolved.reached(index)).is_some_and(TypeRef::is_many)
}

/// The reason as a sentence without a full stop.
impl fmt::Display for NoCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => write!(f, "Graph has no such path: {error}"),
            Self::Method(methods) => {
                let names: Vec<_> = methods.iter().map(|method| method.name()).collect();
                write!(f, "Graph has no such method for this path: expected {}", names.join(" or "))
            }
        }
    }
}

impl std::error::Error for NoCall {}

/// Returns where a PATCH of an object adds references, below its path, if it does nothing else, by the names in its body. Who may
/// POST there may send it (Graph reference, "Add members": example 2, under the permissions of `POST /groups/{id}/members/$ref`).
///
/// ```
/// use graphwalk_catalog::added_references;
///
/// assert_eq!(added_references(["members@odata.bind"]), Some(vec!["members/$ref".to_owned()]));
/// assert_eq!(added_references(["members@odata.bind", "displayName"]), None);
/// assert_eq!(added_references([]), None);
/// ```
pub fn added_references<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<String>> {
    let added = names.into_iter().map(|name| Some(format!("{}/$ref", name.strip_suffix("@odata.bind")?)));
    added.collect::<Option<Vec<_>>>().filter(|added| !added.is_empty())
}
