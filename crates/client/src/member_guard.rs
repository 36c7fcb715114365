//! The call that must never be sent.
//!
//! `DELETE /groups/{id}/members/{id}/$ref` takes a member out of a group. Without `/$ref` the same call deletes the user
//! (source: "Remove member" in the Microsoft Graph reference). To delete the user, send `DELETE /users/{id}`.

use std::iter::once;

use graphwalk_catalog::ApiPath;
use serde_json::Value;
use url::Url;

use super::{ClientError, FileBody};

/// The collections whose items are other objects, referred to.
const REFERENCES: [&str; 2] = ["members", "owners"];

/// Headers with which a POST can be made to count as a DELETE.
const OVERRIDES: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];

/// Refuses to delete a member or owner where only the reference to them can be meant, also within a batch.
pub(super) fn check(
    method: &str,
    url: &Url,
    headers: &[(String, String)],
    body: Option<&Value>,
) -> Result<(), ClientError> {
    if headers.iter().any(|(name, _)| OVERRIDES.iter().any(|known| name.eq_ignore_ascii_case(known))) {
        return Err(ClientError::MethodOverride);
    }
    if method.eq_ignore_ascii_case("DELETE") {
        return refuse(url.path());
    }
    if method == "POST" && is_batch(url) {
        for request in body.and_then(|body| body.get("requests")).and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("method").trim().eq_ignore_ascii_case("DELETE") {
                refuse(&normalised(url, text("url")))?;
            }
        }
    }
    Ok(())
}

/// Returns whether a file would be taken for what has to be judged before it is sent: a batch, or JSON, whoever says so.
pub(super) fn is_unjudged(url: &Url, headers: &[(String, String)], file: &FileBody) -> bool {
    let says_json = |text: &str| text.to_ascii_lowercase().contains("json");
    let types = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    is_batch(url) || says_json(&file.media_type) || types.into_iter().any(|(_, value)| says_json(value))
}

fn is_batch(url: &Url) -> bool {
    ApiPath::parse_reference(url.path()).segments().iter().any(|segment| segment.is("$batch"))
}

fn refuse(path: &str) -> Result<(), ClientError> {
    let deletes = deletes_through_reference(&ApiPath::parse_reference(path));
    if deletes { Err(ClientError::DeletesMember(path.to_owned())) } else { Ok(()) }
}

/// Returns whether a DELETE goes through a reference. Where a server may read a path otherwise, text within a segment
/// counts too, and `$ref` does not help.
fn deletes_through_reference(path: &ApiPath) -> bool {
    let (segments, is_ambiguous) = (path.segments(), path.ambiguity().is_some());
    let mut texts = segments.iter().flat_map(|segment| {
        let values = segment.arguments().filter(|_| is_ambiguous).unwrap_or_default();
        once(segment.name()).chain(values.iter().map(|argument| argument.value.as_str()))
    });
    let names_reference = |text: &str| {
        let mut parts = text.split(['/', '\\', '(']).map(str::trim);
        parts.any(|part| REFERENCES.iter().any(|name| part.eq_ignore_ascii_case(name)))
    };
    let ends_in_ref = segments.last().is_some_and(|last| last.is("$ref") && last.arguments().is_none());
    texts.any(names_reference) && (is_ambiguous || !ends_in_ref)
}

/// The path of a request within a batch, with dots resolved as a server would.
fn normalised(url: &Url, relative: &str) -> String {
    let absolute = url.join("/").and_then(|root| root.join(relative.trim_start_matches('/')));
    absolute.map_or_else(|_| relative.to_owned(), |url| url.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(method: &str, path: &str) -> Result<(), ClientError> {
        let url = Url::parse(&format!("https://graph.microsoft.com{path}")).unwrap();
        check(method, &url, &[], None)
    }

    #[test]
    fn no_spelling_deletes_a_user_through_a_group() {
        for path in [
            "/v1.0/groups/1/members/2",
            "/beta/Groups/1/MEMBERS/2",
            "/v1.0//groups/1//members//2/",
            "/v1.0/groups/1/%6Dembers/2",
            "/v1.0/groups/1/members%2F2",
            "/v1.0/groups/1%2fmembers%2f2",
            "/v1.0/groups/1/x/../members/2",
            "/v1.0/groups/1/members/2?x=/$ref",
            "/v1.0/groups/1/members/2#/$ref",
            "/v1.0/groups/1/members/2/%2524ref",
            "/v1.0/groups/1/members/2/$ref/..",
            "/v1.0/groups('1')/members('2')",
            "/v1.0/groups/1/members/2/microsoft.graph.user",
            "/v1.0/groups/1/owners/2",
            "/v1.0/groups/1\\members\\2",
            "/v1.0/groups/1/members('2'",
            "/v1.0/groups('1%2Fmembers%2F2')",
            "/v1.0/groups/1/members%2F2/$ref",
            "/v1.0/groups/1/members/2/$ref()",
        ] {
            assert!(matches!(checked("DELETE", path), Err(ClientError::DeletesMember(_))), "{path}");
        }
        assert!(checked("delete", "/v1.0/groups/1/members/2").is_err());
    }

    #[test]
    fn a_file_cannot_carry_what_has_to_be_judged() {
        let file = |media_type: &str| FileBody { media_type: media_type.to_owned(), bytes: [0][..].into() };
        let unjudged = |path: &str, headers: &[(&str, &str)], media_type: &str| {
            let url = Url::parse(&format!("https://graph.microsoft.com{path}")).unwrap();
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            is_unjudged(&url, &headers, &file(media_type))
        };
        assert!(!unjudged("/v1.0/me/photo/$value", &[("prefer", "json")], "image/jpeg"));
        assert!(unjudged("/v1.0/%24batch", &[], "text/plain"));
        assert!(unjudged("/v1.0/users", &[], "Application/JSON; charset=utf-8"));
        assert!(unjudged("/v1.0/users", &[("Content-Type", "application/problem+json")], "text/plain"));
    }

    #[test]
    fn the_reference_alone_may_be_deleted_and_everything_else_too() {
        for path in [
            "/v1.0/groups/1/members/2/$ref",
            "/v1.0/groups/1/members/2/%24ref",
            "/v1.0/groups/1/Members/2/$REF/",
            "/v1.0/users/2",
            "/v1.0/groups/1",
            "/v1.0/users/members@contoso.com",
        ] {
            assert!(checked("DELETE", path).is_ok(), "{path}");
        }
        assert!(checked("GET", "/v1.0/groups/1/members/2").is_ok());
    }

    #[test]
    fn a_batch_is_looked_into_and_no_header_makes_a_deletion_of_a_post() {
        let url = Url::parse("https://graph.microsoft.com/v1.0/$batch").unwrap();
        let batch = |url: &str| json!({"requests": [{"id": "1", "method": "delete", "url": url}]});
        for inner in ["/groups/1/members/2", "groups/1/a/../members/2", "/groups/1/%6dembers/2"] {
            assert!(check("POST", &url, &[], Some(&batch(inner))).is_err(), "{inner}");
        }
        assert!(check("POST", &url, &[], Some(&batch("/groups/1/members/2/$ref"))).is_ok());
        let headers = [("X-HTTP-Method-Override".to_owned(), "DELETE".to_owned())];
        assert!(matches!(check("POST", &url, &headers, None), Err(ClientError::MethodOverride)));
    }
}
