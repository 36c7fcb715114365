//! How an emulator is set up, for the commands that start one.

use std::path::{Path, PathBuf};

use graphwalk_emulator::faults::Faults;
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::{Emulator, NextOccurrence, Settings};
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use crate::diagnostic::Diagnostic;
use crate::tutorial;

/// Arguments that set an emulator up.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Emulator")]
pub struct EmulatorArgs {
    /// Time that its clock shows at the start, e.g. `2026-01-31T09:00:00Z`; the real time if left out
    #[arg(long, value_name = "TIME")]
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
    #[arg(long, value_name = "N")]
    fault_seed: Option<u64>,
    /// The hour in UTC at which a one-time review ends on its last day
    #[arg(long, value_name = "HOUR", default_value = "8", value_parser = clap::value_parser!(i8).range(0..24))]
    end_hour: i8,
    /// Start of the next occurrence of a recurring review: one interval after the start of the one before, or after its end
    #[arg(long, value_name = "WHEN", default_value = "schedule")]
    next_occurrence: NextStart,
}

/// The start of the next occurrence of a recurring review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum NextStart {
    /// One interval after the start of the one before
    #[default]
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
        let given = [
            ("--now", self.now.is_some()),
            ("--seed", self.seed.is_some()),
            ("--no-licence", self.no_licence),
            ("--faults", self.faults.is_some()),
            ("--fault-seed", self.fault_seed.is_some()),
            ("--next-occurrence", self.next_occurrence != NextStart::Schedule),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("{name} is for an emulated tenant");
                Err(vec![Diagnostic::new("usage", message).help("add --on emulator, or leave it out")])
            }
        }
    }

    /// The settings that the arguments say; `own_seed` is what the tenant holds if they name no seed.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not what it should be.
    pub fn settings(&self, own_seed: Option<&str>) -> Result<Settings, tutorial::TutorialFaults> {
        let own_path = Path::new(tutorial::SEED_FILE);
        let without_seed = self.settings_without_seed()?;
        let seed = match (&self.seed, own_seed) {
            (None, None) => Seed::default(),
            (None, Some(text)) => Seed::parse(text).map_err(|error| fault("seed", own_path, &error.to_string()))?,
            (Some(path), _) => Seed::parse(&text_of(path)?).map_err(|error| fault("seed", path, &error.to_string()))?,
        };
        let settings = Settings { seed, ..without_seed };
        if let Some(path) = self.seed.as_deref().or(own_seed.map(|_| own_path)) {
            // What the seed's parts say of one another is found out by planting it.
            Emulator::new(settings.clone(), Schemas::embedded())
                .map_err(|error| fault("seed", path, &error.to_string()))?;
        }
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
        let (now, licensed, end_hour) = (self.now, !self.no_licence, self.end_hour);
        let next_occurrence = match self.next_occurrence {
            NextStart::Schedule => NextOccurrence::OnSchedule,
            NextStart::End => NextOccurrence::AfterEnd,
        };
        Ok(Settings { now, licensed, end_hour, next_occurrence, faults, ..Settings::default() })
    }
}

fn text_of(path: &Path) -> Result<String, tutorial::TutorialFaults> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        vec![Diagnostic::new("file", message).help("check the name; the file has to be UTF-8")]
    })
}

fn fault(code: &'static str, path: &Path, message: &str) -> tutorial::TutorialFaults {
    vec![Diagnostic::new(code, format!("{}: {message}", path.display()))]
}
