//! What time it is where the server is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// Smaller differences than this come from the way and from the header's whole seconds.
const NEGLIGIBLE: SignedDuration = SignedDuration::from_secs(5);

/// A header has whole seconds.
const HEADER: SignedDuration = SignedDuration::from_secs(1);

/// The difference allowed between the machines behind one name.
const SLACK: SignedDuration = SignedDuration::from_secs(1);

/// The number of successive answers that must agree before they are believed.
const AGREEING: usize = 3;

/// The time for which several answers must have the same `Date` before its clock counts as standing still.
const STANDS: Duration = Duration::from_secs(5);

/// The state of the server's clock, as far as its answers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTime {
    /// It goes as this machine's does, so far ahead of it; negative if it is behind.
    Goes(SignedDuration),
    /// It stands still at this moment.
    Stands(Timestamp),
}

/// This machine's clock, put right by the `Date` of answers (RFC 9110, section 6.6.1).
///
/// One answer may be wrong: it may come from a machine whose clock is off, or from a cache. Another time than the one that
/// holds is therefore believed only when three answers in a row agree on it.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Belief>);

/// A `Date` as it came: its value, and this machine's clocks then.
#[derive(Clone, Copy, Debug)]
struct ClockReading {
    date: Timestamp,
    /// By this machine's clock.
    received: Timestamp,
    /// By its monotonic clock.
    at: Instant,
    /// The time that the answer took.
    took: Duration,
}

#[derive(Debug)]
struct Belief {
    time: ServerTime,
    /// The server's lead, before negligible differences are dropped.
    ahead: SignedDuration,
    /// The last answers, of those that do not fit what is believed.
    doubts: Vec<Range>,
    /// The last `Date`, since when it has been answered, and how often in a row.
    last: Option<(Timestamp, Instant, usize)>,
    /// The time that counts as passed on this machine's clock although it has not.
    skipped: SignedDuration,
}

/// The range of the server's lead that one answer shows: its clock was read somewhere between request and answer.
#[derive(Clone, Copy, Debug)]
struct Range {
    least: SignedDuration,
    most: SignedDuration,
}

impl ServerClock {
    pub fn now(&self) -> Timestamp {
        match self.time() {
            ServerTime::Goes(ahead) => self.machine_now().saturating_add(ahead).unwrap_or(Timestamp::MAX),
            ServerTime::Stands(at) => at,
        }
    }

    /// Counts `span` as passed on this machine's clock: the server's was moved by as much at once.
    pub fn skip(&self, span: SignedDuration) {
        let mut belief = self.belief();
        belief.skipped = belief.skipped.saturating_add(span);
    }

    /// Returns the time of this machine's clock, with what was skipped.
    fn machine_now(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.belief().skipped).unwrap_or(Timestamp::MAX)
    }

    /// Returns what the server's clock does.
    pub fn time(&self) -> ServerTime {
        self.belief().time
    }

    /// Returns whether the last answer agrees with [`Self::time`]. If not, more answers are needed to know.
    pub fn is_sure(&self) -> bool {
        self.belief().doubts.is_empty()
    }

    /// The last `Date`.
    pub fn last(&self) -> Option<Timestamp> {
        self.belief().last.map(|(date, ..)| date)
    }

    /// Returns how long answers have had one and the same `Date`.
    pub fn unchanged(&self) -> Duration {
        let belief = self.belief();
        belief.last.filter(|(_, _, count)| *count >= AGREEING).map_or(Duration::ZERO, |(_, since, _)| since.elapsed())
    }

    /// Takes in the `Date` of an answer that has just come, and that took so long.
    pub fn read(&self, date: &str, took: Duration) {
        static PARSER: DateTimeParser = DateTimeParser::new();
        let Ok(date) = PARSER.parse_timestamp(date) else { return };
        let received = self.machine_now();
        self.belief().take(ClockReading { date, received, at: Instant::now(), took });
    }

    /// A thread that panicked while it held the lock left whole values behind: they are only ever assigned.
    fn belief(&self) -> MutexGuard<'_, Belief> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Belief {
    fn default() -> Self {
        let ahead = SignedDuration::ZERO;
        Self { time: ServerTime::Goes(ahead), ahead, doubts: Vec::new(), last: None, skipped: ahead }
    }
}

