//! How far many sessions have come: a bar on a terminal, a line now and then elsewhere. On stderr, so that results can be piped on.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::SignedDuration;

use crate::in_words::{counted, grouped, readable_time, rough_time};

/// The time between two lines where there is no bar.
const BETWEEN: Duration = Duration::from_secs(15);

/// Shows how far a run of several sessions has come.
#[derive(Debug)]
pub(super) struct RunProgress {
    sessions: usize,
    ended: usize,
    failed: usize,
    begun: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl RunProgress {
    /// Begins the progress of a run of so many sessions; one alone tells of itself.
    pub fn new(sessions: usize) -> Self {
        let begun = Instant::now();
        let bar = (sessions > 1 && io::stderr().is_terminal()).then(|| bar(sessions));
        Self { sessions, ended: 0, failed: 0, begun, told: begun, bar }
    }

    /// A session has ended; `write` prints what is told of it, and nothing stands in its way.
    pub fn ended<R>(&mut self, has_failed: bool, write: impl FnOnce() -> R) -> R {
        self.ended += 1;
        self.failed += usize::from(has_failed);
        let written = match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
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

    /// Takes the bar away, before what sums the run up.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// `412 of 1,000 sessions, 2 failed, after 15.0 s`
    fn line(&self, took: Duration) -> String {
        let failed = failed(self.failed);
        format!(
            "{} of {}{failed}, after {}",
            grouped(self.ended),
            counted(self.sessions, "session"),
            readable_time(took)
        )
    }
}

impl Drop for RunProgress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn failed(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {} failed", grouped(count)) }
}

fn bar(sessions: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(sessions).unwrap_or_default());
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The template is this program's: it can be read.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} sessions{msg}{left}") {
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
        Self(io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_draw_target(ProgressDrawTarget::stderr());
            // The template is this program's: it can be read.
            if let Ok(style) = ProgressStyle::with_template("{spinner} looking for sessions, for {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        }))
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
        let mut progress = RunProgress { bar: None, ..RunProgress::new(1_000) };
        for session in 0..412 {
            progress.ended(session % 206 == 0, || ());
        }
        assert_eq!(progress.line(Duration::from_secs(15)), "412 of 1,000 sessions, 2 failed, after 15.0 s");
    }
}
