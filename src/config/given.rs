//! Values as they are given, before they are put together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::fault::{ConfigFault, Problem};
use super::keys::{KeyPath, KeyShape};
use graphwalk_catalog::Resources;

use crate::diagnostic::Place;
use crate::session::OutsideValues;
use crate::session::guard::Named;
use graphwalk_secrets::masking::holds_token;

/// The place where a value came from. Later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueOrigin {
    /// Nobody gave it.
    Default,
    /// It follows from the cloud's name.
    Cloud,
    /// A line of the file.
    File {
        /// The file as the user knows it.
        file: Arc<str>,
        /// The line; 1 for the first.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag, e.g. `--tenant`.
    Flag(&'static str),
    /// A tenant of the file that `--tenants` names.
    Row {
        /// The file as the user knows it.
        file: Arc<str>,
        /// The line; 1 for the first.
        line: usize,
    },
}

/// A value and where it came from, as `graphwalk config show` prints it. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The key, e.g. `timeouts.connect` or `actors.administrator.sign-in`.
    pub key: String,
    /// The value; `None` if there is none.
    pub value: Option<String>,
    /// The origin of the value.
    pub origin: ValueOrigin,
    /// The variable that would set it.
    pub variable: String,
}

/// A value of the right shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Truth(bool),
    Whole(u64),
    List(Vec<String>),
}

/// A value with its origin and, in a file, its place.
#[derive(Clone, Debug)]
pub(super) struct GivenEntry {
    pub value: Value,
    pub origin: ValueOrigin,
    pub place: Option<Place>,
}

/// All values that were given, each by the last one who gave it.
#[derive(Debug, Default)]
pub(super) struct Given {
    entries: BTreeMap<KeyPath, GivenEntry>,
    /// A faulty value also makes its key missing: only the fault is reported.
    pub faulty: Vec<KeyPath>,
    /// The objects that the file says may be changed, and where it says so.
    pub may_change: Vec<(Named, ValueOrigin)>,
    /// The resources that may be created: those that the file declares beside the overlay of the catalog.
    pub may_create: Resources,
    /// The ids of objects that were there before.
    pub values: OutsideValues,
    /// The places where the file gives them.
    pub value_origins: BTreeMap<String, ValueOrigin>,
    /// The ids of what the file declares, and where it does.
    pub declared: Vec<(String, ValueOrigin)>,
}

impl Given {
    pub fn put(&mut self, key: KeyPath, entry: GivenEntry) {
        self.entries.insert(key, entry);
    }

    pub fn get(&self, key: &KeyPath) -> Option<&GivenEntry> {
        self.entries.get(key)
    }

    /// Forgets all that was given of an actor.
    pub fn forget_actor(&mut self, actor: &str) {
        self.entries.retain(|key, _| key.actor.as_deref() != Some(actor));
    }

    /// The actors that have a key, by name.
    pub fn actors(&self) -> Vec<String> {
        let mut actors: Vec<String> =
            self.entries.keys().chain(&self.faulty).filter_map(|key| key.actor.clone()).collect();
        actors.sort();
        actors.dedup();
        actors
    }

    /// The values of all keys that name variables.
    pub fn named_variables(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(key, entry)| match (&entry.value, key.key().shape) {
            (Value::Text(name), KeyShape::Variable) => Some(name.as_str()),
            _ => None,
        })
    }

    pub fn keys(&self) -> impl Iterator<Item = &KeyPath> {
        self.entries.keys()
    }
}

/// Takes in a text of a variable or a flag.
pub(super) fn text(
    path: KeyPath,
    text: &str,
    origin: ValueOrigin,
    directory: &Path,
    given: &mut Given,
    faults: &mut Vec<ConfigFault>,
) {
    match value_of_text(path.key().shape, text, directory) {
        Ok(value) => given.put(path, GivenEntry { value, origin, place: None }),
        Err(expected) => {
            let problem = Problem::Value { key: path.to_string(), expected: expected.to_owned(), found: None };
            faults.push(problem.at(&origin, None));
            given.faulty.push(path);
        }
    }
}

