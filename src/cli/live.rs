//! `--on live`: what would be written to a real tenant, and how a command ends that could not reach it.

use std::io::{self, Write};
use std::sync::Arc;

use crate::config::Config;
use crate::dry_run::{DryRun, ForeseenRequests, WriteJudgement};
use crate::in_words::counted;
use crate::live::gate::Shut;
use crate::live::start::{self, LivePlan, ReadingRun};
use crate::runner::sessions::SessionSource;
use crate::runner::{SharedTenant, runtime};
use crate::terminal_text::{COLUMNS, fitted, lines, plain};
use crate::tutorial::TutorialFaults;

use super::{Exit, printed};

/// The result of the preparations.
pub(super) enum LiveStart {
    /// The session to play, what its scenarios will send, if that is wanted, and the run, if it only reads.
    Play(SessionSource, ForeseenRequests, Option<Box<ReadingRun>>),
    /// Nothing is to be played.
    End(Exit),
}

/// Prepares a session on the tenant of `config`.
pub(super) fn start(config: &Config, wanted: LivePlan<'_>) -> Result<LiveStart, TutorialFaults> {
    if wanted.plan.is_read_only() {
        return match runtime()?.block_on(start::start_reading(config, wanted)) {
            Ok((tenant, reading, foreseen)) => {
                let source = SharedTenant::Live(Arc::new(tenant)).only_session();
                Ok(LiveStart::Play(source, foreseen, Some(Box::new(reading))))
            }
            Err(shut) => ended(shut).map(LiveStart::End),
        };
    }
    match runtime()?.block_on(start::start(config, wanted)) {
        Ok((source, foreseen)) => Ok(LiveStart::Play(SessionSource::Live(Arc::new(source)), foreseen, None)),
        Err(shut) => ended(shut).map(LiveStart::End),
    }
}

/// Tells what would be written, and sends nothing.
pub(super) fn tell_plan(config: &Config, wanted: &LivePlan<'_>, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let dry_run = runtime()?.block_on(wanted.dry_run(config)).map_err(|fault| vec![*fault])?;
    printed(tell(&dry_run, &wanted.plan.tutorial, config, out))?;
    Ok(match (&dry_run.refused, &dry_run.broken_off) {
        (refused, _) if !refused.is_empty() => Exit::Failed,
        (_, Some(_)) => Exit::Blocked,
        (_, None) => Exit::Passed,
    })
}

/// Returns the end of a command that could not reach the tenant.
pub(super) fn ended(shut: Shut) -> Result<Exit, TutorialFaults> {
    match shut {
        Shut::Refused(faults) => Err(faults),
        Shut::Blocked(fault) => {
            // That nobody can read it does not change the exit code.
            let _ = writeln!(anstream::stderr().lock(), "{}", fault.render(true));
            Ok(Exit::Blocked)
        }
    }
}

fn tell(dry_run: &DryRun, tutorial: &str, config: &Config, out: &mut dyn Write) -> io::Result<()> {
    let tenant = config.tenant.as_ref().map_or_else(|| "the tenant".to_owned(), ToString::to_string);
    let DryRun { writes, changed, broken_off, .. } = dry_run;
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
            WriteJudgement::NotInDryRun => ("not in the dry run:", "it is checked before it is sent"),
        };
        writeln!(out, "           {}", fitted(&plain(&format!("{word} {why}")), COLUMNS - 11))?;
    }
    if !changed.is_empty() {
        writeln!(out, "\nchanged in what the features ask for:")?;
    }
    for line in changed {
        writeln!(out, "  {line}")?;
    }
    if !dry_run.acts.is_empty() {
        writeln!(out, "\ndone by a person, who is asked and waited for:")?;
    }
    for act in &dry_run.acts {
        writeln!(out, "  {}", fitted(&plain(act), COLUMNS - 2))?;
    }
    tell_may_change(config, out)?;
    writeln!(
        out,
        "\nnames, nicknames and descriptions carry the run's mark, and only what the run\ncreates is deleted"
    )?;
    if let Some(reason) = broken_off {
        writeln!(out, "\nthe dry run stopped early, and more may be written: {}", plain(reason))?;
        let used = dry_run.recordings.iter().filter(|asked| asked.is_used);
        for asked in used {
            writeln!(out, "what comes after is taken from {}", fitted(&plain(&asked.name), COLUMNS - 30))?;
        }
    }
    for unknown in &dry_run.unknown {
        let text = format!("step {} may send unnamed writes: {}", unknown.step, unknown.sentence);
        writeln!(out, "  {}", fitted(&plain(&text), COLUMNS - 2))?;
    }
    Ok(())
}

/// The objects that the user named as some that may be changed.
fn tell_may_change(config: &Config, out: &mut dyn Write) -> io::Result<()> {
    if !config.may_change.is_empty() {
        writeln!(out, "\nmay be changed in addition to what the run creates ([may-change] in graphwalk.toml):")?;
    }
    for named in &config.may_change {
        writeln!(out, "  {}", plain(&format!("{}: {}", named.name, named.object)))?;
    }
    Ok(())
}
