//! The table of permissions: for each step and actor what is needed, what the page names, what the token grants.

use graphwalk_catalog::{Scheme, only_reads};
use graphwalk_client::sign_in::TokenCaller;
use serde::Serialize;

use super::Examined;
use super::actors::{ExaminedActor, HeldPermissions};
use super::call::NeededCall;
use super::finding::{DoctorFinding, DoctorSection, DoctorVerdict};
use super::needs::{StepCall, StepNeeds};
use super::sources;
use crate::dry_run::planned_calls::UnknownCalls;
use crate::session::StepPlace;

/// One row: a permission that an actor needs at a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PermissionRow {
    /// The step.
    pub step: u8,
    /// The actor who calls.
    pub actor: String,
    /// The least privileged permission that is enough.
    pub needed: &'static str,
    /// Of which kind it is.
    pub kind: GrantKind,
    /// Whether the tutorial's page mentions it; nothing if there is no page.
    pub page: Option<OnPage>,
    /// Whether the token grants it.
    pub token: InToken,
    /// The permissions of the token that serve instead of it.
    pub by: Vec<&'static str>,
    /// The calls that need it.
    pub calls: Vec<String>,
    /// The sentences that make them: `FILE:LINE`.
    pub places: Vec<String>,
}

/// The kind of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// For an app on behalf of a signed-in user.
    Delegated,
    /// For an app by itself.
    Application,
}

/// Whether the page mentions a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnPage {
    /// It names it.
    Named,
    /// It names a higher one.
    Higher,
    /// It names nothing that would be enough.
    Forgotten,
}

/// Whether a token grants a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InToken {
    /// It has it.
    Granted,
    /// It has a higher one.
    Higher,
    /// It has nothing that would be enough.
    Missing,
    /// There is no token, or it does not say.
    Unknown,
    /// There is no token, and its sign-in does not ask for it.
    NotAskedFor,
}

/// The rows of all steps and actors.
pub(super) fn examine(examined: &Examined<'_>, actors: &[ExaminedActor]) -> Vec<DoctorFinding> {
    let mut findings = Vec::new();
    for step in examined.steps() {
        for actor in actors {
            findings.extend(rows(examined, step, actor).into_iter().map(|row| finding(examined, row)));
            findings.extend(unlisted(step, actor));
        }
        let of_step = examined.needs.unknown.iter().filter(|unknown| unknown.step == step.number);
        findings.extend(of_step.map(unknown));
    }
    findings.extend(actors.iter().flat_map(|actor| apps(examined, actor)));
    findings.extend(actors.iter().filter_map(|actor| surplus(examined, actor)));
    findings.extend(sources::examine(examined, actors));
    findings
}

/// Finds what a token permits beside reading, where the tutorial only reads.
fn surplus(examined: &Examined<'_>, actor: &ExaminedActor) -> Option<DoctorFinding> {
    let HeldPermissions::Granted { permissions, .. } = &actor.held else { return None };
    let more: Vec<&str> = permissions.iter().map(String::as_str).filter(|permission| !only_reads(permission)).collect();
    if !examined.needs.reads_only || more.is_empty() {
        return None;
    }
    let text = format!("the token of {} permits more than reading: {}", actor.title(), more.join(", "));
    let advice = format!(
        "{} writes nothing, and graphwalk sends no write; let it sign in with permissions to read alone",
        examined.needs.tutorial
    );
    Some(DoctorFinding::warn(DoctorSection::Permissions, "surplus", text).advice(advice))
}

/// The calls whose permissions are not known: those of beta, and those that Graph's list lacks.
fn unlisted(step: &StepNeeds, actor: &ExaminedActor) -> Option<DoctorFinding> {
    let unlisted =
        step.calls_of(&actor.name).filter(|made| !actor.excused && !made.call.is_known() && !made.after_loss);
    let calls: Vec<String> = unlisted
        .map(|made| {
            format!("{} ({})", made.call.describe(), made.places.first().map(StepPlace::short).unwrap_or_default())
        })
        .collect();
    let text =
        format!("step {}: {} calls {}: its permissions are not known", step.number, actor.title(), calls.join(", "));
    let finding = DoctorFinding::unknown(DoctorSection::Permissions, "calls", text)
        .of_steps([step.number], format!("permissions of {} that are not known", actor.title()));
    (!calls.is_empty()).then_some(finding)
}

