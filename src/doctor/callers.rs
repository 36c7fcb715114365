//! Whether everybody who calls can sign in, as whom Graph demands.

use std::collections::BTreeSet;

use super::needs::{Needs, StepCall};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::in_words::named_actor;

/// Looks whether everybody who calls at one of `steps` can sign in, and signs in as a user where Graph refuses a call to apps.
///
/// # Errors
///
/// An actor who calls is not configured, or signs in as an app where Graph demands a user; each is named with what to
/// configure.
pub fn callers_can_sign_in(needs: &Needs, steps: &BTreeSet<u8>, config: &Config) -> Result<(), Vec<Diagnostic>> {
    let mut faults = Vec::new();
    for actor in &needs.actors {
        let to_come = needs.steps.iter().filter(|step| steps.contains(&step.number));
        let calls: Vec<&StepCall> =
            to_come.flat_map(|step| step.calls_of(&actor.name)).filter(|call| !call.after_loss).collect();
        let Some(first) = calls.first() else { continue };
        let who = named_actor(&actor.name);
        match config.actor(&actor.name) {
            Err(fault) => faults.push(Diagnostic::from(&fault).note(format!("{who} sends {}", first.call.describe()))),
            Ok(configured) if configured.sign_in.is_app() => {
                let refused = calls.iter().find(|made| !made.call.serves_apps());
                let word = configured.sign_in.word();
                faults.extend(refused.map(|made| {
                    Diagnostic::new("needs-user", format!("{who} must be a signed-in user, and {word} signs in an app"))
                        .note(format!("{who} sends {}, which Graph refuses to apps", made.call.describe()))
                        .help("give the actor sign-in = \"device-code\", \"authorization-code\" or \"password\"")
                }));
            }
            Ok(_) => {}
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
