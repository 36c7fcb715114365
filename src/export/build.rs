//! From what a tutorial's steps did to an outline: a request for each that was sent, with the sentences that judge its answer.

use std::collections::BTreeSet;

use graphwalk_recording::ADMINISTRATOR;

use crate::runner::{Plan, PlannedFeature, PlannedStep, SentenceIndex, StepSource};
use crate::session::{Expectation, HeaderExpectation, ScriptEvent, ScriptLine, ScriptedCall, Spot};

use super::javascript::expression;
use super::json_path;
use super::link::{Linker, password_of, variable_name};
use super::outline::{
    AnswerPlace, LinkedExpectation, Outline, OutlineActor, OutlineCall, OutlinePart, OutlineRequest, OutlineTemplate,
    Sends, SentenceTest, TemplatePiece, WaitEnd,
};
use super::played::PlayedTutorial;

struct Builder<'a> {
    plan: &'a Plan,
    played: &'a PlayedTutorial,
    linker: Linker<'a>,
    parts: Vec<OutlinePart>,
    actors: Vec<OutlineActor>,
    /// The sentence at hand, and those that said anything.
    at: SentenceIndex,
    said: BTreeSet<SentenceIndex>,
    /// The number of requests to Graph so far.
    number: usize,
    /// The lines before the next request.
    pending: Vec<String>,
    /// The scenario of the last request, whose answer sentences judge.
    answered: Option<(usize, usize)>,
}

/// Builds the outline of a tutorial that was played.
pub fn build(plan: &Plan, played: &PlayedTutorial) -> Outline {
    let is_literal = |id: &str| plan.features.iter().any(|feature| says(feature, id));
    let parts = plan.features.iter().map(part).collect();
    let linker = Linker::new(played, &is_literal);
    let mut builder = Builder {
        plan,
        played,
        linker,
        parts,
        actors: Vec::new(),
        at: (0, 0, usize::MAX),
        said: BTreeSet::new(),
        number: 0,
        pending: Vec::new(),
        answered: None,
    };
    let mut begun = false;
    for line in &played.lines {
        begun |= matches!(line.event, ScriptEvent::Enters);
        builder.line(line, begun);
    }
    builder.tell_silent();
    builder.finish()
}

fn part(feature: &PlannedFeature) -> OutlinePart {
    let description = feature.file.feature.description.as_deref().unwrap_or_default();
    let lines: Vec<&str> = description.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    OutlinePart {
        title: format!("{} {}", feature.file.number, feature.file.feature.name),
        description: lines.join(" "),
        requests: Vec::new(),
        untold: Vec::new(),
    }
}

/// Returns whether a feature has a text in a sentence, a table or a doc string.
fn says(feature: &PlannedFeature, text: &str) -> bool {
    let has = |step: &PlannedStep| {
        let step_text = &step.context.step;
        let table = step_text.table.iter().flat_map(|table| &table.rows).flatten();
        step.text.contains(text)
            || step_text.docstring.as_deref().is_some_and(|doc| doc.contains(text))
            || table.into_iter().any(|cell| cell.contains(text))
    };
    feature.scenarios.iter().flat_map(|scenario| &scenario.steps).any(has)
}

impl<'a> Builder<'a> {
    fn line(&mut self, line: &'a ScriptLine, begun: bool) {
        if matches!(line.event, ScriptEvent::Enters) {
            self.enter(line);
            return;
        }
        if !begun {
            return;
        }
        self.said.insert(self.at);
        match &line.event {
            ScriptEvent::Sends(sent) => self.sends(sent),
            ScriptEvent::Expects(expectation) => self.expects(expectation),
            ScriptEvent::WaitsUntil(until) => {
                let until = self.linker.moment(*until, self.number);
                self.waits(WaitEnd::At(until));
            }
            ScriptEvent::WaitsFor(span) => self.waits(WaitEnd::After(span.as_secs())),
            ScriptEvent::AsksPerson(act) => self.pending.push(format!("A person has to do first: {act}")),
            ScriptEvent::Judges(what) => {
                let told = what.clone().unwrap_or_else(|| self.sentence());
                self.untold(told);
            }
            ScriptEvent::Enters | ScriptEvent::Prepares | ScriptEvent::Keeps(..) => {}
        }
    }

