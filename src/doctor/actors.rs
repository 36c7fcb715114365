//! Each actor's sign-in, and what the token says.

use std::collections::BTreeSet;

use graphwalk_catalog::Scheme;
use graphwalk_client::sign_in::{AccessToken, Claims, SignIn, SignInError, TokenCaller};
use jiff::SignedDuration;
use uuid::Uuid;

use super::finding::{DoctorFinding, DoctorSection};
use super::needs::NeededActor;
use super::{Asking, Examined};
use crate::config::SignInMethod;
use crate::diagnostic::Diagnostic;
use crate::in_words::{counted_as, named_actor, rough_time};

/// The least remaining lifetime of a token that nobody can renew: a run with `finish = "stop"` takes minutes.
const SHORT: SignedDuration = SignedDuration::from_mins(30);

/// An actor after the sign-in was tried.
#[derive(Debug)]
pub(super) struct ExaminedActor {
    /// The name in the configuration.
    pub name: String,
    /// The token, if there is one that is of the tenant.
    pub token: Option<AccessToken>,
    /// The permissions it has.
    pub held: HeldPermissions,
    /// Whether a person does it all elsewhere, so that nothing is needed.
    pub excused: bool,
}

/// The permissions that an actor has.
#[derive(Debug)]
pub(super) enum HeldPermissions {
    /// The token says it.
    Granted {
        /// Whether a user stands behind it.
        caller: TokenCaller,
        /// By name.
        permissions: Vec<String>,
    },
    /// There is no token yet; the configuration says what is asked for.
    AskedFor(Vec<String>),
    /// Nobody knows; whom the token will speak for may be known.
    Unknown(Option<TokenCaller>),
}

impl HeldPermissions {
    pub fn caller(&self) -> Option<TokenCaller> {
        match self {
            Self::Granted { caller, .. } => Some(*caller),
            Self::AskedFor(_) => Some(TokenCaller::User),
            Self::Unknown(caller) => *caller,
        }
    }
}

impl ExaminedActor {
    /// The actor as messages name it.
    pub fn title(&self) -> &str {
        named_actor(&self.name)
    }
}

/// Tries the sign-in of `needed` and reads the token. `tenant` is the tenant's id, if it is known.
pub(super) async fn examine(
    examined: &Examined<'_>,
    needed: &NeededActor,
    tenant: Option<Uuid>,
) -> (Vec<DoctorFinding>, ExaminedActor) {
    let mut actor =
        ExaminedActor { name: needed.name.clone(), token: None, held: HeldPermissions::Unknown(None), excused: false };
    if needed.by_hand {
        actor.excused = true;
        let text = "a person decides on the My Access page: no token is needed";
        return (vec![DoctorFinding::ok(section(needed), "sign-in", text)], actor);
    }
    let configured = match examined.config.actor(&needed.name) {
        Ok(configured) => configured,
        Err(fault) => return (vec![unsigned(examined, needed, &Diagnostic::from(&fault))], actor),
    };
    let Some(sign_in) = examined.sign_ins.iter().find(|sign_in| sign_in.actor() == needed.name) else {
        // It could not be made without a tenant, which is reported elsewhere.
        return (vec![DoctorFinding::unknown(section(needed), "sign-in", "not tried: no tenant is configured")], actor);
    };
    if !configured.scopes.is_empty() {
        actor.held = HeldPermissions::AskedFor(configured.scopes.iter().map(|scope| short(scope)).collect());
    } else {
        actor.held = HeldPermissions::Unknown(sign_in.caller());
    }
    let method = &configured.sign_in;
    if let Some(step) = needed.created_at.filter(|_| is_for_people(method)) {
        let first = examined.needs.first_step_of(&needed.name).unwrap_or(step);
        let text = format!("{}: at step {first}, after step {step} has created the account", method.word());
        let finding = DoctorFinding::unknown(section(needed), "sign-in", text);
        return (vec![finding.advised(later(method))], actor);
    }
    let mut findings = Vec::new();
    match obtain_token(examined, sign_in).await {
        Ok(token) => {
            findings.push(signed_in(examined, needed, method, &token));
            findings.extend(examine_token(examined, needed, &token, tenant));
            let blocked = findings.iter().any(|finding| finding.verdict == super::DoctorVerdict::Blocked);
            actor.held = known_grants(token.claims.as_ref(), sign_in.caller());
            actor.token = Some(token).filter(|_| !blocked);
        }
        Err(SignInError::NeedsPerson { .. }) => {
            let text = format!("needs a person: sign-in {}", method.word());
            let steps = examined.steps_of(&needed.name);
            let advice = "`graphwalk doctor --sign-in` signs in now and checks the token; a run also asks";
            findings.push(
                DoctorFinding::unknown(section(needed), "sign-in", text)
                    .advice(advice)
                    .of_steps(steps, format!("the sign-in of {}", named_actor(&needed.name))),
            );
        }
        Err(error) => findings.push(unsigned(examined, needed, &Diagnostic::from(&error))),
    }
    (findings, actor)
}

