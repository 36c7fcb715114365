//! Reading a step's table and doc string.

use cucumber::gherkin::Step;

use crate::session::Failure;

/// The rows of a table of two columns, a property and its value.
///
/// # Errors
///
/// A failure if there is no table, or a row has another number of cells.
pub fn properties(step: &Step) -> Result<Vec<(&str, &str)>, Failure> {
    let rows = rows(step)?;
    let pairs = rows.iter().map(|row| match row.as_slice() {
        [name, value] => Ok((name.as_str(), value.as_str())),
        _ => Err(Failure::new("table", format!("expected two cells in a row, got {}", row.len()))
            .note(format!("the row: {}", row.join(" | ")))
            .help("write a row a property: `| mailNickname | AdeleV |`")),
    });
    pairs.collect()
}

/// The cells of a table of one column.
///
/// # Errors
///
/// A failure if there is no table, or a row has another number of cells.
pub fn list(step: &Step) -> Result<Vec<&str>, Failure> {
    let cells = rows(step)?.iter().map(|row| match row.as_slice() {
        [only] => Ok(only.as_str()),
        _ => Err(Failure::new("table", format!("expected one cell in a row, got {}", row.len()))
            .help("write a row an item: `| Adele Vance |`")),
    });
    cells.collect()
}

/// The text of the doc string.
///
/// # Errors
///
/// A failure if there is none.
pub fn doc_string(step: &Step) -> Result<&str, Failure> {
    step.docstring.as_deref().ok_or_else(|| {
        Failure::new("doc-string", "this step needs a text under it").help("put it between two lines of `\"\"\"`")
    })
}

fn rows(step: &Step) -> Result<&[Vec<String>], Failure> {
    step.table.as_ref().map(|table| table.rows.as_slice()).filter(|rows| !rows.is_empty()).ok_or_else(|| {
        Failure::new("table", "this step needs a table under it").help("write its rows as `| … |`, one a line")
    })
}
