//! What becomes of the sessions of one tenant when they have ended: its own reports, its line in those of all, its result.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config::TenantRow;
use crate::diagnostic::Diagnostic;
use crate::live::start::ReadingRun;
use crate::report::{EvidenceFolder, Renderer, Reports, SessionNumber, SessionReport, TenantEnd};
use crate::report::{TerminalReport, Wanted};
use crate::runner::sessions::SessionSource;
use crate::runner::{Interrupt, SessionOutcome, Verdict, together};
use crate::session::journal::Ending;
use crate::session::{RunId, Tracing};

use super::super::report_args::ReportArgs;
use super::TenantsRun;

/// Takes the sessions of a tenant, one after the other. Of each there is no more in memory than what reports say of it.
pub(super) struct TenantReports<'a> {
    tenants: &'a TenantsRun<'a>,
    row: &'a TenantRow,
    place: usize,
    renderer: &'a Renderer,
    /// Whether the tenant has several sessions, since the tutorial finds them.
    several: bool,
    /// The run on the tenant that only reads.
    run: Option<RunId>,
    taken: Mutex<TakenSessions>,
}

/// The sessions that were taken so far.
#[derive(Default)]
struct TakenSessions {
    reports: Vec<SessionReport>,
    alone: Vec<AloneReports>,
    fault: Option<Box<Diagnostic>>,
}

/// Reports about one tenant alone.
struct AloneReports {
    reports: Reports<io::Sink>,
    /// The folder of evidence that they stand in, if they are not those of a run's folder.
    evidence: Option<EvidenceFolder>,
    begun: Instant,
}

impl<'a> TenantReports<'a> {
    /// Of the tenant at this place of the file.
    ///
    /// # Errors
    ///
    /// The folder of its evidence cannot be made.
    pub fn begin(
        tenants: &'a TenantsRun<'a>,
        (place, row): (usize, &'a TenantRow),
        renderer: &'a Renderer,
    ) -> Result<Self, Box<Diagnostic>> {
        let several = tenants.run.plan.discovers();
        let new = Self { tenants, row, place, renderer, several, run: None, taken: Mutex::default() };
        if let Some(folder) = &tenants.args.reports.evidence {
            let evidence = EvidenceFolder::create(&free_place(folder, &row.name))?;
            new.write_alone(evidence.reports().collect(), Some(evidence))?;
        }
        Ok(new)
    }

    /// The same of a run on the tenant that is about to be played: its folder has them, too. The sessions of one that only reads do not
    /// know of it.
    pub fn of_run(self, source: &SessionSource, reading: Option<&ReadingRun>) -> Self {
        let folder = match source {
            SessionSource::Live(live) => Some(live.reports()),
            _ => reading.map(ReadingRun::reports),
        };
        if let Some(folder) = folder {
            // The reports of the whole say the same: that these cannot be written is no reason to end.
            drop(self.write_alone(ReportArgs::default().wanted(Some(folder)), None));
        }
        Self { run: reading.map(|reading| reading.run().clone()), ..self }
    }

    fn write_alone(&self, wanted: Vec<Wanted>, evidence: Option<EvidenceFolder>) -> Result<(), Box<Diagnostic>> {
        let (terminal, plan) = (TerminalReport::new(io::sink(), 1), &self.tenants.run.plan);
        let reports = if self.several {
            Reports::of_tenants(terminal, (wanted, None), plan, 1)?
        } else {
            Reports::new(terminal, wanted, plan, 1)?
        };
        self.taken().alone.push(AloneReports { reports, evidence, begun: Instant::now() });
        Ok(())
    }

    /// Takes a session that has ended.
    pub fn take(&self, mut outcome: SessionOutcome) {
        outcome.name_by_tenant(&self.row.name, &self.row.labels, self.several);
        let taken = &mut *self.taken();
        outcome.run = outcome.run.take().or_else(|| self.run.clone());
        let part = taken.reports.len();
        for alone in &mut taken.alone {
            // Evidence that was asked for has every exchange; a run's folder those of many sessions that failed.
            if alone.evidence.is_none() && self.several {
                outcome.drop_exchanges(Tracing::OfFailedScenarios.max(self.tenants.shown));
            }
            if let Err(fault) = alone.add(self, part, &outcome) {
                taken.fault.get_or_insert(fault);
            }
        }
        outcome.drop_exchanges(self.tenants.shown);
        let number = if self.several { SessionNumber::of_tenant(self.place, part) } else { self.place.into() };
        taken.reports.push(self.renderer.session(&self.tenants.run.plan, number, &outcome));
    }

    /// The number of sessions that were taken.
    pub fn len(&self) -> usize {
        self.taken().reports.len()
    }

    /// The end of a run that only reads and had these sessions.
    pub fn ending(&self, interrupt: &Interrupt) -> Ending {
        let taken = self.taken();
        together(taken.reports.iter().map(|report| report.summary.verdict)).ending(interrupt.raised())
    }

    /// Ends the tenant's own reports, and returns what those of all say of it.
    ///
    /// # Errors
    ///
    /// A report about it alone cannot be written.
    pub fn finish(self) -> Result<Vec<SessionReport>, Box<Diagnostic>> {
        let TakenSessions { reports, alone, fault } = self.taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        alone.into_iter().try_for_each(AloneReports::finish)?;
        fault.map_or_else(|| Ok(in_order(reports)), Err)
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, TakenSessions> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AloneReports {
    fn add(&mut self, of: &TenantReports<'_>, part: usize, outcome: &SessionOutcome) -> Result<(), Box<Diagnostic>> {
        let number = if of.several { SessionNumber::of_tenant(0, part) } else { 0.into() };
        let report = self.reports.renderer().session(&of.tenants.run.plan, number, outcome);
        // Whether another one follows is not known: it is the last one for all that these reports say.
        self.reports.session(part, report).map_err(|error| Box::new(error.into()))
    }

    fn finish(self) -> Result<(), Box<Diagnostic>> {
        self.reports.finish(self.begun.elapsed()).map_err(|error| Box::new(error.into()))?;
        self.evidence.map_or(Ok(()), EvidenceFolder::finish)
    }
}

/// Numbers the sessions of a tenant, and says which is the last.
pub(super) fn in_order(mut reports: Vec<SessionReport>) -> Vec<SessionReport> {
    let has_failed = reports.iter().any(|report| report.summary.verdict == Verdict::Failed);
    for (part, report) in reports.iter_mut().enumerate() {
        (report.part, report.end) = (part, None);
    }
    if let Some(last) = reports.last_mut() {
        last.end = Some(TenantEnd { has_failed });
    }
    reports
}

/// A place in `folder` where the evidence of a tenant of this name can stand.
fn free_place(folder: &Path, tenant: &str) -> std::path::PathBuf {
    let name: String = tenant.chars().map(|c| if c.is_alphanumeric() || ".-".contains(c) { c } else { '_' }).collect();
    let numbered = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}-{number}")));
    let free = numbered.map(|name| folder.join(name)).find(|target| !target.exists());
    free.unwrap_or_else(|| folder.join(name))
}
