//! Ids become names: what an answer shows is kept, and later requests use its name.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::id_shape::{guids, is_word, looks_like_id, may_be_id};
use crate::page::Page;
use crate::page::ids::{IdKind, answered_kind, is_constant_name, is_template, keys};

use super::Notes;
use super::call::{HeaderId, ImportedCall};
use super::dates::FirstDay;
use super::naming::{MOST_PARTS, escaped, is_plain, item_query, name_of, place_of, singular, with_name};
use super::vocabulary::outside_id;

/// The calls with names for ids.
#[derive(Debug, Default)]
pub struct Linked {
    /// For each call what is sent.
    pub calls: Vec<LinkedCall>,
    /// The number of uses of ids that were linked, and of those that were not.
    pub counts: (usize, usize),
    /// The ids that the reader brings: the name, and the id that stands for it on the page.
    pub outside: BTreeMap<String, String>,
}

/// The parts of a call that are sent.
#[derive(Clone, Debug, Default)]
pub struct LinkedCall {
    /// The path, as the feature has it.
    pub path: String,
    /// The path, as it is sent when the recording is replayed.
    pub recorded_path: String,
    /// The body, as the feature has it.
    pub body: Option<Value>,
    /// The body, as it is sent when the recording is replayed.
    pub recorded_body: Option<Value>,
    /// The parts of the answer that are kept: the place in words of a sentence, and the name.
    pub keeps: Vec<(String, String)>,
    /// Sentences that take what the reader brings, before it is sent.
    pub givens: Vec<String>,
}

/// An id that an answer shows.
#[derive(Debug)]
struct ShownId {
    call: usize,
    place: String,
    text: String,
    kind: Option<IdKind>,
    wanted_name: String,
    name: Option<String>,
}

struct IdLinker<'a> {
    page: &'a Page,
    shown: Vec<ShownId>,
    by_id: HashMap<String, Vec<usize>>,
    names: HashSet<String>,
    counts: (usize, usize),
    first_day: FirstDay,
    told: HashSet<String>,
    /// By ids in lower case the names of what the reader brings.
    outside: HashMap<String, String>,
    /// The sentences for those that the call at hand is the first to use.
    givens: Vec<String>,
}

/// A use that cannot be linked although it must: why.
struct Unlinked(String);

/// The place of a text, by which its ids are judged.
#[derive(Clone, Copy)]
struct LinkPlace<'a> {
    /// The kind of object that the id names.
    kind: Option<&'a IdKind>,
    /// Whether an id that no answer shows may stand there as it is.
    may_be_literal: bool,
    /// The word that the id stands for, where the kind is not known.
    word: &'a str,
    /// Whether every tenant has what it stands for.
    is_constant: bool,
    line: usize,
}

/// Links the calls of a page. Those that would write to an object which nothing shows are left out.
pub fn link(page: &Page, calls: &mut [ImportedCall], first_day: &FirstDay, notes: &mut Notes) -> Linked {
    let mut linker = IdLinker {
        page,
        shown: Vec::new(),
        by_id: HashMap::new(),
        names: HashSet::new(),
        counts: (0, 0),
        first_day: *first_day,
        told: HashSet::new(),
        outside: HashMap::new(),
        givens: Vec::new(),
    };
    let mut linked = Vec::with_capacity(calls.len());
    for (number, call) in calls.iter_mut().enumerate() {
        if call.left_out.is_some() {
            linked.push(LinkedCall::default());
            continue;
        }
        match linker.link(call, notes) {
            Ok(one) => {
                linked.push(one);
                linker.register(number, call);
            }
            Err(Unlinked(reason)) => {
                linker.forget_givens();
                notes.fault(call.line, format!("{} is left out: {reason}", call.method));
                call.left_out = Some(reason);
                linked.push(LinkedCall::default());
            }
        }
    }
    let mut keeps: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for shown in &linker.shown {
        if let Some(name) = &shown.name {
            keeps.entry(shown.call).or_default().push((shown.place.clone(), name.clone()));
        }
    }
    for (call, keeps) in keeps {
        if let Some(linked) = linked.get_mut(call) {
            linked.keeps = keeps;
        }
    }
    let outside = linker.outside.into_iter().map(|(id, name)| (name, id)).collect();
    Linked { calls: linked, counts: linker.counts, outside }
}

