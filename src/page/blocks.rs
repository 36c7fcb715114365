//! What a page consists of.

use super::annotation::Annotation;
use super::source::Span;

/// One block of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageBlock {
    /// Its place in the page.
    pub span: Span,
    /// The section in which it stands: an index into the page's sections. A heading stands in the section that it begins.
    pub section: usize,
    /// Its kind.
    pub kind: BlockKind,
}

/// The kind of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    /// The metadata before the text.
    FrontMatter,
    /// The heading of the block's section.
    Heading,
    /// A fenced text.
    Fence(Fence),
    /// A comment that is no annotation of a fence.
    Comment(Comment),
    /// A paragraph, or one item of a list.
    Prose,
}

/// A fenced text.
#[derive(Clone, Debug, PartialEq)]
pub struct Fence {
    /// The text behind the opening fence, trimmed and in lower case: `http`, `json`, nothing.
    pub info: String,
    /// The text between the fences.
    pub content: Span,
    /// Whether there is a closing fence.
    pub is_closed: bool,
    /// The annotation right before it.
    pub annotation: Option<Annotation>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// The text between its marks.
    pub content: Span,
    /// Whether it is closed.
    pub is_closed: bool,
}

/// The text under a heading up to the next one. The first section stands before the first heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The level of its heading, from 1; 0 before the first heading.
    pub level: u8,
    /// The text of its heading, without anchors, emphasis and links.
    pub title: String,
    /// The place of the heading.
    pub span: Span,
    /// The section around it.
    pub parent: Option<usize>,
    /// The announcement of the heading.
    pub label: Option<Label>,
}

/// An announcement by a heading that names no section of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// `### Request`
    Request,
    /// `### Response`
    Answer,
}

impl PageBlock {
    /// The fence, if it is one.
    pub fn fence(&self) -> Option<&Fence> {
        match &self.kind {
            BlockKind::Fence(fence) => Some(fence),
            _ => None,
        }
    }

    /// The comment, if it is one.
    pub fn comment(&self) -> Option<&Comment> {
        match &self.kind {
            BlockKind::Comment(comment) => Some(comment),
            _ => None,
        }
    }
}

/// The section of a step: the one of level 2 around a section, or the section itself where there is none.
pub fn step_of(sections: &[Section], section: usize) -> usize {
    let parent = |at: &usize| sections.get(*at).and_then(|section| section.parent);
    std::iter::successors(Some(section), parent).find(|at| sections.get(*at).is_some_and(|s| s.level <= 2)).unwrap_or(0)
}

/// The nearest section around one, or itself, whose heading is no mere label such as `Request`.
pub fn titled(sections: &[Section], section: usize) -> usize {
    let parent = |at: &usize| sections.get(*at).and_then(|section| section.parent);
    let mut around = std::iter::successors(Some(section), parent);
    around.find(|at| sections.get(*at).is_some_and(|section| section.label.is_none())).unwrap_or(0)
}
