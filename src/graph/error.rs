//! The error body that Graph answers with.

use serde_json::Value;

use crate::server_text::ServerText;

/// Code and message of an error that Graph answered, for people; never a base for a decision, which goes by the status.
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
    pub fn of(body: &Value) -> Option<Self> {
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
    /// Code and message, of which either may be missing: `Request_ResourceNotFound: Resource 'x' does not exist`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let between = if self.code.is_empty() || self.message.is_empty() { "" } else { ": " };
        write!(f, "{}{between}{}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_of_an_error_are_read() {
        let odata = json!({"error": {"code": "Request_ResourceNotFound", "message": "gone"}});
        assert_eq!(GraphError::of(&odata).unwrap().code, "Request_ResourceNotFound");
        let bare = json!({"Message": "No HTTP resource was found"});
        assert_eq!(GraphError::of(&bare).unwrap().message, "No HTTP resource was found");
        assert_eq!(GraphError::of(&json!({"id": "1"})), None);
        assert_eq!(GraphError::of(&json!({"error": "text"})), None);
    }
}
