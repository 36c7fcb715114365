//! The app registrations of the tenant.

use std::fmt;

use ring::digest::{SHA256, digest};
use uuid::{Uuid, uuid};

use super::assertion::Trust;

/// An app registration, with the consent that the tenant's administrator gave it.
#[derive(Clone, Debug)]
pub struct App {
    /// The application (client) id.
    pub client_id: Uuid,
    /// Its name, as the sign-in page shows it.
    pub name: String,
    /// The id of its service principal: the claim `oid` of tokens without a user.
    pub service_principal: Uuid,
    /// The credential with which it proves who it is.
    pub credential: Credential,
    /// Delegated permissions with consent, e.g. `User.Read`.
    pub scopes: Vec<String>,
    /// Application permissions with consent.
    pub permissions: Vec<String>,
    /// The place where a browser may be sent with a code. Loopback addresses are allowed besides.
    pub redirect_uris: Vec<String>,
}

/// A credential with which an app proves who it is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// It does not: a public client, which never gets a token without a user.
    Public,
    /// One of some secrets, or an assertion that one of the trusted parties has signed.
    Confidential {
        /// Client secrets.
        secrets: Vec<Secret>,
        /// Certificates and federated identities.
        trusted: Vec<Trust>,
    },
}

/// A secret that can be compared and never be read: its SHA-256 digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// The client id of Microsoft Graph Command Line Tools, a public client of every tenant.
pub const GRAPH_COMMAND_LINE: Uuid = uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e");
/// The client id of the Azure CLI, which Azure Identity also uses when it is given none.
pub const AZURE_CLI: Uuid = uuid!("04b07795-8ddb-461a-bbee-02f9e1bf7b46");

/// The delegated permissions that the two public clients have consent for.
pub const DEFAULT_SCOPES: &[&str] = &[
    "User.Read",
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.DeleteRestore.All",
    "User.Invite.All",
    "User-PasswordProfile.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "AccessReview.Read.All",
    "AccessReview.ReadWrite.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
];

/// The application permissions that an app of [`App::confidential`] has consent for.
pub const DEFAULT_PERMISSIONS: &[&str] = &[
    "User.ReadWrite.All",
    "User.DeleteRestore.All",
    "User.Invite.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "AccessReview.ReadWrite.All",
];

impl App {
    /// A public client with [`DEFAULT_SCOPES`].
    pub fn public(client_id: Uuid, name: &str) -> Self {
        Self {
            client_id,
            name: name.to_owned(),
            service_principal: Uuid::new_v4(),
            credential: Credential::Public,
            scopes: owned(DEFAULT_SCOPES),
            permissions: Vec::new(),
            redirect_uris: Vec::new(),
        }
    }

    /// An app with secrets or trusted parties, [`DEFAULT_PERMISSIONS`] and [`DEFAULT_SCOPES`].
    pub fn confidential(client_id: Uuid, name: &str, secrets: &[&str], trusted: Vec<Trust>) -> Self {
        let secrets = secrets.iter().map(|secret| Secret::new(secret)).collect();
        let credential = Credential::Confidential { secrets, trusted };
        Self { credential, permissions: owned(DEFAULT_PERMISSIONS), ..Self::public(client_id, name) }
    }

    /// The public clients that every tenant has: [`GRAPH_COMMAND_LINE`], [`AZURE_CLI`].
    pub fn well_known() -> Vec<Self> {
        vec![
            Self::public(GRAPH_COMMAND_LINE, "Microsoft Graph Command Line Tools"),
            Self::public(AZURE_CLI, "Microsoft Azure CLI"),
        ]
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl Secret {
    /// The digest of `secret`.
    pub fn new(secret: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
