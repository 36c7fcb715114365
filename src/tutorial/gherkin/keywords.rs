//! The keywords of a language.
//!
//! Those of English stand here. Those of all others the crate `gherkin` has, and does not tell: so it is asked, a line at a
//! time, what it makes of the line in that language, after a feature and a scenario of the same file.

use cucumber::gherkin::{Feature, GherkinEnv, StepType, is_language_supported};

/// A keyword with a colon, behind which a name may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Title {
    Feature,
    Background,
    Rule,
    Scenario,
    Examples,
}

const TITLES: [(Title, &str); 11] = [
    (Title::Feature, "Feature"),
    (Title::Feature, "Business Need"),
    (Title::Feature, "Ability"),
    (Title::Background, "Background"),
    (Title::Rule, "Rule"),
    (Title::Scenario, "Scenario Outline"),
    (Title::Scenario, "Scenario Template"),
    (Title::Scenario, "Scenario"),
    (Title::Scenario, "Example"),
    (Title::Examples, "Examples"),
    (Title::Examples, "Scenarios"),
];

/// With nothing for those that go on with what the step before is.
const STEPS: [(&str, Option<StepType>); 6] = [
    ("Given", Some(StepType::Given)),
    ("When", Some(StepType::When)),
    ("Then", Some(StepType::Then)),
    ("And", None),
    ("But", None),
    ("*", None),
];

/// The words that are keywords.
pub(super) enum Keywords {
    English,
    Other(Foreign),
}

/// A language whose keywords are asked for.
pub(super) struct Foreign {
    language: String,
    /// The title of the feature.
    feature: Option<String>,
    /// The title of its first background or scenario, under which steps can stand.
    holder: Option<String>,
    /// The title of its last scenario, under which examples can stand.
    scenario: Option<String>,
    /// The steps so far of what is being read.
    steps: Vec<String>,
}

impl Keywords {
    pub fn english() -> Self {
        Self::English
    }

    /// Those of a language by its code; nothing if there is none.
    pub fn of_language(code: &str) -> Option<Self> {
        if code == "en" {
            return Some(Self::English);
        }
        is_language_supported(code).then(|| {
            let (feature, holder, scenario) = (None, None, None);
            Self::Other(Foreign { language: code.to_owned(), feature, holder, scenario, steps: Vec::new() })
        })
    }

    /// Begins a scenario or a background: no step stands before the next one.
    pub fn begin_steps(&mut self) {
        if let Self::Other(foreign) = self {
            foreign.steps.clear();
        }
    }

    /// The title that a line is: its keyword and its name.
    pub fn title<'t>(&mut self, line: &'t str) -> Option<(Title, String, &'t str)> {
        let (title, keyword) = match self {
            Self::English => {
                let (title, keyword) = TITLES
                    .iter()
                    .find(|(_, keyword)| line.strip_prefix(keyword).is_some_and(|l| l.starts_with(':')))?;
                (*title, (*keyword).to_owned())
            }
            Self::Other(foreign) => foreign.title(line)?,
        };
        let name = line.get(keyword.len()..)?.trim_start().strip_prefix(':')?;
        Some((title, keyword, name.trim()))
    }

    /// Whether a line is a step.
    pub fn is_step(&mut self, line: &str) -> bool {
        match self {
            Self::English => english_step(line).is_some(),
            Self::Other(foreign) => foreign.step(line).is_some(),
        }
    }

    /// The step that a line is: its keyword, its type if the keyword says it, its sentence.
    pub fn step(&mut self, line: &str) -> Option<(String, Option<StepType>, String)> {
        match self {
            Self::English => english_step(line).map(|(keyword, ty, text)| (keyword.to_owned(), ty, text.to_owned())),
            Self::Other(foreign) => {
                let (keyword, ty) = foreign.step(line)?;
                let text = line.get(keyword.len()..)?.trim().to_owned();
                foreign.steps.push(line.to_owned());
                Some((keyword, Some(ty), text)).filter(|(_, _, text)| !text.is_empty())
            }
        }
    }
}

fn english_step(line: &str) -> Option<(&'static str, Option<StepType>, &str)> {
    STEPS.iter().find_map(|(keyword, ty)| {
        let rest = line.strip_prefix(keyword)?;
        let text = rest.trim();
        (rest.starts_with(char::is_whitespace) && !text.is_empty()).then_some((*keyword, *ty, text))
    })
}

impl Foreign {
    fn title(&mut self, line: &str) -> Option<(Title, String)> {
        if !line.contains(':') {
            return None;
        }
        if let Some(feature) = self.parse(&[line]) {
            self.feature.get_or_insert_with(|| line.to_owned());
            return Some((Title::Feature, trimmed(&feature.keyword)));
        }
        let head = self.feature.clone()?;
        // A word that only begins like a keyword keeps the whole from being read.
        let read = self.parse(&[&head, line]);
        if let Some(background) = read.as_ref().and_then(|read| read.background.as_ref()) {
            self.holder.get_or_insert_with(|| line.to_owned());
            return Some((Title::Background, trimmed(&background.keyword)));
        }
        if let Some(scenario) = read.as_ref().and_then(|read| read.scenarios.first()) {
            self.holder.get_or_insert_with(|| line.to_owned());
            self.scenario = Some(line.to_owned());
            return Some((Title::Scenario, trimmed(&scenario.keyword)));
        }
        if let Some(rule) = read.as_ref().and_then(|read| read.rules.first()) {
            return Some((Title::Rule, trimmed(&rule.keyword)));
        }
        let steps = self.steps.iter().map(String::as_str);
        let above = [head.as_str(), self.scenario.as_deref()?].into_iter().chain(steps);
        let read = self.parse(&above.chain([line, "|a|", "|b|"]).collect::<Vec<_>>())?;
        let examples = read.scenarios.first()?.examples.first()?;
        Some((Title::Examples, trimmed(&examples.keyword)))
    }

    fn step(&self, line: &str) -> Option<(String, StepType)> {
        let (head, holder) = (self.feature.as_deref()?, self.holder.as_deref()?);
        let before = self.steps.iter().map(String::as_str);
        let lines: Vec<&str> = [head, holder].into_iter().chain(before).chain([line]).collect();
        let read = self.parse(&lines)?;
        let steps = read.background.map(|background| background.steps);
        let mut steps = steps.or_else(|| read.scenarios.into_iter().next().map(|scenario| scenario.steps))?;
        let step = steps.pop().filter(|_| steps.len() == self.steps.len())?;
        Some((trimmed(&step.keyword), step.ty))
    }

    fn parse(&self, lines: &[&str]) -> Option<Feature> {
        let env = GherkinEnv::new(&self.language).ok()?;
        Feature::parse(format!("{}\n", lines.join("\n")), env).ok()
    }
}

fn trimmed(keyword: &str) -> String {
    keyword.trim_end().to_owned()
}