/// A sentence that may call anything.
fn unknown(unknown: &UnknownCalls) -> DoctorFinding {
    let UnknownCalls { step, place, sentence } = unknown;
    let text = format!(
        "step {step}: \"{sentence}\" ({}) calls something that no sentence names: its permissions are not known",
        place.short()
    );
    DoctorFinding::unknown(DoctorSection::Permissions, "calls", text)
        .of_steps([*step], "permissions that are not known")
}

/// The calls of an app that Graph refuses to apps.
fn apps(examined: &Examined<'_>, actor: &ExaminedActor) -> Vec<DoctorFinding> {
    if actor.held.caller() != Some(TokenCaller::App) || examined.steps().next().is_none() {
        return Vec::new();
    }
    let refused = examined.steps().filter_map(|step| {
        let refused = step.calls_of(&actor.name).map(|made| &made.call).filter(|call| !call.serves_apps());
        let calls: Vec<_> = refused.map(NeededCall::describe).collect();
        (!calls.is_empty()).then_some((step.number, calls))
    });
    let refused: Vec<(u8, Vec<String>)> = refused.collect();
    let who = actor.title();
    if refused.is_empty() {
        let text = format!("{who} is an app by itself: none of its calls demands a user");
        return vec![DoctorFinding::ok(DoctorSection::Permissions, "app-only", text)];
    }
    refused
        .into_iter()
        .map(|(step, calls)| {
            let text = format!("step {step}: Graph refuses {} to an app, and {who} is one", calls.join(" and "));
            DoctorFinding::blocked(DoctorSection::Permissions, "app-only", text)
                .advice(format!(
                    "give {who} sign-in = \"device-code\", \"authorization-code\" or \"password\" with an account"
                ))
                .of_steps([step], format!("a user's sign-in of {who}"))
        })
        .collect()
}

fn rows(examined: &Examined<'_>, step: &StepNeeds, actor: &ExaminedActor) -> Vec<PermissionRow> {
    if actor.excused {
        return Vec::new();
    }
    let kind = match actor.held.caller() {
        Some(TokenCaller::App) => GrantKind::Application,
        Some(TokenCaller::User) | None => GrantKind::Delegated,
    };
    let calls: Vec<&StepCall> =
        step.calls_of(&actor.name).filter(|made| kind == GrantKind::Delegated || made.call.serves_apps()).collect();
    let page = examined.needs.page.as_ref();
    let row = |(needed, mut of_row): (&'static str, Vec<&StepCall>)| {
        // In the order in which they are made.
        of_row.sort_by_key(|made| calls.iter().position(|call| std::ptr::eq(*call, *made)));
        let calls = of_row;
        let (token, by) = in_token(&actor.held, needed, &calls, kind);
        PermissionRow {
            step: step.number,
            actor: actor.name.clone(),
            needed,
            kind,
            page: page.map(|page| on_page(&page.permissions, needed, &calls)),
            token,
            by,
            calls: calls.iter().map(|made| made.call.describe()).collect(),
            places: calls.iter().flat_map(|made| made.places()).collect(),
        }
    };
    least(&calls, kind).into_iter().map(row).collect()
}

/// The permissions that grant a call, the least first.
fn accepted(made: &StepCall, kind: GrantKind) -> Vec<&'static str> {
    made.call.permissions(match kind {
        GrantKind::Delegated => Scheme::DelegatedWork,
        GrantKind::Application => Scheme::Application,
    })
}

