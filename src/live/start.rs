//! Begins a run on a real tenant, or goes on with one: a dry run, the gate, the doctor, the folder of the run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphwalk_client::sign_in::{Person, SignIn};
use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use crate::backend::live::{LiveHost, LiveSession};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::doctor::{self, Needs, Report as DoctorReport};
use crate::dry_run::{DryRun, ForeseenRequests, play_dry_run};
use crate::runner::{LiveReads, LiveRun, LiveSource, Plan, Selected, Selection};
use crate::runs::{NewRun, RunFolder, Runs, RunsError};
use crate::session::journal::{Ending, Journal};
use crate::session::{RunId, SessionState};
use crate::tutorial::{TutorialFaults, TutorialPage};

use super::gate::{self, Opened, Shut};
use super::terminal::Screen;

/// The plan of a live run, before the tenant is touched.
pub(crate) struct LivePlan<'a> {
    pub plan: &'a Plan,
    pub selection: &'a Selection,
    pub schemas: &'a Schemas,
    /// The needs that the tutorial's page names.
    pub page: Option<&'a TutorialPage>,
    /// The choice of features and of their parts, for the process that resumes the run.
    pub selected: Selected,
    /// Recordings of the tutorial, for what its dry run cannot tell.
    pub recordings: &'a [Arc<Recording>],
    /// The run that goes on; a new one if `None`.
    pub resumed: Option<Resumed>,
    /// Whether a person wants to know beforehand what each scenario will send.
    pub foresees: bool,
    /// The person who is asked and told.
    pub screen: Arc<dyn Screen>,
}

/// A run that goes on.
pub(crate) struct Resumed {
    pub folder: RunFolder,
    pub journal: Journal,
    pub state: SessionState,
}

impl LivePlan<'_> {
    /// Plays it beforehand on an emulated tenant.
    ///
    /// # Errors
    ///
    /// If no emulator can be started here.
    pub async fn dry_run(&self, config: &Config) -> Result<DryRun, Box<Diagnostic>> {
        play_dry_run(self.plan, self.selection, self.schemas, config, self.recordings, self.foresees).await
    }
}

/// Prepares a session on the tenant of `config`.
///
/// # Errors
///
/// The configuration, the doctor, or the user refuses, or Graph cannot be reached. Nothing was written to the tenant.
pub(crate) async fn start(config: &Config, wanted: LivePlan<'_>) -> Result<(LiveSource, ForeseenRequests), Shut> {
    let dry_run = wanted.dry_run(config).await.map_err(|fault| Shut::Refused(vec![*fault]))?;
    let run = open(config, &dry_run, wanted).await?;
    let source = LiveSource::new(run).map_err(|error| Shut::Refused(vec![Diagnostic::from(&error)]))?;
    Ok((source, dry_run.foreseen))
}

/// A run that only reads: its folder has its evidence, and a journal in which nothing is created.
#[derive(Debug)]
pub(crate) struct ReadingRun {
    folder: RunFolder,
    journal: Journal,
    reports: PathBuf,
}

impl ReadingRun {
    fn begin(config: &Config, tutorial: &str, tenant: &str) -> Result<Self, RunsError> {
        let (folder, journal) = new_run(config, tutorial, tenant)?;
        let reports = folder.reports()?;
        Ok(Self { folder, journal, reports })
    }

    /// The run's name.
    pub fn run(&self) -> &RunId {
        self.folder.run()
    }

    /// The folder of the run's reports.
    pub fn reports(&self) -> &Path {
        &self.reports
    }

    /// Notes how it ended.
    ///
    /// # Errors
    ///
    /// The journal cannot be written.
    pub fn end(mut self, ending: Ending) -> Result<(), Box<Diagnostic>> {
        self.journal.finish(ending).map_err(|error| Box::new(Diagnostic::from(&error)))
    }
}

