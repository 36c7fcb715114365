//! `graphwalk check`: the faults of features, without running them.

use std::io::Write;

use graphwalk_schema::Schemas;

use crate::bundled;
use crate::check::{CheckFacts, faults_of};
use crate::in_words::counted;
use crate::runner::Plan;
use crate::sentences::sentences;
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;
use super::{Exit, FeaturesArg, library, printed};

/// Arguments of `graphwalk check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk check                          the built-in tutorials\n  graphwalk check --features my-features   your own\n  graphwalk check --sentences              the sentences that a feature can use"
)]
pub struct CheckArgs {
    #[command(flatten)]
    features: FeaturesArg,
    /// List the sentences that steps can be written with
    #[arg(long, conflicts_with = "features")]
    sentences: bool,
}

/// Looks for undefined, ambiguous, empty and misspelt steps in all tutorials, and for what they name that is not there.
///
/// # Errors
///
/// Every fault found.
pub fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    if args.sentences {
        let text = sentences().join("\n");
        printed(writeln!(out, "{text}"))?;
        return Ok(Exit::Passed);
    }
    let library = library(args.features.features.as_deref())?;
    // A configuration that cannot be read permits nothing, and names nobody.
    let config = ConfigArgs::default().load().ok();
    let (may_change, configured) = config.map(|config| (config.may_change, config.actors)).unwrap_or_default();
    let mut known = CheckFacts { schemas: Schemas::embedded(), actors: configured.into_keys().collect(), may_change };
    let mut faults = TutorialFaults::new();
    for name in library.names() {
        let recorded = bundled::first_recording(name).filter(|_| args.features.features.is_none());
        known.actors.extend(recorded.iter().flat_map(|recording| recording.actors()).map(str::to_owned));
        match library.tutorial(Some(name)).and_then(Plan::new) {
            Ok(plan) => {
                let found = faults_of(&plan, &known);
                if !found.is_empty() {
                    faults.extend(found);
                    continue;
                }
                let (steps, scenarios, sentences) = (plan.features.len(), plan.scenario_count(), plan.step_count());
                let (steps, scenarios) = (counted(steps, "step"), counted(scenarios, "scenario"));
                let sentences = counted(sentences, "sentence");
                printed(writeln!(out, "{name}: no faults in {steps}, {scenarios}, {sentences}"))?;
            }
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(Exit::Passed) } else { Err(faults) }
}
