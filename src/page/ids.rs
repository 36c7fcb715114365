//! Where ids are made, and where they are used.
//!
//! An answer makes the ids that stand in it, in its body or its `Location`. A request uses those in its URL and body.

use std::collections::{HashMap, HashSet};

use graphwalk_catalog::{ApiPath, Catalog, Method, ObjectKey, SegmentOwner, is_a, roles};

use crate::id_shape::{guids, is_word, looks_like_id, may_be_id};

use super::address::{Address, placeholder};
use super::blocks::BlockKind;
use super::classify::header;
use super::json::PageJson;
use super::pair::PrintedExchange;
use super::prose::emphasised;
use super::read::ReadPage;
use super::source::{PageSource, Span};

/// The ids of a page, by their text in lower case.
#[derive(Debug, Default)]
pub struct PageIds {
    /// The places where each is made or shown, in the order of the page.
    pub made: HashMap<String, Vec<MadeId>>,
    /// The places where ids are used, in the order of the page.
    pub used: Vec<Used>,
    /// The places where prose names them, as stretches of the page.
    pub mentioned: HashMap<String, Vec<Span>>,
    /// The values that answers call an `id`, whatever they look like, in lower case.
    called_id: HashSet<String>,
}

/// A place where an answer shows an id.
#[derive(Clone, Debug)]
pub struct MadeId {
    /// The number of the exchange.
    pub exchange: usize,
    /// Its place in the page.
    pub span: Span,
    /// The way it is shown.
    pub by: MadeBy,
    /// The kind of object that it names, where that is known.
    pub kind: Option<IdKind>,
    /// The names of the object beside it: display name and principal name.
    pub names: Names,
    /// Its place in the body, as a JSON pointer; empty in a header.
    pub pointer: String,
}

/// A way an answer shows an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// As that of the object that the request created.
    Creation,
    /// As that of the one object that the request reads.
    Reading,
    /// As that of an object in a list.
    List,
    /// As that of an object within another one.
    Part,
    /// In a header or in a text.
    Mention,
}

/// The kind of object that an id names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// An object of a type of the metadata.
    Type(&'static str),
    /// An object of a collection that the metadata does not have.
    Collection(String),
}

/// The names of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Its display name.
    pub display: Option<String>,
    /// Its principal name.
    pub principal: Option<String>,
}

/// A place where a request uses an id.
#[derive(Clone, Debug)]
pub struct Used {
    /// The id, in lower case.
    pub id: String,
    /// The number of the exchange.
    pub exchange: usize,
    /// Its place in the page.
    pub span: Span,
    /// In which part of the request.
    pub part: RequestPart,
    /// Whether it stands for something that every tenant has: a role definition, a template.
    pub is_constant: bool,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestPart {
    /// A key in the path, and of what.
    Path {
        /// The kind of object that it is the key of.
        kind: Option<IdKind>,
        /// Whether the object that contains it has the same key.
        is_like_container: bool,
    },
    /// The query.
    Query,
    /// The body, at a JSON pointer.
    Body(String),
}

impl IdKind {
    /// Returns whether an object may be both.
    pub fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Type(one), Self::Type(other)) => is_a(one, other) || is_a(other, one),
            (Self::Collection(one), Self::Collection(other)) => one.eq_ignore_ascii_case(other),
            _ => true,
        }
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Type(name) => name,
            Self::Collection(name) => name,
        }
    }
}

impl PageIds {
    /// Looks for the ids of a page.
    pub fn find(source: &PageSource, page: &ReadPage, exchanges: &[PrintedExchange]) -> Self {
        let mut ids = Self::default();
        for exchange in exchanges {
            ids.called_id.extend(ids_in_answer(exchange).into_iter().map(str::to_lowercase));
        }
        for (index, exchange) in exchanges.iter().enumerate() {
            ids.used_in_url(source, index, exchange);
            ids.used_in_body(index, exchange);
            ids.made_in_answer(index, exchange);
        }
        ids.told_in_prose(source, page);
        ids
    }

