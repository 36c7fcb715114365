//! What a person sees, in 80 columns. Colour is written always; the stream that it goes to strips it where it is not
//! wanted.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::runner::{Plan, ScenarioOutcome, Verdict, VerdictCounts};
use crate::session::Tracing;

use super::terminal_traffic::PlayingScenario;
use super::{ObservedLine, Summary, Totals};
use crate::in_words::{counted, grouped, plural, readable_time};
use crate::terminal_text::{COLUMNS, columns, fitted, fitted_front, lines, padded, plain};

/// The width of the names in front of the lines of a summary.
const LABEL: usize = 12;
/// The width that is kept for times, so that names are cut at the same place in every line.
const TIME: usize = 10;
/// Of more sessions than these, those that passed get no line of their own.
const LISTED: usize = 25;
/// Of more failed sessions than these, the failures are counted, not shown.
const SHOWN: usize = 10;
/// The width of a session's name where beside it stands why it did not pass.
const NAME: usize = 36;
/// The most lines of drift or of unused exchanges that are shown.
const LINES: usize = 10;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNSURE: Style = AnsiColor::Yellow.on_default();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const STRONG: Style = Style::new().bold();

/// Writes the report of a run.
#[derive(Debug)]
pub struct TerminalReport<W> {
    pub(super) out: W,
    /// The number of sessions that it tells of, and of those that looked for them.
    pub(super) sessions: usize,
    /// The number of these that looked for sessions, and are none.
    searches: usize,
    /// Whether the sessions are those of tenants, each told in a line, however many they are.
    of_tenants: bool,
    feature: Option<usize>,
    failed: usize,
    /// The number of those that passed and have got a line.
    passed: usize,
    /// The amount of exchanges that is shown: 1 a line each, 2 headers and bodies.
    pub(super) verbosity: u8,
    /// The part of the scenario in work that was shown.
    pub(super) playing: PlayingScenario,
}

impl<W: Write> TerminalReport<W> {
    /// A report of `sessions` sessions.
    pub fn new(out: W, sessions: usize) -> Self {
        Self {
            out,
            sessions,
            searches: 0,
            of_tenants: false,
            feature: None,
            failed: 0,
            passed: 0,
            verbosity: 0,
            playing: PlayingScenario::default(),
        }
    }

    /// Says that so many of the sessions only look for the others.
    #[must_use]
    pub fn with_searches(mut self, searches: usize) -> Self {
        self.searches = searches;
        self
    }

    /// Shows exchanges: each in a line if `verbosity` is 1, with headers and bodies from 2 on.
    #[must_use]
    pub fn showing_exchanges(mut self, verbosity: u8) -> Self {
        self.verbosity = verbosity;
        self
    }

    /// Tells of each session in a line, also if there is only one.
    #[must_use]
    pub fn of_tenants(mut self) -> Self {
        self.of_tenants = true;
        self
    }

