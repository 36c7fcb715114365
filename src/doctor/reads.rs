//! Reads of Graph: the only calls that are made with a token here.

use std::time::Instant;

use graphwalk_client::sign_in::AccessToken;
use graphwalk_client::{GraphClient, RetryPolicy, paging};
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, Endpoints};
use crate::session::TracedExchange;

use super::DoctorTrace;

/// The most pages that are read of one list: nobody is in more groups than these hold, nor has more licences.
const MOST_PAGES: usize = 20;

/// Reads of one Graph.
pub(super) struct Reads<'a> {
    client: GraphClient,
    endpoints: &'a Endpoints,
    trace: Option<&'a DoctorTrace>,
}

/// The result of a read.
#[derive(Debug)]
pub(super) enum TenantRead {
    /// The body.
    Body(Value),
    /// Graph answered with an error.
    Refused {
        /// Its status.
        status: u16,
        /// Status, code and what support asks for.
        words: String,
    },
    /// Nothing answered.
    Lost(String),
}

impl TenantRead {
    /// Returns why there is no body, for a sentence.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Body(_) => None,
            Self::Refused { words, .. } | Self::Lost(words) => Some(words),
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&Vec<Value>> {
        match self {
            Self::Body(body) => body.get("value")?.as_array(),
            _ => None,
        }
    }
}

impl<'a> Reads<'a> {
    /// # Errors
    ///
    /// The proxy or the CA file cannot be used.
    pub fn new(config: &'a Config, trace: Option<&'a DoctorTrace>) -> Result<Self, String> {
        let client = config.graph_client().map_err(|error| error.to_string())?;
        Ok(Self { client, endpoints: &config.endpoints, trace })
    }

    /// Reads one entity, or a list to its end.
    pub async fn get(&self, actor: &str, token: &AccessToken, path: &str) -> TenantRead {
        let mut whole = self.page(actor, token, path).await;
        let mut pages = paging::PagesRead::from_first(path);
        for _ in 1..MOST_PAGES {
            let TenantRead::Body(list) = &mut whole else { break };
            let Some(link) = paging::next_link(list) else { break };
            let next = match self.client.path_of_link(link) {
                Ok(next) => next,
                Err(error) => return TenantRead::Lost(error.to_string()),
            };
            if let Err(error) = pages.go_on_to(&next) {
                return TenantRead::Lost(error.to_string());
            }
            match self.page(actor, token, &next).await {
                TenantRead::Body(page) => match paging::append(list, page) {
                    Ok(()) => {}
                    Err(error) => return TenantRead::Lost(error.to_string()),
                },
                other => return other,
            }
        }
        whole
    }

    async fn page(&self, actor: &str, token: &AccessToken, path: &str) -> TenantRead {
        let bearer = match token.bearer_for(&self.endpoints.graph, self.endpoints) {
            Ok(bearer) => bearer,
            Err(error) => return TenantRead::Lost(error.to_string()),
        };
        let token = bearer.to_str().unwrap_or_default().trim_start_matches("Bearer ");
        // Somebody waits for the answer: a few attempts within half a minute, no more.
        let policy = RetryPolicy { attempts: 3, within: SignedDuration::from_secs(30), ..RetryPolicy::service() };
        let (started, begun) = (Timestamp::now(), Instant::now());
        let answered = self.client.get(actor, token, path, policy).await;
        if let Some(trace) = self.trace {
            let number = trace.borrow().len() + 1;
            let read =
                TracedExchange::of_read(number, (actor, path), answered.as_ref().ok(), (started, begun.elapsed()));
            trace.borrow_mut().push(read.without_secrets_of(token));
        }
        match answered {
            Ok(exchange) if exchange.status == 200 => match exchange.json() {
                Some(body) => TenantRead::Body(body.clone()),
                None => TenantRead::Lost("the answer is not JSON".to_owned()),
            },
            Ok(exchange) => {
                let error = exchange.error();
                let code = error.map(|error| error.code).filter(|code| !code.is_empty());
                let code = code.map_or_else(String::new, |code| format!(" {code}"));
                let id = exchange.request_id.as_ref().map_or_else(String::new, |id| format!(" (request-id {id})"));
                TenantRead::Refused { status: exchange.status, words: format!("{}{code}{id}", exchange.status) }
            }
            Err(error) => TenantRead::Lost(error.to_string()),
        }
    }
}
