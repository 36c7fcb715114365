//! Requests that stand in the text, not in a fence.

use super::Page;
use super::blocks::BlockKind;
use super::classify::is_method;
use super::prose::emphasised;
use super::source::Span;

/// A request that the text tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProseRequest {
    /// The place where the text tells of it.
    pub span: Span,
    /// The section in which it stands.
    pub section: usize,
    /// The method: `GET` where only a URL of Graph is named.
    pub method: String,
    /// The URL.
    pub url: String,
}

/// The requests of which the text of a page tells: a method and a URL of Graph, or such a URL by itself as code.
pub fn prose_requests(page: &Page) -> Vec<ProseRequest> {
    let mut found = Vec::new();
    for block in page.blocks.iter().filter(|block| block.kind == BlockKind::Prose) {
        let text = page.source.slice(&block.span);
        if !text.contains("graph.microsoft") && !text.contains("`/") && !text.contains(" /") {
            continue;
        }
        for word in emphasised(text).into_iter().filter(|word| word.is_code) {
            let (method, url) = match word.text.split_once(' ') {
                Some((method, url)) if is_method(method) => (method, url.trim()),
                _ => (method_before(&text[..word.span.start]).unwrap_or("GET"), word.text),
            };
            let has_method = word.text.starts_with(method) || method_before(&text[..word.span.start]).is_some();
            let is_url = url.contains("://graph.microsoft") && !url.contains("$metadata");
            // Where only a URL is named, a request that the page prints is meant.
            if !has_method && page.exchanges.iter().any(|exchange| is_same_path(&exchange.request.url, url)) {
                continue;
            }
            if is_url || (has_method && url.starts_with('/')) {
                let span = block.span.start + word.span.start..block.span.start + word.span.end;
                let (method, url) = (method.to_owned(), url.to_owned());
                found.push(ProseRequest { span, section: block.section, method, url });
            }
        }
    }
    found
}

/// Returns whether two URLs differ in their queries at most.
fn is_same_path(one: &str, other: &str) -> bool {
    let path = |url: &str| url.split('?').next().unwrap_or_default().trim_end_matches('/').to_lowercase();
    path(one) == path(other)
}

/// The method right before a URL: `GET`, with a word such as *on* between them.
fn method_before(text: &str) -> Option<&str> {
    let mut words = text.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.by_ref().take(2).find(|word| is_method(word))
}
