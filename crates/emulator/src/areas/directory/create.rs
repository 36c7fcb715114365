//! Creating and changing users and groups, with the refusals that Graph makes.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::http::{Refusal, already_referenced, invalid_id, not_found};
use crate::odata::moment;
use crate::routes::body::{bad, check_texts, invalid_value, missing_value};
use crate::tenant::Identity;

use super::Directory;
use super::group::Group;
use super::kinds::{self, GroupChange};
use super::reference::bound_id;
use super::user::{Password, User};

/// The most owners and members together that one request may bind (Graph reference, "Create group").
const MOST_BOUND: usize = 20;

/// The values of a new object that do not come from its request.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryCreation<'a> {
    /// The id of what is created.
    pub id: Uuid,
    /// The time of creation.
    pub now: Timestamp,
    /// The tenant's.
    pub identity: &'a Identity,
    /// The user who creates it; nothing if an app does.
    pub creator: Option<Uuid>,
}

/// Gives a new Microsoft 365 group an address at the default domain, and the visibility that it has if none is sent (Graph
/// reference of group: mail, proxyAddresses, visibility).
fn add_mail(properties: &mut Map<String, Value>, identity: &Identity) {
    let nickname = properties.get("mailNickname").and_then(Value::as_str).unwrap_or_default();
    let mail = format!("{nickname}@{}", identity.default_domain());
    properties.insert("proxyAddresses".to_owned(), json!([format!("SMTP:{mail}")]));
    properties.insert("mail".to_owned(), Value::from(mail));
    properties.entry("visibility").or_insert_with(|| json!("Public"));
}

/// Gives a user who signs in by identities the names that nobody sent (Graph reference, "Create user": with identities, not all
/// properties are required).
fn fill_names(body: &mut Map<String, Value>, creation: &DirectoryCreation<'_>) {
    let domain = creation.identity.default_domain();
    body.entry("userPrincipalName").or_insert_with(|| Value::from(format!("{}@{domain}", creation.id)));
    body.entry("mailNickname").or_insert_with(|| Value::from(creation.id.to_string()));
    body.entry("accountEnabled").or_insert(Value::Bool(true));
}

/// Returns whether somebody signs in with accounts of others alone, and so without a password (the same page: "social
/// identity").
fn is_federated(body: &Map<String, Value>) -> bool {
    let identities = body.get("identities").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    !identities.is_empty() && identities.iter().all(|identity| identity["signInType"] == "federated")
}

impl Directory {
    /// Creates a user from a body whose properties and types were checked.
    ///
    /// # Errors
    ///
    /// 400 `Request_BadRequest`: the domain is not verified, the name is taken, the password is missing or weak.
    pub fn create_user(
        &mut self,
        mut body: Map<String, Value>,
        creation: DirectoryCreation<'_>,
    ) -> Result<&User, Refusal> {
        check_texts("user", &body)?;
        let has_identities = body.get("identities").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        if has_identities {
            fill_names(&mut body, &creation);
        }
        let principal_name = required_text("user", &body, "userPrincipalName")?.to_owned();
        check_principal_name(&principal_name, creation.identity)?;
        if required_text("user", &body, "mailNickname")?.contains(|c: char| c.is_whitespace() || c == '@') {
            return Err(invalid_value("user", "mailNickname"));
        }
        if !has_identities {
            required_text("user", &body, "displayName")?;
        }
        if self.has_principal_name(&principal_name) {
            return Err(conflict("userPrincipalName"));
        }
        let manager = match body.shift_remove("manager@odata.bind") {
            None => None,
            Some(url) => {
                let url = url.as_str().ok_or_else(|| invalid_value("user", "manager@odata.bind"))?;
                Some(self.resolved_user(url)?)
            }
        };
        let profile = body.shift_remove("passwordProfile").unwrap_or_default();
        let password = profile.get("password").and_then(Value::as_str).map(Password::new);
        if password.is_none() && !is_federated(&body) {
            return Err(missing_value("user", "passwordProfile"));
        }
        if password.as_ref().is_some_and(|password| !password.is_strong()) {
            return Err(weak_password());
        }
        body.entry("userType").or_insert_with(|| json!("Member"));
        body.insert("createdDateTime".to_owned(), moment(creation.now));
        let mut user = User::new(creation.id, body);
        user.password = password;
        user.manager = manager;
        user.must_change_password =
            profile.get("forceChangePasswordNextSignIn").and_then(Value::as_bool).unwrap_or(false);
        self.add_user(user);
        Ok(&self.users()[&creation.id])
    }

