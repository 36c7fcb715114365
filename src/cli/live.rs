//! `--on live`: what is done before a tutorial is played on a real tenant.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use futures::future::BoxFuture;
use graphwalk_client::sign_in::{Person, Prompt, SignIn};
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use crate::backend::live::{LiveSession, Progress, overrides};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::doctor::{self, Needs};
use crate::in_words::counted;
use crate::live::gate::{self, Opened, Shut};
use crate::live::rehearsal::{self, Rehearsal, WriteJudgement};
use crate::runner::sessions::Source;
use crate::runner::{LiveRun, LiveSource, Plan, Selected, Selection};
use crate::runs::{NewRun, RunFolder, Runs};
use crate::session::journal::Journal;
use crate::session::{RunId, SessionState};
use crate::terminal_text::{COLUMNS, fitted, lines, plain};
use crate::tutorial::{Faults, Page};

use super::{Exit, printed};

/// What comes of the preparations.
pub(crate) enum Start {
    /// The session to play.
    Play(Source),
    /// Nothing is to be played.
    End(Exit),
}

/// What is to be played on the tenant.
pub(crate) struct Wanted<'a> {
    pub plan: &'a Plan,
    pub selection: &'a Selection,
    pub schemas: &'a Schemas,
    /// What the tutorial's page says that one needs.
    pub page: Option<&'a Page>,
    /// What is played of which features, for whoever resumes the run.
    pub selected: Selected,
    /// Whether only to tell what would be written.
    pub only_plan: bool,
    /// The run that goes on; a new one if `None`.
    pub resumed: Option<Resumed>,
}

/// A run that goes on.
pub(crate) struct Resumed {
    pub folder: RunFolder,
    pub journal: Journal,
    pub state: SessionState,
}

/// Prepares a session on the tenant of `config`, or tells what it would write.
pub(crate) fn start(config: &Config, wanted: Wanted<'_>, out: &mut dyn Write) -> Result<Start, Faults> {
    let runtime = runtime()?;
    let changes = overrides(config);
    let rehearsal = rehearsal::rehearse(wanted.plan, wanted.selection, wanted.schemas, config, changes);
    let rehearsal = runtime.block_on(rehearsal).map_err(|fault| vec![*fault])?;
    if wanted.only_plan {
        printed(tell(&rehearsal, &wanted.plan.tutorial, config, out))?;
        return Ok(Start::End(match (&rehearsal.refused, &rehearsal.broken_off) {
            (refused, _) if !refused.is_empty() => Exit::Failed,
            (_, Some(_)) => Exit::Blocked,
            (_, None) => Exit::Passed,
        }));
    }
    match runtime.block_on(open(config, &rehearsal, wanted)) {
        Ok(run) => {
            let source = LiveSource::new(run).map_err(|error| vec![Diagnostic::from(&error)])?;
            Ok(Start::Play(Source::Live(Arc::new(source))))
        }
        Err(shut) => ended(shut).map(Start::End),
    }
}

/// How a command ends that could not reach the tenant.
pub(super) fn ended(shut: Shut) -> Result<Exit, Faults> {
    match shut {
        Shut::Refused(faults) => Err(faults),
        Shut::Blocked(fault) => {
            // That nobody can read it does not change the exit code.
            let _ = writeln!(anstream::stderr().lock(), "{}", fault.render(true));
            Ok(Exit::Blocked)
        }
    }
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Faults> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| vec![Diagnostic::new("internal", format!("no runtime could be started: {error}"))])
}

