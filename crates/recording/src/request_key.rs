//! When two requests are the same request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use graphwalk_catalog::{SegmentOwner, query_option};
use percent_encoding::percent_decode_str;

use super::owners::parts;

/// The parts that distinguish requests: actor, method, path and query, without the differences that Graph does not mind.
///
/// Graph takes its own words and GUIDs in any case, quotes and parentheses raw or percent-encoded, and `//` after the version; of
/// ids that are no GUIDs the case counts. The names of parameters are taken in any case and order, those of OData also without `$`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestKey(String);

/// The paths that were folded so far: a session asks for each several times, and a thousand sessions for the same.
static FOLDED: LazyLock<RwLock<HashMap<Box<str>, Box<str>>>> = LazyLock::new(RwLock::default);

/// The most paths that are remembered.
const MOST_FOLDED: usize = 4096;

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
        push_path(&mut key, path);
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let mut parameters: Vec<String> =
                query.split('&').filter(|parameter| !parameter.is_empty()).map(parameter).collect();
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

    /// All that distinguishes the request, as one text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Method, path and query.
    pub fn request(&self) -> &str {
        self.0.split_once('\n').map_or("", |(_, request)| request)
    }
}

/// Adds a path as all that mean the same have it.
fn push_path(key: &mut String, path: &str) {
    // What has neither capitals nor percent signs is so already.
    if !path.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'%') {
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            key.push('/');
            key.push_str(segment);
        }
        return;
    }
    if let Some(folded) = FOLDED.read().unwrap_or_else(PoisonError::into_inner).get(path) {
        key.push_str(folded);
        return;
    }
    let folded = folded(path);
    key.push_str(&folded);
    let mut known = FOLDED.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < MOST_FOLDED {
        known.insert(path.into(), folded.into());
    }
}

/// A path with Graph's words and all GUIDs in lower case.
fn folded(path: &str) -> String {
    let mut folded = String::with_capacity(path.len());
    for (part, owner) in parts(path).into_iter().filter(|(part, _)| !part.is_empty()) {
        folded.push('/');
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        let (name, arguments) = decoded.split_at(decoded.find('(').unwrap_or(decoded.len()));
        match owner {
            SegmentOwner::Graph => folded.push_str(&name.to_lowercase()),
            _ => folded.push_str(&with_folded_guids(name)),
        }
        folded.push_str(&with_folded_guids(arguments));
    }
    folded
}

/// A text with its GUIDs in lower case.
fn with_folded_guids(text: &str) -> Cow<'_, str> {
    const LENGTH: usize = 36;
    if text.len() < LENGTH || !text.contains('-') {
        return Cow::Borrowed(text);
    }
    let mut folded = String::new();
    let mut at = 0;
    while let Some(dash) = text[at..].find('-') {
        let start = (at + dash).checked_sub(8).filter(|start| *start >= at);
        let guid =
            start.and_then(|start| text.get(start..start + LENGTH)).filter(|guid| uuid::Uuid::try_parse(guid).is_ok());
        let end = match (start, guid) {
            (Some(start), Some(guid)) => {
                folded.push_str(&text[at..start]);
                folded.push_str(&guid.to_lowercase());
                start + LENGTH
            }
            _ => {
                folded.push_str(&text[at..=at + dash]);
                at + dash + 1
            }
        };
        at = end;
    }
    folded.push_str(&text[at..]);
    Cow::Owned(folded)
}

/// A parameter of a query, as all that mean the same have it.
fn parameter(parameter: &str) -> String {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let (name, value) = parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
    let name = decode(name);
    let name = query_option(&name).map_or_else(|| name.to_lowercase(), |option| format!("${option}"));
    let decode_value = |value: &str| match name.as_str() {
        "$select" | "$orderby" => decode(value).replace(", ", ","),
        _ => decode(value),
    };
    // An ampersand in a value parts no parameters.
    value.map_or(name.clone(), |value| format!("{name}={}", decode_value(value).replace('&', "%26")))
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
    fn the_case_of_an_id_matters_and_that_of_a_guid_and_of_a_word_does_not() {
        const GUID: &str = "2d56c364-0695-4ec6-8b92-4c1db7c80f1b";
        assert!(!same("/v1.0/me/messages/AAMkADx-PcAAA=", "/v1.0/me/messages/AAMkADx-PCAAA="));
        assert!(!same("/v1.0/users/Members/members", "/v1.0/users/members/members"));
        assert!(!same("/v1.0/me/drive/root:/Report.docx:/content", "/v1.0/me/drive/root:/report.docx:/content"));
        assert!(same("/v1.0/me/Messages/AAMkADx-PcAAA=", "/v1.0/Me/messages/AAMkADx-PcAAA%3D"));
        for (a, b) in [
            (format!("/v1.0/groups/{GUID}"), format!("/v1.0/Groups/{}", GUID.to_uppercase())),
            (format!("/v1.0/users('{GUID}')/manager"), format!("/v1.0/users('{}')/Manager", GUID.to_uppercase())),
            (format!("/v1.0/x/{GUID}_{GUID}-a"), format!("/v1.0/x/{}_{GUID}-a", GUID.to_uppercase())),
        ] {
            assert!(same(&a, &b), "{a} {b}");
        }
    }

    #[test]
    fn a_query_is_the_same_however_a_client_writes_it() {
        let filter = "/v1.0/users?$filter=displayName%20eq%20'A%26B'&$count=true";
        for other in [
            "/v1.0/users?$count=true&$filter=displayName+eq+%27A%26B%27",
            "/v1.0/users?%24Filter=displayName%20eq%20'A%26B'&%24COUNT=true",
            "/v1.0/users?filter=displayName eq 'A%26B'&count=true",
        ] {
            assert!(same(filter, other), "{other}");
        }
        assert!(!same(filter, "/v1.0/users?$filter=displayName%20eq%20'A&B'&$count=true"));
        assert!(same("/v1.0/me/calendarView?startDateTime=9%2B1&x=1", "/v1.0/me/calendarView?X=1&startdatetime=9%2B1"));
        assert!(same("/v1.0/users?$select=id,%20displayName", "/v1.0/users?$Select=id,displayName"));
        assert!(!same("/v1.0/users?$filter=a eq 'b, c'", "/v1.0/users?$filter=a eq 'b,c'"));
        assert!(!same("/v1.0/users?$filter=a", "/v1.0/users?$search=a"));
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
