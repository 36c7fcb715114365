//! A tenant to begin with: users, groups and apps from a JSON or YAML document.
//!
//! ```yaml
//! tenant: {name: Contoso, domains: [contoso.com]}   # id: a GUID, random if it is left out
//! licensed: true                                    # Microsoft Entra ID P2
//! administrator: {userPrincipalName: admin@contoso.com, displayName: MOD Administrator, password: …}
//! users:
//!   - {userPrincipalName: adele@contoso.com, displayName: Adele Vance, manager: megan@contoso.com,
//!      lastSignInDateTime: 2026-01-01T08:00:00Z, roles: [User Administrator], password: …}
//! groups:
//!   - {displayName: Building security, members: [adele@contoso.com], owners: [megan@contoso.com]}
//! apps:
//!   - {clientId: 11111111-…, name: CI, secret: …, permissions: [AccessReview.ReadWrite.All],
//!      certificate: "-----BEGIN CERTIFICATE-----…",
//!      federated: [{issuer: https://token.actions.githubusercontent.com, subject: "repo:…", key: {n: …, e: AQAB}}]}
//! ```
//!
//! Users and groups take every property of their CSDL types besides. Members, owners and managers are named by id, by
//! principal name, or, groups, by display name.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use graphwalk_schema::Schemas;

use super::authority::roles::NAMED;
use super::directory::group::Group;
use super::directory::user::{Password, User};
use super::sign_in::{App, Trust, VerifyingKey};
use super::tenant::Tenant;

/// What a seed document says. It can hold passwords and secrets, so nothing shows it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Seed {
    #[serde(default)]
    tenant: SeedTenant,
    licensed: Option<bool>,
    administrator: Option<SeedUser>,
    #[serde(default)]
    users: Vec<SeedUser>,
    #[serde(default)]
    groups: Vec<SeedGroup>,
    #[serde(default)]
    apps: Vec<SeedApp>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedTenant {
    id: Option<Uuid>,
    name: Option<String>,
    domains: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
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
struct SeedGroup {
    id: Option<Uuid>,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    owners: Vec<String>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SeedApp {
    client_id: Uuid,
    name: Option<String>,
    secret: Option<String>,
    /// In PEM.
    certificate: Option<String>,
    #[serde(default)]
    federated: Vec<SeedFederation>,
    scopes: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
}

/// A federated identity credential. The emulator asks no issuer for its keys, so that the key stands here.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFederation {
    issuer: String,
    subject: String,
    key: SeedKey,
}

/// The members of an RSA key that a JSON Web Key has (RFC 7518, section 6.3.1).
#[derive(Clone, Deserialize)]
struct SeedKey {
    n: String,
    e: String,
}

/// Why a document is no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// It is neither JSON nor YAML of this form.
    #[error("not a seed: {0}")]
    Malformed(String),
    /// Something in it cannot stand.
    #[error("{pointer}: {what}")]
    Invalid {
        /// The JSON pointer of it.
        pointer: String,
        /// What is wrong with it.
        what: String,
    },
}

