//! Sending one request as an actor, with both payloads validated.

use std::fmt;

use serde_json::Value;

use crate::graph::Exchange;
use crate::recording::secrets::masked_text;
use crate::schema::{Finding, Findings, Operation, SchemaError};
use crate::server_text::ServerText;
use crate::sign_in::Claims;

use super::contradictions::{self, Counted};
use super::creation::{answered_id, object};
use super::deliver::unrecorded;
use super::{Drift, Failure, Lookup, Session};

/// A request as a step forms it.
#[derive(Clone, Default)]
pub struct Call {
    /// Who calls, e.g. `administrator`, `Adele Vance`.
    pub actor: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query after the host, with the version: `/v1.0/users`.
    pub path: String,
    /// Headers beside the ones that every request carries, e.g. `ConsistencyLevel`.
    pub headers: Vec<(String, String)>,
    /// The JSON body, if any.
    pub body: Option<Value>,
    /// How to find out whether it was done, if its answer is lost. Without it a call that must not be done twice fails then.
    pub lookup: Option<Lookup>,
    /// Whether all pages of the list that is answered are read, as one list.
    pub all_pages: bool,
    /// How a person does it instead, where people do by themselves what a feature asks for: a sentence for a plan.
    pub by_hand: Option<&'static str>,
}

impl Call {
    /// A request without a body.
    pub fn new(actor: &str, method: &str, path: impl Into<String>) -> Self {
        Self { actor: actor.to_owned(), method: method.to_owned(), path: path.into(), ..Self::default() }
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Says how to find out whether it was done, if its answer is lost.
    #[must_use]
    pub fn lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = Some(lookup);
        self
    }

    /// Reads all pages of the list that is answered, as one list.
    #[must_use]
    pub fn all_pages(mut self) -> Self {
        self.all_pages = true;
        self
    }
}

/// Without headers and body, which may hold secrets.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} as {}", self.method, masked_text(&self.path), self.actor)
    }
}

impl Session {
    /// Sends a request, validates what is sent and what comes, and remembers the exchange as the last one.
    ///
    /// It is sent again where Graph asks for that, or where that can help and does no harm; where reads may lag, also while
    /// what this session created just before is not found. An answer that was lost is looked for: see [`Call::lookup`].
    ///
    /// # Errors
    ///
    /// A failure if the actor has no token, a payload violates its schema (a request is then not sent at all), nothing
    /// answers, or the recording has no such request. An error status is no failure: steps say which status they expect.
    pub async fn send(&mut self, call: &Call) -> Result<&Exchange, Failure> {
        self.token(&call.actor).await?;
        self.calls.note(call, &self.place);
        let mut operation = self.schemas.operation(&call.method, &call.path);
        self.sent = call.body.clone();
        self.check_request(call, operation.as_ref())?;
        self.guard(call)?;
        self.confirm_own(call).await?;
        let intent = self.intend(call)?;
        let mut exchange = self.visible(call).await?;
        let noted = self.note_end(call, intent, &exchange);
        self.learn(call, &exchange);
        if let Some(failure) = unrecorded(&exchange) {
            return Err(failure);
        }
        if exchange.recovered.is_some() && call.lookup.as_ref().is_some_and(|lookup| lookup.creates.is_none()) {
            // What stands for the answer to an action is the object that it was done to.
            operation = self.schemas.operation("GET", &exchange.path);
        }
        let mut judged = self.check_response(&exchange, operation.as_ref());
        if judged.is_ok() {
            judged = match call.all_pages {
                true => self.read_on(call, &mut exchange, operation.as_ref()).await,
                false => Counted::of(&call.path, &exchange).check(&exchange),
            };
        }
        // Kept before it is judged: what it created has to be cleaned up, however wrong the answer is.
        self.last = Some(exchange);
        noted?;
        judged?;
        self.last()
    }

    /// Judges a write, where there is a tenant to be guarded.
    fn guard(&mut self, call: &Call) -> Result<(), Failure> {
        let Some(guard) = &mut self.guard else { return Ok(()) };
        // The one whom `/me` means: Graph verifies the token, and so decides who that is.
        let claims = self.backend.token(&call.actor).and_then(|token| Claims::of(&token));
        let me = claims.and_then(|claims| claims.oid).map(|id| id.to_string());
        guard.judge(call, me.as_deref(), &self.place)
    }

