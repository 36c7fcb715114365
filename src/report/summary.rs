//! What the terminal shows of a session, read of its messages, and of all sessions together.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::runner::{Plan, SessionOutcome, Verdict, VerdictCounts, together};
use crate::session::{Observation, PersonalAct, RosterMoment, RunId, TracedExchange};
use crate::terminal_text::plain;

use super::attachment::{AttachedTo, Attachment, Content, ObservationNote, SessionNote};
use super::cases::{failure, played, reason, verdict};
use super::message::Envelope;
use super::opening::feature_of;
use super::session_messages::session_messages;

/// The most failed sessions that are named at the end of all, and the most reasons for which others could not be judged.
const NAMED: usize = 100;
/// So few sessions are named where the same is told of them; more are counted.
const FEW: usize = 2;

/// The facts about a session that are kept after it has ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The id of its end in the messages.
    pub id: String,
    /// The name of the session.
    pub name: String,
    /// The tenant of a file that it was played on.
    pub tenant: Option<String>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether it could begin at all: its recording could be read.
    pub begun: bool,
    /// Features by verdict.
    pub steps: VerdictCounts,
    /// Scenarios by verdict.
    pub scenarios: VerdictCounts,
    /// The reason why later steps were blocked, if they were.
    pub blocked_because: Option<String>,
    /// The number of scenarios that an earlier process of the run played, in a sentence.
    pub earlier: Option<String>,
    /// The observations of steps, a line each with its heading.
    pub observations: Vec<ObservedLine>,
    /// The number of exchanges.
    pub exchanges: usize,
    /// The number of exchanges that repeat a failed one.
    pub repeated: usize,
    /// The reads after a write that saw it late, in turns or never, a line each.
    pub lags: Vec<String>,
    /// The requests that were sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// The number of payloads validated against a schema.
    pub validated: usize,
    /// The number of payloads without a known schema.
    pub unvalidated: usize,
    /// The number of values of beta that were not judged, since its metadata does not declare them.
    pub unjudged: usize,
    /// The number of exchanges with each provenance; of a recording those that were asked for.
    pub provenance: Vec<(Cow<'static, str>, usize)>,
    /// The drift from the schemas, a line each.
    pub drift: Vec<String>,
    /// The recorded exchanges that nothing asked for.
    pub unused: Vec<String>,
    /// The objects that were created and not seen to be gone.
    pub left: Vec<String>,
    /// The run on a tenant that it was, by whose name what is left can be deleted.
    pub run: Option<RunId>,
    /// The acts of persons elsewhere, a line each.
    pub acts: Vec<String>,
    /// Whether it only looked for sessions, and is none itself.
    pub is_search: bool,
    /// Whether it waits, and another process goes on with it.
    pub is_waiting: bool,
    /// The time until which it waits, if that is known.
    pub waits_until: Option<jiff::Timestamp>,
    /// Whether something failed beside its steps: it could not begin, or something is wrong with the whole of it.
    pub failed_beside: bool,
    /// Everything that failed.
    pub failures: Vec<ReportedFailure>,
    /// The duration.
    pub took: Duration,
}

/// A failure, and the exchanges that led to it.
#[derive(Clone, Debug)]
pub struct ReportedFailure {
    /// The fault and its place.
    pub fault: Diagnostic,
    /// The exchanges of the scenario, as far as they were kept; none where a session failed beside its steps.
    pub exchanges: Vec<TracedExchange>,
    /// Whether the last of them is what the failed step is about; else it sent nothing.
    pub is_about_last: bool,
}

/// One thing that steps observed: `Building security: A, B → A` under `membership`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedLine {
    /// The heading.
    pub heading: String,
    /// The line.
    pub text: String,
}

/// All sessions together.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Sessions by verdict.
    pub sessions: VerdictCounts,
    /// By verdict, what looked for the sessions and is none itself.
    pub searches: VerdictCounts,
    /// The number of tenants of a file that they were played on; 0 if there is no such file.
    pub tenants: usize,
    /// The last of these.
    tenant: Option<String>,
    /// Features of all sessions by verdict.
    pub steps: VerdictCounts,
    /// Scenarios of all sessions by verdict.
    pub scenarios: VerdictCounts,
    /// Exchanges of all sessions.
    pub exchanges: usize,
    /// Sessions in which something failed beside the steps.
    pub failed_beside: usize,
    /// Sessions that could not begin.
    pub unreadable: usize,
    /// Sessions that were not begun, because the run was interrupted.
    pub not_begun: usize,
    /// Whether the run did not end, so that there may be sessions of which nothing is known.
    pub is_cut_off: bool,
    /// Sessions that wait, for others to go on with them.
    pub waiting: usize,
    /// The time when the first of them can go on.
    pub due: Option<jiff::Timestamp>,
    /// Drift of all sessions.
    pub drift: usize,
    /// The provenance of all exchanges.
    pub provenance: Vec<(Cow<'static, str>, usize)>,
    /// The different things that steps observed, by heading, with the sessions that saw each.
    pub observations: Vec<(String, Vec<(String, SomeSessions)>)>,
    /// The first different reasons for which sessions could not be judged, with those sessions.
    pub blocked: Vec<(String, SomeSessions)>,
    /// The first sessions that failed: the id of the end of each, and its name.
    pub failed: Vec<(String, String)>,
}

