//! The terminal before which a live run is played.

use std::io::Write as _;

use futures::future::BoxFuture;
use graphwalk_client::sign_in::{Person, Prompt};

use crate::backend::live::WaitProgress;

/// Whoever sits before the screen: told on stderr, so that results can be piped on.
#[derive(Debug)]
pub(crate) struct Terminal;

impl Person for Terminal {
    fn show(&self, prompt: &Prompt) {
        WaitProgress::show(self, &prompt.text());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        // Ctrl-C ends the step that waits, or the program.
        Box::pin(std::future::pending())
    }
}

impl WaitProgress for Terminal {
    fn show(&self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}", graphwalk_secrets::in_use::mask(line));
    }
}
