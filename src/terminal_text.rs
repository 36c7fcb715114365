//! Text for a terminal: what it cannot obey, in lines that fit.

use std::fmt::Write as _;

use graphwalk_secrets::in_use;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The widest line.
pub(crate) const COLUMNS: usize = 80;

/// A text from elsewhere without what a terminal would obey (control characters become `�`), and without secrets in use.
pub(crate) fn plain(text: &str) -> String {
    in_use::mask(text).chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// `text` in lines of at most `width` columns, broken behind `separator`. A part that is wider than that has a line of its own.
pub(crate) fn lines(text: &str, separator: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in text.split_inclusive(separator) {
        // What is at the end of a line does not show if it is a space.
        if !line.is_empty() && columns(&line) + columns(part.trim_end()) > width {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        line.push_str(part);
    }
    lines.push(line);
    lines
}

/// Writes `first`, which takes `at` columns, and `text` beside it, broken between words to fit the columns.
pub(crate) fn wrapped(out: &mut String, first: &str, at: usize, text: &str) {
    for (index, line) in lines(&plain(text), " ", COLUMNS - at).iter().enumerate() {
        if index == 0 {
            let _ = writeln!(out, "{first}{line}");
        } else {
            let _ = writeln!(out, "{:at$}{line}", "");
        }
    }
}

/// `text`, cut at its end to `width` columns.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    fitting(text.chars(), width.saturating_sub(1)).into_iter().chain(['…']).collect()
}

/// `text`, cut at its front to `width` columns: of a path the end says more.
pub(crate) fn fitted_front(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let end = fitting(text.chars().rev(), width.saturating_sub(1));
    std::iter::once('…').chain(end.into_iter().rev()).collect()
}

/// A path that fits: ids are cut to their beginning, then segments after the version are left out.
pub(crate) fn short_path(path: &str, width: usize) -> String {
    let shortened = shortened(path);
    let fitting = shortened.iter().find(|path| columns(path) <= width);
    fitting.or(shortened.last()).map_or_else(String::new, |path| fitted(path, width))
}

/// The ways to write a path, each shorter than the one before.
fn shortened(path: &str) -> Vec<String> {
    let segments: Vec<String> = path.split('/').skip(1).map(short_segment).collect();
    let whole = format!("/{}", segments.join("/"));
    let left_out = |from: usize| format!("/{}/…/{}", segments[0], segments[from..].join("/"));
    [whole].into_iter().chain((2..segments.len()).map(left_out)).collect()
}

/// A GUID as its first four digits.
fn short_segment(segment: &str) -> String {
    if uuid::Uuid::try_parse(segment).is_ok() { format!("{}…", &segment[..4]) } else { segment.to_owned() }
}

/// A path whole, if it fits, else shortened; its end, where it does not fit in any way: that says more than its beginning.
pub(crate) fn fitted_path(path: &str, width: usize) -> String {
    let mut ways = std::iter::once(path.to_owned()).chain(shortened(path));
    ways.find(|way| columns(way) <= width).unwrap_or_else(|| fitted_front(path, width))
}

/// `text` with spaces behind it up to `width` columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(columns(text)))
}

/// Returns the number of columns that a text takes: of some languages two a character.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// As many of the characters as fit into `width` columns.
fn fitting(characters: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut left = width;
    let mut fits = |character: &char| match left.checked_sub(character.width().unwrap_or_default()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    characters.take_while(|character| fits(character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_behind_separators_and_no_word_is_lost() {
        assert_eq!(lines("/v1.0/groups/1", "/", 8), ["/v1.0/", "groups/1"]);
        assert_eq!(lines("NotStarted → Applied", " → ", 12), ["NotStarted →", "Applied"]);
        assert_eq!(lines("a toolongword b", " ", 4), ["a", "toolongword", "b"]);
        assert_eq!(lines("", " ", 4), [""]);
    }

    #[test]
    fn a_cut_text_has_the_allowed_width() {
        assert_eq!((fitted("recordings", 4), fitted_front("recordings", 4)), ("rec…".into(), "…ngs".into()));
        assert_eq!((fitted("four", 4), fitted_front("four", 4)), ("four".into(), "four".into()));
    }

    #[test]
    fn wide_characters_take_two_columns_and_accents_none() {
        assert_eq!((columns("東京"), columns("e\u{301}"), columns("\u{202e}x")), (4, 1, 1));
        assert_eq!((fitted("東京都", 5), fitted_front("東京都", 4)), ("東京…".into(), "…都".into()));
        assert_eq!((padded("東", 4), padded("four", 2)), ("東  ".into(), "four".into()));
    }

    #[test]
    fn text_stands_beside_what_comes_first() {
        let mut out = String::new();
        wrapped(&mut out, "error ", 6, &"word ".repeat(20));
        assert!(out.starts_with("error word") && out.contains("\n      word"), "{out}");
        assert!(out.lines().all(|line| columns(line) <= COLUMNS), "{out}");
    }

    #[test]
    fn a_path_loses_its_middle_before_its_end() {
        let id = "2d56c364-0695-4ec6-8b92-4c1db7c80f1b";
        let path = format!("/v1.0/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions");
        assert_eq!(short_path(&path, 70), "/v1.0/…/accessReviews/definitions/2d56…/instances/2d56…/decisions");
        assert_eq!(short_path(&path, 27), "/v1.0/…/2d56…/decisions");
        assert_eq!(short_path(&path, 12), "/v1.0/…/dec…");
        assert_eq!(short_path("/v1.0/users", 27), "/v1.0/users");
        assert_eq!(short_path("/abcdefgh", 4), "/ab…");
        // What fits stays whole, ids and all.
        let group = format!("/v1.0/groups/{id}");
        assert_eq!(
            (fitted_path(&group, 49), fitted_path(&group, 48)),
            (group.clone(), "/v1.0/groups/2d56…".to_owned())
        );
        assert_eq!(fitted_path(&format!("{group}/members?$top=999"), 40), "/v1.0/groups/2d56…/members?$top=999");
    }
}
