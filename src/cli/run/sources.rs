//! Where the answers of a run come from, as its arguments say.

use std::path::PathBuf;
use std::sync::Arc;

use crate::bundled::find_of;
use crate::diagnostic::Diagnostic;
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Discovery, Interrupt, SessionOutcome};
use crate::tutorial::{FeatureFile, Tutorial, TutorialFaults};

use super::super::emulator_args::EmulatorArgs;
use super::super::progress::Looking;
use super::{RunArgs, RunOn};

/// The sessions to play; of a real tenant none, it is prepared by itself.
pub(super) fn of_arguments(tutorial: &Tutorial, args: &RunArgs) -> Result<Vec<SessionSource>, TutorialFaults> {
    match args.on {
        RunOn::Replay | RunOn::Emulator if args.detach => {
            let message = "--detach leaves the long waits of a real tenant: here no time passes";
            Err(vec![Diagnostic::new("usage", message).help("add --on live, or leave it out")])
        }
        RunOn::Replay | RunOn::Emulator if args.plan => {
            let message = "--plan lists what would be written to a real tenant";
            Err(vec![Diagnostic::new("usage", message).help("add --on live")])
        }
        // Recordings tell what is not in the dry run.
        RunOn::Live => {
            args.emulator.refuse()?;
            Ok(Vec::new())
        }
        RunOn::Replay => {
            args.emulator.refuse()?;
            args.config.refuse_without_tenant(false)?;
            recordings(&tutorial.name, &args.recording)
        }
        RunOn::Emulator if args.recording.is_empty() => {
            args.config.refuse_without_tenant(true)?;
            emulated(tutorial, &args.emulator)
        }
        RunOn::Emulator => {
            let message = "a recording is replayed, and --on emulator plays without one";
            Err(vec![Diagnostic::new("usage", message).help("leave out --recording, or use --on replay")])
        }
    }
}

fn emulated(tutorial: &Tutorial, args: &EmulatorArgs) -> Result<Vec<SessionSource>, TutorialFaults> {
    let own_seed = tutorial.features.first().and_then(FeatureFile::seed_text);
    Ok(vec![SessionSource::Emulator(Arc::new(args.settings(own_seed.as_deref())?))])
}

fn recordings(tutorial: &str, paths: &[PathBuf]) -> Result<Vec<SessionSource>, TutorialFaults> {
    if paths.is_empty() {
        let Some(recording) = crate::bundled::first_recording(tutorial) else {
            let message = format!("no recording of {tutorial} is bundled");
            return Err(vec![Diagnostic::new("no-recording", message).help("name one with --recording FILE")]);
        };
        return Ok(vec![SessionSource::Bundled(Arc::new(recording))]);
    }
    let mut sources = Vec::new();
    for path in paths {
        let found = find_of(tutorial, path).map_err(|error| vec![Diagnostic::from(&error)])?;
        sources.extend(found.into_iter().map(SessionSource::File));
    }
    Ok(sources)
}

/// Finds the sessions of a tutorial that finds them at these sources: how that went, and what is played then.
pub(super) fn find_sessions(run: &Run, sources: Vec<SessionSource>) -> (Vec<SessionOutcome>, Vec<SessionSource>) {
    if !run.plan.discovers() {
        return (Vec::new(), sources);
    }
    let _looking = Looking::begin();
    let found = sources.iter().map(|source| Discovery::play(run, source, &Interrupt::never()));
    let (outcomes, sessions): (Vec<_>, Vec<_>) = found.map(|found| (found.outcome, found.sources)).unzip();
    (outcomes, sessions.into_iter().flatten().collect())
}
