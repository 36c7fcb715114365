//! What may stand in a recording as it is: the texts of the features, and what schemas and Graph itself give names to.

use std::collections::{HashMap, HashSet};

use graphwalk_catalog::{Catalog, Fact, SegmentOwner, query_option, query_options};
use graphwalk_secrets::masking::{self, asks_for_changes, is_secret_name};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::known::{NAMES, SENTENCES, WORDS};
use super::path::literals;
use super::shape::{address_parts, is_guid};
use crate::owners::parts;

/// The texts that belong to nobody's tenant. Everything else in a recording gets a pseudonym.
#[derive(Clone, Debug)]
pub struct Public {
    texts: HashSet<String>,
    /// Names of properties, types and parameters, in lower case.
    names: HashSet<String>,
    /// Parts of the features' paths that are not Graph's words, such as ids, in lower case.
    path_parts: HashSet<String>,
    templates: Vec<MessageTemplate>,
    /// User principal names, in lower case.
    accounts: HashSet<String>,
    /// For the part of a user principal name before the `@`, in lower case, the domains that features give it.
    domains_of: HashMap<String, Vec<String>>,
    /// The domains of all of them, in lower case.
    domains: HashSet<String>,
    aliases: Vec<(String, String)>,
}

/// A text with holes, which values fill when a feature is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MessageTemplate(Vec<String>);

impl Default for Public {
    fn default() -> Self {
        Self::new()
    }
}

impl Public {
    /// Returns what belongs to Graph itself: its words, its error codes, the sentences of its errors.
    pub fn new() -> Self {
        let mut public = Self {
            texts: WORDS.iter().map(|&word| word.to_owned()).collect(),
            names: NAMES.iter().map(|&name| name.to_owned()).collect(),
            path_parts: HashSet::new(),
            templates: Vec::new(),
            accounts: HashSet::new(),
            domains_of: HashMap::new(),
            domains: HashSet::new(),
            aliases: Vec::new(),
        };
        for option in query_options() {
            public.add_name(option);
            public.add_name(&format!("${option}"));
        }
        for sentence in SENTENCES {
            public.add_value(sentence);
        }
        public
    }

    /// Adds a text of a feature: a quoted part of a sentence, a cell of a table, a string of a doc string. `{name}` in it
    /// represents the value that is kept under that name when the feature is played.
    pub fn add_text(&mut self, text: &str) {
        let text = text.trim();
        self.add_value(text);
        for literal in text.split('\'').skip(1).step_by(2) {
            self.add_value(literal);
        }
        // A path, a JSON path or a property: its parts are names that answers have too.
        if text.starts_with(['/', '$']) || !text.contains(char::is_whitespace) {
            let in_name = |c: char| c.is_alphanumeric() || "_@$-.".contains(c);
            for part in text.split(|c: char| !in_name(c)) {
                self.add_name(part);
                part.split('.').for_each(|part| self.add_name(part));
            }
        }
        if text.starts_with('/') || (text.contains('/') && !text.contains(char::is_whitespace)) {
            self.add_path(text);
        }
    }

    /// Adds a text that stands in a program, as it is.
    ///
    /// # Errors
    ///
    /// What it looks like, if it looks like a secret; never the text itself.
    pub fn add_constant(&mut self, text: &'static str) -> Result<(), String> {
        if let Some(leak) = masking::leaks(&Value::from(text)).pop() {
            return Err(leak.kind);
        }
        self.texts.insert(text.to_owned());
        Ok(())
    }

