//! Tenants in CSV: the first line names the keys as `graphwalk config show` writes them, each other line is a tenant.

use std::path::Path;
use std::sync::Arc;

use super::super::fault::{ConfigFault, Problem};
use super::super::file::{display_name, unknown_key};
use super::super::given::{self, Value, ValueOrigin};
use super::super::keys::{ACTOR_KEYS, KeyPath, KeyShape, SETTINGS};
use super::toml::is_name;
use super::{LABELS, NAME, ReadRow, SEED, TenantRow, belongs_to_all};

/// The content of a column.
enum Column {
    Name,
    Labels,
    Seed,
    Key(KeyPath),
    /// The id of an object from outside, by the name that features give it.
    Value(String),
}

/// Reads the tenants.
pub(super) fn read(path: &Path, text: &Arc<str>, faults: &mut Vec<ConfigFault>) -> Vec<TenantRow> {
    let file = display_name(path);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let origin = |line: usize| ValueOrigin::Row { file: Arc::clone(&file), line };
    let columns = match reader.headers() {
        Ok(names) => columns(names, &origin(1), faults),
        Err(error) => {
            faults.push(broken(&error, &file));
            return Vec::new();
        }
    };
    if !faults.is_empty() {
        return Vec::new();
    }
    let (mut rows, folder) = (Vec::new(), path.parent().unwrap_or(Path::new("")));
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(broken(&error, &file));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        let mut row = ReadRow::default();
        for (column, cell) in columns.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            take(&mut row, (column, cell), &origin(line), folder, faults);
        }
        rows.extend(row.finish(&file, line, faults));
    }
    rows
}

fn columns(names: &csv::StringRecord, origin: &ValueOrigin, faults: &mut Vec<ConfigFault>) -> Vec<Column> {
    let mut columns = Vec::new();
    for name in names {
        let problem = match column(name) {
            Some(column) => {
                columns.push(column);
                belongs_to_all(name)
            }
            None => {
                let actor = ["actors.administrator.sign-in", "actors.administrator.client-id"];
                let known = [NAME, LABELS, SEED].into_iter().chain(SETTINGS.iter().map(|key| key.name)).chain(actor);
                Some(unknown_key(name, known.collect()))
            }
        };
        faults.extend(problem.map(|problem| problem.at(origin, None)));
    }
    columns
}

/// Returns the content of the column of this name; `None` if there is no such key.
fn column(name: &str) -> Option<Column> {
    match name {
        NAME => return Some(Column::Name),
        LABELS => return Some(Column::Labels),
        SEED => return Some(Column::Seed),
        _ => {}
    }
    if let Some(value) = name.strip_prefix("values.").map(unquoted).filter(|value| !value.is_empty()) {
        return Some(Column::Value(value.to_owned()));
    }
    let Some((actor, key)) = name.strip_prefix("actors.").and_then(|rest| rest.rsplit_once('.')) else {
        return KeyPath::setting(name).map(Column::Key);
    };
    let is_known = ACTOR_KEYS.iter().any(|known| known.name == key) && !unquoted(actor).is_empty();
    is_known.then(|| KeyPath::of_actor(unquoted(actor), key)).flatten().map(Column::Key)
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

fn take(
    row: &mut ReadRow,
    (column, cell): (&Column, &str),
    origin: &ValueOrigin,
    folder: &Path,
    faults: &mut Vec<ConfigFault>,
) {
    let wrong = |key: &str, expected: &str| {
        Problem::Value { key: key.to_owned(), expected: expected.to_owned(), found: None }.at(origin, None)
    };
    match column {
        Column::Name if is_name(cell) => row.name = Some(cell.to_owned()),
        Column::Name => faults.push(wrong(NAME, "a name")),
        Column::Seed if is_name(cell) => row.seed = Some(folder.join(cell)),
        Column::Seed => faults.push(wrong(SEED, "the path of a seed")),
        Column::Labels => match given::value_of_text(KeyShape::List, cell, folder) {
            Ok(Value::List(labels)) => row.labels = labels,
            _ => faults.push(wrong(LABELS, "words with blanks between them")),
        },
        Column::Key(path) => given::text(path.clone(), cell, origin.clone(), folder, &mut row.given, faults),
        Column::Value(name) if is_name(cell) => {
            row.given.value_origins.insert(name.clone(), origin.clone());
            row.given.values.configured.insert(name.clone(), cell.to_owned());
        }
        Column::Value(name) => faults.push(wrong(&format!("values.{name}"), "the id of an object")),
    }
}

/// Describes what keeps the file from being read, without its content.
fn broken(error: &csv::Error, file: &Arc<str>) -> ConfigFault {
    let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
    let why = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} columns as in the first line, got {len}")
        }
        csv::ErrorKind::Utf8 { .. } => "expected UTF-8".to_owned(),
        _ => "expected lines of cells with commas between them".to_owned(),
    };
    Problem::NotTenants { form: "CSV", why }.at(&ValueOrigin::Row { file: Arc::clone(file), line }, None)
}
