//! Who calls, as the bearer token says.

use jiff::Timestamp;
use uuid::Uuid;

/// The holder of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The claim `tid`: the tenant that the token is for.
    pub tenant: Uuid,
    /// The claim `oid`: the user who signed in, or the service principal of the app.
    pub object: Uuid,
    /// The claim `appid`: the client application.
    pub app: Uuid,
    /// Whether a user stands behind the token, and what it grants.
    pub grant: CallerGrant,
    /// The claim `exp`.
    pub expires: Timestamp,
}

/// The permissions that a token grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerGrant {
    /// A user has signed in: the permissions of `scp`, and the template ids of the user's directory roles (`wids`).
    Delegated {
        /// The claim `scp`, split.
        scopes: Scopes,
        /// The claim `wids`.
        roles: Vec<Uuid>,
    },
    /// An app alone: the permissions of the claim `roles`.
    Application {
        /// The claim `roles`.
        permissions: Vec<String>,
    },
}

/// Delegated permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// All that Graph has: the administrator has consented to everything for the own token.
    All,
    /// These.
    Named(Vec<String>),
}

impl Caller {
    /// Returns whether no user stands behind the token.
    pub fn is_app(&self) -> bool {
        matches!(self.grant, CallerGrant::Application { .. })
    }

    /// Returns whether one of `permissions` is granted, whichever way.
    pub fn has_any(&self, permissions: &[&str]) -> bool {
        let granted = match &self.grant {
            CallerGrant::Delegated { scopes: Scopes::All, .. } => return !permissions.is_empty(),
            CallerGrant::Delegated { scopes: Scopes::Named(granted), .. }
            | CallerGrant::Application { permissions: granted } => granted,
        };
        permissions.iter().any(|wanted| granted.iter().any(|granted| granted.eq_ignore_ascii_case(wanted)))
    }

    /// Returns whether every permission is granted, those among them that no list has.
    pub fn has_all(&self) -> bool {
        matches!(&self.grant, CallerGrant::Delegated { scopes: Scopes::All, .. })
    }
}