async fn open(config: &Config, rehearsal: &Rehearsal, wanted: Wanted<'_>) -> Result<LiveRun, Shut> {
    gate::allows_writes(config)?;
    if !rehearsal.refused.is_empty() {
        return Err(Shut::Refused(rehearsal.refused.clone()));
    }
    let going_on = wanted.resumed.as_ref().map(|resumed| &resumed.state);
    let to_come = to_come(wanted.plan, wanted.selection, going_on).map_err(Shut::Refused)?;
    rehearsal::callers_can_sign_in(rehearsal, &to_come, config).map_err(Shut::Refused)?;
    let terminal = Arc::new(Terminal);
    let opened = gate::open(config, Arc::clone(&terminal) as Arc<dyn Person>, terminal).await?;
    let needs = Needs::new(wanted.plan, wanted.selection, rehearsal, wanted.page.cloned());
    ready(config, &needs, (&to_come, going_on.map(|state| &state.run)), &opened.backend).await?;
    let domain = gate::upn_domain(config, &opened.backend).await?;
    begin(config, opened, domain, wanted)
}

/// The steps of which something is still to come.
///
/// # Errors
///
/// If the scenario with which a run goes on is not in its tutorial any more.
fn to_come(plan: &Plan, selection: &Selection, going_on: Option<&SessionState>) -> Result<BTreeSet<u8>, Faults> {
    let to_come = selection.steps(plan, going_on.map(|state| &state.next));
    if let (true, Some(SessionState { run, next, .. })) = (to_come.is_empty(), going_on) {
        let message = format!("{} has no scenario at {}:{} any more", plan.tutorial, next.feature, next.line);
        let fault = Diagnostic::new("resume", message)
            .note(format!("run {run} goes on there, and its features were changed meanwhile"))
            .help(format!("put the features back as they were, or delete what it created: `graphwalk clean {run}`"));
        return Err(vec![fault]);
    }
    Ok(to_come)
}

/// Asks the doctor, tells what it is concerned about, and lets nothing begin that cannot be judged.
async fn ready(
    config: &Config,
    needs: &Needs,
    (to_come, own): (&BTreeSet<u8>, Option<&RunId>),
    backend: &LiveSession,
) -> Result<(), Shut> {
    let surroundings = config.surroundings(Arc::new(Terminal));
    let surroundings = surroundings.map_err(|error| Box::new(Diagnostic::from(&error)))?;
    let sign_ins: Vec<&SignIn> = backend.sign_ins().collect();
    let report = doctor::before_run(needs, (Some(to_come), own), config, &surroundings, &sign_ins).await;
    let concerns = report.concerns(true);
    if !concerns.is_empty() {
        // That nobody can read it changes nothing.
        let _ = writeln!(anstream::stderr().lock(), "{}", concerns.trim_end());
    }
    if !report.blocks() {
        return Ok(());
    }
    let lacking =
        report.steps.iter().filter(|group| group.verdict == doctor::Verdict::Blocked && !group.missing.is_empty());
    let blocked = lacking.map(|group| {
        let steps: Vec<String> = group.steps.iter().map(u8::to_string).collect();
        format!("steps {}: {}", steps.join(", "), group.missing)
    });
    Err(Shut::Blocked(Box::new(
        Diagnostic::new("not-ready", "the tenant is not ready, and nothing was written")
            .notes(blocked)
            .help("`graphwalk doctor` tells what to do about each"),
    )))
}

fn begin(config: &Config, opened: Opened, domain: String, wanted: Wanted<'_>) -> Result<LiveRun, Shut> {
    let Opened { backend, tenant } = opened;
    let tutorial = wanted.plan.tutorial.clone();
    let (folder, journal, state) = match wanted.resumed {
        Some(Resumed { folder, journal, state }) => {
            same_tenant(folder.run(), &journal, &tenant.to_string(), config)?;
            (folder, journal, Some(state))
        }
        None => {
            let new = NewRun { tutorial: tutorial.clone(), tenant: tenant.to_string(), base_url: base_url(config) };
            let begun = Runs::in_folder(&config.runs).begin(Timestamp::now(), new);
            let (folder, journal) = begun.map_err(|error| Shut::Refused(vec![Diagnostic::from(&error)]))?;
            (folder, journal, None)
        }
    };
    let (may_change, may_create, selected) = (config.may_change.clone(), config.may_create.clone(), wanted.selected);
    Ok(LiveRun { backend, folder, journal, domain, state, selected, tutorial, may_change, may_create })
}