    /// Adds what the features name in a path, or in a URL, and Graph has no word for there. Answers have it too, and what is read
    /// of an answer goes into paths: so it stays in both.
    fn add_path(&mut self, text: &str) {
        let text = text.split_once("://").map_or(text, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        for (part, _) in parts(path).into_iter().filter(|(_, owner)| *owner != SegmentOwner::Graph) {
            let name = percent_decode_str(part).decode_utf8_lossy();
            // What braces name comes from a tenant.
            if !name.is_empty() && !name.contains('{') {
                self.path_parts.insert(name.to_lowercase());
                self.add_value(name.trim_end_matches(':'));
            }
        }
        let is_delta = asks_for_changes(path);
        query.split('&').for_each(|parameter| self.add_parameter(parameter, is_delta));
    }

    /// Adds what a feature asks for in a query: names, literals, the words of a search, a token. `is_delta` says whether it asks
    /// for changes: then a `token` is a place in them, and no secret.
    fn add_parameter(&mut self, parameter: &str, is_delta: bool) {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let Some((name, value)) = parameter.split_once('=') else { return };
        let (name, value) = (decode(name), decode(value));
        let is_place = is_delta && name.eq_ignore_ascii_case("token");
        if value.contains('{') || (is_secret_name(&name) && !is_place) {
            return;
        }
        // What no option of OData is, a call of Graph has for itself: `?startDateTime=…`, `?model-version=latest`.
        if matches!(query_option(&name), None | Some("search" | "deltatoken" | "skiptoken" | "format")) {
            self.add_value(value.trim_matches('"'));
        }
        for literal in literals(&value) {
            self.add_value(&literal);
            // `displayName:Bui`, or `department/name:Bui`.
            if let Some((property, word)) = literal.split_once(':') {
                property.split('/').for_each(|part| self.add_name(part));
                self.add_value(word);
            }
        }
        for word in value.split(|c: char| !(c.is_alphanumeric() || "_-.@$".contains(c))) {
            if is_guid(word) {
                self.add_value(word);
            }
        }
    }

    fn add_value(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !text.starts_with('/')
            && let Some(template) = MessageTemplate::parse(text)
        {
            self.templates.push(template);
            return;
        }
        self.texts.insert(if is_guid(text) { text.to_lowercase() } else { text.to_owned() });
        if let Some((local, domain)) = address_parts(text) {
            self.accounts.insert(text.to_lowercase());
            self.domains.insert(domain.to_lowercase());
            let domains = self.domains_of.entry(local.to_lowercase()).or_default();
            if !domains.iter().any(|known| known.eq_ignore_ascii_case(domain)) {
                domains.push(domain.to_owned());
            }
        }
    }

    fn add_name(&mut self, name: &str) {
        if !name.is_empty() {
            self.names.insert(name.to_lowercase());
        }
    }

    /// Adds the names of Graph's types and of what they have, and the values of their enumerations and documented sets.
    pub fn add_catalog(&mut self, catalog: Catalog) {
        catalog.roots().for_each(|root| self.add_name(root.name));
        for ty in catalog.types() {
            ty.name().split('.').for_each(|part| self.add_name(part));
            ty.own_properties().for_each(|property| self.add_name(property.name));
            ty.own_navigations().for_each(|navigation| self.add_name(navigation.name));
            self.texts.extend(ty.members().map(str::to_owned));
            self.texts.insert(format!("#{}", ty.qualified_name()));
            self.texts.extend(ty.own_facts().filter_map(|(_, fact)| match fact {
                Fact::Value(value) => Some(value.to_owned()),
                _ => None,
            }));
        }
    }

    /// Adds the names and the closed sets of values of a type called `name`, from its JSON Schema.
    pub fn add_schema(&mut self, name: &str, schema: &Value) {
        name.split('.').for_each(|part| self.add_name(part));
        self.add_names_of(schema);
    }

    fn add_names_of(&mut self, schema: &Value) {
        match schema {
            Value::Object(properties) => {
                for (name, inner) in properties {
                    self.add_name(name);
                    if matches!(name.as_str(), "enum" | "const") {
                        let values = inner.as_array().map_or(std::slice::from_ref(inner), Vec::as_slice);
                        self.texts.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    self.add_names_of(inner);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add_names_of(item)),
            _ => {}
        }
    }

    /// Makes `public` stand wherever a text has `private`: e.g. a domain of features for the tenant's.
    pub fn add_alias(&mut self, private: impl Into<String>, public: impl Into<String>) {
        let private = private.into();
        if !private.is_empty() {
            self.aliases.push((private, public.into()));
        }
    }

    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.texts.contains(text) || (is_guid(text) && self.texts.contains(&text.to_lowercase()))
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.contains(name) || self.names.contains(&name.to_lowercase())
    }

    /// Returns whether the features have a path with this part, where Graph has no word.
    pub(super) fn has_path_part(&self, part: &str) -> bool {
        self.path_parts.contains(&part.to_lowercase())
    }

    pub(super) fn has_account(&self, account: &str) -> bool {
        self.accounts.contains(&account.to_lowercase())
    }

    pub(super) fn has_domain(&self, domain: &str) -> bool {
        self.domains.contains(&domain.to_lowercase())
    }

    /// The domains that features give to the part of a user principal name before its `@`.
    pub(super) fn domains_of(&self, local: &str) -> &[String] {
        self.domains_of.get(&local.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The first template that `text` fits, as its fixed parts and what fills its holes.
    pub(super) fn template<'t>(&self, text: &'t str) -> Option<(&MessageTemplate, Vec<&'t str>)> {
        self.templates.iter().find_map(|template| Some((template, template.holes(text)?)))
    }

    /// `text` with its aliases.
    pub(super) fn aliased(&self, text: &str) -> Option<String> {
        let known = self.aliases.iter().filter(|(private, _)| text.contains(private.as_str()));
        known.fold(None, |done: Option<String>, (private, public)| {
            Some(done.as_deref().unwrap_or(text).replace(private.as_str(), public))
        })
    }
}

impl MessageTemplate {
    /// `None` for a text without holes, and for one that is hardly more than holes: it would fit anything.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let last = parts.len() - 1;
            parts[last].push_str(&rest[..open]);
            if let Some(length) = placeholder(&rest[open..]) {
                parts.push(String::new());
                rest = &rest[open + length..];
            } else {
                parts[last].push('{');
                rest = &rest[open + 1..];
            }
        }
        let last = parts.len() - 1;
        parts[last].push_str(rest);
        let between = parts.iter().skip(1).take(last.saturating_sub(1));
        let words = parts.iter().flat_map(|part| part.chars()).filter(|c| c.is_alphanumeric()).count();
        (last > 0 && words > 0 && between.clone().all(|part| !part.is_empty())).then_some(Self(parts))
    }

    fn holes<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, parts) = self.0.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let mut holes = Vec::with_capacity(parts.len());
        let (last, between) = parts.split_last()?;
        for part in between {
            let skipped = rest.chars().next()?.len_utf8();
            let at = skipped + rest[skipped..].find(part.as_str())?;
            holes.push(&rest[..at]);
            rest = &rest[at + part.len()..];
        }
        let hole = rest.strip_suffix(last.as_str()).filter(|hole| !hole.is_empty())?;
        holes.push(hole);
        Some(holes)
    }

    /// The text that `holes` make, one for each hole.
    pub fn filled(&self, holes: &[String]) -> String {
        let mut parts = self.0.iter();
        let mut text = parts.next().cloned().unwrap_or_default();
        for (hole, part) in holes.iter().zip(parts) {
            text.push_str(hole);
            text.push_str(part);
        }
        text
    }
}

