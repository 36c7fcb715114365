//! The terminal before which a live run is played.

use std::io::{self, IsTerminal as _, Write as _};

use futures::future::{BoxFuture, LocalBoxFuture};
use graphwalk_client::sign_in::{Person, Prompt};

use crate::backend::live::LiveHost;
use crate::terminal_text::plain;

/// The screen before which a live run is played, and whoever sits there: signs in, is shown waits, says what is done.
pub(crate) trait Screen: Person + LiveHost {}

impl<T: Person + LiveHost> Screen for T {}

/// Whoever sits before the screen: told on stderr, so that results can be piped on.
#[derive(Debug)]
pub(crate) struct Terminal;

impl Person for Terminal {
    fn show(&self, prompt: &Prompt) {
        LiveHost::show(self, &prompt.text());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        // Ctrl-C ends the step that waits, or the program.
        Box::pin(std::future::pending())
    }
}

impl LiveHost for Terminal {
    fn show(&self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}", graphwalk_secrets::in_use::mask(line));
    }

    fn ask_done<'a>(&'a self, _: &'a str, request: &'a str) -> LocalBoxFuture<'a, bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Box::pin(std::future::ready(false));
        }
        LiveHost::show(self, &request.lines().map(plain).collect::<Vec<_>>().join("\n"));
        let (answered, answer) = tokio::sync::oneshot::channel();
        // A thread of its own: whoever leaves the run does not wait for a line that never comes.
        std::thread::spawn(move || {
            let mut line = String::new();
            let is_line = io::stdin().read_line(&mut line).is_ok_and(|bytes| bytes > 0);
            let _ = answered.send(is_line);
        });
        Box::pin(async move { answer.await.unwrap_or(false) })
    }
}
