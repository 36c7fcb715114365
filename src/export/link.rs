//! Variables in place of what differs each time: ids that answers gave, days, names with a mark, passwords.

use std::cell::RefCell;
use std::collections::BTreeSet;

use graphwalk_catalog::NOBODY;
use jiff::Timestamp;
use jiff::civil::Date;
use regex_lite::Regex;
use serde_json::Value;

use crate::session::{FARTHEST_DAY, ScriptEvent, ScriptedCall, names_in};

use super::outline::{AnswerPlace, KeptVariable, MadeVariable, OutlineTemplate, TemplateJson, TemplatePiece};
use super::played::PlayedTutorial;
use super::sources::{header_of, in_item, leaves, pointer_of};

/// A text without spaces of this length is no word of a language: it is a value that somebody made.
const LONG: usize = 20;

/// A value that answers gave, or somebody gives.
#[derive(Clone, Debug)]
struct KnownValue {
    text: String,
    names: Vec<String>,
    variable: String,
    /// The number of the request, from 1, whose answer has it; 0 for what is given.
    since: usize,
    source: Option<ValueSource>,
}

#[derive(Clone, Debug)]
enum ValueSource {
    Pointer(String),
    Header(String, Option<String>),
}

/// Finds the variables of a tutorial.
pub struct Linker<'a> {
    played: &'a PlayedTutorial,
    calls: Vec<&'a ScriptedCall>,
    known: Vec<KnownValue>,
    guid: Option<Regex>,
    day: Option<Regex>,
    made: RefCell<BTreeSet<MadeVariable>>,
}

impl<'a> Linker<'a> {
    /// Looks where every kept value comes from, and every id that is sent. `is_literal` says whether a feature writes an id.
    pub fn new(played: &'a PlayedTutorial, is_literal: &dyn Fn(&str) -> bool) -> Self {
        let mut linker = Self {
            played,
            calls: Vec::new(),
            known: Vec::new(),
            guid: Regex::new("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").ok(),
            day: Regex::new("[0-9]{4}-[0-9]{2}-[0-9]{2}").ok(),
            made: RefCell::default(),
        };
        for (name, value) in &played.outside {
            linker.knows(value, name, 0, None);
        }
        for line in &played.lines {
            match &line.event {
                ScriptEvent::Keeps(name, Value::String(text)) if !text.is_empty() => linker.keeps(name, text),
                ScriptEvent::Sends(sent) => {
                    linker.unnamed_ids(sent, is_literal);
                    linker.calls.push(sent);
                }
                _ => {}
            }
        }
        linker.name_variables();
        linker
    }

    /// The variables that the answer to a request gives; the first one is 1.
    pub fn kept_by(&self, number: usize) -> Vec<KeptVariable> {
        let of_call = self.known.iter().filter(|known| known.since == number);
        of_call
            .filter_map(|known| {
                let from = match known.source.as_ref()? {
                    ValueSource::Pointer(pointer) => {
                        self.place(pointer, number, &known.names.join(" "), Some(&known.variable))
                    }
                    ValueSource::Header(name, segment) => AnswerPlace::Header(name.clone(), segment.clone()),
                };
                Some(KeptVariable { variable: known.variable.clone(), from })
            })
            .collect()
    }

