//! What a seed says about the directory: the administrator, users, groups, and who is what to whom.

use std::sync::Arc;

use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::Plant;
use crate::authority::roles;
use crate::seed::{Seed, SeedDocument, SeedError, invalid};
use crate::tenant::Tenant;

use super::Directory;
use super::group::Group;
use super::user::{Password, User};

/// The sections of the directory.
pub(super) const SECTIONS: &[&str] = &["administrator", "users", "groups"];

/// Reads the sections.
pub(super) fn read(document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
    Ok(Some(Arc::new(document.read::<DirectorySeed>()?)))
}

#[derive(Clone, Deserialize)]
struct DirectorySeed {
    administrator: Option<SeedUser>,
    #[serde(default)]
    users: Vec<SeedUser>,
    #[serde(default)]
    groups: Vec<SeedGroup>,
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "a user, a map of properties", rename_all = "camelCase")]
struct SeedUser {
    id: Option<Uuid>,
    password: Option<String>,
    #[serde(default)]
    force_change_password_next_sign_in: bool,
    last_sign_in_date_time: Option<Timestamp>,
    manager: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "a group, a map of properties")]
struct SeedGroup {
    id: Option<Uuid>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    owners: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

impl Seed {
    /// A seed of these objects, as far as the emulator has their types: type, id and name of each. Users live on `domain`.
    pub fn of_objects<'a>(objects: impl Iterator<Item = (&'a str, &'a str, &'a str)>, domain: &str) -> Self {
        // Ids that contradict themselves leave the tenant empty.
        Self::parse(&Value::from(Self::sections_of_objects(objects, domain)).to_string()).unwrap_or_default()
    }

    /// The sections of a seed's document with these objects, for documents that have others too.
    pub fn sections_of_objects<'a>(
        objects: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
        domain: &str,
    ) -> Map<String, Value> {
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for (index, (type_name, id, name)) in objects.enumerate() {
            let principal_name = format!("may-change-{index}@{domain}");
            match type_name {
                "user" => users.push(json!({"id": id, "displayName": name, "userPrincipalName": principal_name})),
                "group" => groups.push(json!({"id": id, "displayName": name})),
                _ => {}
            }
        }
        let sections = [("users".to_owned(), users.into()), ("groups".to_owned(), groups.into())];
        sections.into_iter().collect()
    }
}

impl Plant for DirectorySeed {
    fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError> {
        self.plant_administrator(tenant, schemas)?;
        for (index, seed) in self.users.iter().enumerate() {
            let pointer = format!("/users/{index}");
            check_properties(&seed.properties, "user", schemas, &pointer)?;
            let user = seed.user(tenant, &pointer, now)?;
            let roles = roles_named(&seed.roles, &pointer)?;
            let id = user.id;
            directory_mut(tenant).add_user(user);
            directory_mut(tenant).replace_roles(id, roles);
        }
        let mut ids = Vec::with_capacity(self.groups.len());
        for (index, seed) in self.groups.iter().enumerate() {
            let pointer = format!("/groups/{index}");
            check_properties(&seed.properties, "group", schemas, &pointer)?;
            let group = seed.group(tenant, &pointer)?;
            let (id, roles) = (group.id, roles_named(&seed.roles, &pointer)?);
            if !roles.is_empty() && !group.is_assignable_to_role() {
                let what = "roles can only be assigned to a group with `isAssignableToRole: true`";
                return Err(invalid(format!("{pointer}/roles"), what));
            }
            ids.push(id);
            directory_mut(tenant).add_group(group);
            directory_mut(tenant).replace_roles(id, roles);
        }
        self.connect(tenant, &ids)
    }
}

impl DirectorySeed {
    fn plant_administrator(&self, tenant: &mut Tenant, schemas: &Schemas) -> Result<(), SeedError> {
        let Some(seed) = &self.administrator else { return Ok(()) };
        check_properties(&seed.properties, "user", schemas, "/administrator")?;
        if seed.id.is_some() {
            return Err(invalid("/administrator/id".to_owned(), "the administrator's id cannot be chosen"));
        }
        let administrator = tenant.identity.administrator;
        let key = administrator.to_string();
        if let Some(name) = seed.properties.get("userPrincipalName").and_then(Value::as_str) {
            directory_mut(tenant).rename(administrator, name);
        }
        let roles = roles_named(&seed.roles, "/administrator")?;
        if let Ok(user) = directory_mut(tenant).user_mut(&key) {
            user.properties.extend(seed.properties.clone());
            user.password = seed.password.as_deref().map(Password::new);
            user.must_change_password = seed.force_change_password_next_sign_in;
            user.last_sign_in = seed.last_sign_in_date_time.or(user.last_sign_in);
        }
        if !roles.is_empty() {
            directory_mut(tenant).replace_roles(administrator, roles);
        }
        Ok(())
    }