    /// Changes a user.
    ///
    /// # Errors
    ///
    /// 404 if there is no such user, 400 as for creating.
    pub fn change_user(&mut self, key: &str, mut body: Map<String, Value>, identity: &Identity) -> Result<(), Refusal> {
        let id = self.user(key)?.id;
        check_texts("user", &body)?;
        if body.contains_key("manager@odata.bind") {
            return Err(not_bound_by_patch("manager"));
        }
        if let Some(name) = body.shift_remove("userPrincipalName") {
            let name = name.as_str().ok_or_else(|| invalid_value("user", "userPrincipalName"))?;
            check_principal_name(name, identity)?;
            let taken = self.has_principal_name(name) && self.user(name)?.id != id;
            if taken {
                return Err(conflict("userPrincipalName"));
            }
            self.rename(id, name);
        }
        let profile = body.shift_remove("passwordProfile");
        let password = profile.as_ref().and_then(|profile| profile.get("password")).and_then(Value::as_str);
        let password = password.map(Password::new);
        if password.as_ref().is_some_and(|password| !password.is_strong()) {
            return Err(weak_password());
        }
        let user = self.user_mut(key)?;
        if let Some(profile) = profile {
            if let Some(password) = password {
                user.password = Some(password);
            }
            if let Some(must) = profile.get("forceChangePasswordNextSignIn").and_then(Value::as_bool) {
                user.must_change_password = must;
            }
        }
        user.properties.extend(body);
        Ok(())
    }

    /// Creates a group from a body whose properties and types were checked.
    ///
    /// # Errors
    ///
    /// 400 `Request_BadRequest`: a kind of group that Graph does not create, too many references, a bad reference.
    pub fn create_group(
        &mut self,
        mut body: Map<String, Value>,
        creation: DirectoryCreation<'_>,
    ) -> Result<&Group, Refusal> {
        check_texts("group", &body)?;
        required_text("group", &body, "displayName")?;
        required_text("group", &body, "mailNickname")?;
        let owners = references(&mut body, "owners@odata.bind")?;
        let members = references(&mut body, "members@odata.bind")?;
        if owners.len() + members.len() > MOST_BOUND {
            return Err(too_many_bound());
        }
        let owners = owners.iter().map(|url| self.resolved_user(url)).collect::<Result<Vec<Uuid>, _>>()?;
        let members = self.resolved(&members)?;
        check_distinct(&owners)?;
        check_distinct(&members)?;
        body.entry("groupTypes").or_insert_with(|| json!([]));
        body.insert("createdDateTime".to_owned(), moment(creation.now));
        body.insert("renewedDateTime".to_owned(), moment(creation.now));
        kinds::close_role_assignable(&mut body);
        let mut group = Group::new(creation.id, body);
        kinds::check(&group, &group.properties, GroupChange::New)?;
        if group.is_dynamic() && !members.is_empty() {
            return Err(dynamic());
        }
        for member in members.iter().filter_map(|member| self.groups().get(member)) {
            kinds::check_nested(&group, member)?;
        }
        if group.is_unified() && self.has_unified_nickname(group.properties.get("mailNickname")) {
            return Err(conflict("mailNickname"));
        }
        if group.is_unified() {
            add_mail(&mut group.properties, creation.identity);
        }
        group.owners.extend(owners);
        // The reference of group, owners: who creates a Microsoft 365 group and names no owner owns it.
        group.owners.extend(creation.creator.filter(|_| group.is_unified() && group.owners.is_empty()));
        group.members.extend(members);
        self.add_group(group);
        Ok(&self.groups()[&creation.id])
    }

