//! The steps of the tutorial as they were played: features, scenarios, sentences, and the exchanges of each.

use std::time::Duration;

use maud::{Markup, html};

use crate::in_words::{counted, readable_time};
use crate::runner::{Verdict, VerdictCounts, together};

use super::exchanges::Exchanges;
use super::text::Text;
use crate::report::attachment::Content;
use crate::report::message::{PickleArgument, PickleStep};
use crate::report::{Case, CaseStep};

/// The word for a verdict, with its mark.
pub(super) fn badge(verdict: Verdict) -> Markup {
    let (mark, class) = match verdict {
        Verdict::Passed => ("✓", "passed"),
        Verdict::Failed => ("✗", "failed"),
        Verdict::Blocked => ("○", "blocked"),
        Verdict::Skipped => ("–", "skipped"),
    };
    html! { span class=(format!("verdict {class}")) { (mark) " " (class) } }
}

/// All features that were played.
pub(super) fn features(cases: &[Case<'_>], exchanges: &Exchanges<'_>) -> Markup {
    html! {
        @for cases in cases.chunk_by(|first, second| std::ptr::eq(first.feature, second.feature)) {
            (feature(cases, exchanges))
        }
    }
}

fn feature(cases: &[Case<'_>], exchanges: &Exchanges<'_>) -> Markup {
    let Some(Case { feature, .. }) = cases.first() else { return Markup::default() };
    let counts = VerdictCounts::count(cases.iter().map(Case::verdict));
    let verdict = together(cases.iter().map(Case::verdict));
    let took: Duration = cases.iter().map(Case::took).sum();
    let parsed = &feature.document.feature;
    html! {
        details class="feature" open[verdict != Verdict::Passed] {
            summary {
                h3 { (feature.number) ". " (Text(&parsed.name)) } " "
                (badge(verdict)) " "
                span class="by" { (counts) " of " (counted(counts.total(), "scenario")) ", " (readable_time(took)) }
            }
            @if !parsed.description.trim().is_empty() { p { (Text(parsed.description.trim())) } }
            @for case in cases { (scenario(case, exchanges)) }
        }
    }
}

fn scenario(case: &Case<'_>, exchanges: &Exchanges<'_>) -> Markup {
    let verdict = case.verdict();
    html! {
        section class="scenario" {
            h4 { (Text(&case.pickle.name)) " " (badge(verdict)) }
            @if let (Verdict::Blocked | Verdict::Skipped, Some(reason)) = (verdict, case.reason()) {
                p { (Text(reason)) }
            }
            ol {
                @for (pickle, played) in case.pickle.steps.iter().zip(&case.steps) { (step(pickle, played, exchanges)) }
            }
        }
    }
}

fn step(pickle: &PickleStep, played: &CaseStep<'_>, exchanges: &Exchanges<'_>) -> Markup {
    let failed = played.verdict == Verdict::Failed;
    html! {
        li {
            b { (Text(&pickle.keyword)) } " " (Text(&pickle.text))
            @if played.verdict != Verdict::Passed { " " (badge(played.verdict)) }
            @if let Some(argument) = &pickle.argument { (shown_argument(argument)) }
            @if failed { (failure(played)) }
            @for content in &played.contents {
                @if let Content::Exchange(exchange) = content { (exchanges.show(exchange, failed)) }
            }
        }
    }
}

/// Renders why a step failed, as the terminal tells it.
pub(super) fn failure(played: &CaseStep<'_>) -> Markup {
    html! { @if let Some(message) = &played.result.message { pre class="failure" tabindex="0" { (Text(message)) } } }
}

/// Renders the table or the text below a sentence.
fn shown_argument(argument: &PickleArgument) -> Markup {
    html! {
        @if let Some(text) = &argument.doc_string { pre { (Text(&text.content)) } }
        @if let Some(table) = &argument.data_table {
            table class="argument" {
                @for row in &table.rows { tr { @for cell in &row.cells { td { (Text(&cell.value)) } } } }
            }
        }
    }
}