impl Belief {
    fn take(&mut self, reading: ClockReading) {
        let (_, since, count) = *match &mut self.last {
            Some(last) if last.0 == reading.date => {
                last.2 += 1;
                last
            }
            last => last.insert((reading.date, reading.at, 1)),
        };
        if count >= AGREEING && reading.at.saturating_duration_since(since) >= STANDS {
            // Its distance from this machine's clock grows, so that answers would never agree on one for long.
            self.time = ServerTime::Stands(reading.date);
            self.doubts.clear();
            return;
        }
        let range = Range::from_reading(&reading);
        let fits = match self.time {
            ServerTime::Goes(_) => range.holds(self.ahead),
            ServerTime::Stands(at) => at == reading.date,
        };
        if fits {
            self.doubts.clear();
            return;
        }
        self.doubts.push(range);
        if self.doubts.len() > AGREEING {
            self.doubts.remove(0);
        }
        if self.doubts.len() == AGREEING
            && let Some(ahead) = agreed(&self.doubts)
        {
            self.ahead = ahead;
            self.time = ServerTime::Goes(if ahead.abs() < NEGLIGIBLE { SignedDuration::ZERO } else { ahead });
            self.doubts.clear();
        }
    }
}

impl Range {
    fn from_reading(reading: &ClockReading) -> Self {
        let least = reading.date.duration_since(reading.received);
        let took = SignedDuration::try_from(reading.took).unwrap_or(SignedDuration::MAX);
        Self { least, most: least.saturating_add(took).saturating_add(HEADER) }
    }

    fn holds(&self, ahead: SignedDuration) -> bool {
        (self.least.saturating_sub(SLACK)..=self.most.saturating_add(SLACK)).contains(&ahead)
    }
}

