//! Access reviews as an area of the emulator.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::areas::{Area, Plant, Start, State, States};
use crate::authority::{Need, Standing};
use crate::caller::CallerGrant;
use crate::census::Census;
use crate::http::{Refusal, Reply};
use crate::pages::Site;
use crate::routes::RoutedCall;
use crate::seed::{SeedDocument, SeedError};
use crate::tenant::Tenant;

use super::my_access::MyAccess;
use super::{ReviewDefinition, ReviewPerson, ReviewSurroundings, Reviews, SeriesRules, routes, seed};

/// Access reviews of groups.
#[derive(Debug)]
pub(crate) struct ReviewsArea;

impl Area for ReviewsArea {
    fn begin(&self, start: &Start<'_>) -> Box<dyn State> {
        Box::new(Reviews::new(SeriesRules { end_hour: start.settings.end_hour, next: start.settings.next_occurrence }))
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        super::sources::SOURCES
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        routes::answer(call, path)
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        states.get_mut::<Reviews>().next_due()
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        let (reviews, mut around) = split(tenant);
        reviews.advance(now, &mut around);
    }

    fn created(&self, states: &States, id: Uuid) -> Option<Timestamp> {
        states.get::<Reviews>().definitions().get(&id).map(|definition| definition.created)
    }

    fn sections(&self) -> &'static [&'static str] {
        seed::SECTIONS
    }

    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        seed::read_seed(document)
    }

    fn named(&self, states: &States, type_name: &str, name: &str) -> Option<String> {
        let mut definitions = states.get::<Reviews>().definitions().values();
        let is_so_called = |definition: &&ReviewDefinition| {
            definition
                .sent_property("displayName")
                .and_then(Value::as_str)
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        let found = || definitions.find(is_so_called).map(|definition| definition.id.to_string());
        (type_name == "accessReviewScheduleDefinition").then(found).flatten()
    }

    fn site(&self) -> Option<&'static dyn Site> {
        Some(&MyAccess)
    }

    fn count(&self, states: &States, census: &mut Census) {
        census.add("reviews", states.get::<Reviews>().definitions().len());
    }
}

/// The reviews of a tenant, and what else of it they change.
pub(super) fn split(tenant: &mut Tenant) -> (&mut Reviews, ReviewSurroundings<'_>) {
    let (reviews, directory) = tenant.states.pair_mut::<Reviews, Directory>();
    (reviews, ReviewSurroundings { directory, mail: &mut tenant.mail, ids: &mut tenant.ids })
}

impl RoutedCall<'_> {
    /// Checks that the caller may make this call, and that the tenant has the licence that
    /// access reviews need.
    ///
    /// # Errors
    ///
    /// 403.
    pub(crate) fn allow_review(&self, need: Need, standing: Standing) -> Result<(), Refusal> {
        if !self.is_allowed(need, standing) {
            return Err(denied());
        }
        if self.tenant.licensed { Ok(()) } else { Err(unlicensed()) }
    }

    /// The same where the permissions list has no line for the call, and another path is of the same kind.
    ///
    /// # Errors
    ///
    /// 403.
    pub(crate) fn allow_review_as(&self, path: &str, need: Need, standing: Standing) -> Result<(), Refusal> {
        self.allow_as(path, need, standing).map_err(|_| denied())?;
        if self.tenant.licensed { Ok(()) } else { Err(unlicensed()) }
    }

    /// The access reviews.
    pub(super) fn reviews(&self) -> &Reviews {
        self.tenant.states.get()
    }

    /// The access reviews, to be changed.
    pub(super) fn reviews_mut(&mut self) -> &mut Reviews {
        self.tenant.states.get_mut()
    }
}

impl ReviewPerson {
    /// The caller as reviews remember who did something.
    pub(crate) fn calling(call: &RoutedCall<'_>) -> Self {
        let user = call.directory().users().get(&call.caller.object);
        match (user, &call.caller.grant) {
            (Some(user), CallerGrant::Delegated { .. }) => Self::from_user(user),
            _ => Self { id: call.caller.object, name: "".into(), principal_name: "".into() },
        }
    }
}

/// The refusal of a tenant without Microsoft Entra ID P2 or Governance.
///
/// What access reviews answer then is not documented; this is the shape that the sister service, privileged identity
/// management, answers with.
pub(super) fn unlicensed() -> Refusal {
    let message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    Refusal::new(403, "AadPremiumLicenseRequired", message)
}

/// Returns the 403 in the words of the access reviews service.
pub(crate) fn denied() -> Refusal {
    Refusal::new(403, "", "Attempted to perform an unauthorized operation.")
}
