//! `graphwalk.toml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphwalk_catalog::ResourceFacts;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::FILE_NAME;
use super::fault::{ConfigFault, Problem};
use super::given::{self, Given, GivenEntry, Value, ValueOrigin};
use super::keys::{self, ACTOR_KEYS, KeyPath, KeyShape, SETTINGS};
use crate::diagnostic::Place;
use crate::session::guard::Named;
use graphwalk_secrets::masking::{holds_token, masked_text};

/// The file in `directory` or the nearest folder above it.
pub(super) fn find(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())
}

/// Reads a file and returns the names of its actors.
pub(super) fn read(path: &Path, given: &mut Given, faults: &mut Vec<ConfigFault>) -> Vec<String> {
    let text: Arc<str> = match std::fs::read_to_string(path) {
        Ok(text) => text.into(),
        Err(source) => {
            faults.push(Problem::Unreadable { file: path.to_owned(), source }.anywhere());
            return Vec::new();
        }
    };
    let source = FileText::new(path, Arc::clone(&text));
    let mut reader = FileReader::new(&source, given, faults);
    match DeTable::parse(&text) {
        Ok(table) => reader.settings(table.get_ref(), ""),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            reader.fault(Problem::Syntax(error.message().to_owned()), start, "");
        }
    }
    reader.actors
}

/// The path as the user would write it: relative to the working directory, if it is below it.
pub(super) fn display_name(path: &Path) -> Arc<str> {
    let below = std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned()).display().to_string().into()
}

/// A file, and where its lines begin.
pub(super) struct FileText {
    name: Arc<str>,
    text: Arc<str>,
    /// The text as messages may show it: without values.
    masked: Arc<str>,
    folder: PathBuf,
    newlines: Vec<usize>,
}

/// Reads the keys of a file, or of a table in it.
pub(super) struct FileReader<'a> {
    source: &'a FileText,
    given: &'a mut Given,
    faults: &'a mut Vec<ConfigFault>,
    actors: Vec<String>,
    /// Whether the keys are those of one tenant of several.
    is_row: bool,
}

/// A key and its value.
pub(super) type Keys<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

impl FileText {
    /// Makes the text of the file at `path`.
    pub fn new(path: &Path, text: Arc<str>) -> Self {
        let name = display_name(path);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let masked: Vec<String> = text.lines().map(masked_line).collect();
        let newlines = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { name, masked: masked.join("\n").into(), text, folder, newlines }
    }

    /// The name of the file, as the user knows it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The folder that paths in it are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The line at a byte of the text; 1 for the first.
    pub fn line(&self, start: usize) -> usize {
        self.newlines.partition_point(|newline| *newline < start) + 1
    }
}

impl<'a> FileReader<'a> {
    fn new(source: &'a FileText, given: &'a mut Given, faults: &'a mut Vec<ConfigFault>) -> Self {
        Self { source, given, faults, actors: Vec::new(), is_row: false }
    }

    /// Makes a reader of the keys of one tenant of several.
    pub fn of_row(source: &'a FileText, given: &'a mut Given, faults: &'a mut Vec<ConfigFault>) -> Self {
        Self { is_row: true, ..Self::new(source, given, faults) }
    }
}

