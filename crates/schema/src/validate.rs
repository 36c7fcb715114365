//! Validating payloads.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use graphwalk_catalog::Catalog;
use jsonschema::{ValidationError, ValidationOptions, Validator};
use serde_json::Value;

use super::document::{GROWS, REQUIRED_ON_CREATE};
use super::findings::kind_of;
use super::quick::Quick;
use super::store::{Retriever, Store};
use super::{Finding, Findings, Operation, SchemaError, Shape};

/// The schemas of one place. Cheap to clone: clones share their validators, each of which is compiled once, when it is
/// first needed.
#[derive(Clone)]
pub struct Schemas(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    quick: Arc<Quick>,
    /// The validators that tell what is wrong, by name; none is made before something is.
    validators: RwLock<HashMap<String, Compiled>>,
}

type Compiled = Arc<OnceLock<Result<Validator, SchemaError>>>;

impl Schemas {
    /// The schemas of all types of Graph, the same ones for the whole process. None is made before it is needed.
    pub fn embedded() -> Self {
        static EMBEDDED: LazyLock<Schemas> = LazyLock::new(|| Schemas::of_catalog(Catalog::v1()));
        EMBEDDED.clone()
    }

    /// The schemas of the types of a catalog.
    pub fn of_catalog(catalog: Catalog) -> Self {
        Self::from_store(Store::of_catalog(catalog))
    }

