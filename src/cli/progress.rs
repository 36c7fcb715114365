//! How far many sessions have come: a bar on a terminal, a line now and then elsewhere. On stderr, so that results can be piped on.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::SignedDuration;

use crate::in_words::{counted, grouped, readable_time, rough_time};
use crate::live::terminal::spinner;

/// The time between two lines where there is no bar.
const BETWEEN: Duration = Duration::from_secs(15);

/// Shows how far a run of several sessions has come.
#[derive(Debug)]
pub(super) struct RunProgress {
    sessions: usize,
    /// The word for one of these: session, or tenant.
    noun: &'static str,
    ended: usize,
    failed: usize,
    begun: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl RunProgress {
    /// Begins the progress of a run of so many sessions, or tenants; one alone tells of itself.
    pub fn new(sessions: usize, noun: &'static str) -> Self {
        let begun = Instant::now();
        let bar = (sessions > 1 && io::stderr().is_terminal()).then(|| bar(sessions, noun));
        Self { sessions, noun, ended: 0, failed: 0, begun, told: begun, bar }
    }

    /// `write` prints something that is not the end of a session, or of the last one of a tenant: the bar makes room for it.
    pub fn write<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// A session has ended, or the last one of a tenant; `write` prints what is told of it.
    pub fn ended<R>(&mut self, has_failed: bool, write: impl FnOnce() -> R) -> R {
        self.ended += 1;
        self.failed += usize::from(has_failed);
        let written = self.write(write);
        if let Some(bar) = &self.bar {
            bar.set_position(u64::try_from(self.ended).unwrap_or_default());
            bar.set_message(failed(self.failed));
        } else if self.sessions > 1 && self.told.elapsed() >= BETWEEN {
            self.told = Instant::now();
            // A line that nobody can read changes nothing.
            let _ = writeln!(anstream::stderr().lock(), "{}", self.line(self.begun.elapsed()));
        }
        written
    }

    /// `412 of 1,000 sessions, 2 failed, after 15.0 s`
    fn line(&self, took: Duration) -> String {
        let failed = failed(self.failed);
        format!(
            "{} of {}{failed}, after {}",
            grouped(self.ended),
            counted(self.sessions, self.noun),
            readable_time(took)
        )
    }
}

/// Takes the bar away, before what sums the run up.
impl Drop for RunProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn failed(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {} failed", grouped(count)) }
}

fn bar(sessions: usize, noun: &str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(sessions).unwrap_or_default());
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The template is this program's: it can be read.
    let template = format!("{{bar:30}} {{human_pos}} of {{human_len}} {noun}s{{msg}}{{left}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.with_key("left", time_left).progress_chars("━╸ "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// `, 12 s left`; nothing as long as no session has ended, since it is not known before.
fn time_left(state: &ProgressState, out: &mut dyn fmt::Write) {
    let left = SignedDuration::try_from(state.eta()).unwrap_or(SignedDuration::MAX);
    if state.pos() > 0 {
        // A line that cannot be written is not missed.
        let _ = write!(out, ", {} left", rough_time(left));
    }
}

/// Shows on a terminal that sessions are looked for, which may take long, until it is dropped.
#[derive(Debug)]
pub(super) struct Looking(Option<ProgressBar>);

impl Looking {
    /// Begins.
    pub fn begin() -> Self {
        let style = || ProgressStyle::with_template("{spinner} looking for sessions, for {elapsed}");
        Self(io::stderr().is_terminal().then(|| spinner(style(), Duration::from_millis(200))))
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_far_many_sessions_are() {
        let mut progress = RunProgress { bar: None, ..RunProgress::new(1_000, "tenant") };
        for session in 0..412 {
            progress.ended(session % 206 == 0, || ());
        }
        assert_eq!(progress.line(Duration::from_secs(15)), "412 of 1,000 tenants, 2 failed, after 15.0 s");
    }
}
