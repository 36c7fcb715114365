//! Makes blocks of a page's text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::annotation::Annotation;
use super::blocks::{BlockKind, Comment, Fence, Label, PageBlock, Section};
use super::source::{PageSource, Span};
use super::words;

/// The blocks of a page and its sections.
#[derive(Debug)]
pub struct ReadPage {
    /// The blocks, in the order of the text.
    pub blocks: Vec<PageBlock>,
    /// The sections, in the order of the text.
    pub sections: Vec<Section>,
}

/// Reads the text of a page. Tabs of other languages than HTTP are left out, and so is what stands in comments.
pub fn read(source: &PageSource) -> ReadPage {
    let mut reader = PageReader::new(source);
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for (event, span) in Parser::new_ext(&source.text, options).into_offset_iter() {
        reader.take(&event, span);
    }
    reader.prose_until(source.text.len());
    ReadPage { blocks: reader.blocks, sections: reader.sections }
}

/// So many characters of a heading are its title: what is longer is no title.
const LONGEST_TITLE: usize = 300;

/// A tab of one language.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    /// The text is in no tab.
    Outside,
    /// The tab of HTTP.
    Http,
    /// The tab of another language.
    Other,
}

struct PageReader<'a> {
    source: &'a PageSource,
    blocks: Vec<PageBlock>,
    sections: Vec<Section>,
    tab: Tab,
    /// Up to where the text is read.
    done: usize,
    /// An annotation that waits for its fence.
    annotation: Option<Annotation>,
}

impl<'a> PageReader<'a> {
    fn new(source: &'a PageSource) -> Self {
        let first = Section { level: 0, title: String::new(), span: 0..0, parent: None, label: None };
        Self { source, blocks: Vec::new(), sections: vec![first], tab: Tab::Outside, done: 0, annotation: None }
    }

    fn take(&mut self, event: &Event<'_>, span: Span) {
        if span.start < self.done {
            return;
        }
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading(*level, span),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.fence(info, span),
            Event::Start(Tag::MetadataBlock(_)) => self.block(BlockKind::FrontMatter, span),
            Event::Start(Tag::HtmlBlock) => self.html(span),
            Event::InlineHtml(_) if self.source.slice(&span).starts_with("<!--") => self.html(span),
            Event::Rule => {
                self.prose_until(span.start);
                self.tab = Tab::Outside;
                self.done = span.end;
            }
            _ => {}
        }
    }

    fn section(&self) -> usize {
        self.sections.len() - 1
    }

    fn block(&mut self, kind: BlockKind, span: Span) {
        self.prose_until(span.start);
        self.done = span.end.max(self.done);
        if self.tab != Tab::Other {
            self.blocks.push(PageBlock { section: self.section(), span, kind });
        }
    }

    fn heading(&mut self, level: HeadingLevel, span: Span) {
        let text = self.source.slice(&span).trim();
        if let Some(tab) = tab_of(text) {
            self.prose_until(span.start);
            self.tab = tab;
            self.done = span.end;
            return;
        }
        // A rule under a line that is no heading makes one of it: it ends a group of tabs.
        if !text.starts_with('#') && self.tab != Tab::Outside {
            self.prose_until(span.start);
            self.tab = Tab::Outside;
            self.done = span.end;
            return;
        }
        self.prose_until(span.start);
        self.tab = Tab::Outside;
        self.annotation = None;
        let level = level as u8;
        let title = plain_title(text);
        let parent = parent_of(&self.sections, level);
        let label = label_of(text, &title);
        self.sections.push(Section { level, title, span: span.clone(), parent: Some(parent), label });
        self.block(BlockKind::Heading, span);
    }

    fn fence(&mut self, info: &str, span: Span) {
        let text = self.source.slice(&span);
        let first = text.find('\n').map_or(text.len(), |end| end + 1);
        let mark = text.trim_start().chars().next().unwrap_or('`');
        let width = text.trim_start().chars().take_while(|c| *c == mark).count();
        let closing = text.trim_end().rfind('\n').map_or(text.len(), |line| line + 1).max(first);
        let last = text.get(closing..).unwrap_or_default().trim().trim_start_matches(['>', ' ']);
        let is_closed = last.len() >= width && last.chars().all(|c| c == mark);
        let content = span.start + first..span.start + if is_closed { closing } else { text.len() };
        let annotation = self.annotation.take();
        let info = info.trim().to_lowercase();
        self.block(BlockKind::Fence(Fence { info, content, is_closed, annotation }), span);
    }

    fn html(&mut self, span: Span) {
        let mut at = span.start;
        while let Some(open) = self.source.slice(&(at..span.end)).find("<!--").map(|open| at + open) {
            let inner = self.source.slice(&(open..span.end)).get("<!--".len()..).unwrap_or_default();
            let start = open + "<!--".len();
            let (content, end, is_closed) = match inner.find("-->") {
                Some(length) => (start..start + length, start + length + "-->".len(), true),
                None => (start..span.end, span.end, false),
            };
            self.comment(open..end, content, is_closed);
            at = end;
        }
        if at == span.start {
            // Other HTML is prose.
            return;
        }
        self.done = self.done.max(at);
    }

    fn comment(&mut self, span: Span, content: Span, is_closed: bool) {
        if let Some(annotation) = Annotation::parse(self.source, span.clone(), &content) {
            self.prose_until(span.start);
            self.done = span.end;
            self.annotation = Some(annotation);
            return;
        }
        self.block(BlockKind::Comment(Comment { content, is_closed }), span);
    }

    /// Makes prose of the lines up to a byte: a block a paragraph or item of a list.
    fn prose_until(&mut self, end: usize) {
        let start = self.done;
        self.done = self.done.max(end);
        if self.tab == Tab::Other || start >= end {
            return;
        }
        let mut open: Option<Span> = None;
        let mut at = start;
        for line in self.source.slice(&(start..end)).split_inclusive('\n') {
            let bare = line.trim_start_matches([' ', '\t', '>']);
            let is_text = !bare.trim().is_empty() && !bare.starts_with("[!INCLUDE") && !bare.starts_with(":::");
            let from = at + line.len() - bare.len();
            let to = at + line.trim_end().len();
            at += line.len();
            if !is_text || begins_item(bare) {
                self.push_prose(open.take());
            }
            if is_text {
                open = Some(open.map_or(from..to, |open| open.start..to));
            }
        }
        self.push_prose(open);
    }

    fn push_prose(&mut self, span: Option<Span>) {
        let Some(span) = span.filter(|span| !span.is_empty()) else { return };
        // What stands between an annotation and a fence keeps them apart.
        self.annotation = None;
        self.blocks.push(PageBlock { section: self.section(), span, kind: BlockKind::Prose });
    }
}