async fn obtain_token(examined: &Examined<'_>, sign_in: &SignIn) -> Result<AccessToken, SignInError> {
    match examined.asking {
        Asking::Nobody => sign_in.token_unattended().await,
        Asking::People => sign_in.token().await,
    }
}

fn section(needed: &NeededActor) -> DoctorSection {
    DoctorSection::ExaminedActor(needed.name.clone())
}

/// Returns whether the account itself signs in, so that it has to be there.
fn is_for_people(method: &SignInMethod) -> bool {
    match method {
        SignInMethod::DeviceCode { .. } | SignInMethod::AuthorizationCode { .. } => true,
        SignInMethod::Password { username, .. } => username.is_none(),
        _ => false,
    }
}

fn later(method: &SignInMethod) -> Option<String> {
    match method {
        SignInMethod::Password { .. } => Some(
            "use a tenant without a second factor, or device-code: a password cannot be tried before the run; to resume the \
             run, its administrator has to set a new one, which needs User-PasswordProfile.ReadWrite.All"
                .to_owned(),
        ),
        _ => Some("be present: the run prints what to do in a private window, and waits".to_owned()),
    }
}

/// The finding of an actor without a token, and what to do.
fn unsigned(examined: &Examined<'_>, needed: &NeededActor, why: &Diagnostic) -> DoctorFinding {
    let steps: BTreeSet<u8> = examined.steps_of(&needed.name).into_iter().collect();
    DoctorFinding::blocked(section(needed), "sign-in", why.message.clone())
        .advised(why.help.clone())
        .of_steps(steps, format!("a token of {}", named_actor(&needed.name)))
}

fn signed_in(
    examined: &Examined<'_>,
    needed: &NeededActor,
    method: &SignInMethod,
    token: &AccessToken,
) -> DoctorFinding {
    let left = (examined.surroundings.now)().duration_until(token.expires);
    let text = format!("{} works: the token is valid for {}", method.word(), rough_time(left));
    let section = section(needed);
    if left < SHORT && matches!(method, SignInMethod::Token { .. }) {
        let text = format!("{text}, and cannot be renewed");
        return DoctorFinding::warn(section, "sign-in", text).advice("put a new token into the variable before a run");
    }
    DoctorFinding::ok(section, "sign-in", text)
}

/// Reads the tenant, the account and the permissions from the token.
fn examine_token(
    examined: &Examined<'_>,
    needed: &NeededActor,
    token: &AccessToken,
    tenant: Option<Uuid>,
) -> Vec<DoctorFinding> {
    let Some(claims) = &token.claims else {
        let text = "the token cannot be read: tenant, account and permissions are unknown";
        return vec![DoctorFinding::unknown(section(needed), "token", text)];
    };
    vec![of_tenant(examined, needed, claims, tenant), account(needed, claims), permissions(examined, needed, claims)]
}

