//! The expression of a step definition, compiled when a sentence may fit it.
//!
//! cucumber's macros compile an expression with an engine made for long texts, which takes ten times as long as reading all
//! features of a tutorial. So the build takes the expressions of this library apart and lists them by their place, and they are
//! compiled with a light engine, only where their words occur in a sentence in their order. Whatever another crate defines is
//! compiled by cucumber.

use std::sync::OnceLock;

use cucumber::step::Location;
use memchr::memmem;

use super::outline::{StepOutline, pattern_of_own};
use super::registered::Regex;

/// The expressions of `steps/`, sorted by file and line.
static OWN: &[OwnExpression] = include!(concat!(env!("OUT_DIR"), "/own_expressions.rs"));

/// An expression of `steps/`, as the build took it apart.
#[derive(Debug)]
pub(super) struct OwnExpression {
    /// The file, without its folder.
    file: &'static str,
    /// The line of the step's attribute.
    line: u32,
    /// The text of the attribute.
    written: &'static str,
    /// The texts that stand in every sentence which fits, in this order: it begins with the first one and ends with the last one.
    /// If there is one only, it is the sentence.
    words: &'static [&'static str],
    /// The pattern that cucumber makes of it: its texts, and between them the names of the parameters.
    pub pattern: &'static [&'static str],
    /// The sentence as an author reads it: the texts, and between them the names of the parameters.
    pub sentence: &'static [&'static str],
}

/// The expression of one step definition.
pub(super) struct Expression {
    /// As the build knows it; nothing for a step that is defined outside of this library.
    own: Option<&'static OwnExpression>,
    /// Compiles it as cucumber does.
    full: fn() -> Regex,
    engine: OnceLock<Engine>,
    outline: OnceLock<StepOutline>,
}

/// The engine that compares a sentence with an expression.
enum Engine {
    Light(regex_lite::Regex),
    Full(Regex),
}

/// The text that a definition is written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionText {
    /// An expression of cucumber.
    Expression(&'static str),
    /// A regular expression.
    Pattern(String),
}

/// The texts of a sentence in the groups of a pattern, with the names of the groups.
pub(super) type Matches = Vec<(Option<String>, String)>;

/// The texts that an expression captures of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Captured {
    /// The groups of the pattern.
    pub matches: Matches,
    /// For each group the byte at which it begins; `None` of one that is not in the sentence.
    pub starts: Vec<Option<usize>>,
}

/// The text in the place of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceArgument {
    /// The text.
    pub text: String,
    /// The byte of the sentence at which it begins.
    pub start: usize,
    /// The name of the parameter, if it is known and has one.
    pub kind: Option<&'static str>,
}

impl Expression {
    /// The expression of the attribute at `location`. `alone` says whether no other definition is registered at this very
    /// location: where two crates are compiled so that their files have one path, only cucumber knows which is whose.
    pub fn new(location: Location, alone: bool, full: fn() -> Regex) -> Self {
        let own = own_at(location).filter(|_| alone);
        Self { own, full, engine: OnceLock::new(), outline: OnceLock::new() }
    }

    /// Returns what it captures of a sentence; nothing if the sentence does not fit.
    pub fn captures(&self, sentence: &str) -> Option<Captured> {
        match self.own.map(|own| own.words) {
            Some([whole]) => return (sentence == *whole).then(|| Captured::whole(sentence)),
            Some(words) if !holds_in_order(sentence, words) => return None,
            _ => {}
        }
        match self.engine() {
            Engine::Light(regex) => {
                let captures = regex.captures(sentence)?;
                let parts = captures.iter().map(|part| part.map(|part| (part.start(), part.as_str())));
                Some(named(regex.capture_names(), parts))
            }
            Engine::Full(regex) => {
                let captures = regex.captures(sentence)?;
                let parts = captures.iter().map(|part| part.map(|part| (part.start(), part.as_str())));
                Some(named(regex.capture_names(), parts))
            }
        }
    }

