//! The expression of a step definition, compiled when a sentence may fit it.
//!
//! cucumber's macros compile an expression with an engine made for long texts, which takes ten times as long as reading all
//! features of a tutorial. Sentences are short, so a light engine does, on the same pattern. What the expression is stands
//! in the source of the steps, which the program carries.

use std::sync::OnceLock;

use cucumber::codegen::{Expression as CucumberExpression, Regex as FullRegex};
use cucumber::step::Location;
use cucumber_expressions::Spanned;
use cucumber_expressions::expand::IntoRegexCharIter as _;
use cucumber_expressions::expand::parameters::Provider;
use include_dir::{Dir, include_dir};
use regex_lite::Regex;

use crate::steps::PARAMETERS;

static STEPS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/steps");

/// The expression of one step definition.
pub(super) struct Expression {
    /// As the step's attribute says it; nothing for a step that is defined outside of this library.
    written: Option<&'static str>,
    /// Compiles it as cucumber does.
    full: fn() -> FullRegex,
    /// A text that every sentence holds which fits.
    words: &'static str,
    regex: OnceLock<Regex>,
}

impl Expression {
    pub fn of(location: Location, full: fn() -> FullRegex) -> Self {
        let written = written_at(location);
        Self { written, full, words: written.map_or("", longest_words), regex: OnceLock::new() }
    }

    /// What it captures of a sentence, with the names of the groups; nothing if the sentence does not fit.
    pub fn captures(&self, sentence: &str) -> Option<Vec<(Option<String>, String)>> {
        let captures = sentence.contains(self.words).then(|| self.regex().captures(sentence))??;
        let names = self.regex().capture_names().map(|name| name.map(str::to_owned));
        let texts = captures.iter().map(|part| part.map_or_else(String::new, |part| part.as_str().to_owned()));
        Some(names.zip(texts).collect())
    }

    /// What of a sentence that was captured cannot be read, each with what is wrong with it.
    pub fn unreadable(&self, matches: &[(Option<String>, String)]) -> Vec<(String, String)> {
        let names = self.written.into_iter().flat_map(parameter_names);
        let read = names.zip(arguments(matches)).filter_map(|(name, text)| {
            let parameter = PARAMETERS.iter().find(|known| known.name == name)?;
            Some((text.to_owned(), (parameter.check)(text).err()?))
        });
        read.collect()
    }

    /// The regular expression that it stands for.
    pub fn pattern(&self) -> &str {
        self.regex().as_str()
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let light = self.written.and_then(pattern).and_then(|pattern| Regex::new(&pattern).ok());
            // Syntax that only the full engine knows would be a fault of a definition, not of a feature.
            light.unwrap_or_else(|| {
                Regex::new((self.full)().as_str()).expect("a step's expression without Unicode classes")
            })
        })
    }
}

/// The expression that the attribute at `location` holds.
fn written_at(location: Location) -> Option<&'static str> {
    let file = location.path.rsplit(['/', '\\']).next()?;
    let source = STEPS.get_file(file)?.contents_utf8()?;
    let line = source.lines().nth(usize::try_from(location.line).ok()?.checked_sub(1)?)?;
    let (_, rest) = line.split_once("(expr = \"")?;
    let (written, _) = rest.split_once("\")]")?;
    // What is escaped in Rust is another text than it looks.
    (!written.contains('\\')).then_some(written)
}

/// The pattern of an expression; nothing if it is none, or has a parameter that is not known here.
fn pattern(written: &str) -> Option<String> {
    let expression = CucumberExpression::parse(written).ok()?.with_parameters(Parameters);
    expression.into_regex_char_iter().collect::<Result<_, _>>().ok()
}

/// The longest text of an expression without places that vary: parameters, what may be left out, choices of words.
fn longest_words(written: &'static str) -> &'static str {
    let texts = written.split(['{', '(']).enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once(['}', ')']).map_or("", |(_, text)| text),
    });
    let fixed = texts.flat_map(|text| {
        if text.contains('/') { text.split(' ').filter(|word| !word.contains('/')).collect() } else { vec![text] }
    });
    fixed.max_by_key(|text| text.len()).unwrap_or_default()
}