impl Seed {
    /// A seed of these objects, as far as the emulator has their types: type, id and name of each. Users live on `domain`.
    pub fn of_objects<'a>(objects: impl Iterator<Item = (&'a str, &'a str, &'a str)>, domain: &str) -> Self {
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for (index, (type_name, id, name)) in objects.enumerate() {
            let principal_name = format!("may-change-{index}@{domain}");
            match type_name {
                "user" => users.push(json!({"id": id, "displayName": name, "userPrincipalName": principal_name})),
                "group" => groups.push(json!({"id": id, "displayName": name})),
                _ => {}
            }
        }
        // Ids that contradict themselves leave the tenant empty.
        Self::parse(&json!({"users": users, "groups": groups}).to_string()).unwrap_or_default()
    }

    /// Reads a document: JSON if it begins with a brace, else YAML.
    ///
    /// # Errors
    ///
    /// [`SeedError::Malformed`] with the place.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(SeedError::Malformed("the document is empty".to_owned()));
        }
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).map_err(|error| SeedError::Malformed(error.to_string()));
        }
        yaml_serde::from_str(text).map_err(|error| SeedError::Malformed(error.to_string()))
    }

    /// The apps that the seed registers.
    ///
    /// # Errors
    ///
    /// [`SeedError::Invalid`] for a certificate or a key that cannot be read.
    pub fn apps(&self) -> Result<Vec<App>, SeedError> {
        self.apps.iter().enumerate().map(|(index, app)| app.app(&format!("/apps/{index}"))).collect()
    }

    /// Fills a tenant that has nobody but its administrator.
    ///
    /// # Errors
    ///
    /// [`SeedError::Invalid`] for a name that is taken, a property that does not exist, a reference to nothing.
    pub fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError> {
        let identity = &mut tenant.identity;
        identity.id = self.tenant.id.unwrap_or(identity.id);
        identity.name = self.tenant.name.clone().unwrap_or_else(|| identity.name.clone());
        if let Some(domains) = self.tenant.domains.clone().filter(|domains| !domains.is_empty()) {
            tenant.identity.domains = domains;
            let name = format!("admin@{}", tenant.identity.domains[0]);
            tenant.directory.rename(tenant.identity.administrator, &name);
        }
        tenant.licensed = self.licensed.unwrap_or(tenant.licensed);
        self.plant_administrator(tenant, schemas)?;
        for (index, seed) in self.users.iter().enumerate() {
            let pointer = format!("/users/{index}");
            known(&seed.properties, "user", schemas, &pointer)?;
            let user = seed.user(tenant, &pointer, now)?;
            tenant.directory.add_user(user);
        }
        let mut ids = Vec::with_capacity(self.groups.len());
        for (index, seed) in self.groups.iter().enumerate() {
            let pointer = format!("/groups/{index}");
            known(&seed.properties, "group", schemas, &pointer)?;
            let group = seed.group(tenant, &pointer)?;
            ids.push(group.id);
            tenant.directory.add_group(group);
        }
        self.connect(tenant, &ids)
    }

    fn plant_administrator(&self, tenant: &mut Tenant, schemas: &Schemas) -> Result<(), SeedError> {
        let Some(seed) = &self.administrator else { return Ok(()) };
        known(&seed.properties, "user", schemas, "/administrator")?;
        if seed.id.is_some() {
            return Err(invalid("/administrator/id".to_owned(), "the administrator's id cannot be chosen"));
        }
        let key = tenant.identity.administrator.to_string();
        if let Some(name) = seed.properties.get("userPrincipalName").and_then(Value::as_str) {
            tenant.directory.rename(tenant.identity.administrator, name);
        }
        let roles = seed.roles("/administrator")?;
        if let Ok(user) = tenant.directory.user_mut(&key) {
            user.properties.extend(seed.properties.clone());
            user.password = seed.password.as_deref().map(Password::new);
            user.must_change_password = seed.force_change_password_next_sign_in;
            user.last_sign_in = seed.last_sign_in_date_time.or(user.last_sign_in);
            if !roles.is_empty() {
                user.roles = roles;
            }
        }
        Ok(())
    }

    /// Members, owners and managers, once everybody is there.
    fn connect(&self, tenant: &mut Tenant, groups: &[Uuid]) -> Result<(), SeedError> {
        if let Some(manager) = self.administrator.as_ref().and_then(|administrator| administrator.manager.as_ref()) {
            let manager = resolve_user(tenant, manager, "/administrator/manager")?;
            let key = tenant.identity.administrator.to_string();
            if let Ok(user) = tenant.directory.user_mut(&key) {
                user.manager = Some(manager);
            }
        }
        for (index, seed) in self.users.iter().enumerate() {
            let Some(manager) = &seed.manager else { continue };
            let manager = resolve_user(tenant, manager, &format!("/users/{index}/manager"))?;
            let name = seed.properties.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Ok(user) = tenant.directory.user_mut(&name) {
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
            if let Ok(group) = tenant.directory.group_mut(&id.to_string()) {
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
        if tenant.directory.has_principal_name(name) {
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
        user.roles = self.roles(pointer)?;
        Ok(user)
    }

    /// Directory roles by name or template id.
    fn roles(&self, pointer: &str) -> Result<Vec<Uuid>, SeedError> {
        let one = |(place, role): (usize, &String)| {
            let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(role)).map(|(_, id)| *id);
            let known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
            named.or_else(|| role.parse().ok()).ok_or_else(|| {
                invalid(
                    format!("{pointer}/roles/{place}"),
                    format!("'{role}' is no role: use a template id or one of {}", known.join(", ")),
                )
            })
        };
        self.roles.iter().enumerate().map(one).collect()
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

impl SeedApp {
    fn app(&self, pointer: &str) -> Result<App, SeedError> {
        let name = self.name.as_deref().unwrap_or("app");
        let secrets: Vec<&str> = self.secret.iter().map(String::as_str).collect();
        let trusted = self.trusted(pointer)?;
        let mut app = if secrets.is_empty() && trusted.is_empty() {
            App::public(self.client_id, name)
        } else {
            App::confidential(self.client_id, name, &secrets, trusted)
        };
        app.scopes = self.scopes.clone().unwrap_or(app.scopes);
        app.permissions = self.permissions.clone().unwrap_or(app.permissions);
        app.redirect_uris = self.redirect_uris.clone().unwrap_or(app.redirect_uris);
        Ok(app)
    }

    /// Whose assertions it accepts.
    fn trusted(&self, pointer: &str) -> Result<Vec<Trust>, SeedError> {
        let own = self.certificate.iter().map(|pem| {
            let key = VerifyingKey::from_pem(pem);
            let key = key.map_err(|error| invalid(format!("{pointer}/certificate"), error.to_string()))?;
            Ok(Trust::own_key(self.client_id, key))
        });
        let federated = self.federated.iter().enumerate().map(|(index, federated)| {
            let key = VerifyingKey::from_jwk(&federated.key.n, &federated.key.e);
            let key = key.map_err(|error| invalid(format!("{pointer}/federated/{index}/key"), error.to_string()))?;
            Ok(Trust { issuer: federated.issuer.clone(), subject: federated.subject.clone(), key })
        });
        own.chain(federated).collect()
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seed with {} users, {} groups, {} apps", self.users.len(), self.groups.len(), self.apps.len())
    }
}

fn known(properties: &Map<String, Value>, type_name: &str, schemas: &Schemas, pointer: &str) -> Result<(), SeedError> {
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
            format!("expected {}, found {}", wrong.expected, wrong.found),
        )),
    }
}

fn fresh(tenant: &mut Tenant, id: Option<Uuid>, pointer: &str) -> Result<Uuid, SeedError> {
    let id = id.unwrap_or_else(|| tenant.ids.fresh());
    match tenant.directory.object(id) {
        None => Ok(id),
        Some(_) => Err(invalid(format!("{pointer}/id"), format!("'{id}' is taken"))),
    }
}

fn resolve(tenant: &Tenant, name: &str, pointer: &str) -> Result<Uuid, SeedError> {
    let directory = &tenant.directory;
    let by_key = directory.user(name).map(|user| user.id).or_else(|_| directory.group(name).map(|group| group.id)).ok();
    let by_name = || directory.groups().values().find(|group| group.name() == name).map(|group| group.id);
    by_key.or_else(by_name).ok_or_else(|| invalid(pointer.to_owned(), format!("there is no user or group '{name}'")))
}

/// A user: groups neither own nor manage.
fn resolve_user(tenant: &Tenant, name: &str, pointer: &str) -> Result<Uuid, SeedError> {
    let id = resolve(tenant, name, pointer)?;
    if tenant.directory.users().contains_key(&id) {
        return Ok(id);
    }
    Err(invalid(pointer.to_owned(), format!("'{name}' is a group, and a user is expected")))
}

fn invalid(pointer: String, what: impl Into<String>) -> SeedError {
    SeedError::Invalid { pointer, what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    fn planted(text: &str) -> Result<Tenant, SeedError> {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut tenant = Tenant::new(Ids::seeded(1), true, now);
        Seed::parse(text)?.plant(&mut tenant, &Schemas::embedded(), now)?;
        Ok(tenant)
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
                tenant.directory.user("adele@fabrikam.com").unwrap(),
                tenant.directory.user("MEGAN@fabrikam.com").unwrap(),
            );
            assert_eq!(adele.manager, Some(megan.id));
            assert_eq!(megan.roles.len(), 1);
            let outer = tenant.directory.groups().values().find(|group| group.name() == "Outer").unwrap();
            assert!(outer.is_synced() && outer.owners.contains(&megan.id));
            assert_eq!(tenant.directory.transitive_members(outer).len(), 2);
            assert_eq!(tenant.directory.user("admin@fabrikam.com").unwrap().name(), "Root");
        }
    }

    #[test]
    fn what_cannot_stand_is_named_with_its_place() {
        for (text, pointer) in [
            ("groups: [{displayName: G, members: [nobody]}]", "/groups/0/members/0"),
            ("users: [{userPrincipalName: a@contoso.com, manager: b@contoso.com}]", "/users/0/manager"),
            ("users: [{displayName: a}]", "/users/0/userPrincipalName"),
            ("users: [{userPrincipalName: a@x.com}, {userPrincipalName: A@x.com}]", "/users/1/userPrincipalName"),
            ("users: [{userPrincipalName: a@x.com, shoeSize: 3}]", "/users/0/shoeSize"),
            ("users: [{userPrincipalName: a@x.com, roles: [King]}]", "/users/0/roles/0"),
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
