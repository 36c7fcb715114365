//! The scope of a definition: which resources are reviewed, and which of the principals that have access to them.

use graphwalk_catalog::{ApiPath, Version, roles};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::group::Group;
use crate::areas::directory::user::User;
use crate::areas::directory::{Directory, ObjectRef};
use crate::http::{Refusal, bad_request, not_modelled};
use crate::odata::filter::Filter;

use super::resource::ReviewedResource;
use super::settings::{days, versioned, words};

/// The scope of a review: principals, and the resources that they have access to.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewScope {
    /// To what.
    pub resources: ReviewedResources,
    /// The principals whose access is reviewed.
    pub principals: Principals,
}

/// The resources to which access is reviewed.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewedResources {
    /// The one thing that the scope names.
    One(ReviewedResource),
    /// Each group that `instanceEnumerationScope` finds, with an instance each.
    EachGroup(Enumeration),
}

/// The groups that `instanceEnumerationScope` finds, each time again.
#[derive(Clone, Debug, PartialEq)]
pub enum Enumeration {
    /// `/groups/{id}`
    Group(Uuid),
    /// `/groups?$filter=…`
    Filtered(Filter),
}

/// The principals with access that are reviewed.
#[derive(Clone, Debug, PartialEq)]
pub struct Principals {
    /// Also those who have access through nested groups.
    pub transitive: bool,
    /// Whoever is one of these.
    kinds: Vec<PrincipalKind>,
}

/// A kind of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PrincipalKind {
    Users {
        guests_only: bool,
        inactive_days: Option<i32>,
    },
    Groups,
    /// This user or group.
    Principal(Uuid),
}

