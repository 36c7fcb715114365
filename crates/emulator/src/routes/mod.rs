//! From a request of the API to its reply: which area answers it, and what every area needs for that.

mod batch;
pub(crate) mod body;
mod call;

use graphwalk_catalog::{self as catalog, ApiPath, Catalog, NoCall, NotUnderstood, PathPlace, Resolved, SegmentOwner};
use http::Method;

use super::http::{Refusal, Reply};
use super::odata::path;

pub use batch::{Batch, is_batch};
pub(crate) use call::known_types;
pub use call::{List, RoutedCall};

/// Answers a request.
///
/// # Errors
///
/// The refusal that Graph would answer.
pub fn answer(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    let names = path::names(&call.path);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let areas = call.tenant.areas();
    match areas.iter().find_map(|area| area.answer(call, &names)) {
        None => Err(call.not_modelled()),
        // An area may have taken a word of Graph for a key: `PATCH /groups/delta`.
        Some(Err(refusal)) if matches!(refusal.status, 400 | 403 | 404) => {
            Err(call.word_taken_for_key().unwrap_or(refusal))
        }
        Some(answered) => answered,
    }
}

impl RoutedCall<'_> {
    /// Returns the refusal of a call whose last segment is a word of Graph: 405 if it does not take the method, else 501.
    fn word_taken_for_key(&self) -> Option<Refusal> {
        let method = self.method().parse().ok()?;
        let catalog = Catalog::of_path(&self.path);
        match catalog.call(method, &self.path) {
            Err(NoCall::Method(_)) => Some(method_not_allowed(&self.request.method)),
            Err(NoCall::Path(_)) => None,
            Ok(known) => {
                let is_key = |resolved: &Resolved| matches!(resolved.places().last(), Some(PathPlace::Key(_)));
                let is_word = || catalog.segment_owners(&self.path).last() == Some(&SegmentOwner::Graph);
                let is_without_brackets = self.path.segments().last().is_some_and(|last| last.arguments().is_none());
                (known.resolved().is_some_and(is_key) && is_without_brackets && is_word())
                    .then(|| not_modelled(&self.path))
            }
        }
    }

    /// Returns the refusal of a call that no area answers: 501 if Graph has it, 405 if Graph has the path with other
    /// methods, 400 if it has not even that.
    pub fn not_modelled(&self) -> Refusal {
        let catalog = Catalog::of_path(&self.path);
        let method = catalog::Method::ALL.into_iter().find(|known| known.name() == self.method());
        match (catalog.call(method.unwrap_or(catalog::Method::Get), &self.path), method) {
            (Ok(_), Some(_)) => not_modelled(&self.path),
            (Ok(_), None) | (Err(NoCall::Method(_)), _) => method_not_allowed(&self.request.method),
            (Err(NoCall::Path(NotUnderstood::Unknown(segment, _))), _) => unknown_segment(&segment),
            (Err(NoCall::Path(_)), _) => unknown_segment(""),
        }
    }
}

/// 400 for a segment that Graph does not have there.
pub(crate) fn unknown_segment(segment: &str) -> Refusal {
    let shown: String = segment.chars().take(60).collect();
    Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{shown}'."))
}

/// 501 for what Graph has and the emulator does not; better than a wrong answer.
fn not_modelled(path: &ApiPath) -> Refusal {
    let owners = Catalog::of_path(path).segment_owners(path);
    let shown = path.segments().iter().zip(owners).map(|(segment, owner)| match (owner, segment.arguments()) {
        (SegmentOwner::Tenant, _) => "{id}".to_owned(),
        (_, None) => segment.name().to_owned(),
        (_, Some(arguments)) => {
            let names = arguments.iter().map(|argument| argument.name.as_deref().unwrap_or("{id}"));
            format!("{}({})", segment.name(), names.collect::<Vec<_>>().join(","))
        }
    });
    let message = format!("graphwalk's emulator does not model {}.", shown.collect::<Vec<_>>().join("/"));
    Refusal::new(501, "NotModelled", message)
}

/// 405 for a method that a path does not take.
fn method_not_allowed(method: &Method) -> Refusal {
    let message = format!("The HTTP method '{method}' is not allowed for the request target.");
    Refusal::new(405, "Request_BadRequest", message)
}