    /// Members, owners and managers, once everybody is there.
    fn connect(&self, tenant: &mut Tenant, groups: &[Uuid]) -> Result<(), SeedError> {
        if let Some(manager) = self.administrator.as_ref().and_then(|administrator| administrator.manager.as_ref()) {
            let manager = resolve_user(tenant, manager, "/administrator/manager")?;
            let key = tenant.identity.administrator.to_string();
            if let Ok(user) = directory_mut(tenant).user_mut(&key) {
                user.manager = Some(manager);
            }
        }
        for (index, seed) in self.users.iter().enumerate() {
            let Some(manager) = &seed.manager else { continue };
            let manager = resolve_user(tenant, manager, &format!("/users/{index}/manager"))?;
            let name = seed.properties.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Ok(user) = directory_mut(tenant).user_mut(&name) {
                user.manager = Some(manager);
            }
        }
        for (index, (seed, id)) in self.groups.iter().zip(groups).enumerate() {
            let all = |names: &[String], relation: &str| {
                let one = |(place, name): (usize, &String)| {
                    let pointer = format!("/groups/{index}/{relation}/{place}");
                    if relation == "owners" {
                        resolve_user(tenant, name, &pointer)
                    } else {
                        resolve(tenant, name, &pointer)
                    }
                };
                names.iter().enumerate().map(one).collect::<Result<Vec<Uuid>, SeedError>>()
            };
            let (members, owners) = (all(&seed.members, "members")?, all(&seed.owners, "owners")?);
            if let Ok(group) = directory_mut(tenant).group_mut(&id.to_string()) {
                group.members.extend(members);
                group.owners.extend(owners);
            }
        }
        Ok(())
    }
}

impl SeedUser {
    fn user(&self, tenant: &mut Tenant, pointer: &str, now: Timestamp) -> Result<User, SeedError> {
        let name = self.properties.get("userPrincipalName").and_then(Value::as_str).filter(|name| name.contains('@'));
        let Some(name) = name else {
            return Err(invalid(
                format!("{pointer}/userPrincipalName"),
                "a principal name such as adele@contoso.com is required",
            ));
        };
        if directory(tenant).has_principal_name(name) {
            return Err(invalid(format!("{pointer}/userPrincipalName"), format!("'{name}' is taken")));
        }
        let id = fresh(tenant, self.id, pointer)?;
        let mut properties = self.properties.clone();
        let local = name.split('@').next().unwrap_or(name);
        properties.entry("displayName").or_insert_with(|| json!(local));
        properties.entry("mailNickname").or_insert_with(|| json!(local));
        properties.entry("accountEnabled").or_insert_with(|| json!(true));
        properties.entry("userType").or_insert_with(|| json!("Member"));
        properties.entry("createdDateTime").or_insert_with(|| json!(now.to_string()));
        let mut user = User::new(id, properties);
        user.password = self.password.as_deref().map(Password::new);
        user.must_change_password = self.force_change_password_next_sign_in;
        user.last_sign_in = self.last_sign_in_date_time;
        Ok(user)
    }
}

impl SeedGroup {
    fn group(&self, tenant: &mut Tenant, pointer: &str) -> Result<Group, SeedError> {
        if self.properties.get("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid(format!("{pointer}/displayName"), "a display name is required"));
        }
        let id = fresh(tenant, self.id, pointer)?;
        let mut properties = self.properties.clone();
        properties.entry("mailEnabled").or_insert_with(|| json!(false));
        properties.entry("securityEnabled").or_insert_with(|| json!(true));
        properties.entry("groupTypes").or_insert_with(|| json!([]));
        properties.entry("mailNickname").or_insert_with(|| json!(id.simple().to_string()));
        Ok(Group::new(id, properties))
    }
}

/// Directory roles by name or template id.
fn roles_named(roles: &[String], pointer: &str) -> Result<Vec<Uuid>, SeedError> {
    let one = |(place, role): (usize, &String)| {
        let known: Vec<&str> = roles::NAMED.iter().map(|(name, _)| *name).collect();
        roles::id_of(role).or_else(|| role.parse().ok()).ok_or_else(|| {
            invalid(
                format!("{pointer}/roles/{place}"),
                format!("'{role}' is not a role: use a template id or one of {}", known.join(", ")),
            )
        })
    };
    roles.iter().enumerate().map(one).collect()
}

fn check_properties(
    properties: &Map<String, Value>,
    type_name: &str,
    schemas: &Schemas,
    pointer: &str,
) -> Result<(), SeedError> {
    if let Some(name) = properties.keys().find(|name| !schemas.has_property(type_name, name)) {
        return Err(invalid(format!("{pointer}/{name}"), format!("a {type_name} has no such property")));
    }
    if properties.contains_key("passwordProfile") {
        let what = "write `password` and `forceChangePasswordNextSignIn` without it";
        return Err(invalid(format!("{pointer}/passwordProfile"), what));
    }
    let checked = schemas.check_type(type_name, false, &Value::Object(properties.clone()));
    let findings = checked.map_err(|error| invalid(pointer.to_owned(), error.to_string()))?;
    // The id stands beside the properties.
    match findings.violations.iter().find(|finding| finding.pointer != "/id") {
        None => Ok(()),
        Some(wrong) => Err(invalid(
            format!("{pointer}{}", wrong.pointer),
            format!("expected {}, got {}", wrong.expected, wrong.found),
        )),
    }
}