    /// The variables that somebody has to give.
    pub fn given_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.known.iter().filter(|known| known.since == 0);
        given.map(|known| (known.variable.as_str(), known.names[0].as_str()))
    }

    /// The variables that are made at the beginning, as far as templates have them.
    pub fn made_variables(&self) -> Vec<MadeVariable> {
        self.made.borrow().iter().cloned().collect()
    }

    /// A place in the answer to a request. An item of a list is found by a value that is known before, but `not` by this one.
    /// What `hint` names is preferred.
    pub fn place(&self, pointer: &str, number: usize, hint: &str, not: Option<&str>) -> AnswerPlace {
        let plain = || AnswerPlace::Pointer(pointer.to_owned());
        let Some((index, rest)) = in_item(pointer) else { return plain() };
        let answer = number.checked_sub(1).and_then(|index| self.calls.get(index)?.answer.as_ref());
        let Some(items) = answer.and_then(|answer| answer.get("value")?.as_array()) else { return plain() };
        let Some(item) = items.get(index) else { return plain() };
        let mut found: Vec<(usize, String, OutlineTemplate)> = Vec::new();
        for (by, value) in leaves(item) {
            let Some(text) = value.as_str() else { continue };
            let is_only = items.iter().filter(|other| other.pointer(&by) == Some(value)).count() == 1;
            let template = self.text(text, number - 1);
            let is_own = not.is_some_and(|not| template.variables().any(|name| name == not));
            if is_only && !is_own && template.has_variable() && self.is_linked(&template) {
                let is_named = template.variables().any(|name| self.is_named(name, hint));
                found.push((rank(&by, &template, is_named), by, template));
            }
        }
        match found.into_iter().min_by_key(|(rank, ..)| *rank) {
            Some((_, by, is)) => AnswerPlace::Item { by, is, pointer: rest.to_owned() },
            None => plain(),
        }
    }

    /// Returns whether a text has one of the names that steps keep a variable under.
    fn is_named(&self, variable: &str, text: &str) -> bool {
        let known = self.known.iter().filter(|known| known.variable == variable);
        known.flat_map(|known| &known.names).any(|name| text.contains(name.as_str()))
    }

    /// Returns whether a template has a value of an answer: a day or a mark tells no item from another.
    fn is_linked(&self, template: &OutlineTemplate) -> bool {
        template.variables().any(|name| self.known.iter().any(|known| known.variable == name))
    }

    /// A text with variables for what is known when so many requests have been answered.
    pub fn text(&self, raw: &str, known_by: usize) -> OutlineTemplate {
        let known = || self.known.iter().filter(|known| known.since <= known_by);
        if let Some(whole) = known().find(|known| known.text == raw) {
            return OutlineTemplate(vec![TemplatePiece::Variable(whole.variable.clone())]);
        }
        let mut template = OutlineTemplate(vec![TemplatePiece::Literal(raw.to_owned())]);
        for known in known().filter(|known| is_made_up(&known.text)) {
            replace(&mut template, &known.text, || known.variable.clone());
        }
        let general = [("password".to_owned(), self.played.captures.password().to_owned())];
        let introduced = self.played.introduced.iter();
        let passwords = introduced.map(|(name, _, password)| (password_of(name), password.clone())).chain(general);
        for (variable, password) in passwords {
            replace(&mut template, &password, || self.make(MadeVariable::Password(variable.clone()), &variable));
        }
        replace(&mut template, &self.played.mark, || self.make(MadeVariable::Run("run".to_owned()), "run"));
        self.domains(&mut template);
        self.days(&mut template);
        template
    }

    /// A path, where also short values stand for themselves that the sentence has in braces.
    pub fn path(&self, raw: &str, sentence: &str, known_by: usize) -> OutlineTemplate {
        let mut template = self.text(raw, known_by);
        for name in names_in(sentence) {
            let Some(known) = self.known.iter().find(|known| known.names.iter().any(|own| own == name)) else {
                continue;
            };
            let whole = format!("/{}", known.text);
            replace_segment(&mut template, &whole, &known.variable);
        }
        template
    }

    /// The variable of the link that a path was read from, if an answer gave it whole.
    pub fn link(&self, path: &str, known_by: usize) -> Option<&str> {
        let is_link = |known: &&KnownValue| {
            known.since <= known_by && known.text.starts_with("http") && known.text.ends_with(path)
        };
        self.known.iter().find(is_link).map(|known| known.variable.as_str())
    }

    /// A JSON value with variables.
    pub fn json(&self, value: &Value, known_by: usize) -> TemplateJson {
        self.json_at(value, known_by, "", &[])
    }

    /// The same of a body, some places of which are otherwise each time.
    pub fn body(&self, value: &Value, volatile: &[String], sent_at: Timestamp, known_by: usize) -> TemplateJson {
        let places: Vec<(String, i64)> = volatile
            .iter()
            .map(|pointer| {
                let time = value.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse().ok());
                (pointer.clone(), time.map_or(i64::MIN, |time: Timestamp| time.duration_since(sent_at).as_secs()))
            })
            .collect();
        self.json_at(value, known_by, "", &places)
    }

    fn json_at(&self, value: &Value, known_by: usize, at: &str, volatile: &[(String, i64)]) -> TemplateJson {
        match value {
            Value::String(text) => TemplateJson::Text(match volatile.iter().find(|(pointer, _)| pointer == at) {
                Some((_, i64::MIN)) => {
                    let name = format!("guid_{}", self.made.borrow().len() + 1);
                    OutlineTemplate(vec![TemplatePiece::Variable(self.make(MadeVariable::Guid(name.clone()), &name))])
                }
                Some((_, seconds)) => {
                    let name = format!("now{}", signed(*seconds));
                    OutlineTemplate(vec![TemplatePiece::Variable(
                        self.make(MadeVariable::Moment(name.clone(), *seconds), &name),
                    )])
                }
                None => self.text(text, known_by),
            }),
            Value::Array(items) => {
                let item = |(index, item)| self.json_at(item, known_by, &format!("{at}/{index}"), volatile);
                TemplateJson::List(items.iter().enumerate().map(item).collect())
            }
            Value::Object(properties) => {
                let property = |(name, value): (&String, &Value)| {
                    let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                    (name.clone(), self.json_at(value, known_by, &place, volatile))
                };
                TemplateJson::Object(properties.iter().map(property).collect())
            }
            plain => TemplateJson::Plain(plain.clone()),
        }
    }

    /// The variable that holds a moment, if an answer gave it.
    pub fn moment(&self, until: Timestamp, known_by: usize) -> OutlineTemplate {
        let known = self.known.iter().filter(|known| known.since <= known_by);
        let same = |known: &&KnownValue| known.text.parse::<Timestamp>().is_ok_and(|time| time == until);
        match known.into_iter().find(same) {
            Some(known) => OutlineTemplate(vec![TemplatePiece::Variable(known.variable.clone())]),
            None => self.text(&until.to_string(), known_by),
        }
    }

    fn keeps(&mut self, name: &str, text: &str) {
        if let Some(known) = self.known.iter_mut().find(|known| known.text == text) {
            known.names.push(name.to_owned());
            return;
        }
        if let Some((number, source)) = self.source_of(text) {
            self.knows(text, name, number, Some(source));
        }
    }

    /// The last answer that has a text, and where.
    fn source_of(&self, text: &str) -> Option<(usize, ValueSource)> {
        self.calls.iter().enumerate().rev().find_map(|(index, sent)| {
            let in_body = sent.answer.as_ref().and_then(|answer| pointer_of(answer, text)).map(ValueSource::Pointer);
            let in_header = || header_of(sent, text).map(|(name, segment)| ValueSource::Header(name, segment));
            Some((index + 1, in_body.or_else(in_header)?))
        })
    }

    /// Takes ids that are sent, and which no step keeps, out of the answers that gave them; and links.
    fn unnamed_ids(&mut self, sent: &ScriptedCall, is_literal: &dyn Fn(&str) -> bool) {
        let body = sent.call.body.as_ref().map(Value::to_string).unwrap_or_default();
        let Some(guid) = self.guid.clone() else { return };
        for id in guid.find_iter(&format!("{} {body}", sent.call.path)) {
            let id = id.as_str();
            let is_known = id == NOBODY || self.known.iter().any(|known| known.text == id) || is_literal(id);
            if let (false, Some((number, source))) = (is_known, self.source_of(id)) {
                let name = format!("id {}", self.known.len() + 1);
                self.knows(id, &name, number, Some(source));
            }
        }
        if sent.follows {
            self.link_of(sent);
        }
    }

    /// Takes the link that a request goes to out of the answer before.
    fn link_of(&mut self, sent: &ScriptedCall) {
        let last = self.calls.len();
        let answer = self.calls.last().and_then(|sent| sent.answer.as_ref());
        let link = answer.into_iter().flat_map(leaves).find(|(_, value)| {
            value.as_str().is_some_and(|text| text.starts_with("http") && text.ends_with(&sent.call.path))
        });
        let header = || {
            let headers = &self.calls.last()?.headers;
            headers.iter().find(|(_, value)| value.starts_with("http") && value.ends_with(&sent.call.path))
        };
        let found = match link {
            Some((pointer, value)) => value.as_str().map(|text| (text.to_owned(), ValueSource::Pointer(pointer))),
            None => header().map(|(name, value)| (value.clone(), ValueSource::Header(name.clone(), None))),
        };
        if let Some((text, source)) = found.filter(|(text, _)| self.known.iter().all(|known| known.text != *text)) {
            let name = format!("link {}", self.known.len() + 1);
            self.knows(&text, &name, last, Some(source));
        }
    }

    fn knows(&mut self, text: &str, name: &str, since: usize, source: Option<ValueSource>) {
        let (text, names) = (text.to_owned(), vec![name.to_owned()]);
        self.known.push(KnownValue { text, names, variable: String::new(), since, source });
    }

    /// Gives each value a name that no other has: the shortest that steps keep it under.
    fn name_variables(&mut self) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for known in &mut self.known {
            let shortest = known.names.iter().min_by_key(|name| name.len()).cloned().unwrap_or_default();
            let base = variable_name(&shortest);
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}_{number}");
                number += 1;
            }
            known.variable = name;
        }
        // What is longer is looked for first: it may hold what is shorter.
        self.known.sort_by_key(|known| std::cmp::Reverse(known.text.len()));
    }

    fn make(&self, variable: MadeVariable, name: &str) -> String {
        self.made.borrow_mut().insert(variable);
        name.to_owned()
    }

    /// The domain of a name that has the mark is that of the tenant.
    fn domains(&self, template: &mut OutlineTemplate) {
        let written = format!("@{}", self.played.domain);
        for index in 1..template.0.len() {
            let is_marked = matches!(&template.0[index - 1], TemplatePiece::Variable(name) if name == "run");
            let rest = match &template.0[index] {
                TemplatePiece::Literal(text) if is_marked => text.strip_prefix(written.as_str()).map(str::to_owned),
                _ => None,
            };
            if let Some(rest) = rest {
                let domain = TemplatePiece::Variable("domain".to_owned());
                let pieces = [TemplatePiece::Literal("@".to_owned()), domain, TemplatePiece::Literal(rest)];
                template.0.splice(index..=index, pieces.into_iter().filter(|piece| !is_empty(piece)));
                return;
            }
        }
    }

    fn days(&self, template: &mut OutlineTemplate) {
        let Some(day) = &self.day else { return };
        let today = self.played.captures.today();
        let literals: Vec<String> = template.0.iter().filter_map(literal).map(str::to_owned).collect();
        for text in literals {
            for found in day.find_iter(&text) {
                let Ok(date) = found.as_str().parse::<Date>() else { continue };
                let days = i64::from(date.since(today).map_or(i32::MAX, |span| span.get_days()));
                if days.abs() <= FARTHEST_DAY {
                    let name = format!("today{}", signed(days));
                    let made = || self.make(MadeVariable::Day(name.clone(), days), &name);
                    replace(template, found.as_str(), made);
                }
            }
        }
    }
}

