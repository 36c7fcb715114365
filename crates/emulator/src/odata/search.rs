//! `$search` of directory objects (Graph documentation, "Use the $search query parameter"): clauses in quotes, joined by AND and OR.
//!
//! The display name and the description are compared word by word, any other text by its beginning. A word that is sought is found
//! at the beginning of one that is there: the page finds a name by `Guthr`.

use graphwalk_catalog::{FilterOperator, Type};
use serde_json::{Map, Value};

use crate::http::Refusal;

use super::directory::unsupported_clause;
use super::filter::property;

/// The most levels of nested parentheses.
const DEEPEST: usize = 50;

/// A parsed search.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// All are found.
    And(Vec<Search>),
    /// One is found.
    Or(Vec<Search>),
    /// `"property:text"`
    Clause(String, String),
}

impl Search {
    /// Parses a search.
    ///
    /// # Errors
    ///
    /// 400 that says where it is malformed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parser = SearchParser { text, at: 0, depth: 0 };
        let search = parser.or()?;
        parser.skip_space();
        if parser.at < text.len() { Err(parser.malformed()) } else { Ok(search) }
    }

    /// Checks that it names properties that can be searched, of one of the types.
    ///
    /// # Errors
    ///
    /// 400 that names the property.
    pub fn check(&self, types: &[Type]) -> Result<(), Refusal> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().try_for_each(|part| part.check(types)),
            Self::Clause(name, _) => {
                let is_searched = |ty: &Type| {
                    ty.is_searched_by_words(name) || ty.filter_need(name, FilterOperator::StartsWith).is_some()
                };
                if types.iter().any(is_searched) { Ok(()) } else { Err(unsupported_clause(types, name)) }
            }
        }
    }

    /// Returns whether an object of one of the types is found.
    pub fn finds(&self, entity: &Map<String, Value>, types: &[Type]) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.finds(entity, types)),
            Self::Or(parts) => parts.iter().any(|part| part.finds(entity, types)),
            Self::Clause(name, sought) => {
                let by_words = types.iter().any(|ty| ty.is_searched_by_words(name));
                let is_found = |text: &str| {
                    if by_words {
                        has_words(text, sought)
                    } else {
                        text.to_lowercase().starts_with(&sought.to_lowercase())
                    }
                };
                match property(entity, name) {
                    Some(Value::String(text)) => is_found(text),
                    Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).any(is_found),
                    _ => false,
                }
            }
        }
    }
}

/// Returns whether a text has all words of another one, in any order.
fn has_words(text: &str, sought: &str) -> bool {
    let (there, joined) = words(text);
    let (sought, _) = words(sought);
    let is_there = |word: &String| there.iter().chain(&joined).any(|known| known.starts_with(word.as_str()));
    sought.iter().all(is_there)
}

/// The role of a character in a word.
#[derive(Clone, Copy, PartialEq)]
enum CharacterKind {
    Space,
    Digit,
    Upper,
    Letter,
    Symbol,
}

fn character_kind(c: char) -> CharacterKind {
    match c {
        _ if c.is_whitespace() => CharacterKind::Space,
        _ if c.is_numeric() => CharacterKind::Digit,
        _ if c.is_uppercase() => CharacterKind::Upper,
        _ if c.is_alphabetic() => CharacterKind::Letter,
        _ => CharacterKind::Symbol,
    }
}

/// The words of a text in lower case, parted at spaces, symbols, numbers and where a small letter is followed by a capital one;
/// and those that are parted by nothing but symbols joined together.
fn words(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut joined): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut last, mut run) = (CharacterKind::Space, String::new());
    for c in text.chars() {
        let kind = character_kind(c);
        let goes_on = match (last, kind) {
            (_, CharacterKind::Space | CharacterKind::Symbol) => false,
            (CharacterKind::Upper, CharacterKind::Letter) => true,
            (before, now) => before == now,
        };
        match words.last_mut().filter(|_| goes_on) {
            Some(word) => word.extend(c.to_lowercase()),
            None if kind != CharacterKind::Space => words.push(c.to_lowercase().collect()),
            None => joined.extend(Some(std::mem::take(&mut run)).filter(|run| !run.is_empty())),
        }
        if !matches!(kind, CharacterKind::Space | CharacterKind::Symbol) {
            run.extend(c.to_lowercase());
        }
        last = kind;
    }
    joined.extend(Some(run).filter(|run| !run.is_empty()));
    (words, joined)
}

