//! The text of a page, and where in it something stands.

use std::ops::Range;
use std::sync::Arc;

/// A stretch of a page's text, in bytes.
pub type Span = Range<usize>;

/// The text of a page with the beginnings of its lines.
#[derive(Clone, Debug)]
pub struct PageSource {
    /// The file, as the user knows it.
    pub file: String,
    /// The whole text, without a byte order mark.
    pub text: Arc<str>,
    starts: Vec<usize>,
}

/// A line and a column, each 1 for the first. Columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl PageSource {
    /// The text of a file.
    pub fn new(file: impl Into<String>, text: &str) -> Self {
        let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(text).into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { file: file.into(), text, starts }
    }

    /// The text of a stretch; empty if it does not lie in the page.
    pub fn slice(&self, span: &Span) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The number of the line in which a byte stands; 1 for the first.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Line and column of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset.max(start)).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }

    /// The stretch of a line without its line break; nothing behind the last one.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end)?.trim_end_matches(['\n', '\r']);
        Some(start..start + text.len())
    }

    /// Returns the number of lines.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let source = PageSource::new("x.md", "\u{feff}ab\r\nçd\n");
        let at = |offset| (source.position(offset).line, source.position(offset).column);
        assert_eq!((at(0), at(1), at(4), at(6)), ((1, 1), (1, 2), (2, 1), (2, 2)));
        assert_eq!(source.line_span(1).map(|span| source.slice(&span).to_owned()).as_deref(), Some("ab"));
        assert_eq!(source.line_span(4), None);
    }
}
