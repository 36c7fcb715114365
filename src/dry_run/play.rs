//! Playing a dry run: first on an emulated tenant, then over recordings what that does not come to.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_emulator::Settings;
use graphwalk_recording::{Overrides, Recording};
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use crate::backend::emulator::EmulatorSession;
use crate::backend::live::overrides;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::runner::{Interrupt, Plan, PlayOptions, ScenarioOutcome, Selection, TutorialPart, Verdict, play};
use crate::session::{Captures, Guard, Naming, OutsideValues, RunId, Session, Tracing};

use super::DryRun;
use super::noted_session::Introduced;
use super::planned_calls::NotPlayed;
use super::recorded_calls::{break_off, recorded};
use super::tenant::{DryRunBackend, EMULATED_DOMAIN, seed_for};

/// Plays the tutorial on an emulated tenant, as the configuration would have it played on the real one; and what the emulator
/// does not model over `recordings`.
///
/// # Errors
///
/// If no emulator can be started here.
pub async fn play_dry_run(
    plan: &Plan,
    selection: &Selection,
    schemas: &Schemas,
    config: &Config,
    recordings: &[Arc<Recording>],
    foresees: bool,
) -> Result<DryRun, Box<Diagnostic>> {
    let by_hand = overrides(config).in_portal;
    let mut session = begin(plan, schemas, config)?;
    let options = options(foresees);
    let (mut dry_run, mut not_played) = (DryRun::default(), NotPlayed::default());
    let mut watch = |feature: usize, outcome: &ScenarioOutcome| {
        not_played.note(feature, outcome);
        if foresees && matches!(outcome.verdict(), Verdict::Passed | Verdict::Skipped) {
            dry_run.foreseen.insert((feature, outcome.index), requests(outcome));
        }
        dry_run.broken_off = dry_run.broken_off.take().or_else(|| break_off(plan, feature, outcome));
    };
    if plan.discovers() {
        play_found(plan, selection, &mut session, &options, &mut watch).await;
    } else {
        play(plan, selection, &mut session, &options, &mut watch).await;
    }
    dry_run.add_session(&mut session, plan, by_hand);
    if dry_run.broken_off.is_some() {
        // The end of the period that the configuration asks for first: another one has other calls.
        let mut recordings = recordings.to_vec();
        recordings.sort_by_key(|recording| recording.finish() != config.finish);
        let found = recorded(plan, selection, schemas, &recordings, &mut not_played).await;
        let judged = session.guard().map(Guard::judged).unwrap_or_default();
        for found in found.map_err(|error| Diagnostic::new("server", error.to_string()))? {
            dry_run.add_recorded(found, plan, judged);
        }
        let (calls, unknown) = not_played.read(plan);
        dry_run.add_named(calls, unknown);
    }
    if by_hand {
        dry_run.leave_out_by_hand(config);
    }
    Ok(dry_run)
}

/// Begins a session on an emulated tenant, guarded as it will be on the real one.
fn begin(plan: &Plan, schemas: &Schemas, config: &Config) -> Result<Session, Box<Diagnostic>> {
    let seed = seed_for(plan, &config.may_change, &plan.outside_objects(), &config.values)?;
    let emulator = EmulatorSession::start(Settings { seed, ..Settings::default() }, schemas.clone());
    let emulator = emulator.map_err(|error| Diagnostic::new("server", error.to_string()))?;
    // Nobody decides on the page of an emulated tenant.
    let overrides = Overrides { in_portal: false, ..overrides(config) };
    let (finish, introduced) = (config.finish, Introduced::default());
    let backend = Rc::new(DryRunBackend { emulator, finish, overrides, introduced });
    let mut session = Session::new(backend, schemas.clone(), false);
    // Any mark will do; the run's own is not made yet.
    session.naming = Naming::marked(RunId::new(Timestamp::now()).mark(), EMULATED_DOMAIN);
    session.resources = config.may_create.clone();
    // What is given for the real tenant is not in the emulated one that stands for it.
    session.given = if plan.discovers() { OutsideValues::default() } else { config.values.clone() };
    session.guard_by(Guard::new(config.may_create.clone(), config.may_change.clone()));
    session.calls.begin();
    Ok(session)
}

/// Returns the options of playing; with the requests, if somebody wants to know them.
fn options(foresees: bool) -> PlayOptions {
    PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: if foresees { Tracing::Whole } else { Tracing::default() },
    }
}

/// Returns the requests of a scenario, one a line. One that is asked again and again is told once, and none that no step
/// asks for.
pub(crate) fn requests(outcome: &ScenarioOutcome) -> Vec<String> {
    let exchanges = outcome.steps.iter().flat_map(|step| &step.exchanges).filter(|told| !told.is_own_look);
    let mut sent: Vec<String> =
        exchanges.map(|told| format!("{}: {} {}", told.actor, told.method, told.path)).collect();
    sent.dedup();
    sent
}

/// Plays what finds the sessions of a tutorial, and the rest on each of them, in one session: what it calls counts, and not
/// how that ends.
async fn play_found(
    plan: &Plan,
    selection: &Selection,
    session: &mut Session,
    options: &PlayOptions,
    watch: &mut (dyn FnMut(usize, &ScenarioOutcome) + '_),
) {
    play(plan, &selection.of_part(TutorialPart::Discovery), session, options, watch).await;
    let found = session.take_found();
    let rest = selection.of_part(TutorialPart::Found);
    for one in &found {
        session.given.set.extend(one.values.clone());
        session.captures = Captures::new(session.captures.today());
        play(plan, &rest, session, options, &mut |_, _| {}).await;
    }
}