/// Sets the folder of runs: beside the file, from whichever folder below it the program is started.
pub(super) fn default_runs(file: &Path, given: &mut Given) {
    let folder = file.parent().unwrap_or(Path::new(""));
    if let Some(path) = KeyPath::setting("runs")
        && let Some(Ok(value)) = path.key().default.map(|text| value_of_text(KeyShape::Path, text, folder))
    {
        given.put(path, GivenEntry { value, origin: ValueOrigin::Default, place: None });
    }
}

/// Takes in a flag. Flags are made by the command line, so that their keys exist.
pub(super) fn flag(
    key: &'static str,
    flag: &'static str,
    value: &str,
    directory: &Path,
    given: &mut Given,
    faults: &mut Vec<ConfigFault>,
) {
    if let Some(path) = KeyPath::setting(key) {
        text(path, value, ValueOrigin::Flag(flag), directory, given, faults);
    }
}

/// A text as the shape of its key has it.
///
/// # Errors
///
/// The text has not the form that the key takes; the error says which it takes.
pub(super) fn value_of_text(shape: KeyShape, text: &str, directory: &Path) -> Result<Value, &'static str> {
    let text = text.trim();
    match shape {
        KeyShape::Truth => text.parse().map(Value::Truth).map_err(|_| "true or false"),
        KeyShape::Seconds | KeyShape::Port | KeyShape::Mebibytes => match text.parse::<i64>() {
            Ok(number) => value_of_number(shape, number),
            Err(_) => value_of_number(shape, -1),
        },
        KeyShape::List => list_of(text.split([',', ' ']).filter(|t| !t.is_empty()).map(str::to_owned).collect()),
        KeyShape::Text | KeyShape::Path | KeyShape::Variable if text.is_empty() => Err("a text that is not empty"),
        KeyShape::Variable if !is_variable(text) => Err("the name of an environment variable, not the secret itself"),
        KeyShape::Text | KeyShape::Path if holds_token(text) => Err(NO_SECRET),
        KeyShape::Text => Ok(Value::Text(text.to_owned())),
        // Messages name files, and a URL may have a password in it.
        KeyShape::Path if text.contains("://") || text.contains(char::is_control) => {
            Err("the path of a file or folder")
        }
        KeyShape::Path => Ok(Value::Text(directory.join(text).display().to_string())),
        KeyShape::Variable => Ok(Value::Text(text.to_owned())),
    }
}

/// The expectation of a key that must hold no secret.
const NO_SECRET: &str = "a value that is not a secret; this one looks like one";

/// A list, if its texts are words without a secret.
pub(super) fn list_of(texts: Vec<String>) -> Result<Value, &'static str> {
    let fits = |text: &String| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:/".contains(&b));
    match texts.iter().all(|text| fits(text) && !holds_token(text)) {
        true => Ok(Value::List(texts)),
        false => Err("a list of words such as User.Read"),
    }
}

/// The largest number that a key of a shape may have; the least is 1.
pub(super) const fn largest(shape: KeyShape) -> i64 {
    match shape {
        KeyShape::Port => u16::MAX as i64,
        KeyShape::Mebibytes => 4096,
        _ => 100 * 24 * 3600,
    }
}

/// A number as the shape of its key has it.
pub(super) fn value_of_number(shape: KeyShape, number: i64) -> Result<Value, &'static str> {
    match u64::try_from(number) {
        Ok(whole) if (1..=largest(shape)).contains(&number) => Ok(Value::Whole(whole)),
        _ if shape == KeyShape::Port => Err("a port, from 1 to 65535"),
        _ if shape == KeyShape::Mebibytes => Err("a whole number of MiB, from 1 to 4096"),
        _ => Err("a whole number of seconds, at least 1"),
    }
}

fn is_variable(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    text.bytes().next().is_some_and(letter) && text.bytes().all(|b| letter(b) || b.is_ascii_digit())
}

impl fmt::Display for ValueOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Cloud => f.write_str("the cloud"),
            Self::File { file, line } | Self::Row { file, line } => write!(f, "{file}:{line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::List(texts) => f.write_str(&texts.join(" ")),
        }
    }
}