impl IdLinker<'_> {
    fn link(&mut self, call: &ImportedCall, notes: &mut Notes) -> Result<LinkedCall, Unlinked> {
        let (path, recorded_path) = self.path(call, notes)?;
        let mut linked = LinkedCall { path, recorded_path, ..LinkedCall::default() };
        if let Some(body) = &call.body {
            let at = LinkPlace {
                kind: None,
                may_be_literal: !call.must_link(),
                word: "",
                is_constant: false,
                line: call.line,
            };
            let (template, recorded) = self.value(body, at, notes)?;
            (linked.body, linked.recorded_body) = (Some(template), Some(recorded));
        }
        linked.givens = std::mem::take(&mut self.givens);
        Ok(linked)
    }

    /// The path with names for its keys, and as it is sent.
    fn path(&mut self, call: &ImportedCall, notes: &mut Notes) -> Result<(String, String), Unlinked> {
        let whole = call.address.versioned_text();
        let (path, query) = whole.split_once('?').map_or((whole.as_str(), None), |(path, query)| (path, Some(query)));
        let (mut template, mut recorded, mut rest) = (String::new(), String::new(), path);
        for key in keys(&call.address) {
            let is_known = self.by_id.contains_key(&key.text.to_lowercase());
            // Of a word such as `inbox` the service itself has one.
            let must_link = call.must_link() && !is_word(&key.text);
            if !(is_known || must_link || looks_like_id(&key.text) || key.text.contains('@')) {
                continue;
            }
            let Some(at) = place_of(rest, &key.text) else {
                if call.must_link() {
                    return Err(Unlinked(format!("it names {} in a form that is not understood", key.text)));
                }
                continue;
            };
            let is_constant = key.is_of_service || is_template(&key.text);
            let place = LinkPlace {
                kind: key.kind.as_ref(),
                may_be_literal: !call.is_write(),
                word: "",
                is_constant,
                line: call.line,
            };
            let (name, text) = self.one(&key.text, place, notes)?;
            template.push_str(&escaped(&rest[..at.start]));
            recorded.push_str(&rest[..at.start]);
            template.push_str(&name);
            recorded.push_str(&text);
            rest = &rest[at.end..];
        }
        template.push_str(&escaped(rest));
        recorded.push_str(rest);
        if let Some(query) = query {
            let is_constant = query.to_lowercase().contains("definitionid");
            let place =
                LinkPlace { kind: None, may_be_literal: !call.must_link(), word: "", is_constant, line: call.line };
            let (filled, text) = self.text(query, place, notes)?;
            template.push('?');
            template.push_str(&filled);
            recorded.push('?');
            recorded.push_str(&text);
        }
        // What a sentence cannot hold, and what would end the path.
        let sendable = |text: String| text.replace('"', "%22").replace('#', "%23");
        Ok((sendable(template), sendable(recorded)))
    }

    fn value(&mut self, value: &Value, at: LinkPlace<'_>, notes: &mut Notes) -> Result<(Value, Value), Unlinked> {
        Ok(match value {
            Value::String(text) if text == "{password}" => (value.clone(), json!("<redacted>")),
            Value::String(text) => {
                let (template, recorded) = self.text(text, at, notes)?;
                let template = match self.first_day.relative(text) {
                    Some(relative) => {
                        notes.normalised(at.line, format!("{text} is {relative}"));
                        relative
                    }
                    None => template,
                };
                (json!(template), json!(recorded))
            }
            Value::Array(items) => {
                let (mut templates, mut recorded) = (Vec::new(), Vec::new());
                for item in items {
                    let (template, one) = self.value(item, at, notes)?;
                    templates.push(template);
                    recorded.push(one);
                }
                (Value::Array(templates), Value::Array(recorded))
            }
            Value::Object(members) => {
                let (mut templates, mut recorded) = (Map::new(), Map::new());
                for (name, member) in members {
                    let at = LinkPlace { is_constant: is_constant_name(name), word: name, ..at };
                    let (template, one) = self.value(member, at, notes)?;
                    templates.insert(name.clone(), template);
                    recorded.insert(name.clone(), one);
                }
                (Value::Object(templates), Value::Object(recorded))
            }
            other => (other.clone(), other.clone()),
        })
    }

    /// A text with names for the ids in it.
    fn text(&mut self, text: &str, at: LinkPlace<'_>, notes: &mut Notes) -> Result<(String, String), Unlinked> {
        if self.by_id.contains_key(&text.to_lowercase()) && looks_like_id(text) {
            return self.one(text, at, notes);
        }
        let (mut template, mut recorded, mut done) = (String::new(), String::new(), 0);
        for found in guids(text) {
            let before = &text[done..found.start];
            let names_of_service = before.to_lowercase();
            let is_constant =
                at.is_constant || names_of_service.ends_with("roledefinitions/") || is_template(&text[found.clone()]);
            // In a reference the collection says more than the property: `…/users/ID` in `members@odata.bind`.
            let segment = before.trim_end_matches(['/', '(', '\'']).rsplit('/').next().unwrap_or_default();
            let is_reference = before.ends_with('/') && segment.chars().all(char::is_alphabetic);
            let word = if is_reference && !segment.is_empty() { segment } else { at.word };
            let (name, value) = self.one(&text[found.clone()], LinkPlace { is_constant, word, ..at }, notes)?;
            template.push_str(&escaped(before));
            recorded.push_str(before);
            template.push_str(&name);
            recorded.push_str(&value);
            done = found.end;
        }
        template.push_str(&escaped(&text[done..]));
        recorded.push_str(&text[done..]);
        Ok((template, recorded))
    }

    /// One id: its name in braces, and what stands for it when the recording is replayed.
    fn one(&mut self, id: &str, at: LinkPlace<'_>, notes: &mut Notes) -> Result<(String, String), Unlinked> {
        let known = self.by_id.get(&id.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let kind = |number: usize| self.shown[number].kind.as_ref();
        let is_same = |number: &usize| at.kind.is_some() && kind(*number) == at.kind;
        let may_be = |number: &usize| at.kind.zip(kind(*number)).is_some_and(|(used, shown)| shown.may_be(used));
        // What is of the kind that is named: the instance, not the series with the same id.
        let find = |fits: &dyn Fn(&usize) -> bool| known.iter().copied().find(|number| fits(number));
        if let Some(number) = find(&is_same).or_else(|| find(&may_be)).or_else(|| known.first().copied()) {
            self.counts.0 += 1;
            let text = self.shown[number].text.clone();
            return Ok((format!("{{{}}}", self.name(number)), text));
        }
        let is_told = self.page.ids.is_told(&id.to_lowercase());
        // What every tenant has is brought only where a write may not name it.
        let is_brought = is_told && !at.is_constant || at.is_constant && !at.may_be_literal;
        if let Some(name) = is_brought.then(|| self.outside(id, at, notes)).flatten() {
            self.counts.0 += 1;
            return Ok((format!("{{{name}}}"), id.to_lowercase()));
        }
        let why = if at.is_constant {
            "it is one that every tenant has"
        } else if is_told {
            "the reader has to bring it"
        } else {
            "no earlier answer shows it"
        };
        if !at.may_be_literal {
            return Err(Unlinked(format!("it names {id}, and {why}; a write never names a literal id")));
        }
        self.counts.1 += usize::from(!at.is_constant);
        if self.told.insert(id.to_lowercase()) {
            let text = format!("{id} stays as it is: {why}");
            match (at.is_constant, is_told) {
                (true, _) => notes.normalised(at.line, text),
                (false, true) => notes.open(at.line, text),
                (false, false) => notes.fault(at.line, text),
            }
        }
        Ok((id.to_owned(), id.to_owned()))
    }

    /// The name of an object that the reader brings, where the vocabulary has a sentence for it and its id is a GUID.
    fn outside(&mut self, id: &str, at: LinkPlace<'_>, notes: &mut Notes) -> Option<String> {
        let key = id.to_lowercase();
        if let Some(name) = self.outside.get(&key) {
            return Some(name.clone());
        }
        uuid::Uuid::try_parse(id).ok().filter(|_| id.len() == 36)?;
        let word = at.word.split('@').next().unwrap_or_default();
        let word = singular(word.strip_suffix("Id").unwrap_or(word));
        let kind = match at.kind {
            Some(IdKind::Type(name)) => (*name).to_owned(),
            _ => word.clone(),
        };
        let base = match at.kind {
            Some(kind) => singular(kind.name()),
            None if word.is_empty() || word == "id" => "object".to_owned(),
            None => word,
        };
        let wanted = format!("own {}", with_name(&base, None));
        let sentence = outside_id(&wanted, &kind)?;
        let name = self.unused(&wanted);
        notes.open(at.line, format!("`{name}` is {id} on the page: the reader brings it (`--set`, graphwalk.toml)"));
        self.givens.push(sentence.replacen(&wanted, &name, 1));
        self.outside.insert(key, name.clone());
        Some(name)
    }

    /// A call that is left out brings nothing: who comes next has to.
    fn forget_givens(&mut self) {
        for sentence in std::mem::take(&mut self.givens) {
            self.outside.retain(|_, name| !sentence.starts_with(&format!("\"{name}\"")));
        }
    }

    /// A name that nothing else has.
    fn unused(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while !self.names.insert(name.clone()) {
            count += 1;
            name = format!("{wanted} {count}");
        }
        name
    }

    /// The name of an id that is used: given when it is first asked for.
    fn name(&mut self, number: usize) -> String {
        if let Some(name) = &self.shown[number].name {
            return name.clone();
        }
        let wanted = self.shown[number].wanted_name.clone();
        let name = self.unused(&wanted);
        self.shown[number].name = Some(name.clone());
        name
    }

    /// Notes what the answer of a call shows.
    fn register(&mut self, number: usize, call: &ImportedCall) {
        if call.status >= 300 {
            return;
        }
        if let Some(answer) = &call.answer {
            self.register_body(number, call, answer);
        }
        // What only a header shows, as of long operations.
        for HeaderId { header, word, id } in call.located() {
            if !self.by_id.contains_key(&id.to_lowercase()) {
                let place = format!("the id after \"{word}\" in the header \"{header}\"");
                self.show(number, place, &id, None, with_name(&singular(&word), None));
            }
        }
    }

    fn register_body(&mut self, number: usize, call: &ImportedCall, answer: &Value) {
        let kind = answered_kind(&call.address, &call.method);
        let collection = last_collection(call);
        let own = match &kind {
            // What lies in a folder is called after its kind.
            Some(IdKind::Type(name)) if ["children", "items"].contains(&collection.as_str()) => (*name).to_owned(),
            _ => singular(&collection),
        };
        if let Some(items) = answer.get("value").and_then(Value::as_array) {
            for (index, item) in items.iter().enumerate() {
                let query = item_query("$.value", items, index);
                self.register_object(number, &query, item, kind.as_ref(), &own);
            }
        } else {
            self.register_object(number, "$", answer, kind.as_ref(), &own);
        }
    }

    fn register_object(&mut self, call: usize, query: &str, object: &Value, kind: Option<&IdKind>, word: &str) {
        let Value::Object(members) = object else { return };
        let name = name_of(object);
        for (property, value) in members {
            let inner =
                if is_plain(property) { format!("{query}.{property}") } else { format!("{query}['{property}']") };
            match value {
                Value::String(text) if property == "id" && may_be_id(text) => {
                    self.show(call, quoted(&inner), text, kind.cloned(), with_name(word, name));
                }
                Value::String(text) if property == "userPrincipalName" && text.contains('@') => {
                    self.show(call, quoted(&inner), text, kind.cloned(), with_name("account of", name));
                }
                Value::String(text) if guids(text).first().is_some_and(|found| found.len() == text.len()) => {
                    let word = property.strip_suffix("Id").unwrap_or(property);
                    self.show(call, quoted(&inner), text, None, word.to_owned());
                }
                Value::Object(_) => self.register_object(call, &inner, value, None, property),
                Value::Array(items) => {
                    for (index, item) in items.iter().enumerate().take(MOST_PARTS) {
                        let query = item_query(&inner, items, index);
                        self.register_object(call, &query, item, None, &singular(property));
                    }
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, call: usize, place: String, text: &str, kind: Option<IdKind>, wanted_name: String) {
        self.by_id.entry(text.to_lowercase()).or_default().push(self.shown.len());
        self.shown.push(ShownId { call, place, text: text.to_owned(), kind, wanted_name, name: None });
    }
}

/// A JSON path, as sentences have it.
fn quoted(query: &str) -> String {
    format!("\"{query}\"")
}

/// The name of the collection in which an answer's object lies.
fn last_collection(call: &ImportedCall) -> String {
    let collection = call.collection();
    // Of a function the collection that it is called on says more.
    if collection.contains('(') || call.address.path.segments().last().is_some_and(|last| last.arguments().is_some()) {
        let words = call.address.path.segments().iter().rev().skip(1).map(graphwalk_catalog::Segment::name);
        return words.into_iter().find(|word| !looks_like_id(word)).unwrap_or("object").to_owned();
    }
    collection
}