    /// Notes the ids of which the text tells: what looks like one, and words that requests use as one.
    fn told_in_prose(&mut self, source: &PageSource, page: &ReadPage) {
        let used: HashSet<String> = self.used.iter().map(|used| used.id.clone()).collect();
        let is_id = |word: &str| looks_like_id(word) || used.contains(&word.to_lowercase());
        for block in page.blocks.iter().filter(|block| block.kind == BlockKind::Prose) {
            let text = source.slice(&block.span);
            let words = emphasised(text).into_iter().filter(|word| is_id(word.text));
            let words = words.map(|word| word.span).filter(|span| guids(&text[span.clone()]).is_empty());
            for span in guids(text).into_iter().chain(words) {
                let span = block.span.start + span.start..block.span.start + span.end;
                self.mentioned.entry(source.slice(&span).to_lowercase()).or_default().push(span);
            }
        }
    }

    /// Returns the places where an answer before an exchange shows an id.
    pub fn made_before(&self, id: &str, exchange: usize) -> impl Iterator<Item = &MadeId> {
        self.made.get(id).into_iter().flatten().take_while(move |made| made.exchange < exchange)
    }

    /// Returns whether prose names an id: it then belongs to the reader.
    pub fn is_told(&self, id: &str) -> bool {
        self.mentioned.contains_key(id)
    }

    /// Returns whether a text is an id by its looks, or is what an answer calls an `id`.
    fn is_id(&self, text: &str) -> bool {
        looks_like_id(text) || self.called_id.contains(&text.to_lowercase())
    }

    fn used_in_url(&mut self, source: &PageSource, index: usize, exchange: &PrintedExchange) {
        let span = &exchange.request.url_span;
        let url = source.slice(span);
        let place = |text: &str| {
            url.find(text).map_or_else(|| span.clone(), |at| span.start + at..span.start + at + text.len())
        };
        let keys = keys(&exchange.address);
        let changes = ["DELETE", "PATCH", "PUT"].contains(&exchange.request.method.as_str());
        for (number, key) in keys.iter().enumerate() {
            if !(self.is_id(&key.text) || changes && is_opaque(&key.text)) {
                continue;
            }
            let is_like_container = keys[..number].iter().any(|outer| outer.text.eq_ignore_ascii_case(&key.text));
            self.used.push(Used {
                id: key.text.to_lowercase(),
                exchange: index,
                span: place(&key.text),
                is_constant: is_template(&key.text) || key.is_of_service,
                part: RequestPart::Path { kind: key.kind.clone(), is_like_container },
            });
        }
        let Some(query) = exchange.address.path.query() else { return };
        for found in guids(query) {
            let (before, id) = (&query[..found.start], &query[found.clone()]);
            self.used.push(Used {
                id: id.to_lowercase(),
                exchange: index,
                span: place(id),
                is_constant: is_template(id) || is_constant_name(last_word(before)),
                part: RequestPart::Query,
            });
        }
    }

    fn used_in_body(&mut self, index: usize, exchange: &PrintedExchange) {
        let Some(body) = exchange.request.body.as_ref().and_then(|body| body.value()) else { return };
        body.walk(&mut |pointer, member, value| {
            let Some(text) = value.text() else { return };
            let is_shown = looks_like_id(text) && self.called_id.contains(&text.to_lowercase());
            let whole = is_shown.then_some(0..text.len());
            let within = if is_shown { Vec::new() } else { guids(text) };
            for found in whole.into_iter().chain(within) {
                let id = &text[found.clone()];
                let name = member.map_or("", |member| member.name.as_str());
                self.used.push(Used {
                    id: id.to_lowercase(),
                    exchange: index,
                    span: inside(value, text, &found),
                    is_constant: is_template(id)
                        || is_constant_name(name)
                        // The permissions that an app asks for have the same ids everywhere.
                        || pointer.contains("/resourceAccess/")
                        || names_of_service(&text[..found.start]),
                    part: RequestPart::Body(pointer.to_owned()),
                });
            }
        });
    }

