//! Reading a page as a browser would, as far as tests need it: tags, attributes, texts.

use std::collections::HashSet;
use std::path::Path;

/// All tags that a page may have: none that loads or runs anything.
const TAGS: [&str; 43] = [
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "div", "span", "p",
    "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "details", "summary", "pre", "code", "b", "strong", "time", "a", "em", "i", "small", "abbr",
];
/// All attributes that its tags may have.
const ATTRIBUTES: [&str; 15] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "datetime",
    "open",
    "scope",
    "tabindex",
    "aria-label",
    "role",
    "aria-labelledby",
];

/// A page that was read.
pub struct Page {
    pub html: String,
    tags: Vec<Tag>,
    text: String,
}

/// A tag with its attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Page {
    pub fn read(path: &Path) -> Self {
        Self::parse(std::fs::read_to_string(path).unwrap())
    }

    pub fn parse(html: String) -> Self {
        let (mut tags, mut text) = (Vec::new(), String::new());
        let mut rest = html.as_str();
        while let Some(start) = rest.find('<') {
            text.push_str(&rest[..start]);
            text.push(' ');
            let inside = &rest[start + 1..];
            let end = end_of_tag(inside);
            let tag = &inside[..end];
            rest = &inside[end + 1..];
            if tag.starts_with(['/', '!']) {
                assert!(tag.starts_with('/') || tag == "!DOCTYPE html", "{tag}");
                continue;
            }
            tags.push(Tag::parse(tag));
            if tag == "style" {
                rest = &rest[rest.find("</style>").unwrap()..];
            }
        }
        text.push_str(rest);
        Self { html, tags, text }
    }

    /// What a person reads, with one space between words.
    pub fn text(&self) -> String {
        let text = self.text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// How many tags of that name have an attribute of that value.
    pub fn count(&self, name: &str, attribute: &str, value: &str) -> usize {
        let has = |tag: &&Tag| tag.name == name && tag.attribute(attribute) == Some(value);
        self.tags.iter().filter(has).count()
    }

    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter_map(|tag| tag.attribute("href"))
    }

    /// Expects that nothing is loaded or run, that every id is there once, and that every link leads to one.
    pub fn is_harmless(&self) {
        let mut ids = HashSet::new();
        for Tag { name, attributes } in &self.tags {
            assert!(TAGS.contains(&name.as_str()), "<{name}>");
            for (attribute, value) in attributes {
                assert!(ATTRIBUTES.contains(&attribute.as_str()), "<{name} {attribute}={value:?}>");
                assert!(attribute != "id" || ids.insert(value), "the id {value} is there twice");
                assert!(attribute != "content" || !value.contains("url="), "{value}");
            }
        }
        for link in self.links() {
            let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads elsewhere"));
            assert!(ids.contains(&target.to_owned()), "{link} leads nowhere");
        }
        let style = self.html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains('<'), "{style}");
        assert_eq!(self.count("meta", "http-equiv", "Content-Security-Policy"), 1);
    }
}

impl Tag {
    fn parse(tag: &str) -> Self {
        let (name, mut rest) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while !rest.trim().is_empty() {
            rest = rest.trim_start();
            let end = rest.find(['=', ' ']).unwrap_or(rest.len());
            assert!(end > 0, "a value without quotes: <{tag}>");
            let attribute = rest[..end].to_owned();
            match rest[end..].strip_prefix("=\"") {
                Some(value) => {
                    let close = value.find('"').unwrap();
                    attributes.push((attribute, value[..close].to_owned()));
                    rest = &value[close + 1..];
                }
                None => {
                    attributes.push((attribute, String::new()));
                    rest = &rest[end..];
                }
            }
        }
        Self { name: name.to_owned(), attributes }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Where a tag ends: at the first `>` that is not within a value.
fn end_of_tag(inside: &str) -> usize {
    let mut in_value = false;
    for (place, character) in inside.char_indices() {
        match character {
            '"' => in_value = !in_value,
            '>' if !in_value => return place,
            _ => {}
        }
    }
    panic!("a tag without an end: {}", &inside[..inside.len().min(80)]);
}

#[test]
#[should_panic(expected = "<script>")]
fn a_script_is_found() {
    Page::parse("<!DOCTYPE html><html><style></style><script>x</script></html>".to_owned()).is_harmless();
}

#[test]
#[should_panic(expected = "onclick")]
fn an_attribute_that_runs_something_is_found() {
    Page::parse("<p onclick=\"x\">y</p><style></style>".to_owned()).is_harmless();
}
