//! A request as a step forms it.

use std::fmt;

use serde_json::Value;

use graphwalk_client::FileBody;
use graphwalk_secrets::masking::masked_text;

use super::Lookup;

/// A request as a step forms it.
#[derive(Clone, Default)]
pub struct Call {
    /// The actor who calls, e.g. `administrator`, `Adele Vance`.
    pub actor: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query after the host, with the version: `/v1.0/users`.
    pub path: String,
    /// Headers beside the ones that every request carries, e.g. `ConsistencyLevel`.
    pub headers: Vec<(String, String)>,
    /// The JSON body, if any.
    pub body: Option<Value>,
    /// The body that is no JSON, e.g. a photo: see [`Session::file_body`](super::Session::file_body).
    pub file: Option<FileBody>,
    /// The places of the body that are otherwise each time, such as `{guid}` and `{now}`: JSON pointers. A client that replays a
    /// recording of the call does not compare them.
    pub volatile: Vec<String>,
    /// The way to find out whether it was done, if its answer is lost. Without it a call that must not be done twice fails
    /// then.
    pub lookup: Option<Lookup>,
    /// Whether all pages of the list that is answered are read, as one list.
    pub all_pages: bool,
    /// The way a person does it instead, where people do by themselves what a feature asks for: a sentence for a plan.
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

    /// Adds a body that is no JSON.
    #[must_use]
    pub fn file(mut self, file: FileBody) -> Self {
        self.file = Some(file);
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
