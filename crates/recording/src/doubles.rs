//! Requests that a browser wrote twice: of the page to its service worker, and of the worker to Graph. Only one was sent.

use std::time::Duration;

use super::RecordedExchange;
use super::reading::{FileReading, PassedOver};

/// The longest time after the page at which a service worker sends, beside the time that the whole took.
const LATEST: Duration = Duration::from_secs(1);

/// Passes over the requests of pages that a service worker sent; `by_worker` are the numbers of those that one answered.
pub(super) fn passed_over_doubles(
    exchanges: &mut Vec<RecordedExchange>,
    by_worker: &[usize],
    reading: &mut FileReading,
) {
    if by_worker.is_empty() {
        return;
    }
    let (mut doubles, mut sent_on): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    for page in exchanges.iter().filter(|exchange| by_worker.contains(&exchange.entry)) {
        let same = exchanges.iter().find(|other| {
            !by_worker.contains(&other.entry) && !sent_on.contains(&other.entry) && is_double(page, other)
        });
        let Some(sent) = same else { continue };
        sent_on.push(sent.entry);
        // The one that has the answer is kept.
        let double = if sent.response.is_empty() && !page.response.is_empty() { sent } else { page };
        doubles.push(double.entry);
    }
    exchanges.retain(|exchange| !doubles.contains(&exchange.entry));
    reading.passed_over.extend(doubles.into_iter().map(|entry| (entry, PassedOver::Double)));
    reading.passed_over.sort_by_key(|(entry, _)| *entry);
}

fn is_double(page: &RecordedExchange, worker: &RecordedExchange) -> bool {
    let limit = page.took.saturating_add(LATEST);
    let soon = worker.started.duration_since(page.started).unsigned_abs() <= limit;
    soon && page.method == worker.method && page.path == worker.path && page.request == worker.request
}
