//! The gate to a real tenant: who signs in, which tenant that is, and whether it is the one that may be written to.

use std::sync::Arc;

use graphwalk_client::RetryPolicy;
use graphwalk_client::sign_in::{Person, SignInError, issuer_tenant};
use graphwalk_recording::ADMINISTRATOR;
use serde_json::Value;
use uuid::Uuid;

use crate::backend::Backend as _;
use crate::backend::live::{LiveHost, LiveSession};
use crate::config::{Config, TenantName};
use crate::diagnostic::Diagnostic;

/// A session on a tenant that the gate let through.
#[derive(Debug)]
pub struct Opened {
    /// The session. Its administrator has signed in, and it takes tokens of this tenant only.
    pub backend: LiveSession,
    /// The tenant's id.
    pub tenant: Uuid,
}

/// A reason why the gate stays shut.
#[derive(Debug)]
pub enum Shut {
    /// The request is wrong, or not allowed.
    Refused(Vec<Diagnostic>),
    /// It cannot be done now: somebody cannot sign in, or something cannot be reached.
    Blocked(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Shut {
    fn from(fault: Box<Diagnostic>) -> Self {
        Self::Blocked(fault)
    }
}

/// Returns whether the configuration allows writes at all.
///
/// # Errors
///
/// The user did not allow writes.
pub fn allows_writes(config: &Config) -> Result<(), Shut> {
    if config.allow_writes {
        return Ok(());
    }
    let tenant = config.tenant.as_ref().map_or("the tenant", TenantName::as_str);
    Err(Shut::Refused(vec![
        Diagnostic::new("writes", format!("nothing was sent: this creates and deletes objects in {tenant}"))
            .help("list the writes with --plan, then allow them with --yes"),
    ]))
}

/// Signs the administrator in and makes sure that the token is one for the configured tenant.
///
/// # Errors
///
/// The tenant cannot be reached, is another one, or refuses the administrator; nothing was written.
pub async fn open(config: &Config, person: Arc<dyn Person>, host: Arc<dyn LiveHost>) -> Result<Opened, Shut> {
    let named = config.tenant().map_err(refused)?;
    config.actor(ADMINISTRATOR).map_err(refused)?;
    let backend = LiveSession::new(config, person, host).map_err(|fault| Shut::Refused(vec![*fault]))?;
    let token = backend.access_token(ADMINISTRATOR).await?;
    let found = token.and_then(|token| token.claims).and_then(|claims| claims.tid);
    let wanted = match named.id() {
        Some(id) => id,
        None => id_of(named, &backend).await?,
    };
    if found != Some(wanted) {
        return Err(Shut::Refused(vec![another_tenant(named, wanted, found)]));
    }
    backend.pin_tenant(wanted);
    backend.actors().sign_in(ADMINISTRATOR).await?;
    Ok(Opened { backend, tenant: wanted })
}

fn refused(fault: crate::config::ConfigFault) -> Shut {
    Shut::Refused(vec![Diagnostic::from(&fault)])
}

/// The id of a tenant that is named by one of its domains, as the authority publishes it.
async fn id_of(named: &TenantName, backend: &LiveSession) -> Result<Uuid, Shut> {
    let administrator = backend.sign_in_of(ADMINISTRATOR);
    let Some(administrator) = administrator else {
        return Err(Shut::Refused(vec![Diagnostic::new("config", "the administrator has no sign-in")]));
    };
    let found = issuer_tenant(administrator).await.map_err(|error: SignInError| Box::new(Diagnostic::from(&error)))?;
    found.ok_or_else(|| {
        Shut::Refused(vec![
            Diagnostic::new("wrong-tenant", format!("the authority does not say which tenant {named} is"))
                .help("name the tenant by its id"),
        ])
    })
}

fn another_tenant(named: &TenantName, wanted: Uuid, found: Option<Uuid>) -> Diagnostic {
    let found = found.map_or_else(|| "does not name its tenant".to_owned(), |found| format!("is for tenant {found}"));
    let is = if named.id().is_some() { String::new() } else { format!(", which is {wanted}") };
    Diagnostic::new("wrong-tenant", "nothing was sent: the administrator's token is not for the configured tenant")
        .note(format!("configured is {named}{is}; the token {found}"))
        .help("sign in with an account of the configured tenant, or change `tenant`")
}

/// The verified domain of the users that are created: the configured one, or the tenant's default.
///
/// # Errors
///
/// The tenant does not name its default domain.
pub async fn upn_domain(config: &Config, backend: &LiveSession) -> Result<String, Shut> {
    if let Some(domain) = &config.upn_domain {
        return Ok(domain.clone());
    }
    let organization = read_as_administrator(backend, "/v1.0/organization").await?;
    let domains = organization.pointer("/value/0/verifiedDomains").and_then(Value::as_array);
    let default = domains.into_iter().flatten().find(|domain| domain.get("isDefault") == Some(&Value::Bool(true)));
    default.and_then(|domain| domain.get("name")).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        Shut::Blocked(Box::new(
            Diagnostic::new("domain", "the tenant does not name its default domain")
                .help("name a verified domain with `upn-domain`"),
        ))
    })
}

/// A read as the administrator.
async fn read_as_administrator(backend: &LiveSession, path: &str) -> Result<Value, Box<Diagnostic>> {
    let token = backend.actors().sign_in(ADMINISTRATOR).await?.unwrap_or_default();
    let policy = RetryPolicy::service_within(backend.profile().pace.retry);
    let answer = backend.client().get(ADMINISTRATOR, &token, path, policy).await;
    let exchange = answer.map_err(|error| {
        Diagnostic::new("no-answer", error.to_string()).help("check that Graph can be reached from here")
    })?;
    match (exchange.status, exchange.json()) {
        (200, Some(body)) => Ok(body.clone()),
        _ => {
            let error = exchange.error().map(|error| error.to_string()).unwrap_or_default();
            let message = format!("GET {path} is answered {} {error}", exchange.status);
            Err(Box::new(
                Diagnostic::new("graph", message.trim_end())
                    .notes(exchange.notes())
                    .help("`graphwalk doctor` shows which permission or role is missing"),
            ))
        }
    }
}
