//! What the features of a plan take from outside: `--set NAME=ID` and `[values]`.

use jiff::civil::Date;

use crate::diagnostic::Diagnostic;
use crate::runner::Plan;
use crate::session::OutsideValues;
use crate::tutorial::{TutorialFaults, nearest};

use super::ConfigArgs;

/// The values that the features of a plan take from outside, as flags and graphwalk.toml give them.
///
/// # Errors
///
/// A flag whose name no feature takes, or whose value is no day where a day is meant; a configuration that cannot be read.
pub(super) fn outside_values(config: &ConfigArgs, plan: &Plan) -> Result<OutsideValues, TutorialFaults> {
    let taken = plan.outside_names();
    let names = || taken.iter().copied();
    for (name, value) in &config.set {
        if !names().any(|known| known == name) {
            let message = format!("--set {name}: no feature takes \"{name}\" from outside");
            let fault = Diagnostic::new("usage", message);
            return Err(vec![match nearest(name, names()) {
                Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                None => fault.help("a feature does so by `Given \"NAME\" is the id of a user`"),
            }]);
        }
        if plan.outside_days().contains(&name.as_str()) && value.parse::<Date>().is_err() {
            let message = format!("--set {name}: expected a day, got \"{value}\"");
            let help = format!("write it as year, month and day: --set {name}=2026-01-31");
            return Err(vec![Diagnostic::new("usage", message).help(help)]);
        }
    }
    // Whoever plays what needs nothing from outside needs no configuration.
    if taken.is_empty() { Ok(OutsideValues::default()) } else { Ok(config.load()?.values) }
}