fn of_tenant(examined: &Examined<'_>, needed: &NeededActor, claims: &Claims, tenant: Option<Uuid>) -> DoctorFinding {
    let configured = examined.config.tenant.as_ref();
    let expected = configured.and_then(crate::config::TenantName::id).or(tenant);
    match (claims.tid, expected) {
        (Some(tid), Some(expected)) if tid == expected => {
            DoctorFinding::ok(section(needed), "tenant", format!("{tid}, as configured"))
        }
        (Some(tid), Some(expected)) => {
            let text = format!("the token is of {tid}, not of {expected}");
            let every = examined.step_numbers();
            DoctorFinding::blocked(section(needed), "tenant", text)
                .advice("sign in with an account or app of the configured tenant, or change `tenant`")
                .of_steps(every, "a token of the configured tenant")
        }
        (Some(tid), None) => {
            let text = format!("{tid}; whether that is the configured one is unknown");
            DoctorFinding::unknown(section(needed), "tenant", text).advice("name the tenant by its id in `tenant`")
        }
        (None, _) => DoctorFinding::unknown(section(needed), "tenant", "the token does not name its tenant"),
    }
}

fn account(needed: &NeededActor, claims: &Claims) -> DoctorFinding {
    let id = |id: Option<Uuid>| id.map_or_else(|| "(unnamed)".to_owned(), |id| id.to_string());
    match claims.caller() {
        Some(TokenCaller::User) => {
            let name = claims.username().map_or_else(|| id(claims.oid), str::to_owned);
            DoctorFinding::ok(section(needed), "account", format!("{name}, a user"))
        }
        Some(TokenCaller::App) => {
            DoctorFinding::ok(section(needed), "account", format!("app {}, by itself (app-only)", id(claims.app())))
        }
        None => {
            DoctorFinding::unknown(section(needed), "account", "the token does not say whether a user or an app calls")
        }
    }
}

/// The permissions that matter most here, and how many others there are.
fn permissions(examined: &Examined<'_>, needed: &NeededActor, claims: &Claims) -> DoctorFinding {
    let (all, kind) = match claims.caller() {
        Some(TokenCaller::App) => (&claims.roles, "application"),
        Some(TokenCaller::User) | None => (&claims.scp, "delegated"),
    };
    let calls = examined.steps().flat_map(|step| step.calls_of(&needed.name)).map(|made| &made.call);
    let accepted: BTreeSet<&'static str> = calls
        .flat_map(|call| [Scheme::DelegatedWork, Scheme::Application].map(|scheme| call.permissions(scheme)))
        .flatten()
        .collect();
    let matters = |name: &&String| accepted.iter().any(|permission| permission.eq_ignore_ascii_case(name));
    let mut mattering: Vec<&str> = all.iter().filter(matters).map(String::as_str).collect();
    mattering.sort_unstable();
    // A reader's permission says nothing beside the writer's.
    let writes = |name: &str| {
        mattering.contains(&name.replace(".ReadBasic.", ".ReadWrite.").replace(".Read.", ".ReadWrite.").as_str())
    };
    let mattering: Vec<&str> =
        mattering.iter().copied().filter(|name| name.contains(".ReadWrite.") || !writes(name)).collect();
    let others = all.len().saturating_sub(mattering.len());
    let others = match others {
        0 => String::new(),
        others => format!(" and {}", counted_as(others, "other", "others")),
    };
    let text = if all.is_empty() {
        format!("{kind}: none")
    } else if mattering.is_empty() {
        format!("{kind}: none that the tutorial needs{}", others.replace(" and", ","))
    } else {
        format!("{kind}: {}{others}", mattering.join(", "))
    };
    // What it lacks is reported step by step.
    DoctorFinding::ok(section(needed), "grants", text)
}

fn known_grants(claims: Option<&Claims>, known: Option<TokenCaller>) -> HeldPermissions {
    let Some(claims) = claims else { return HeldPermissions::Unknown(known) };
    match claims.caller() {
        Some(TokenCaller::App) => {
            HeldPermissions::Granted { caller: TokenCaller::App, permissions: claims.roles.clone() }
        }
        Some(TokenCaller::User) => {
            HeldPermissions::Granted { caller: TokenCaller::User, permissions: claims.scp.clone() }
        }
        None => HeldPermissions::Unknown(known),
    }
}

/// A scope without its resource.
fn short(scope: &str) -> String {
    scope.rsplit('/').next().unwrap_or(scope).to_owned()
}
