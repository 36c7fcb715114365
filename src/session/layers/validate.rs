//! The first layer: both payloads are held against the schemas of Graph. A request that violates its schema is not sent.

use std::rc::Rc;
use std::time::Duration;

use graphwalk_catalog::Version;
use graphwalk_client::{Exchange, ResponseBody};
use graphwalk_schema::{Extent, Findings, OperationTypes, SchemaError, SchemaFinding, Schemas};
use graphwalk_secrets::ServerText;

use super::guarded::Guarded;
use super::{Around, CheckedAnswer};
use crate::backend::Backend;
use crate::session::{Call, Drift, Failure};

/// Validates what is sent and what comes.
pub(in crate::session) struct Validate {
    schemas: Schemas,
    backend: Rc<dyn Backend>,
    /// Whether drift is a failure.
    strict: bool,
    pub guarded: Guarded,
}

impl Validate {
    /// Makes the layer before `guarded`; `strict` makes drift a failure.
    pub fn new(schemas: Schemas, backend: Rc<dyn Backend>, strict: bool, guarded: Guarded) -> Self {
        Self { schemas, backend, strict, guarded }
    }

    /// The schemas that payloads are validated against.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The answer to a call. What is wrong with an answer stands beside it: whatever it created has to be cleaned up.
    ///
    /// # Errors
    ///
    /// There is no answer: the request was not sent, or nobody answered it.
    pub async fn send(&mut self, call: &Call, around: &mut Around<'_>) -> Result<CheckedAnswer, Failure> {
        let mut operation = self.schemas.operation(&call.method, &call.path);
        self.check_request(call, operation.as_ref(), around)?;
        let CheckedAnswer { exchange, fault } = self.guarded.send(call, around).await?;
        if exchange.recovered.is_some() && call.lookup.as_ref().is_some_and(|lookup| lookup.creates.is_none()) {
            // The recovered answer to an action is the object that it was done to.
            operation = self.schemas.operation("GET", &exchange.path);
        }
        let fault = match fault {
            Some(fault) => Some(fault),
            None => self.check_response(&exchange, operation.as_ref(), around).err(),
        };
        Ok(CheckedAnswer { exchange, fault })
    }

    fn check_request(
        &self,
        call: &Call,
        operation: Option<&OperationTypes>,
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        let Some(body) = &call.body else { return Ok(()) };
        let checked = operation.map(|operation| self.schemas.check_sent(&call.method, operation, body));
        let Some(findings) = checked.transpose().map_err(unreadable_schema)?.flatten() else {
            around.seen.unvalidated += 1;
            return Ok(());
        };
        around.seen.validated += 1;
        let request = format!("{} {} as {} was not sent", call.method, call.path, call.actor);
        self.judge(findings, "request-schema", "the request does not fit its schema", &[request], around)
    }

    fn check_response(
        &self,
        exchange: &Exchange,
        operation: Option<&OperationTypes>,
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        let checked = match operation {
            _ if exchange.status >= 400 => self.schemas.check_response(exchange.status, None, exchange.json()),
            // A redirect has the body of no type.
            Some(operation) if exchange.status < 300 => self.check_answer(exchange, operation),
            _ => {
                around.seen.unvalidated += 1;
                return Ok(());
            }
        };
        let findings = checked.map_err(unreadable_schema)?;
        around.seen.validated += 1;
        self.judge(findings, "schema", "the answer does not fit its schema", &exchange.notes(), around)
    }

    fn check_answer(&self, exchange: &Exchange, operation: &OperationTypes) -> Result<Findings, SchemaError> {
        if let Some(findings) = not_json(exchange).filter(|_| operation.has_body() && exchange.status != 204) {
            return Ok(findings);
        }
        let findings = self.schemas.check_answer(operation, exchange.status, exchange.json())?;
        if findings.is_empty() || !self.is_shortened() {
            return Ok(findings);
        }
        let shortened = OperationTypes { extent: Extent::Shortened, ..operation.clone() };
        self.schemas.check_answer(&shortened, exchange.status, exchange.json())
    }

    /// Returns the findings about an answer as a value of a type, or as a list of it: all of it that was asked for.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_as(&self, type_name: &str, many: bool, exchange: &Exchange) -> Result<Findings, SchemaError> {
        let operation = self.schemas.operation(&exchange.method, &exchange.path);
        let (version, selected) =
            operation.map_or((Version::V1, Extent::Whole), |operation| (operation.version, operation.extent));
        let extent = if self.is_shortened() { Extent::Shortened } else { selected };
        match exchange.json() {
            Some(body) => self.schemas.of_version(version).check_as(type_name, many, &extent, body),
            None => Ok(not_json(exchange).unwrap_or_else(|| Findings::not_json("nothing"))),
        }
    }

    /// Returns whether a recording says that the last answer was shortened.
    fn is_shortened(&self) -> bool {
        self.backend.origin(self.backend.clock().now(), Duration::ZERO).is_shortened
    }

    /// Fails on violations, and on drift under `--strict`; else keeps the drift for the report.
    pub fn judge(
        &self,
        findings: Findings,
        code: &'static str,
        message: &str,
        notes: &[String],
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        around.seen.unjudged += findings.unjudged.len();
        if !findings.violations.is_empty() {
            let failure = Failure::new(code, message).note(render_findings(&findings.violations));
            return Err(failure.notes(notes.iter().cloned()));
        }
        if self.strict && !findings.drift.is_empty() {
            return Err(Failure::new("drift", "the payload has values that the schemas do not know")
                .note(render_findings(&findings.drift))
                .notes(notes.iter().cloned())
                .help("run without --strict to go on, or add the value to the schemas' overlay.toml"));
        }
        let request = notes.first().cloned().unwrap_or_default();
        let found = findings.drift.iter().map(|finding| Drift {
            place: around.place.clone(),
            request: request.clone(),
            finding: one_line(finding),
        });
        around.seen.drift.extend(found);
        Ok(())
    }
}

/// The finding of a body that is not empty and not JSON.
fn not_json(exchange: &Exchange) -> Option<Findings> {
    match &exchange.body {
        ResponseBody::Empty | ResponseBody::Json(_) => None,
        ResponseBody::Repeats(name) => Some(Findings::not_json(&format!("JSON that has the property {name} twice"))),
        ResponseBody::Text(_) => Some(Findings::not_json("a text that is not JSON")),
    }
}

fn render_findings(findings: &[SchemaFinding]) -> String {
    let lines: Vec<String> = findings.iter().map(one_line).collect();
    lines.join("\n")
}

fn one_line(finding: &SchemaFinding) -> String {
    // The names of properties are the server's too.
    let pointer = ServerText::from(finding.pointer.as_str()).to_string();
    let pointer = if pointer.is_empty() { "the whole body" } else { &pointer };
    format!("{pointer}: expected {}, got {} ({})", finding.expected, finding.found, finding.schema)
}

fn unreadable_schema(error: SchemaError) -> Failure {
    Failure::new("schema-file", error.to_string())
        .help("check the folder given with --schemas, or leave the option out")
}
