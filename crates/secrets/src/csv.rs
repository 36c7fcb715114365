//! Tables with a column of secrets, as files for creating many users at once are.

use std::ops::Range;

use crate::marks::unredacted;
use crate::names::is_secret_name;
use crate::shapes::looks_opaque;

/// A table has its heading in one of the first lines.
const HEADINGS_WITHIN: usize = 3;

/// Longer lines are no lines of such a table.
const LONGEST_LINE: usize = 16 * 1024;

/// The secrets of a table whose columns are parted by commas, semicolons or tabs, each with the name of its column.
pub(crate) fn secrets_of(text: &str) -> Vec<(String, Range<usize>)> {
    if !text.contains('\n') {
        return Vec::new();
    }
    let mut lines = lines(text).enumerate();
    let heading = lines.by_ref().take(HEADINGS_WITHIN).find_map(|(_, line)| {
        let heading = &text[line];
        let separator = [',', ';', '\t'].into_iter().find(|separator| heading.contains(*separator))?;
        let columns: Vec<(usize, String)> = cells(heading, separator)
            .enumerate()
            .filter(|(_, cell)| is_secret_column(&heading[cell.clone()]))
            .map(|(index, cell)| (index, heading[cell].to_owned()))
            .collect();
        // What names a secret and gives it a value in the same line is no heading.
        let is_heading = !columns.is_empty() && !heading.contains(['=', ':', '{', '<', '&']);
        is_heading.then_some((separator, columns))
    });
    let Some((separator, columns)) = heading else { return Vec::new() };
    let mut secrets = Vec::new();
    for (_, line) in lines {
        for (index, cell) in cells(&text[line.clone()], separator).enumerate() {
            let cell = line.start + cell.start..line.start + cell.end;
            let column = columns.iter().find(|(column, _)| *column == index);
            // Tokens may be words of a text, or pieces of a game.
            let is_secret = |name: &str, text: &str| {
                unredacted(text) && (looks_opaque(text) || !name.to_ascii_lowercase().ends_with("token"))
            };
            if let Some((_, name)) = column.filter(|(_, name)| is_secret(name, &text[cell.clone()])) {
                secrets.push((name.clone(), cell));
            }
        }
    }
    secrets
}

/// Returns whether a heading names secrets: `password`, `Initial password [passwordProfile] Required`.
pub(crate) fn is_secret_column(heading: &str) -> bool {
    is_secret_name(heading) || heading.split(['[', ']']).any(|part| is_secret_name(part.trim()))
}

/// The places of the lines of a text.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\r', '\n']).len()
    })
}

/// The cells of a line without their quotes, and where they stand in it.
pub(crate) fn cells(line: &str, separator: char) -> impl Iterator<Item = Range<usize>> {
    let line = if line.len() > LONGEST_LINE { "" } else { line };
    let (mut cells, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, character) in line.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            character if character == separator && !is_quoted => {
                cells.push(start..at);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    cells.push(start..line.len());
    cells.into_iter().map(move |cell| {
        let text = &line[cell.clone()];
        let bare = text.trim().trim_matches('"');
        let start = cell.start + (bare.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        start..start + bare.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::marked;

    fn masked(text: &str) -> String {
        marked(text, secrets_of(text).into_iter().map(|(_, range)| range).collect(), "***")
    }

    #[test]
    fn a_column_of_secrets_is_found_in_tables_of_every_kind() {
        for (table, expected) in [
            ("user,password\na,canary1\nb,canary2\n", "user,password\na,***\nb,***\n"),
            ("\"user\";\"client_secret\"\r\n\"a;b\";\"canary\"", "\"user\";\"client_secret\"\r\n\"a;b\";\"***\""),
            ("pin\tname\n1234\ta\n\tb\n", "pin\tname\n***\ta\n\tb\n"),
            (
                "version:v1.0,,\nName [displayName] Required,Initial password [passwordProfile] Required,Block\nA,canary,No\n",
                "version:v1.0,,\nName [displayName] Required,Initial password [passwordProfile] Required,Block\nA,***,No\n",
            ),
            ("user,password\na,***\n", "user,password\na,***\n"),
        ] {
            assert_eq!(masked(table), expected);
        }
        for prose in ["Tell nobody your name, password\nor a, b", "a,b\n1,2\n", "no table at all", "password\nx\n"] {
            let found = secrets_of(prose);
            assert!(found.len() <= 1, "{prose}: {found:?}");
        }
        assert_eq!(secrets_of("a,b\n1,2\n"), []);
        assert_eq!(secrets_of("day,token\n1,apple\n"), []);
    }
}
