//! `/myaccess`: where reviewers say by themselves who keeps access.
//!
//! It shows what waits for whoever has signed in and takes their answers, by the same rules as the calls of reviewers: the API and the
//! page write with one function.

mod answer;
mod list;

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::area::unlicensed;
use super::lifecycle::ReviewStatus;
use super::resource::ReviewedResource;
use super::{Decision, Instance, Item, Recommendation, ReviewDefinition, ReviewPerson, Reviews, not_found};
use crate::areas::MY_ACCESS;
use crate::areas::directory::Directory;
use crate::http::Refusal;
use crate::pages::{Form, PageText, Site, SitePage, Taken, Visit, moment};

/// The pages of reviewers.
pub(super) struct MyAccess;

impl Site for MyAccess {
    fn segment(&self) -> &'static str {
        MY_ACCESS
    }

    fn title(&self) -> &'static str {
        "My Access"
    }

    fn show(&self, visit: &Visit<'_>, path: &[&str]) -> Result<SitePage, Refusal> {
        if !visit.tenant.licensed {
            return Err(unlicensed());
        }
        match *path {
            [] => Ok(list::reviews(visit)),
            [definition, instance] => list::items(visit, &AskedReview::find(visit, definition, instance)?),
            [definition, instance, item] => {
                let asked = AskedReview::find(visit, definition, instance)?;
                Ok(answer::page(visit, &asked, asked.place(visit, item)?, None))
            }
            _ => Err(nothing_there()),
        }
    }

    fn take(&self, visit: &mut Visit<'_>, path: &[&str], form: &Form) -> Result<Taken, Refusal> {
        let [definition, instance, item] = *path else { return Err(nothing_there()) };
        if !visit.tenant.licensed {
            return Err(unlicensed());
        }
        let asked = AskedReview::find(visit, definition, instance)?;
        let place = asked.place(visit, item)?;
        let directory: &Directory = visit.tenant.states.get();
        let by = directory.users().get(&visit.visitor.id).map(ReviewPerson::from_user).ok_or_else(nothing_there)?;
        let (choice, reason) = (form.field("decision"), form.field("justification"));
        let mut body = Map::new();
        // Nothing chosen is no decision: the rules say so.
        body.extend((!choice.is_empty()).then(|| ("decision".to_owned(), json!(choice))));
        body.insert("justification".to_owned(), Value::from(reason.trim()));
        let now = visit.now;
        let recorded = visit.tenant.states.get_mut::<Reviews>().record([definition, instance, item], &body, &by, now);
        match recorded {
            Ok(()) => Ok(Taken::GoOn(format!("{definition}/{instance}/{item}"))),
            Err(refusal) => {
                // What happens meanwhile is shown, too: the review may just have ended.
                let asked = AskedReview::find(visit, definition, instance)?;
                let rejected = answer::Rejected { choice: &choice, reason: &reason, refusal: &refusal };
                Ok(Taken::Again(answer::page(visit, &asked, place, Some(&rejected))))
            }
        }
    }
}

/// An instance that the visitor reviews something of.
struct AskedReview<'a> {
    definition: &'a ReviewDefinition,
    instance: &'a Instance,
}

impl<'a> AskedReview<'a> {
    fn find(visit: &'a Visit<'_>, definition: &str, instance: &str) -> Result<Self, Refusal> {
        let reviews: &Reviews = visit.tenant.states.get();
        let instance = reviews.instance(definition, instance)?;
        let asked = Self { definition: reviews.definition(definition)?, instance };
        // Whoever reviews nothing of it does not learn that it exists.
        if asked.places(visit).is_empty() { Err(nothing_there()) } else { Ok(asked) }
    }

    /// The places of the items that the visitor reviews now: in a review of several stages, those of the current one.
    fn places(&self, visit: &Visit<'_>) -> Vec<usize> {
        let (instance, user) = (self.instance, visit.visitor.id);
        if !instance.is_reviewed_by(user) {
            return Vec::new();
        }
        let mut places = instance.items_of(user);
        places.retain(|place| instance.items[*place].stage == instance.current_stage());
        places
    }

    /// The place of an item that the visitor reviews.
    fn place(&self, visit: &Visit<'_>, item: &str) -> Result<usize, Refusal> {
        let id = self.instance.item(item)?.id;
        let mut places = self.places(visit).into_iter();
        places.find(|place| self.instance.items[*place].id == id).ok_or_else(nothing_there)
    }

    fn path(&self, item: Option<&Item>) -> String {
        let path = format!("{}/{}", self.definition.id, self.instance.id);
        item.map_or_else(|| path.clone(), |item| format!("{path}/{}", item.id))
    }

    fn is_running(&self) -> bool {
        self.instance.life.status() == ReviewStatus::InProgress
    }

    fn text(&self, name: &str) -> &str {
        self.definition.sent_property(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The name of the resource, within a page.
    fn resource(&self) -> Markup {
        html! { bdi { (PageText(&*self.instance.resource_name)) } }
    }

    /// Renders what is reviewed and until when, as rows of a list.
    fn facts(&self) -> Markup {
        let kind = match self.instance.resource {
            ReviewedResource::Group(_) => "Group",
            ReviewedResource::Role(_) => "Role",
        };
        html! {
            div { dt { (kind) } dd { (self.resource()) } }
            div { dt { @if self.is_running() { "Ends" } @else { "Ended" } } dd { (moment(self.instance.life.end)) } }
        }
    }

    /// Returns the recommendation about an item, in a word.
    fn recommended(&self, item: &Item) -> &'static str {
        match item.recommendation {
            Recommendation::Approve => "Yes",
            Recommendation::Deny => "No",
            Recommendation::NoInfoAvailable => "None",
        }
    }
}

/// Returns the word for a decision on these pages.
fn answer_word(decision: Decision) -> &'static str {
    match decision {
        Decision::NotReviewed => "No answer yet",
        Decision::Approve => "Yes",
        Decision::Deny => "No",
        Decision::DontKnow => "Don’t know",
    }
}

fn nothing_there() -> Refusal {
    not_found("page", "")
}
