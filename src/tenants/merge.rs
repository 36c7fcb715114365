//! One run made of its shards: all of them, each once, of the same run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, grouped};
use crate::report::message::Envelope;
use crate::report::{KeptSessions, Opening};

use super::results::{ShardResults, run_differences};

/// The most missing tenants that are named.
const NAMED: usize = 10;

/// All shards of a run.
#[derive(Debug)]
pub(crate) struct MergedRun {
    shards: Vec<ShardResults>,
    opening: Opening,
    /// The shard of each tenant, by the tenant's place.
    of_places: Vec<usize>,
    next: usize,
    /// The sessions of the tenant before that one, as far as they have not been read.
    current: Option<KeptSessions>,
}

/// Puts the shards in `folders` together.
///
/// # Errors
///
/// A folder holds no shard, a shard is missing, there twice or of another run, or has not played all of its tenants.
pub(crate) fn merge(folders: &[PathBuf]) -> Result<MergedRun, Vec<Diagnostic>> {
    let opened: Vec<_> = folders.iter().map(|folder| ShardResults::open(folder)).collect();
    let (mut shards, mut faults) = (Vec::new(), Vec::new());
    for opened in opened {
        match opened {
            Ok(shard) => shards.push(shard),
            Err(fault) => faults.push(*fault),
        }
    }
    if faults.is_empty() {
        faults.extend(mixed(&shards));
    }
    if faults.is_empty() {
        faults.extend(doubled(&shards).into_iter().chain(missing(&shards)));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    shards.sort_by_key(|shard| shard.shard().number);
    let of_places = of_places(&shards).map_err(|fault| vec![*fault])?;
    let unfinished: Vec<Diagnostic> = shards.iter().filter_map(unfinished).collect();
    if !unfinished.is_empty() {
        return Err(unfinished);
    }
    // A shard without tenants has kept nothing.
    let with_tenants = shards.iter().find(|shard| !shard.shard().places.is_empty());
    let opening = with_tenants.map(ShardResults::opening);
    let opening = opening
        .ok_or_else(|| vec![Diagnostic::new("shard", "no shard has a tenant")])?
        .map_err(|fault| vec![*fault])?;
    Ok(MergedRun { shards, opening, of_places, next: 0, current: None })
}

impl MergedRun {
    /// The opening of the run.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The messages of the next session, tenant after tenant in the order of the file; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn next_session(&mut self) -> Result<Option<Vec<Envelope<'static>>>, Box<Diagnostic>> {
        loop {
            if let Some(kept) = &mut self.current
                && let Some(messages) = kept.next_session(&self.opening)?
            {
                return Ok(Some(messages));
            }
            let Some(shard) = self.of_places.get(self.next).and_then(|shard| self.shards.get(*shard)) else {
                return Ok(None);
            };
            self.current = Some(shard.kept(self.next)?);
            self.next += 1;
        }
    }
}

/// Shards of different runs: what they differ in.
fn mixed(shards: &[ShardResults]) -> Vec<Diagnostic> {
    let Some(first) = shards.first() else { return Vec::new() };
    let other = shards.iter().filter_map(|shard| {
        let mut differences = run_differences(&first.shard().run, &shard.shard().run);
        let (was, is) = (first.shard().of, shard.shard().of);
        if was != is {
            differences.push(("number of shards", was.to_string(), is.to_string()));
        }
        (!differences.is_empty()).then_some((shard, differences))
    });
    let told = other.map(|(shard, differences)| {
        let message =
            format!("{} is a shard of another run than {}", shard.folder().display(), first.folder().display());
        let notes = differences.into_iter().map(|(what, was, is)| format!("{what}: expected {was}, got {is}"));
        Diagnostic::new("mixed-shards", message)
            .notes(notes)
            .help("run all shards with the same program, tutorial, options and file of tenants")
    });
    told.collect()
}

fn doubled(shards: &[ShardResults]) -> Vec<Diagnostic> {
    let mut of_number: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for shard in shards {
        of_number.entry(shard.shard().number).or_default().push(shard.folder().display().to_string());
    }
    let doubled = of_number.into_iter().filter(|(_, folders)| folders.len() > 1);
    let told = doubled.map(|(number, folders)| {
        Diagnostic::new("doubled-shard", format!("shard {number} is there {}", times(folders.len())))
            .notes(folders)
            .help("name each shard once")
    });
    told.collect()
}

fn times(count: usize) -> String {
    if count == 2 { "twice".to_owned() } else { format!("{count} times") }
}

fn missing(shards: &[ShardResults]) -> Option<Diagnostic> {
    let of = shards.first()?.shard().of;
    let is_there = |number: &usize| shards.iter().any(|shard| shard.shard().number == *number);
    let missing: Vec<String> = (1..=of).filter(|number| !is_there(number)).map(|number| number.to_string()).collect();
    (!missing.is_empty()).then(|| {
        let word = if missing.len() == 1 { "shard" } else { "shards" };
        let message =
            format!("expected all of {of} shards, got {}: {word} {} missing", shards.len(), missing.join(", "));
        Diagnostic::new("missing-shard", message).help("name the folder of each shard; run those that were not played")
    })
}

/// The shard of each tenant.
fn of_places(shards: &[ShardResults]) -> Result<Vec<usize>, Box<Diagnostic>> {
    let tenants = shards.first().map_or(0, |shard| shard.shard().run.tenants);
    let mut of_places = vec![None; tenants];
    for (index, shard) in shards.iter().enumerate() {
        for place in &shard.shard().places {
            let folder = shard.folder().display();
            let fault = |message: String| Box::new(Diagnostic::new("shard", message).help("run this shard again"));
            match of_places.get_mut(*place) {
                None => {
                    return Err(fault(format!(
                        "{folder}: expected tenants 0 to {}, got {place}",
                        tenants.saturating_sub(1)
                    )));
                }
                Some(Some(_)) => return Err(fault(format!("{folder}: tenant {place} is in another shard, too"))),
                Some(free) => *free = Some(index),
            }
        }
    }
    let all: Option<Vec<usize>> = of_places.into_iter().collect();
    all.ok_or_else(|| Box::new(Diagnostic::new("shard", "some tenants of the file are in no shard")))
}

/// A shard that has not played all of its tenants.
fn unfinished(shard: &ShardResults) -> Option<Diagnostic> {
    let places: Vec<usize> = shard.shard().places.iter().copied().filter(|place| !shard.has(*place)).collect();
    if places.is_empty() {
        return None;
    }
    let (number, missing, all) = (shard.shard().number, places.len(), shard.shard().places.len());
    let message = format!("shard {number} has played {} of {}", grouped(all - missing), counted(all, "tenant"));
    let mut lines: Vec<String> = places.iter().take(NAMED).map(|place| (place + 1).to_string()).collect();
    if missing > NAMED {
        lines.push("…".to_owned());
    }
    let fault = Diagnostic::new("unfinished-shard", message);
    let fault =
        fault.note(format!("in {}; not played: tenants {} of the file", shard.folder().display(), lines.join(", ")));
    Some(fault.help("start the shard again: it goes on with those tenants"))
}
