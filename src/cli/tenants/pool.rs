//! The threads that play tenants: each takes the next one, plays it from its configuration to its clean-up, and forgets it.
//!
//! A tenant has a configuration, sign-ins, tokens, connections and a run of its own, all made when its turn comes and dropped behind
//! it: no two share anything but the features and the schemas. So no token can reach another tenant's call, and memory holds as
//! many tenants as play at the same time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use crate::diagnostic::Diagnostic;
use crate::report::{EvidenceFolder, Reports, SessionReport, Summary, TerminalReport, Wanted};
use crate::runner::sessions::PlayEvent;
use crate::runner::{Interrupt, SessionOutcome, Verdict};

use super::TenantsRun;
use crate::report::Renderer;

/// Plays all tenants; the first thing that cannot be kept of one ends the run, and stands in `fault`.
pub(super) fn play(
    tenants: &TenantsRun<'_>,
    interrupt: &Interrupt,
    renderer: &Renderer,
    events: &UnboundedSender<PlayEvent<SessionReport>>,
    fault: &Mutex<Option<Diagnostic>>,
) {
    let next = AtomicUsize::new(0);
    let threads = usize::from(tenants.args.jobs).min(tenants.places.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(place) = tenants.places.get(index).copied().filter(|_| !interrupt.raised()) else {
                        return;
                    };
                    match tenants.report(place, interrupt, renderer) {
                        // Nobody listens any more only when the program is ending.
                        Ok(report) => drop(events.send(PlayEvent::Session(index, report))),
                        Err(found) => {
                            fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(*found);
                            next.store(usize::MAX / 2, Ordering::Relaxed);
                            return;
                        }
                    }
                }
            });
        }
    });
}

impl TenantsRun<'_> {
    /// Reports the tenant at this place: as an earlier start of the shard kept it, if it had finished, else as it is played
    /// now.
    fn report(
        &self,
        place: usize,
        interrupt: &Interrupt,
        renderer: &Renderer,
    ) -> Result<SessionReport, Box<Diagnostic>> {
        let kept = self.kept_report(place, renderer);
        if let Some(kept) = kept.filter(|kept| has_finished(&kept.summary) || still_waits(&kept.summary)) {
            return Ok(kept);
        }
        let Some(row) = self.file.rows.get(place) else {
            return Err(Box::new(Diagnostic::new("internal", format!("there is no tenant {place}"))));
        };
        let mut outcome = self.outcome(place, interrupt);
        outcome.name.clone_from(&row.name);
        outcome.labels.clone_from(&row.labels);
        self.keep_evidence(&outcome)?;
        outcome.drop_exchanges(self.shown);
        let mut report = renderer.session(&self.run.plan, place, &outcome);
        // What was interrupted is played again by another start.
        if let (Some(results), Some(messages), false) = (&self.results, report.kept.take(), interrupt.raised()) {
            results.keep(place, &renderer.kept_opening(), &messages)?;
        }
        Ok(report)
    }

    /// Reads the result of a tenant that an earlier start of the shard kept; one that cannot be read is played again.
    fn kept_report(&self, place: usize, renderer: &Renderer) -> Option<SessionReport> {
        let results = self.results.as_ref().filter(|results| results.has(place))?;
        let kept = results.tenant_result(place, renderer.opening()?).ok()?;
        Some(renderer.kept_session(kept.messages))
    }

    fn outcome(&self, place: usize, interrupt: &Interrupt) -> SessionOutcome {
        match &self.backend {
            super::TenantBackend::Emulator { settings, seed } => {
                self.emulated(place, settings, seed.as_deref(), interrupt)
            }
            super::TenantBackend::Live { page, selected } => self.live(place, (page.as_ref(), selected), interrupt),
        }
    }

    /// Writes the evidence of one tenant into a folder of its own.
    fn keep_evidence(&self, outcome: &SessionOutcome) -> Result<(), Box<Diagnostic>> {
        let Some(folder) = &self.args.reports.evidence else { return Ok(()) };
        let name: String =
            outcome.name.chars().map(|c| if c.is_alphanumeric() || ".-".contains(c) { c } else { '_' }).collect();
        let numbered = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}-{number}")));
        let free = numbered.map(|name| folder.join(name)).find(|target| !target.exists());
        let evidence = EvidenceFolder::create(&free.unwrap_or_else(|| folder.join(name)))?;
        self.write_alone(outcome, evidence.reports().collect())?;
        evidence.finish()
    }

    /// Writes reports about one tenant alone.
    pub(super) fn write_alone(&self, outcome: &SessionOutcome, wanted: Vec<Wanted>) -> Result<(), Box<Diagnostic>> {
        let unwritten = |error| match error {
            crate::report::ReportError::File(fault) => fault,
            crate::report::ReportError::Terminal(error) => Box::new(Diagnostic::new("output", error.to_string())),
        };
        let mut reports = Reports::new(TerminalReport::new(std::io::sink(), 1), wanted, &self.run.plan, 1)?;
        let report = reports.renderer().session(&self.run.plan, 0, outcome);
        reports.session(0, report).map_err(unwritten)?;
        reports.finish(outcome.took).map(drop).map_err(unwritten)
    }
}

/// Returns whether there is nothing to go on with yet.
fn still_waits(summary: &Summary) -> bool {
    summary.is_waiting && summary.waits_until.is_some_and(|until| until > jiff::Timestamp::now())
}

/// Returns whether a tenant is not to be played again by another start of its shard: it could be played, and does not wait.
fn has_finished(summary: &Summary) -> bool {
    let was_reached = summary.verdict != Verdict::Blocked || summary.exchanges > 0;
    summary.begun && !summary.is_waiting && was_reached
}
