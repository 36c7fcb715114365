//! The keywords of a language.
//!
//! Those of English stand here, since nearly all features are English. Those of all languages are in `languages.json`: the table
//! `gherkin-languages.json` of cucumber/gherkin 32.2.0 without the languages' names (MIT, see `languages.LICENSE`). The crate
//! `gherkin` keeps its own table to itself, and it is an older one: three languages are not in it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use cucumber::gherkin::StepType;
use serde::Deserialize;

/// A keyword with a colon, behind which a name may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Title {
    Feature,
    Background,
    Rule,
    Scenario,
    Examples,
}

type TitleWord = (Title, &'static str);

/// A keyword of steps, and the type that it says; nothing if the step goes on with what the one before it is. A keyword without
/// a space at its end may touch the sentence.
type StepWord = (&'static str, Option<StepType>);

const ENGLISH_TITLES: &[TitleWord] = &[
    (Title::Feature, "Feature"),
    (Title::Feature, "Business Need"),
    (Title::Feature, "Ability"),
    (Title::Background, "Background"),
    (Title::Rule, "Rule"),
    (Title::Scenario, "Example"),
    (Title::Scenario, "Scenario"),
    (Title::Scenario, "Scenario Outline"),
    (Title::Scenario, "Scenario Template"),
    (Title::Examples, "Examples"),
    (Title::Examples, "Scenarios"),
];

const ENGLISH_STEPS: &[StepWord] = &[
    ("Given ", Some(StepType::Given)),
    ("When ", Some(StepType::When)),
    ("Then ", Some(StepType::Then)),
    ("And ", None),
    ("But ", None),
    ("* ", None),
];

static LANGUAGES: LazyLock<HashMap<String, Words>> =
    LazyLock::new(|| serde_json::from_str(include_str!("languages.json")).unwrap_or_default());

/// The keywords of one language in the table.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    feature: Vec<String>,
    background: Vec<String>,
    rule: Vec<String>,
    scenario: Vec<String>,
    scenario_outline: Vec<String>,
    examples: Vec<String>,
    given: Vec<String>,
    when: Vec<String>,
    then: Vec<String>,
    and: Vec<String>,
    but: Vec<String>,
}

/// The words that are keywords.
pub(super) struct Keywords {
    titles: Cow<'static, [TitleWord]>,
    /// The longest first: one may begin like another.
    steps: Cow<'static, [StepWord]>,
}

impl Keywords {
    pub fn english() -> Self {
        Self { titles: Cow::Borrowed(ENGLISH_TITLES), steps: Cow::Borrowed(ENGLISH_STEPS) }
    }

    /// Returns the keywords of a language by its code; nothing if there is none.
    pub fn of_language(code: &str) -> Option<Self> {
        if code == "en" {
            return Some(Self::english());
        }
        let words = LANGUAGES.get(code)?;
        Some(Self { titles: Cow::Owned(words.titles()), steps: Cow::Owned(words.steps()) })
    }

    /// The title that a line is: its keyword and its name.
    pub fn title<'t>(&self, line: &'t str) -> Option<(Title, &'static str, &'t str)> {
        self.titles.iter().find_map(|(title, keyword)| {
            let name = line.strip_prefix(keyword)?.strip_prefix(':')?;
            Some((*title, *keyword, name.trim()))
        })
    }

    /// The step that a line is: its keyword, its type if the keyword says it, its sentence.
    pub fn step<'t>(&self, line: &'t str) -> Option<(&'static str, Option<StepType>, &'t str)> {
        self.steps.iter().find_map(|(keyword, ty)| {
            let bare = keyword.trim_end();
            let rest = line.strip_prefix(bare)?;
            let is_apart = bare.len() == keyword.len() || rest.starts_with(char::is_whitespace);
            let text = rest.trim();
            (is_apart && !text.is_empty()).then_some((bare, *ty, text))
        })
    }
}

impl Words {
    fn titles(&'static self) -> Vec<TitleWord> {
        let kinds = [
            (Title::Feature, &self.feature),
            (Title::Background, &self.background),
            (Title::Rule, &self.rule),
            (Title::Scenario, &self.scenario),
            (Title::Scenario, &self.scenario_outline),
            (Title::Examples, &self.examples),
        ];
        kinds.into_iter().flat_map(|(title, words)| words.iter().map(move |word| (title, word.as_str()))).collect()
    }

    fn steps(&'static self) -> Vec<StepWord> {
        let kinds = [
            (Some(StepType::Given), &self.given),
            (Some(StepType::When), &self.when),
            (Some(StepType::Then), &self.then),
            (None, &self.and),
            (None, &self.but),
        ];
        let mut steps: Vec<StepWord> = vec![("* ", None)];
        for (ty, word) in kinds.into_iter().flat_map(|(ty, words)| words.iter().map(move |word| (ty, word.as_str()))) {
            match steps.iter_mut().find(|(known, _)| *known == word) {
                // In some languages one word begins steps of two types: it says none.
                Some((_, known)) if *known != ty => *known = None,
                Some(_) => {}
                None => steps.push((word, ty)),
            }
        }
        steps.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_words_are_those_of_the_table() {
        let words = &LANGUAGES["en"];
        assert_eq!(words.titles(), ENGLISH_TITLES);
        let (mut here, mut there) = (ENGLISH_STEPS.to_vec(), words.steps());
        here.sort_by_key(|(word, _)| *word);
        there.sort_by_key(|(word, _)| *word);
        assert_eq!(here, there);
    }

    #[test]
    fn every_keyword_of_every_language_is_read_as_what_it_is() {
        assert_eq!(LANGUAGES.len(), 80);
        for (code, words) in LANGUAGES.iter() {
            let keywords = Keywords::of_language(code).unwrap();
            for (title, word) in words.titles() {
                let line = format!("{word}: a name");
                let read = keywords.title(&line).unwrap_or_else(|| panic!("{code}: {line}"));
                assert_eq!(read, (title, word, "a name"), "{code}");
                assert!(keywords.title(&line.replace(':', "")).is_none(), "{code}: {word}");
            }
            for (word, ty) in words.steps() {
                let line = format!("{word}x y");
                let read = keywords.step(&line).unwrap_or_else(|| panic!("{code}: {line}"));
                assert_eq!(read, (word.trim_end(), ty, "x y"), "{code}");
            }
        }
    }
}
