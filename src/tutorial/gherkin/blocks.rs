//! What stands below a line: descriptions, tags, tables, doc strings.

use cucumber::gherkin::{Span, Table};

use super::{GherkinLine, GherkinReader, Misread, TAGS};

impl GherkinReader<'_> {
    /// The lines of prose under a title. `has_steps` says whether a step ends them.
    pub(super) fn description(&mut self, has_steps: bool) -> Option<String> {
        self.prose(|reader, text| has_steps && reader.keywords.step(text).is_some())
    }

    /// The lines of prose under examples.
    pub(super) fn description_until_row(&mut self) -> Option<String> {
        self.prose(|_, text| text.starts_with('|'))
    }

    fn prose(&mut self, ends: impl Fn(&mut Self, &str) -> bool) -> Option<String> {
        let mut lines = Vec::new();
        while !matches!(self.peek(), GherkinLine::End | GherkinLine::Tags | GherkinLine::Title(..)) {
            let Some(text) = self.lines.get(self.at).map(|line| line.trim()) else { break };
            if ends(self, text) {
                break;
            }
            lines.push(text);
            self.at += 1;
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Takes in the tags that come next.
    pub(super) fn read_tags(&mut self) -> Result<(), Misread> {
        while matches!(self.peek(), GherkinLine::Tags) {
            let line = self.lines.get(self.at).map_or("", |line| line.trim());
            // Before the first @ there is nothing.
            for name in without_comment(line).split('@').skip(1).map(str::trim_end) {
                if name.is_empty() {
                    return Err(self.misread("expected a name after @", TAGS));
                }
                if name.contains(char::is_whitespace) {
                    let tag = format!("@{name}");
                    let reason = format!("\"{tag}\" is no tag: a tag has no whitespace in it");
                    return Err(Misread { part: Some(tag), ..self.misread(&reason, TAGS) });
                }
                self.tags.push(name.to_owned());
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The doc string and the table under a step, in whichever order.
    pub(super) fn argument(&mut self) -> Result<(Option<String>, Option<Table>), Misread> {
        let (mut doc_string, mut table) = (None, None);
        loop {
            match self.peek() {
                GherkinLine::Quotes if doc_string.is_some() => {
                    return Err(self.misread("expected one doc string under a step, got a second one", ARGUMENT));
                }
                GherkinLine::Row if table.is_some() => {
                    return Err(self.misread("expected one table under a step, got a second one", ARGUMENT));
                }
                GherkinLine::Quotes => doc_string = Some(self.doc_string()?),
                GherkinLine::Row => table = Some(self.table()?),
                _ => return Ok((doc_string, table)),
            }
        }
    }

    /// The text between two lines of quotes, without the indent of the first.
    fn doc_string(&mut self) -> Result<String, Misread> {
        let opening = self.at;
        let line = self.lines.get(opening).copied().unwrap_or_default();
        let (quotes, escaped) =
            if line.trim_start().starts_with('"') { ("\"\"\"", "\\\"\\\"\\\"") } else { ("```", "\\`\\`\\`") };
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        let mut text = Vec::new();
        for (index, line) in self.lines.iter().enumerate().skip(opening + 1) {
            if line.trim_start().starts_with(quotes) {
                self.at = index + 1;
                return Ok(text.join("\n"));
            }
            let is_indent = |(place, c): &(usize, char)| *place < indent && c.is_whitespace();
            let kept: String = line.chars().enumerate().skip_while(is_indent).map(|(_, c)| c).collect();
            text.push(kept.replace(escaped, quotes));
        }
        let help = "a doc string ends with the same three quotes, on a line of their own";
        Err(self.misread_at(opening, "the doc string has no end", help))
    }

    /// The rows that come next, all of them as long as the first.
    pub(super) fn table(&mut self) -> Result<Table, Misread> {
        let position = self.position();
        let mut rows: Vec<Vec<String>> = Vec::new();
        while matches!(self.peek(), GherkinLine::Row) {
            let line = self.lines.get(self.at).map_or("", |line| line.trim());
            let Some(cells) = cells(line) else {
                return Err(self.misread("expected a | at the end of the row", ROW));
            };
            if let Some(first) = rows.first().map(Vec::len)
                && first != cells.len()
            {
                let reason = format!("expected {first} cells, as in the first row, got {}", cells.len());
                return Err(self.misread(&reason, ROW));
            }
            rows.push(cells);
            self.at += 1;
        }
        Ok(Table { rows, span: Span::default(), position })
    }
}

const ROW: &str = "every row of a table needs the same number of cells and a `|` at its end";

const ARGUMENT: &str = "a step has one table and one doc string at most: make another step of it";

/// A line of tags without the comment at its end.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// The cells of a row that begins with a pipe; nothing if it does not end with one.
fn cells(row: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut characters = row.chars().skip(1);
    let mut is_closed = false;
    while let Some(c) = characters.next() {
        is_closed = false;
        match c {
            '|' => {
                cells.push(trimmed(&cell));
                cell.clear();
                is_closed = true;
            }
            '\\' => match characters.next() {
                Some('n') => cell.push('\n'),
                Some(escaped @ ('|' | '\\')) => cell.push(escaped),
                Some(other) => cell.extend(['\\', other]),
                None => cell.push('\\'),
            },
            other => cell.push(other),
        }
    }
    is_closed.then_some(cells)
}

/// A line break that a cell holds is no space around it.
fn trimmed(cell: &str) -> String {
    cell.trim_matches(|c: char| c.is_whitespace() && c != '\n').to_owned()
}