    /// The schemas of a folder that holds `v1.0`, as `graphwalk schema generate` makes it.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn from_dir(folder: &Path) -> Result<Self, SchemaError> {
        let schemas = Self::from_store(Store::of_folder(folder)?);
        // Those of every list and of every refusal.
        schemas.0.store.kind("collection")?;
        schemas.0.store.kind("error")?;
        Ok(schemas)
    }

    /// Whether they are those of a catalog, and not of a folder.
    pub fn is_of_catalog(&self) -> bool {
        self.0.store.is_catalog()
    }

    fn from_store(store: Store) -> Self {
        let store = Arc::new(store);
        let quick = Quick::new(Arc::clone(&store));
        Self(Arc::new(Inner { store, quick, validators: RwLock::default() }))
    }

    /// The types of a request and its answer, by method and path as sent (`/v1.0/…` or `/beta/…`, with or without a
    /// query); nothing if Graph has no such call, or there is no schema of what it answers.
    /// Beta paths have the types of v1.0.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let operation = Operation::look_up(method, path)?;
        let is_known = match &operation.response {
            Shape::NoContent => true,
            Shape::One(name) | Shape::Many(name) => self.0.store.kind(name).is_ok(),
        };
        let request = operation.request.filter(|name| self.0.store.kind(name).is_ok());
        is_known.then_some(Operation { request, ..operation })
    }

    /// Validates the body of a request.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_request(&self, method: &str, type_name: &str, body: &Value) -> Result<Findings, SchemaError> {
        let kind = self.0.store.kind(type_name)?;
        let mut findings = Findings::default();
        // The service gives ids: what is sent has none.
        if !self.0.quick.fits_with_id(type_name, body) {
            findings = self.errors(type_name, "", body)?;
            findings.violations.retain(|finding| !(finding.found == "nothing" && finding.pointer.ends_with("/id")));
        }
        if method == "POST" {
            for name in kind.required_on_create.iter().filter(|name| body.get(name).is_none()) {
                findings.violations.push(Finding {
                    pointer: format!("/{name}"),
                    expected: "a value, which is required to create one".to_owned(),
                    found: "nothing".to_owned(),
                    schema: format!("{type_name}.json#/{REQUIRED_ON_CREATE}"),
                });
            }
        }
        Ok(findings)
    }

    /// Validates an answer. With a status of 400 or more `body` has to be Graph's error, else what `expected` says; with
    /// 204 there has to be none.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_response(
        &self,
        status: u16,
        expected: Option<&Shape>,
        body: Option<&Value>,
    ) -> Result<Findings, SchemaError> {
        if status >= 400 {
            return self.check_body("error", false, body);
        }
        match expected {
            _ if status == 204 => Ok(no_content(body)),
            None => Ok(Findings::default()),
            Some(Shape::NoContent) => Ok(no_content(body)),
            Some(Shape::One(name)) => self.check_body(name, false, body),
            Some(Shape::Many(name)) => self.check_body(name, true, body),
        }
    }

    /// Validates a value of a type, or a list of it.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_type(&self, name: &str, collection: bool, body: &Value) -> Result<Findings, SchemaError> {
        if !collection {
            return self.check(name, "", body);
        }
        let mut findings = self.check("collection", "", body)?;
        let items = body.get("value").and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate().filter(|(_, item)| item.is_object()) {
            findings.extend(self.check(name, &format!("/value/{index}"), item)?);
        }
        Ok(findings)
    }

    /// Validates both payloads of an exchange and forgets what it found: what they need is compiled then.
    pub fn prepare(&self, method: &str, path: &str, status: u16, request: Option<&Value>, response: Option<&Value>) {
        let Some(operation) = self.operation(method, path) else { return };
        if let (Some(name), Some(body)) = (&operation.request, request) {
            let _ = self.check_request(method, name, body);
        }
        let _ = self.check_response(status, Some(&operation.response), response);
    }

    /// Whether a type has a property of this name, navigation properties among them.
    pub fn has_property(&self, type_name: &str, property: &str) -> bool {
        self.0.store.has_property(type_name, property)
    }

    /// The names of all types, sorted.
    pub fn type_names(&self) -> Vec<String> {
        self.0.store.names()
    }

    /// The text of a type's schema.
    ///
    /// # Errors
    ///
    /// If there is no such type.
    pub fn source(&self, name: &str) -> Result<String, SchemaError> {
        self.0.store.text(name)
    }

    fn check_body(&self, name: &str, collection: bool, body: Option<&Value>) -> Result<Findings, SchemaError> {
        match body {
            Some(body) => self.check_type(name, collection, body),
            None => Ok(one_violation("a JSON body", "nothing", format!("{name}.json"))),
        }
    }

    /// Validates `body`, which lies at `prefix` of the payload.
    fn check(&self, declared: &str, prefix: &str, body: &Value) -> Result<Findings, SchemaError> {
        // Nearly every payload is valid, and finding that out is several times faster than collecting errors.
        if self.0.quick.fits(declared, body) {
            return Ok(Findings::default());
        }
        self.errors(declared, prefix, body)
    }

    fn errors(&self, declared: &str, prefix: &str, body: &Value) -> Result<Findings, SchemaError> {
        let kind = self.0.store.kind(declared)?;
        let compiled = match kind.choose(declared, body) {
            Some(name) => self.validator(name, |store| store.itself(name)),
            // Nothing else can be said of a value that says it is of a type that is not there.
            None => self.validator(&format!("{declared}#tags"), |store| store.tags(declared)),
        };
        let mut findings = Findings::default();
        match compiled.get() {
            Some(Ok(validator)) => {
                for error in validator.iter_errors(body) {
                    findings.add(prefix, &error, |place| self.grows(place));
                }
            }
            Some(Err(error)) => return Err(error.clone()),
            None => {}
        }
        Ok(findings)
    }

    /// Whether the `enum` at a place, `user.json#/properties/x/enum`, is a set that may grow.
    fn grows(&self, place: &str) -> bool {
        let Some((file, pointer)) = place.split_once('#') else { return false };
        let Some(name) = file.strip_suffix(".json") else { return false };
        let parent = pointer.strip_suffix("/enum").unwrap_or(pointer);
        self.0.store.json(name).is_ok_and(|schema| {
            schema.pointer(parent).and_then(|at| at.get(GROWS)).and_then(Value::as_bool).unwrap_or(false)
        })
    }

    fn validator(&self, key: &str, schema: impl FnOnce(&Store) -> Result<Value, SchemaError>) -> Compiled {
        let known = self.0.validators.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let compiled = known.unwrap_or_else(|| {
            let mut all = self.0.validators.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key.to_owned()).or_default())
        });
        compiled.get_or_init(|| {
            let broken = |error: ValidationError<'_>| {
                let name = key.split('#').next().unwrap_or_default();
                SchemaError::Broken { name: format!("{name}.json"), reason: error.to_string() }
            };
            plain(&self.0.store, &schema(&self.0.store)?).map_err(broken)
        });
        compiled
    }
}

