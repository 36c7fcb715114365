//! What waits for a reviewer: the reviews, and of one review the people.

use maud::{Markup, html};

use super::{AskedReview, answer_word};
use crate::areas::reviews::{Decision, Item, Reviews};
use crate::http::Refusal;
use crate::pages::{PageText, SitePage, Visit};

/// The most people that one page lists.
const PAGE_SIZE: usize = 100;

/// The reviews that run and ask the visitor about somebody: first those that wait for an answer.
pub(super) fn reviews(visit: &Visit<'_>) -> SitePage {
    let reviews: &Reviews = visit.tenant.states.get();
    let all = reviews.definitions().values();
    let all =
        all.flat_map(|definition| definition.instances.iter().map(|instance| AskedReview { definition, instance }));
    let running = all.filter(AskedReview::is_running).map(|asked| (asked.places(visit), asked));
    let (open, answered): (Vec<_>, Vec<_>) =
        running.filter(|(places, _)| !places.is_empty()).partition(|(places, asked)| asked.open(places) > 0);
    let content = html! {
        @if open.is_empty() {
            p { "Nothing waits for your answer." }
            @if !answered.is_empty() { p { "Your answers are kept, and this page can be closed." } }
        } @else {
            h2 { "Waiting for your answer" }
            @for (places, asked) in &open { (card(visit, asked, places)) }
        }
        @if !answered.is_empty() {
            h2 { "Answered, and can still be changed" }
            @for (places, asked) in &answered { (card(visit, asked, places)) }
        }
    };
    SitePage { status: 200, title: "Your reviews".to_owned(), content }
}

fn card(visit: &Visit<'_>, asked: &AskedReview<'_>, places: &[usize]) -> Markup {
    let items: Vec<&Item> = places.iter().map(|place| &asked.instance.items[*place]).collect();
    let only = if let [item] = items[..] { Some(item) } else { None };
    let (open, count) = (asked.open(places), items.len());
    html! {
        section.card {
            h3 { bdi { (PageText(asked.text("displayName"))) } }
            dl {
                (asked.facts())
                @if let Some(item) = only {
                    div { dt { "About" } dd { (about(visit, item)) } }
                    div { dt { "Recommendation" } dd { (asked.recommended(item)) } }
                    div { dt { "Your answer" } dd { (answer_word(item.decision)) } }
                } @else {
                    div { dt { "Recommendations" } dd { (recommendations(asked, &items)) } }
                    div { dt { "Answered" } dd { (count - open) " of " (count) } }
                }
            }
            a.go href=(visit.address(&asked.path(only))) {
                @match (only, open) {
                    (None, _) => { "See all " (count) },
                    (Some(_), 0) => "Change your answer",
                    (Some(_), _) => "Answer",
                }
                // Several links of the same words would all sound the same.
                span.aside { " " (PageText(asked.text("displayName"))) }
            }
        }
    }
}

/// The people of one review that the visitor is asked about.
///
/// # Errors
///
/// There is no such part of the list.
pub(super) fn items(visit: &Visit<'_>, asked: &AskedReview<'_>) -> Result<SitePage, Refusal> {
    let places = asked.places(visit);
    let number: usize = visit.parameter("page").map_or(Some(1), |text| text.parse().ok()).unwrap_or_default();
    let pages = places.len().div_ceil(PAGE_SIZE);
    if !(1..=pages).contains(&number) {
        return Err(super::nothing_there());
    }
    let shown = places.iter().skip((number - 1) * PAGE_SIZE).take(PAGE_SIZE);
    let content = html! {
        dl {
            (asked.facts())
            div { dt { "Answered" } dd { (places.len() - asked.open(&places)) " of " (places.len()) } }
        }
        @if !asked.is_running() { p.fault { "This review has ended. Answers can no longer be given or changed." } }
        ul.rows {
            @for item in shown.map(|place| &asked.instance.items[*place]) {
                li {
                    div.about {
                        a href=(visit.address(&asked.path(Some(item)))) { (about(visit, item)) }
                        span { "Recommendation: " (asked.recommended(item)) }
                    }
                    div { (answer_word(item.decision)) }
                }
            }
        }
        @if pages > 1 { (turning(visit, asked, number, pages)) }
    };
    Ok(SitePage { status: 200, title: asked.text("displayName").to_owned(), content })
}

fn turning(visit: &Visit<'_>, asked: &AskedReview<'_>, number: usize, pages: usize) -> Markup {
    let to = |number: usize| format!("{}?page={number}", visit.address(&asked.path(None)));
    html! {
        nav aria-label="Pages" {
            @if number > 1 { a href=(to(number - 1)) rel="prev" { "Previous page" } }
            span { "Page " (number) " of " (pages) }
            @if number < pages { a href=(to(number + 1)) rel="next" { "Next page" } }
        }
    }
}

/// Renders the principal that an item is about.
pub(super) fn about(visit: &Visit<'_>, item: &Item) -> Markup {
    html! {
        bdi { (PageText(&*item.principal.name)) }
        @if item.principal.id == visit.visitor.id { " (you)" }
    }
}

/// Returns the number of items for each recommendation: `2 yes, 1 none`.
fn recommendations(asked: &AskedReview<'_>, items: &[&Item]) -> String {
    let counted = ["Yes", "No", "None"].map(|word| {
        let count = items.iter().filter(|item| asked.recommended(item) == word).count();
        (count > 0).then(|| format!("{count} {}", word.to_lowercase()))
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl AskedReview<'_> {
    /// Returns the number of these items that nobody has decided about.
    fn open(&self, places: &[usize]) -> usize {
        places.iter().filter(|place| self.instance.items[**place].decision == Decision::NotReviewed).count()
    }
}
