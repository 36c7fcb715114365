//! The error body that Graph answers with.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use graphwalk_secrets::ServerText;

/// Code and message of an error that Graph answered, for people; never a base for a decision, which depends on the status.
///
/// Shape: `{"error":{"code","message","innerError":{…}}}`; the access review service also answers an empty code and the
/// bare `{"Message":…}` of its own web server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    /// Graph's code, e.g. `Request_ResourceNotFound`; may be empty.
    pub code: ServerText,
    /// Graph's words.
    pub message: ServerText,
}

impl GraphError {
    /// Reads the error out of a response body, if it is one.
    pub fn from_body(body: &Value) -> Option<Self> {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().into();
        match body.get("error") {
            Some(error) if error.is_object() => {
                Some(Self { code: text(error, "code"), message: text(error, "message") })
            }
            _ => body
                .get("Message")
                .and_then(Value::as_str)
                .map(|m| Self { code: ServerText::default(), message: m.into() }),
        }
    }
}

impl std::fmt::Display for GraphError {
    /// Writes code and message, of which either may be missing: `Request_ResourceNotFound: Resource 'x' does not exist`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let between = if self.code.is_empty() || self.message.is_empty() { "" } else { ": " };
        write!(f, "{}{between}{}", self.code, self.message)
    }
}

/// Graph's codes for "there is no such object", in any case.
///
/// The empty one is that of the access review service, which answers all its errors so. `NoRoute` and its like, which
/// gateways answer, must not get in here: what a gateway cannot find may well exist.
const NOT_FOUND: [&str; 6] = [
    // The directory: users, groups, deleted items (published tutorial's recording; "Get user", "Delete group").
    "Request_ResourceNotFound",
    // Governance services, beside the empty code ("Microsoft Graph error responses and resource types").
    "ResourceNotFound",
    "NotFound",
    // The general code of the same page, and Exchange's name for it.
    "itemNotFound",
    "ErrorItemNotFound",
    "",
];

/// Codes and words of a create that is refused because there is such an object already.
///
/// `POST /users` with a principal name that is taken is 400 `Request_BadRequest`, with the code `ObjectConflict` in
/// `details` ("Create user", and seen in real tenants); other services answer 409.
const CONFLICT_CODES: [&str; 3] = ["ObjectConflict", "Conflict", "nameAlreadyExists"];
const CONFLICT_WORDS: [&str; 2] = ["already exist", "conflicting object"];

/// Returns whether a body has the form of Graph's errors, or the bare form of the access review service's web server.
pub(super) fn has_graphs_form(body: &Value) -> bool {
    match body.get("error") {
        Some(error) => text(error, "code").is_some() && text(error, "message").is_some(),
        None => text(body, "Message").is_some(),
    }
}

/// Returns whether the error has the id of its request, as only Graph itself can.
pub(super) fn tells_request_id(body: &Value) -> bool {
    let inner = body.get("error").and_then(|error| error.get("innerError").or_else(|| error.get("innererror")));
    inner.and_then(|inner| text(inner, "request-id")).is_some_and(|id| !id.is_empty())
}

/// Returns whether the error says that what `path` names does not exist: with one of Graph's codes, and not of another
/// object.
pub(super) fn says_not_found(body: &Value, path: &str) -> bool {
    let Some(error) = body.get("error") else { return false };
    let (Some(code), Some(message)) = (text(error, "code"), text(error, "message")) else { return false };
    let path = percent_decode_str(path).decode_utf8_lossy().to_ascii_lowercase();
    let mut ids = guids(message).peekable();
    NOT_FOUND.iter().any(|known| known.eq_ignore_ascii_case(code))
        && (ids.peek().is_none() || ids.any(|id| path.contains(&id.to_ascii_lowercase())))
}

/// Returns whether the error says that there is such an object already.
pub(super) fn says_conflict(body: &Value) -> bool {
    let Some(error) = body.get("error") else { return false };
    let details = error.get("details").and_then(Value::as_array);
    let all: Vec<&Value> = std::iter::once(error).chain(details.into_iter().flatten()).collect();
    let has_code = |code: &str| CONFLICT_CODES.iter().any(|known| known.eq_ignore_ascii_case(code));
    let has_words = |message: &str| {
        let message = message.to_ascii_lowercase();
        CONFLICT_WORDS.iter().any(|words| message.contains(words))
    };
    all.iter().any(|error| text(error, "code").is_some_and(has_code) || text(error, "message").is_some_and(has_words))
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The GUIDs in a text.
fn guids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-')
        .filter(|word| word.len() == 36 && uuid::Uuid::try_parse(word).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

    fn error(code: &str, message: &str) -> Value {
        json!({"error": {"code": code, "message": message}})
    }

    #[test]
    fn only_graphs_codes_say_that_the_object_of_the_path_does_not_exist() {
        let path = format!("/v1.0/users/{}?$select=id", ID.to_uppercase());
        let gone = format!("Resource '{ID}' does not exist.");
        for (code, message) in [
            ("Request_ResourceNotFound", gone.as_str()),
            ("request_resourcenotfound", "Nothing."),
            ("NotFound", ""),
            ("", "The review was not found."),
        ] {
            assert!(says_not_found(&error(code, message), &path), "{code}: {message}");
        }
        let other = "Resource 'aaaaaaaa-0000-4000-8000-000000000001' does not exist.";
        for body in [
            error("NoRoute", "no route matches"),
            error("Request_ResourceNotFound", other),
            json!({"error": {"code": "NotFound"}}),
            json!({"Message": "No HTTP resource was found"}),
            json!({"error": "NotFound"}),
        ] {
            assert!(!says_not_found(&body, &path), "{body}");
        }
    }

    #[test]
    fn a_name_that_is_taken_is_a_conflict() {
        let mut taken = error("Request_BadRequest", "The request is bad.");
        assert!(!says_conflict(&taken));
        taken["error"]["details"] = json!([{"code": "ObjectConflict", "message": "", "target": "userPrincipalName"}]);
        assert!(says_conflict(&taken));
        assert!(says_conflict(&error("Request_BadRequest", "Another object … already exists.")));
        assert!(says_conflict(&error("Conflict", "")));
        assert!(!says_conflict(&json!([])));
    }

    #[test]
    fn a_request_id_stands_in_the_inner_error_in_either_spelling() {
        for name in ["innerError", "innererror"] {
            let mut body = error("x", "y");
            assert!(!tells_request_id(&body));
            body["error"][name] = json!({"request-id": ID});
            assert!(tells_request_id(&body));
        }
    }

    #[test]
    fn both_shapes_of_an_error_are_read() {
        let odata = json!({"error": {"code": "Request_ResourceNotFound", "message": "gone"}});
        assert_eq!(GraphError::from_body(&odata).unwrap().code, "Request_ResourceNotFound");
        let bare = json!({"Message": "No HTTP resource was found"});
        assert_eq!(GraphError::from_body(&bare).unwrap().message, "No HTTP resource was found");
        assert_eq!(GraphError::from_body(&json!({"id": "1"})), None);
        assert_eq!(GraphError::from_body(&json!({"error": "text"})), None);
    }
}
