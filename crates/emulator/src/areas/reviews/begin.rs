//! The beginning of an instance: who is in scope, who reviews, who is notified.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::areas::directory::user::User;
use crate::areas::directory::{Directory, ObjectRef};
use crate::mail::{Mail, Outbox};

use super::resource::ReviewedResource;
use super::scope::signed_in_within;
use super::settings::ReviewerScope;
use super::{Decision, Instance, Item, Recommendation, ReviewPerson, ReviewSurroundings, Reviewers};

impl ReviewPerson {
    /// A user as called now.
    pub fn from_user(user: &User) -> Self {
        Self { id: user.id, name: user.name().into(), principal_name: user.principal_name().into() }
    }
}

/// The reason for a mail to the reviewers.
#[derive(Clone, Copy)]
enum ReviewMail {
    /// A review has begun.
    Notification,
    /// A review is about to end, and decisions are open.
    Reminder,
}

/// The reviewers of an instance, found once for all principals; a manager is looked up for each.
struct FoundReviewers {
    shared: Arc<[Uuid]>,
    by_manager: bool,
    fallback: Arc<[Uuid]>,
}

impl Instance {
    /// Finds the principals in scope and makes an item for each.
    pub(super) fn discover(&mut self, now: Timestamp, around: &mut ReviewSurroundings<'_>) {
        let directory = &*around.directory;
        let Some(name) = self.resource.name(directory) else { return };
        self.resource_name = name;
        let principals = self.principals.of_resource(self.resource, directory, now);
        let (reviewers, fallback) = self.reviewer_scopes();
        let (found, oneself) =
            (FoundReviewers::search(directory, self.resource, reviewers, fallback), reviewers.is_empty());
        self.items = Vec::with_capacity(principals.len());
        self.places = HashMap::with_capacity(principals.len());
        for id in principals {
            let Some(object) = directory.object(id) else { continue };
            let (principal, is_group) = match object {
                ObjectRef::User(user) => (ReviewPerson::from_user(user), false),
                ObjectRef::Group(group) => {
                    (ReviewPerson { id, name: group.name().into(), principal_name: "".into() }, true)
                }
            };
            let item = Item {
                id: around.ids.fresh(),
                principal,
                is_group,
                decision: Decision::NotReviewed,
                justification: String::new(),
                reviewed: None,
                recommendation: self.recommendation(object, now),
                applied: None,
                reviewers: found.of_principal(directory, object, oneself),
                stage: 0,
            };
            self.places.insert(item.id, self.items.len());
            self.items.push(item);
        }
    }

    /// Tells the reviewers.
    pub(super) fn contact(&mut self, now: Timestamp, around: &mut ReviewSurroundings<'_>) {
        self.contact_anew(now, around);
        if self.settings.reminders && self.settings.mail && self.life.end > now {
            // Halfway through the period (Entra documentation, "Create an access review").
            let half = self.life.end.duration_since(now).as_secs() / 2;
            self.remind = now.checked_add(SignedDuration::from_secs(half)).ok();
        }
    }

    /// Adds to the contacted reviewers those who were not notified yet, and notifies them.
    pub(super) fn contact_anew(&mut self, now: Timestamp, around: &mut ReviewSurroundings<'_>) {
        let mut known = std::mem::take(&mut self.known_reviewers);
        let before = self.contacted.len();
        for item in &self.items {
            let one = [item.principal.id];
            let reviewers = match &item.reviewers {
                Reviewers::Oneself => &one[..],
                Reviewers::These(users) => users,
            };
            for id in reviewers.iter().filter(|id| !known.contains(id)) {
                if let Some(ObjectRef::User(user)) = around.directory.object(*id) {
                    self.contacted.push((ReviewPerson::from_user(user), now));
                }
            }
            known.extend(reviewers);
        }
        self.known_reviewers = known;
        if self.settings.mail {
            let told: Vec<Mail> = self.contacted[before..]
                .iter()
                .map(|(person, _)| self.mail(person, ReviewMail::Notification, now))
                .collect();
            around.mail.extend(told);
        }
    }

