//! A call of Graph that a tutorial makes, and what the catalog knows of it.

use graphwalk_catalog::{ApiPath, Catalog, Method, Scheme, SegmentOwner, Version};

use super::overlay::{DoctorOverlay, Licence, RestrictedType};

/// A call of Graph that a tutorial makes.
#[derive(Clone, Debug)]
pub struct NeededCall {
    /// The method, upper case.
    pub method: String,
    /// The path with `{id}` for whatever is the tenant's; without the version, unless only beta has it.
    pub path: String,
    /// The catalog's call. The permissions list, which it comes from, makes no difference between v1.0 and beta.
    known: Option<graphwalk_catalog::CatalogCall>,
}

impl NeededCall {
    /// The call of this method to a path that begins with its version.
    pub fn new(method: &str, path: &str) -> Self {
        let parsed = ApiPath::parse(path).ok();
        let call = |path: &ApiPath| Catalog::of_path(path).call(method.parse::<Method>().ok()?, path).ok();
        let known = parsed.as_ref().and_then(call).filter(graphwalk_catalog::CatalogCall::is_listed);
        let shown = parsed.as_ref().map_or_else(|| path.to_owned(), |path| pattern(path, known.is_some()));
        Self { method: method.to_owned(), path: shown, known }
    }

    /// Returns whether it is the same call, whatever the ids.
    pub fn is_same(&self, other: &Self) -> bool {
        self.method == other.method && self.path.eq_ignore_ascii_case(&other.path)
    }

    /// Returns whether the permissions list has it, so that the permissions are known.
    pub fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// The permissions that are enough each, the least privileged first; none if the call is not possible in this scheme, or
    /// not known. Left out are those for the caller's own user alone, for a tutorial's steps are about others, and those that
    /// are nothing without another.
    pub fn permissions(&self, scheme: Scheme) -> Vec<&'static str> {
        let Some(call) = &self.known else { return Vec::new() };
        if scheme == Scheme::Application && call.needs_user() {
            return Vec::new();
        }
        let grants = call.access().into_iter().flat_map(|access| access.grants(scheme));
        let alone = grants.filter(|grant| !grant.is_for_own_user() && grant.also_requires().is_empty());
        alone.map(|grant| grant.permission()).collect()
    }

    /// Returns whether an app by itself can make use of it; of a call that is not known nothing speaks against it.
    pub fn serves_apps(&self) -> bool {
        !self.is_known() || !self.permissions(Scheme::Application).is_empty()
    }

    /// The name of the type that it creates.
    pub fn creates(&self) -> Option<&'static str> {
        self.known.as_ref()?.creates().map(|ty| ty.name())
    }

    /// Returns the change for which a directory role is needed.
    pub(super) fn change(&self) -> Option<&'static RestrictedType> {
        let call = self.known.as_ref().filter(|call| call.method() != Method::Get)?;
        let of_type = |name: &str| DoctorOverlay::shared().changes.iter().find(|change| change.type_name == name);
        match self.creates().and_then(of_type) {
            Some(created) => Some(created).filter(|change| !change.free_to_create),
            None => call.resolved()?.objects().iter().find_map(|object| of_type(object.ty.name())),
        }
    }

    /// The licence that it needs.
    pub(super) fn licence(&self) -> Option<&'static Licence> {
        let is_under = |licence: &&Licence| {
            let rest = self.path.get(..licence.under.len()).filter(|start| start.eq_ignore_ascii_case(&licence.under));
            rest.is_some_and(|start| matches!(self.path[start.len()..].chars().next(), None | Some('/')))
        };
        DoctorOverlay::shared().licences.iter().find(is_under)
    }

    /// As people write it: `PATCH …/decisions/{id}`. What stands before the second id is shown by what follows it.
    pub fn describe(&self) -> String {
        let ids: Vec<usize> = self.path.match_indices(ID).map(|(at, _)| at + ID.len()).collect();
        match ids.get(1).map(|end| &self.path[*end..]) {
            Some(rest) if !rest.is_empty() => format!("{} …{rest}", self.method),
            _ => format!("{} {}", self.method, self.path),
        }
    }
}

/// The placeholder of an id.
const ID: &str = "{id}";

/// A path without what is the tenant's.
fn pattern(path: &ApiPath, is_known: bool) -> String {
    let owners = Catalog::v1().segment_owners(path);
    let mut pattern = match path.version() {
        Some(Version::Beta) if !is_known => "/beta".to_owned(),
        _ => String::new(),
    };
    for (segment, owner) in path.segments().iter().zip(owners) {
        pattern.push('/');
        let is_word = owner == SegmentOwner::Graph || owner == SegmentOwner::Unknown && is_a_word(segment.name());
        pattern.push_str(if is_word { segment.name() } else { ID });
        if segment.key().is_some() && is_word {
            pattern.push('/');
            pattern.push_str(ID);
        }
    }
    pattern
}

/// Returns whether a segment that the catalog does not know looks like a word of an API, not like an id or a name in
/// braces.
fn is_a_word(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'$' | b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_ids() {
        for (path, pattern, shown) in [
            ("/v1.0/users/1", "/users/{id}", "GET /users/{id}"),
            ("/v1.0/users('1')/manager", "/users/{id}/manager", "GET /users/{id}/manager"),
            ("/v1.0/groups/{group}/members?$top=5", "/groups/{id}/members", "GET /groups/{id}/members"),
            (
                "/v1.0/identityGovernance/accessReviews/definitions/1/instances/1/decisions/filterByCurrentUser(on='reviewer')",
                "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions/filterByCurrentUser",
                "GET …/decisions/filterByCurrentUser",
            ),
            ("/beta/groups/{group}", "/groups/{id}", "GET /groups/{id}"),
            ("/beta/somethingNew/{it}", "/beta/somethingNew/{id}", "GET /beta/somethingNew/{id}"),
        ] {
            let call = NeededCall::new("GET", path);
            assert_eq!((call.path.as_str(), call.describe().as_str()), (pattern, shown));
        }
    }

    #[test]
    fn a_call_that_the_catalog_lacks_has_no_needs() {
        for path in ["/beta/somethingNew/1", "/v1.0/somethingNew", "no path"] {
            let call = NeededCall::new("GET", path);
            assert!(!call.is_known() && call.serves_apps(), "{path}");
            assert!(call.permissions(Scheme::DelegatedWork).is_empty(), "{path}");
        }
    }

    #[test]
    fn a_change_names_the_created_object_or_its_owner() {
        let word = |method, path| NeededCall::new(method, path).change().map(|change| change.word.as_str());
        assert_eq!(word("POST", "/v1.0/users"), Some("users"));
        assert_eq!(word("POST", "/v1.0/groups"), None, "everybody may");
        assert_eq!(word("PATCH", "/v1.0/groups/1"), Some("groups"));
        let review = "/v1.0/identityGovernance/accessReviews/definitions";
        assert_eq!(word("POST", review), Some("reviews"));
        let decision = format!("{review}/1/instances/1/decisions/2");
        assert_eq!(word("PATCH", &decision), Some("reviews"));
        assert_eq!(word("GET", review), None);
        assert!(NeededCall::new("GET", review).licence().is_some());
        assert!(NeededCall::new("GET", "/v1.0/identityGovernance/accessReviewsOfOthers").licence().is_none());
    }
}