    /// The word for what it is told the number of beforehand.
    fn noun(&self) -> &'static str {
        if self.of_tenants { "tenant" } else { "session" }
    }

    /// Returns whether the report is about one session alone.
    fn is_single(&self) -> bool {
        self.sessions == 1 && !self.of_tenants
    }

    /// Returns the exchanges that it needs.
    pub(super) fn tracing(&self) -> Tracing {
        match (self.verbosity, self.sessions) {
            (0, _) => Tracing::OfFailure,
            (_, 0..=1) => Tracing::Whole,
            _ => Tracing::OfFailedScenarios,
        }
    }

    /// Says what is played.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn begin(&mut self, tutorial: &str, backend: &str, name: &str, jobs: usize) -> io::Result<()> {
        let sessions = self.sessions.saturating_sub(self.searches);
        let what = match (self.is_single(), sessions) {
            (true, _) => name.to_owned(),
            (false, 1) => counted(1, self.noun()),
            _ => format!("{}, {} at a time", counted(sessions, self.noun()), jobs.min(sessions)),
        };
        writeln!(self.out, "{STRONG}{tutorial}{STRONG:#} on {backend}: {what}\n")
    }

    /// Tells of a scenario of the only session, when it has ended.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn scenario(&mut self, plan: &Plan, feature: usize, outcome: &ScenarioOutcome) -> io::Result<()> {
        let planned = &plan.features[feature];
        self.headline(plan, feature)?;
        if self.verbosity > 0 {
            self.rest_of_scenario(plan, (feature, outcome))?;
        }
        let (mark, style) = marked(outcome.verdict());
        let time = match outcome.verdict() {
            Verdict::Passed | Verdict::Failed if outcome.earlier => "earlier".to_owned(),
            Verdict::Passed | Verdict::Failed => readable_time(outcome.took()),
            other => other.to_string(),
        };
        let name = fitted(&planned.scenarios[outcome.index].name, COLUMNS - 6 - TIME);
        let gap = COLUMNS.saturating_sub(6 + columns(&name) + columns(&time));
        writeln!(self.out, "    {style}{mark}{style:#} {name}{:gap$}{FAINT}{time}{FAINT:#}", "")?;
        self.out.flush()
    }

    /// Tells at once which feature is played, for those whose scenarios take their time.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn headline(&mut self, plan: &Plan, feature: usize) -> io::Result<()> {
        if self.feature.replace(feature) == Some(feature) {
            return Ok(());
        }
        let planned = &plan.features[feature];
        let name = fitted(&planned.file.feature.name, COLUMNS - 4);
        writeln!(self.out, "{:>2}  {STRONG}{name}{STRONG:#}", planned.file.number)?;
        self.out.flush()
    }

    /// Tells of a session when it has ended.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn session(&mut self, summary: &Summary) -> io::Result<()> {
        if self.is_single() {
            return self.only_session(summary);
        }
        if summary.verdict == Verdict::Passed {
            // How many sessions tenants have is not known before.
            let are_many = self.sessions.saturating_sub(self.searches) > LISTED;
            if are_many || self.of_tenants && self.passed == LISTED {
                return Ok(());
            }
            self.passed += 1;
        }
        let (mark, style) = marked(summary.verdict);
        if let Some(why) = self.why(summary) {
            let name = fitted_name(summary, NAME);
            let (gap, why) = (NAME + 1 - columns(&name), fitted(&plain(why), COLUMNS - NAME - 3));
            writeln!(self.out, "{style}{mark}{style:#} {name}{:gap$}{FAINT}{why}{FAINT:#}", "")?;
            self.failed += usize::from(!summary.failures.is_empty());
            return Ok(());
        }
        let told = told_of(summary);
        let name = fitted_name(summary, COLUMNS.saturating_sub(4 + columns(&told)));
        let gap = COLUMNS.saturating_sub(2 + columns(&name) + columns(&told));
        writeln!(self.out, "{style}{mark}{style:#} {name}{:gap$}{FAINT}{told}{FAINT:#}", "")?;
        if summary.failures.is_empty() {
            return Ok(());
        }
        self.failed += 1;
        if self.failed <= SHOWN { self.failures(summary) } else { Ok(()) }
    }

    /// Returns why a session did not pass, if that is to stand beside its name: where failures are not shown, or there is
    /// none.
    fn why<'s>(&self, summary: &'s Summary) -> Option<&'s str> {
        match summary.failures.first() {
            None => summary.blocked_because.as_deref().filter(|_| summary.verdict == Verdict::Blocked),
            Some(first) => Some(first.fault.message.as_str()).filter(|_| self.failed >= SHOWN),
        }
    }

    /// Sums up.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn end(&mut self, totals: &Totals, took: Duration) -> io::Result<()> {
        if !self.is_single() {
            self.all_sessions(totals)?;
        }
        let (_, style) = marked(totals.verdict());
        let (told, of) = if self.is_single() {
            let steps = counted(totals.steps.total(), "step");
            (totals.steps, format!("of {steps} and {}", counted(totals.scenarios.total(), "scenario")))
        } else {
            (totals.sessions, format!("of {}", totals.describe_count()))
        };
        write!(self.out, "{style}{}{style:#} {of}", counts(told))?;
        if self.is_single() && totals.all_counts().failed > 0 && totals.steps.failed == 0 {
            write!(self.out, ", {BAD}but the session failed{BAD:#}")?;
        }
        let unsearched = totals.searches.total() - totals.searches.passed;
        if totals.tenants > 0 && unsearched > 0 {
            write!(self.out, ", looking for them failed on {}", counted(unsearched, "tenant"))?;
        }
        if totals.not_begun > 0 {
            write!(self.out, ", {} not begun", grouped(totals.not_begun))?;
        }
        write!(self.out, ", in {}", readable_time(took))?;
        if !self.is_single() {
            let rate = totals.exchanges as f64 / took.as_secs_f64().max(f64::EPSILON);
            write!(self.out, ": {} exchanges a second", grouped(rate as usize))?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    fn only_session(&mut self, summary: &Summary) -> io::Result<()> {
        writeln!(self.out)?;
        self.failures(summary)?;
        if let Some(earlier) = &summary.earlier {
            self.labelled("resumed", earlier, " ")?;
        }
        for ObservedLine { heading, text } in &summary.observations {
            self.labelled(heading, text, broken_at(text))?;
        }
        if summary.begun {
            self.labelled("provenance", &provenance(&summary.provenance), ", ")?;
            self.labelled("exchanges", &exchanges(summary), ", ")?;
        }
        self.list("by a person", &summary.acts)?;
        self.list("changed", &summary.changed)?;
        self.list("replication", &summary.lags)?;
        if let Some(reason) = &summary.blocked_because {
            self.labelled("blocked", reason, " ")?;
        }
        self.list("drift", &summary.drift)?;
        self.list("unused", &summary.unused)?;
        self.list("left behind", &summary.left)?;
        match &summary.run {
            Some(run) if !summary.left.is_empty() => {
                self.labelled("", &format!("`graphwalk clean {run}` deletes it"), " ")
            }
            _ => Ok(()),
        }
    }

    fn all_sessions(&mut self, totals: &Totals) -> io::Result<()> {
        if self.failed > SHOWN {
            writeln!(
                self.out,
                "\n{} more {} failed; --html, --junit or --json FILE has all failures whole",
                grouped(self.failed - SHOWN),
                plural(self.failed - SHOWN, totals.noun())
            )?;
        }
        if totals.all_counts().total() > 0 {
            writeln!(self.out)?;
        }
        for (label, told) in &totals.observations {
            for (text, sessions) in told.iter().take(SHOWN) {
                let is_of_all = told.len() == 1 && sessions.count == totals.sessions.total();
                let text = if is_of_all { text.clone() } else { format!("{text} ({})", plain(&sessions.to_string())) };
                self.labelled(label, &text, broken_at(&text))?;
            }
            if told.len() > SHOWN {
                self.labelled(label, &format!("and {} more", told.len() - SHOWN), " ")?;
            }
        }
        self.not_judged(totals)?;
        self.labelled("provenance", &provenance(&totals.provenance), ", ")?;
        if totals.drift > 0 {
            self.labelled("drift", &format!("{} findings; --strict makes them failures", grouped(totals.drift)), " ")?;
        }
        self.waiting(totals)?;
        self.labelled("steps", &counts(totals.steps), ", ")?;
        self.labelled("scenarios", &counts(totals.scenarios), ", ")
    }

    /// Tells why sessions could not be judged: their own lines have no place for it.
    fn not_judged(&mut self, totals: &Totals) -> io::Result<()> {
        for (reason, sessions) in totals.blocked.iter().take(SHOWN) {
            self.labelled("blocked", &plain(&format!("{reason} ({sessions})")), " ")?;
        }
        if totals.blocked.len() > SHOWN {
            self.labelled("blocked", "for more reasons; --html, --junit or --json FILE has them all", " ")?;
        }
        Ok(())
    }

    fn waiting(&mut self, totals: &Totals) -> io::Result<()> {
        if totals.waiting == 0 {
            return Ok(());
        }
        let due = totals
            .due
            .map_or_else(String::new, |due| format!("; the first is due at {}", due.strftime("%Y-%m-%d %H:%M:%S UTC")));
        self.labelled("waiting", &format!("{}{due}", counted(totals.waiting, totals.noun())), " ")
    }

    fn failures(&mut self, summary: &Summary) -> io::Result<()> {
        for failure in &summary.failures {
            writeln!(self.out, "{}", failure.fault.render(true))?;
            self.failed_exchanges(failure)?;
        }
        Ok(())
    }

    fn list(&mut self, label: &str, lines: &[String]) -> io::Result<()> {
        for (index, line) in lines.iter().take(LINES).enumerate() {
            self.labelled(if index == 0 { label } else { "" }, line, " ")?;
        }
        if lines.len() > LINES {
            self.labelled("", &format!("and {} more", lines.len() - LINES), " ")?;
        }
        Ok(())
    }

    /// A label and a text beside it, broken at `separator` where it would pass the last column.
    fn labelled(&mut self, label: &str, text: &str, separator: &str) -> io::Result<()> {
        for (index, line) in lines(text, separator, COLUMNS - LABEL).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            writeln!(self.out, "{FAINT}{}{FAINT:#}{line}", padded(label, LABEL))?;
        }
        Ok(())
    }
}

