//! What a check finds: a verdict, a sentence, and what to do.

use std::collections::BTreeSet;

use serde::Serialize;

use super::grants::PermissionRow;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoctorVerdict {
    /// It is as it should be.
    Ok,
    /// A run works with it, but the user should know.
    Warn,
    /// It cannot be found out beforehand.
    Unknown,
    /// Steps of the tutorial cannot be judged with it.
    Blocked,
}

/// The subject of a check. The order is that of the output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoctorSection {
    /// The file, the cloud, the tenant.
    Configuration,
    /// Whether Graph and the authority answer, and by which clock.
    Cloud,
    /// One actor's sign-in and token; the actor's name.
    ExaminedActor(String),
    /// The permissions: what each step needs, what the page names, and what the token grants.
    Permissions,
    /// Roles, licence, domains.
    Tenant,
    /// The runs that left something.
    Runs,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorFinding {
    /// Its subject.
    pub section: DoctorSection,
    /// The check's name, the same in every version: programs may rely on it.
    pub check: &'static str,
    /// The verdict.
    pub verdict: DoctorVerdict,
    /// The result in one sentence: lower case, no full stop.
    pub text: String,
    /// An instruction, if there is anything to do.
    pub advice: Option<String>,
    /// The steps that cannot be judged, or of which it is unknown, because this is missing.
    pub steps: BTreeSet<u8>,
    /// The thing these steps miss, for the list of steps; empty if there are none.
    pub missing: String,
    /// The row of the table of permissions, if this is one.
    pub permission: Option<PermissionRow>,
}

impl DoctorFinding {
    /// One that is as it should be.
    pub fn ok(section: DoctorSection, check: &'static str, text: impl Into<String>) -> Self {
        Self::new(section, check, DoctorVerdict::Ok, text)
    }

    /// One that a run can do with.
    pub fn warn(section: DoctorSection, check: &'static str, text: impl Into<String>) -> Self {
        Self::new(section, check, DoctorVerdict::Warn, text)
    }

    /// One that cannot be found out.
    pub fn unknown(section: DoctorSection, check: &'static str, text: impl Into<String>) -> Self {
        Self::new(section, check, DoctorVerdict::Unknown, text)
    }

    /// One that keeps steps from being judged; [`DoctorFinding::of_steps`] says which.
    pub fn blocked(section: DoctorSection, check: &'static str, text: impl Into<String>) -> Self {
        Self::new(section, check, DoctorVerdict::Blocked, text)
    }

    fn new(section: DoctorSection, check: &'static str, verdict: DoctorVerdict, text: impl Into<String>) -> Self {
        let (steps, missing) = (BTreeSet::new(), String::new());
        Self { section, check, verdict, text: text.into(), advice: None, steps, missing, permission: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same, where there may be nothing to say.
    #[must_use]
    pub fn advised(self, advice: Option<String>) -> Self {
        Self { advice: advice.or(self.advice), ..self }
    }

    /// Names the steps it concerns, and what is missing to them.
    #[must_use]
    pub fn of_steps(mut self, steps: impl IntoIterator<Item = u8>, missing: impl Into<String>) -> Self {
        self.steps = steps.into_iter().collect();
        self.missing = missing.into();
        self
    }
}
