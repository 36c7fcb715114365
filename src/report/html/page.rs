//! The page around the sessions: its head, its end, and what all sessions make together.

use graphwalk_emulator::pages::style_source;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::in_words::{counted, grouped};
use crate::runner::VerdictCounts;

use super::caveats::{self, Caveat};
use super::observations::{capitalised, wide};
use super::session::{fact, is_listed, origins, verdict};
use super::text::Text;
use crate::report::message::TestRunFinished;
use crate::report::{Opening, SomeSessions, Totals};

/// The style of the page where styles are allowed; without it the page can be read as well.
const STYLE: &str = include_str!("style.css");

/// Renders the head of the page. The page may load nothing and run nothing, whatever its texts hold: its own style is named
/// by its hash.
pub(super) fn head(opening: &Opening) -> String {
    let policy =
        format!("default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'", style_source(STYLE));
    let head = html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content=(opening.program());
            title { (Text(&opening.tutorial)) " – graphwalk report" }
            style { (PreEscaped(STYLE)) }
        }
    };
    format!("{}<html lang=\"en\">{}<body><main>", DOCTYPE.into_string(), head.into_string())
}

/// Renders the end of the page.
pub(super) fn end() -> String {
    let footer = html! {
        footer {
            h2 { "How to read this report" }
            p {
                "A verdict is " b { "passed" } " (all that was asserted held), " b { "failed" } " (something did not), "
                b { "blocked" } " (it could not be judged) or " b { "skipped" } " (there was nothing to do). "
                "What was observed stands with the answer that shows it. Times are those of the clock that answered, but for those at "
                "the top, which are this machine's. Secrets are masked; ids and names stand as they are. "
                "The page is made of the run's messages, loads nothing and runs nothing."
            }
        }
    };
    format!("</main>{}</body></html>\n", footer.into_string())
}

/// The top of a page about several sessions, or about none.
pub(super) fn totals(opening: &Opening, finished: &TestRunFinished, totals: &Totals) -> Markup {
    let sentence = sentence(totals);
    html! {
        header {
            p class="kind" { "graphwalk report" }
            h1 { (Text(&opening.tutorial)) }
            (verdict(totals.verdict(), &sentence))
            dl class="facts" {
                @if let Ok(ended) = jiff::Timestamp::try_from(finished.timestamp) {
                    (fact("Ended", &super::text::moment(ended)))
                }
                (fact("Exchanges", &html! { (grouped(totals.exchanges)) }))
                (fact("Made by", &html! { (Text(opening.program())) }))
            }
        }
        section {
            h2 { "All " (totals.noun()) "s" }
            (counts(totals))
            @if !totals.failed.is_empty() { (failed(totals)) }
            @if !totals.blocked.is_empty() { (blocked(totals)) }
        }
        @if !totals.observations.is_empty() { section { h2 { "What was observed" } (observed(totals)) } }
        section { h2 { "What was not proved" } (caveats::show(&open(totals))) }
        section { h2 { "Where the answers come from" } (origins(totals.provenance.iter().map(|(word, count)| (AsRef::<str>::as_ref(word), *count)))) }
        h2 { "Each " (totals.noun()) }
        @if totals.sessions.total() > super::session::TOLD || totals.has_several_each() {
            p {
                "Those that failed come first, all of them. Of the others "
                @if totals.has_several_each() { "the first ones of each tenant" }
                @else { "those among the first " (grouped(super::session::TOLD)) }
                " are listed; the messages (--messages) have all."
            }
        }
    }
}

fn sentence(totals: &Totals) -> String {
    let (counts, total) = (totals.sessions, totals.describe_count());
    let told = match (counts.failed, counts.blocked) {
        _ if totals.searches.failed > 0 => "Looking for sessions failed".to_owned(),
        _ if counts.total() == 0 => format!("No {} was played", totals.noun()),
        (0, 0) if totals.is_cut_off => format!("{total} held"),
        (0, 0) => format!("{total}: all held"),
        (0, blocked) => format!("{} of {total} could not be judged, none failed", grouped(blocked)),
        (failed, 0) => format!("{} of {total} failed", grouped(failed)),
        (failed, blocked) => {
            format!("{} of {total} failed, {} could not be judged", grouped(failed), grouped(blocked))
        }
    };
    let cut_off = "the run did not end: it was killed, or still plays";
    match totals.not_begun {
        _ if totals.is_cut_off => format!("{told}; {cut_off}. Of what it did not get to nothing is known."),
        0 => format!("{told}."),
        not_begun => format!("{told}; {} not begun.", counted(not_begun, totals.not_begun_noun())),
    }
}

