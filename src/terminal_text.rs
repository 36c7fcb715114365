//! Text for a terminal: what it cannot obey, in lines that fit.

use std::fmt::Write as _;

/// The widest line.
pub(crate) const COLUMNS: usize = 80;

/// A text from elsewhere without what a terminal would obey: control characters become `�`.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Writes `first`, which takes `at` columns, and `text` beside it, broken between words to fit the columns.
pub(crate) fn wrapped(out: &mut String, first: &str, at: usize, text: &str) {
    let mut column = at;
    out.push_str(first);
    for (place, word) in plain(text).split(' ').enumerate() {
        let width = word.chars().count();
        if place > 0 && column + 1 + width > COLUMNS {
            let _ = write!(out, "\n{:at$}", "");
            column = at;
        } else if place > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}