impl FileReader<'_> {
    /// The keys of the document, or of one of its tables, whose name `table` ends with a dot.
    pub fn settings(&mut self, entries: &DeTable<'_>, table: &str) {
        for (key, value) in entries {
            self.setting((key, value), table);
        }
    }

    /// A key of the document, or of one of its tables.
    pub fn setting(&mut self, (key, value): Keys<'_, '_>, table: &str) {
        let name = format!("{table}{}", key.get_ref());
        match (name.as_str(), value.get_ref()) {
            ("actors", DeValue::Table(actors)) => self.actors(actors),
            ("timeouts", DeValue::Table(timeouts)) => self.settings(timeouts, "timeouts."),
            ("limits", DeValue::Table(limits)) => self.settings(limits, "limits."),
            ("may-change", DeValue::Table(objects)) => self.may_change(objects),
            ("values", DeValue::Table(values)) => self.values(values),
            ("may-create", DeValue::Array(resources)) => self.may_create(key, resources),
            ("may-create", _) => self.wrong(&name, "a list of tables, [[may-create]]", (key, value)),
            ("actors" | "timeouts" | "limits" | "may-change" | "values", _) => {
                self.wrong(&name, "a table", (key, value))
            }
            _ => match KeyPath::setting(&name) {
                Some(path) => self.value(path, (key, value)),
                None => self.unknown(&name, SETTINGS.iter().map(|key| key.name).collect(), key.span().start),
            },
        }
    }

    fn actors(&mut self, actors: &DeTable<'_>) {
        for (actor, value) in actors {
            let name = actor.get_ref().to_string();
            let DeValue::Table(entries) = value.get_ref() else {
                self.wrong(&format!("actors.{}", keys::quoted(&name)), "a table", (actor, value));
                continue;
            };
            for (key, value) in entries {
                match KeyPath::of_actor(&name, key.get_ref()) {
                    Some(path) => self.value(path, (key, value)),
                    None => {
                        self.unknown(key.get_ref(), ACTOR_KEYS.iter().map(|key| key.name).collect(), key.span().start)
                    }
                }
            }
            self.actors.push(name);
        }
    }

    /// The objects that may be changed: a name and a path each.
    fn may_change(&mut self, objects: &DeTable<'_>) {
        for (name, path) in objects {
            let object = path.get_ref().as_str().and_then(|path| path.parse().ok());
            let Some(object) = object else {
                let expected = "the path of one object, such as \"/users/ID\"";
                self.wrong(&format!("may-change.{}", keys::quoted(name.get_ref())), expected, (name, path));
                continue;
            };
            let (line, _) = self.place(name.span().start, "");
            let origin = self.origin(line);
            self.given.may_change.push((Named { name: name.get_ref().to_string(), object }, origin));
        }
    }

    /// The ids of objects that were there before: a name and an id each.
    fn values(&mut self, values: &DeTable<'_>) {
        for (name, id) in values {
            let text = id.get_ref().as_str().filter(|id| !id.trim().is_empty() && !holds_token(id));
            let Some(text) = text.map(|id| id.trim().to_owned()) else {
                self.wrong(
                    &format!("values.{}", keys::quoted(name.get_ref())),
                    "the id of an object, in quotes",
                    (name, id),
                );
                continue;
            };
            let (line, _) = self.place(name.span().start, "");
            let (name, origin) = (name.get_ref().to_string(), self.origin(line));
            self.given.value_origins.insert(name.clone(), origin);
            self.given.values.configured.insert(name, text);
        }
    }

    /// The resources that may be created beside those that the catalog's overlay allows.
    fn may_create(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, resources: &DeArray<'_>) {
        #[derive(Default, serde::Deserialize)]
        #[serde(default, rename_all = "kebab-case")]
        struct Declared {
            may_create: Vec<toml::Value>,
        }
        let declared: Declared = toml::from_str(&self.source.text).unwrap_or_default();
        for (value, spanned) in declared.may_create.into_iter().zip(resources.iter()) {
            let start = if spanned.get_ref().is_table() { spanned.span().start } else { key.span().start };
            let facts = value.try_into::<ResourceFacts>().map_err(|error| without_values(error.message()));
            let declared = facts.and_then(|facts| {
                let id = facts.id.clone();
                self.given.may_create.declare(facts).map(|()| id).map_err(|why| masked_text(&why.to_string()))
            });
            let (line, place) = self.place(start, "");
            let origin = self.origin(line);
            match declared {
                Ok(id) => self.given.declared.push((id, origin)),
                Err(why) => self.faults.push(Problem::NotAResource(why).at(&origin, Some(place))),
            }
        }
    }

    fn value(&mut self, path: KeyPath, (key, value): Keys<'_, '_>) {
        let (line, place) = self.place(key.span().start, key.get_ref());
        if path.key().name == "proxy" && value.get_ref().as_str().is_some_and(|url| url.contains('@')) {
            let problem = Problem::Secret { key: "a proxy with a user or a password".to_owned(), instead: None };
            self.fault(problem, key.span().start, key.get_ref());
            return self.given.faulty.push(path);
        }
        match self.shaped(path.key().shape, value.get_ref()) {
            Ok(value) => {
                let origin = self.origin(line);
                self.given.put(path, GivenEntry { value, origin, place: Some(place) });
            }
            Err(expected) => {
                self.wrong(&path.to_string(), expected, (key, value));
                self.given.faulty.push(path);
            }
        }
    }

    fn shaped(&self, shape: KeyShape, value: &DeValue<'_>) -> Result<Value, &'static str> {
        match (shape, value) {
            (KeyShape::Truth, DeValue::Boolean(truth)) => Ok(Value::Truth(*truth)),
            (KeyShape::Truth, _) => Err("true or false"),
            (KeyShape::Seconds | KeyShape::Port | KeyShape::Mebibytes, DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(-1);
                given::value_of_number(shape, number)
            }
            (KeyShape::Seconds | KeyShape::Port | KeyShape::Mebibytes, _) => given::value_of_number(shape, -1),
            (KeyShape::List, DeValue::Array(items)) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                let texts: Vec<String> = texts.collect::<Option<_>>().ok_or("a list of texts")?;
                given::list_of(texts)
            }
            (KeyShape::List, _) => Err("a list of texts"),
            (KeyShape::Text | KeyShape::Path | KeyShape::Variable, DeValue::String(text)) => {
                given::value_of_text(shape, text, &self.source.folder)
            }
            (KeyShape::Variable, _) => Err("the name of an environment variable, in quotes"),
            (KeyShape::Text | KeyShape::Path, _) => Err("a text, in quotes"),
        }
    }

    fn unknown(&mut self, name: &str, known: Vec<&'static str>, start: usize) {
        self.fault(unknown_key(name, known), start, name.rsplit('.').next().unwrap_or(name));
    }

    /// Tells that the value of a key does not fit.
    pub fn wrong(&mut self, key: &str, expected: &str, (name, value): Keys<'_, '_>) {
        let problem = Problem::Value {
            key: key.to_owned(),
            expected: expected.to_owned(),
            found: describe_type(value.get_ref()),
        };
        self.fault(problem, name.span().start, name.get_ref());
    }

    /// Tells what is wrong at a byte of the text.
    pub fn fault(&mut self, problem: Problem, start: usize, key: &str) {
        let (line, place) = self.place(start, key);
        let origin = self.origin(line);
        self.faults.push(problem.at(&origin, Some(place)));
    }

    fn origin(&self, line: usize) -> ValueOrigin {
        let file = Arc::clone(&self.source.name);
        if self.is_row { ValueOrigin::Row { file, line } } else { ValueOrigin::File { file, line } }
    }

    /// The line at a byte of the text, and the place that shows it with `key` underlined. Whatever follows an equals sign is
    /// masked: it may be a secret, though it is not one that belongs there.
    fn place(&self, start: usize, key: &str) -> (usize, Place) {
        let line = self.source.line(start);
        let part = Some(key).filter(|key| !key.is_empty());
        let (name, masked) = (self.source.name.to_string(), Arc::clone(&self.source.masked));
        (line, Place::of_line(name, masked, line, part, ""))
    }
}

