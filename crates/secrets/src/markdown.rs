//! Tables of Markdown that name secrets, in a column or in the cell before: `| Password | Xy12abcd |`.

use std::ops::Range;

use crate::csv::{cells, is_secret_column, lines};
use crate::marks::unredacted;

/// The secrets in the tables of a text, each with its name. Tables describe things more often than they hold them, so one is only what
/// has the letters and signs that passwords have to have.
pub(crate) fn secrets_of(text: &str) -> Vec<(String, Range<usize>)> {
    let mut secrets = Vec::new();
    if memchr::memchr(b'|', text.as_bytes()).is_none() {
        return secrets;
    }
    let (mut above, mut headings): (Vec<&str>, Vec<&str>) = Default::default();
    for line in lines(text) {
        let row: Vec<Range<usize>> = match text[line.clone()].trim_start().starts_with('|') {
            true => cells(&text[line.clone()], '|')
                .map(|cell| bare(text, line.start + cell.start..line.start + cell.end))
                .collect(),
            false => Vec::new(),
        };
        let words: Vec<&str> = row.iter().map(|cell| &text[cell.clone()]).collect();
        if words.is_empty() {
            headings.clear();
        } else if words.iter().all(|word| word.bytes().all(|byte| b"-:".contains(&byte))) {
            headings = std::mem::take(&mut above);
        }
        for (index, cell) in row.iter().enumerate().filter(|(_, cell)| is_password(&text[(*cell).clone()])) {
            let before = index.checked_sub(1).and_then(|before| words.get(before));
            let name = headings.get(index).into_iter().chain(before).find(|name| is_secret_column(name));
            secrets.extend(name.map(|name| ((*name).to_owned(), cell.clone())));
        }
        above = words;
    }
    secrets
}

/// A cell without what makes it bold or code.
fn bare(text: &str, cell: Range<usize>) -> Range<usize> {
    let inner = text[cell.clone()].trim_matches(['*', '`', ' ', ':']);
    let start = inner.as_ptr() as usize - text.as_ptr() as usize;
    start..start + inner.len()
}

/// Returns whether a word has what rules for passwords ask for: letters of both cases and a digit, or a letter, a digit and a sign.
fn is_password(word: &str) -> bool {
    const LENGTHS: Range<usize> = 8..128;
    let has = |fits: fn(&u8) -> bool| word.as_bytes().iter().any(fits);
    let has_sign = has(|byte| b"!@#$%^&*~?+".contains(byte));
    LENGTHS.contains(&word.len())
        && !word.contains(|c: char| c.is_whitespace() || "()<>{}".contains(c))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && (has_sign || has(u8::is_ascii_uppercase))
        && unredacted(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::marked;

    fn masked(text: &str) -> String {
        marked(text, secrets_of(text).into_iter().map(|(_, range)| range).collect(), "***")
    }

    #[test]
    fn passwords_in_tables_are_found_by_the_cell_before_and_by_their_column() {
        for (text, expected) in [
            ("| Password | Xy12canary |", "| Password | *** |"),
            ("hello\n| **Password:** | `canary1!x` |\r\nbye", "hello\n| **Password:** | `***` |\r\nbye"),
            (
                "a\n\n| User | Password |\n|:---|---|\n| Adele | Xy12canary |\n| Alex | |\n\n| x | Xy12kept1 |",
                "a\n\n| User | Password |\n|:---|---|\n| Adele | *** |\n| Alex | |\n\n| x | Xy12kept1 |",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn tables_that_describe_passwords_are_left() {
        for text in [
            "| Property | Type |\n|---|---|\n| password | String |\n| clientSecret | varchar255 |",
            "| Password | Required |",
            "| Password | String(64) |",
            "| token | base64url |",
            "| Password | <redacted> |",
            "a || b | password Xy12abcd",
            "if (a | password) | Xy12abcd",
            "| User | Adele123X |",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
