//! Writing out scenario outlines: a scenario for each row of their examples.

use cucumber::gherkin::{Examples, Feature, Scenario, Table};

/// A name in angle brackets that is no column of the examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumn {
    /// The line that it stands in.
    pub line: usize,
    /// The name.
    pub name: String,
}

/// The feature with a scenario in the place of each row of examples, at the line of the row. Rows that would have the same name
/// are numbered: reports tell scenarios apart by their names.
///
/// # Errors
///
/// The first [`UnknownColumn`].
pub fn written_out(feature: Feature, text: &str) -> Result<Feature, UnknownColumn> {
    let lines: Vec<&str> = text.lines().collect();
    let mut feature = feature;
    feature.scenarios = all_written_out(feature.scenarios, &lines)?;
    for rule in &mut feature.rules {
        rule.scenarios = all_written_out(std::mem::take(&mut rule.scenarios), &lines)?;
    }
    Ok(feature)
}

fn all_written_out(scenarios: Vec<Scenario>, lines: &[&str]) -> Result<Vec<Scenario>, UnknownColumn> {
    let mut all = Vec::with_capacity(scenarios.len());
    for outline in scenarios {
        if outline.examples.is_empty() {
            all.push(outline);
            continue;
        }
        let mut rows = Vec::new();
        for examples in &outline.examples {
            rows.extend(rows_of(&outline, examples, lines)?);
        }
        number(&mut rows);
        all.extend(rows);
    }
    Ok(all)
}

/// The scenarios of the rows of one block of examples.
fn rows_of(outline: &Scenario, examples: &Examples, lines: &[&str]) -> Result<Vec<Scenario>, UnknownColumn> {
    let Some(table) = &examples.table else { return Ok(Vec::new()) };
    let Some((columns, rows)) = table.rows.split_first() else { return Ok(Vec::new()) };
    // Empty lines and comments may stand between the rows.
    let is_row = |(_, line): &(usize, &&str)| line.trim().starts_with('|');
    let lines = lines.iter().enumerate().skip(table.position.line).filter(is_row).map(|(index, _)| index + 1);
    let written = rows.iter().zip(lines).map(|(row, line)| {
        let mut scenario = outline.clone();
        scenario.position.line = line;
        scenario.position.col = table.position.col;
        scenario.tags.extend(examples.tags.iter().cloned());
        let fill = |text: &mut String, line| filled(text, columns, row, line).map(|filled| *text = filled);
        fill(&mut scenario.name, outline.position.line)?;
        for step in &mut scenario.steps {
            let line = step.position.line;
            let cells = step.table.iter_mut().flat_map(|table| table.rows.iter_mut().flatten());
            for text in std::iter::once(&mut step.value).chain(&mut step.docstring).chain(cells) {
                fill(text, line)?;
            }
        }
        let only = Table { rows: vec![columns.clone(), row.clone()], ..table.clone() };
        scenario.examples = vec![Examples { table: Some(only), ..examples.clone() }];
        Ok(scenario)
    });
    written.collect()
}

/// `text` with the value of the row for each `<column>`; of columns of the same name the first.
fn filled(text: &str, columns: &[String], row: &[String], line: usize) -> Result<String, UnknownColumn> {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, after) = rest.split_at(open);
        written.push_str(before);
        let column = columns.iter().zip(row).find(|(name, _)| {
            after
                .get(1..)
                .and_then(|after| after.strip_prefix(name.as_str()))
                .is_some_and(|after| after.starts_with('>'))
        });
        match column {
            Some((name, value)) => {
                written.push_str(value);
                rest = &after[name.len() + 2..];
            }
            None => match placeholder(after) {
                Some(name) => return Err(UnknownColumn { line, name: name.to_owned() }),
                None => {
                    written.push('<');
                    rest = &after[1..];
                }
            },
        }
    }
    written.push_str(rest);
    Ok(written)
}

/// Returns what is meant for a column at the start of `text`, which begins with `<`: `<name>`, on one line and without
/// spaces around it.
fn placeholder(text: &str) -> Option<&str> {
    let name = &text[1..text.find('>')?];
    let is_name = !name.is_empty() && !name.contains(['<', '\n', '"', '/', '=']) && name.trim() == name;
    is_name.then_some(name)
}

/// Numbers rows that have the same name.
fn number(rows: &mut [Scenario]) {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    for (index, row) in rows.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == row.name).count() > 1 {
            let place = names[..=index].iter().filter(|name| **name == names[index]).count();
            row.name = format!("{} ({place})", names[index]);
        }
    }
}
