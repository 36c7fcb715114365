//! Whether the tenant, the accounts and the licence are ready, found out before anything is created.
//!
//! [`examine`] looks at everything that a live run relies on, in the order in which one thing needs another, and writes
//! nothing: no request that it makes changes the tenant. What it finds is a [`Report`]: a line for each thing with a
//! [`DoctorVerdict`] and what to do, and which steps of the tutorial can be judged.

mod actors;
mod call;
mod callers;
mod cloud;
mod configuration;
mod finding;
mod grants;
mod json;
mod leftovers;
mod needs;
mod overlay;
mod part;
mod passwords;
mod reads;
mod requirements;
mod roles;
mod sources;
mod steps;
mod tenant;
mod text;

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::config::Config;
use crate::session::{RunId, TracedExchange};

use actors::ExaminedActor;
use graphwalk_client::sign_in::{SignIn, Surroundings};
use reads::Reads;

pub use call::NeededCall;
pub(crate) use callers::callers_can_sign_in;
pub use finding::DoctorVerdict;
pub(crate) use finding::{DoctorFinding, DoctorSection};
pub(crate) use grants::{GrantKind, InToken, OnPage};
pub use needs::{Needs, StepNeeds};
pub(crate) use steps::StepGroup;

/// The subject of the checks, and the means to make them.
#[derive(Clone, Copy, Debug)]
pub struct Examined<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The needs of the tutorial.
    pub needs: &'a Needs,
    /// The steps of it that are to come; all of them if `None`.
    pub to_come: Option<&'a BTreeSet<u8>>,
    /// The run that is played, which is nothing that an earlier one left.
    pub own_run: Option<&'a RunId>,
    /// HTTP, the clock, the variables, the person.
    pub surroundings: &'a Surroundings,
    /// The sign-ins of the configured actors. Tokens that are got here are held there, so that nobody signs in twice.
    pub sign_ins: &'a [&'a SignIn],
    /// Whether people may be asked to sign in.
    pub asking: Asking,
    /// Takes what Graph is asked, and its answers.
    pub trace: Option<&'a DoctorTrace>,
}

/// The doctor's requests to Graph and their answers, without secrets.
pub type DoctorTrace = RefCell<Vec<TracedExchange>>;

/// Whether people are asked to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Nobody: kept tokens serve, and sign-ins that need no person.
    Nobody,
    /// The actors who must sign in, except those whose account the tutorial has yet to create.
    People,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The tutorial.
    pub tutorial: String,
    /// The findings, in the order of the sections.
    pub findings: Vec<DoctorFinding>,
    /// The steps, by whether they can be judged.
    pub steps: Vec<StepGroup>,
}

impl Report {
    /// Returns the number of findings with this verdict.
    pub fn count(&self, verdict: DoctorVerdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }

    /// Returns whether a step of the tutorial cannot be judged.
    pub fn blocks(&self) -> bool {
        self.count(DoctorVerdict::Blocked) > 0
    }

    /// The report for people, in 80 columns, coloured with ANSI escapes if `colour`. Ends with a line break.
    pub fn text(&self, colour: bool) -> String {
        text::render(self, colour)
    }

    /// The report for people with what is not ok alone: for the beginning of a run. Empty if all is ok.
    pub fn concerns(&self, colour: bool) -> String {
        text::concerns(self, colour)
    }

    /// The report for programs: `{"tutorial", "ready", "findings": [...], "steps": [...]}`.
    pub fn json(&self) -> serde_json::Value {
        json::render(self)
    }
}

/// Looks at everything before a live run that needs `needs`: people are asked to sign in, as the run would. `to_come` says
/// which steps are still to come, all if `None`, and `own_run` which run goes on, if one does.
///
/// The run goes on unless [`Report::blocks`]; [`Report::concerns`] is what to show at its beginning.
pub async fn before_run(
    needs: &Needs,
    (to_come, own_run): (Option<&BTreeSet<u8>>, Option<&RunId>),
    config: &Config,
    surroundings: &Surroundings,
    sign_ins: &[&SignIn],
) -> Report {
    let (asking, trace) = (Asking::People, None);
    examine(&Examined { config, needs, to_come, own_run, surroundings, sign_ins, asking, trace }).await
}

/// Looks at everything. It fails at nothing: what cannot be found out is [`DoctorVerdict::Unknown`].
pub async fn examine(examined: &Examined<'_>) -> Report {
    let needs = examined.needs;
    let mut findings = configuration::examine(examined);
    let (found, reached) = cloud::examine(examined).await;
    findings.extend(found);
    let mut actors = Vec::new();
    for needed in examined.actors() {
        if reached.authority || examined.config.tenant.is_none() {
            let (found, actor) = actors::examine(examined, needed, reached.tenant).await;
            findings.extend(found);
            actors.push(actor);
        }
    }
    findings.extend(grants::examine(examined, &actors));
    findings.extend(passwords::examine(examined, &actors));
    if let (true, Some(administrator)) = (reached.graph, actors.first()) {
        findings.extend(of_tenant(examined, administrator).await);
    }
    findings.extend(leftovers::examine(examined.config, examined.own_run));
    let steps = steps::group(examined, &findings);
    Report { tutorial: needs.tutorial.clone(), findings, steps }
}

/// Role, licence and domain, asked for by the first actor, who is the administrator.
async fn of_tenant(examined: &Examined<'_>, administrator: &ExaminedActor) -> Vec<DoctorFinding> {
    let reads = match Reads::new(examined.config, examined.trace) {
        Ok(reads) => reads,
        Err(why) => {
            let finding = DoctorFinding::blocked(DoctorSection::Tenant, "client", why);
            return vec![finding.of_steps(examined.step_numbers(), "an HTTP client for Graph")];
        }
    };
    let mut findings = vec![roles::examine(examined, &reads, administrator).await];
    findings.extend(tenant::examine(examined, &reads, administrator).await);
    findings
}