/// Returns how far ahead the server is if all ranges are right; nothing if they contradict each other.
fn agreed(ranges: &[Range]) -> Option<SignedDuration> {
    let least = ranges.iter().map(|range| range.least).max()?;
    let most = ranges.iter().map(|range| range.most).min()?;
    (least <= most.saturating_add(SLACK)).then(|| least.saturating_add(most.saturating_sub(least) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A belief, and this machine's clocks.
    struct Machine {
        belief: Belief,
        start: Instant,
        passed: u64,
    }

    impl Machine {
        fn new() -> Self {
            Self { belief: Belief::default(), start: Instant::now(), passed: 0 }
        }

        fn now(&self) -> Timestamp {
            let start: Timestamp = "2026-11-28T08:00:00Z".parse().unwrap();
            start + SignedDuration::from_secs(i64::try_from(self.passed).unwrap())
        }

        fn answer_after(&mut self, pause: u64, date: Timestamp, took: u64) -> ServerTime {
            self.passed += pause + took;
            let at = self.start + Duration::from_secs(self.passed);
            let took = Duration::from_secs(took);
            self.belief.take(ClockReading { date, received: self.now(), at, took });
            self.belief.time
        }

        /// An answer after a pause, of a server that is so many seconds ahead.
        fn ahead(&mut self, pause: u64, seconds: i64) -> ServerTime {
            let date = self.now() + SignedDuration::from_secs(i64::try_from(pause).unwrap() + seconds);
            self.answer_after(pause, date, 0)
        }
    }

    fn goes(seconds: i64) -> ServerTime {
        ServerTime::Goes(SignedDuration::from_secs(seconds))
    }

    /// Returns whether it goes about so many seconds ahead.
    fn about(time: ServerTime, seconds: i64) -> bool {
        matches!(time, ServerTime::Goes(ahead) if (ahead - SignedDuration::from_secs(seconds)).abs() <= SignedDuration::from_secs(2))
    }

    #[test]
    fn another_time_is_believed_when_three_answers_in_a_row_agree_on_it() {
        for seconds in [7200, -7200, 200, -600, 6] {
            let mut machine = Machine::new();
            assert_eq!((machine.ahead(1, seconds), machine.ahead(30, seconds + 1)), (goes(0), goes(0)));
            assert!(!machine.belief.doubts.is_empty());
            let time = machine.ahead(1, seconds);
            assert!(about(time, seconds) && machine.belief.doubts.is_empty(), "{time:?}");
            // And it does not waver.
            assert_eq!((machine.ahead(1, seconds + 1), machine.ahead(1, seconds - 1)), (time, time));
        }
    }

    #[test]
    fn answers_that_disagree_are_not_believed() {
        let mut machine = Machine::new();
        for seconds in [600, 0, 600, 600, 0, 600, -600, 600, 300, 600, 600, 0, -600, -600, 600] {
            assert_eq!(machine.ahead(1, seconds), goes(0), "{seconds}");
        }
    }

    #[test]
    fn little_differences_are_none() {
        let mut machine = Machine::new();
        for seconds in [4, 4, 4, -4, -4, -4, 3] {
            assert_eq!(machine.ahead(1, seconds), goes(0));
        }
    }

    #[test]
    fn it_goes_back_when_three_answers_say_so() {
        let mut machine = Machine::new();
        for _ in 0..3 {
            machine.ahead(1, 600);
        }
        assert!(about(machine.belief.time, 600));
        assert!(about(machine.ahead(1, 0), 600) && about(machine.ahead(1, 0), 600));
        assert_eq!(machine.ahead(1, 0), goes(0));
    }

    #[test]
    fn a_slow_answer_gives_a_less_exact_time() {
        let mut machine = Machine::new();
        for _ in 0..5 {
            // The server read its clock at the beginning, and the answer took 20 s.
            let date = machine.now() + SignedDuration::from_secs(1);
            assert_eq!(machine.answer_after(1, date, 20), goes(0));
            assert!(machine.belief.doubts.is_empty());
        }
    }

    #[test]
    fn a_clock_that_stands_is_known_by_three_answers_over_five_seconds() {
        let mut machine = Machine::new();
        let date = machine.now();
        for _ in 0..4 {
            assert_eq!(machine.answer_after(1, date, 0), goes(0));
        }
        assert_eq!(machine.answer_after(2, date, 0), ServerTime::Stands(date));
        // One answer that is alive does not wake it, and three do.
        assert_eq!((machine.ahead(1, 0), machine.ahead(1, 0)), (ServerTime::Stands(date), ServerTime::Stands(date)));
        assert_eq!(machine.ahead(1, 0), goes(0));
    }

    #[test]
    fn a_clock_that_is_moved_by_hand_stands_elsewhere_then() {
        let mut machine = Machine::new();
        let date = machine.now();
        for _ in 0..3 {
            machine.answer_after(30, date, 0);
        }
        assert_eq!(machine.belief.time, ServerTime::Stands(date));
        let later = date + SignedDuration::from_hours(24);
        for _ in 0..3 {
            machine.answer_after(0, later, 0);
        }
        assert!(about(machine.belief.time, 86_400 - 90), "{:?}", machine.belief.time);
        for _ in 0..3 {
            machine.answer_after(30, later, 0);
        }
        assert_eq!(machine.belief.time, ServerTime::Stands(later));
    }

    #[test]
    fn time_that_is_skipped_on_both_clocks_is_no_difference() {
        let clock = ServerClock::default();
        let days = SignedDuration::from_hours(24 * 5);
        clock.skip(days);
        let date = (Timestamp::now() + days).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        clock.read(&date, Duration::ZERO);
        assert!(clock.is_sure() && clock.time() == goes(0), "{:?}", clock.belief());
        assert!((clock.now().duration_since(Timestamp::now()) - days).abs() < NEGLIGIBLE);
    }

    #[test]
    fn invalid_and_distant_dates_are_ignored() {
        let clock = ServerClock::default();
        for date in ["", "no date", "Fri, 99 Nov 2026 08:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            clock.read(date, Duration::MAX);
            clock.read(date, Duration::ZERO);
        }
        assert_eq!(clock.time(), goes(0));
        assert!((clock.now().duration_since(Timestamp::now())).abs() < NEGLIGIBLE);
    }

    #[test]
    fn a_server_may_be_at_the_end_of_time() {
        let clock = ServerClock::default();
        (0..4).for_each(|_| clock.read("Wed, 29 Dec 9999 12:00:00 GMT", Duration::ZERO));
        assert!(clock.now() > "9999-12-01T00:00:00Z".parse().unwrap());
    }
}
