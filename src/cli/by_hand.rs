//! `--on emulator --review-by portal`: a person acts on the pages of the emulated tenant, and is told what to do on stderr.

use std::io::Write as _;
use std::sync::Arc;

use crate::backend::PageGuide;
use crate::config::ReviewBy;
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;

/// Whoever sits before the terminal.
#[derive(Debug)]
struct OnStderr;

impl PageGuide for OnStderr {
    fn tell(&self, text: &str) {
        // Not masked: the link is for whoever reads this, and for nobody else.
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

/// Returns who tells a person what to do, if the flag asks for one. What graphwalk.toml says is meant for a tenant: a run on the
/// emulator waits for nobody because of it.
///
/// # Errors
///
/// The configuration cannot be read, or has a key or value that is not known.
pub(super) fn guide(config: &ConfigArgs) -> Result<Option<Arc<dyn PageGuide>>, TutorialFaults> {
    if config.review_by.is_none() {
        return Ok(None);
    }
    let is_by_hand = config.load()?.review_by == ReviewBy::Portal;
    Ok(is_by_hand.then(|| Arc::new(OnStderr) as Arc<dyn PageGuide>))
}
