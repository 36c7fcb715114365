//! `--scenario`, `FILE:LINE` and `--last-failed`: the scenarios that a person wants to play.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, ScenarioPlace, file_and_line};
use crate::tutorial::TutorialFaults;

use super::last_failed::LastFailed;

/// The scenarios that are wanted. Each relies on those before it, so that these are played as well.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ScenarioArgs {
    /// Play this scenario, those before it, on which it relies, and the clean-up; again for more
    #[arg(long, value_name = "NAME|FILE:LINE")]
    pub scenario: Vec<String>,
    /// Play what failed last time in this folder, the scenarios before it, and the clean-up
    #[arg(long, conflicts_with = "scenario")]
    last_failed: bool,
}

impl ScenarioArgs {
    /// Describes the selection in words; `None` if all is wanted.
    pub fn describe(&self) -> Option<String> {
        let named = (!self.scenario.is_empty()).then(|| format!("--scenario {}", self.scenario.join(" --scenario ")));
        named.or_else(|| self.last_failed.then(|| "--last-failed".to_owned()))
    }

    /// The last scenario that is played; `None` if no scenario is named. `tutorial` is the argument that names the tutorial.
    ///
    /// # Errors
    ///
    /// A scenario that the tutorial does not have, or nothing is known of a failure.
    pub fn last(&self, tutorial: Option<&str>, plan: &Plan) -> Result<Option<ScenarioPlace>, TutorialFaults> {
        if self.last_failed {
            return last_failed(plan).map(Some);
        }
        let mut named = self.scenario.clone();
        named.extend(tutorial.filter(|text| file_and_line(text).is_some()).map(str::to_owned));
        ScenarioPlace::last_named(plan, &named).map_err(|fault| vec![*fault])
    }
}

/// The last of the scenarios that failed when the tutorial was played last.
fn last_failed(plan: &Plan) -> Result<ScenarioPlace, TutorialFaults> {
    let kept = LastFailed::read().map_err(|fault| vec![*fault])?;
    let failed = kept.of(&plan.tutorial);
    let fault = |message: String| vec![Diagnostic::new("last-failed", message)];
    if failed.is_empty() {
        let message = format!("nothing is kept of a failure of {} in {}", plan.tutorial, LastFailed::FILE);
        let help = "run it here without --last-failed first: what fails is kept in the folder it is run in";
        return Err(fault(message).into_iter().map(|fault| fault.help(help)).collect());
    }
    let all = plan.features.iter().flat_map(|feature| feature.scenarios.iter().map(move |of| (feature, of)));
    // A scenario may have moved since.
    let known = all.filter(|(_, scenario)| failed.contains(&scenario.name));
    let last = known.map(|(feature, scenario)| ScenarioPlace::new(feature, scenario)).max();
    last.ok_or_else(|| {
        let message = format!("{} does not have any more what failed last: {}", plan.tutorial, failed.join(", "));
        fault(message)
    })
}

/// The folder and the name of the tutorial that a feature file belongs to. In the folder of features, if one is given, it is called as
/// the file's folder is; else it is in that folder, if this is on disk, or one of that name among the built-in ones.
pub(super) fn of_file(file: &str, features: Option<PathBuf>) -> (Option<PathBuf>, Option<String>) {
    let parent = Path::new(file).parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    if features.is_none() && folder.is_dir() {
        return (Some(folder.to_owned()), None);
    }
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    (features, whole.file_name().map(|name| name.to_string_lossy().into_owned()))
}