fn base_url(config: &Config) -> String {
    config.endpoints.graph.as_str().trim_end_matches('/').to_owned()
}

/// Makes sure that what a journal lists is looked for where it was created.
///
/// # Errors
///
/// [`Shut::Refused`] if that was in another tenant, or the journal does not tell where.
pub(super) fn same_tenant(run: &RunId, journal: &Journal, tenant: &str, config: &Config) -> Result<(), Shut> {
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
        "if it was the configured tenant, run `graphwalk clean {run} --tenant ID` with the tenant's id; else look in the \
         run's tenant for names that carry {}",
        run.mark()
    ))
}

fn tell(rehearsal: &Rehearsal, tutorial: &str, config: &Config, out: &mut dyn Write) -> io::Result<()> {
    let tenant = config.tenant.as_ref().map_or_else(|| "the tenant".to_owned(), ToString::to_string);
    let Rehearsal { writes, changed, broken_off, .. } = rehearsal;
    writeln!(out, "{} of {tutorial}; nothing is sent now\nto {}\n", counted(writes.len(), "write"), plain(&tenant))?;
    let mut step = 0;
    for write in writes {
        let number = if write.step == step { String::new() } else { write.step.to_string() };
        step = write.step;
        let path = lines(&plain(&write.path), "/", COLUMNS - 11);
        writeln!(out, "{number:>2}  {:<6} {}", write.method, path.join("\n           "))?;
        let told = if write.what.is_empty() { String::new() } else { format!(": {}", write.what) };
        let line: String = plain(&format!("as {}{told}", write.actor));
        writeln!(out, "           {}", fitted(&line, COLUMNS - 11))?;
        let (word, why) = match &write.judgement {
            WriteJudgement::Allowed(target) => ("allowed:", target.as_str()),
            WriteJudgement::Refused(reason) => ("refused:", reason.as_str()),
            WriteJudgement::NotRehearsed => ("not rehearsed:", "it is judged before it is sent"),
        };
        writeln!(out, "           {}", fitted(&plain(&format!("{word} {why}")), COLUMNS - 11))?;
    }
    if !changed.is_empty() {
        writeln!(out, "\nchanged in what the features ask for:")?;
    }
    for line in changed {
        writeln!(out, "  {line}")?;
    }
    tell_may_change(config, out)?;
    writeln!(
        out,
        "\nnames, nicknames and descriptions carry the run's mark, and only what the run\ncreates is deleted"
    )?;
    if let Some(reason) = broken_off {
        writeln!(out, "\nthe rehearsal broke off, and more may be written: {}", plain(reason))?;
    }
    for unknown in &rehearsal.unknown {
        let text = format!("step {} may write what it does not name: {}", unknown.step, unknown.sentence);
        writeln!(out, "  {}", fitted(&plain(&text), COLUMNS - 2))?;
    }
    Ok(())
}

/// The objects that the user named as some that may be changed.
fn tell_may_change(config: &Config, out: &mut dyn Write) -> io::Result<()> {
    if !config.may_change.is_empty() {
        writeln!(out, "\nmay be changed beside what the run creates ([may-change] in graphwalk.toml):")?;
    }
    for named in &config.may_change {
        writeln!(out, "  {}", plain(&format!("{}: {}", named.name, named.object)))?;
    }
    Ok(())
}

/// Whoever sits before the screen: told on stderr, so that results can be piped on.
#[derive(Debug)]
pub(super) struct Terminal;

impl Person for Terminal {
    fn show(&self, prompt: &Prompt) {
        Progress::show(self, &prompt.text());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        // Ctrl-C ends the step that waits, or the program.
        Box::pin(std::future::pending())
    }
}

impl Progress for Terminal {
    fn show(&self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}", graphwalk_secrets::in_use::mask(line));
    }
}