/// Prepares a tenant that is only read, by any number of sessions.
///
/// # Errors
///
/// The configuration or the doctor refuses, or Graph cannot be reached.
pub(crate) async fn start_reading(
    config: &Config,
    wanted: LivePlan<'_>,
) -> Result<(LiveReads, ReadingRun, ForeseenRequests), Shut> {
    let dry_run = wanted.dry_run(config).await.map_err(|fault| Shut::Refused(vec![*fault]))?;
    let (needs, to_come, Opened { backend, tenant }) = enter(config, &dry_run, &wanted).await?;
    let screen = &wanted.screen;
    // What cannot be read is blocked where it is asked for: the rest can be looked at.
    examine(config, &needs, (&to_come, None), (&backend, screen)).await?;
    // The days that features name are the tenant's.
    backend.learn_time().await;
    let reading = ReadingRun::begin(config, &wanted.plan.tutorial, &tenant.to_string());
    let reading = reading.map_err(|error| Shut::Refused(vec![Diagnostic::from(&error)]))?;
    Ok((LiveReads::new(backend), reading, dry_run.foreseen))
}

async fn open(config: &Config, dry_run: &DryRun, wanted: LivePlan<'_>) -> Result<LiveRun, Shut> {
    gate::allows_writes(config)?;
    let (needs, to_come, opened) = enter(config, dry_run, &wanted).await?;
    let own = wanted.resumed.as_ref().map(|resumed| &resumed.state.run);
    ready(config, &needs, (&to_come, own), (&opened.backend, &wanted.screen)).await?;
    let domain = gate::upn_domain(config, &opened.backend).await?;
    begin(config, opened, domain, wanted)
}

/// Signs in to the tenant, unless it is known before that not all can be played there. Returns what the run needs there, too,
/// and the steps that are still to come.
async fn enter(
    config: &Config,
    dry_run: &DryRun,
    wanted: &LivePlan<'_>,
) -> Result<(Needs, BTreeSet<u8>, Opened), Shut> {
    if !dry_run.refused.is_empty() {
        return Err(Shut::Refused(dry_run.refused.clone()));
    }
    let going_on = wanted.resumed.as_ref().map(|resumed| &resumed.state);
    let to_come = to_come(wanted.plan, wanted.selection, going_on).map_err(Shut::Refused)?;
    let needs = Needs::new(wanted.plan, wanted.selection, dry_run, wanted.page.cloned());
    doctor::callers_can_sign_in(&needs, &to_come, config).map_err(Shut::Refused)?;
    let screen = &wanted.screen;
    let opened = gate::open(config, Arc::clone(screen) as Arc<dyn Person>, Arc::clone(screen) as Arc<_>).await?;
    Ok((needs, to_come, opened))
}

/// The steps of which something is still to come.
///
/// # Errors
///
/// If the scenario with which a run goes on is not in its tutorial any more.
fn to_come(
    plan: &Plan,
    selection: &Selection,
    going_on: Option<&SessionState>,
) -> Result<BTreeSet<u8>, TutorialFaults> {
    let to_come = selection.steps(plan, going_on.map(|state| &state.next));
    if let (true, Some(SessionState { run, next, .. })) = (to_come.is_empty(), going_on) {
        let message = format!("{} no longer has a scenario at {}:{}", plan.tutorial, next.feature, next.line);
        let fault = Diagnostic::new("resume", message)
            .note(format!("run {run} would continue there, but its features have changed"))
            .help(format!("restore the features, or delete what the run created: `graphwalk clean {run}`"));
        return Err(vec![fault]);
    }
    Ok(to_come)
}

/// Asks the doctor, and says what it is concerned about.
async fn examine(
    config: &Config,
    needs: &Needs,
    (to_come, own): (&BTreeSet<u8>, Option<&RunId>),
    (backend, screen): (&LiveSession, &Arc<dyn Screen>),
) -> Result<DoctorReport, Shut> {
    let surroundings = config.surroundings(Arc::clone(screen) as Arc<_>);
    let surroundings = surroundings.map_err(|error| Box::new(Diagnostic::from(&error)))?;
    let sign_ins: Vec<&SignIn> = backend.sign_ins().collect();
    let report = doctor::before_run(needs, (Some(to_come), own), config, &surroundings, &sign_ins).await;
    let concerns = report.concerns(true);
    if !concerns.is_empty() {
        LiveHost::show(&**screen, concerns.trim_end());
    }
    Ok(report)
}