struct SearchParser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl SearchParser<'_> {
    fn or(&mut self) -> Result<Search, Refusal> {
        let mut parts = vec![self.and()?];
        while self.word("OR") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Search::Or(parts) })
    }

    fn and(&mut self) -> Result<Search, Refusal> {
        let mut parts = vec![self.term()?];
        while self.word("AND") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Search::And(parts) })
    }

    fn term(&mut self) -> Result<Search, Refusal> {
        self.skip_space();
        if self.rest().starts_with('(') && self.depth < DEEPEST {
            self.at += 1;
            self.depth += 1;
            let inner = self.or()?;
            self.skip_space();
            if !self.rest().starts_with(')') {
                return Err(self.malformed());
            }
            self.at += 1;
            self.depth -= 1;
            return Ok(inner);
        }
        self.clause()
    }

    fn clause(&mut self) -> Result<Search, Refusal> {
        let begin = self.at;
        let mut characters = self.rest().char_indices();
        if characters.next().is_none_or(|(_, c)| c != '"') {
            return Err(self.malformed());
        }
        let mut clause = String::new();
        while let Some((index, c)) = characters.next() {
            match c {
                '"' => {
                    self.at = begin + index + 1;
                    let (name, sought) = clause.split_once(':').ok_or_else(|| {
                        self.refused(&format!("the clause \"{clause}\" names no property: \"property:text\""))
                    })?;
                    return Ok(Search::Clause(name.trim().to_owned(), sought.trim().to_owned()));
                }
                '\\' => clause.extend(characters.next().map(|(_, c)| c)),
                _ => clause.push(c),
            }
        }
        Err(self.malformed())
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let found = self.rest().strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '(', '"']));
        if found {
            self.at += word.len();
        }
        found
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn malformed(&self) -> Refusal {
        self.refused(&format!("syntax error at position {} in '{}'", self.at, self.text))
    }

    fn refused(&self, why: &str) -> Refusal {
        Refusal::new(400, "BadRequest", format!("Invalid $search clause: {why}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphwalk_catalog::Catalog;
    use proptest::prelude::*;
    use serde_json::json;

    fn finds(search: &str) -> bool {
        let group = json!({"displayName": "OneVideo hello-world42", "description": "李四(David Li)", "mail": "one.video@x.example",
            "proxyAddresses": ["SMTP:v@x.example"]});
        let types = [Catalog::v1().type_named("group").unwrap()];
        let search = Search::parse(search).unwrap();
        search.check(&types).unwrap();
        search.finds(group.as_object().unwrap(), &types)
    }

    #[test]
    fn names_are_searched_word_by_word_and_other_texts_by_their_beginning() {
        for search in [
            "\"displayName:OneVideo\"",
            "\"displayName:video one\"",
            "\"displayName:VID\"",
            "\"displayName:helloworld\"",
            "\"displayName:42\"",
            "\"description:李四\"",
            "\"description:David)\"",
            "\"description:Li 李\"",
            "\"mail:ONE.v\"",
            "\"proxyAddresses:smtp:v\"",
            "\"displayName:nothing\" OR (\"mail:one\" AND \"description:david\")",
        ] {
            assert!(finds(search), "{search}");
        }
        for search in [
            "\"displayName:deo\"",
            "\"displayName:two\"",
            "\"mail:video\"",
            "\"displayName:one\" AND \"mail:two\"",
            "\"mail:two\" AND \"displayName:x\" OR \"displayName:y\"",
        ] {
            assert!(!finds(search), "{search}");
        }
    }

    #[test]
    fn a_search_without_quotes_property_or_operator_is_refused() {
        for search in [
            "",
            "x",
            "\"x\"",
            "displayName:x",
            "\"displayName:x",
            "\"displayName:x\" \"displayName:y\"",
            "\"displayName:x\" and \"displayName:y\"",
            "(\"displayName:x\"",
            &"(".repeat(5000),
        ] {
            assert_eq!(Search::parse(search).unwrap_err().status, 400, "{search}");
        }
        let types = [Catalog::v1().type_named("user").unwrap()];
        assert!(Search::parse("\"shoeSize:x\"").unwrap().check(&types).is_err());
        assert!(Search::parse("\"accountEnabled:x\"").unwrap().check(&types).is_err());
    }

    proptest! {
        #[test]
        fn no_search_panics(text in "\\PC*") {
            let _ = Search::parse(&text);
            let _ = Search::parse(&format!("\"{text}\""));
            let _ = words(&text);
        }
    }
}
