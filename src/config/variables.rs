//! `GRAPHWALK_*` variables.

use std::collections::BTreeSet;
use std::path::Path;

use super::fault::{ConfigFault, Problem};
use super::given::{self, Given, ValueOrigin};
use super::keys::{self, ACTOR_KEYS, KeyPath, SETTINGS};

const PREFIX: &str = "GRAPHWALK_";

/// The variable that names the file, as `--config` does.
pub const CONFIG: &str = "GRAPHWALK_CONFIG";

/// Takes in the variables. `known` are the actors of the file, whose names a variable cannot spell.
pub(super) fn read(
    variables: &[(String, String)],
    known: &[String],
    directory: &Path,
    given: &mut Given,
    faults: &mut Vec<ConfigFault>,
) {
    for (name, value) in variables {
        if let Some(path) = key_of(name, known) {
            given::text(path, value, ValueOrigin::Variable(name.clone()), directory, given, faults);
        }
    }
}

/// The variable that says how many processes share the tenants of a file.
pub const SHARDS: &str = "GRAPHWALK_SHARDS";

/// Finds the variables that set nothing and that no key names; `of_rows` are those that tenants of a file name.
pub(super) fn unknown<'a>(
    variables: &[(String, String)],
    given: &Given,
    of_rows: impl Iterator<Item = &'a str>,
    faults: &mut Vec<ConfigFault>,
) {
    let of_rows: BTreeSet<&str> = of_rows.collect();
    let all: Vec<String> = SETTINGS.iter().map(|key| keys::variable(key.name)).collect();
    for (name, _) in variables {
        let known = !name.starts_with(PREFIX)
            || name == CONFIG
            || name == SHARDS
            || of_rows.contains(name.as_str())
            || key_of(name, &[]).is_some()
            || given.named_variables().any(|named| named == name);
        if !known {
            let nearest = nearest(name, &all);
            faults.push(Problem::UnknownVariable { name: name.clone(), nearest }.anywhere());
        }
    }
}

fn nearest(name: &str, all: &[String]) -> Option<String> {
    // Without what all have in common, which would make any two alike.
    let bare = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let known: Vec<String> = all.iter().map(|known| bare(known)).collect();
    let near = graphwalk_catalog::nearest(&bare(name), known.iter().map(String::as_str))?;
    Some(format!("{PREFIX}{near}"))
}

/// The key that a variable sets.
fn key_of(name: &str, known: &[String]) -> Option<KeyPath> {
    if let Some(setting) = SETTINGS.iter().find(|key| keys::variable(key.name) == name) {
        return KeyPath::setting(setting.name);
    }
    let rest = name.strip_prefix(PREFIX)?.strip_prefix("ACTORS_")?;
    let fitting = ACTOR_KEYS.iter().filter_map(|key| {
        let end = keys::variable(key.name).replacen(PREFIX, "_", 1);
        rest.strip_suffix(&end).filter(|actor| !actor.is_empty()).map(|actor| (actor, key.name))
    });
    // `…_CLIENT_SECRET_ENV`, not a shorter key that ends alike.
    let (actor, key) = fitting.min_by_key(|(actor, _)| actor.len())?;
    KeyPath::of_actor(&actor_of(actor, known), key)
}

/// The actor that `ADELE_VANCE` means: one of the file, else `Adele Vance`. The administrator is written small.
fn actor_of(word: &str, known: &[String]) -> String {
    let spelt = |actor: &str| keys::variable(actor).replacen(PREFIX, "", 1);
    if let Some(actor) = known.iter().find(|actor| spelt(actor) == word) {
        return actor.clone();
    }
    if word == "ADMINISTRATOR" {
        return "administrator".to_owned();
    }
    let words = word.split('_').filter(|word| !word.is_empty()).map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_ascii_lowercase())
    });
    words.collect::<Vec<_>>().join(" ")
}
