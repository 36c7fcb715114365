//! Real tenants: each with a sign-in, a run folder and a journal of its own.

use std::sync::Arc;

use jiff::Timestamp;

use crate::bundled::recordings_of;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::live::gate::Shut;
use crate::live::start::{self, LivePlan, ReadingRun, Resumed};
use crate::live::terminal::TenantScreen;
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Interrupt, Selected, SessionOutcome, SharedTenant, runtime};
use crate::runs::{RunState, Runs};
use crate::session::RunId;
use crate::tutorial::{TutorialFaults, TutorialPage};

use super::TenantsRun;
use super::config_of;
use super::reports::TenantReports;

/// The state of the run that an earlier process began on a tenant.
enum Earlier {
    /// There is none to go on with.
    None,
    /// It is gone on with.
    GoesOn(Box<Resumed>),
    /// It waits for a later time, or for a person.
    Waits(RunId, Option<Timestamp>),
}

impl TenantsRun<'_> {
    /// Plays the tutorial on a real tenant, or goes on with the run that waits there.
    pub(super) fn live(
        &self,
        place: usize,
        (page, selected): (Option<&TutorialPage>, &Selected),
        interrupt: &Interrupt,
        taking: &TenantReports<'_>,
    ) {
        let begun = config_of(&self.args.config, &self.file, place)
            .map_err(Shut::Refused)
            .and_then(|config| self.begin(place, &config, (page, selected)).map(|source| (config, source)));
        let (plan, selection) = (&self.run.plan, &self.run.selection);
        let (config, source, reading) = match begun {
            Ok((config, TenantStart::Plays(source, reading))) => (config, source, reading),
            Ok((_, TenantStart::Waits(run, until))) => {
                let outcome = SessionOutcome::blocked("", "live", plan, selection, &waiting(&run, until));
                return taking.take(SessionOutcome { is_waiting: true, waits_until: until, run: Some(run), ..outcome });
            }
            Err(Shut::Blocked(fault)) => {
                let why = format!(
                    "{}{}",
                    fault.message,
                    fault.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"))
                );
                return taking.take(SessionOutcome::blocked("", "live", plan, selection, &why));
            }
            Err(Shut::Refused(faults)) => {
                let fault = faults.into_iter().next().unwrap_or_else(|| Diagnostic::new("config", "it may not begin"));
                return taking.take(SessionOutcome::not_begun("", "live", fault));
            }
        };
        let folder = match (&source, &reading) {
            (SessionSource::Live(live), _) => Some(live.reports()),
            (_, Some(reading)) => {
                taking.name_run(reading.run());
                Some(reading.reports())
            }
            _ => None,
        };
        if let Some(folder) = folder {
            // The reports of the whole say the same: that these cannot be written is no reason to end.
            drop(taking.write_into(folder));
        }
        let run = Run { given: config.values, jobs: 1, ..self.run.clone() };
        self.play_source(&run, &source, interrupt, taking);
        if let Some(reading) = reading
            && let Err(fault) = reading.end(taking.ending(interrupt))
        {
            taking.fail(fault);
        }
    }

    fn begin(
        &self,
        place: usize,
        config: &Config,
        (page, selected): (Option<&TutorialPage>, &Selected),
    ) -> Result<TenantStart, Shut> {
        let resumed = match self.earlier(place, config).map_err(Shut::Refused)? {
            Earlier::None => None,
            Earlier::GoesOn(resumed) => Some(*resumed),
            Earlier::Waits(run, until) => return Ok(TenantStart::Waits(run, until)),
        };
        let name = self.file.rows.get(place).map_or("", |row| row.name.as_str());
        let recordings = recordings_of(&self.run.plan.tutorial, &self.args.recording).map_err(Shut::Refused)?;
        let wanted = LivePlan {
            plan: &self.run.plan,
            selection: &self.run.selection,
            schemas: &self.schemas,
            page,
            selected: Selected { tenant: Some(name.to_owned()), ..selected.clone() },
            recordings: &recordings,
            resumed,
            foresees: false,
            screen: Arc::new(TenantScreen::new(name)),
        };
        let runtime = runtime().map_err(Shut::Refused)?;
        if self.run.plan.is_read_only() {
            let (tenant, reading, _) = runtime.block_on(start::start_reading(config, wanted))?;
            self.note_run(place, reading.run())?;
            return Ok(TenantStart::Plays(SharedTenant::Live(Arc::new(tenant)).only_session(), Some(reading)));
        }
        let (source, _) = runtime.block_on(start::start(config, wanted))?;
        self.note_run(place, source.run())?;
        Ok(TenantStart::Plays(SessionSource::Live(Arc::new(source)), None))
    }

    /// Notes which run has begun on the tenant, for a process that finds this one killed.
    fn note_run(&self, place: usize, run: &RunId) -> Result<(), Shut> {
        let noted = self.results.as_ref().map_or(Ok(()), |results| results.note_run(place, run));
        noted.map_err(|fault| Shut::Refused(vec![*fault]))
    }

    /// The run that an earlier start of the shard began on the tenant.
    fn earlier(&self, place: usize, config: &Config) -> Result<Earlier, TutorialFaults> {
        let Some(run) = self.results.as_ref().and_then(|results| results.run(place)) else { return Ok(Earlier::None) };
        let runs = Runs::in_folder(&config.runs);
        let faults = |error: crate::runs::RunsError| vec![Diagnostic::from(&error)];
        match runs.summary(&run).state {
            RunState::Waiting { until, .. } if until > Timestamp::now() => Ok(Earlier::Waits(run, Some(until))),
            RunState::WaitingForAct { .. } => Ok(Earlier::Waits(run, None)),
            RunState::Waiting { .. } | RunState::Killed { next: Some(_) } => {
                let folder = runs.open(&run).map_err(faults)?;
                let (journal, state) = (folder.open_journal().map_err(faults)?, folder.state().map_err(faults)?);
                Ok(Earlier::GoesOn(Box::new(Resumed { folder, journal, state })))
            }
            RunState::Running => runs.open(&run).map(|_| Earlier::None).map_err(faults),
            // It came to its end, or to nothing: what it left, `clean` deletes.
            RunState::Ended { .. } | RunState::Killed { next: None } | RunState::Damaged { .. } => Ok(Earlier::None),
        }
    }
}

/// A tenant that is about to be played.
enum TenantStart {
    /// It is played; with the run, if that only reads.
    Plays(SessionSource, Option<ReadingRun>),
    /// The run on it waits, and its time has not come.
    Waits(RunId, Option<Timestamp>),
}

fn waiting(run: &RunId, until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("run {run} waits until {until}"),
        None => format!("run {run} waits for a person: run `graphwalk resume {run}` on a terminal"),
    }
}
