//! Bodies of requests: read, and checked against the schema of their type.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::Refusal;
use graphwalk_catalog::{Catalog, SET_BY_SERVICE, Version};
use graphwalk_schema::{FindingKind, Findings, SchemaError, SchemaFinding, with_whole_tags};

use super::RoutedCall;

impl RoutedCall<'_> {
    /// The body as a JSON object, without annotations of its own.
    ///
    /// # Errors
    ///
    /// 400 if there is none, or it is no JSON object.
    pub fn json(&self) -> Result<Map<String, Value>, Refusal> {
        let mut body = self.annotated_json()?;
        body.retain(|name, _| !name.starts_with('@'));
        Ok(body)
    }

    /// The same with its annotations.
    ///
    /// # Errors
    ///
    /// 400 if the body is missing, of another media type, no JSON, or no object.
    pub(crate) fn annotated_json(&self) -> Result<Map<String, Value>, Refusal> {
        let media_type = self.request.header("content-type").unwrap_or("application/json");
        if !is_json(media_type) {
            return Err(bad("Entity only allows writes with a JSON Content-Type header."));
        }
        if self.request.body.is_empty() {
            return Err(bad("Empty Payload. JSON content expected."));
        }
        let body: Value = serde_json::from_slice(&self.request.body).map_err(|error| {
            bad(format!("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format. ({error})"))
        })?;
        let Value::Object(body) = with_whole_tags(&body).into_owned() else {
            return Err(bad("A JSON object is expected as the payload."));
        };
        Ok(body)
    }

    /// The body as an entity of a type: known properties of the right types, what creating needs with POST, and nothing
    /// that only the service sets.
    ///
    /// # Errors
    ///
    /// 400 as Graph answers it.
    pub fn body_of(&self, type_name: &str) -> Result<Map<String, Value>, Refusal> {
        self.checked(type_name, self.json()?)
    }

    /// The same of an entity whose navigation properties `bindable` may be set with `@odata.bind`.
    ///
    /// # Errors
    ///
    /// 400 as Graph answers it.
    pub fn body_binding(&self, type_name: &str, bindable: &[&str]) -> Result<Map<String, Value>, Refusal> {
        self.checked_binding(type_name, self.json()?, bindable)
    }

    /// The body as a client sends an entity back that it has read: with its id, and with what only the service sets, which
    /// is passed over.
    ///
    /// # Errors
    ///
    /// 400 if it is no JSON object, or has the id of another entity.
    pub fn sent_back(&self, id: Uuid, type_name: &str) -> Result<Map<String, Value>, Refusal> {
        let mut body = self.json()?;
        if let Some(sent) = body.shift_remove("id")
            && sent.as_str().and_then(|sent| sent.parse().ok()) != Some(id)
        {
            return Err(bad("The id of the payload is not that of the request."));
        }
        let is_set_by_service = set_by_service(type_name);
        body.retain(|name, _| !is_set_by_service(name));
        Ok(body)
    }

    /// A body that was read already, checked as [`RoutedCall::body_of`] does.
    ///
    /// # Errors
    ///
    /// 400 as Graph answers it.
    pub fn checked(&self, type_name: &str, body: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        self.checked_binding(type_name, body, &[])
    }

    fn checked_binding(
        &self,
        type_name: &str,
        mut body: Map<String, Value>,
        bindable: &[&str],
    ) -> Result<Map<String, Value>, Refusal> {
        let bound = |name: &str| name.strip_suffix("@odata.bind").map(str::to_owned);
        let unbindable = |name: &String| !bindable.contains(&name.as_str());
        if let Some(name) = body.keys().filter_map(|name| bound(name)).find(unbindable) {
            return Err(bad(format!("The navigation property '{name}' of '{type_name}' cannot be bound.")));
        }
        body.retain(|name, _| !name.contains('@') || bound(name).is_some());
        let is_set_by_service = set_by_service(type_name);
        if let Some(name) = body.keys().find(|name| is_set_by_service(name)) {
            return Err(read_only(name));
        }
        let unknown = body.keys().find(|name| !name.contains('@') && !self.has_property(type_name, name));
        if let Some(name) = unknown {
            return Err(unknown_property(name, type_name));
        }
        let schemas = self.schemas.of_version(self.version());
        let findings = match schemas.check_request(self.method(), type_name, &Value::Object(body.clone())) {
            Ok(findings) => findings,
            // The metadata of beta that is known is not whole.
            Err(SchemaError::Unknown { .. }) if schemas.is_partial() => return Ok(body),
            Err(error) => return Err(Refusal::new(500, "InternalServerError", error.to_string())),
        };
        match refused(&findings) {
            None => Ok(in_its_case(body, &findings)),
            Some(finding) => Err(invalid(type_name, finding)),
        }
    }
}