/// The number of sessions of a kind, and the first of them.
#[derive(Clone, Debug, Default)]
pub struct SomeSessions {
    /// The number.
    pub count: usize,
    /// The first: the id of the end of each, and its name.
    pub first: Vec<(String, String)>,
}

impl SomeSessions {
    fn add(&mut self, summary: &Summary) {
        self.count += 1;
        if self.first.len() < FEW {
            self.first.push((summary.id.clone(), summary.name.clone()));
        }
    }

    /// The sessions, if they are so few that all are named.
    pub(super) fn all(&self) -> Option<&[(String, String)]> {
        (self.count == self.first.len()).then_some(&self.first)
    }
}

impl fmt::Display for SomeSessions {
    /// The names of few sessions, else how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(few) = self.all() else { return f.write_str(&counted(self.count, "session")) };
        let names: Vec<&str> = few.iter().map(|(_, name)| name.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

impl Summary {
    /// Makes the summary of `outcome`.
    pub fn new(plan: &Plan, outcome: &SessionOutcome) -> Self {
        Self::read(&session_messages(plan, 0.into(), outcome))
    }

    /// Reads the summary of a session from its messages.
    pub(crate) fn read(messages: &[Envelope<'_>]) -> Self {
        let played = played(messages);
        let mut summary = Self::empty();
        for feature in played.chunk_by(|first, second| feature_of(first.pickle_id) == feature_of(second.pickle_id)) {
            let verdicts = feature.iter().map(|case| verdict(&case.steps));
            summary.steps.add(together(verdicts.clone()));
            verdicts.for_each(|verdict| summary.scenarios.add(verdict));
        }
        let mut blocked = played.iter().filter(|case| verdict(&case.steps) == Verdict::Blocked);
        summary.blocked_because = blocked.find_map(|case| reason(&case.steps)).map(str::to_owned);
        summary.failed_beside = failure(messages).is_some();
        let mut observations: Vec<&ObservationNote> = Vec::new();
        let (mut exchanges, mut is_about_last) = (Vec::new(), false);
        for message in messages {
            let attachment = match message {
                Envelope::TestCaseStarted(_) => {
                    exchanges.clear();
                    continue;
                }
                Envelope::TestStepStarted(_) => {
                    is_about_last = false;
                    continue;
                }
                Envelope::TestRunHookStarted(started) => {
                    summary.id.clone_from(&started.id);
                    continue;
                }
                Envelope::Attachment(attachment) => attachment,
                _ => continue,
            };
            match &attachment.content {
                Content::Failure(fault) => {
                    let exchanges = if is_of_step(attachment) { std::mem::take(&mut exchanges) } else { Vec::new() };
                    summary.failures.push(ReportedFailure { fault: (**fault).clone(), exchanges, is_about_last });
                }
                Content::Session(note) => summary.take(note),
                Content::Provenance(counts) => summary.provenance.clone_from(counts),
                Content::Drift(drift) => summary.drift.push(drift.to_string()),
                Content::Observation(note) if note.is_shown => observations.push(note),
                Content::Exchange(exchange) => {
                    exchanges.retain(|earlier: &TracedExchange| earlier.number != exchange.number);
                    exchanges.push((**exchange).clone());
                    is_about_last = true;
                }
                Content::Observation(_) | Content::Verdict(_) => {}
            }
        }
        summary.observations = observed_lines(&observations);
        summary
    }

    fn take(&mut self, note: &SessionNote) {
        self.name.clone_from(&note.name);
        self.tenant.clone_from(&note.tenant);
        (self.verdict, self.begun, self.took) = (note.verdict, note.begun, note.took.into());
        self.earlier.clone_from(&note.resumed);
        (self.exchanges, self.repeated) = (note.exchanges, note.repeated);
        (self.validated, self.unvalidated, self.unjudged) = (note.validated, note.unvalidated, note.unjudged);
        self.lags.clone_from(&note.lags);
        self.changed.clone_from(&note.changed);
        self.unused.clone_from(&note.unused);
        self.left.clone_from(&note.left);
        self.run.clone_from(&note.run);
        self.acts = note.acts.iter().map(told_act).collect();
        self.is_search = note.is_search;
        (self.is_waiting, self.waits_until) = (note.is_waiting, note.waits_until);
    }

    fn empty() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            tenant: None,
            verdict: Verdict::Blocked,
            begun: false,
            steps: VerdictCounts::default(),
            scenarios: VerdictCounts::default(),
            blocked_because: None,
            earlier: None,
            observations: Vec::new(),
            exchanges: 0,
            repeated: 0,
            lags: Vec::new(),
            changed: Vec::new(),
            validated: 0,
            unvalidated: 0,
            unjudged: 0,
            provenance: Vec::new(),
            drift: Vec::new(),
            unused: Vec::new(),
            left: Vec::new(),
            run: None,
            acts: Vec::new(),
            is_search: false,
            is_waiting: false,
            waits_until: None,
            failed_beside: false,
            failures: Vec::new(),
            took: Duration::ZERO,
        }
    }
}

fn is_of_step(attachment: &Attachment) -> bool {
    matches!(attachment.to, AttachedTo::Step { .. })
}

impl Totals {
    /// Returns whether all sessions passed, and what looked for them; and none was not begun.
    pub fn is_success(&self) -> bool {
        let all = self.all_counts();
        all.passed == all.total() && self.not_begun == 0 && !self.is_cut_off
    }

