//! What a step is doing, for the message of one that takes too long.

use std::time::Instant;

/// What the running step waits for, and what it was answered so far.
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

    /// What the step waits for, what was last seen of it, and what the server answered: a line each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(what) = &self.waits_for {
            let seen = self.seen.as_deref().unwrap_or("nothing");
            notes.push(format!("waited for {what}; last seen: {seen}"));
        }
        match (&self.asking, &self.last) {
            (Some((request, since)), _) => {
                notes.push(format!("{request} has had no answer for {} s", since.elapsed().as_secs()));
            }
            (None, Some((request, status, at))) => {
                let ago = at.elapsed().as_secs();
                notes.push(format!("{} answered, the last one {ago} s ago: {request}: {status}", self.counted()));
            }
            (None, None) => notes.push("it sent no request".to_owned()),
        }
        notes
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match (&self.asking, self.answered) {
            (Some(_), _) => "look why the server does not answer, or give the step more time with --step-timeout",
            (None, 1..) => "the server answers: give the step more time with --step-timeout",
            (None, 0) => "give the step more time with --step-timeout",
        }
    }

    fn counted(&self) -> String {
        match self.answered {
            1 => "1 request was".to_owned(),
            count => format!("{count} requests were"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_was_answered_all_along_is_not_told_to_look_at_the_server() {
        let mut doing = Doing::default();
        assert_eq!(
            (doing.notes(), doing.help()),
            (vec!["it sent no request".to_owned()], "give the step more time with --step-timeout")
        );
        doing.waits_for("the review to become InProgress");
        for _ in 0..2 {
            doing.asks("GET /v1.0/x".to_owned());
            assert_eq!(doing.notes()[1], "GET /v1.0/x has had no answer for 0 s");
            assert!(doing.help().contains("does not answer"));
            doing.is_answered(Some(200));
            doing.sees("NotStarted");
        }
        assert_eq!(
            doing.notes(),
            [
                "waited for the review to become InProgress; last seen: NotStarted",
                "2 requests were answered, the last one 0 s ago: GET /v1.0/x: 200",
            ]
        );
        assert!(doing.help().starts_with("the server answers"));
        doing.no_longer_waits();
        doing.asks("GET /v1.0/y".to_owned());
        doing.is_answered(None);
        assert_eq!(doing.notes(), ["2 requests were answered, the last one 0 s ago: GET /v1.0/x: 200"]);
    }
}