/// The fewest of the calls' least permissions that grant all of them, each with the calls that it is needed for.
pub(super) fn least<'a>(calls: &[&'a StepCall], kind: GrantKind) -> Vec<(&'static str, Vec<&'a StepCall>)> {
    let mut needed: Vec<(&'static str, Vec<&StepCall>)> = Vec::new();
    for call in calls {
        let Some(permission) = accepted(call, kind).into_iter().next() else { continue };
        match needed.iter_mut().find(|(name, _)| *name == permission) {
            Some((_, calls)) => calls.push(call),
            None => needed.push((permission, vec![call])),
        }
    }
    let mut place = 0;
    while place < needed.len() {
        let grants = |other: &str| needed[place].1.iter().all(|call| accepted(call, kind).contains(&other));
        let higher = needed.iter().position(|(other, _)| *other != needed[place].0 && grants(other));
        match higher {
            Some(higher) => {
                let calls = std::mem::take(&mut needed[place].1);
                needed[higher].1.extend(calls);
                needed.remove(place);
            }
            None => place += 1,
        }
    }
    needed
}

/// The page speaks of delegated permissions alone.
fn on_page(page: &[String], needed: &str, calls: &[&StepCall]) -> OnPage {
    let names = |permission: &str| page.iter().any(|named| named == permission);
    let grants = |call: &&StepCall| accepted(call, GrantKind::Delegated).into_iter().any(names);
    if names(needed) {
        OnPage::Named
    } else if calls.iter().all(grants) {
        OnPage::Higher
    } else {
        OnPage::Forgotten
    }
}

fn in_token(
    held: &HeldPermissions,
    needed: &str,
    calls: &[&StepCall],
    kind: GrantKind,
) -> (InToken, Vec<&'static str>) {
    let (permissions, asked_only) = match held {
        HeldPermissions::Granted { permissions, .. } => (permissions, false),
        HeldPermissions::AskedFor(permissions) => (permissions, true),
        HeldPermissions::Unknown(_) => return (InToken::Unknown, Vec::new()),
    };
    let has = |name: &str| permissions.iter().any(|permission| permission.eq_ignore_ascii_case(name));
    let serving = |call: &&StepCall| accepted(call, kind).into_iter().find(|name| has(name));
    let by: Option<Vec<&'static str>> = calls.iter().map(serving).collect();
    match (has(needed), by) {
        (true, _) if asked_only => (InToken::Unknown, Vec::new()),
        (true, _) => (InToken::Granted, Vec::new()),
        (false, Some(_)) if asked_only => (InToken::Unknown, Vec::new()),
        (false, Some(mut by)) => {
            by.sort_unstable();
            by.dedup();
            (InToken::Higher, by)
        }
        (false, None) if asked_only => (InToken::NotAskedFor, Vec::new()),
        (false, None) => (InToken::Missing, Vec::new()),
    }
}

fn finding(examined: &Examined<'_>, row: PermissionRow) -> DoctorFinding {
    let (step, needed, kind) = (row.step, row.needed, row.kind.word());
    let who = crate::in_words::named_actor(&row.actor);
    let page = match row.page {
        Some(OnPage::Named) | None => "",
        Some(OnPage::Higher) => "; the page names a higher one",
        Some(OnPage::Forgotten) => "; the page does not mention it",
    };
    let text = format!("step {step}: {who} needs {needed} ({kind}): {}{page}", row.token.sentence());
    let missing = format!("{needed} of {who}");
    let verdict = match row.token {
        InToken::Granted | InToken::Higher => DoctorVerdict::Ok,
        InToken::Missing | InToken::NotAskedFor => DoctorVerdict::Blocked,
        InToken::Unknown => DoctorVerdict::Unknown,
    };
    let asks = examined.config.actors.get(&row.actor).is_some_and(|actor| !actor.scopes.is_empty());
    let advice = match row.token {
        InToken::Missing if asks => Some(format!(
            "grant {needed} ({kind}) to the app registration, with an administrator's consent, and name it in `scopes`"
        )),
        InToken::Missing => {
            Some(format!("grant {needed} ({kind}) to the app registration, with an administrator's consent"))
        }
        InToken::NotAskedFor => Some(format!("name {needed} in `scopes` of {who}, or leave `scopes` out")),
        InToken::Granted | InToken::Higher | InToken::Unknown => None,
    };
    let finding = match verdict {
        DoctorVerdict::Blocked => {
            DoctorFinding::blocked(DoctorSection::Permissions, "permission", text).of_steps([step], missing)
        }
        DoctorVerdict::Unknown => {
            let unknown = format!("what {who} may do");
            DoctorFinding::unknown(DoctorSection::Permissions, "permission", text).of_steps([step], unknown)
        }
        DoctorVerdict::Ok | DoctorVerdict::Warn => DoctorFinding::ok(DoctorSection::Permissions, "permission", text),
    };
    DoctorFinding { permission: Some(row), ..finding.advised(advice) }
}

impl GrantKind {
    /// Returns its name for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delegated => "delegated",
            Self::Application => "application",
        }
    }
}

impl OnPage {
    /// The word for the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Higher => "higher",
            Self::Forgotten => "forgotten",
        }
    }
}

impl InToken {
    /// The word for the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Higher => "higher",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::NotAskedFor => "not asked for",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Granted => "the token grants it",
            Self::Higher => "the token grants a higher one",
            Self::Missing => "the token does not grant it",
            Self::Unknown => "unknown before the sign-in",
            Self::NotAskedFor => "the sign-in does not ask for it",
        }
    }
}
