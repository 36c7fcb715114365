//! Real tenants: each with a sign-in, a run folder and a journal of its own.

use std::sync::Arc;

use jiff::Timestamp;

use crate::bundled::recordings_of;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::live::gate::Shut;
use crate::live::start::{self, LivePlan, Resumed};
use crate::live::terminal::TenantScreen;
use crate::runner::sessions::SessionSource;
use crate::runner::{Selected, SessionOutcome, SharedTenant, runtime};
use crate::runs::{RunState, Runs};
use crate::session::RunId;
use crate::tutorial::{TutorialFaults, TutorialPage};

use super::TenantsRun;
use super::config_of;
use super::pool::TenantStart;

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
    /// Begins a run on a real tenant, or goes on with the one that waits there.
    pub(super) fn live(&self, place: usize, (page, selected): (Option<&TutorialPage>, &Selected)) -> TenantStart {
        let begun = config_of(&self.args.config, &self.file, place)
            .map_err(Shut::Refused)
            .and_then(|config| self.begin(place, config, (page, selected)));
        let (plan, selection) = (&self.run.plan, &self.run.selection);
        match begun {
            Ok(start) => start,
            Err(Shut::Blocked(fault)) => {
                let help = fault.help.as_deref().map_or_else(String::new, |help| format!(" ({help})"));
                let why = format!("{}{help}", fault.message);
                TenantStart::ended(SessionOutcome::blocked("", "live", plan, selection, &why))
            }
            Err(Shut::Refused(faults)) => {
                let fault = faults.into_iter().next().unwrap_or_else(|| Diagnostic::new("config", "it may not begin"));
                TenantStart::ended(SessionOutcome::not_begun("", "live", fault))
            }
        }
    }

    fn begin(
        &self,
        place: usize,
        config: Config,
        (page, selected): (Option<&TutorialPage>, &Selected),
    ) -> Result<TenantStart, Shut> {
        let resumed = match self.earlier(place, &config).map_err(Shut::Refused)? {
            Earlier::None => None,
            Earlier::GoesOn(resumed) => Some(*resumed),
            Earlier::Waits(run, until) => {
                let why = waiting(&run, until);
                let outcome = SessionOutcome::blocked("", "live", &self.run.plan, &self.run.selection, &why);
                let (is_waiting, run) = (true, Some(run));
                return Ok(TenantStart::ended(SessionOutcome { is_waiting, waits_until: until, run, ..outcome }));
            }
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
            let (tenant, reading, _) = runtime.block_on(start::start_reading(&config, wanted))?;
            self.note_run(place, reading.run())?;
            let source = SharedTenant::Live(Arc::new(tenant)).only_session();
            return Ok(TenantStart::Plays { source, given: config.values, reading: Some(Box::new(reading)) });
        }
        let (source, _) = runtime.block_on(start::start(&config, wanted))?;
        self.note_run(place, source.run())?;
        let source = SessionSource::Live(Arc::new(source));
        Ok(TenantStart::Plays { source, given: config.values, reading: None })
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

fn waiting(run: &RunId, until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("run {run} waits until {until}"),
        None => format!("run {run} waits for a person: run `graphwalk resume {run}` on a terminal"),
    }
}
