//! How an actor signs in, and with which settings.

use std::path::PathBuf;
use std::time::Duration;

use crate::{Endpoints, TenantName};

/// The settings of a sign-in.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// The sign-in method of the actor.
    pub how: ActorSignIn,
    /// The place where Graph and the authority are.
    pub endpoints: Endpoints,
    /// The tenant that is meant.
    pub tenant: TenantName,
    /// Whether tokens of people are kept on the disk between processes.
    pub token_cache: TokenCacheMode,
    /// The time that a person may take.
    pub timeout: Duration,
}

/// Whether tokens are kept on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCacheMode {
    /// In the user's cache folder, in files that only the user can read.
    User,
    /// Not at all: people sign in again in every process.
    Off,
}

/// The way to a token of one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorSignIn {
    /// The sign-in method of the actor.
    pub sign_in: SignInMethod,
    /// The permissions to ask for; empty asks for all that the app registration lists and that were consented to.
    pub scopes: Vec<String>,
}

/// A way to a token. It holds names of variables and files, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// A person types a code on a page, on any machine.
    DeviceCode {
        /// The app registration, a public client.
        client_id: String,
    },
    /// A person signs in with the browser of this machine (authorization code with PKCE, answered on loopback).
    AuthorizationCode {
        /// The app registration, a public client with the redirect URI `http://localhost`.
        client_id: String,
        /// The port on loopback; any free one if `None`.
        port: Option<u16>,
        /// The person whom the sign-in page proposes.
        username: Option<String>,
    },
    /// The account that is signed in with the Azure CLI.
    AzureCli,
    /// An app with a secret.
    ClientSecret {
        /// The app registration.
        client_id: String,
        /// The variable that has the secret.
        secret_env: String,
    },
    /// An app with a certificate.
    ClientCertificate {
        /// The app registration.
        client_id: String,
        /// A PEM file with the certificate and its private key (RSA, PKCS #8 or PKCS #1, not encrypted).
        certificate: PathBuf,
    },
    /// An app that trusts the tokens of another issuer.
    WorkloadIdentity {
        /// The app registration with the federated credential.
        client_id: String,
        /// The place where the other issuer's token comes from.
        token: FederatedToken,
    },
    /// The identity of the Azure machine that this runs on.
    ManagedIdentity {
        /// The user-assigned identity; the system-assigned one if `None`.
        client_id: Option<String>,
    },
    /// A name and a password. Entra refuses it where a second factor or a change of the password is due.
    Password {
        /// The app registration, a public client.
        client_id: String,
        /// The user principal name; `None` is the user that the run created for this actor.
        username: Option<String>,
        /// The variable that has the password; `None` is the password that the run made.
        password_env: Option<String>,
    },
    /// A token that somebody else got.
    Token {
        /// The variable that has it.
        token_env: String,
    },
}

/// The place where the token of a workload comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederatedToken {
    /// A file that the platform keeps fresh, e.g. `AZURE_FEDERATED_TOKEN_FILE` of Kubernetes.
    File(PathBuf),
    /// GitHub Actions, with the permission `id-token: write`.
    GitHub {
        /// The audience that the federated credential expects.
        audience: String,
    },
}

impl SignInMethod {
    /// Returns whether an app signs in, and no user. Of a token and of the Azure CLI it is not known.
    pub fn is_app(&self) -> bool {
        matches!(
            self,
            Self::ClientSecret { .. }
                | Self::ClientCertificate { .. }
                | Self::WorkloadIdentity { .. }
                | Self::ManagedIdentity { .. }
        )
    }

    /// The word for it in the configuration.
    pub fn word(&self) -> &'static str {
        match self {
            Self::DeviceCode { .. } => "device-code",
            Self::AuthorizationCode { .. } => "authorization-code",
            Self::AzureCli => "azure-cli",
            Self::ClientSecret { .. } => "client-secret",
            Self::ClientCertificate { .. } => "client-certificate",
            Self::WorkloadIdentity { .. } => "workload-identity",
            Self::ManagedIdentity { .. } => "managed-identity",
            Self::Password { .. } => "password",
            Self::Token { .. } => "token",
        }
    }
}
