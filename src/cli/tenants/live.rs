//! Real tenants: each with a sign-in, a run folder and a journal of its own.

use std::sync::Arc;

use jiff::Timestamp;

use crate::bundled::recordings_of;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::live::gate::Shut;
use crate::live::start::{self, LivePlan, Resumed};
use crate::live::terminal::TenantScreen;
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Interrupt, Selected, SessionOutcome, SharedTenant, runtime};
use crate::runs::{RunState, Runs};
use crate::session::RunId;
use crate::tutorial::{TutorialFaults, TutorialPage};

use super::TenantsRun;
use super::config_of;
use crate::cli::report_args::ReportArgs;

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
    ) -> SessionOutcome {
        let name = self.file.rows.get(place).map_or("", |row| row.name.as_str());
        let begun = config_of(&self.args.config, &self.file, place)
            .map_err(Shut::Refused)
            .and_then(|config| self.begin(place, &config, (page, selected)).map(|source| (config, source)));
        let (plan, selection) = (&self.run.plan, &self.run.selection);
        let (config, source) = match begun {
            Ok((config, TenantStart::Plays(source))) => (config, source),
            Ok((_, TenantStart::Waits(run, until))) => {
                let outcome = SessionOutcome::blocked(name, "live", plan, selection, &waiting(&run, until));
                return SessionOutcome { is_waiting: true, waits_until: until, run: Some(run), ..outcome };
            }
            Err(Shut::Blocked(fault)) => {
                let why = format!(
                    "{}{}",
                    fault.message,
                    fault.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"))
                );
                return SessionOutcome::blocked(name, "live", plan, selection, &why);
            }
            Err(Shut::Refused(faults)) => {
                let fault = faults.into_iter().next().unwrap_or_else(|| Diagnostic::new("config", "it may not begin"));
                return SessionOutcome::not_begun(name, "live", fault);
            }
        };
        let reports = if let SessionSource::Live(live) = &source { Some(live.reports().to_owned()) } else { None };
        let run = Run { given: config.values, jobs: 1, ..self.run.clone() };
        let outcomes = run.outcomes_until(std::slice::from_ref(&source), interrupt).into_iter();
        let outcome = outcomes.last().unwrap_or_else(|| SessionOutcome::interrupted(name, "live", plan, selection));
        if let Some(folder) = reports {
            let outcome = SessionOutcome { name: name.to_owned(), ..outcome.clone() };
            // The reports of the whole say the same: that these cannot be written is no reason to end.
            drop(self.write_alone(&outcome, ReportArgs::default().wanted(Some(&folder))));
        }
        outcome
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
            let (tenant, _) = runtime.block_on(start::start_reading(config, wanted))?;
            return Ok(TenantStart::Plays(SharedTenant::Live(Arc::new(tenant)).only_session()));
        }
        let (source, _) = runtime.block_on(start::start(config, wanted))?;
        if let Some(results) = &self.results {
            results.note_run(place, source.run()).map_err(|fault| Shut::Refused(vec![*fault]))?;
        }
        Ok(TenantStart::Plays(SessionSource::Live(Arc::new(source))))
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
    Plays(SessionSource),
    /// The run on it waits, and its time has not come.
    Waits(RunId, Option<Timestamp>),
}

fn waiting(run: &RunId, until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("run {run} waits until {until}"),
        None => format!("run {run} waits for a person: run `graphwalk resume {run}` on a terminal"),
    }
}
