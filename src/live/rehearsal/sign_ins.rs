//! The sign-ins of a rehearsal: those of the configuration, with accounts, apps and secrets that the emulated tenant knows.

use std::collections::{BTreeMap, BTreeSet};

use graphwalk_recording::ADMINISTRATOR;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::{ActorSignIn, SignInMethod};
use crate::in_words::named_actor;

/// The variable that holds every password and secret of a rehearsal's tenant.
pub(crate) const SECRET_VARIABLE: &str = "REHEARSAL_SECRET";

/// The variable at which a managed identity is looked for (Azure Identity, `AZURE_POD_IDENTITY_AUTHORITY_HOST`).
const METADATA_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// The app with which people sign in where no configuration names one.
const APP: &str = "6d1c1f0e-7a0b-4c57-9b0a-52e3a7f3c0de";

/// Somebody who calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct RehearsalCaller<'a> {
    pub name: &'a str,
    /// Whether the account is there before the tutorial begins.
    pub is_there: bool,
    /// The sign-in of the configuration, if it has one.
    pub configured: Option<&'a ActorSignIn>,
}

/// Everybody's sign-in on the emulated tenant.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    /// The sign-ins of the rehearsal.
    pub played: BTreeMap<String, ActorSignIn>,
    /// The sign-ins of the folder that is kept: nobody is asked there.
    pub kept: BTreeMap<String, ActorSignIn>,
    /// The actors who sign in otherwise than configured, and why.
    pub replaced: Vec<String>,
    /// The accounts that are there before: principal names by actor.
    pub accounts: BTreeMap<String, String>,
    /// The variables in which sign-ins look for tokens of accounts: principal names by variable.
    pub tokens: BTreeMap<String, String>,
    /// The variables in which sign-ins look for passwords and secrets.
    secrets: Vec<String>,
    apps: BTreeMap<String, Map<String, Value>>,
    domain: String,
}