/// The length of the name in braces that `text` begins with, by the rule of features: a letter first, and neither quotes
/// nor braces in it.
fn placeholder(text: &str) -> Option<usize> {
    let name = &text[1..text.find('}')?];
    let fits = |c: char| c.is_alphanumeric() || " _-.+'".contains(c);
    (name.chars().next()?.is_alphabetic() && name.chars().all(fits)).then_some(name.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn path_and_property_names_and_filter_literals_are_public() {
        let mut public = Public::new();
        public.add_text("/v1.0/me/mailboxSettings?$filter=startswith(displayName,'Bui')");
        public.add_text("$.value[0].someThing");
        assert!(["mailboxSettings", "someThing", "displayName"].iter().all(|name| public.has_name(name)));
        assert!(public.has_text("Bui") && !public.has_text("displayName") && !public.has_name("Bob"));
    }

    #[test]
    fn schemas_give_names_and_closed_sets() {
        let mut public = Public::new();
        public.add_schema("thing", &json!({"properties": {"colour": {"enum": ["Red", null]}}}));
        assert!(public.has_name("thing") && public.has_name("colour") && public.has_text("Red"));
        assert!(!public.has_text("colour"));
    }

    #[test]
    fn a_text_with_holes_fits_what_fills_them() {
        let mut public = Public::new();
        public.add_text("Review of {group} until {today+5}");
        public.add_text("{group}");
        public.add_text("{a}{b}x");
        let (template, holes) = public.template("Review of Bob until 2022-02-16").unwrap();
        assert_eq!(holes, ["Bob", "2022-02-16"]);
        assert_eq!(template.filled(&["x".to_owned(), "y".to_owned()]), "Review of x until y");
        assert_eq!(public.template("Review of  until "), None);
        assert_eq!(public.template("anything"), None);
    }

    #[test]
    fn an_alias_stands_wherever_its_text_stood() {
        let mut public = Public::new();
        public.add_alias("corp.onmicrosoft.com", "Contoso.com");
        assert_eq!(public.aliased("a@corp.onmicrosoft.com").as_deref(), Some("a@Contoso.com"));
        assert_eq!(public.aliased("a@b.com"), None);
    }
}
