//! Redaction: what may be shared of a recording, and pseudonyms for the rest.
//!
//! Nothing is kept because it looks harmless. A text stays only if the features contain it, if a schema or Graph itself
//! gives it as a name or as a value of a closed set, or if it is a time; numbers and truth values stay. Tokens and
//! passwords are dropped. Every other text gets a pseudonym ([`PseudonymKind`]), and the same text the same one wherever it
//! stands: in a body, in a path, in a literal of a filter, in a URL inside a body, in the caller's name. So an answer
//! and the requests that were made from it still belong together, and the recording can be replayed.

mod batch;
mod body;
mod headers;
mod known;
mod path;
mod pseudonyms;
mod public;
mod shape;
mod text;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::body_difference::is_digest;
use super::numbers::read_json;
use super::write::json_text;
use super::{RecordedExchange, Recording, RequestBody};

pub use pseudonyms::PseudonymKind;
pub use public::Public;

use pseudonyms::Pseudonyms;

/// The changes that redaction made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The number of different texts of each kind that got a pseudonym.
    pub pseudonyms: BTreeMap<PseudonymKind, usize>,
    /// In how many places there is `<redacted>` now, since a secret was there.
    pub secrets: usize,
}

impl Recording {
    /// Replaces everything in it that is not public.
    ///
    /// Where a secret is dropped from the body of a request, its place is added to what is volatile: a client that replays
    /// the recording sends another one.
    pub fn redact(&mut self, public: &Public) -> Redacted {
        let mut redactor = Redactor::new(public);
        for exchange in &self.exchanges {
            redactor.exchange(&mut exchange.clone());
        }
        redactor.log(&mut self.tutorial.clone(), &mut self.volatile.clone());
        redactor.values(&mut self.values.clone());
        redactor.begin();
        redactor.log(&mut self.tutorial, &mut self.volatile);
        redactor.values(&mut self.values);
        for name in &mut self.overrides.kept_passwords {
            *name = redactor.value(name, PseudonymKind::Name);
        }
        for exchange in &mut self.exchanges {
            redactor.exchange(exchange);
            volatile_in(&exchange.request, &mut self.volatile);
        }
        Redacted { pseudonyms: redactor.pseudonyms.counts().clone(), secrets: redactor.secrets }
    }
}

/// Goes through a recording twice: see [`Pseudonyms`].
struct Redactor<'a> {
    public: &'a Public,
    pseudonyms: Pseudonyms,
    /// The domains of accounts that occur, in lower case.
    domains: HashSet<String>,
    /// For a domain of the tenant, in lower case, the one that features have in its place.
    domains_of_features: HashMap<String, String>,
    secrets: usize,
}

impl<'a> Redactor<'a> {
    fn new(public: &'a Public) -> Self {
        Self {
            public,
            pseudonyms: Pseudonyms::default(),
            domains: HashSet::new(),
            domains_of_features: HashMap::new(),
            secrets: 0,
        }
    }

    /// Ends the first pass, in which nothing is replaced.
    fn begin(&mut self) {
        self.pseudonyms.begin();
        self.secrets = 0;
        // A domain that occurs itself cannot stand for another: two people would become one.
        let domains = &self.domains;
        self.domains_of_features.retain(|_, public| !domains.contains(&public.to_lowercase()));
    }

    fn log(&mut self, tutorial: &mut Option<String>, volatile: &mut [String]) {
        if let Some(name) = tutorial {
            *name = self.value(name, PseudonymKind::Name);
        }
        for pointer in volatile {
            let names: Vec<String> = pointer.split('/').map(|name| self.property(name)).collect();
            *pointer = names.join("/");
        }
    }

    fn values(&mut self, values: &mut BTreeMap<String, String>) {
        let given = std::mem::take(values).into_iter();
        *values = given
            .map(|(name, id)| (self.value(&name, PseudonymKind::Name), self.value(&id, PseudonymKind::Text)))
            .collect();
    }

    fn exchange(&mut self, exchange: &mut RecordedExchange) {
        exchange.actor = self.value(&exchange.actor, PseudonymKind::Name);
        exchange.method = self.value(&exchange.method, PseudonymKind::Text);
        exchange.path = self.path(&exchange.path);
        self.headers(&mut exchange.request_headers);
        match &mut exchange.request {
            RequestBody::Empty => {}
            RequestBody::Json(json) if batch::is_batch(&exchange.path) => self.batch(json),
            RequestBody::Json(json) => self.json(json, PseudonymKind::Text),
            // Of a file that stands beside a feature: whoever has the feature has it.
            RequestBody::Text(text) if is_digest(text) => {}
            RequestBody::Text(text) => *text = self.value(text, PseudonymKind::Text),
        }
        self.headers(&mut exchange.headers);
        exchange.media_type = headers::media_type(&exchange.media_type);
        if !exchange.response.is_empty() {
            exchange.response = self.response(&exchange.response, batch::is_batch(&exchange.path));
        }
    }

    fn response(&mut self, bytes: &[u8], is_batch: bool) -> Arc<[u8]> {
        let text = String::from_utf8_lossy(bytes);
        let text = match read_json(&text) {
            Ok(mut json) => {
                if is_batch {
                    self.batch(&mut json);
                } else {
                    self.json(&mut json, PseudonymKind::Text);
                }
                json_text(&json)
            }
            Err(_) => self.value(&text, PseudonymKind::Text),
        };
        text.into_bytes().into()
    }
}

/// The places of a request's body from which secrets were dropped.
fn volatile_in(body: &RequestBody, volatile: &mut Vec<String>) {
    if let RequestBody::Json(json) = body {
        body::dropped(json, &mut String::new(), &mut |pointer| {
            if !volatile.iter().any(|known| known == pointer) {
                volatile.push(pointer.to_owned());
            }
        });
    }
}

#[cfg(test)]
mod tests;