impl ReviewScope {
    /// Reads `scope` and `instanceEnumerationScope` of a definition.
    ///
    /// # Errors
    ///
    /// 400 that lists the supported forms, or for a group that does not exist; 501 for scopes that Graph knows and this
    /// emulator does not model.
    pub fn parse(scope: &Value, enumeration: Option<&Value>, directory: &Directory) -> Result<Self, Refusal> {
        if is_of_memberships(scope) {
            return Self::of_memberships(scope);
        }
        if scope.get("queryType").and_then(Value::as_str).is_some_and(|kind| kind != "MicrosoftGraph") {
            return Err(not_modelled("a scope whose queryType is not MicrosoftGraph"));
        }
        let query = query_of(scope);
        let path = ApiPath::parse_reference(query);
        let segments = words(&path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (start, transitive, users_only) = match segments.as_slice() {
            [start @ .., "transitivemembers"] => (start, true, true),
            [start @ .., "transitivemembers", "microsoft.graph.user"] => (start, true, true),
            [start @ .., "members"] => (start, false, false),
            [start @ .., "members", "microsoft.graph.user"] => (start, false, true),
            ["rolemanagement", "directory", "roledefinitions", _] => {
                let kind =
                    PrincipalKind::Users { guests_only: false, inactive_days: days(scope.get("inactiveDuration"))? };
                let resources = ReviewedResources::One(role_in(query)?);
                return Ok(Self { resources, principals: Principals { transitive: false, kinds: vec![kind] } });
            }
            ["groups" | "users"] | ["rolemanagement" | "identitygovernance", ..] => {
                return Err(not_modelled(&format!("the scope '{query}'")));
            }
            _ => return Err(unsupported(query)),
        };
        let guests_only = guests_only(&path).ok_or_else(|| unsupported(query))?;
        let inactive_days = days(scope.get("inactiveDuration"))?;
        let mut kinds = vec![PrincipalKind::Users { guests_only, inactive_days }];
        if !(users_only || guests_only || inactive_days.is_some()) {
            kinds.push(PrincipalKind::Groups);
        }
        let resources = match start {
            ["groups", id] => ReviewedResources::One(one_group(id, query, enumeration, directory)?),
            ["."] if transitive => return Err(not_modelled(&format!("the scope '{query}'"))),
            ["."] => ReviewedResources::EachGroup(Enumeration::parse(enumeration)?),
            _ => return Err(unsupported(query)),
        };
        Ok(Self { resources, principals: Principals { transitive, kinds } })
    }

    /// Stands for the scope of a planted review that is not modelled: nobody has access to it.
    pub(super) fn of_nobody() -> Self {
        let resources = ReviewedResources::One(ReviewedResource::Group(Uuid::nil()));
        Self { resources, principals: Principals { transitive: false, kinds: Vec::new() } }
    }

    /// Reads a `principalResourceMembershipsScope`: some principals, and the one role that is reviewed.
    fn of_memberships(scope: &Value) -> Result<Self, Refusal> {
        let all = |name: &str| scope.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let kinds = all("principalScopes").iter().map(PrincipalKind::parse).collect::<Result<Vec<_>, _>>()?;
        if kinds.is_empty() {
            return Err(bad_request("principalScopes is required, and says whose access is reviewed."));
        }
        let role = match all("resourceScopes") {
            [one] => role_in(query_of(one))?,
            [] => return Err(bad_request("resourceScopes is required, and says to what access is reviewed.")),
            _ => return Err(not_modelled("a scope of several resources")),
        };
        Ok(Self { resources: ReviewedResources::One(role), principals: Principals { transitive: false, kinds } })
    }

    /// The resources that have an instance each when an occurrence begins at `now`: of an enumeration those groups with
    /// somebody in scope.
    pub(super) fn resources_at(&self, directory: &Directory, now: Timestamp) -> Vec<ReviewedResource> {
        match &self.resources {
            ReviewedResources::One(resource) => vec![*resource],
            ReviewedResources::EachGroup(enumeration) => {
                let found = directory.groups().values().filter(|group| enumeration.finds(group));
                let found = found.map(|group| ReviewedResource::Group(group.id));
                found.filter(|group| !self.principals.of_resource(*group, directory, now).is_empty()).collect()
            }
        }
    }
}

impl Enumeration {
    fn parse(enumeration: Option<&Value>) -> Result<Self, Refusal> {
        let enumeration = enumeration.ok_or_else(|| {
            bad_request("instanceEnumerationScope is required: the scope './members' says which members of a group are reviewed, and not of which groups.")
        })?;
        let query = query_of(enumeration);
        let path = ApiPath::parse_reference(query);
        let segments = words(&path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let unknown = || not_modelled(&format!("the instanceEnumerationScope '{query}'"));
        match segments.as_slice() {
            ["groups", id] => id.parse().map(Self::Group).map_err(|_| unsupported(query)),
            ["groups"] => {
                let mut filter = None;
                for (name, value) in options(&path) {
                    match name.as_str() {
                        "$filter" => filter = Some(Filter::parse(&value)?),
                        "$count" | "" => {}
                        _ => return Err(unknown()),
                    }
                }
                filter.map(Self::Filtered).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }

    /// Returns whether it finds a group. Only Microsoft 365 groups are enumerated; dynamic ones and those that roles can be
    /// assigned to are left out (scope concept, examples 4 to 6).
    fn finds(&self, group: &Group) -> bool {
        let eligible = group.is_unified() && !group.is_dynamic() && !group.is_assignable_to_role();
        eligible
            && match self {
                Self::Group(id) => group.id == *id,
                Self::Filtered(filter) => filter.fits(&group.whole()).unwrap_or(false),
            }
    }
}

impl PrincipalKind {
    /// Reads one of `principalScopes`.
    fn parse(scope: &Value) -> Result<Self, Refusal> {
        let query = query_of(scope);
        let path = ApiPath::parse_reference(query);
        let segments = words(&path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let unsupported = || {
            bad_request(format!(
                "The query '{query}' of principalScopes is not supported. Supported queries are: /users, \
                 /users?$filter=(userType eq 'Guest'), /groups, /users/{{id}} and /groups/{{id}}."
            ))
        };
        let (guests_only, inactive_days) =
            (guests_only(&path).ok_or_else(unsupported)?, days(scope.get("inactiveDuration"))?);
        match segments.as_slice() {
            ["users"] => Ok(Self::Users { guests_only, inactive_days }),
            _ if guests_only || inactive_days.is_some() => Err(unsupported()),
            ["groups"] => Ok(Self::Groups),
            ["users" | "groups", id] => id.parse().map(Self::Principal).map_err(|_| unsupported()),
            ["serviceprincipals", ..] => Err(not_modelled("reviews of service principals")),
            _ => Err(unsupported()),
        }
    }

    fn includes(self, object: ObjectRef<'_>, now: Timestamp) -> bool {
        match (self, object) {
            (Self::Users { guests_only, inactive_days }, ObjectRef::User(user)) => {
                (!guests_only || user.is_guest()) && inactive_days.is_none_or(|days| !signed_in_within(user, days, now))
            }
            (Self::Groups, ObjectRef::Group(_)) => true,
            (Self::Principal(id), ObjectRef::User(user)) => user.id == id,
            (Self::Principal(id), ObjectRef::Group(group)) => group.id == id,
            (Self::Users { .. }, ObjectRef::Group(_)) | (Self::Groups, ObjectRef::User(_)) => false,
        }
    }
}

impl Principals {
    /// The principals in scope that have access to a resource, each once.
    pub(super) fn of_resource(&self, resource: ReviewedResource, directory: &Directory, now: Timestamp) -> Vec<Uuid> {
        let mut holders = resource.holders(directory, self.transitive);
        holders.retain(|id| directory.object(*id).is_some_and(|object| self.include(object, now)));
        holders
    }

    fn include(&self, object: ObjectRef<'_>, now: Timestamp) -> bool {
        self.kinds.iter().any(|kind| kind.includes(object, now))
    }
}

/// Returns whether a user signed in within so many days before `now`.
pub(super) fn signed_in_within(user: &User, days: i32, now: Timestamp) -> bool {
    let span = SignedDuration::from_hours(i64::from(days) * 24);
    user.last_sign_in.is_some_and(|time| now.duration_since(time) <= span)
}

/// Returns whether a scope is a `principalResourceMembershipsScope`.
fn is_of_memberships(scope: &Value) -> bool {
    let kind = scope.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with(".principalResourceMembershipsScope")
}

/// Returns whether a scope, read or not yet, is about a directory role: others may review that than may review groups.
pub(super) fn is_about_roles(scope: &Value) -> bool {
    let about_roles = |scope: &Value| {
        let path = ApiPath::parse_reference(query_of(scope));
        path.segments().first().is_some_and(|first| first.is("roleManagement"))
    };
    let resources = scope.get("resourceScopes").and_then(Value::as_array).into_iter().flatten();
    about_roles(scope) || resources.into_iter().any(about_roles)
}

/// The scope as the service gives it back: with the version, the cast to users and `queryRoot`.
pub fn rewritten(scope: &Value) -> Value {
    if is_of_memberships(scope) {
        return of_memberships(scope, rewritten);
    }
    let Some(query) = scope.get("query").and_then(Value::as_str) else { return scope.clone() };
    let path = ApiPath::parse_reference(query);
    // Role definitions come back with beta (the roles tutorial).
    let version = if is_about_roles(scope) { Version::Beta } else { Version::V1 };
    let mut query = versioned(query, version);
    if path.query().is_none() && path.segments().last().is_some_and(|last| last.is("transitiveMembers")) {
        query.push_str("/microsoft.graph.user");
    }
    let mut shown = typed(scope);
    shown["query"] = Value::from(query);
    shown
}

/// The scope as it is given back right after the definition was created: one of groups is empty then, one of principals and
/// resources is as it was sent (the pages).
pub(super) fn when_created(scope: &Value) -> Value {
    if is_of_memberships(scope) { of_memberships(scope, typed) } else { json!({}) }
}

fn of_memberships(scope: &Value, shown: impl Fn(&Value) -> Value) -> Value {
    let all =
        |name: &str| scope.get(name).and_then(Value::as_array).into_iter().flatten().map(&shown).collect::<Value>();
    json!({
        "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
        "principalScopes": all("principalScopes"),
        "resourceScopes": all("resourceScopes"),
    })
}

/// A query scope with the properties that are told though they were not sent.
fn typed(scope: &Value) -> Value {
    let kind = scope.get("@odata.type").cloned().unwrap_or_else(|| json!("#microsoft.graph.accessReviewQueryScope"));
    let query = scope.get("query").cloned().unwrap_or_default();
    let queried = scope.get("queryType").cloned().unwrap_or_else(|| json!("MicrosoftGraph"));
    let root = scope.get("queryRoot").cloned().unwrap_or_default();
    let mut shown = json!({"@odata.type": kind, "query": query, "queryType": queried, "queryRoot": root});
    if let Some(duration) = scope.get("inactiveDuration") {
        shown["inactiveDuration"] = duration.clone();
    }
    shown
}

/// The scope of the instance about one of the enumerated resources: what was sent as `./members…` names its group.
pub(super) fn of_instance(sent: Value, resource: ReviewedResource) -> Value {
    let rest = sent.get("query").and_then(Value::as_str).and_then(|query| query.strip_prefix("./"));
    match (rest.map(|rest| format!("/groups/{}/{rest}", resource.id())), sent) {
        (Some(query), Value::Object(sent)) => {
            let mut named: Map<String, Value> = sent;
            named.insert("query".to_owned(), Value::from(query));
            Value::Object(named)
        }
        (_, sent) => sent,
    }
}

/// The group that a scope names; `instanceEnumerationScope` may name it once more.
fn one_group(
    id: &str,
    query: &str,
    enumeration: Option<&Value>,
    directory: &Directory,
) -> Result<ReviewedResource, Refusal> {
    let id: Uuid = id.parse().map_err(|_| unsupported(query))?;
    if !directory.groups().contains_key(&id) {
        return Err(bad_request(format!("The scope names the group '{id}', which does not exist.")));
    }
    if let Some(enumeration) = enumeration {
        let query = query_of(enumeration);
        if words(&ApiPath::parse_reference(query)).last().and_then(|id| id.parse().ok()) != Some(id) {
            return Err(not_modelled(&format!("the instanceEnumerationScope '{query}' with a scope of one group")));
        }
    }
    Ok(ReviewedResource::Group(id))
}

/// The role that a query names.
fn role_in(query: &str) -> Result<ReviewedResource, Refusal> {
    let segments = words(&ApiPath::parse_reference(query));
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["rolemanagement", "directory", "roledefinitions", id] => {
            let role = id.parse().ok().filter(|role| roles::name_of(*role).is_some());
            role.map(ReviewedResource::Role)
                .ok_or_else(|| bad_request(format!("The scope names the role '{id}', which does not exist.")))
        }
        ["rolemanagement" | "groups" | "serviceprincipals" | "teams", ..] => {
            Err(not_modelled(&format!("the resource scope '{query}'")))
        }
        _ => Err(bad_request(format!(
            "The query '{query}' of resourceScopes is not supported: use /roleManagement/directory/roleDefinitions/{{id}}."
        ))),
    }
}

fn query_of(scope: &Value) -> &str {
    scope.get("query").and_then(Value::as_str).unwrap_or_default()
}

/// The options of a query, decoded; names in lower case.
fn options(path: &ApiPath) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().trim().to_owned()
    };
    let options = path.query().into_iter().flat_map(|options| options.split('&'));
    options
        .map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            (decoded(name).to_lowercase(), decoded(value))
        })
        .collect()
}