/// The validator that tells what is wrong, and where.
pub(super) fn plain(store: &Arc<Store>, schema: &Value) -> Result<Validator, ValidationError<'static>> {
    formats(jsonschema::options()).with_retriever(Retriever(Arc::clone(store))).build(schema)
}

/// The formats of OData's primitive types, which are stricter or laxer than those of JSON Schema.
pub(super) fn formats(options: ValidationOptions) -> ValidationOptions {
    options
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
        .with_format("date-time", |text: &str| text.parse::<jiff::Timestamp>().is_ok())
        .with_format("duration", |text: &str| {
            text.trim_start_matches('-').starts_with('P') && text.parse::<jiff::Span>().is_ok()
        })
        .with_format("time-of-day", |text: &str| text.parse::<jiff::civil::Time>().is_ok())
        .with_format("base64url", |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte))
        })
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Schemas from {:?}", self.0.store)
    }
}

fn no_content(body: Option<&Value>) -> Findings {
    body.map_or_else(Findings::default, |body| one_violation("no body", &kind_of(body), "204 No Content".to_owned()))
}

fn one_violation(expected: &str, found: &str, schema: String) -> Findings {
    let finding = Finding { pointer: String::new(), expected: expected.to_owned(), found: found.to_owned(), schema };
    Findings { violations: vec![finding], drift: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";

    /// The findings of a value, `violation POINTER` or `drift POINTER`.
    fn found(name: &str, body: &Value) -> Vec<String> {
        told(&Schemas::embedded().check_type(name, false, body).unwrap())
    }

    fn told(findings: &Findings) -> Vec<String> {
        let violations = findings.violations.iter().map(|finding| format!("violation {}", finding.pointer));
        violations.chain(findings.drift.iter().map(|finding| format!("drift {}", finding.pointer))).collect()
    }

    #[test]
    fn what_a_type_can_never_be_is_a_violation() {
        assert_eq!(found("user", &json!({"displayName": "x"})), ["violation /id"]);
        assert_eq!(found("user", &json!({"id": "not a guid"})), ["violation /id"]);
        assert_eq!(found("user", &json!({"id": ID, "displayName": 5})), ["violation /displayName"]);
        assert_eq!(
            found("accessReviewInstance", &json!({"id": ID, "endDateTime": "tomorrow"})),
            ["violation /endDateTime"]
        );
        let settings = json!({"id": ID, "settings": {"instanceDurationInDays": null}});
        assert_eq!(found("accessReviewScheduleDefinition", &settings), ["violation /settings/instanceDurationInDays"]);
        let closed = json!({"id": ID, "settings": {"recurrence": {"range": {"type": "sometimes"}}}});
        assert_eq!(found("accessReviewScheduleDefinition", &closed), ["violation /settings/recurrence/range/type"]);
    }

    #[test]
    fn what_a_newer_graph_may_answer_is_drift() {
        assert_eq!(found("accessReviewInstance", &json!({"id": ID, "status": "Sleeping"})), ["drift /status"]);
        assert_eq!(found("accessReviewInstance", &json!({"id": ID, "mood": 1})), ["drift /mood"]);
        assert_eq!(
            found("accessReviewScope", &json!({"@odata.type": "#microsoft.graph.newScope"})),
            ["drift /@odata.type"]
        );
        assert_eq!(
            found("directoryObject", &json!({"@odata.type": "#microsoft.graph.agent", "id": ID})),
            ["drift /@odata.type"]
        );
        assert_eq!(found("user", &json!({"id": ID, "anything": 1, "memberOf": [], "x@odata.count": 1})), [""; 0]);
    }

    #[test]
    fn a_value_is_checked_as_the_type_that_it_says_it_is() {
        let member = json!({"@odata.type": "#microsoft.graph.user", "id": ID, "accountEnabled": "yes"});
        assert_eq!(found("directoryObject", &member), ["violation /accountEnabled"]);
        let scope =
            json!({"@odata.type": "#microsoft.graph.accessReviewInactiveUsersQueryScope", "inactiveDuration": "long"});
        assert_eq!(found("accessReviewScope", &scope), ["violation /inactiveDuration"]);
        let nested = json!({"id": ID, "scope": scope});
        assert_eq!(found("accessReviewInstance", &nested), ["violation /scope/inactiveDuration"]);
    }

    #[test]
    fn a_duration_is_one_of_odata_with_parts_of_a_second_and_with_a_sign() {
        let scope =
            |duration: &str| found("accessReviewInactiveUsersQueryScope", &json!({"inactiveDuration": duration}));
        for duration in ["P30D", "P1Y6M", "PT1H30M", "PT0.5S", "-PT15M"] {
            assert_eq!(scope(duration), [""; 0], "{duration}");
        }
        for no_duration in ["", "P", "PT", "30 days", "P30", "--P1D"] {
            assert_eq!(scope(no_duration), ["violation /inactiveDuration"], "{no_duration}");
        }
    }

    #[test]
    fn every_finding_is_told_at_once_and_none_shows_a_password() {
        let body = json!({"id": "x", "displayName": 1, "passwordProfile": {"password": 12345}});
        let findings = Schemas::embedded().check_type("user", false, &body).unwrap();
        assert_eq!(findings.violations.len(), 3);
        assert!(!format!("{findings:?}").contains("12345"));
        assert_eq!(findings.violations[0].schema.split('#').next(), Some("user.json"));
    }

    #[test]
    fn the_request_that_creates_the_review_passes_though_its_scopes_name_no_type() {
        let scope = json!({"query": "/groups/1/transitiveMembers", "queryType": "MicrosoftGraph"});
        let mut body = json!({"displayName": "r", "scope": scope, "instanceEnumerationScope": scope, "settings": {
            "defaultDecision": "Deny", "instanceDurationInDays": 5,
            "recurrence": {"pattern": null, "range": {"type": "numbered", "numberOfOccurrences": 0, "recurrenceTimeZone": null, "startDate": "2022-02-11", "endDate": "2022-02-16"}}}});
        let schemas = Schemas::embedded();
        let check =
            |body: &Value| told(&schemas.check_request("POST", "accessReviewScheduleDefinition", body).unwrap());
        assert_eq!(check(&body), [""; 0]);
        body["settings"]["recurrence"]["range"]["startDate"] = json!("11.2.2022");
        body.as_object_mut().unwrap().shift_remove("scope");
        assert_eq!(check(&body), ["violation /settings/recurrence/range/startDate", "violation /scope"]);
    }

    #[test]
    fn lists_errors_and_empty_answers_have_their_shapes() {
        let schemas = Schemas::embedded();
        let many = Shape::Many("user".into());
        let check = |status, expected: Option<&Shape>, body: Option<Value>| {
            told(&schemas.check_response(status, expected, body.as_ref()).unwrap())
        };
        assert_eq!(check(200, Some(&many), Some(json!({"value": [{"id": ID}, {"id": 7}]}))), ["violation /value/1/id"]);
        assert_eq!(
            check(200, Some(&many), Some(json!({"@odata.count": -1}))),
            ["violation /value", "violation /@odata.count"]
        );
        assert_eq!(check(404, None, Some(json!({"error": {"code": "x"}}))), ["violation /error/message"]);
        assert_eq!(check(404, None, Some(json!({"Message": "no such path"}))), [""; 0]);
        assert_eq!(check(204, Some(&many), None), [""; 0]);
        assert_eq!(check(204, None, Some(json!({}))), ["violation "]);
        assert_eq!(check(200, Some(&many), None), ["violation "]);
    }
}
