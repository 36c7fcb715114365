//! Which types a request and its answer have, by method and path.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::csdl::{Model, TypeRef};
use super::overlay::Overlay;

/// What is sent and what comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The type of the request's body, if it has one that is known.
    pub request: Option<String>,
    /// What a success is answered with.
    pub response: Shape,
}

/// The shape of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No body.
    NoContent,
    /// One object of a type.
    One(String),
    /// A list of objects of a type.
    Many(String),
}

/// Where paths lead: the part of the metadata that is about navigation. A name in brackets, `[user]`, is a list.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OperationTable {
    sets: BTreeMap<String, String>,
    types: BTreeMap<String, Ways>,
    collections: BTreeMap<String, Ways>,
}

/// Where a path can go on from a type, or from a list of it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ways {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    navigation: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    functions: BTreeMap<String, String>,
    /// Actions and what they answer; nothing is an empty name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<String, String>,
}

/// The place that a path has come to.
#[derive(Clone, Debug)]
enum Place {
    Type { name: String, many: bool },
    Action { answers: Option<(String, bool)> },
    Reference,
}

impl OperationTable {
    /// The table of the overlay's types.
    pub fn of(model: &Model, overlay: &Overlay) -> Self {
        let mut names: Vec<&String> = overlay.generate.roots.iter().chain(&overlay.generate.paths).collect();
        names.sort();
        let known = |ty: &TypeRef| names.contains(&&ty.name);
        let sets =
            model.sets.iter().filter(|(_, ty)| known(ty)).map(|(name, ty)| (name.clone(), written(ty))).collect();
        let mut table = Self { sets, ..Self::default() };
        for name in &names {
            let mut ways = Ways::default();
            for (ancestor, structured) in model.lineage(name) {
                let navigation = structured.navigation.iter().filter(|(_, ty)| known(ty));
                ways.navigation.extend(navigation.map(|(way, ty)| (way.clone(), written(ty))));
                ways.add_bound(model, ancestor, false);
            }
            let mut of_list = Ways::default();
            of_list.add_bound(model, name, true);
            table.types.insert((*name).clone(), ways);
            if !(of_list.functions.is_empty() && of_list.actions.is_empty()) {
                table.collections.insert((*name).clone(), of_list);
            }
        }
        table
    }

    /// The types of a request and its answer; nothing if the table does not lead there.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        match (method, self.place(path)?) {
            ("POST" | "DELETE" | "PUT", Place::Reference) => {
                Some(Operation { request: None, response: Shape::NoContent })
            }
            ("POST", Place::Action { answers }) => {
                let response = answers.map_or(Shape::NoContent, |(name, many)| shape(name, many));
                Some(Operation { request: None, response })
            }
            ("GET", Place::Type { name, many }) => Some(Operation { request: None, response: shape(name, many) }),
            ("POST", Place::Type { name, many: true }) | ("PATCH" | "PUT", Place::Type { name, many: false }) => {
                Some(Operation { request: Some(name.clone()), response: Shape::One(name) })
            }
            ("DELETE", Place::Type { many: false, .. }) => {
                Some(Operation { request: None, response: Shape::NoContent })
            }
            _ => None,
        }
    }

    fn place(&self, path: &str) -> Option<Place> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let mut segments = decoded.split('/').filter(|segment| !segment.is_empty());
        let version = segments.next()?;
        if !["v1.0", "beta"].iter().any(|known| version.eq_ignore_ascii_case(known)) {
            return None;
        }
        let (set, key) = name_and_key(segments.next()?);
        let mut place = read(lookup(&self.sets, set)?);
        if key.is_some() {
            place = one_of(place)?;
        }
        for segment in segments {
            place = self.step(place, segment)?;
        }
        Some(place)
    }

    fn step(&self, place: Place, segment: &str) -> Option<Place> {
        let Place::Type { name, many } = place else { return None };
        if segment.eq_ignore_ascii_case("$ref") {
            return Some(Place::Reference);
        }
        if segment.starts_with('$') {
            return None;
        }
        let (bare, key) = name_and_key(segment);
        let unqualified = bare.rsplit('.').next().unwrap_or(bare);
        let ways = if many { &self.collections } else { &self.types };
        if let Some(ways) = ways.get(&name) {
            if let Some(answers) = lookup(&ways.functions, unqualified) {
                return Some(read(answers));
            }
            if let Some(answers) = lookup(&ways.actions, unqualified) {
                return Some(Place::Action { answers: Some(answers).filter(|a| !a.is_empty()).map(name_and_many) });
            }
            if !many && let Some(target) = lookup(&ways.navigation, bare) {
                let target = read(target);
                return if key.is_some() { one_of(target) } else { Some(target) };
            }
        }
        // A dot tells a cast from a key; GUIDs and user principal names are keys, and the latter have dots too.
        let cast = ["microsoft.graph.", "graph."].iter().find_map(|prefix| bare.strip_prefix(prefix));
        if let Some(name) = cast.and_then(|cast| self.types.keys().find(|known| known.eq_ignore_ascii_case(cast))) {
            return Some(Place::Type { name: name.clone(), many });
        }
        many.then_some(Place::Type { name, many: false })
    }
}