fn fresh(tenant: &mut Tenant, id: Option<Uuid>, pointer: &str) -> Result<Uuid, SeedError> {
    let id = id.unwrap_or_else(|| tenant.ids.fresh());
    match directory(tenant).object(id) {
        None => Ok(id),
        Some(_) => Err(invalid(format!("{pointer}/id"), format!("'{id}' is taken"))),
    }
}

fn resolve(tenant: &Tenant, name: &str, pointer: &str) -> Result<Uuid, SeedError> {
    let directory: &Directory = tenant.states.get();
    let by_key = directory.user(name).map(|user| user.id).or_else(|_| directory.group(name).map(|group| group.id)).ok();
    let by_name = || directory.groups().values().find(|group| group.name() == name).map(|group| group.id);
    by_key.or_else(by_name).ok_or_else(|| invalid(pointer.to_owned(), format!("there is no user or group '{name}'")))
}

/// A user: groups neither own nor manage.
fn resolve_user(tenant: &Tenant, name: &str, pointer: &str) -> Result<Uuid, SeedError> {
    let id = resolve(tenant, name, pointer)?;
    if directory(tenant).users().contains_key(&id) {
        return Ok(id);
    }
    Err(invalid(pointer.to_owned(), format!("'{name}' is a group, and a user is expected")))
}

fn directory(tenant: &Tenant) -> &Directory {
    tenant.states.get()
}

fn directory_mut(tenant: &mut Tenant) -> &mut Directory {
    tenant.states.get_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn planted(text: &str) -> Result<Tenant, SeedError> {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let settings = Settings { ids: Some(1), seed: Seed::parse(text)?, ..Settings::default() };
        Tenant::new(&settings, &Schemas::embedded(), now)
    }

    const YAML: &str = "
tenant: {name: Fabrikam, domains: [fabrikam.com]}
administrator: {displayName: Root, password: canary-1}
users:
  - {userPrincipalName: adele@fabrikam.com, displayName: Adele, password: canary-2, manager: megan@fabrikam.com, lastSignInDateTime: 2025-12-31T00:00:00Z}
  - {userPrincipalName: megan@fabrikam.com, roles: [User Administrator], userType: Guest}
groups:
  - {displayName: Inner, members: [adele@fabrikam.com]}
  - {displayName: Outer, members: [Inner], owners: [megan@fabrikam.com], onPremisesSyncEnabled: true}
";

    #[test]
    fn a_seed_in_yaml_or_json_fills_the_tenant() {
        for text in [YAML.to_owned(), serde_json::to_string(&yaml_serde::from_str::<Value>(YAML).unwrap()).unwrap()] {
            let tenant = planted(&text).unwrap();
            let (adele, megan) = (
                directory(&tenant).user("adele@fabrikam.com").unwrap(),
                directory(&tenant).user("MEGAN@fabrikam.com").unwrap(),
            );
            assert_eq!(adele.manager, Some(megan.id));
            assert_eq!(directory(&tenant).roles_of(megan.id).len(), 1);
            let outer = directory(&tenant).groups().values().find(|group| group.name() == "Outer").unwrap();
            assert!(outer.is_synced() && outer.owners.contains(&megan.id));
            assert_eq!(directory(&tenant).transitive_members(outer).len(), 2);
            assert_eq!(directory(&tenant).user("admin@fabrikam.com").unwrap().name(), "Root");
        }
    }

    #[test]
    fn a_faulty_seed_is_reported_with_its_place() {
        for (text, pointer) in [
            ("groups: [{displayName: G, members: [nobody]}]", "/groups/0/members/0"),
            ("users: [{userPrincipalName: a@contoso.com, manager: b@contoso.com}]", "/users/0/manager"),
            ("users: [{displayName: a}]", "/users/0/userPrincipalName"),
            ("users: [{userPrincipalName: a@x.com}, {userPrincipalName: A@x.com}]", "/users/1/userPrincipalName"),
            ("users: [{userPrincipalName: a@x.com, shoeSize: 3}]", "/users/0/shoeSize"),
            ("users: [{userPrincipalName: a@x.com, roles: [King]}]", "/users/0/roles/0"),
            ("groups: [{displayName: G, roles: [User Administrator]}]", "/groups/0/roles"),
            ("groups: [{members: []}]", "/groups/0/displayName"),
        ] {
            match planted(text).unwrap_err() {
                SeedError::Invalid { pointer: found, .. } => assert_eq!(found, pointer, "{text}"),
                other => panic!("{text}: {other}"),
            }
        }
        for text in ["", "{", "users: 5", "shoes: []", "[1, 2", "users: [{id: no}]"] {
            assert!(matches!(Seed::parse(text), Err(SeedError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        assert!(!format!("{:?}", Seed::parse(YAML).unwrap()).contains("canary"));
        assert!(!format!("{:?}", planted(YAML).unwrap()).contains("canary"));
    }
}
