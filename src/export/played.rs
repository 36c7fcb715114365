//! A tutorial played on an emulated tenant, with a note of all that its steps do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graphwalk_recording::ADMINISTRATOR;
use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;
use crate::dry_run::EMULATED_DOMAIN;
use crate::dry_run::noted_session::NotedSession;
use crate::runner::{Interrupt, Plan, PlayOptions, ScenarioOutcome, Selection, StepEnd, TutorialPart, play};
use crate::session::{Captures, ScriptEvent, ScriptLine, Tracing};

/// The events of a tutorial that was played.
#[derive(Debug)]
pub struct PlayedTutorial {
    /// The events of its steps, in order.
    pub lines: Vec<ScriptLine>,
    /// The day on which it was played, and the general password.
    pub captures: Captures,
    /// The mark in the names of what it creates, and the domain of principal names.
    pub mark: String,
    /// The domain.
    pub domain: &'static str,
    /// Users that it created with a password: the name, the principal name, the password.
    pub introduced: Vec<(String, String, String)>,
    /// The values from outside, by their names.
    pub outside: BTreeMap<String, String>,
    /// The requests that are sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// The reason why a part is missing.
    pub missing: Vec<String>,
}

impl PlayedTutorial {
    /// Returns the callers beside the administrator.
    pub fn actors(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for line in &self.lines {
            if let ScriptEvent::Sends(sent) = &line.event
                && sent.call.actor != ADMINISTRATOR
                && !names.contains(&sent.call.actor)
            {
                names.push(sent.call.actor.clone());
            }
        }
        names
    }
}

/// Plays a tutorial; who is in `sign_in` may sign in by password as soon as the tutorial has created the user.
///
/// # Errors
///
/// If no emulator can be started here.
pub async fn play_noting(
    plan: &Plan,
    schemas: &Schemas,
    sign_in: &[String],
) -> Result<PlayedTutorial, Box<Diagnostic>> {
    let NotedSession { mut session, mark, introduced } = NotedSession::start(plan, schemas, sign_in)?;
    let options = PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: Tracing::default(),
    };
    let mut missing = Vec::new();
    let mut watch = |feature: usize, outcome: &ScenarioOutcome| missing.extend(broken(plan, feature, outcome));
    if plan.discovers() {
        play(plan, &Selection::default().of_part(TutorialPart::Discovery), &mut session, &options, &mut watch).await;
        // Each session is looked at alike: one is enough.
        let mut found = session.take_found();
        // Two variables that have the same value are one: a session with values that differ tells them apart.
        let best = found.iter().position(|one| one.values.values().collect::<BTreeSet<_>>().len() == one.values.len());
        if !found.is_empty() {
            let found = found.swap_remove(best.unwrap_or(0));
            session.given.set.extend(found.values);
            session.captures = Captures::new(session.captures.today());
            session.script.begin();
            let rest = Selection::default().of_part(TutorialPart::Found);
            // What is found in an emulated tenant's reviews says nothing about the tutorial.
            play(plan, &rest, &mut session, &options, &mut |_, _| {}).await;
        }
    } else {
        session.script.begin();
        play(plan, &Selection::default(), &mut session, &options, &mut watch).await;
    }
    session.script.keeps(&session.captures);
    let introduced = introduced.borrow().clone();
    Ok(PlayedTutorial {
        lines: session.script.take(),
        outside: session.outside_values().clone(),
        changed: session.seen.changed.clone(),
        captures: session.captures.clone(),
        mark,
        domain: EMULATED_DOMAIN,
        introduced,
        missing,
    })
}

/// Returns why a scenario was not played to its end.
fn broken(plan: &Plan, feature: usize, outcome: &ScenarioOutcome) -> Option<String> {
    let scenario = &plan.features[feature].scenarios[outcome.index];
    let why = outcome.steps.iter().find_map(|step| match &step.end {
        StepEnd::Failed(failure) => Some(failure.message.clone()),
        StepEnd::Blocked(why) | StepEnd::Skipped(why) => Some(why.to_string()),
        StepEnd::Passed => None,
    })?;
    Some(format!("{}: {why}", scenario.name))
}