    /// Changes a group; `members@odata.bind` adds members, all or none.
    ///
    /// # Errors
    ///
    /// 404 if there is no such group, 400 for a bad reference.
    pub fn change_group(&mut self, key: &str, mut body: Map<String, Value>) -> Result<(), Refusal> {
        let id = self.group(key)?.id;
        check_texts("group", &body)?;
        if body.contains_key("owners@odata.bind") {
            return Err(not_bound_by_patch("owners"));
        }
        let added = references(&mut body, "members@odata.bind")?;
        if added.len() > MOST_BOUND {
            return Err(too_many_bound());
        }
        let members = self.resolved(&added)?;
        check_distinct(&members)?;
        let mut changed = self.groups()[&id].clone();
        changed.properties.extend(body.clone());
        let before = &self.groups()[&id];
        kinds::check(&changed, &body, GroupChange::Changed(before))?;
        let nickname = changed.properties.get("mailNickname");
        if changed.is_unified()
            && nickname != before.properties.get("mailNickname")
            && self.has_unified_nickname(nickname)
        {
            return Err(conflict("mailNickname"));
        }
        for member in &members {
            self.may_join(id, *member)?;
        }
        changed.members.extend(members);
        *self.group_mut(key)? = changed;
        Ok(())
    }

    /// Adds a member or an owner.
    ///
    /// # Errors
    ///
    /// 404 if the group or the object does not exist, 400 if it already is one, or the group does not take it.
    pub fn add_reference(&mut self, group: &str, role: Role, url: &str) -> Result<(), Refusal> {
        let id = self.group(group)?.id;
        let object = match role {
            Role::Member => self.resolved(&[url.to_owned()])?[0],
            Role::Owner => self.resolved_user(url)?,
        };
        match role {
            Role::Member => self.may_join(id, object)?,
            Role::Owner if self.groups()[&id].owners.contains(&object) => return Err(already_referenced("owners")),
            Role::Owner => {}
        }
        let group = self.group_mut(group)?;
        match role {
            Role::Member => group.members.insert(object),
            Role::Owner => group.owners.insert(object),
        };
        Ok(())
    }

    /// Removes a member or an owner from a group, and leaves the object as it is.
    ///
    /// # Errors
    ///
    /// 404 if there is no such group or it is not one of it, 400 if the group decides itself who its members are.
    pub fn remove_reference(&mut self, group: &str, role: Role, key: &str) -> Result<(), Refusal> {
        let object: Uuid = key.parse().map_err(|_| invalid_id(key))?;
        let group = self.group_mut(group)?;
        let found = match role {
            Role::Member if group.is_dynamic() => return Err(dynamic()),
            Role::Member => group.members.shift_remove(&object),
            Role::Owner if group.owners.len() == 1 && group.owners.contains(&object) => {
                let message = "The group must have at least one owner, hence this owner cannot be removed.";
                return Err(bad(message));
            }
            Role::Owner => group.owners.shift_remove(&object),
        };
        if found { Ok(()) } else { Err(not_found(key)) }
    }

    fn may_join(&self, group: Uuid, object: Uuid) -> Result<(), Refusal> {
        let group = &self.groups()[&group];
        if group.is_dynamic() {
            return Err(dynamic());
        }
        if group.id == object {
            return Err(bad("A group cannot be a member of itself."));
        }
        if group.members.contains(&object) {
            return Err(already_referenced("members"));
        }
        self.groups().get(&object).map_or(Ok(()), |member| kinds::check_nested(group, member))
    }

