//! Which types a request and its answer have, by method and path.

use graphwalk_catalog::{ApiPath, Catalog, Payload, TypeKind, TypeRef, Version};

use super::Extent;

/// The types that a call sends and answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationTypes {
    /// The version of Graph whose types they are.
    pub version: Version,
    /// The type of the request's body, if it has one that is known.
    pub request: Option<String>,
    /// The shape of a successful answer.
    pub response: Shape,
    /// The part of it that is answered.
    pub extent: Extent,
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

impl OperationTypes {
    /// Returns whether a success is answered with a body.
    pub fn has_body(&self) -> bool {
        self.response != Shape::NoContent
    }

    /// Returns the types of a call, by its path with a version; nothing if the catalog does not say what is answered.
    ///
    /// A call of beta has the types of beta, as far as its metadata has the call.
    pub(super) fn look_up(method: &str, path: &str) -> Option<Self> {
        let path = ApiPath::parse(path).ok()?;
        let version = path.version()?;
        let catalog = if version == Version::Beta { Catalog::beta() } else { Catalog::v1() };
        let call = catalog.call_by_metadata(method.parse().ok()?, &path).ok()?;
        let request = match call.request() {
            Payload::Of(ty) if is_object(ty) => Some(ty.name().to_owned()),
            _ => None,
        };
        let mut extent = path.query().map_or(Extent::Whole, Extent::of_query);
        let response = match call.response() {
            Payload::Nothing => Shape::NoContent,
            Payload::Of(ty) if is_object(ty) => shape(ty),
            Payload::Delta(ty) if is_object(ty) => {
                // It has what changed.
                extent = Extent::Shortened;
                shape(ty)
            }
            _ => return None,
        };
        Some(Self { version, request, response, extent })
    }
}

/// Returns whether values are objects. Others are wrapped in one, of no type.
fn is_object(ty: TypeRef) -> bool {
    ty.named().is_some_and(|ty| ty.kind() != TypeKind::Enum)
}

fn shape(ty: TypeRef) -> Shape {
    let name = ty.name().to_owned();
    if ty.is_many() { Shape::Many(name) } else { Shape::One(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schemas;

    fn told(method: &str, path: &str) -> String {
        match Schemas::embedded().operation(method, path) {
            None => "unknown".to_owned(),
            Some(OperationTypes { request, response, .. }) => {
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
            ("DELETE", "/v1.0/users/1".to_owned(), "nothing → nothing"),
            ("DELETE", "/beta/users/1".to_owned(), "nothing → nothing"),
            ("GET", "/beta/users".to_owned(), "nothing → [user]"),
            ("GET", "/beta/users/1/calendar".to_owned(), "nothing → calendar"),
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
            ("PATCH", "/v1.0/me".to_owned(), "user → user"),
            ("GET", "/v1.0/groups/1/members/2".to_owned(), "nothing → directoryObject"),
            ("GET", "/v1.0/users/delta()".to_owned(), "nothing → [user]"),
            ("GET", "/v1.0/users/1/calendar".to_owned(), "nothing → calendar"),
            ("GET", "/v1.0/users/1/displayName".to_owned(), "unknown"),
            ("POST", "/v1.0/users/delta".to_owned(), "unknown"),
            ("POST", "/v1.0/users/1".to_owned(), "unknown"),
            ("PATCH", "/v1.0/users".to_owned(), "unknown"),
            ("GET", "/users".to_owned(), "unknown"),
            ("GET", "/v2.0/users".to_owned(), "unknown"),
            ("GET", "/v1.0/nowhere".to_owned(), "unknown"),
            ("GET", String::new(), "unknown"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(told(method, &path), expected, "{method} {path}");
        }
    }
}