    /// Returns the parts of a captured sentence that cannot be read, each with what is wrong with it.
    pub fn unreadable(&self, matches: &Matches) -> Vec<(String, String)> {
        let read = self.outline().parameters.iter().zip(arguments(matches)).filter_map(|(kinds, (_, text))| {
            // Of several kinds with the same pattern one that can read it is enough.
            let mut refused = kinds.iter().map(|kind| (kind.check)(text).err());
            let why = refused.next()??;
            refused.all(|other| other.is_some()).then(|| (text.to_owned(), why))
        });
        read.collect()
    }

    /// Returns the texts in the places of the parameters.
    pub fn arguments(&self, captured: &Captured) -> Vec<SentenceArgument> {
        let kinds = self.outline().parameters.iter().map(|kinds| kinds.first().map(|kind| kind.name)).map(Some);
        let texts = arguments(&captured.matches).zip(kinds.chain(std::iter::repeat(None)));
        let argument = |((group, text), kind): ((usize, &str), Option<Option<&'static str>>)| SentenceArgument {
            text: text.to_owned(),
            start: captured.starts.get(group).copied().flatten().unwrap_or_default(),
            kind: kind.flatten().filter(|name| !name.is_empty()),
        };
        texts.map(argument).collect()
    }

    /// Returns what the step's attribute says: an expression of cucumber, or, of a step that is defined outside of this
    /// library, the regular expression that cucumber made of it.
    pub fn source(&self) -> DefinitionText {
        match self.own {
            Some(own) => DefinitionText::Expression(own.written),
            None => DefinitionText::Pattern((self.full)().as_str().to_owned()),
        }
    }

    /// The file of the step in this library, without its folder.
    pub fn file(&self) -> Option<&'static str> {
        self.own.map(|own| own.file)
    }

    /// The sentence as an author writes it.
    pub fn sentence(&self) -> &str {
        &self.outline().sentence
    }

    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| {
            let pattern = self.own.and_then(pattern_of_own);
            let light = pattern.and_then(|pattern| regex_lite::Regex::new(&pattern).ok());
            light.map_or_else(|| Engine::Full((self.full)()), Engine::Light)
        })
    }

    fn outline(&self) -> &StepOutline {
        self.outline.get_or_init(|| match self.own {
            Some(own) => StepOutline::of_own(own),
            None => StepOutline::of_pattern((self.full)().as_str()),
        })
    }
}

impl Captured {
    /// Returns the captures of an expression without parameters, which is the sentence itself.
    fn whole(sentence: &str) -> Self {
        Self { matches: vec![(None, sentence.to_owned())], starts: vec![Some(0)] }
    }
}

/// Returns whether a sentence begins with the first of these texts and ends with the last, with the others between them in
/// their order.
fn holds_in_order(sentence: &str, words: &[&str]) -> bool {
    let [first, between @ .., last] = words else { return true };
    let Some(rest) = sentence.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    let mut rest = rest.as_bytes();
    between.iter().all(|text| match memmem::find(rest, text.as_bytes()) {
        Some(at) => {
            rest = &rest[at + text.len()..];
            true
        }
        None => false,
    })
}

/// A file as this library's folders name it, wherever the library was compiled; the file of another crate as the compiler was
/// given it.
pub(super) fn file_of(location: Location) -> String {
    match (own_at(location), location.path.rsplit(['/', '\\']).next()) {
        (Some(_), Some(file)) => format!("steps/{file}"),
        _ => location.path.to_owned(),
    }
}

/// The expression at `location`, if this is a place in the steps of this library: the whole path is compared as the compiler
/// knows it.
fn own_at(location: Location) -> Option<&'static OwnExpression> {
    let separators = ['/', '\\'];
    let (folder, file) = location.path.rsplit_once(separators)?;
    let (own, _) = crate::steps::FILE.rsplit_once(separators)?;
    let index = OWN.binary_search_by_key(&(file, location.line), |own| (own.file, own.line)).ok()?;
    OWN.get(index).filter(|_| folder == own)
}