impl Ways {
    fn add_bound(&mut self, model: &Model, name: &str, collection: bool) {
        for bound in model.bound.iter().filter(|bound| bound.to.name == name && bound.to.collection == collection) {
            let answers = bound.returns.as_ref().map(written).unwrap_or_default();
            if bound.function {
                self.functions.insert(bound.name.clone(), answers);
            } else {
                self.actions.insert(bound.name.clone(), answers);
            }
        }
    }
}

fn written(ty: &TypeRef) -> String {
    if ty.collection { format!("[{}]", ty.name) } else { ty.name.clone() }
}

fn name_and_many(written: &str) -> (String, bool) {
    match written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(item) => (item.to_owned(), true),
        None => (written.to_owned(), false),
    }
}

fn read(written: &str) -> Place {
    let (name, many) = name_and_many(written);
    Place::Type { name, many }
}

fn one_of(place: Place) -> Option<Place> {
    match place {
        Place::Type { name, many: true } => Some(Place::Type { name, many: false }),
        _ => None,
    }
}

fn shape(name: String, many: bool) -> Shape {
    if many { Shape::Many(name) } else { Shape::One(name) }
}

/// Graph takes the segments of a path in any case.
fn lookup<'a>(names: &'a BTreeMap<String, String>, wanted: &str) -> Option<&'a str> {
    let exact = names.get(wanted);
    exact
        .or_else(|| names.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, ty)| ty))
        .map(String::as_str)
}

/// `users('id')` is the set `users` with a key, and so is `filterByCurrentUser(on='reviewer')` a name with parameters.
fn name_and_key(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((name, key)) => (name, Some(key.trim_end_matches(')'))),
        None => (segment, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schemas;

    fn told(method: &str, path: &str) -> String {
        match Schemas::embedded().operation(method, path) {
            None => "unknown".to_owned(),
            Some(Operation { request, response }) => {
                let request = request.unwrap_or_else(|| "nothing".to_owned());
                match response {
                    Shape::NoContent => format!("{request} → nothing"),
                    Shape::One(name) => format!("{request} → {name}"),
                    Shape::Many(name) => format!("{request} → [{name}]"),
                }
            }
        }
    }

    #[test]
    fn paths_lead_to_types_in_all_their_spellings() {
        let definition = "/v1.0/identityGovernance/accessReviews/definitions";
        let cases = [
            ("POST", "/v1.0/users".to_owned(), "user → user"),
            ("GET", "/v1.0/users?$top=5".to_owned(), "nothing → [user]"),
            ("GET", "/v1.0//users/AdeleV@Contoso.com".to_owned(), "nothing → user"),
            ("GET", "/v1.0/users('1')".to_owned(), "nothing → user"),
            ("PATCH", "/v1.0/Users/1".to_owned(), "user → user"),
            ("DELETE", "/beta/users/1".to_owned(), "nothing → nothing"),
            ("GET", "/v1.0/groups/1/members".to_owned(), "nothing → [directoryObject]"),
            ("GET", "/v1.0/groups/1/transitiveMembers/microsoft.graph.user".to_owned(), "nothing → [user]"),
            ("GET", "/v1.0/groups/1/transitiveMembers/graph.user".to_owned(), "nothing → [user]"),
            ("POST", "/v1.0/groups/1/members/$ref".to_owned(), "nothing → nothing"),
            ("DELETE", "/v1.0/groups/1/members/2/$ref".to_owned(), "nothing → nothing"),
            ("GET", "/v1.0/groups/1/members/$count".to_owned(), "unknown"),
            ("POST", definition.to_owned(), "accessReviewScheduleDefinition → accessReviewScheduleDefinition"),
            ("GET", format!("{definition}/1/instances"), "nothing → [accessReviewInstance]"),
            ("POST", format!("{definition}/1/instances/1/stop"), "nothing → nothing"),
            ("GET", format!("{definition}/1/instances/1/contactedReviewers"), "nothing → [accessReviewReviewer]"),
            (
                "GET",
                format!("{definition}/1/instances/1/decisions/filterByCurrentUser(on='reviewer')").to_lowercase(),
                "nothing → [accessReviewInstanceDecisionItem]",
            ),
            (
                "GET",
                format!("{definition}/1/instances/1/decisions/filterByCurrentUser%28on%3D%27reviewer%27%29"),
                "nothing → [accessReviewInstanceDecisionItem]",
            ),
            (
                "PATCH",
                format!("{definition}/1/instances/1/decisions/2"),
                "accessReviewInstanceDecisionItem → accessReviewInstanceDecisionItem",
            ),
            ("GET", "/v2.0/users".to_owned(), "unknown"),
            ("GET", "/v1.0/nowhere".to_owned(), "unknown"),
            ("GET", String::new(), "unknown"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(told(method, &path), expected, "{method} {path}");
        }
    }
}
