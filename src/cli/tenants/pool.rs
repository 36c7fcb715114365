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
use crate::live::start::ReadingRun;
use crate::report::{Renderer, SessionReport, Summary};
use crate::runner::sessions::{self, PlayEvent, Run, SessionSource};
use crate::runner::{Discovery, Interrupt, SessionOutcome, TutorialPart, Verdict};
use crate::session::OutsideValues;

use super::reports::{TenantReports, in_order};
use super::{TenantBackend, TenantsRun};

/// The beginning of what is played on a tenant.
pub(super) enum TenantStart {
    /// Nothing: it cannot, or its time has not come.
    Ended(Box<SessionOutcome>),
    /// A run, with the values that its features take from outside; and its folder, if it only reads.
    Plays { source: SessionSource, given: OutsideValues, reading: Option<Box<ReadingRun>> },
}

impl TenantStart {
    /// Returns that nothing begins, and how it ended.
    pub fn ended(outcome: SessionOutcome) -> Self {
        Self::Ended(Box::new(outcome))
    }
}

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
                    match tenants.reports(place, interrupt, renderer) {
                        Ok(reports) => {
                            for report in reports {
                                // Nobody listens any more only when the program is ending.
                                let _ = events.send(PlayEvent::Session(index, report));
                            }
                        }
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
    /// Reports the sessions of the tenant at this place: as an earlier start of the shard kept them, if it had
    /// finished, else as they are played now.
    fn reports(
        &self,
        place: usize,
        interrupt: &Interrupt,
        renderer: &Renderer,
    ) -> Result<Vec<SessionReport>, Box<Diagnostic>> {
        if let Some(kept) = self.kept(place, renderer).filter(|kept| is_settled(kept)) {
            return Ok(in_order(kept));
        }
        let Some(row) = self.file.rows.get(place) else {
            return Err(Box::new(Diagnostic::new("internal", format!("there is no tenant {place}"))));
        };
        let taking = TenantReports::begin(self, (place, row), renderer)?;
        let start = match &self.backend {
            TenantBackend::Emulator { settings, seed } => self.emulated(place, (settings, seed.as_deref())),
            TenantBackend::Live { page, selected } => self.live(place, (page.as_ref(), selected)),
        };
        let mut reports = self.play_start(start, interrupt, taking)?;
        let messages: Vec<u8> = reports.iter_mut().filter_map(|report| report.kept.take()).flatten().collect();
        // What was interrupted is played again by another start.
        if let (Some(results), false) = (&self.results, interrupt.raised()) {
            results.keep(place, &renderer.kept_opening(), &messages)?;
        }
        Ok(reports)
    }

    /// Plays what begins on a tenant, and returns what the reports say of it.
    fn play_start(
        &self,
        start: TenantStart,
        interrupt: &Interrupt,
        taking: TenantReports<'_>,
    ) -> Result<Vec<SessionReport>, Box<Diagnostic>> {
        let (source, given, reading) = match start {
            TenantStart::Ended(outcome) => {
                taking.take(*outcome);
                return taking.finish();
            }
            TenantStart::Plays { source, given, reading } => (source, given, reading),
        };
        let taking = taking.of_run(&source, reading.as_deref());
        let run = Run { given, jobs: 1, ..self.run.clone() };
        self.play_source(&run, &source, interrupt, &taking);
        let ended = reading.map_or(Ok(()), |reading| reading.end(taking.ending(interrupt)));
        let reports = taking.finish()?;
        ended.map(|()| reports)
    }

    /// Reads the result of a tenant that an earlier start of the shard kept; one that cannot be read is played again.
    fn kept(&self, place: usize, renderer: &Renderer) -> Option<Vec<SessionReport>> {
        let results = self.results.as_ref().filter(|results| results.has(place))?;
        let mut kept = results.kept(place).ok()?;
        let (mut reports, opening) = (Vec::new(), renderer.opening()?);
        while let Some(messages) = kept.next_session(opening).ok()? {
            reports.push(renderer.kept_session(messages));
        }
        Some(reports)
    }

    /// Plays what is at `source`; of a tutorial that finds its sessions each of these, one after the other.
    fn play_source(&self, run: &Run, source: &SessionSource, interrupt: &Interrupt, taking: &TenantReports<'_>) {
        let (sources, part) = if run.plan.discovers() {
            let Discovery { outcome, sources } = Discovery::play(run, source, interrupt);
            taking.take(outcome);
            (sources, TutorialPart::Found)
        } else {
            (vec![source.clone()], TutorialPart::Whole)
        };
        let before = taking.len();
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        sessions::run(run, &sources, interrupt, false, |_, outcome| taking.take(outcome), &events);
        let selection = run.selection.of_part(part);
        for missing in sources.iter().skip(taking.len() - before) {
            let (name, backend) = (missing.name(), missing.backend());
            taking.take(SessionOutcome::interrupted(name, backend, &run.plan, &selection));
        }
    }
}

/// Whether nothing of a tenant is to be played now.
fn is_settled(kept: &[SessionReport]) -> bool {
    let summaries = || kept.iter().map(|report| &report.summary);
    summaries().all(has_finished) || summaries().any(still_waits)
}

/// Returns whether there is nothing to go on with yet.
fn still_waits(summary: &Summary) -> bool {
    summary.is_waiting && summary.waits_until.is_some_and(|until| until > jiff::Timestamp::now())
}

/// Whether a session is not to be played again by another start of its shard: it could be played, and does not wait.
fn has_finished(summary: &Summary) -> bool {
    let was_reached = summary.verdict != Verdict::Blocked || summary.exchanges > 0;
    summary.begun && !summary.is_waiting && was_reached
}