/// Asks the doctor, and lets nothing begin that cannot be judged.
async fn ready(
    config: &Config,
    needs: &Needs,
    steps: (&BTreeSet<u8>, Option<&RunId>),
    (backend, screen): (&LiveSession, &Arc<dyn Screen>),
) -> Result<(), Shut> {
    let report = examine(config, needs, steps, (backend, screen)).await?;
    if !report.blocks() {
        return Ok(());
    }
    let lacking = report
        .steps
        .iter()
        .filter(|judged| judged.verdict == doctor::DoctorVerdict::Blocked && !judged.missing.is_empty());
    let blocked = lacking.map(|judged| {
        let steps: Vec<String> = judged.steps.iter().map(u8::to_string).collect();
        format!("steps {}: {}", steps.join(", "), judged.missing)
    });
    Err(Shut::Blocked(Box::new(
        Diagnostic::new("not-ready", "the tenant is not ready, and nothing was written")
            .notes(blocked)
            .help("run `graphwalk doctor`: it says how to fix each"),
    )))
}

fn begin(config: &Config, opened: Opened, domain: String, wanted: LivePlan<'_>) -> Result<LiveRun, Shut> {
    let Opened { backend, tenant } = opened;
    let tutorial = wanted.plan.tutorial.clone();
    let (folder, journal, state) = match wanted.resumed {
        Some(Resumed { folder, journal, state }) => {
            same_tenant(folder.run(), &journal, &tenant.to_string(), config)?;
            (folder, journal, Some(state))
        }
        None => {
            let begun = new_run(config, &tutorial, &tenant.to_string());
            let (folder, journal) = begun.map_err(|error| Shut::Refused(vec![Diagnostic::from(&error)]))?;
            (folder, journal, None)
        }
    };
    let (may_change, may_create, selected) = (config.may_change.clone(), config.may_create.clone(), wanted.selected);
    Ok(LiveRun { backend, folder, journal, domain, state, selected, tutorial, may_change, may_create })
}

/// Begins a new run on this tenant.
fn new_run(config: &Config, tutorial: &str, tenant: &str) -> Result<(RunFolder, Journal), RunsError> {
    let new = NewRun { tutorial: tutorial.to_owned(), tenant: tenant.to_owned(), base_url: base_url(config) };
    Runs::in_folder(&config.runs).begin(Timestamp::now(), new)
}

fn base_url(config: &Config) -> String {
    config.endpoints.graph.as_str().trim_end_matches('/').to_owned()
}

/// Makes sure that what a journal lists is looked for where it was created.
///
/// # Errors
///
/// [`Shut::Refused`] if that was in another tenant, or the journal does not tell where.
pub(crate) fn same_tenant(run: &RunId, journal: &Journal, tenant: &str, config: &Config) -> Result<(), Shut> {
    let Some(begun) = journal.record().begun() else {
        return Err(Shut::Refused(vec![no_tenant(run, journal)]));
    };
    if begun.tenant == tenant && begun.base_url == base_url(config) {
        return Ok(());
    }
    Err(Shut::Refused(vec![
        Diagnostic::new("wrong-tenant", format!("run {} was played on another tenant", begun.run))
            .note(format!("the run's: {} at {}", begun.tenant, begun.base_url))
            .note(format!("configured: {tenant} at {}", base_url(config)))
            .help("change the configuration to the run's tenant"),
    ]))
}

fn no_tenant(run: &RunId, journal: &Journal) -> Diagnostic {
    let message =
        format!("line 1 of the journal {} cannot be read: it says in which tenant the run was", journal.file());
    Diagnostic::new("journal", message).note("nothing was deleted").help(format!(
        "if it was the configured tenant, run `graphwalk clean {run} --tenant ID` with the tenant's id; \
         otherwise search the run's tenant for names that contain {}",
        run.mark()
    ))
}
