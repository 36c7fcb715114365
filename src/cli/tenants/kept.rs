//! A tenant whose run goes on in a process of its own, and whose result its shard keeps.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::report::{MESSAGES, Renderer, Wanted};
use crate::runner::{Plan, SessionOutcome};
use crate::session::Tracing;
use crate::tenants::ShardResults;

/// A tenant, and where its result is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptTenant {
    /// The folder of the shard.
    pub results: Arc<ShardResults>,
    /// The tenant's place in the file.
    pub place: usize,
    /// The name in reports.
    pub name: String,
    /// Its labels.
    pub labels: Vec<String>,
}

impl KeptTenant {
    /// Keeps how its session ended, in place of what was kept before.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn keep(&self, plan: &Plan, outcome: &mut SessionOutcome) -> Result<(), Box<Diagnostic>> {
        outcome.name_by_tenant(&self.name, &self.labels, false);
        let renderer = Renderer::keeping(plan, Wanted::named(MESSAGES, ""));
        let messages = renderer.session(plan, self.place, outcome).kept.unwrap_or_default();
        self.results.keep(self.place, &renderer.kept_opening(), &messages)
    }

    /// Returns the exchanges that its result needs.
    pub fn tracing(&self) -> Tracing {
        Tracing::OfFailedScenarios
    }
}