/// Returns whether the options of a query keep guests only; nothing if they say anything else. `$count` is sent along with
/// it.
fn guests_only(path: &ApiPath) -> Option<bool> {
    let mut guests = false;
    for (name, value) in options(path) {
        match (name.as_str(), value.replace(['(', ')', ' '], "").to_lowercase().as_str()) {
            ("$count", "true") | ("", "") => {}
            ("$filter", "usertypeeq'guest'") => guests = true,
            _ => return None,
        }
    }
    Some(guests)
}

fn unsupported(query: &str) -> Refusal {
    // Documented, and not reviewed here (pages "Configure the scope of your access review definition", "Assign reviewers").
    const ELSEWHERE: [&str; 4] = ["serviceprincipals", "teams", "rolemanagement", "identitygovernance"];
    if words(&ApiPath::parse_reference(query)).first().is_some_and(|first| ELSEWHERE.contains(&first.as_str())) {
        return not_modelled(&format!("the scope '{query}'"));
    }
    bad_request(format!(
        "The scope query '{query}' is not supported. Supported queries are: /groups/{{id}}/transitiveMembers, \
         /groups/{{id}}/transitiveMembers/microsoft.graph.user, /groups/{{id}}/members, and with instanceEnumerationScope \
         ./members/microsoft.graph.user, each optionally with ?$filter=(userType eq 'Guest')."
    ))
}

#[cfg(test)]
mod tests;
