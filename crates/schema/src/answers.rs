//! Validating the payloads of a call, whose path says which types they have and what was selected.

use serde_json::Value;

use super::findings::one_violation;
use super::{Extent, FindingKind, Findings, OperationTypes, SchemaError, SchemaFinding, Schemas, Shape};

/// The status of what is done later: `202 Accepted`.
const ACCEPTED: u16 = 202;

impl Schemas {
    /// Validates the body of a request; nothing if the call has no body of a known type.
    ///
    /// # Errors
    ///
    /// If a schema is broken.
    ///
    /// ```
    /// use graphwalk_schema::Schemas;
    /// use serde_json::json;
    ///
    /// let body = json!({"accountEnabled": "yes"});
    /// let findings = Schemas::embedded().validate_request("PATCH", "/v1.0/me", &body).unwrap().unwrap();
    /// assert_eq!(findings.violations[0].pointer, "/accountEnabled");
    /// ```
    pub fn validate_request(&self, method: &str, path: &str, body: &Value) -> Result<Option<Findings>, SchemaError> {
        let Some(operation) = self.operation(method, path) else { return Ok(None) };
        self.check_sent(method, &operation, body)
    }

    /// Validates an answer; nothing if it is no refusal and the call has no answer of a known type. `is_shortened` if whoever
    /// wrote it down left something out.
    ///
    /// # Errors
    ///
    /// If a schema is broken.
    ///
    /// ```
    /// use graphwalk_schema::Schemas;
    /// use serde_json::json;
    ///
    /// let body = json!({"value": [{"displayName": 5}]});
    /// let path = "/v1.0/users?$select=displayName";
    /// let findings = Schemas::embedded().validate_answer("GET", path, 200, Some(&body), false).unwrap().unwrap();
    /// // The id was not selected.
    /// assert_eq!(findings.violations.len(), 1);
    /// assert_eq!(findings.violations[0].pointer, "/value/0/displayName");
    /// ```
    pub fn validate_answer(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: Option<&Value>,
        is_shortened: bool,
    ) -> Result<Option<Findings>, SchemaError> {
        if status >= 400 {
            return self.check_response(status, None, body).map(Some);
        }
        let Some(mut operation) = self.operation(method, path).filter(|_| status < 300) else { return Ok(None) };
        if is_shortened {
            operation.extent = Extent::Shortened;
        }
        self.check_answer(&operation, status, body).map(Some)
    }

    /// Validates the body of a request of a known call; nothing if it has no body of a known type.
    ///
    /// # Errors
    ///
    /// If a schema is broken.
    pub fn check_sent(
        &self,
        method: &str,
        operation: &OperationTypes,
        body: &Value,
    ) -> Result<Option<Findings>, SchemaError> {
        let Some(name) = &operation.request else { return Ok(None) };
        self.of_version(operation.version).check_request(method, name, body).map(Some)
    }

    /// Validates the answer of a known call, which with a status of 400 or more has to be Graph's error.
    ///
    /// # Errors
    ///
    /// If a schema is broken.
    pub fn check_answer(
        &self,
        operation: &OperationTypes,
        status: u16,
        body: Option<&Value>,
    ) -> Result<Findings, SchemaError> {
        if status >= 400 {
            return self.check_response(status, None, body);
        }
        let schemas = &self.of_version(operation.version);
        match (&operation.response, body) {
            (Shape::One(_) | Shape::Many(_), None) if operation.extent == Extent::Shortened => Ok(Findings::default()),
            // What takes its time is accepted, and there is nothing to show yet.
            (_, None) if status == ACCEPTED => Ok(Findings::default()),
            (Shape::One(name), Some(body)) if status != 204 => schemas.check_as(name, false, &operation.extent, body),
            (Shape::Many(name), Some(body)) if status != 204 => schemas.check_as(name, true, &operation.extent, body),
            (shape, body) => self.check_response(status, Some(shape), body),
        }
    }

    /// Validates a value of a type, or a list of it, of which an answer has so much. Where that is not known, the answer itself
    /// may say what was selected.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_as(
        &self,
        name: &str,
        collection: bool,
        extent: &Extent,
        body: &Value,
    ) -> Result<Findings, SchemaError> {
        let told = if *extent == Extent::Whole { Extent::of_answer(body) } else { Extent::Whole };
        let extent = if *extent == Extent::Whole { &told } else { extent };
        if !collection {
            return self.check_part(name, "", extent, body);
        }
        let mut findings = self.check("collection", "", body)?;
        if *extent == Extent::Shortened {
            findings.violations.retain(|finding| finding.kind != FindingKind::Missing);
        }
        let items = body.get("value").and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate().filter(|(_, item)| item.is_object()) {
            findings.extend(self.check_part(name, &format!("/value/{index}"), extent, item)?);
        }
        Ok(findings)
    }

    fn check_part(&self, name: &str, prefix: &str, extent: &Extent, body: &Value) -> Result<Findings, SchemaError> {
        match extent {
            Extent::Whole => self.check(name, prefix, body),
            Extent::Shortened => {
                let mut findings = self.check(name, prefix, body)?;
                findings.violations.retain(|finding| finding.kind != FindingKind::Missing);
                Ok(findings)
            }
            Extent::Selected(names) => {
                let mut findings = self.check_without_id(name, prefix, body)?;
                let mut missing = Vec::new();
                for (property, is_object) in self.selected(name, names, body)? {
                    // Objects that hold nothing are left out.
                    if body.is_object() && body.get(&property).is_none() && !is_object {
                        missing.push(property);
                    }
                }
                findings.violations.extend(missing.into_iter().map(|property| SchemaFinding {
                    pointer: format!("{prefix}/{property}"),
                    expected: "a value, since it was selected".to_owned(),
                    found: "nothing".to_owned(),
                    schema: format!("{name}.json#/properties/{property}"),
                    kind: FindingKind::Missing,
                    meant: None,
                }));
                Ok(findings)
            }
        }
    }
}

impl Findings {
    /// The finding of a body that should be JSON and is something else: `found` says what.
    pub fn not_json(found: &str) -> Self {
        one_violation("a JSON body", found, "RFC 8259".to_owned())
    }
}