    fn made_in_answer(&mut self, index: usize, exchange: &PrintedExchange) {
        let Some(answer) = &exchange.answer else { return };
        for name in ["Location", "Operation-Location", "Content-Location", "Azure-AsyncOperation"] {
            let Some(found) = header(&answer.headers, name) else { continue };
            for id in guids(&found.value) {
                let made = MadeId {
                    exchange: index,
                    span: found.span.clone(),
                    by: MadeBy::Mention,
                    kind: None,
                    names: Names::default(),
                    pointer: String::new(),
                };
                self.made.entry(found.value[id].to_lowercase()).or_default().push(made);
            }
        }
        let Some(body) = answer.body.as_ref().and_then(|body| body.value()) else { return };
        let declared = answered_kind(&exchange.address, &exchange.request.method);
        let creates = exchange.request.method == "POST";
        body.walk(&mut |pointer, _, value| {
            if let Some(text) = value.text() {
                self.note_id(index, pointer, value, text);
            }
            let Some(id) = value.get("id").filter(|id| id.text().is_some_and(may_be_id)) else { return };
            let by = match pointer {
                "" if creates => MadeBy::Creation,
                "" => MadeBy::Reading,
                _ if is_item(pointer) && body.get("value").is_some() => MadeBy::List,
                _ => MadeBy::Part,
            };
            let kind = match by {
                MadeBy::Part => None,
                _ => tagged_kind(value).or_else(|| declared.clone()),
            };
            let made = MadeId {
                exchange: index,
                span: id.span.clone(),
                by,
                kind,
                names: Names::of(value),
                pointer: format!("{pointer}/id"),
            };
            self.made.entry(id.text().unwrap_or_default().to_lowercase()).or_default().push(made);
        });
    }

    /// Notes the ids within a text of an answer. The context is Graph's own and makes none.
    fn note_id(&mut self, exchange: usize, pointer: &str, value: &PageJson, text: &str) {
        if pointer.ends_with("odata.context") {
            return;
        }
        for found in guids(text) {
            // That of an object itself is noted with the object.
            if pointer.ends_with("/id") && found.len() == text.len() {
                continue;
            }
            let made = MadeId {
                exchange,
                span: inside(value, text, &found),
                by: MadeBy::Mention,
                kind: None,
                names: Names::default(),
                pointer: pointer.to_owned(),
            };
            self.made.entry(text[found].to_lowercase()).or_default().push(made);
        }
    }
}

impl Names {
    /// The names of an object.
    pub fn of(object: &PageJson) -> Self {
        let text =
            |name: &str| object.get(name).and_then(PageJson::text).filter(|text| !text.is_empty()).map(str::to_owned);
        // With a `userId` beside it the principal name is that of somebody whom the object is about.
        let principal = text("userPrincipalName").filter(|_| object.get("userId").is_none());
        Self { display: text("displayName"), principal }
    }

    /// Returns whether both have a name in common.
    pub fn share_one(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        };
        same(&self.display, &other.display) || same(&self.principal, &other.principal)
    }
}

/// A key in a path.
#[derive(Debug)]
pub struct PathKey {
    /// Its text.
    pub text: String,
    /// The kind of object that it is the key of.
    pub kind: Option<IdKind>,
    /// Whether the service itself has such objects, and no tenant makes them.
    pub is_of_service: bool,
}

/// The keys of a path, and what they are the keys of.
pub fn keys(address: &Address) -> Vec<PathKey> {
    let path = address.versioned();
    if let Some(resolved) = address.resolved() {
        let objects = resolved.objects();
        let keyed = objects.iter().enumerate().filter_map(|(number, object)| match object.key {
            ObjectKey::Key(key) => Some(PathKey {
                text: key.to_owned(),
                kind: Some(IdKind::Type(object.ty.name())),
                is_of_service: object.ty.property("isBuiltIn").is_some()
                    || (number == 0 && !may_be_created(&path, key)),
            }),
            _ => None,
        });
        return keyed.collect();
    }
    let owners = Catalog::v1().segment_owners(&path);
    let segments = path.segments();
    let mut keys = Vec::new();
    for (number, segment) in segments.iter().enumerate() {
        let before =
            number.checked_sub(1).and_then(|before| segments.get(before)).map(|before| before.name().to_owned());
        let is_key = match owners.get(number) {
            Some(SegmentOwner::Tenant) => true,
            Some(SegmentOwner::Unknown) => looks_like_id(segment.name()),
            _ => false,
        };
        let text = if is_key { Some((segment.name().to_owned(), before)) } else { None };
        let in_brackets = segment.key().map(|key| (key.to_owned(), Some(segment.name().to_owned())));
        for (text, collection) in [text, in_brackets].into_iter().flatten() {
            keys.push(PathKey { text, kind: collection.map(IdKind::Collection), is_of_service: false });
        }
    }
    keys
}