fn named<'t>(
    names: impl Iterator<Item = Option<&'t str>>,
    parts: impl Iterator<Item = Option<(usize, &'t str)>>,
) -> Captured {
    let mut captured = Captured { matches: Vec::new(), starts: Vec::new() };
    for (name, part) in names.zip(parts) {
        let (start, text) = part.unzip();
        captured.matches.push((name.map(str::to_owned), text.unwrap_or_default().to_owned()));
        captured.starts.push(start);
    }
    captured
}

/// Returns the text in the place of each parameter, with its group. One with several groups, which cucumber gives names
/// that begin alike, has it in the one that is not empty.
fn arguments(matches: &Matches) -> impl Iterator<Item = (usize, &str)> {
    let prefix = |name: &Option<String>| {
        let (number, _) = name.as_deref()?.strip_prefix("__")?.split_once('_')?;
        Some(number.to_owned())
    };
    let groups = matches
        .get(1..)
        .unwrap_or_default()
        .chunk_by(move |(first, _), (second, _)| prefix(first).is_some_and(|number| prefix(second) == Some(number)));
    let mut next = 1;
    groups.map(move |group| {
        let first = next;
        next += group.len();
        let texts = group.iter().enumerate().map(|(place, (_, text))| (first + place, text.as_str()));
        texts.clone().find(|(_, text)| !text.is_empty()).unwrap_or((first, ""))
    })
}

#[cfg(test)]
mod tests {
    use super::super::registered;
    use super::*;

    #[test]
    fn every_own_expression_is_listed_and_is_the_one_that_cucumber_compiles() {
        let all = registered::all();
        assert!(all.len() > 50);
        assert_eq!(OWN.len(), all.len(), "{OWN:?}");
        for registered in all {
            let location = registered.location;
            let own = own_at(location).unwrap_or_else(|| panic!("not listed by the build: {location}"));
            let pattern = pattern_of_own(own);
            assert_eq!(pattern.as_deref(), Some((registered.pattern)().as_str()), "{location}");
        }
    }

    #[test]
    fn a_step_at_the_very_location_of_an_own_one_is_compiled_by_cucumber() {
        let location = registered::all()[0].location;
        let elsewhere: fn() -> Regex = || Regex::new("^(\\d+) apples?$").unwrap();
        let own = Expression::new(location, true, elsewhere);
        assert!(own.captures("5 apples").is_none());
        let outside = Expression::new(location, false, elsewhere);
        let captured = outside.captures("5 apples").unwrap().matches;
        assert_eq!(captured, [(None, "5 apples".to_owned()), (None, "5".to_owned())]);
        assert!(outside.captures("5 pears").is_none());
    }

    #[test]
    fn a_file_of_the_same_name_in_another_folder_is_not_an_own_one() {
        let Location { path, line, column } = registered::all()[0].location;
        assert!(own_at(Location { path, line, column }).is_some());
        for folder in ["", "steps/", "/elsewhere/src/../steps/", "src/../steps/src/../steps/"] {
            let path = format!("{folder}{}", path.rsplit('/').next().unwrap()).leak();
            assert!(own_at(Location { path, line, column }).is_none(), "{path}");
        }
    }

    #[test]
    fn no_sentence_that_fits_is_passed_over_because_of_its_words() {
        let words = |part: &str| OWN.iter().find(|own| own.written.contains(part)).unwrap().words;
        assert_eq!(words("{duration} has/have passed"), ["", " ", " passed"]);
        assert_eq!(words("{query} finds {count} value(s)"), ["", " finds ", " value", ""]);
        assert_eq!(words("the deletion is accepted"), ["the deletion is accepted"]);
        for own in OWN {
            let OwnExpression { file, line, words, .. } = own;
            let sentence = StepOutline::of_own(own).sentence;
            assert!(holds_in_order(&sentence, words), "{file}:{line}: {words:?}");
            assert!(words.iter().any(|words| words.len() > 3), "{file}:{line}: {words:?}");
        }
    }

