//! `graphwalk list`: what there is to run.

use std::io::{self, Write};

use crate::tutorial::{FeatureFile, Tutorial, TutorialFaults};

use super::{Exit, FeaturesArg, library, printed};

/// Arguments of `graphwalk list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  graphwalk list\n  graphwalk list --features my-features")]
pub struct ListArgs {
    #[command(flatten)]
    features: FeaturesArg,
}

/// Prints every tutorial with its steps, scenarios and bundled recordings.
///
/// # Errors
///
/// The faults of the features.
pub fn list(args: &ListArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let library = library(args.features.features.as_deref())?;
    for (index, name) in library.names().enumerate() {
        let tutorial = library.tutorial(Some(name))?;
        let separated = if index > 0 { writeln!(out) } else { Ok(()) };
        printed(separated.and_then(|()| tell(&tutorial, out)))?;
    }
    Ok(Exit::Passed)
}

fn tell(tutorial: &Tutorial, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", tutorial.name)?;
    for feature in &tutorial.features {
        writeln!(out, "{:>4}  {}{}", feature.number, feature.feature.name, own_tags(feature))?;
        for scenario in feature.scenarios() {
            writeln!(out, "        {}", scenario.name)?;
        }
    }
    writeln!(out, "  recordings")?;
    let recordings = crate::bundled::recordings(&tutorial.name);
    if recordings.is_empty() {
        writeln!(out, "        none: give your own with --recording")?;
    }
    for recording in recordings {
        let counts: Vec<String> =
            recording.provenance_counts().iter().map(|(word, count)| format!("{count} {word}")).collect();
        writeln!(out, "        {} ({})", recording.name, counts.join(", "))?;
    }
    Ok(())
}

/// The feature's tags beside the one that gives its number.
fn own_tags(feature: &FeatureFile) -> String {
    let tags = feature.feature.tags.iter().filter(|tag| !tag.starts_with("step-"));
    tags.map(|tag| format!("  @{tag}")).collect()
}
