//! What a step is doing, for the message of one that takes too long.

use std::time::{Duration, Instant};

use crate::in_words::counted_as;

/// The wait of the running step, and the answers so far.
#[derive(Clone, Debug, Default)]
pub struct Doing {
    waits_for: Option<String>,
    seen: Option<String>,
    /// The request that has no answer yet, and since when.
    asking: Option<(String, Instant)>,
    answered: usize,
    /// The last request with an answer, its status, and when it came.
    last: Option<(String, u16, Instant)>,
}

impl Doing {
    pub(super) fn waits_for(&mut self, what: impl Into<String>) {
        (self.waits_for, self.seen) = (Some(what.into()), None);
    }

    pub(super) fn sees(&mut self, seen: &str) {
        self.seen = Some(seen.to_owned());
    }

    pub(super) fn no_longer_waits(&mut self) {
        (self.waits_for, self.seen) = (None, None);
    }

    pub(super) fn asks(&mut self, request: String) {
        self.asking = Some((request, Instant::now()));
    }

    /// The request ended: with a status, or without an answer.
    pub(super) fn is_answered(&mut self, status: Option<u16>) {
        let Some((request, _)) = self.asking.take() else { return };
        if let Some(status) = status {
            self.answered += 1;
            self.last = Some((request, status, Instant::now()));
        }
    }

    /// Describes what the step waits for, what was last seen of it, and what the server answered: a line each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(what) = &self.waits_for {
            let seen = self.seen.as_deref().unwrap_or("nothing");
            notes.push(format!("waited for {what}; last seen: {seen}"));
        }
        if let Some((request, status, at)) = &self.last {
            let ago = at.elapsed().as_secs();
            notes.push(format!("{} answered, the last one {ago} s ago: {request}: {status}", self.counted()));
        }
        if let Some((request, since)) = &self.asking {
            notes.push(format!("{request} has had no answer for {} s", since.elapsed().as_secs()));
        }
        if self.last.is_none() && self.asking.is_none() {
            notes.push("it sent no request".to_owned());
        }
        notes
    }

    /// Returns what to do about it, if the step had `allowance`.
    pub fn help(&self, allowance: Duration) -> &'static str {
        // A server that has answered before, and was asked again only lately, is not what the time went to.
        let is_silent = |since: &Instant| self.answered == 0 || since.elapsed() >= allowance / 2;
        match (&self.asking, self.answered) {
            (Some((_, since)), _) if is_silent(since) => {
                "find out why the server does not answer, or give the step more time with --step-timeout"
            }
            (_, 1..) => "the server answers: give the step more time with --step-timeout",
            (_, 0) => "give the step more time with --step-timeout",
        }
    }

    fn counted(&self) -> String {
        counted_as(self.answered, "request was", "requests were")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_step_gets_no_advice_about_the_server() {
        const LONG: Duration = Duration::from_secs(60);
        let mut doing = Doing::default();
        assert_eq!(doing.notes(), ["it sent no request"]);
        assert_eq!(doing.help(LONG), "give the step more time with --step-timeout");
        doing.waits_for("the review to become InProgress");
        doing.asks("GET /v1.0/x".to_owned());
        assert_eq!(doing.notes()[1], "GET /v1.0/x has had no answer for 0 s");
        assert!(doing.help(LONG).contains("does not answer"));
        doing.is_answered(Some(200));
        doing.sees("NotStarted");
        let waits = "waited for the review to become InProgress; last seen: NotStarted";
        assert_eq!(doing.notes(), [waits, "1 request was answered, the last one 0 s ago: GET /v1.0/x: 200"]);
        assert!(doing.help(LONG).starts_with("the server answers"));
        doing.no_longer_waits();
        doing.asks("GET /v1.0/y".to_owned());
        let answered = "1 request was answered, the last one 0 s ago: GET /v1.0/x: 200";
        assert_eq!(doing.notes(), [answered, "GET /v1.0/y has had no answer for 0 s"]);
        // Asked just now, or long ago.
        assert!(doing.help(LONG).starts_with("the server answers"));
        assert!(doing.help(Duration::ZERO).contains("does not answer"));
        doing.is_answered(None);
        assert_eq!(doing.notes(), [answered]);
    }
}
