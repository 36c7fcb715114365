//! The texts of a tutorial: what its features say that may come back in requests and answers.

use std::collections::BTreeSet;

use cucumber::gherkin::Step;

use super::{FeatureFile, Tutorial};

impl Tutorial {
    /// Every text that a step may send or compare: quoted parts of sentences, who acts, cells of tables, strings of doc
    /// strings; and the tutorial's name.
    pub fn texts(&self) -> BTreeSet<String> {
        let mut texts = BTreeSet::from([self.name.clone()]);
        for step in self.features.iter().flat_map(steps) {
            texts.extend(quoted(&step.value));
            texts.extend(actor(&step.value));
            texts.extend(step.table.iter().flat_map(|table| table.rows.iter().flatten().cloned()));
            if let Some(text) = &step.docstring {
                texts.insert(text.trim().to_owned());
                texts.extend(quoted(text));
            }
        }
        texts
    }
}

fn steps(file: &FeatureFile) -> impl Iterator<Item = &Step> {
    let rules = &file.feature.rules;
    let backgrounds = file.feature.background.iter().chain(rules.iter().filter_map(|rule| rule.background.as_ref()));
    backgrounds.flat_map(|background| &background.steps).chain(file.scenarios().flat_map(|scenario| &scenario.steps))
}

/// Returns the texts between double quotes, as JSON and sentences write them: `\"` is a quote that ends nothing.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut characters = text.chars();
    while characters.by_ref().any(|c| c == '"') {
        let mut inner = String::new();
        let mut ended = false;
        while let Some(c) = characters.next() {
            match c {
                '"' => {
                    ended = true;
                    break;
                }
                '\\' => match characters.next() {
                    Some('n') => inner.push('\n'),
                    Some('t') => inner.push('\t'),
                    Some(other) => inner.push(other),
                    None => {}
                },
                other => inner.push(other),
            }
        }
        if ended {
            found.push(inner);
        }
    }
    found
}

/// Returns who acts in a sentence: the words in capitals that it begins with, e.g. `Adele Vance` of `Adele Vance lists …`.
fn actor(sentence: &str) -> Option<String> {
    let capital = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let words: Vec<&str> = sentence.split(' ').take_while(capital).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tutorial::Library;

    #[test]
    fn texts_of_features_are_found_with_outlines_expanded() {
        let texts = Library::embedded().tutorial(Some("security-group-review")).unwrap().texts();
        for text in [
            "security-group-review",
            "Adele Vance",
            "AdeleV@Contoso.com",
            "AlexW",
            "Building security",
            "mailNickname",
            "As the assistant security manager, I still need access to the building security group.",
        ] {
            assert!(texts.contains(text), "{text}");
        }
        assert!(!texts.iter().any(|text| text.contains("<nickname>")), "{texts:?}");
    }

    #[test]
    fn quotes_inside_a_text_do_not_end_it() {
        assert_eq!(quoted(r#"a "b \"c\" d" and "" "open"#), [r#"b "c" d"#, ""]);
        assert_eq!(actor("Adele Vance lists the \"Things\"").unwrap(), "Adele Vance");
        assert_eq!(actor("the administrator lists"), None);
    }
}