/// Returns whether objects of the collection before a key can be created.
fn may_be_created(path: &ApiPath, key: &str) -> bool {
    let before = path.segments().iter().take_while(|segment| segment.name() != key && segment.key() != Some(key));
    let text: String = before.map(|segment| format!("/{}", segment.name())).collect();
    let collection = ApiPath::parse(&text).map(|collection| match path.version() {
        Some(version) => collection.in_version(version),
        None => collection,
    });
    collection.is_ok_and(|path| Catalog::of_path(&path).methods(&path).contains(&Method::Post))
}

/// Returns the kind of object that the answer to a call is about.
pub fn answered_kind(address: &Address, method: &str) -> Option<IdKind> {
    if let Some(resolved) = address.resolved() {
        let named = resolved.target()?.named()?;
        return Some(IdKind::Type(named.name()));
    }
    let path = address.versioned();
    let names: Vec<&str> = path.segments().iter().map(graphwalk_catalog::Segment::name).collect();
    let last = names.last()?;
    let collection = if method != "POST" && looks_like_id(last) { names.iter().rev().nth(1)? } else { last };
    Some(IdKind::Collection((*collection).to_owned()))
}

/// The type that an object says it is.
fn tagged_kind(object: &PageJson) -> Option<IdKind> {
    let tag = object.get("@odata.type")?.text()?;
    let ty = Catalog::v1().type_named(tag).or_else(|| Catalog::beta().type_named(tag))?;
    Some(IdKind::Type(ty.name()))
}

fn is_item(pointer: &str) -> bool {
    pointer.strip_prefix("/value/").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The place of a part of a text value in the page; of the whole value if it has escapes.
fn inside(value: &PageJson, text: &str, part: &Span) -> Span {
    let is_plain = value.span.len() == text.len() + 2;
    let start = value.span.start + 1;
    if is_plain { start + part.start..start + part.end } else { value.span.clone() }
}

/// Returns whether a key is no word that the service has, so that a write by it changes an object of somebody:
/// `AAMkADhMGAAA=`.
fn is_opaque(key: &str) -> bool {
    const SHORTEST: usize = 8;
    key.len() >= SHORTEST && !is_word(key) && !key.contains('@') && may_be_id(key) && placeholder(key).is_none()
}

/// The values of `id` in an answer.
fn ids_in_answer(exchange: &PrintedExchange) -> Vec<&str> {
    let mut found = Vec::new();
    let body = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref()?.value());
    if let Some(body) = body {
        body.walk(&mut |_, _, value| {
            found.extend(value.get("id").and_then(PageJson::text).filter(|id| may_be_id(id)));
        });
    }
    found
}

/// Returns whether an id is the template of a directory role.
pub fn is_template(id: &str) -> bool {
    id.parse::<uuid::Uuid>().is_ok_and(|id| roles::NAMED.iter().any(|(_, known)| *known == id))
}

/// Returns whether a property of this name holds what every tenant has: `roleDefinitionId`, `templateId`, `skuId`.
pub fn is_constant_name(name: &str) -> bool {
    let name = name.rsplit(['.', '/']).next().unwrap_or(name).to_ascii_lowercase();
    let constants = [
        "definitionid",
        "templateid",
        "skuid",
        "planid",
        "appid",
        "approleid",
        "keyid",
        "disabledplans",
        "tenantid",
        "includeapplications",
        "excludeapplications",
        "includeroles",
        "excluderoles",
    ];
    constants.iter().any(|end| name.ends_with(end)) && !name.ends_with("reviewdefinitionid")
}

/// Returns whether a text ends as the path of what every tenant has: `…/roleDefinitions/`.
fn names_of_service(before: &str) -> bool {
    let segments =
        before.trim_end_matches(['/', '(', '\'']).rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    ["roledefinitions", "directoryroletemplates", "taskdefinitions", "templates"].contains(&segments.as_str())
}

/// The last word of a text before an operator: `roleDefinitionId` of `roleDefinitionId eq '`.
fn last_word(text: &str) -> &str {
    let operators = ["eq", "ne", "in"];
    let words = text.rsplit(|c: char| !(c.is_alphanumeric() || c == '/')).filter(|word| !word.is_empty());
    words.into_iter().find(|word| !operators.contains(word)).unwrap_or_default()
}
