//! How an actor obtains a token.
//!
//! [`SignIn`] is one actor's: it gets a token in the way that the configuration names, keeps it while it is good, and renews
//! it before it expires. The standard grants are forms (`authority`, `person`); around them are what Entra adds (its errors, its
//! device code page), what Azure adds (managed identities, the Azure CLI, tokens of GitHub Actions) and where tokens may go.

mod app;
mod authority;
mod azure_environment;
mod cache;
mod error;
mod issuer;
mod machine;
mod method;
mod person;
mod prompt;
mod refusal;
mod surroundings;
mod token;

use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::sync::Mutex;

use app::AppSignIn;
use authority::{Authority, AuthorityClient, TokenGrant};
use cache::{CachedIdentity, TokenCache};
use person::PersonSignIn;

pub use error::SignInError;
pub use issuer::issuer_tenant;
pub use method::{ActorSignIn, FederatedToken, SignInMethod, SignInSettings, TokenCacheMode};
pub use prompt::Prompt;
pub use refusal::SignInRefusal;
pub use surroundings::{
    ANSWER_LIMIT, Environment, HttpError, HttpRequest, HttpResponse, Person, Surroundings, TOO_MUCH, TokenHttp,
    UNREACHED,
};
pub use token::{AccessToken, Claims, TokenCaller};

/// The remaining lifetime with which a token is still used when no other can be obtained.
const LAST_RESORT: SignedDuration = SignedDuration::from_secs(30);

/// The program of the Azure CLI.
const AZURE_CLI: &str = if cfg!(windows) { "az.cmd" } else { "az" };

/// The sign-in of one actor.
#[derive(Debug)]
pub struct SignIn {
    actor: String,
    how: ActorSignIn,
    authority: Authority,
    surroundings: Surroundings,
    timeout: std::time::Duration,
    cache: Option<TokenCache>,
    azure_cli: String,
    state: Mutex<SignInState>,
}

#[derive(Debug, Default)]
struct SignInState {
    held: Option<TokenGrant>,
    /// The user that the run created for the actor.
    user: Option<(String, SecretString)>,
}

impl SignIn {
    /// The sign-in of `actor`. Nothing is asked for before [`SignIn::token`].
    pub fn new(actor: &str, settings: SignInSettings, surroundings: Surroundings) -> Self {
        let SignInSettings { how, endpoints, tenant, token_cache, timeout } = settings;
        let authority = Authority { endpoints, tenant };
        let folder = match token_cache {
            TokenCacheMode::User => cache::folder(&surroundings.environment),
            TokenCacheMode::Off => None,
        };
        let cache = folder.and_then(|folder| Some(TokenCache::new(&folder, identity(actor, &how, &authority)?)));
        Self {
            actor: actor.to_owned(),
            how,
            authority,
            surroundings,
            timeout,
            cache,
            azure_cli: AZURE_CLI.to_owned(),
            state: Mutex::default(),
        }
    }

    /// Returns who signs in.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Returns how the actor signs in.
    pub fn method(&self) -> &SignInMethod {
        &self.how.sign_in
    }

    /// Names the user that the run created for this actor, for a sign-in by password.
    pub async fn as_user(&self, username: impl Into<String>, password: SecretString) {
        let mut state = self.state.lock().await;
        state.user = Some((username.into(), password));
        state.held = None;
    }

    /// A token: the held one, until five minutes before it expires; then a renewed one, or that of a new sign-in. A person
    /// may be asked, and waited for. While the authority cannot be reached the held one serves to its end.
    ///
    /// # Errors
    ///
    /// The authority cannot be reached or refuses, a secret or certificate is missing, or the person gave up: each a
    /// variant of [`SignInError`].
    pub async fn token(&self) -> Result<AccessToken, SignInError> {
        self.usable_token(true).await
    }

    /// The same, but nobody is asked: for looking at what is there.
    ///
    /// # Errors
    ///
    /// A person would have to sign in, or the token cannot be obtained: see [`SignIn::token`].
    pub async fn token_unattended(&self) -> Result<AccessToken, SignInError> {
        self.usable_token(false).await
    }

