//! What a session does not prove, whatever its verdict is.

use std::borrow::Cow;
use std::time::Duration;

use graphwalk_recording::Provenance;
use jiff::SignedDuration;
use maud::{Markup, html};

use crate::in_words::{counted, rough_time};
use crate::runner::Verdict;
use crate::session::{Drift, PersonalAct};

use super::text::Text;
use crate::report::attachment::{Content, SessionNote};
use crate::report::{Case, SessionMessages};

/// The origins of answers that a reader has to know more of, with a title and a text each.
const ORIGINS: [(Provenance, &str, &str); 6] = [
    (
        Provenance::Published,
        "are printed in documentation",
        "No tenant was asked for them: they show what the page promises.",
    ),
    (
        Provenance::Inferred,
        "were inferred",
        "Nobody has printed or recorded them: they are what Graph must have answered.",
    ),
    (
        Provenance::Emulated,
        "are an emulator's",
        "No tenant was asked for them: they show that the steps work, not that a tenant does.",
    ),
    (
        Provenance::EmulatedGeneric,
        "are an emulator's that only stores what it is sent",
        "Nothing of Graph's behaviour stands behind them.",
    ),
    (Provenance::Saved, "were saved in another program", "It does not say who answered, and lets answers be edited."),
    (Provenance::Unknown, "have an unknown origin", "The recording does not say where they come from."),
];

/// Of more scenarios than these only the steps are named that they belong to.
const NAMED: usize = 3;

/// Of more lines than these a list is folded.
const UNFOLDED: usize = 8;

/// Of more lines than these the rest is counted where there are several sessions.
const OF_SEVERAL: usize = 5;

/// Shorter than this, a clock is not said to have been moved.
const MOVED: Duration = Duration::from_secs(60);

/// One reason why something is not proved: its name, what it means, and all that it concerns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Caveat {
    pub name: String,
    pub meaning: String,
    pub all: Vec<String>,
}

/// Returns what a session does not prove, by reasons; those that concern the whole of it first.
pub(super) fn caveats(session: &SessionMessages<'_>, note: &SessionNote, cases: &[Case<'_>]) -> Vec<Caveat> {
    let mut all = Vec::new();
    for content in session.contents() {
        if let Content::Provenance(counts) = content {
            all.extend(origins(counts));
        }
    }
    all.extend(moved_clock(note));
    all.extend(not_played(
        cases,
        Verdict::Blocked,
        "Could not be judged",
        "They were not played, and may hold or not.",
    ));
    all.extend(not_played(cases, Verdict::Skipped, "Left out", "There was nothing to do, or it was optional."));
    all.extend(of_note(note));
    let drift = session.contents().filter_map(|content| match content {
        Content::Drift(Drift { place, request, finding }) => Some(format!("{place}: {request}: {finding}")),
        _ => None,
    });
    let meaning =
        "Values that the schemas do not know: what was answered may mean something else than the steps take it for.";
    all.extend(caveat("Unknown values", meaning, drift.collect()));
    all
}