    /// What a call created may be changed and deleted from then on.
    fn learn(&mut self, call: &Call, exchange: &Exchange) {
        let object = self.created_by(call).zip(call.body.as_ref()).map(|(resource, body)| object(resource, body));
        let (Some(guard), Some(object)) = (&mut self.guard, object) else { return };
        if let Ok(Some(id)) = answered_id(&object, exchange) {
            guard.created(&object.resource, &object.name, id.as_str(), Some(&object.search.value));
        }
    }

    /// The JSON body of the last request.
    ///
    /// # Errors
    ///
    /// A failure if it had none.
    pub fn sent_json(&self) -> Result<&Value, Failure> {
        self.sent.as_ref().ok_or_else(|| Failure::new("no-exchange", "the last request of this scenario had no body"))
    }

    pub(super) async fn token(&self, actor: &str) -> Result<String, Failure> {
        // A person may be asked, who takes longer than a step may.
        let signed_in = self.deadline.without(self.backend.sign_in(actor)).await;
        signed_in.map_err(|fault| {
            let failure = Failure::new(fault.code, fault.message).notes(fault.notes);
            match fault.help {
                Some(help) => failure.help(help),
                None => failure,
            }
        })?;
        self.backend.token(actor).ok_or_else(|| {
            Failure::new("unknown-actor", format!("nobody is signed in as \"{actor}\""))
                .focus(actor, "no sign-in for this actor")
                .note(format!("actors here: {}", self.backend.actors().join(", ")))
                .help("an actor is `the administrator` or a name that the recording gives as `_actor`")
        })
    }

    fn check_request(&mut self, call: &Call, operation: Option<&Operation>) -> Result<(), Failure> {
        let Some(body) = &call.body else { return Ok(()) };
        let Some(type_name) = operation.and_then(|operation| operation.request.as_deref()) else {
            self.seen.unvalidated += 1;
            return Ok(());
        };
        let findings = self.schemas.check_request(&call.method, type_name, body).map_err(unreadable_schema)?;
        self.seen.validated += 1;
        let request = format!("{} {} as {} was not sent", call.method, call.path, call.actor);
        self.judge(findings, "request-schema", "the request does not fit its schema", &[request])
    }

    pub(super) fn check_response(&mut self, exchange: &Exchange, operation: Option<&Operation>) -> Result<(), Failure> {
        contradictions::in_answer(exchange)?;
        let checked = match operation {
            _ if exchange.status >= 400 => self.schemas.check_response(exchange.status, None, exchange.json()),
            // A redirect has the body of no type.
            Some(operation) if exchange.status < 300 => {
                self.schemas.check_response(exchange.status, Some(&operation.response), exchange.json())
            }
            _ => {
                self.seen.unvalidated += 1;
                return Ok(());
            }
        };
        let findings = checked.map_err(unreadable_schema)?;
        self.seen.validated += 1;
        self.judge(findings, "schema", "the answer does not fit its schema", &exchange.notes())
    }

    /// Fails on violations, and on drift under `--strict`; else keeps the drift for the report.
    pub fn judge(
        &mut self,
        findings: Findings,
        code: &'static str,
        message: &str,
        notes: &[String],
    ) -> Result<(), Failure> {
        if !findings.violations.is_empty() {
            let failure = Failure::new(code, message).note(told(&findings.violations));
            return Err(failure.notes(notes.iter().cloned()));
        }
        if self.strict && !findings.drift.is_empty() {
            return Err(Failure::new("drift", "the payload holds what the schemas do not know")
                .note(told(&findings.drift))
                .notes(notes.iter().cloned())
                .help("run without --strict to go on, or add the value to the schemas' overlay.toml"));
        }
        let request = notes.first().cloned().unwrap_or_default();
        let found = findings.drift.iter().map(|finding| Drift {
            place: self.place.clone(),
            request: request.clone(),
            finding: one_line(finding),
        });
        self.seen.drift.extend(found);
        Ok(())
    }
}

fn told(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings.iter().map(one_line).collect();
    lines.join("\n")
}

fn one_line(finding: &Finding) -> String {
    // The names of properties are the server's too.
    let pointer = ServerText::from(finding.pointer.as_str()).to_string();
    let pointer = if pointer.is_empty() { "the whole body" } else { &pointer };
    format!("{pointer}: expected {}, found {} ({})", finding.expected, finding.found, finding.schema)
}

fn unreadable_schema(error: SchemaError) -> Failure {
    Failure::new("schema-file", error.to_string())
        .help("check the folder given with --schemas, or leave the option out")
}
