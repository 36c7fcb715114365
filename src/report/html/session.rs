//! What the page says of one session.

use jiff::SignedDuration;
use maud::{Markup, html};

use crate::in_words::{counted, grouped, readable_time};
use crate::runner::{Verdict, VerdictCounts};
use crate::session::TracedExchange;

use super::caveats::{self, Caveat};
use super::exchanges::Exchanges;
use super::observations::{observations, wide};
use super::steps::{badge, failure, features};
use super::text::{Text, moment};
use crate::report::attachment::{Content, ObservationNote, SessionNote};
use crate::report::message::Envelope;
use crate::report::{Case, CaseStep, SessionMessages};

/// Of the sessions behind so many only those that failed are told of.
pub(super) const TOLD: usize = 1_000;

/// All that the parts of a page need of one session.
struct SessionView<'a> {
    messages: &'a SessionMessages<'a>,
    note: &'a SessionNote,
    cases: &'a [Case<'a>],
    /// Its id in the page, with which those of its parts begin.
    id: &'a str,
    caveats: &'a [Caveat],
    observed: Vec<&'a ObservationNote>,
    exchanges: Exchanges<'a>,
}

/// Renders a session: the only one whole, one of several as far as it fits on a screen.
pub(super) fn session(messages: &SessionMessages<'_>) -> Markup {
    let Some(note) = messages.session() else { return Markup::default() };
    let cases = messages.cases();
    let (id, number) = identified(messages);
    let caveats = caveats::caveats(messages, note, &cases);
    let observed = messages.contents().filter_map(|content| match content {
        Content::Observation(note) => Some(note),
        _ => None,
    });
    let (observed, is_several) = (observed.collect(), messages.opening.several);
    let exchanges = Exchanges::new(&id, traced(&cases).chain(messages.contents().filter_map(exchange_of)), is_several);
    let shown = SessionView { messages, note, cases: &cases, id: &id, caveats: &caveats, observed, exchanges };
    match (is_several, number < TOLD) {
        (false, _) => shown.whole(),
        (true, true) => shown.one_of_several(),
        (true, false) if note.verdict == Verdict::Failed => shown.brief(),
        (true, false) => Markup::default(),
    }
}

/// Whether the page has the session of this id, whatever its verdict is.
pub(super) fn is_listed(id: &str) -> bool {
    number_of(id).is_some_and(|number| number < TOLD)
}

/// The id of a session in the page, and its number: 0 for the first.
fn identified(messages: &SessionMessages<'_>) -> (String, usize) {
    let id = messages.messages.iter().find_map(|message| match message {
        Envelope::TestRunHookStarted(started) => Some(started.id.as_str()),
        _ => None,
    });
    let id = id.unwrap_or("s0");
    (id.to_owned(), number_of(id).unwrap_or_default())
}

/// The number in the id of a session, by which it is among the first or not: 3 in `s3`, 7 in `s3.1`.
fn number_of(id: &str) -> Option<usize> {
    let number = id.strip_prefix('s')?;
    let (place, part) = number.split_once('.').unwrap_or((number, "0"));
    let (place, part): (usize, usize) = (place.parse().ok()?, part.parse().ok()?);
    // Of each of many tenants the first ones, so that all together are not many more than are listed without tenants.
    Some(place.saturating_add(1).saturating_mul(part.saturating_add(1)) - 1)
}