    /// Reminds the reviewers who have not decided yet.
    pub fn send_reminders(&self, now: Timestamp, outbox: &mut Outbox) {
        let mut waiting: HashSet<Uuid> = HashSet::new();
        let stage = self.current_stage();
        for item in self.items.iter().filter(|item| item.decision == Decision::NotReviewed && item.stage == stage) {
            match &item.reviewers {
                Reviewers::Oneself => drop(waiting.insert(item.principal.id)),
                Reviewers::These(users) => waiting.extend(users.iter()),
            }
        }
        let late = self.contacted.iter().filter(|(person, _)| waiting.contains(&person.id));
        outbox.extend(late.map(|(person, _)| self.mail(person, ReviewMail::Reminder, now)).collect::<Vec<_>>());
    }

    fn mail(&self, person: &ReviewPerson, message: ReviewMail, sent: Timestamp) -> Mail {
        let name = &self.resource_name;
        let (kind, subject) = match message {
            ReviewMail::Notification => ("notification", format!("Review access to {name}")),
            ReviewMail::Reminder => ("reminder", format!("Reminder: review access to {name}")),
        };
        Mail { to: person.principal_name.to_string(), kind, subject, about: self.id, sent }
    }

    /// Returns the recommendation about a principal: to approve who signed in within the look-back before the start, to
    /// deny whose last sign-in lies before it, and nothing about who never signed in.
    fn recommendation(&self, object: ObjectRef<'_>, now: Timestamp) -> Recommendation {
        match object {
            ObjectRef::User(user) if self.recommends() && user.last_sign_in.is_some() => {
                if signed_in_within(user, self.settings.look_back_days, now) {
                    Recommendation::Approve
                } else {
                    Recommendation::Deny
                }
            }
            ObjectRef::User(_) | ObjectRef::Group(_) => Recommendation::NoInfoAvailable,
        }
    }

    /// Gives the items of the current stage their reviewers, who may be others than in the stage before.
    pub(super) fn assign_reviewers(&mut self, directory: &Directory, stage: usize) {
        if self.resource.name(directory).is_none() {
            return;
        }
        let (reviewers, fallback) = self.reviewer_scopes();
        let (found, oneself) =
            (FoundReviewers::search(directory, self.resource, reviewers, fallback), reviewers.is_empty());
        for item in self.items.iter_mut().filter(|item| item.stage == stage) {
            if let Some(object) = directory.object(item.principal.id) {
                item.reviewers = found.of_principal(directory, object, oneself);
            }
        }
    }
}

impl FoundReviewers {
    fn search(
        directory: &Directory,
        resource: ReviewedResource,
        reviewers: &[ReviewerScope],
        fallback: &[ReviewerScope],
    ) -> Self {
        let by_manager = reviewers.contains(&ReviewerScope::Manager);
        Self {
            shared: users_of(directory, resource, reviewers),
            by_manager,
            fallback: users_of(directory, resource, fallback),
        }
    }

    /// The reviewers of one principal: itself if none are named, else those who are found, else the fallback.
    fn of_principal(&self, directory: &Directory, object: ObjectRef<'_>, oneself: bool) -> Reviewers {
        if oneself {
            return Reviewers::Oneself;
        }
        let manager = match object {
            ObjectRef::User(user) if self.by_manager => user.manager.filter(|id| directory.users().contains_key(id)),
            ObjectRef::User(_) | ObjectRef::Group(_) => None,
        };
        match manager {
            None if self.shared.is_empty() => Reviewers::These(Arc::clone(&self.fallback)),
            None => Reviewers::These(Arc::clone(&self.shared)),
            Some(manager) => Reviewers::These(self.shared.iter().copied().chain([manager]).collect()),
        }
    }
}

/// The users whom reviewer scopes name, apart from managers, each once.
fn users_of(directory: &Directory, resource: ReviewedResource, scopes: &[ReviewerScope]) -> Arc<[Uuid]> {
    let mut found = indexmap::IndexSet::new();
    for scope in scopes {
        match scope {
            ReviewerScope::User(id) => {
                found.insert(*id);
            }
            ReviewerScope::Members(id) => {
                if let Some(reviewers) = directory.groups().get(id) {
                    found.extend(directory.transitive_members(reviewers));
                }
            }
            ReviewerScope::Owners(id) => {
                found.extend(directory.groups().get(id).into_iter().flat_map(|owned| owned.owners.iter().copied()));
            }
            ReviewerScope::OwnersOfResource => found.extend(resource.owners(directory)),
            ReviewerScope::Manager => {}
        }
    }
    found.into_iter().filter(|id| directory.users().contains_key(id)).collect()
}