/// The name of the variable with the password of a user.
pub fn password_of(user: &str) -> String {
    format!("password_of_{}", variable_name(user))
}

/// A name as formats take it: lower case, digits and underscores.
pub fn variable_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
            _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("value_{name}")
    } else {
        name.to_owned()
    }
}

/// `_plus_5`, `_minus_1`, or nothing.
fn signed(number: i64) -> String {
    match number {
        0 => String::new(),
        below if below < 0 => format!("_minus_{}", below.unsigned_abs()),
        above => format!("_plus_{above}"),
    }
}

/// Returns whether a text is an id or the like, which stands for itself wherever it is.
fn is_made_up(text: &str) -> bool {
    text.len() >= LONG && !text.contains(char::is_whitespace)
}

/// Returns how good a place is to find an item by: an id that is known whole, near the top.
fn rank(pointer: &str, template: &OutlineTemplate, is_named: bool) -> usize {
    let is_whole = template.0.len() == 1;
    let is_id = pointer.ends_with("/id");
    pointer.matches('/').count()
        + if is_named { 0 } else { 5 }
        + if is_whole { 0 } else { 20 }
        + if is_id { 0 } else { 10 }
}

fn literal(piece: &TemplatePiece) -> Option<&str> {
    match piece {
        TemplatePiece::Literal(text) => Some(text),
        TemplatePiece::Variable(_) => None,
    }
}