/// The fault of a key that there is not, or of a secret in place of the variable that has it.
pub(super) fn unknown_key(name: &str, known: Vec<&'static str>) -> Problem {
    let key = name.rsplit('.').next().unwrap_or(name);
    if graphwalk_secrets::variables::names_a_secret(key) {
        let variables = ACTOR_KEYS.iter().filter(|key| key.shape == KeyShape::Variable).map(|key| key.name);
        let instead = keys::nearest(&format!("{key}-env"), variables);
        return Problem::Secret { key: name.to_owned(), instead };
    }
    let nearest = keys::nearest(name, known.iter().copied()).map(str::to_owned);
    Problem::UnknownKey { key: name.to_owned(), nearest, known }
}

/// Returns the message without the value at fault: it may be a secret in the wrong place.
fn without_values(message: &str) -> String {
    let is_about_keys = message.starts_with("missing field") || message.starts_with("unknown field");
    match message.find("expected ") {
        Some(expected) if !is_about_keys => {
            message[expected..].replace("expected u8", "expected a number from 0 to 255")
        }
        _ if is_about_keys => message.to_owned(),
        _ => "it is not a property of a resource".to_owned(),
    }
}

/// The type of what stands there.
fn describe_type(value: &DeValue<'_>) -> Option<String> {
    let article = if value.is_array() || value.is_integer() { "an" } else { "a" };
    match value {
        DeValue::String(_) => Some("a text".to_owned()),
        other => Some(format!("{article} {}", other.type_str())),
    }
}

/// The line without its value. A line of its own inside a long text has nothing to show either, and what only begins like a
/// table may be a list.
fn masked_line(line: &str) -> String {
    let bare = line.trim();
    let is_table = || bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(is_table_name);
    match line.split_once('=') {
        _ if bare.is_empty() || is_table() => line.to_owned(),
        // A key is a word; what is longer has a value in it.
        Some((key, _)) if key.trim().len() <= LONGEST_KEY && !key.contains(['"', '\'']) => format!("{key}= …"),
        _ => "…".to_owned(),
    }
}

const LONGEST_KEY: usize = 40;

/// Returns whether this is what stands between the brackets of a table: `timeouts`, `actors."Adele Vance"`.
fn is_table_name(text: &str) -> bool {
    let is_known = SETTINGS.iter().filter_map(|key| key.name.split_once('.')).any(|(table, _)| table == text);
    let is_row = |text: &str| text.trim_matches(['[', ']']) == "tenants";
    let of_row = text.strip_prefix("tenants.").unwrap_or(text);
    is_known || is_row(text) || of_row.len() <= LONGEST_KEY && of_row.starts_with("actors.") && !text.contains('=')
}
