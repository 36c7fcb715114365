//! The terminal before which a live run is played.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, LocalBoxFuture};
use graphwalk_client::sign_in::{Person, Prompt};
use indicatif::style::TemplateError;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::backend::live::LiveHost;
use crate::in_words::readable_time;
use crate::terminal_text::plain;

/// The screen before which a live run is played, and whoever sits there: signs in, is shown waits, says what is done.
pub(crate) trait Screen: Person + LiveHost {}

impl<T: Person + LiveHost> Screen for T {}

/// Whoever sits before the screen: told on stderr, so that results can be piped on.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    /// The wait that is counted down.
    countdown: Mutex<Option<ProgressBar>>,
}

/// The screen of one tenant of many: each line names it, and nobody sits there to say that something is done.
#[derive(Debug)]
pub(crate) struct TenantScreen {
    tenant: String,
}

impl TenantScreen {
    /// Makes the screen for the tenant that reports call so.
    pub fn new(tenant: impl Into<String>) -> Self {
        Self { tenant: tenant.into() }
    }
}

impl Person for TenantScreen {
    fn show(&self, prompt: &Prompt) {
        LiveHost::show(self, &prompt.text());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

impl LiveHost for TenantScreen {
    fn show(&self, line: &str) {
        LiveHost::show(&Terminal::default(), &format!("{}: {line}", plain(&self.tenant)));
    }
}

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
        self.end_wait();
        let _ = writeln!(anstream::stderr().lock(), "{}", graphwalk_secrets::in_use::mask(line));
    }

    fn wait(&self, next: Duration, left: Duration) {
        self.end_wait();
        if io::stderr().is_terminal() {
            *self.countdown.lock().unwrap_or_else(PoisonError::into_inner) = Some(countdown(next, left));
        }
    }

    fn end_wait(&self) {
        if let Some(bar) = self.countdown.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }

    fn ask_done<'a>(&'a self, _: &'a str, request: &'a str) -> LocalBoxFuture<'a, bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Box::pin(std::future::ready(false));
        }
        LiveHost::show(self, &request.lines().map(plain).collect::<Vec<_>>().join("\n"));
        Box::pin(wait_for_line())
    }
}

/// Waits for a line on standard input; returns whether it came. At the end of the input it never comes.
pub(crate) fn wait_for_line() -> impl Future<Output = bool> {
    let (answered, answer) = tokio::sync::oneshot::channel();
    // A thread of its own: whoever leaves the run does not wait for a line that never comes.
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = answered.send(io::stdin().read_line(&mut line).is_ok_and(|bytes| bytes > 0));
    });
    async move { answer.await.unwrap_or(false) }
}

/// A line on stderr that shows that something goes on, drawn anew after each `tick`.
pub(crate) fn spinner(style: Result<ProgressStyle, TemplateError>, tick: Duration) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The templates are this program's: they can be read.
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(tick);
    bar
}

/// A line under what is waited for that counts down each second.
fn countdown(next: Duration, left: Duration) -> ProgressBar {
    let begun = Instant::now();
    let told = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // A line that cannot be written is not missed.
        let _ = out.write_str(&time_left(next.saturating_sub(begun.elapsed()), left.saturating_sub(begun.elapsed())));
    };
    let style = ProgressStyle::with_template("  {spinner} {time_left}");
    spinner(style.map(|style| style.with_key("time_left", told)), Duration::from_secs(1))
}

/// `next request in 23 s, 9 min 40 s left`
fn time_left(next: Duration, left: Duration) -> String {
    let whole = |time: Duration| readable_time(Duration::from_secs(time.as_secs().max(1)));
    let told = |time: Duration| whole(time).replace(".0 s", " s");
    if next >= left {
        format!("{} left", told(left))
    } else {
        format!("next request in {}, {} left", told(next), told(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_told_in_whole_seconds() {
        let told = |next, left| time_left(Duration::from_millis(next), Duration::from_millis(left));
        assert_eq!(told(23_400, 580_900), "next request in 23 s, 9 min 40 s left");
        assert_eq!((told(9_000, 9_000), told(0, 0)), ("9 s left".to_owned(), "1 s left".to_owned()));
    }
}