impl SignIns {
    /// The sign-ins of `callers` on a tenant with this domain.
    pub fn new<'a>(callers: impl IntoIterator<Item = RehearsalCaller<'a>>, domain: &str) -> Self {
        let mut all = Self { domain: domain.to_owned(), ..Self::default() };
        for caller in callers {
            all.add(caller);
        }
        all
    }

    fn add(&mut self, caller: RehearsalCaller<'_>) {
        let default =
            ActorSignIn { sign_in: SignInMethod::DeviceCode { client_id: APP.to_owned() }, scopes: Vec::new() };
        let ActorSignIn { sign_in, scopes } = caller.configured.cloned().unwrap_or(default);
        let played = self.played(caller.name, sign_in);
        if caller.is_there {
            let name = match &played {
                SignInMethod::Password { username: Some(name), .. }
                | SignInMethod::AuthorizationCode { username: Some(name), .. } => name.clone(),
                _ => self.principal_name(caller.name),
            };
            self.accounts.insert(caller.name.to_owned(), name);
        }
        let kept = self.sign_in_to_keep(caller.name, &played);
        self.kept.insert(caller.name.to_owned(), ActorSignIn { sign_in: kept, scopes: scopes.clone() });
        self.played.insert(caller.name.to_owned(), ActorSignIn { sign_in: played, scopes });
    }

    /// The sign-in that is played: the configured one wherever the emulated tenant has what it takes.
    fn played(&mut self, actor: &str, configured: SignInMethod) -> SignInMethod {
        let word = configured.word();
        match configured {
            SignInMethod::DeviceCode { ref client_id } | SignInMethod::AuthorizationCode { ref client_id, .. } => {
                self.app(client_id);
                configured
            }
            SignInMethod::Password { ref client_id, ref password_env, .. } => {
                self.app(client_id);
                self.secrets.extend(password_env.clone());
                configured
            }
            SignInMethod::ClientSecret { ref client_id, ref secret_env } => {
                self.secret_app(client_id);
                self.secrets.push(secret_env.clone());
                configured
            }
            SignInMethod::ClientCertificate { ref client_id, ref certificate } => {
                // One that cannot be read is reported by the sign-in, as before a real tenant.
                let text = std::fs::read_to_string(certificate).unwrap_or_default();
                let public = certificate_of(&text);
                self.app(client_id).extend(public.map(|pem| ("certificate".to_owned(), pem.into())));
                configured
            }
            SignInMethod::ManagedIdentity { ref client_id } => {
                let id = client_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
                self.secret_app(&id);
                configured
            }
            SignInMethod::WorkloadIdentity { client_id, .. } => {
                self.replaced
                    .push(format!("{}: {word} is another issuer's; a secret signs in here", named_actor(actor)));
                self.secret_app(&client_id);
                SignInMethod::ClientSecret { client_id, secret_env: SECRET_VARIABLE.to_owned() }
            }
            SignInMethod::AzureCli | SignInMethod::Token { .. } => {
                self.replaced.push(format!(
                    "{}: {word} is not asked; a token of the emulated tenant signs in here",
                    named_actor(actor)
                ));
                let token_env = format!("REHEARSAL_TOKEN_{}", self.tokens.len() + 1);
                self.tokens.insert(token_env.clone(), self.principal_name(actor));
                SignInMethod::Token { token_env }
            }
        }
    }

    /// The same for commands in the folder that is kept: people sign in by password, and apps by secret.
    fn sign_in_to_keep(&mut self, actor: &str, played: &SignInMethod) -> SignInMethod {
        let by_password = |client_id: &str, account: Option<&String>| SignInMethod::Password {
            client_id: client_id.to_owned(),
            username: account.cloned(),
            password_env: account.map(|_| SECRET_VARIABLE.to_owned()),
        };
        let account = self.accounts.get(actor);
        match played {
            SignInMethod::DeviceCode { client_id }
            | SignInMethod::AuthorizationCode { client_id, .. }
            | SignInMethod::Password { client_id, .. } => by_password(client_id, account),
            SignInMethod::Token { .. } | SignInMethod::AzureCli => {
                let sign_in = by_password(APP, account);
                self.app(APP);
                sign_in
            }
            SignInMethod::ClientSecret { client_id, .. }
            | SignInMethod::ClientCertificate { client_id, .. }
            | SignInMethod::WorkloadIdentity { client_id, .. } => {
                let client_id = client_id.clone();
                self.secret_app(&client_id);
                SignInMethod::ClientSecret { client_id, secret_env: SECRET_VARIABLE.to_owned() }
            }
            SignInMethod::ManagedIdentity { client_id } => {
                let known = self.apps.iter().find(|(_, app)| app.contains_key("secret")).map(|(id, _)| id.clone());
                let client_id = client_id.clone().or(known).unwrap_or_default();
                SignInMethod::ClientSecret { client_id, secret_env: SECRET_VARIABLE.to_owned() }
            }
        }
    }

    fn app(&mut self, client_id: &str) -> &mut Map<String, Value> {
        self.apps.entry(client_id.to_owned()).or_default()
    }

    /// An app with a secret, which stands in its place until the secret is made.
    fn secret_app(&mut self, client_id: &str) {
        self.app(client_id).insert("secret".to_owned(), Value::Null);
    }

    fn principal_name(&self, actor: &str) -> String {
        if actor == ADMINISTRATOR {
            return format!("admin@{}", self.domain);
        }
        let local: String = actor.chars().filter(char::is_ascii_alphanumeric).collect();
        let local = if local.is_empty() { format!("actor{}", self.accounts.len()) } else { local };
        format!("{local}@{}", self.domain)
    }

    /// The sections of the tenant's seed: the administrator, other accounts, and apps with consent for these permissions.
    pub fn seed(&self, secret: &str, delegated: &BTreeSet<&str>, application: &BTreeSet<&str>) -> Map<String, Value> {
        let mut seed = Map::new();
        let account = |(actor, name): (&String, &String)| json!({"userPrincipalName": name, "displayName": actor, "password": secret});
        let others = self.accounts.iter().filter(|(actor, _)| *actor != ADMINISTRATOR);
        if let Some(name) = self.accounts.get(ADMINISTRATOR) {
            seed.insert("administrator".to_owned(), json!({"userPrincipalName": name, "password": secret}));
        }
        seed.insert("users".to_owned(), others.map(account).collect());
        let app = |(client_id, facts): (&String, &Map<String, Value>)| {
            let mut app = facts.clone();
            app.insert("clientId".to_owned(), json!(client_id));
            app.insert("name".to_owned(), json!("graphwalk"));
            app.insert("scopes".to_owned(), json!(delegated));
            if let Some(place) = app.get_mut("secret") {
                *place = json!(secret);
            }
            if app.contains_key("secret") || app.contains_key("certificate") {
                app.insert("permissions".to_owned(), json!(application));
            }
            Value::from(app)
        };
        seed.insert("apps".to_owned(), self.apps.iter().map(app).collect());
        seed
    }

    /// The variables that sign-ins look into, all but those of tokens.
    pub fn variables(&self, secret: &str, address: &str) -> BTreeMap<String, String> {
        let names = self.secrets.iter().map(String::as_str).chain([SECRET_VARIABLE]);
        let mut variables: BTreeMap<String, String> = names.map(|name| (name.to_owned(), secret.to_owned())).collect();
        variables.insert(METADATA_VARIABLE.to_owned(), address.to_owned());
        variables
    }
}

/// The certificates of a PEM file, without its key.
fn certificate_of(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    Some(format!("-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n"))
}
