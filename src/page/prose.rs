//! What is told between the blocks: sentences, and the words in them that stand for names and values.

use super::source::Span;

/// A word that is set apart, without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emphasis<'a> {
    /// Its place in the text, without its marks.
    pub span: Span,
    /// The word or words.
    pub text: &'a str,
    /// Whether it is set as code.
    pub is_code: bool,
}

/// The sentences of a text, each with where it begins.
pub fn sentences(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut code = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        code ^= c == '`';
        let ends = matches!(c, '.' | '!' | '?') && !code && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if ends {
            found.push((start, &text[start..=at]));
            start = at + c.len_utf8();
        }
    }
    found.push((start, &text[start..]));
    found.retain(|(_, sentence)| !sentence.trim().is_empty());
    found
}

/// The words that are set as code or in bold.
pub fn emphasised(text: &str) -> Vec<Emphasis<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 0);
    while let Some(open) = text.get(at..).and_then(|rest| rest.find(['`', '*'])).map(|open| at + open) {
        let rest = &text[open..];
        let mark = if rest.starts_with('`') {
            "`"
        } else if rest.starts_with("**") {
            "**"
        } else {
            "*"
        };
        let start = open + mark.len();
        // What is set apart does not go over a line: a mark that is never closed would make the rest of the text one word.
        if start > line {
            line = text[start..].find('\n').map_or(text.len(), |end| start + end);
        }
        match text[start..line.max(start)].find(mark) {
            Some(length) if length > 0 => {
                if mark != "*" {
                    let inner = &text[start..start + length];
                    found.push(Emphasis { span: start..start + length, text: inner.trim(), is_code: mark == "`" });
                }
                at = start + length + mark.len();
            }
            _ => at = start,
        }
        if found.len() > MOST_EMPHASES {
            break;
        }
    }
    found
}

/// So many words of a paragraph are looked at.
const MOST_EMPHASES: usize = 2000;

/// Returns whether a word is like a value of Graph: `InProgress`, `NotReviewed`.
pub fn is_value_like(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && word.len() >= 3
        && chars.clone().any(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_alphabetic())
}

/// Returns whether a word is like the name of a property: `displayName`, `status`.
pub fn is_property_like(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The number of a step in a title or a sentence: `Step 4`, `Etapa 4`, and where the word stands.
pub fn step_number(text: &str, words: &[&str]) -> Option<(usize, u32)> {
    let lower = text.to_lowercase();
    let found = words.iter().filter_map(|word| {
        let at = lower.match_indices(word).find_map(|(at, _)| {
            let rest = lower[at + word.len()..].trim_start();
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse::<u32>().ok().map(|number| (at, number))
        })?;
        Some(at)
    });
    found.min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_stops_outside_of_code() {
        let found: Vec<&str> =
            sentences("One. `a. b` two! v1.0 three").into_iter().map(|(_, text)| text.trim()).collect();
        assert_eq!(found, ["One.", "`a. b` two!", "v1.0 three"]);
    }

    #[test]
    fn emphasised_words_are_found_with_their_marks_left_out() {
        let found: Vec<(&str, bool)> =
            emphasised("a **b c** `d` *e* ** f `").iter().map(|word| (word.text, word.is_code)).collect();
        assert_eq!(found, [("b c", false), ("d", true)]);
    }

    #[test]
    fn the_number_of_a_step_is_read_in_several_languages() {
        let words = crate::page::words::STEP;
        assert_eq!(step_number("Repita a Etapa 3.", words).map(|(_, number)| number), Some(3));
        assert_eq!(step_number("one step at a time", words), None);
    }
}