fn is_empty(piece: &TemplatePiece) -> bool {
    matches!(piece, TemplatePiece::Literal(text) if text.is_empty())
}

/// Puts a variable wherever a text stands in the literal parts.
fn replace(template: &mut OutlineTemplate, text: &str, variable: impl Fn() -> String) {
    if text.is_empty() || !template.0.iter().any(|piece| literal(piece).is_some_and(|part| part.contains(text))) {
        return;
    }
    let mut pieces = Vec::with_capacity(template.0.len() + 2);
    for piece in template.0.drain(..) {
        match piece {
            TemplatePiece::Literal(part) => {
                for (index, between) in part.split(text).enumerate() {
                    if index > 0 {
                        pieces.push(TemplatePiece::Variable(variable()));
                    }
                    pieces.push(TemplatePiece::Literal(between.to_owned()));
                }
            }
            variable => pieces.push(variable),
        }
    }
    pieces.retain(|piece| !is_empty(piece));
    template.0 = pieces;
}

/// Puts a variable for a segment of a path, `/x`, that ends there or before another one.
fn replace_segment(template: &mut OutlineTemplate, segment: &str, variable: &str) {
    for index in 0..template.0.len() {
        let Some(text) = literal(&template.0[index]) else { continue };
        let end = |at: usize| text[at..].chars().next().is_none_or(|c| "/?)".contains(c));
        let Some(at) = text.match_indices(segment).map(|(at, _)| at).find(|at| end(at + segment.len())) else {
            continue;
        };
        let (before, after) = (text[..=at].to_owned(), text[at + segment.len()..].to_owned());
        let pieces = [
            TemplatePiece::Literal(before),
            TemplatePiece::Variable(variable.to_owned()),
            TemplatePiece::Literal(after),
        ];
        template.0.splice(index..=index, pieces.into_iter().filter(|piece| !is_empty(piece)));
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_that_formats_take() {
        assert_eq!(variable_name("Adele Vance"), "adele_vance");
        assert_eq!(variable_name("decision about John Doe (Tailspin Toys)"), "decision_about_john_doe_tailspin_toys");
        assert_eq!(variable_name("1 – 2"), "value_1_2");
        assert_eq!(signed(-3) + &signed(0) + &signed(5), "_minus_3_plus_5");
    }

    #[test]
    fn a_segment_is_replaced_where_it_is_whole() {
        let mut template = OutlineTemplate(vec![TemplatePiece::Literal("/v1.0/teams/12/members/1?x=1".to_owned())]);
        replace_segment(&mut template, "/1", "it");
        assert_eq!(template.braced(str::to_owned), "/v1.0/teams/12/members/{{it}}?x=1");
    }
}
