//! `--pause`: a person goes through a tutorial scenario by scenario.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use graphwalk_emulator::Settings;
use regex_lite::Regex;

use crate::diagnostic::Diagnostic;
use crate::runner::sessions::{Run, Source};
use crate::session::Tracing;
use crate::tutorial::Faults;

/// What each scenario will send, as far as that is known before.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    by_scenario: HashMap<(usize, usize), Vec<String>>,
}

impl Foreseen {
    /// Plays the run once unseen, on the recording that it replays, else on an emulated tenant of its own, and keeps what was sent.
    /// There ids differ each time: `{id}` stands for them.
    pub fn of(run: &mut Run, source: &Source) -> Self {
        let rehearsed = match source {
            Source::Bundled(_) | Source::File(_) | Source::Emulator(_) => source.clone(),
            Source::Live(_) => Source::Emulator(Arc::new(Settings::default())),
            // What finds its sessions plays each on a tenant that is already there.
            Source::Shared(_) => return Self::default(),
        };
        let is_recorded = matches!(rehearsed, Source::Bundled(_) | Source::File(_));
        let (tracing, recorder) = (std::mem::replace(&mut run.tracing, Tracing::Whole), run.recorder.take());
        // Nobody acts in what nobody sees.
        let guide = run.guide.take();
        let outcomes = run.outcomes(&[rehearsed]);
        (run.tracing, run.recorder, run.guide) = (tracing, recorder, guide);
        let id = Regex::new("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").ok().filter(|_| !is_recorded);
        let mut by_scenario = HashMap::new();
        for feature in outcomes.iter().flat_map(|outcome| &outcome.features) {
            for scenario in &feature.scenarios {
                let exchanges = scenario.steps.iter().flat_map(|step| &step.exchanges).filter(|told| !told.is_own_look);
                let mut sent: Vec<String> = exchanges
                    .map(|told| {
                        let path =
                            id.as_ref().map_or(told.path.clone().into(), |id| id.replace_all(&told.path, "{id}"));
                        format!("{}: {} {path}", told.actor, told.method)
                    })
                    .collect();
                // What is asked again and again is told once.
                sent.dedup();
                by_scenario.insert((feature.index, scenario.index), sent);
            }
        }
        Self { by_scenario }
    }

    /// What a scenario will send, a request a line.
    pub fn sent(&self, feature: usize, scenario: usize) -> &[String] {
        self.by_scenario.get(&(feature, scenario)).map_or(&[], Vec::as_slice)
    }
}

/// Refuses to wait for a person where none can be.
///
/// # Errors
///
/// Standard input or output is no terminal, or several sessions are played.
pub(super) fn refuse_without_person(sessions: usize) -> Result<(), Faults> {
    let fault = |message: &str, help: &str| Err(vec![Diagnostic::new("usage", message).help(help)]);
    if sessions > 1 {
        return fault("--pause goes through one session, and there are several", "name one of them with --recording");
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return fault("--pause waits for a person, and this is no terminal", "run it on a terminal, or use -v instead");
    }
    Ok(())
}

/// Asks for Enter; returns whether it came. At the end of the input it never comes.
pub(super) async fn enter() -> bool {
    let mut err = anstream::stderr().lock();
    let _ = write!(err, "    Enter plays it, Ctrl-C ends the run with its clean-up ");
    let _ = err.flush();
    drop(err);
    let (answered, answer) = tokio::sync::oneshot::channel();
    // A thread of its own: whoever ends the run does not wait for a line that never comes.
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = answered.send(io::stdin().read_line(&mut line).is_ok_and(|bytes| bytes > 0));
    });
    answer.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use crate::backend::PageGuide;
    use crate::runner::Plan;
    use crate::tutorial::Library;

    use super::*;

    #[derive(Debug)]
    struct Nobody;

    impl PageGuide for Nobody {
        fn tell(&self, text: &str) {
            panic!("somebody was told: {text}");
        }
    }

    #[test]
    fn nobody_is_asked_to_act_in_what_is_played_unseen() {
        let plan = Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap();
        let mut run = Run { guide: Some(Arc::new(Nobody)), ..Run::new(plan) };
        let foreseen = Foreseen::of(&mut run, &Source::Emulator(Arc::default()));
        assert!(run.guide.is_some());
        assert!(foreseen.by_scenario.values().flatten().any(|sent| sent.contains("PATCH")), "{foreseen:?}");
    }
}
