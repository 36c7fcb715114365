//! What a session on a real tenant changes in the bodies that features ask for.

use serde::{Deserialize, Serialize};

/// The changes in the bodies that features ask for, so that nobody is sent an e-mail and a program can sign in as a user
/// that it created. A recording says it too: its replay changes the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Overrides {
    /// Reviews send neither notifications nor reminders.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_mail: bool,
    /// Whether reviews are narrowed to what the session created, where features name whole collections.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_scopes: bool,
    /// Reviewers decided on the My Access page, not by the requests of features.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_portal: bool,
    /// The display names of the users who need not change their password at the first sign-in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept_passwords: Vec<String>,
}