    /// The verdict on the whole run.
    pub fn verdict(&self) -> Verdict {
        match self.all_counts() {
            VerdictCounts { failed: 1.., .. } => Verdict::Failed,
            _ if self.is_success() => Verdict::Passed,
            _ => Verdict::Blocked,
        }
    }

    /// Returns, by verdict, all that reports tell of: sessions, and what looked for them.
    pub fn all_counts(&self) -> VerdictCounts {
        self.sessions.with(self.searches)
    }

    /// Returns whether tenants may have several sessions each.
    pub fn has_several_each(&self) -> bool {
        self.tenants > 0 && (self.sessions.total() != self.tenants || self.searches.total() > 0)
    }

    /// The word for one of them: on many tenants each is one of these, unless a tenant has several.
    pub fn noun(&self) -> &'static str {
        if self.tenants > 0 && !self.has_several_each() { "tenant" } else { "session" }
    }

    /// The word for one of those that were not begun: nobody knows before how many sessions a tenant has.
    pub fn not_begun_noun(&self) -> &'static str {
        if self.tenants > 0 { "tenant" } else { "session" }
    }

    /// Their number in words: `3 sessions`, `2 tenants`, `7 sessions on 2 tenants`.
    pub fn describe_count(&self) -> String {
        let sessions = counted(self.sessions.total(), self.noun());
        match self.has_several_each() {
            true => format!("{sessions} on {}", counted(self.tenants, "tenant")),
            false => sessions,
        }
    }

    /// Adds a session. Those of a tenant come one after the other.
    pub fn add(&mut self, summary: &Summary) {
        if summary.tenant.is_some() && summary.tenant != self.tenant {
            self.tenants += 1;
            self.tenant.clone_from(&summary.tenant);
        }
        if summary.is_search { &mut self.searches } else { &mut self.sessions }.add(summary.verdict);
        self.steps.add_all(summary.steps);
        self.scenarios.add_all(summary.scenarios);
        self.exchanges += summary.exchanges;
        self.failed_beside += usize::from(summary.failed_beside);
        self.unreadable += usize::from(!summary.begun);
        self.drift += summary.drift.len();
        self.waiting += usize::from(summary.is_waiting);
        self.due = [self.due, summary.waits_until].into_iter().flatten().min();
        if summary.verdict == Verdict::Failed && self.failed.len() < NAMED {
            self.failed.push((summary.id.clone(), summary.name.clone()));
        }
        for (provenance, count) in &summary.provenance {
            add_to(&mut self.provenance, provenance.clone(), *count);
        }
        for ObservedLine { heading, text } in &summary.observations {
            let place = self.observations.iter().position(|(known, _)| known == heading);
            let place = place.unwrap_or_else(|| {
                self.observations.push((heading.clone(), Vec::new()));
                self.observations.len() - 1
            });
            add_session(&mut self.observations[place].1, text, summary, usize::MAX);
        }
        if let (Verdict::Blocked, Some(reason)) = (summary.verdict, &summary.blocked_because) {
            add_session(&mut self.blocked, reason, summary, NAMED);
        }
    }
}

