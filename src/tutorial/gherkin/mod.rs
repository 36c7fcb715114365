//! Reading Gherkin, line by line, as its own grammar and test data have it (cucumber/gherkin, `gherkin.berp`, `testdata`).
//!
//! It is stricter where Gherkin leaves out what somebody wrote: it refuses a file without a feature, a row without a `|` at its
//! end, `@` without a name, a step without a sentence, `<name>` without such a column, and a `Background:` or `Examples:` where
//! none can stand, which Gherkin takes for prose.
//!
//! The crate `gherkin` has the tree that is read into. Its parser is not used: it takes no mark of the byte order, and no comment
//! between a step and its table; it tells of a fault the line after it and no reason; it takes `Givenx` for a step and cells that
//! a row has too many for none.

mod blocks;
mod keywords;
mod outlines;

use cucumber::gherkin::{Background, Examples, Feature, LineCol, Rule, Scenario, Span, Step, StepType};

use keywords::{Keywords, Title};

pub use outlines::written_out;

/// The reason why a text is no feature: the line, the part of it that does not fit, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The line; 1 for the first.
    pub line: usize,
    /// The part of the line, where not the whole of it is wrong.
    pub part: Option<String>,
    /// A sentence that says what is wrong.
    pub reason: String,
    /// A sentence that says what to do.
    pub help: &'static str,
}

/// Reads a feature. Its outlines are not written out: see [`written_out`].
///
/// # Errors
///
/// A line is no line of a feature, or stands where it may not; the [`Misread`] is for the first of them.
pub fn parse(text: &str) -> Result<Feature, Misread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        GherkinReader { lines: text.lines().collect(), at: 0, keywords: Keywords::english(), tags: Vec::new() };
    reader.language()?;
    reader.feature()
}

/// The lines of a text, and how far they are read.
struct GherkinReader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    keywords: Keywords,
    /// The tags that were read and belong to what comes next.
    tags: Vec<String>,
}

/// The kind of a line.
enum GherkinLine {
    End,
    Tags,
    Title(Title, GherkinHeading),
    Row,
    Quotes,
    Other,
}

/// The keyword and the name of a title.
struct GherkinHeading {
    keyword: String,
    name: String,
    position: LineCol,
}