fn traced<'a>(cases: &'a [Case<'a>]) -> impl Iterator<Item = &'a TracedExchange> {
    let contents = cases.iter().flat_map(|case| &case.steps).flat_map(|step| &step.contents);
    contents.copied().filter_map(exchange_of)
}

/// The exchange that was attached, if it is one.
fn exchange_of(content: &Content) -> Option<&TracedExchange> {
    match content {
        Content::Exchange(exchange) => Some(exchange),
        _ => None,
    }
}

impl SessionView<'_> {
    fn whole(&self) -> Markup {
        html! {
            header {
                p class="kind" { "graphwalk report" }
                h1 { (Text(&self.note.tutorial)) }
                (verdict(self.note.verdict, &self.sentence()))
                @if !self.caveats.is_empty() {
                    p { "Read it with " a href="#open" { (counted(self.caveats.len(), "reservation")) } ": what was not proved." }
                }
                (self.facts())
                nav aria-label="Contents" {
                    ul {
                        @if !self.observed.is_empty() { li { a href="#observed" { "What was observed" } } }
                        li { a href="#open" { "What was not proved" } }
                        li { a href="#origins" { "Where the answers come from" } }
                        li { a href="#steps" { "The steps, with every exchange" } }
                        @if self.outside().next().is_some() { li { a href="#outside" { "Outside the steps" } } }
                    }
                }
            }
            @if self.note.verdict == Verdict::Failed { section id="failed" { h2 { "What failed" } (self.what_failed()) } }
            @if !self.observed.is_empty() {
                section id="observed" { h2 { "What was observed" } (observations(&self.observed, &self.exchanges)) }
            }
            section id="open" { h2 { "What was not proved" } (caveats::show(self.caveats)) }
            section id="origins" { h2 { "Where the answers come from" } (self.origins()) }
            section id="steps" {
                h2 { "The steps, with every exchange" }
                p { "Each step of the tutorial unfolds into its scenarios, and each exchange into what was sent and answered." }
                (features(self.cases, &self.exchanges))
            }
            @if self.outside().next().is_some() {
                section id="outside" {
                    h2 { "Outside the steps" }
                    p { "What graphwalk sent by itself before the steps or after them, and why." }
                    @for exchange in self.outside() { (self.exchanges.show(exchange, false)) }
                }
            }
        }
    }

    /// The exchanges that belong to no step.
    fn outside(&self) -> impl Iterator<Item = &TracedExchange> {
        self.messages.contents().filter_map(exchange_of)
    }

    fn one_of_several(&self) -> Markup {
        let failed = self.note.verdict == Verdict::Failed;
        html! {
            details class="session" id=(self.id) open[failed] {
                summary { (badge(self.note.verdict)) " " h3 { (Text(&self.note.name)) } " " span class="by" { (self.counts()) } }
                p { (Text(self.sentence())) }
                (self.failures())
                (observations(&self.observed, &self.exchanges))
                @if !self.caveats.is_empty() { h3 { "What was not proved" } (caveats::show_shortened(self.caveats)) }
            }
        }
    }

    /// Renders a session that is one of very many: that it failed, and why, without exchanges.
    fn brief(&self) -> Markup {
        html! {
            details class="session" id=(self.id) open {
                summary { (badge(self.note.verdict)) " " h3 { (Text(&self.note.name)) } " " span class="by" { (self.counts()) } }
                (self.failed_steps(|_| Markup::default()))
            }
        }
    }

    fn counts(&self) -> String {
        let scenarios = VerdictCounts::count(self.cases.iter().map(Case::verdict));
        format!("{scenarios} of {}", counted(scenarios.total(), "scenario"))
    }

    /// The verdict in a sentence.
    fn sentence(&self) -> String {
        let note = self.note;
        let counts = VerdictCounts::count(self.cases.iter().map(Case::verdict));
        let total = counted(counts.total(), "scenario");
        let failed = self.cases.iter().find(|case| case.verdict() == Verdict::Failed);
        let why = |text: Option<&str>| text.unwrap_or_default().to_owned();
        match (note.verdict, failed) {
            _ if !note.begun => "The session could not begin.".to_owned(),
            (Verdict::Failed, Some(case)) => {
                let exception = case.failure().and_then(|step| step.result.exception.as_ref());
                let message = why(exception.map(|exception| exception.message.as_str()));
                let (number, name) = (case.feature.number, &case.pickle.name);
                format!("{} of {total} did not hold. The first, in step {number}, “{name}”: {message}.", counts.failed)
            }
            (Verdict::Failed, None) => {
                let exception = self.messages.failure().and_then(|result| result.exception.as_ref());
                let message = why(exception.map(|exception| exception.message.as_str()));
                format!("No scenario failed, and the session as a whole did: {message}.")
            }
            _ if note.is_waiting => format!("The run waits: {} of {total} held so far, none failed.", counts.passed),
            (Verdict::Passed, _) if counts.skipped > 0 => {
                format!("{} of {total} held, {} had nothing to do, none failed.", counts.passed, counts.skipped)
            }
            (Verdict::Passed, _) if counts.total() == 1 => "The only scenario held.".to_owned(),
            (Verdict::Passed, _) => format!("All {total} held."),
            _ => {
                let blocked = self.cases.iter().find(|case| case.verdict() == Verdict::Blocked);
                let reason = why(blocked.and_then(|case| case.reason()));
                format!("Nothing failed, and {} of {total} could not be judged: {reason}.", counts.blocked)
            }
        }
    }

    fn facts(&self) -> Markup {
        let note = self.note;
        let took = std::time::Duration::from(note.took);
        let ended = self.messages.messages.iter().rev().find_map(|message| match message {
            Envelope::TestRunHookFinished(finished) => jiff::Timestamp::try_from(finished.timestamp).ok(),
            _ => None,
        });
        let span = SignedDuration::try_from(took).unwrap_or_default();
        let began = ended.and_then(|ended| ended.checked_sub(span).ok());
        html! {
            dl class="facts" {
                (fact("Session", &html! { (Text(&note.name)) }))
                (fact("Answered by", &html! { (answered_by(&note.backend)) }))
                @if let Some(run) = &note.run { (fact("Run", &html! { code { (Text(run.to_string())) } })) }
                @if let Some(began) = began { (fact("Began", &moment(began))) }
                @if let Some(ended) = ended { (fact("Ended", &moment(ended))) }
                (fact("Took", &html! { (readable_time(took)) }))
                (fact("Played", &html! { (self.counts()) }))
                (fact("Exchanges", &html! {
                    (grouped(note.exchanges))
                    @if note.repeated > 0 { ", " (grouped(note.repeated)) " of them tried again" }
                }))
                (fact("Validated", &html! { (counted(note.validated, "payload")) " against schemas" }))
                (fact("Made by", &html! { (Text(self.messages.opening.program())) }))
            }
        }
    }

    fn origins(&self) -> Markup {
        let counts = self.messages.contents().find_map(|content| match content {
            Content::Provenance(counts) => Some(counts.as_slice()),
            _ => None,
        });
        let rows = counts.unwrap_or_default().iter().map(|(word, count)| (AsRef::<str>::as_ref(word), *count));
        origins(rows)
    }

    /// Renders the failures, with the places of their exchanges in the page.
    fn what_failed(&self) -> Markup {
        self.failed_steps(|step| {
            html! {
                @for exchange in step.contents.iter().copied().filter_map(exchange_of).rev().take(1) {
                    p { "It is about " (self.exchanges.link(exchange.number)) "." }
                }
            }
        })
    }

    /// Renders the failure beside the steps, as the terminal tells it.
    fn own_failure(&self) -> Markup {
        let message = self.messages.failure().and_then(|result| result.message.as_deref());
        html! { @if let Some(message) = message { pre class="failure" tabindex="0" { (Text(message)) } } }
    }

    /// Renders the failures, with the exchanges that they are about.
    fn failures(&self) -> Markup {
        self.failed_steps(|step| {
            html! {
                @for exchange in step.contents.iter().copied().filter_map(exchange_of) { (self.exchanges.show(exchange, false)) }
            }
        })
    }

    /// Renders each failure, followed by what `exchanges` shows of its step.
    fn failed_steps(&self, exchanges: impl Fn(&CaseStep<'_>) -> Markup) -> Markup {
        let failed = self.cases.iter().filter_map(|case| Some((case, case.failure()?)));
        html! {
            (self.own_failure())
            @for (case, step) in failed {
                h3 { "Step " (case.feature.number) ": " (Text(&case.pickle.name)) }
                (failure(step))
                (exchanges(step))
            }
        }
    }
}

/// The verdict as the page's first word, and the sentence that says what it means.
pub(super) fn verdict(verdict: Verdict, sentence: &str) -> Markup {
    html! { p class="sentence" { (badge(verdict)) " " (Text(sentence)) } }
}

/// A fact with its name.
pub(super) fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// Renders the number of answers from each origin.
pub(super) fn origins<'a>(counts: impl Iterator<Item = (&'a str, usize)>) -> Markup {
    wide(&html! {
        table {
            caption { "Answers by their origin" }
            thead { tr { th scope="col" { "Origin" } th scope="col" { "Answers" } } }
            tbody { @for (word, count) in counts { tr { th scope="row" { (Text(word)) } td { (grouped(count)) } } } }
        }
    })
}

fn answered_by(backend: &str) -> Markup {
    html! {
        @match backend {
            "replay" => "a recording",
            "emulator" => "an emulated tenant",
            "live" => "a tenant",
            other => (Text(other)),
        }
    }
}