/// Describes an act of a person, and whether there is more than somebody's word for it.
fn told_act(act: &PersonalAct) -> String {
    let word = if act.is_told { "told, not proved" } else { "done here" };
    format!("{} ({word})", plain(&act.act))
}

/// Adds a session to those of which the same is told, as long as no more than `most` different things are.
fn add_session(all: &mut Vec<(String, SomeSessions)>, text: &str, summary: &Summary, most: usize) {
    let place = all.iter().position(|(known, _)| known == text);
    if place.is_none() && all.len() >= most {
        return;
    }
    let place = place.unwrap_or_else(|| {
        all.push((text.to_owned(), SomeSessions::default()));
        all.len() - 1
    });
    all[place].1.add(summary);
}

fn add_to<K: PartialEq>(counts: &mut Vec<(K, usize)>, key: K, count: usize) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += count,
        None => counts.push((key, count)),
    }
}

/// Returns the observations for people, in the order in which the headings were registered.
pub(super) fn observed_lines(notes: &[&ObservationNote]) -> Vec<ObservedLine> {
    let mut all = Vec::with_capacity(notes.len());
    for notes in notes.chunk_by(|first, second| first.heading == second.heading) {
        for ObservationNote { heading, observation, .. } in notes {
            let lines = lines_of(observation, notes.len() > 1).into_iter();
            all.extend(lines.map(|text| ObservedLine { heading: heading.clone(), text: plain(&text) }));
        }
    }
    all
}

/// The lines of one observation; `several` says whether its subject has to be named, since there are others.
fn lines_of(observation: &Observation, several: bool) -> Vec<String> {
    match observation {
        Observation::Timeline { subject, states } if several => vec![format!("{subject}: {states}")],
        Observation::Timeline { states, .. } => vec![states.to_string()],
        Observation::Roster { title, moments } => vec![format!("{title}: {}", before_and_after(moments))],
        Observation::Table { title, columns, rows, .. } => {
            let rows = std::iter::once(columns).chain(rows).map(|cells| cells.join(" | "));
            std::iter::once(title.clone()).chain(rows).collect()
        }
    }
}

/// The names that were on a list when it was looked at first and, if it was looked at again, last.
fn before_and_after(moments: &[RosterMoment]) -> String {
    match moments {
        [] => String::new(),
        [only] => names(only),
        [first, .., last] => format!("{} → {}", names(first), names(last)),
    }
}

fn names(moment: &RosterMoment) -> String {
    if moment.names.is_empty() { "nobody".to_owned() } else { moment.names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Observations, Observed, Timeline};

    const SHOWN: Observed = Observed { heading: "list", is_shown: true };
    const WATCHED: Observed = Observed { heading: "watched", is_shown: false };

    fn all(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn lines(observations: &Observations) -> Vec<String> {
        let mut outcome = SessionOutcome::new("x", "replay");
        outcome.seen.observations = observations.clone();
        let plan = Plan { tutorial: "t".to_owned(), features: Vec::new() };
        let lines = Summary::new(&plan, &outcome).observations.into_iter();
        lines.map(|line| format!("{} {}", line.heading, line.text)).collect()
    }

    #[test]
    fn a_roster_is_shown_as_it_was_first_and_last() {
        let mut observations = Observations::default();
        observations.roster(SHOWN, "G", all(&["A", "B"]), None);
        assert_eq!(lines(&observations), ["list G: A, B"]);
        observations.roster(SHOWN, "G", all(&["A"]), None);
        observations.roster(SHOWN, "G", all(&[]), None);
        assert_eq!(lines(&observations), ["list G: A, B → nobody"]);
    }

    #[test]
    fn only_what_is_to_be_shown_is_and_no_terminal_obeys_it() {
        let timeline = |subject: &str, states: &[&str]| {
            let states = all(states).into_iter().collect::<Timeline>();
            Observation::Timeline { subject: subject.to_owned(), states }
        };
        let mut observations = Observations::default();
        observations.add(WATCHED, timeline("w", &["On"]));
        observations.add(SHOWN, timeline("a", &["On", "O\u{1b}ff"]));
        assert_eq!(lines(&observations), ["list On → O\u{fffd}ff"]);
        observations.add(SHOWN, timeline("b", &["On"]));
        observations.table(SHOWN, "prices", (all(&["what", "price"]), vec![all(&["tea", "2"])]), None);
        let expected = ["list a: On → O\u{fffd}ff", "list b: On", "list prices", "list what | price", "list tea | 2"];
        assert_eq!(lines(&observations), expected);
    }
}
