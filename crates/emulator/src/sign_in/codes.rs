//! What was handed out and represents a sign-in until it is handed in again: codes, refresh tokens.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

/// The most that are kept of one kind; of more, the oldest are dropped.
pub(super) const MOST: usize = 10_000;

/// Something that is valid for some time.
pub(crate) trait Expiring {
    /// Returns the time until which it is valid.
    fn expires(&self) -> Timestamp;
}

/// The codes of one kind that are out, all valid for the same time: what was handed out first expires first.
pub(crate) struct Codes<T> {
    by_code: HashMap<Arc<str>, T>,
    /// In the order of their expiry. Those that were dropped before their time still stand here.
    order: VecDeque<Arc<str>>,
}

impl<T> Default for Codes<T> {
    fn default() -> Self {
        Self { by_code: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T: Expiring> Codes<T> {
    /// Keeps a code that is handed out; returns what is dropped for it.
    pub(crate) fn keep(&mut self, code: Arc<str>, issued: T, now: Timestamp) -> Vec<T> {
        // A client that asks a moment too late still learns why its code is refused.
        let forgotten = |code: &T| code.expires().saturating_add(1.minute()).unwrap_or(Timestamp::MAX) <= now;
        let mut dropped = Vec::new();
        while let Some(oldest) = self.order.front() {
            match self.by_code.get(oldest) {
                Some(code) if self.by_code.len() < MOST && !forgotten(code) => break,
                _ => dropped.extend(self.by_code.remove(oldest)),
            }
            self.order.pop_front();
        }
        if self.order.len() > 2 * MOST {
            self.order.retain(|code| self.by_code.contains_key(code));
        }
        self.order.push_back(Arc::clone(&code));
        self.by_code.insert(code, issued);
        dropped
    }

    pub(crate) fn get(&self, code: &str) -> Option<&T> {
        self.by_code.get(code)
    }

    pub(super) fn get_mut(&mut self, code: &str) -> Option<&mut T> {
        self.by_code.get_mut(code)
    }

    pub(crate) fn remove(&mut self, code: &str) -> Option<T> {
        self.by_code.remove(code)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_code.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Until(Timestamp);

    impl Expiring for Until {
        fn expires(&self) -> Timestamp {
            self.0
        }
    }

    #[test]
    fn codes_that_are_redeemed_are_forgotten() {
        let mut codes = Codes::default();
        for number in 0..5 * MOST {
            let code: Arc<str> = number.to_string().into();
            assert!(codes.keep(Arc::clone(&code), Until(Timestamp::MAX), Timestamp::UNIX_EPOCH).is_empty());
            assert!(codes.remove(&code).is_some());
        }
        assert!(codes.len() == 0 && codes.order.len() <= 2 * MOST + 1, "{}", codes.order.len());
    }

    #[test]
    fn the_oldest_go_first_and_what_is_expired_goes_after_a_minute() {
        let mut codes = Codes::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for number in 0..=MOST {
            let dropped = codes.keep(number.to_string().into(), Until(at(100)), at(0));
            assert_eq!(dropped.len(), usize::from(number == MOST));
        }
        assert!(codes.get("0").is_none() && codes.get("1").is_some());
        assert_eq!(codes.keep("a".into(), Until(at(900)), at(159)).len(), 1, "there is no room");
        assert_eq!(codes.keep("b".into(), Until(at(900)), at(160)).len(), MOST - 1);
        assert_eq!(codes.len(), 2);
    }
}