/// Returns what says of a property of a type whether only the service sets it.
fn set_by_service(type_name: &str) -> impl Fn(&str) -> bool {
    let ty = Catalog::v1().type_named(type_name);
    move |name| ty.map_or_else(|| SET_BY_SERVICE.contains(&name), |ty| ty.is_set_by_service(name))
}

/// The first thing for which Graph refuses a body. Members of enumerations it takes in any case.
pub(crate) fn refused(findings: &Findings) -> Option<&SchemaFinding> {
    let drift = findings.drift.iter().find(|finding| finding.meant.is_none());
    findings.violations.first().or(drift)
}

/// A body with the members of enumerations in their own case, as Graph answers them.
pub(crate) fn in_its_case(body: Map<String, Value>, findings: &Findings) -> Map<String, Value> {
    let mut body = Value::Object(body);
    for finding in &findings.drift {
        if let (Some(meant), Some(value)) = (&finding.meant, body.pointer_mut(&finding.pointer)) {
            *value = Value::from(meant.as_str());
        }
    }
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

impl RoutedCall<'_> {
    fn version(&self) -> Version {
        self.path.version().unwrap_or(Version::V1)
    }

    /// Returns whether a type has a property in the version that is called, or could have one that is not known.
    fn has_property(&self, type_name: &str, name: &str) -> bool {
        let schemas = self.schemas.of_version(self.version());
        schemas.is_partial() || schemas.has_property(type_name, name)
    }
}

/// Whether a media type is that of JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type.to_ascii_lowercase().starts_with("application/json")
}

/// 400 for what only the service sets.
pub(crate) fn read_only(name: &str) -> Refusal {
    bad(format!("Property '{name}' is read-only and cannot be set."))
}

/// 400 for what a type does not have.
pub(crate) fn unknown_property(name: &str, type_name: &str) -> Refusal {
    bad(format!(
        "The property '{name}' does not exist on type 'microsoft.graph.{type_name}'. Make sure to only use property names that are defined by the type."
    ))
}

/// 400 for a value that a type does not take.
pub(crate) fn invalid(type_name: &str, finding: &SchemaFinding) -> Refusal {
    let name = finding.pointer.trim_start_matches('/').replace('/', ".");
    if finding.kind == FindingKind::ReadOnly {
        return read_only(&name);
    }
    if finding.found == "nothing" {
        return missing_value(type_name, &name);
    }
    invalid_because(type_name, &name, &format!(": expected {}", finding.expected))
}

/// 400 for a value that a property does not have.
pub(crate) fn invalid_value(type_name: &str, name: &str) -> Refusal {
    invalid_because(type_name, name, "")
}

fn invalid_because(type_name: &str, name: &str, why: &str) -> Refusal {
    let message =
        format!("Invalid value specified for property '{name}' of resource '{}'{why}.", resource_name(type_name));
    bad(&message).detail("InvalidValue", message, name)
}

/// 400 for a property that has to be sent.
pub(crate) fn missing_value(type_name: &str, name: &str) -> Refusal {
    bad(format!("A value is required for property '{name}' of resource '{}'.", resource_name(type_name)))
}

/// Refuses texts without a character: what has no value is null (observed: msgraph-sdk-dotnet, issue 187).
pub(crate) fn check_texts(type_name: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let empty = body.iter().find(|(_, value)| value.as_str() == Some(""));
    empty.map_or(Ok(()), |(name, _)| Err(invalid_value(type_name, name)))
}

/// Returns the name of a type in messages.
pub(crate) fn resource_name(type_name: &str) -> String {
    type_name.chars().take(1).flat_map(char::to_uppercase).chain(type_name.chars().skip(1)).collect()
}

/// 400 for a body.
pub(crate) fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "Request_BadRequest", message)
}
