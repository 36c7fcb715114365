//! The general vocabulary: sessions that a tutorial finds, and is played on.

use std::collections::BTreeMap;

use cucumber::{gherkin::Step, then};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::session::{Block, Failure, FoundSession, Session, StepResult, typed};

use super::answers::filled;
use super::parameters::JsonQuery;
use super::tables;

/// Registers a session for each item that the first JSON path finds in the last answer: the lists in it count as their items. The
/// second path leads from an item to what the session is called, and those of the table to what its features take from
/// outside. Rows: the name that they have there, and the path.
#[then(expr = "each item of {query} is a session called {query} with:")]
async fn each_is_session(session: &mut Session, items: JsonQuery, name: JsonQuery, step: &Step) -> StepResult {
    let rows = tables::properties(step)?;
    let paths = rows.iter().map(|(outside, path)| Ok((*outside, parsed(path)?)));
    let paths = paths.collect::<Result<Vec<(&str, JsonPath)>, Failure>>()?;
    let (items, name) = (filled(session, &items)?, parsed(&filled(session, &name)?)?);
    session.expect_status(200)?;
    if session.last_json()?.get("@odata.nextLink").is_some() {
        Err(Failure::new("more-pages", "the list goes on on another page, and what is on it would not be played")
            .notes(session.last()?.notes())
            .help("read it with `ACTOR lists \"PATH\" to its last page`"))?;
    }
    let mut found = Vec::new();
    for item in session.query(&items)?.into_iter().flat_map(spread) {
        let values = paths.iter().map(|(outside, path)| Ok(((*outside).to_owned(), text(item, path)?)));
        let values = values.collect::<Result<BTreeMap<_, _>, Failure>>()?;
        found.push(FoundSession { name: text(item, &name)?, values });
    }
    if found.is_empty() {
        Err(Block(format!("{items} finds nothing in the answer, so there is nothing to verify")))?;
    }
    for found in found {
        session.find_session(found)?;
    }
    Ok(())
}

/// The items of a list; anything else is one item.
fn spread(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn parsed(path: &str) -> Result<JsonPath, Failure> {
    JsonPath::parse(path).map_err(|error| {
        Failure::new("json-path", format!("\"{path}\" is not a JSON path: {error}"))
            .focus(path, "not a JSON path")
            .help("write what leads from an item to the value, such as $.id")
    })
}

/// The one text that a path finds in an item.
fn text(item: &Value, path: &JsonPath) -> Result<String, Failure> {
    match path.query(item).all().as_slice() {
        [Value::String(text)] => Ok(text.clone()),
        found => {
            let found: Vec<String> = found.iter().map(|value| typed(value)).collect();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            Err(Failure::new("discovery", format!("expected one text at {path} of each item, got {found}")))
        }
    }
}