    async fn usable_token(&self, ask: bool) -> Result<AccessToken, SignInError> {
        let mut state = self.state.lock().await;
        if state.held.is_none() {
            state.held = self.cache.as_ref().and_then(TokenCache::read);
        }
        let now = (self.surroundings.now)();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.token.renew_at) {
            return Ok(held.token.clone());
        }
        let got = match self.renewed(state.held.as_ref()).await {
            Ok(None) if !ask && self.asks_a_person() => {
                Err(SignInError::NeedsPerson { actor: self.actor.clone(), method: self.how.sign_in.word() })
            }
            Ok(None) => self.anew(state.user.as_ref()).await,
            Ok(Some(grant)) => Ok(grant),
            Err(error) => Err(error),
        };
        match (got, &state.held) {
            (Ok(grant), _) => {
                if let Some(cache) = &self.cache {
                    // See there: the person signs in again next time.
                    let _ = cache.write(&grant);
                }
                Ok(state.held.insert(grant).token.clone())
            }
            // What is held stays: it is renewed as soon as the authority is back.
            (Err(SignInError::NoAnswer { .. }), Some(held)) if held.token.good_for(LAST_RESORT, now) => {
                Ok(held.token.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Forgets the token, also on the disk: Graph refused it. The next one is a new sign-in.
    pub async fn forget(&self) {
        self.state.lock().await.held = None;
        if let Some(cache) = &self.cache {
            cache.forget();
        }
    }

    /// Returns whom the actor's tokens speak for, as far as the sign-in method shows; the Azure CLI and a given token may
    /// be either, until [`AccessToken::caller`] says.
    pub fn caller(&self) -> Option<TokenCaller> {
        match &self.how.sign_in {
            SignInMethod::DeviceCode { .. }
            | SignInMethod::AuthorizationCode { .. }
            | SignInMethod::Password { .. } => Some(TokenCaller::User),
            SignInMethod::ClientSecret { .. }
            | SignInMethod::ClientCertificate { .. }
            | SignInMethod::WorkloadIdentity { .. }
            | SignInMethod::ManagedIdentity { .. } => Some(TokenCaller::App),
            SignInMethod::AzureCli | SignInMethod::Token { .. } => None,
        }
    }

    /// The held grant renewed without a person; `None` if it must be obtained again.
    async fn renewed(&self, held: Option<&TokenGrant>) -> Result<Option<TokenGrant>, SignInError> {
        let (Some(refresh), Some(person)) = (held.and_then(|held| held.refresh.as_ref()), self.person()) else {
            return Ok(None);
        };
        match person.by_refresh(refresh).await {
            Ok(grant) => Ok(Some(grant)),
            Err(SignInError::Refused { refusal, .. }) if refusal.demands_a_person() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn asks_a_person(&self) -> bool {
        matches!(self.how.sign_in, SignInMethod::DeviceCode { .. } | SignInMethod::AuthorizationCode { .. })
    }

    async fn anew(&self, user: Option<&(String, SecretString)>) -> Result<TokenGrant, SignInError> {
        let Self { actor, authority, surroundings, .. } = self;
        let app = |client_id| AppSignIn(self.client(client_id));
        match &self.how.sign_in {
            SignInMethod::DeviceCode { client_id } => self.person_with(client_id).by_device_code().await,
            SignInMethod::AuthorizationCode { client_id, port, username } => {
                self.person_with(client_id).by_browser(*port, username.as_deref()).await
            }
            SignInMethod::Password { client_id, username, password_env } => {
                let (name, password) = self.user(user, username.as_deref(), password_env.as_deref())?;
                self.person_with(client_id).by_password(&name, &password).await
            }
            SignInMethod::ClientSecret { client_id, secret_env } => {
                let secret = self.secret(secret_env, "a client secret of the app registration")?;
                app(client_id).by_secret(&secret).await
            }
            SignInMethod::ClientCertificate { client_id, certificate } => {
                app(client_id).by_certificate(certificate).await
            }
            SignInMethod::WorkloadIdentity { client_id, token } => app(client_id).by_federation(token).await,
            SignInMethod::ManagedIdentity { client_id } => {
                machine::managed_identity(actor, client_id.as_deref(), authority, surroundings).await
            }
            SignInMethod::AzureCli => machine::azure_cli(&self.azure_cli, authority, surroundings).await,
            SignInMethod::Token { token_env } => self.token_from_variable(token_env),
        }
    }

    /// The token that somebody else got.
    fn token_from_variable(&self, variable: &str) -> Result<TokenGrant, SignInError> {
        let secret = self.secret(variable, "an access token for Graph")?;
        let now = (self.surroundings.now)();
        let text = secrecy::ExposeSecret::expose_secret(&secret);
        // Of a token that cannot be read nobody knows when it expires; Graph will say.
        let expires = token::expiry(text).unwrap_or(now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(now));
        if expires <= now {
            return Err(SignInError::Expired { variable: variable.to_owned() });
        }
        Ok(TokenGrant { token: AccessToken::obtained(secret, now, expires), refresh: None })
    }

    fn user(
        &self,
        of_run: Option<&(String, SecretString)>,
        username: Option<&str>,
        password_env: Option<&str>,
    ) -> Result<(String, SecretString), SignInError> {
        let no_user = || SignInError::NoUser { actor: self.actor.clone() };
        let name = username.or(of_run.map(|(name, _)| name.as_str())).ok_or_else(no_user)?;
        let password = match password_env {
            Some(variable) => self.secret(variable, "a password")?,
            None => of_run.map(|(_, password)| password.clone()).ok_or_else(no_user)?,
        };
        Ok((name.to_owned(), password))
    }

    fn secret(&self, variable: &str, holds: &'static str) -> Result<SecretString, SignInError> {
        self.surroundings.environment.secret(variable, holds, "set it, and keep it out of files and shell histories")
    }

    fn person(&self) -> Option<PersonSignIn<'_>> {
        match &self.how.sign_in {
            SignInMethod::DeviceCode { client_id }
            | SignInMethod::AuthorizationCode { client_id, .. }
            | SignInMethod::Password { client_id, .. } => Some(self.person_with(client_id)),
            _ => None,
        }
    }

    fn person_with<'a>(&'a self, client_id: &'a str) -> PersonSignIn<'a> {
        PersonSignIn { client: self.client(client_id), scopes: &self.how.scopes, timeout: self.timeout }
    }

    fn client<'a>(&'a self, client_id: &'a str) -> AuthorityClient<'a> {
        let Self { actor, authority, surroundings, .. } = self;
        AuthorityClient { actor, client_id, authority, surroundings }
    }
}

/// Returns whose sign-in is kept between runs: only that of a person who was asked at a terminal.
fn identity(actor: &str, how: &ActorSignIn, authority: &Authority) -> Option<CachedIdentity> {
    let (SignInMethod::DeviceCode { client_id } | SignInMethod::AuthorizationCode { client_id, .. }) = &how.sign_in
    else {
        return None;
    };
    Some(CachedIdentity {
        authority: authority.endpoints.authority.to_string(),
        tenant: authority.tenant.to_string(),
        client_id: client_id.clone(),
        actor: actor.to_owned(),
        scopes: authority.scope(&how.scopes, true).split(' ').map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests;