    #[test]
    fn words_fit_in_their_order_and_at_the_ends_only() {
        let words = ["the ", " is ", " of ", "."];
        for (sentence, fits) in [
            ("the a is b of c.", true),
            ("the a is  of c of .", true),
            ("the a of b is c.", false),
            ("The a is b of c.", false),
            ("the a is b of c", false),
            ("the a is of c.", false),
        ] {
            assert_eq!(holds_in_order(sentence, &words), fits, "{sentence}");
        }
        assert!(!holds_in_order("aba", &["ab", "ba"]), "they do not overlap");
    }

    #[test]
    fn a_sentence_without_parameters_is_captured_as_cucumber_captures_it() {
        let whole = |own: &&OwnExpression| own.words.len() == 1;
        assert!(OWN.iter().filter(whole).count() > 10);
        for registered in registered::all() {
            let own = Expression::new(registered.location, true, registered.pattern);
            let Some([sentence]) = own.own.map(|own| own.words) else { continue };
            let outside = Expression::new(registered.location, false, registered.pattern);
            let (captured, expected) = (own.captures(sentence).unwrap(), outside.captures(sentence).unwrap());
            assert_eq!((captured.matches, captured.starts), (expected.matches, expected.starts), "{sentence}");
            assert!(own.captures(&format!("{sentence} ")).is_none() && own.captures(&sentence[1..]).is_none());
        }
    }

    #[test]
    fn every_parameter_is_found_with_what_stands_in_its_place() {
        let mut all = registered::all().into_iter();
        let polls = all
            .find(|registered| own_at(registered.location).is_some_and(|own| own.written.contains(" polls ")))
            .unwrap();
        // As of this library, and as of another one, of which only the pattern is known.
        for alone in [true, false] {
            let expression = Expression::new(polls.location, alone, polls.pattern);
            assert_eq!(expression.own.is_some(), alone);
            let kinds = &expression.outline().parameters;
            let names: Vec<Vec<&str>> =
                kinds.iter().map(|kinds| kinds.iter().map(|kind| kind.name).collect()).collect();
            for (names, expected) in names.iter().zip(["actor", "string", "query", "json", "duration"]) {
                assert!(names.contains(&expected), "{names:?}");
            }
            assert_eq!(names.len(), 5);
            let sentence = "the administrator polls '' until \"$.a\" is \"b\" within 2 days";
            let captured = expression.captures(sentence).unwrap();
            let found = expression.arguments(&captured);
            let texts: Vec<&str> = found.iter().map(|argument| argument.text.as_str()).collect();
            assert_eq!(texts, ["the administrator", "", "$.a", "\"b\"", "2 days"]);
            for argument in found.iter().filter(|argument| !argument.text.is_empty()) {
                assert!(sentence[argument.start..].starts_with(&argument.text), "{argument:?}");
            }
            assert_eq!(expression.unreadable(&captured.matches), []);
            let captured = expression.captures("x polls \"y\" until '$' is 1.2.3 within 99999 days").unwrap();
            let unreadable: Vec<String> =
                expression.unreadable(&captured.matches).into_iter().map(|(text, _)| text).collect();
            assert_eq!(unreadable, ["1.2.3", "99999 days"]);
        }
    }

    #[test]
    fn a_step_of_another_crate_has_the_same_sentence_as_an_own_one() {
        for registered in registered::all() {
            let [own, outside] =
                [true, false].map(|alone| Expression::new(registered.location, alone, registered.pattern));
            assert_eq!(own.sentence(), outside.sentence(), "{}", registered.location);
        }
    }
}