    /// Goes on to the next sentence of the plan that stands at this place: rows of an outline stand at the same.
    fn enter(&mut self, line: &ScriptLine) {
        let all = self.plan.features.iter().enumerate().flat_map(|(feature, planned)| {
            planned.scenarios.iter().enumerate().flat_map(move |(scenario, steps)| {
                steps.steps.iter().enumerate().map(move |(step, planned)| ((feature, scenario, step), planned))
            })
        });
        let at = self.at;
        let mut after = all.filter(|(index, _)| at.2 == usize::MAX || *index > at);
        let is_here = |((feature, ..), step): &(SentenceIndex, &PlannedStep)| {
            self.plan.features[*feature].file.path == line.place.file && step.line == line.place.line
        };
        if let Some((index, _)) = after.find(is_here) {
            self.at = index;
            if self.answered.is_some_and(|answered| answered != (index.0, index.1)) {
                self.answered = None;
            }
            if self.step().source == StepSource::Outside {
                self.untold(format!("{} (its step is code of another crate, and may do more)", self.sentence()));
            }
        }
    }

    fn step(&self) -> &'a PlannedStep {
        let (feature, scenario, step) = self.at;
        &self.plan.features[feature].scenarios[scenario].steps[step]
    }

    fn sentence(&self) -> String {
        self.step().text.trim_end_matches(':').to_owned()
    }

    /// The request whose answer is judged now.
    fn current(&mut self) -> Option<&mut OutlineRequest> {
        self.answered?;
        self.parts[self.at.0].requests.last_mut()
    }

    fn untold(&mut self, told: String) {
        match self.current() {
            Some(request) if !request.untold.contains(&told) => request.untold.push(told),
            Some(_) => {}
            None => self.parts[self.at.0].untold.push(told),
        }
    }

    fn push(&mut self, sends: Sends, title: String, polls: bool) {
        let feature = &self.plan.features[self.at.0];
        let part = &mut self.parts[self.at.0];
        let number = format!("{}.{}", feature.file.number, part.requests.len() + 1);
        let untold = std::mem::take(&mut self.pending);
        part.requests.push(OutlineRequest {
            number,
            title,
            sends,
            keeps: Vec::new(),
            tests: Vec::new(),
            polls,
            untold,
        });
        self.answered = Some((self.at.0, self.at.1));
    }

    fn waits(&mut self, moment: WaitEnd) {
        let title = self.sentence();
        self.push(Sends::Wait(moment), title, true);
        // Nothing is judged by the answer to a wait.
        self.answered = None;
    }

    fn sends(&mut self, sent: &ScriptedCall) {
        self.signs_in(&sent.call.actor);
        let known_by = self.number;
        self.number += 1;
        let call = &sent.call;
        let sentence = self.step().text.to_string();
        let path = match self.linker.link(&call.path, known_by).filter(|_| sent.follows) {
            Some(link) => OutlineTemplate(vec![TemplatePiece::Variable(link.to_owned())]),
            None => self.linker.path(&call.path, &sentence, known_by),
        };
        let headers =
            call.headers.iter().map(|(name, value)| (name.clone(), self.linker.text(value, known_by))).collect();
        let body = call.body.as_ref().map(|body| self.linker.body(body, &call.volatile, sent.sent_at, known_by));
        let file = call.file.as_ref().map(|file| {
            let name = quoted(&sentence).last().unwrap_or_default().to_owned();
            (name, file.media_type.clone())
        });
        if file.is_some() {
            self.pending.push("The body is a file that stands beside the feature: put it beside this one.".to_owned());
        }
        let token = token_of(&call.actor);
        let call = OutlineCall { token, method: call.method.clone(), path, headers, body, file };
        let title = self.sentence();
        self.push(Sends::Call(Box::new(call)), title, sent.polls);
        let keeps = self.linker.kept_by(self.number);
        if let Some(request) = self.current() {
            request.keeps = keeps;
        }
    }

    /// A request that signs an actor in comes before the first one of the actor, where the tutorial made the password.
    fn signs_in(&mut self, name: &str) {
        if self.actors.iter().any(|actor| actor.name == name) {
            return;
        }
        let user = self.played.introduced.iter().find(|(user, ..)| user == name).filter(|_| name != ADMINISTRATOR);
        let actor = OutlineActor { name: name.to_owned(), token: token_of(name), signs_in: user.is_some() };
        self.actors.push(actor.clone());
        if let Some((user, principal_name, password)) = user {
            let username = self.linker.text(principal_name, self.number);
            // It is made where the user is created.
            self.linker.text(password, self.number);
            let sends = Sends::SignIn { actor, username, password: password_of(user) };
            self.push(sends, format!("{user} signs in"), false);
            self.answered = None;
        }
    }

    fn expects(&mut self, expectation: &Expectation) {
        let number = self.number;
        let Some(linked) = self.linked(expectation, number) else {
            let told = self.sentence();
            self.untold(told);
            return;
        };
        let sentence = self.sentence();
        let Some(request) = self.current() else { return };
        if request.tests.iter().any(|test| test.expected.contains(&linked)) {
            return;
        }
        match request.tests.last_mut().filter(|test| test.sentence == sentence) {
            Some(test) => test.expected.push(linked),
            None => request.tests.push(SentenceTest { sentence, expected: vec![linked] }),
        }
    }

    /// An expectation with its place and values; `None` if no script can say it.
    fn linked(&self, expectation: &Expectation, number: usize) -> Option<LinkedExpectation> {
        use Expectation as E;
        let json = |value| self.linker.json(value, number);
        let (spot, values) = match expectation {
            E::Status(_) | E::NoBody | E::LastPage => (None, Vec::new()),
            E::Is(spot, value) | E::IsNot(spot, value) | E::Contains(spot, value) => (Some(spot), vec![json(value)]),
            E::IsGreater(spot, value) | E::IsLess(spot, value) => (Some(spot), vec![json(value)]),
            E::Has(spot, _, value, _) | E::EachIs(spot, _, value) => (Some(spot), vec![json(value)]),
            E::IsOneOf(spot, values) | E::IsExactly(spot, _, values) => (Some(spot), values.iter().map(json).collect()),
            E::IsInAnyCase(spot, text) => (Some(spot), vec![json(&text.as_str().into())]),
            // What other programs take for another expression is told in words.
            E::Matches(_, pattern) if pattern.contains("(?") => return None,
            E::IsGuid(spot) | E::IsAbsent(spot) | E::Matches(spot, _) | E::IsTime(spot, _) => (Some(spot), Vec::new()),
            E::Finds(spot, _) | E::HasItems(spot, _) => (Some(spot), Vec::new()),
            E::Header(_, HeaderExpectation::Is(text) | HeaderExpectation::Contains(text)) => {
                (None, vec![json(&text.as_str().into())])
            }
            E::Header(..) => (None, Vec::new()),
        };
        let place = match spot {
            None => None,
            Some(Spot::Pointer(pointer)) => Some(self.linker.place(pointer, number, &self.sentence(), None)),
            Some(Spot::Query(path)) => {
                let text = |text: &str| expression(&self.linker.text(text, number));
                Some(AnswerPlace::Script(json_path::in_javascript(path, &text)?))
            }
        };
        Some(LinkedExpectation { expectation: expectation.clone(), place, values })
    }

    /// Tells the sentences that said nothing: they were not played, or judge by code of their own.
    fn tell_silent(&mut self) {
        for (index, feature) in self.plan.features.iter().enumerate() {
            if feature.discovers {
                let told = "This step finds what the others look at, each in a session of its own: it is not in this file, and the \
                            variables have to be given";
                self.parts[index].untold.push(told.to_owned());
                continue;
            }
            for (place, scenario) in feature.scenarios.iter().enumerate() {
                for (step, planned) in scenario.steps.iter().enumerate() {
                    if !self.said.contains(&(index, place, step)) {
                        self.parts[index].untold.push(planned.text.trim_end_matches(':').to_owned());
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Outline {
        for told in std::mem::take(&mut self.pending) {
            if let Some(part) = self.parts.last_mut() {
                part.untold.push(told);
            }
        }
        let given = self
            .linker
            .given_variables()
            .map(|(variable, name)| (variable.to_owned(), format!("the value of \"{name}\"")));
        let mut notes: Vec<String> =
            self.played.changed.iter().map(|changed| format!("Other than the tutorial has it: {changed}.")).collect();
        notes.extend(
            self.played.missing.iter().map(|why| format!("Not in this file, for it could not be played: {why}")),
        );
        if self.plan.discovers() {
            let told = "Which requests follow depends on what a session is about: these are those of one in the emulated tenant.";
            notes.push(told.to_owned());
        }
        let mut outline = Outline {
            tutorial: self.plan.tutorial.clone(),
            notes,
            given: given.collect(),
            made: self.linker.made_variables(),
            parts: self.parts,
            actors: self.actors,
        };
        outline.drop_unused();
        outline
    }
}

/// The variable of an actor's token.
fn token_of(actor: &str) -> String {
    format!("token_{}", variable_name(actor))
}

/// The texts in quotes of a sentence.
fn quoted(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('"').skip(1).step_by(2)
}