impl GherkinReader<'_> {
    /// Takes in the comment that names the language, which stands before all else.
    fn language(&mut self) -> Result<(), Misread> {
        let is_comment = |line: &&str| line.trim().is_empty() || line.trim().starts_with('#');
        let head = self.lines.iter().take_while(|line| is_comment(line)).enumerate();
        let named = head.filter_map(|(index, line)| {
            let (word, language) = line.trim().strip_prefix('#')?.split_once(':')?;
            (word.trim() == "language").then(|| (index + 1, language.trim().to_owned()))
        });
        if let Some((line, language)) = named.into_iter().next() {
            self.keywords = Keywords::of_language(&language).ok_or_else(|| Misread {
                line,
                part: Some(language.clone()),
                reason: format!("Gherkin has no language \"{language}\""),
                help: "name it by its code, such as en, fr or de, or leave the comment out: that is English",
            })?;
        }
        Ok(())
    }

    fn feature(&mut self) -> Result<Feature, Misread> {
        self.read_tags()?;
        let heading = match self.peek() {
            GherkinLine::Title(Title::Feature, heading) => heading,
            GherkinLine::End => return Err(self.misread("expected a feature, got the end of the file", FEATURE)),
            _ => return Err(self.misread("expected a feature", FEATURE)),
        };
        self.at += 1;
        let tags = std::mem::take(&mut self.tags);
        let description = self.description(false);
        let background = self.background()?;
        let scenarios = self.scenarios()?;
        let mut rules = Vec::new();
        while let GherkinLine::Title(Title::Rule, heading) = self.peek() {
            rules.push(self.rule(heading)?);
        }
        match self.peek() {
            GherkinLine::End if self.tags.is_empty() => {}
            GherkinLine::End => {
                return Err(self.misread("expected a scenario after the tags, got the end of the file", TAGS));
            }
            GherkinLine::Title(Title::Feature, _) => {
                return Err(
                    self.misread("expected one feature in a file, got a second one", "give each a file of its own")
                );
            }
            GherkinLine::Title(Title::Background, _) => {
                let help = "a background stands before the first scenario of its feature or rule, and has no tags";
                return Err(self.misread("a background cannot stand here", help));
            }
            GherkinLine::Title(Title::Examples, _) => {
                return Err(self.misread("examples cannot stand here", "examples belong to a `Scenario Outline:`"));
            }
            _ => return Err(self.misread("expected a scenario, a rule or the end of the file", HERE)),
        }
        let GherkinHeading { keyword, name, position } = heading;
        Ok(Feature {
            keyword,
            name,
            description,
            background,
            scenarios,
            rules,
            tags,
            span: Span::default(),
            position,
            path: None,
        })
    }

    fn rule(&mut self, heading: GherkinHeading) -> Result<Rule, Misread> {
        self.at += 1;
        let tags = std::mem::take(&mut self.tags);
        let GherkinHeading { keyword, name, position } = heading;
        let description = self.description(false);
        let background = self.background()?;
        let scenarios = self.scenarios()?;
        Ok(Rule { keyword, name, description, background, scenarios, tags, span: Span::default(), position })
    }

    fn background(&mut self) -> Result<Option<Background>, Misread> {
        self.read_tags()?;
        let GherkinLine::Title(Title::Background, heading) = self.peek() else { return Ok(None) };
        if !self.tags.is_empty() {
            return Err(self.misread("a background has no tags", TAGS));
        }
        self.at += 1;
        let GherkinHeading { keyword, name, position } = heading;
        let description = self.description(true);
        let steps = self.steps()?;
        Ok(Some(Background { keyword, name, description, steps, span: Span::default(), position }))
    }

    fn scenarios(&mut self) -> Result<Vec<Scenario>, Misread> {
        let mut scenarios = Vec::new();
        loop {
            self.read_tags()?;
            let GherkinLine::Title(Title::Scenario, heading) = self.peek() else { return Ok(scenarios) };
            self.at += 1;
            let tags = std::mem::take(&mut self.tags);
            let GherkinHeading { keyword, name, position } = heading;
            let description = self.description(true);
            let (steps, examples) = (self.steps()?, self.examples()?);
            let span = Span::default();
            scenarios.push(Scenario { keyword, name, description, steps, examples, tags, span, position });
        }
    }

    fn examples(&mut self) -> Result<Vec<Examples>, Misread> {
        let mut all = Vec::new();
        loop {
            self.read_tags()?;
            let GherkinLine::Title(Title::Examples, heading) = self.peek() else { return Ok(all) };
            self.at += 1;
            let tags = std::mem::take(&mut self.tags);
            let GherkinHeading { keyword, name, position } = heading;
            let name = (!name.is_empty()).then_some(name);
            let description = self.description_until_row();
            let table = match self.peek() {
                GherkinLine::Row => Some(self.table()?),
                _ => None,
            };
            let fits = matches!(self.peek(), GherkinLine::End | GherkinLine::Tags | GherkinLine::Title(..));
            if !fits {
                return Err(self.misread("expected examples, a scenario or the end of the file", HERE));
            }
            all.push(Examples { keyword, name, description, table, tags, span: Span::default(), position });
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, Misread> {
        let mut steps: Vec<Step> = Vec::new();
        loop {
            self.skip_blank();
            if matches!(self.peek(), GherkinLine::End | GherkinLine::Tags | GherkinLine::Title(..)) {
                return Ok(steps);
            }
            let Some(line) = self.lines.get(self.at).copied() else { return Ok(steps) };
            let before = steps.last().map_or(StepType::Given, |step| step.ty);
            let Some((keyword, ty, value)) = self.keywords.step(line.trim()) else {
                return Err(self.misread("this line is no step", HERE));
            };
            let ty = ty.unwrap_or(before);
            let position = self.position();
            self.at += 1;
            let (docstring, table) = self.argument()?;
            let (keyword, value) = (keyword.to_owned(), value.to_owned());
            steps.push(Step { keyword, ty, value, docstring, table, span: Span::default(), position });
        }
    }

    /// Returns the kind of the next line that is neither empty nor a comment.
    fn peek(&mut self) -> GherkinLine {
        self.skip_blank();
        let Some(line) = self.lines.get(self.at).copied() else { return GherkinLine::End };
        let text = line.trim();
        if text.starts_with('@') {
            return GherkinLine::Tags;
        }
        if text.starts_with('|') {
            return GherkinLine::Row;
        }
        if text.starts_with("\"\"\"") || text.starts_with("```") {
            return GherkinLine::Quotes;
        }
        match self.keywords.title(text) {
            Some((title, keyword, name)) => {
                let (keyword, name) = (keyword.to_owned(), name.to_owned());
                GherkinLine::Title(title, GherkinHeading { keyword, name, position: self.position() })
            }
            None => GherkinLine::Other,
        }
    }

    fn skip_blank(&mut self) {
        let is_blank = |line: &&str| line.trim().is_empty() || line.trim().starts_with('#');
        self.at += self.lines.iter().skip(self.at).take_while(|line| is_blank(line)).count();
    }

    fn position(&self) -> LineCol {
        let is_space = |c: &char| c.is_whitespace();
        let indent = self.lines.get(self.at).map_or(0, |line| line.chars().take_while(is_space).count());
        LineCol { line: self.at + 1, col: indent + 1 }
    }

    /// A fault at the line that comes next; at the last one that has text, if there is none.
    fn misread(&self, reason: &str, help: &'static str) -> Misread {
        self.misread_at(self.at, reason, help)
    }

    fn misread_at(&self, index: usize, reason: &str, help: &'static str) -> Misread {
        let last = self.lines.iter().rposition(|line| !line.trim().is_empty()).unwrap_or(0);
        Misread { line: index.min(last) + 1, part: None, reason: reason.to_owned(), help }
    }
}

const FEATURE: &str = "a feature begins with `Feature: …`; `graphwalk list` shows examples that ship with graphwalk";

const TAGS: &str =
    "tags stand above a feature, a rule, a scenario or examples, each as `@name`, without spaces in them";

const HERE: &str = "a line here is a step (`Given`, `When`, `Then`, `And`, `But`, `*`), a `Scenario:`, a `Rule:`, a table row, a doc string \
     or a comment";

#[cfg(test)]
mod tests;