/// The names of the parameters of an expression, in order.
fn parameter_names(written: &'static str) -> impl Iterator<Item = &'static str> {
    written.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

/// What stands in the place of each parameter. One with several groups, which cucumber gives names that begin alike, has it in
/// the one that is not empty.
fn arguments(matches: &[(Option<String>, String)]) -> impl Iterator<Item = &str> {
    let prefix = |name: &Option<String>| {
        let (number, _) = name.as_deref()?.strip_prefix("__")?.split_once('_')?;
        Some(number.to_owned())
    };
    let groups = matches
        .get(1..)
        .unwrap_or_default()
        .chunk_by(move |(first, _), (second, _)| prefix(first).is_some_and(|number| prefix(second) == Some(number)));
    groups.map(|group| group.iter().map(|(_, text)| text.as_str()).find(|text| !text.is_empty()).unwrap_or_default())
}

#[derive(Clone, Copy)]
struct Parameters;

impl<'s> Provider<Spanned<'s>> for Parameters {
    type Item = char;
    type Value = &'static str;

    fn get(&self, name: &Spanned<'s>) -> Option<&'static str> {
        PARAMETERS.iter().find(|known| known.name == *name.fragment()).map(|known| known.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use cucumber::codegen::{StepConstructor, WorldInventory, inventory};

    fn all() -> Vec<(Location, fn() -> FullRegex)> {
        fn of<C: inventory::Collect + StepConstructor<Session>>() -> Vec<(Location, fn() -> FullRegex)> {
            let constructors = inventory::iter::<C>;
            constructors.into_iter().map(|constructor| constructor.inner()).map(|(at, full, _)| (at, full)).collect()
        }
        let mut all = of::<<Session as WorldInventory>::Given>();
        all.extend(of::<<Session as WorldInventory>::When>());
        all.extend(of::<<Session as WorldInventory>::Then>());
        all
    }

    #[test]
    fn every_expression_is_found_in_its_source_and_is_the_one_that_cucumber_compiles() {
        assert!(all().len() > 50);
        for (location, full) in all() {
            let written = written_at(location).unwrap_or_else(|| panic!("not found in its source: {location}"));
            assert_eq!(pattern(written).as_deref(), Some(full().as_str()), "{location}");
        }
    }

    #[test]
    fn no_sentence_that_fits_is_passed_over_because_of_its_words() {
        assert_eq!(longest_words("{duration} has/have passed"), "passed");
        assert_eq!(longest_words("{query} finds {count} value(s)"), " finds ");
        assert_eq!(longest_words("{string}(,) and {string} are gone"), " are gone");
    }

    #[test]
    fn every_parameter_is_found_with_what_stands_in_its_place() {
        let (location, full) =
            all().into_iter().find(|(at, _)| written_at(*at).is_some_and(|w| w.contains(" polls "))).unwrap();
        let expression = Expression::of(location, full);
        let names: Vec<&str> = parameter_names(expression.written.unwrap()).collect();
        assert_eq!(names, ["actor", "string", "query", "json", "duration"]);
        let captured = expression.captures("the administrator polls '' until \"$.a\" is \"b\" within 2 days").unwrap();
        let found: Vec<&str> = arguments(&captured).collect();
        assert_eq!(found, ["the administrator", "", "$.a", "\"b\"", "2 days"]);
        assert_eq!(expression.unreadable(&captured), []);
        let captured = expression.captures("x polls \"y\" until '$' is 1.2.3 within 99999 days").unwrap();
        let unreadable: Vec<String> = expression.unreadable(&captured).into_iter().map(|(text, _)| text).collect();
        assert_eq!(unreadable, ["1.2.3", "99999 days"]);
    }

    #[test]
    fn an_expression_that_is_defined_elsewhere_is_compiled_by_cucumber() {
        let elsewhere = Location { path: "elsewhere.rs", line: 1, column: 1 };
        let expression = Expression::of(elsewhere, || FullRegex::new("^(\\d+) apples?$").unwrap());
        let captured = expression.captures("5 apples").unwrap();
        assert_eq!(captured, [(None, "5 apples".to_owned()), (None, "5".to_owned())]);
        assert_eq!(expression.captures("5 pears"), None);
    }
}
