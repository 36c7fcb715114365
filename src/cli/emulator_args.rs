//! How an emulator is set up, for the commands that start one.

use std::path::{Path, PathBuf};

use graphwalk_emulator::faults::Faults;
use graphwalk_emulator::seed::{Seed, SeedError};
use graphwalk_emulator::{Emulator, NextOccurrence, Settings};
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use super::values::{moment, whole_number};
use crate::diagnostic::Diagnostic;
use crate::tutorial;

/// Arguments that set an emulator up.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Emulator")]
pub struct EmulatorArgs {
    /// Time that its clock shows at the start, e.g. `2026-01-31T09:00:00Z`; the real time if left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    now: Option<Timestamp>,
    /// A tenant to begin with, in JSON or YAML
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// A tenant without Microsoft Entra ID P2, which access reviews need
    #[arg(long)]
    no_licence: bool,
    /// Faults that calls meet, and when, in JSON
    #[arg(long, value_name = "FILE", conflicts_with = "fault_seed")]
    faults: Option<PathBuf>,
    /// A storm of faults that follows from this number
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole_number::<u64>(0..=u64::MAX))]
    fault_seed: Option<u64>,
    /// The hour in UTC at which a one-time review ends on its last day; 8 if left out
    #[arg(long, value_name = "HOUR", allow_negative_numbers = true, value_parser = whole_number::<i8>(0..=23))]
    end_hour: Option<i8>,
    /// Start of the next occurrence of a recurring review: one interval after the start of the one before, or after its end; the
    /// schedule if left out
    #[arg(long, value_name = "WHEN")]
    next_occurrence: Option<NextStart>,
}

/// The start of the next occurrence of a recurring review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum NextStart {
    /// One interval after the start of the one before
    Schedule,
    /// One interval after the end of the one before
    End,
}

impl EmulatorArgs {
    /// Refuses arguments that another backend would pass over in silence.
    ///
    /// # Errors
    ///
    /// If one is given.
    pub fn refuse(&self) -> Result<(), tutorial::TutorialFaults> {
        refuse_without_emulator(&[
            ("--now", self.now.is_some()),
            ("--seed", self.seed.is_some()),
            ("--no-licence", self.no_licence),
            ("--faults", self.faults.is_some()),
            ("--fault-seed", self.fault_seed.is_some()),
            ("--end-hour", self.end_hour.is_some()),
            ("--next-occurrence", self.next_occurrence.is_some()),
        ])
    }

    /// The settings that the arguments say; `own_seed` is what the tenant holds if they name no seed.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not what it should be.
    pub fn settings(&self, own_seed: Option<&str>) -> Result<Settings, tutorial::TutorialFaults> {
        let without_seed = self.settings_without_seed()?;
        let (path, text) = match (&self.seed, own_seed) {
            (None, None) => return Ok(without_seed),
            (None, Some(text)) => (Path::new(tutorial::SEED_FILE), text.to_owned()),
            (Some(path), _) => (path.as_path(), text_of(path)?),
        };
        let seed = Seed::parse(&text).map_err(|error| seed_fault(path, &text, &error))?;
        let settings = Settings { seed, ..without_seed };
        // What the seed's parts say of one another is found out by planting it.
        Emulator::new(settings.clone(), Schemas::embedded()).map_err(|error| seed_fault(path, &text, &error))?;
        Ok(settings)
    }

    /// Returns the content of the tenant: the text of the named seed, or `own`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn seed_text(&self, own: Option<String>) -> Result<Option<String>, tutorial::TutorialFaults> {
        self.seed.as_deref().map(text_of).transpose().map(|named| named.or(own))
    }

    /// The settings that the arguments say, but for what the tenant holds.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not what it should be.
    pub fn settings_without_seed(&self) -> Result<Settings, tutorial::TutorialFaults> {
        let faults = match (&self.faults, self.fault_seed) {
            (Some(path), _) => {
                Some(Faults::parse(&text_of(path)?).map_err(|error| fault("faults", path, &error.to_string()))?)
            }
            (None, Some(seed)) => Some(Faults::storm(seed)),
            (None, None) => None,
        };
        let (now, licensed, usual) = (self.now, !self.no_licence, Settings::default());
        let end_hour = self.end_hour.unwrap_or(usual.end_hour);
        let next_occurrence = match self.next_occurrence {
            Some(NextStart::Schedule) => NextOccurrence::OnSchedule,
            Some(NextStart::End) => NextOccurrence::AfterEnd,
            None => usual.next_occurrence,
        };
        Ok(Settings { now, licensed, end_hour, next_occurrence, faults, ..usual })
    }
}

/// Refuses flags about an emulated tenant where there is none: each with whether it is given.
///
/// # Errors
///
/// If one is given.
pub(super) fn refuse_without_emulator(flags: &[(&str, bool)]) -> Result<(), tutorial::TutorialFaults> {
    match flags.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!("{flag} is for an emulated tenant");
            Err(vec![Diagnostic::new("usage", message).help("add --on emulator, or leave it out")])
        }
    }
}

fn text_of(path: &Path) -> Result<String, tutorial::TutorialFaults> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        vec![Diagnostic::new("file", message).help("check the name; the file has to be UTF-8")]
    })
}

/// Returns the fault of a seed, with its line. The line itself is not shown: a seed may hold passwords.
fn seed_fault(path: &Path, text: &str, error: &SeedError) -> tutorial::TutorialFaults {
    let (place, what) = match error {
        SeedError::Invalid { pointer, .. } => (Seed::place_of(text, pointer), error.to_string()),
        SeedError::Malformed(_) => without_place(&error.to_string()),
    };
    let place = place.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    let message = format!("{}{place}: {what}", path.display());
    vec![Diagnostic::new("seed", message).help("change the seed there and run again")]
}

/// A message without the first ` at line 3 column 1` that is in it, and these numbers.
fn without_place(told: &str) -> (Option<(usize, usize)>, String) {
    let taken = told.find(" at line ").and_then(|start| {
        let (line, rest) = told[start + " at line ".len()..].split_once(" column ")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let place = (line.parse().ok()?, rest[..digits].parse().ok()?);
        Some((Some(place), format!("{}{}", &told[..start], &rest[digits..])))
    });
    taken.unwrap_or_else(|| (None, told.to_owned()))
}

fn fault(code: &'static str, path: &Path, message: &str) -> tutorial::TutorialFaults {
    vec![Diagnostic::new(code, format!("{}: {message}", path.display()))]
}