/// Returns the separator at which an observation is broken that is too long: between its states, else between its words.
fn broken_at(text: &str) -> &'static str {
    if text.contains(" → ") { " → " } else { " " }
}

fn marked(verdict: Verdict) -> (char, Style) {
    let style = match verdict {
        Verdict::Passed => GOOD,
        Verdict::Failed => BAD,
        Verdict::Blocked => UNSURE,
        Verdict::Skipped => FAINT,
    };
    (verdict.mark(), style)
}

/// The name of a session, so short that it fits: of a file's path the end, of a tenant's session the tenant is what matters.
fn fitted_name(summary: &Summary, width: usize) -> String {
    if summary.tenant.is_some() { fitted(&summary.name, width) } else { fitted_front(&summary.name, width) }
}

fn told_of(summary: &Summary) -> String {
    if !summary.begun {
        return "could not begin".to_owned();
    }
    match summary.verdict {
        Verdict::Passed => format!("{}, {}", counted(summary.exchanges, "exchange"), readable_time(summary.took)),
        _ => format!("{} of {}", summary.steps, counted(summary.steps.total(), "step")),
    }
}

/// Verdicts of many sessions: `30,994 passed, 2 failed`.
fn counts(counts: VerdictCounts) -> String {
    let told = counts.to_string();
    let words = told.split(' ').map(|word| word.parse().map_or_else(|_| word.to_owned(), grouped));
    words.collect::<Vec<_>>().join(" ")
}

