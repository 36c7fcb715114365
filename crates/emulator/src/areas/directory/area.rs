//! The directory as an area of the emulator.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::{Area, AreaObject, Plant, Start, State, States};
use crate::census::Census;
use crate::http::{Refusal, Reply};
use crate::routes::RoutedCall;
use crate::seed::{SeedDocument, SeedError};
use crate::tenant::Tenant;

use super::{Directory, ObjectRef, routes, seed};

/// Users, groups, what was deleted, and what Graph says about the tenant as a whole.
#[derive(Debug)]
pub(crate) struct DirectoryArea;

impl Area for DirectoryArea {
    fn begin(&self, start: &Start<'_>) -> Box<dyn State> {
        Box::new(Directory::of_administrator(start.identity, start.now))
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        super::sources::SOURCES
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        routes::answer(call, path)
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        states.get::<Directory>().next_expiry()
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        tenant.states.get_mut::<Directory>().expire(now);
    }

    fn settle(&self, tenant: &mut Tenant, now: Timestamp) {
        tenant.states.get_mut::<Directory>().follow_rules(now);
    }

    fn sections(&self) -> &'static [&'static str] {
        seed::SECTIONS
    }

    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        seed::read(document)
    }

    fn created(&self, states: &States, id: Uuid) -> Option<Timestamp> {
        let properties = match states.get::<Directory>().object(id)? {
            ObjectRef::User(user) => &user.properties,
            ObjectRef::Group(group) => &group.properties,
        };
        properties.get("createdDateTime")?.as_str()?.parse().ok()
    }

    fn named(&self, states: &States, type_name: &str, name: &str) -> Option<String> {
        const NAMES: [&str; 3] = ["displayName", "userPrincipalName", "mailNickname"];
        let directory = states.get::<Directory>();
        let goes_by = |properties: &Map<String, Value>| {
            NAMES.iter().any(|known| {
                properties.get(*known).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(name))
            })
        };
        let id = match type_name {
            "user" => directory.users().values().find(|user| goes_by(&user.properties)).map(|user| user.id),
            "group" => directory.groups().values().find(|group| goes_by(&group.properties)).map(|group| group.id),
            _ => None,
        };
        id.map(|id| id.to_string())
    }

    fn lag_behind(&self, states: &mut States, moment: Option<Timestamp>) {
        states.get_mut::<Directory>().lag_behind(moment);
    }

    fn object(&self, states: &States, key: &str) -> Option<AreaObject> {
        let directory = states.get::<Directory>();
        let user = || directory.user(key).ok().map(ObjectRef::User);
        let found = directory.group(key).ok().map(ObjectRef::Group).or_else(user)?;
        let id = found.id();
        let mut properties = found.to_json(false);
        properties.shift_remove("@odata.type");
        Some(AreaObject { id, type_name: found.kind(), properties })
    }

    fn count(&self, states: &States, census: &mut Census) {
        let directory = states.get::<Directory>();
        census.add("users", directory.users().len());
        census.add("groups", directory.groups().len());
        census.add("deleted", directory.deleted().len());
    }
}

impl RoutedCall<'_> {
    /// The directory.
    pub(crate) fn directory(&self) -> &Directory {
        self.tenant.states.get()
    }

    /// The directory, to be changed.
    pub(crate) fn directory_mut(&mut self) -> &mut Directory {
        self.tenant.states.get_mut()
    }
}
