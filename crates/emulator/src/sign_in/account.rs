//! What signing in needs to know of the directory's users.

use uuid::Uuid;

/// A user of the tenant, as far as signing in goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's id.
    pub id: Uuid,
    /// The user principal name, in the spelling of the directory.
    pub user_principal_name: String,
    /// The display name.
    pub display_name: String,
    /// Property `accountEnabled`.
    pub enabled: bool,
    /// Property `forceChangePasswordNextSignIn`: the password is right, and yet nobody can sign in without a browser.
    pub must_change_password: bool,
    /// Template ids of the active directory roles; they become the claim `wids`.
    pub roles: Vec<Uuid>,
}

/// The directory, as far as signing in goes. It compares passwords itself, so that none is ever handed out.
pub trait Accounts {
    /// The user with that id; none if there is no such user or it is deleted.
    fn by_id(&self, id: Uuid) -> Option<Account>;

    /// The user with that user principal name, whatever its case.
    fn by_name(&self, user_principal_name: &str) -> Option<Account>;

    /// Returns whether `candidate` is the password of the user `id`.
    fn password_matches(&self, id: Uuid, candidate: &str) -> bool;
}
