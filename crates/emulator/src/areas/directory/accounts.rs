//! Users as the sign-in knows them.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::authority::roles::GLOBAL_ADMINISTRATOR;
use crate::sign_in::{Account, Accounts};
use crate::tenant::Identity;

use super::user::{Password, User};
use super::{Directory, RoleAssignment};

impl Directory {
    /// A directory with one user, the administrator that every tenant has, named as on the tutorial's page.
    pub(super) fn of_administrator(identity: &Identity, now: Timestamp) -> Self {
        let domain = identity.default_domain();
        let properties = json!({
            "accountEnabled": true,
            "displayName": "MOD Administrator",
            "mailNickname": "admin",
            "userPrincipalName": format!("admin@{domain}"),
            "userType": "Member",
        });
        let mut user = User::new(identity.administrator, properties.as_object().cloned().unwrap_or_default());
        user.last_sign_in = Some(now);
        let mut directory = Self::default();
        directory.add_user(user);
        directory.grant_role(RoleAssignment { role: GLOBAL_ADMINISTRATOR, principal: identity.administrator });
        directory
    }

    /// The principal name of the first user with a display name.
    pub(crate) fn principal_name_of(&self, display_name: &str) -> Option<&str> {
        self.users().values().find(|user| user.name() == display_name).map(User::principal_name)
    }

    /// The display names of all users.
    pub(crate) fn display_names(&self) -> Vec<String> {
        self.users().values().map(|user| user.name().to_owned()).collect()
    }

    fn account(&self, user: &User) -> Account {
        Account {
            id: user.id,
            user_principal_name: user.principal_name().to_owned(),
            display_name: user.name().to_owned(),
            enabled: user.enabled(),
            must_change_password: user.must_change_password,
            roles: self.roles_of(user.id),
        }
    }

    /// Returns whether there is an account with this id, and it is enabled.
    pub(crate) fn is_enabled(&self, id: Uuid) -> bool {
        self.users().get(&id).is_some_and(User::enabled)
    }

    /// Replaces a password, which does not have to be changed any more. Returns whether the new one is strong enough; one that is not
    /// changes nothing.
    pub(crate) fn change_password(&mut self, id: Uuid, new: &str) -> bool {
        let new = Password::new(new);
        let user = self.user_mut(&id.to_string()).ok().filter(|_| new.is_strong());
        let is_changed = user.is_some();
        if let Some(user) = user {
            (user.password, user.must_change_password) = (Some(new), false);
        }
        is_changed
    }

    /// Notes that somebody signed in, which recommendations depend on.
    pub(crate) fn note_sign_in(&mut self, id: Uuid, now: Timestamp) {
        if let Ok(user) = self.user_mut(&id.to_string()) {
            user.last_sign_in = Some(now);
        }
    }
}

impl Accounts for Directory {
    fn by_id(&self, id: Uuid) -> Option<Account> {
        self.users().get(&id).map(|user| self.account(user))
    }

    fn by_name(&self, user_principal_name: &str) -> Option<Account> {
        self.user(user_principal_name).ok().map(|user| self.account(user))
    }

    fn password_matches(&self, id: Uuid, candidate: &str) -> bool {
        let user = self.users().get(&id);
        user.and_then(|user| user.password.as_ref()).is_some_and(|password| password.matches(candidate))
    }
}