fn counts(totals: &Totals) -> Markup {
    let sessions = capitalised(&format!("{}s", totals.noun()));
    let rows = [(sessions.as_str(), totals.sessions), ("Steps", totals.steps), ("Scenarios", totals.scenarios)];
    wide(&html! {
        table {
            caption { "Verdicts" }
            thead {
                tr { th scope="col" { "Of" } @for word in ["Passed", "Failed", "Blocked", "Skipped"] { th scope="col" { (word) } } }
            }
            tbody {
                @for (name, VerdictCounts { passed, failed, blocked, skipped }) in rows {
                    tr { th scope="row" { (name) } @for count in [passed, failed, blocked, skipped] { td { (grouped(count)) } } }
                }
            }
        }
    })
}

fn failed(totals: &Totals) -> Markup {
    let more = totals.all_counts().failed.saturating_sub(totals.failed.len());
    html! {
        h3 { (capitalised(totals.noun())) "s that failed" }
        ul {
            @for (id, name) in &totals.failed { li { a href=(format!("#{id}")) { (Text(name)) } } }
            @if more > 0 { li { "and " (grouped(more)) " more: below, before all others" } }
        }
    }
}

fn blocked(totals: &Totals) -> Markup {
    let told: usize = totals.blocked.iter().map(|(_, sessions)| sessions.count).sum();
    let more = totals.all_counts().blocked.saturating_sub(told);
    html! {
        h3 { "Sessions that could not be judged" }
        ul {
            @for (reason, sessions) in &totals.blocked { li { (Text(reason)) " – " (some(sessions)) } }
            @if more > 0 { li { "and " (counted(more, "session")) " for other reasons: the messages (--messages) have all" } }
        }
    }
}

/// Links to few sessions; of more how many there are.
fn some(sessions: &SomeSessions) -> Markup {
    html! {
        @match sessions.all() {
            Some(few) => @for (place, (id, name)) in few.iter().enumerate() {
                @if place > 0 { ", " }
                @if is_listed(id) { a href=(format!("#{id}")) { (Text(name)) } } @else { (Text(name)) }
            },
            None => (counted(sessions.count, "session")),
        }
    }
}

fn observed(totals: &Totals) -> Markup {
    html! {
        @for (heading, lines) in &totals.observations {
            h3 { (Text(capitalised(heading))) }
            ul { @for (line, sessions) in lines { li { (Text(line)) " – " (some(sessions)) } } }
        }
    }
}

/// Returns what all sessions together do not prove. What only some do not stands with each of them.
fn open(totals: &Totals) -> Vec<Caveat> {
    let mut all = caveats::origins(&totals.provenance);
    let mut counts = Vec::new();
    for (count, what) in [
        (totals.sessions.blocked, "could not be judged"),
        (totals.not_begun, "did not begin"),
        (totals.waiting, "wait, and go on another day"),
    ] {
        if count > 0 {
            counts.push(format!("{} {what}", counted(count, totals.noun())));
        }
    }
    if totals.drift > 0 {
        counts.push(format!("{} that the schemas do not know (drift)", counted(totals.drift, "value")));
    }
    let meaning = format!("The {}s say more, each for itself.", totals.noun());
    all.extend(caveats::caveat("Not judged, or not known", &meaning, counts));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_the_page_has_is_linked_also_if_its_tenant_has_several() {
        for (id, is_linked) in [("s3", true), ("s3.0", true), ("s3.1", true), ("s1000", false), ("s499.2", false)] {
            let session = SomeSessions { count: 1, first: vec![(id.to_owned(), "Contoso".to_owned())] };
            let shown = some(&session).into_string();
            assert_eq!(shown.contains(&format!("href=\"#{id}\"")), is_linked, "{id}: {shown}");
        }
    }
}
