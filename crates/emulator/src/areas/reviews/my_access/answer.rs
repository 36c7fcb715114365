//! The page on which one answer is given or changed.

use maud::{Markup, html};

use super::{AskedReview, answer_word, list};
use crate::areas::reviews::resource::ReviewedResource;
use crate::areas::reviews::{Decision, Item};
use crate::http::Refusal;
use crate::pages::{PageText, SitePage, Visit, lines, moment};

/// An answer that was not taken.
pub(super) struct Rejected<'a> {
    /// The choice that was made.
    pub choice: &'a str,
    pub reason: &'a str,
    pub refusal: &'a Refusal,
}

/// The page about the item at a place.
pub(super) fn page(
    visit: &Visit<'_>,
    asked: &AskedReview<'_>,
    place: usize,
    rejected: Option<&Rejected<'_>>,
) -> SitePage {
    let item = &asked.instance.items[place];
    let (whom, name) = (&*item.principal.name, &*asked.instance.resource_name);
    let title = if item.principal.id == visit.visitor.id {
        format!("Do you still need access to {name}?")
    } else {
        format!("Does {whom} still need access to {name}?")
    };
    let description = asked.text("descriptionForReviewers");
    let content = html! {
        @if let Some(rejected) = rejected { p.fault role="alert" { (words(asked, rejected)) } }
        @else if let Some(recorded) = recorded(item) { (recorded) }
        dl {
            div { dt { "Review" } dd { bdi { (PageText(asked.text("displayName"))) } } }
            div { dt { "About" } dd { (list::about(visit, item)) } }
            (asked.facts())
            div { dt { "Recommendation" } dd { (asked.recommended(item)) } }
            @if !description.is_empty() {
                div.whole { dt { "What the review says" } dd { bdi { (lines(description)) } } }
            }
        }
        @if asked.is_running() {
            (form(visit, asked, item, rejected))
        } @else if rejected.is_none() {
            p.fault { "This review has ended. Answers can no longer be given or changed." }
        }
        p { a href=(visit.address("")) { "Back to your reviews" } }
    };
    let status = rejected.map_or(200, |rejected| rejected.refusal.status);
    SitePage { status, title, content }
}

/// The answer that counts now, and who gave it.
fn recorded(item: &Item) -> Option<Markup> {
    if item.decision == Decision::NotReviewed {
        return None;
    }
    let (by, when) = item.reviewed.as_ref()?;
    Some(html! {
        div.done role="status" {
            strong { "Recorded: " (answer_word(item.decision)) "." }
            @if let Some(by) = by { " By " bdi { (PageText(&*by.name)) } }
            @if let Some(when) = when { ", " (moment(*when)) }
            @if !item.justification.is_empty() { br; "Reason: " bdi { (lines(&item.justification)) } }
        }
    })
}

fn form(visit: &Visit<'_>, asked: &AskedReview<'_>, item: &Item, rejected: Option<&Rejected<'_>>) -> Markup {
    let is_decided = item.decision != Decision::NotReviewed;
    let chosen = rejected.map_or(if is_decided { item.decision.word() } else { "" }, |rejected| rejected.choice);
    let reason = rejected.map_or(item.justification.as_str(), |rejected| rejected.reason);
    let needs_reason = asked.instance.settings.justification_required;
    let kept = match asked.instance.resource {
        ReviewedResource::Group(_) => "Stays in the group",
        ReviewedResource::Role(_) => "Keeps the role",
    };
    let choices = [
        (Decision::Approve, kept),
        (Decision::Deny, "Loses access when the decisions are applied"),
        (Decision::DontKnow, "Access stays as it is"),
    ];
    let fields = html! {
        fieldset {
            legend { "Your answer" }
            @for (decision, meaning) in choices {
                @let id = decision.word();
                div.choice {
                    input id=(id) type="radio" name="decision" value=(id) required checked[id == chosen];
                    label for=(id) { (answer_word(decision)) span { (meaning) } }
                }
            }
        }
        label for="reason" { "Reason" }
        p.hint #about-reason {
            @if needs_reason { "Needed for Yes. " }
            "The reason is kept with your answer."
        }
        // A line break right after the tag is not the text's.
        textarea #reason name="justification" aria-describedby="about-reason" { "\n" (PageText(reason)) }
        button type="submit" { @if is_decided { "Change answer" } @else { "Send answer" } }
    };
    visit.form(&asked.path(Some(item)), &fields)
}

/// Renders the reason why an answer was not taken.
fn words(asked: &AskedReview<'_>, rejected: &Rejected<'_>) -> Markup {
    let needs_reason = asked.instance.settings.justification_required && rejected.reason.trim().is_empty();
    html! {
        "Your answer was not recorded. "
        @if !asked.is_running() {
            "This review has ended."
        } @else if Decision::parse(rejected.choice).is_none_or(|decision| decision == Decision::NotReviewed) {
            "Choose Yes, No or Don’t know."
        } @else if needs_reason && rejected.choice == Decision::Approve.word() {
            "To say Yes, give a reason."
        } @else {
            (PageText(&rejected.refusal.message))
        }
    }
}
