//! The runtime of a thread that plays or asks.

use crate::diagnostic::Diagnostic;
use crate::tutorial::TutorialFaults;

/// Builds a runtime for this thread.
///
/// # Errors
///
/// If the system has none to give.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, TutorialFaults> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| vec![Diagnostic::new("internal", format!("no runtime could be started: {error}"))])
}