/// Returns what answers do not prove that no tenant gave.
pub(super) fn origins(counts: &[(Cow<'static, str>, usize)]) -> Vec<Caveat> {
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let of = |(word, count): &(Cow<'static, str>, usize)| {
        let (_, are, meaning) = ORIGINS.iter().find(|(known, ..)| known.word() == word)?;
        let answers = counted(total, "answer");
        let name = if *count == total { format!("All {answers} {are}") } else { format!("{count} of {answers} {are}") };
        Some(Caveat { name, meaning: (*meaning).to_owned(), all: Vec::new() })
    };
    counts.iter().filter(|(_, count)| *count > 0).filter_map(of).collect()
}

fn moved_clock(note: &SessionNote) -> Option<Caveat> {
    let moved = Duration::from_secs(note.clock_moved);
    (moved >= MOVED).then(|| Caveat {
        name: format!(
            "The clock was moved by {}",
            rough_time(SignedDuration::try_from(moved).unwrap_or(SignedDuration::MAX))
        ),
        meaning:
            "That time passed where the answers come from, and nobody waited for it: the order of events is shown, \
                  not that they come in time."
                .to_owned(),
        all: Vec::new(),
    })
}

/// The scenarios that were not played, by the reason.
fn not_played(cases: &[Case<'_>], verdict: Verdict, name: &str, meaning: &str) -> Option<Caveat> {
    let mut reasons: Vec<(&str, Vec<&Case<'_>>)> = Vec::new();
    for case in cases.iter().filter(|case| case.verdict() == verdict) {
        let reason = case.reason().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, all)) => all.push(case),
            None => reasons.push((reason, vec![case])),
        }
    }
    let count: usize = reasons.iter().map(|(_, all)| all.len()).sum();
    let lines = reasons.into_iter().map(|(reason, all)| format!("{reason}: {}", concerned(&all))).collect();
    caveat(&format!("{name}: {}", counted(count, "scenario")), meaning, lines)
}

/// The names of a few scenarios; of many, the steps that they belong to.
fn concerned(cases: &[&Case<'_>]) -> String {
    if cases.len() <= NAMED {
        let named = cases.iter().map(|case| format!("“{}” (step {})", case.pickle.name, case.feature.number));
        return named.collect::<Vec<_>>().join(", ");
    }
    let mut steps: Vec<String> = cases.iter().map(|case| case.feature.number.to_string()).collect();
    steps.dedup();
    let noun = if steps.len() == 1 { "step" } else { "steps" };
    format!("{} of {noun} {}", counted(cases.len(), "scenario"), steps.join(", "))
}

/// Returns the caveats in the note of the whole session.
fn of_note(note: &SessionNote) -> Vec<Caveat> {
    let told = |act: &&PersonalAct| act.is_told;
    let told = note.acts.iter().filter(told).map(|act| act.act.clone()).collect();
    let mut unseen = Vec::new();
    if note.unvalidated > 0 {
        unseen.push(format!("{} had no schema", counted(note.unvalidated, "payload")));
    }
    if note.unjudged > 0 {
        unseen.push(format!("{} of beta, which its metadata does not declare", counted(note.unjudged, "value")));
    }
    let resumed = note.resumed.iter().cloned().collect();
    let named = [
        ("Changed for the tenant", "What was sent differs from what the features ask for.", note.changed.clone()),
        ("Told by a person", "Nothing but somebody's word stands for it.", told),
        ("Not validated", "It was not held against a schema.", unseen),
        ("Seen late", "Reads did not show at once what had been written.", note.lags.clone()),
        ("Played by an earlier process", "What that process kept of it in the run's folder is told here.", resumed),
        ("Recorded, and never asked for", "The features do not use all of the recording.", note.unused.clone()),
        ("Left behind", "It was created, and nobody saw that it is gone.", note.left.clone()),
    ];
    named.into_iter().filter_map(|(name, meaning, all)| caveat(name, meaning, all)).collect()
}

/// A reason that concerns all of these; `None` if there are none.
pub(super) fn caveat(name: &str, meaning: &str, all: Vec<String>) -> Option<Caveat> {
    (!all.is_empty()).then(|| Caveat { name: name.to_owned(), meaning: meaning.to_owned(), all })
}

/// The list of caveats, whole.
pub(super) fn show(caveats: &[Caveat]) -> Markup {
    if caveats.is_empty() {
        return html! { p { "Nothing is left open: all was judged, by answers of a tenant, in the time that it took." } };
    }
    listed(caveats, |all| {
        let lines = html! { ul { @for one in all { li { (Text(one)) } } } };
        match all.len() {
            0 => Markup::default(),
            1..=UNFOLDED => lines,
            many => html! { details { summary { (counted(many, "line")) } (lines) } },
        }
    })
}

/// The list of the caveats of one of several sessions, shortened.
pub(super) fn show_shortened(caveats: &[Caveat]) -> Markup {
    listed(caveats, |all| {
        let more = all.len().saturating_sub(OF_SEVERAL);
        html! {
            @if !all.is_empty() {
                ul {
                    @for one in all.iter().take(OF_SEVERAL) { li { (Text(one)) } }
                    @if more > 0 { li { "and " (more) " more" } }
                }
            }
        }
    })
}

fn listed(caveats: &[Caveat], lines: impl Fn(&[String]) -> Markup) -> Markup {
    html! {
        dl class="caveats" {
            @for Caveat { name, meaning, all } in caveats {
                dt { (Text(name)) }
                dd { (Text(meaning)) (lines(all)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_origin_is_said_as_any_other_that_proves_little() {
        let counts = [Provenance::Unknown, Provenance::Tenant, Provenance::Saved];
        let counts = counts.map(|provenance| (Cow::Borrowed(provenance.word()), 2));
        let names: Vec<String> = origins(&counts).into_iter().map(|caveat| caveat.name).collect();
        assert_eq!(names, ["2 of 6 answers have an unknown origin", "2 of 6 answers were saved in another program"]);
    }
}
