//! `--pause`: a person goes through a tutorial scenario by scenario.

use std::io::{self, IsTerminal as _, Write as _};

use regex_lite::Regex;

use crate::diagnostic::Diagnostic;
use crate::dry_run::{ForeseenRequests, requests};
use crate::live::terminal::wait_for_line;
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{ScenarioOutcome, Verdict};
use crate::session::Tracing;
use crate::tutorial::TutorialFaults;

/// The requests that each scenario will send, as far as they are known before.
#[derive(Debug, Default)]
pub(super) struct Foreseen(ForeseenRequests);

impl Foreseen {
    /// Plays the run once unseen, on the recording that it replays or on an emulated tenant of its own, and keeps what was sent. Of
    /// a real tenant the dry run has found out what is `planned`, as its configuration has it played.
    pub fn of(run: &mut Run, source: &SessionSource, planned: ForeseenRequests) -> Self {
        let is_recorded = matches!(source, SessionSource::Bundled(_) | SessionSource::File(_));
        let requests = match source {
            SessionSource::Bundled(_) | SessionSource::File(_) | SessionSource::Emulator(_) => play_unseen(run, source),
            SessionSource::Live(_) | SessionSource::Shared(_) => planned,
        };
        Self(if is_recorded { requests } else { without_ids(requests) })
    }

    /// Returns the requests that a scenario will send, one a line; `None` if they are not known before.
    pub fn requests_of(&self, feature: usize, scenario: usize) -> Option<&[String]> {
        self.0.get(&(feature, scenario)).map(Vec::as_slice)
    }
}

fn play_unseen(run: &mut Run, source: &SessionSource) -> ForeseenRequests {
    let (tracing, recorder) = (std::mem::replace(&mut run.tracing, Tracing::Whole), run.recorder.take());
    // Nobody acts in what nobody sees.
    let guide = run.guide.take();
    let outcomes = run.outcomes(std::slice::from_ref(source));
    (run.tracing, run.recorder, run.guide) = (tracing, recorder, guide);
    let features = outcomes.iter().flat_map(|outcome| &outcome.features);
    let scenarios = features.flat_map(|feature| feature.scenarios.iter().map(|scenario| (feature.index, scenario)));
    let is_known = |(_, scenario): &(usize, &ScenarioOutcome)| scenario.verdict() != Verdict::Blocked;
    scenarios.filter(is_known).map(|(feature, scenario)| ((feature, scenario.index), requests(scenario))).collect()
}

/// Ids differ from run to run: `{id}` stands for them.
fn without_ids(mut requests: ForeseenRequests) -> ForeseenRequests {
    if let Ok(id) = Regex::new("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}") {
        for line in requests.values_mut().flatten() {
            *line = id.replace_all(line, "{id}").into_owned();
        }
    }
    for lines in requests.values_mut() {
        lines.dedup();
    }
    requests
}

/// Refuses to wait for a person where none can be.
///
/// # Errors
///
/// Standard input or output is no terminal, or several sessions are played.
pub(super) fn refuse_without_person(sessions: usize) -> Result<(), TutorialFaults> {
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
    wait_for_line().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
        let foreseen = Foreseen::of(&mut run, &SessionSource::Emulator(Arc::default()), ForeseenRequests::new());
        assert!(run.guide.is_some());
        assert!(foreseen.0.values().flatten().any(|sent| sent.contains("PATCH")), "{foreseen:?}");
    }
}