    fn has_unified_nickname(&self, nickname: Option<&Value>) -> bool {
        self.groups().values().any(|group| group.is_unified() && group.properties.get("mailNickname") == nickname)
    }

    /// The user of a reference: groups neither own nor manage.
    pub(super) fn resolved_user(&self, url: &str) -> Result<Uuid, Refusal> {
        let id = self.resolved(&[url.to_owned()])?[0];
        if self.users().contains_key(&id) {
            return Ok(id);
        }
        Err(bad(format!("'{id}' is a group, and a user is expected.")))
    }

    fn resolved(&self, urls: &[String]) -> Result<Vec<Uuid>, Refusal> {
        let one = |url: &String| {
            let key = bound_id(url).ok_or_else(|| {
                let message = format!("Invalid URL format specified in @odata.bind: '{url}'.");
                bad(message)
            })?;
            // A user's name is a key, too, and so nobody's is no malformed one.
            let user = self.user(&key).map(|user| user.id);
            let id = user.or_else(|missing| self.group(&key).map(|group| group.id).map_err(|_| missing))?;
            if !self.is_replicated(id) {
                let message = "The source resource object or one of the objects being referenced don't exist.";
                return Err(bad(message));
            }
            Ok(id)
        };
        urls.iter().map(one).collect()
    }
}

/// The relation of an object to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A direct member.
    Member,
    /// An owner.
    Owner,
}

fn references(body: &mut Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let Some(value) = body.shift_remove(name) else { return Ok(Vec::new()) };
    let urls = value.as_array().ok_or_else(|| invalid_value("group", name))?;
    if urls.is_empty() {
        // Observed: PnP-Sites-Core, issue 1987.
        let message = "The value of 'odata.bind' property annotation is an empty array. The 'odata.bind' property annotation \
                       must have a non-empty array as its value.";
        return Err(bad(message));
    }
    urls.iter().map(|url| url.as_str().map(str::to_owned).ok_or_else(|| invalid_value("group", name))).collect()
}

/// Refuses an object that is bound twice (observed: terraform-provider-azuread, issue 567).
fn check_distinct(ids: &[Uuid]) -> Result<(), Refusal> {
    let distinct: HashSet<&Uuid> = ids.iter().collect();
    if distinct.len() == ids.len() {
        return Ok(());
    }
    Err(bad("Request contains a property with duplicate values."))
}

fn check_principal_name(name: &str, identity: &Identity) -> Result<(), Refusal> {
    let Some((local, domain)) = name.rsplit_once('@') else { return Err(invalid_value("user", "userPrincipalName")) };
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c));
    if local.is_empty() || local.len() > 64 || local.contains(odd) {
        return Err(invalid_value("user", "userPrincipalName"));
    }
    if !identity.has_domain(domain) {
        let message = "The domain portion of the userPrincipalName property is invalid. You must use one of the verified \
                       domain names in your organization.";
        let refusal = bad(message);
        return Err(refusal.detail("InvalidValue", message, "userPrincipalName"));
    }
    Ok(())
}

pub(super) fn required_text<'a>(type_name: &str, body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    match body.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_)) => Err(invalid_value(type_name, name)),
        _ => Err(missing_value(type_name, name)),
    }
}

pub(super) fn conflict(property: &str) -> Refusal {
    let message = format!("Another object with the same value for property {property} already exists.");
    Refusal::new(400, "Request_BadRequest", message.clone()).detail("ObjectConflict", message, property)
}

fn not_bound_by_patch(property: &str) -> Refusal {
    let message = format!("'{property}@odata.bind' is not supported in an update: use {property}/$ref.");
    bad(message)
}

fn weak_password() -> Refusal {
    let message = "The specified password does not comply with password complexity requirements. Please provide a \
                   different password.";
    bad(message)
}

fn too_many_bound() -> Refusal {
    bad(format!("The request binds more than {MOST_BOUND} relationships."))
}

fn dynamic() -> Refusal {
    bad("The members of a group with dynamic membership cannot be changed.")
}