fn provenance(counts: &[(Cow<'static, str>, usize)]) -> String {
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{} {word}", grouped(*count))).collect();
    if parts.is_empty() { "none".to_owned() } else { format!("{} exchanges", parts.join(", ")) }
}

fn exchanges(summary: &Summary) -> String {
    let mut text = format!("{} made", grouped(summary.exchanges));
    if summary.repeated > 0 {
        text.push_str(&format!(", {} of them again", grouped(summary.repeated)));
    }
    text.push_str(&format!(", {} validated", counted(summary.validated, "payload")));
    if summary.unvalidated > 0 {
        text.push_str(&format!(", {} without a schema", grouped(summary.unvalidated)));
    }
    if summary.unjudged > 0 {
        text.push_str(&format!(", {} of beta not judged", counted(summary.unjudged, "value")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::SessionOutcome;
    use crate::session::{Lag, LagKind, Seen};
    use crate::tutorial::Library;

    #[test]
    fn of_more_than_25_sessions_those_that_passed_get_no_line() {
        let plan = Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap();
        let passed = Summary { verdict: Verdict::Passed, ..Summary::new(&plan, &SessionOutcome::new("a", "replay")) };
        let lines = |mut terminal: TerminalReport<Vec<u8>>, told: usize| {
            (0..told).for_each(|_| terminal.session(&passed).unwrap());
            String::from_utf8(terminal.out).unwrap().lines().count()
        };
        let of = |sessions: usize| TerminalReport::new(Vec::new(), sessions);
        assert_eq!([lines(of(25), 25), lines(of(26), 26)], [25, 0]);
        assert_eq!(lines(of(26).with_searches(1), 26), 26, "what looks for sessions is none");
        assert_eq!(lines(of(2).of_tenants(), 40), 25, "of tenants it is not known before");
    }

    #[test]
    fn lags_and_retries_are_shown_only_if_there_were_any() {
        let lag = |what: &str, kind, milliseconds| Lag {
            what: what.into(),
            kind,
            span: jiff::SignedDuration::from_millis(milliseconds),
        };
        let lags = vec![
            lag("Building security", LagKind::Late, 4_250),
            lag("buildings/Building security/doors", LagKind::Flapped, 17_000),
            lag("Adele Vance", LagKind::Never, 60_000),
        ];
        let seen = Seen { exchanges: 44, repeated: 3, validated: 40, lags, ..Seen::default() };
        let mut outcome = SessionOutcome { seen, ..SessionOutcome::new("a.har", "emulator") };
        let plan = Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap();
        let told = |outcome: &SessionOutcome| {
            let mut terminal = TerminalReport::new(anstream::StripStream::new(Vec::new()), 1);
            terminal.session(&Summary::new(&plan, outcome)).unwrap();
            String::from_utf8(terminal.out.into_inner()).unwrap()
        };
        insta::assert_snapshot!(told(&outcome));
        outcome.seen = Seen::default();
        let quiet = told(&outcome);
        assert!(!quiet.contains("replication") && !quiet.contains("again"), "{quiet}");
    }
}
