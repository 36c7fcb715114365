//! When two requests are the same request.

use percent_encoding::percent_decode_str;

/// What distinguishes requests: actor, method, path and query, without the differences that Graph does not mind.
///
/// Graph takes the segments of a path in any case, quotes and parentheses raw or percent-encoded, and `//` after the
/// version; the order of query parameters means nothing.
///
/// The path is compared as text and not read as an [`ApiPath`](graphwalk_catalog::ApiPath): of a recording any path is
/// answered, one of a beta that nobody knows too, and every request of a replay makes a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestKey(String);

impl RequestKey {
    pub fn new(actor: &str, method: &str, path_and_query: &str) -> Self {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let mut key = String::with_capacity(actor.len() + path_and_query.len() + 8);
        key.push_str(actor);
        key.push('\n');
        key.push_str(method);
        key.push(' ');
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
            key.push('/');
            key.push_str(&segment.to_lowercase());
        }
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let mut parameters: Vec<String> = query
                .split('&')
                .map(|p| percent_decode_str(&p.replace('+', " ")).decode_utf8_lossy().into_owned())
                .collect();
            parameters.sort();
            key.push('?');
            key.push_str(&parameters.join("&"));
        }
        Self(key)
    }

    /// Returns what the request is about: the path without version and query, so that a deletion through beta and a
    /// read through v1.0 are about the same.
    pub fn resource(&self) -> &str {
        let path = self.request().split_once(" /").map_or("", |(_, path)| path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        path.split_once('/').map_or("", |(_, resource)| resource)
    }

    /// The object that the request is about, or whose part it is: the resource up to the first GUID. None if the path names
    /// no object, as when one is created.
    pub fn object(&self) -> Option<&str> {
        let resource = self.resource();
        let mut end = 0;
        for segment in resource.split('/') {
            end += segment.len();
            let id = segment.split_once('(').map_or(segment, |(_, key)| key.trim_matches(['\'', ')']));
            if id.len() == 36 && uuid::Uuid::try_parse(id).is_ok() {
                return Some(&resource[..end]);
            }
            end += 1;
        }
        None
    }

    /// Method, path and query, in lower case but for the query.
    pub fn request(&self) -> &str {
        self.0.split_once('\n').map_or("", |(_, request)| request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_object_of_a_path_ends_at_the_first_guid() {
        const ID: &str = "2d56c364-0695-4ec6-8b92-4c1db7c80f1b";
        let object = |path: &str| RequestKey::new("x", "PATCH", path).object().map(str::to_owned);
        assert_eq!(object(&format!("/beta/groups/{ID}/members/{ID}?a=b")), Some(format!("groups/{ID}")));
        assert_eq!(object(&format!("/v1.0/users('{ID}')")), Some(format!("users('{ID}')")));
        assert_eq!(object("/v1.0/users"), None);
        assert_eq!(object("/v1.0/users/AdeleV@Contoso.com/manager"), None);
    }

    fn same(a: &str, b: &str) -> bool {
        RequestKey::new("x", "GET", a) == RequestKey::new("x", "GET", b)
    }

    #[test]
    fn case_encoding_and_double_slashes_of_a_path_do_not_matter() {
        assert!(same("/v1.0/identityGovernance/x", "/v1.0//identitygovernance/x"));
        assert!(same("/d/filterByCurrentUser(on='reviewer')", "/d/filterByCurrentUser(on=%27reviewer%27)"));
        assert!(same("/d/filterByCurrentUser(on='reviewer')", "/d/filterByCurrentUser%28on%3D%27reviewer%27%29"));
    }

    #[test]
    fn version_actor_method_and_query_matter() {
        assert!(!same("/v1.0/users/1", "/beta/users/1"));
        assert!(!same("/v1.0/users", "/v1.0/users?$top=1"));
        assert!(!same("/v1.0/users?$filter=name eq 'A'", "/v1.0/users?$filter=name eq 'a'"));
        assert!(same("/v1.0/users?$top=1&$select=id", "/v1.0/users?$select=id&$top=1"));
        assert_ne!(RequestKey::new("a", "GET", "/x"), RequestKey::new("b", "GET", "/x"));
        assert_ne!(RequestKey::new("a", "GET", "/x"), RequestKey::new("a", "PUT", "/x"));
    }

    #[test]
    fn a_resource_is_the_same_in_every_version_and_for_every_method() {
        let resource = |method: &str, path: &str| RequestKey::new("x", method, path).resource().to_owned();
        assert_eq!(resource("DELETE", "/beta/Users/1"), "users/1");
        assert_eq!(resource("GET", "/v1.0//users/1?$select=id"), "users/1");
        assert_eq!(resource("GET", "/"), "");
    }

    proptest! {
        #[test]
        fn the_order_of_query_parameters_never_matters(mut parameters in proptest::collection::vec("[a-z]{1,4}=[a-z%0-9]{0,4}", 1..5)) {
            let forward = format!("/x?{}", parameters.join("&"));
            parameters.reverse();
            let backward = format!("/x?{}", parameters.join("&"));
            prop_assert!(same(&forward, &backward));
        }
    }
}