/// The tab that a heading opens: `# [HTTP](#tab/http)`.
fn tab_of(heading: &str) -> Option<Tab> {
    let (_, link) = heading.split_once("](#tab/")?;
    let name = link.split([')', '/']).next().unwrap_or_default().to_lowercase();
    Some(if name == "http" { Tab::Http } else { Tab::Other })
}

/// Returns whether a line begins an item of a list.
fn begins_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < line.len() && (number.starts_with(". ") || number.starts_with(") "));
    is_numbered || ["- ", "+ ", "* ", "|"].iter().any(|mark| line.starts_with(mark))
}

fn parent_of(sections: &[Section], level: u8) -> usize {
    let mut at = sections.len() - 1;
    while let Some(section) = sections.get(at).filter(|section| section.level >= level) {
        at = section.parent.unwrap_or(0);
    }
    at
}

/// The text of a heading without marks, anchors, links and emphasis.
fn plain_title(heading: &str) -> String {
    let mut out = String::new();
    let heading = heading.lines().next().unwrap_or_default();
    let cut = heading.char_indices().nth(LONGEST_TITLE).map_or(heading.len(), |(index, _)| index);
    let heading = &heading[..cut];
    let mut rest = heading.trim_start_matches('#').trim_end_matches('#').trim();
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '<' => rest.find('>').map(|end| end + 1),
            ']' if rest.starts_with("](") => rest.find(')').map(|end| end + 1),
            _ => None,
        };
        if skipped.is_none() && !matches!(c, '*' | '`') {
            out.push(c);
        }
        rest = &rest[skipped.unwrap_or(c.len_utf8())..];
    }
    // The brackets of a link are gone with its address; those of `[Optional]` stay.
    let out = if heading.contains("](") { out.replacen('[', "", 1) } else { out };
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the label of a heading: by its words, or by the anchor that translators keep in English.
fn label_of(heading: &str, title: &str) -> Option<Label> {
    let anchor = heading.split_once("<a name=").map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
    let anchor = anchor.and_then(|rest| rest.split(['"', '\'', '>']).next()).unwrap_or_default();
    let anchor = anchor.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    let title = title.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let title = title.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let is_one = |words: &[&str]| words.contains(&title) || words.contains(&anchor);
    if is_one(words::REQUEST) {
        return Some(Label::Request);
    }
    is_one(words::ANSWER).then_some(Label::Answer)
}
