//! Tenants in TOML: `[[tenants]]` tables, each with the keys of `graphwalk.toml`.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::fault::{ConfigFault, Problem};
use super::super::file::{FileReader, FileText, Keys};
use super::super::given::{Given, Value, list_of};
use super::super::keys::KeyShape;
use super::{LABELS, NAME, ReadRow, SEED, TenantRow, belongs_to_all};

/// The table of a tenant.
const TENANTS: &str = "tenants";

/// Reads the tenants.
pub(super) fn read(path: &Path, text: &Arc<str>, faults: &mut Vec<ConfigFault>) -> Vec<TenantRow> {
    let source = FileText::new(path, Arc::clone(text));
    let (mut unused, mut rows) = (Given::default(), Vec::new());
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let problem = Problem::Syntax(error.message().to_owned());
            FileReader::of_row(&source, &mut unused, faults).fault(problem, start, "");
            return rows;
        }
    };
    for (key, value) in document.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            (TENANTS, DeValue::Array(tenants)) => {
                for tenant in tenants.iter() {
                    rows.extend(row(&source, (key, tenant), faults));
                }
            }
            (TENANTS, _) => {
                let expected = "a list of tables, [[tenants]]";
                FileReader::of_row(&source, &mut unused, faults).wrong(TENANTS, expected, (key, value));
            }
            (name, _) => {
                let known = vec![TENANTS];
                let problem = Problem::UnknownKey { key: name.to_owned(), nearest: None, known };
                FileReader::of_row(&source, &mut unused, faults).fault(problem, key.span().start, name);
            }
        }
    }
    rows
}

fn row(source: &FileText, (key, tenant): Keys<'_, '_>, faults: &mut Vec<ConfigFault>) -> Option<TenantRow> {
    let mut row = ReadRow::default();
    let DeValue::Table(entries) = tenant.get_ref() else {
        let mut reader = FileReader::of_row(source, &mut row.given, faults);
        reader.wrong(TENANTS, "a list of tables, [[tenants]]", (key, tenant));
        return None;
    };
    for (key, value) in entries {
        own_key(source, &mut row, (key, value), faults);
    }
    row.finish(source.name(), source.line(tenant.span().start), faults)
}

/// One key of a row: one of its own, or one of a configuration.
fn own_key(source: &FileText, row: &mut ReadRow, (key, value): Keys<'_, '_>, faults: &mut Vec<ConfigFault>) {
    let name = key.get_ref().as_ref();
    let text = value.get_ref().as_str().map(str::trim).filter(|text| is_name(text));
    let mut wrong = |expected: &str, row: &mut ReadRow| {
        FileReader::of_row(source, &mut row.given, faults).wrong(name, expected, (key, value));
    };
    match (name, text) {
        (NAME, Some(text)) => row.name = Some(text.to_owned()),
        (SEED, Some(text)) => row.seed = Some(source.folder().join(text)),
        (NAME, None) => wrong("a name, in quotes", row),
        (SEED, None) => wrong("the path of a seed, in quotes", row),
        (LABELS, _) => match labels(value) {
            Some(labels) => row.labels = labels,
            None => wrong("a list of words, such as [\"emea\", \"pilot\"]", row),
        },
        _ => {
            let mut reader = FileReader::of_row(source, &mut row.given, faults);
            match belongs_to_all(name) {
                Some(problem) => reader.fault(problem, key.span().start, name),
                None => reader.setting((key, value), ""),
            }
        }
    }
}

fn labels(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    let DeValue::Array(items) = value.get_ref() else { return None };
    let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
    match list_of(texts?) {
        Ok(Value::List(labels)) => Some(labels),
        _ => None,
    }
}

/// Returns whether a text can be a name: it is shown, and holds no secret.
pub(super) fn is_name(text: &str) -> bool {
    super::super::given::value_of_text(KeyShape::Text, text, Path::new("")).is_ok() && !text.contains(char::is_control)
}
