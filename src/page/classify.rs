//! Which fences are requests, answers, or a part of one.

use graphwalk_catalog::Method;

use super::annotation::Annotation;
use super::blocks::{Fence, Label, PageBlock};
use super::json::{PageJson, ReadJson};
use super::read::ReadPage;
use super::source::{PageSource, Span};

/// The message that a fence turned out to be.
#[derive(Debug)]
pub enum PrintedMessage {
    /// One request or several.
    Requests(Vec<PrintedRequest>),
    /// An answer.
    Answer(PrintedAnswer),
    /// A body alone: that of the request before it, or an answer.
    Body(LooseBody),
}

/// A body that stands in a fence of its own.
#[derive(Debug)]
pub struct LooseBody {
    /// The fence, as an answer.
    pub answer: PrintedAnswer,
    /// The label that the annotation or the heading over it gives.
    pub label: Option<Label>,
}

/// A request as it is printed.
#[derive(Clone, Debug)]
pub struct PrintedRequest {
    /// Its lines.
    pub span: Span,
    /// The section in which it stands.
    pub section: usize,
    /// The method, in capitals.
    pub method: String,
    /// The URL as it is printed.
    pub url: String,
    /// The place of the URL.
    pub url_span: Span,
    /// Its headers.
    pub headers: Vec<PrintedHeader>,
    /// Its body.
    pub body: Option<PrintedBody>,
    /// The annotation of its fence.
    pub annotation: Option<Annotation>,
}

/// An answer as it is printed.
#[derive(Clone, Debug)]
pub struct PrintedAnswer {
    /// Its fence.
    pub span: Span,
    /// The section in which it stands.
    pub section: usize,
    /// The line with its status, if there is one.
    pub status: Option<StatusLine>,
    /// Its headers.
    pub headers: Vec<PrintedHeader>,
    /// Its body.
    pub body: Option<PrintedBody>,
    /// The annotation of its fence.
    pub annotation: Option<Annotation>,
}

/// A line such as `HTTP/1.1 201 Created`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// Its place in the page.
    pub span: Span,
    /// The code.
    pub code: u16,
    /// The reason that stands beside it.
    pub reason: String,
    /// Whether it begins with the version of HTTP.
    pub is_http: bool,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedHeader {
    /// Its place in the page.
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A body.
#[derive(Clone, Debug)]
pub struct PrintedBody {
    /// Its place in the page.
    pub span: Span,
    /// The JSON that was read of it; nothing if it is none and was not meant as such.
    pub json: Option<ReadJson>,
}

impl PrintedBody {
    /// The value, where the body is JSON or could be made to be.
    pub fn value(&self) -> Option<&PageJson> {
        self.json.as_ref()?.value.as_ref()
    }

    fn read(source: &PageSource, span: &Span) -> Option<Self> {
        let text = source.slice(span);
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        let start = span.start + (text.len() - text.trim_start().len());
        let is_json = trimmed.starts_with(['{', '[']);
        let json = is_json.then(|| ReadJson::read(trimmed, start));
        Some(Self { span: start..start + trimmed.len(), json })
    }
}

/// The value of a header by its name, in any case.
pub fn header<'a>(headers: &'a [PrintedHeader], name: &str) -> Option<&'a PrintedHeader> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))
}

/// The requests and answers of a page, in its order.
pub fn classify(source: &PageSource, page: &ReadPage) -> Vec<PrintedMessage> {
    page.blocks.iter().filter_map(|block| message(source, page, block, block.fence()?)).collect()
}

fn message(source: &PageSource, page: &ReadPage, block: &PageBlock, fence: &Fence) -> Option<PrintedMessage> {
    let is_ignored = fence.annotation.as_ref().and_then(Annotation::block_type).is_some_and(|ty| {
        ["ignored", "example", "resource", "samplefile"].iter().any(|word| ty.eq_ignore_ascii_case(word))
    });
    if is_ignored || !is_wire_language(&fence.info) {
        return None;
    }
    let lines = StretchLines::new(source, &fence.content);
    let is_told = |line: &Span| is_remark(source.slice(line)) || source.slice(line).trim().is_empty();
    let first = lines.clone().find(|line| !is_told(line))?;
    if request_line(source, &first).is_some() {
        return Some(PrintedMessage::Requests(requests(source, block, fence, lines)));
    }
    let label = label(page, block, fence);
    let text = source.slice(&first).trim();
    if status_line(text, first.start).is_some() {
        return Some(PrintedMessage::Answer(answer(source, block, fence, lines)));
    }
    // A fence in another language than HTTP or JSON, or the headers of an answer without its status.
    if !text.starts_with(['{', '[']) && label != Some(Label::Answer) {
        return None;
    }
    let answer = answer(source, block, fence, lines);
    Some(PrintedMessage::Body(LooseBody { answer, label }))
}

/// Returns whether a line before a body speaks to the reader: `// Line breaks are for legibility only.`
fn is_remark(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Returns whether a fence of this language may show what goes over the wire.
fn is_wire_language(info: &str) -> bool {
    let word = info.split([' ', ',', '{']).next().unwrap_or_default();
    ["", "http", "https", "json", "jsonc", "json5", "msgraph-interactive", "msgraph", "rest", "text", "txt", "output"]
        .contains(&word)
}

fn label(page: &ReadPage, block: &PageBlock, fence: &Fence) -> Option<Label> {
    match fence.annotation.as_ref().and_then(Annotation::block_type) {
        Some("request") => return Some(Label::Request),
        Some("response" | "simulatedResponse") => return Some(Label::Answer),
        _ => {}
    }
    page.sections.get(block.section).and_then(|section| section.label)
}

/// Returns whether a word is a method of HTTP that Graph answers, written as HTTP has it: in capitals.
pub fn is_method(word: &str) -> bool {
    word == "HEAD" || word.parse::<Method>().is_ok_and(|method| method.name() == word)
}

/// The method of a line, and where the URL stands. What follows the URL is its version of HTTP, or a body. A method in small letters is
/// one before what can be nothing but a URL.
fn request_line(source: &PageSource, line: &Span) -> Option<(String, Span)> {
    let text = source.slice(line);
    let trimmed = text.trim_start();
    let (method, rest) = trimmed.split_once([' ', '\t'])?;
    let is_capital = is_method(method);
    let method = method.to_ascii_uppercase();
    if !is_method(&method) {
        return None;
    }
    let url = rest.trim_start();
    let start = line.start + (text.len() - trimmed.len()) + (trimmed.len() - url.len());
    let mut end = url.trim_end().len();
    if let Some(body) = [" {\"", " {\n", " { "].iter().filter_map(|mark| url.find(mark)).min() {
        end = end.min(body);
    } else if url.trim_end().ends_with(" {") {
        end = url.trim_end().len() - " {".len();
    }
    if let Some(version) = url[..end].rfind(" HTTP/") {
        end = version;
    }
    let url = url[..end].trim_end();
    let begins = url.starts_with(['/', '{', '<']) || url.contains("://") || url.contains('/') || is_bare_name(url);
    let is_surely = is_capital || url.starts_with('/') || url.contains("://");
    (begins && is_surely && !url.is_empty()).then(|| (method, start..start + url.len()))
}

/// Returns whether a URL is one word, such as `users` or `me?$select=id`.
fn is_bare_name(url: &str) -> bool {
    let name = url.split('?').next().unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '(' | ')' | '\''))
}

/// `HTTP/1.1 204 No Content`, `No Content - 204`, `204 No Content`.
fn status_line(text: &str, start: usize) -> Option<StatusLine> {
    let code = |word: &str| word.parse::<u16>().ok().filter(|code| word.len() == 3 && (100..600).contains(code));
    let span = start..start + text.len();
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if first.get(..5).is_some_and(|http| http.eq_ignore_ascii_case("HTTP/")) {
        let rest = rest.trim();
        let (number, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let code = code(number)?;
        return Some(StatusLine { span, code, reason: reason.trim().to_owned(), is_http: true });
    }
    if let Some(code) = code(first) {
        let is_reason = rest.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '-');
        return is_reason.then(|| StatusLine { span, code, reason: rest.trim().to_owned(), is_http: false });
    }
    let (reason, number) = text.rsplit_once(" - ").or_else(|| text.rsplit_once(": "))?;
    let is_reason = reason.chars().all(|c| c.is_alphabetic() || c == ' ');
    let code = code(number.trim()).filter(|_| is_reason)?;
    Some(StatusLine { span, code, reason: reason.trim().to_owned(), is_http: false })
}

fn requests(source: &PageSource, block: &PageBlock, fence: &Fence, lines: StretchLines<'_>) -> Vec<PrintedRequest> {
    let mut found: Vec<PrintedRequest> = Vec::new();
    let mut body: Option<usize> = None;
    for line in lines {
        let text = source.slice(&line);
        // In a body nothing begins a request: a batch has such lines in it.
        let begins = if body.is_some() { None } else { request_line(source, &line) };
        if let Some((method, url_span)) = begins {
            let rest = url_span.end..line.end;
            let is_body = source.slice(&rest).trim_start().starts_with('{');
            body = is_body.then_some(rest.start);
            found.push(PrintedRequest {
                span: line.clone(),
                section: block.section,
                method,
                url: source.slice(&url_span).to_owned(),
                url_span,
                headers: Vec::new(),
                body: None,
                annotation: fence.annotation.clone(),
            });
            continue;
        }
        let Some(last) = found.last_mut() else { continue };
        last.span.end = line.end.max(last.span.end);
        if body.is_some() || text.trim().is_empty() || is_remark(text) {
            continue;
        }
        match header_line(source, &line) {
            Some((header, rest)) => {
                last.headers.push(header);
                body = rest;
            }
            None if last.headers.is_empty() && text.trim_start().starts_with(['?', '&', '/']) => {
                // A URL over several lines.
                last.url.push_str(text.trim());
                last.url_span.end = line.start + text.trim_end().len();
            }
            None => body = Some(line.start),
        }
    }
    if let (Some(start), Some(last)) = (body, found.last_mut()) {
        last.body = PrintedBody::read(source, &(start..fence.content.end));
    }
    found
}

fn answer(source: &PageSource, block: &PageBlock, fence: &Fence, lines: StretchLines<'_>) -> PrintedAnswer {
    let mut answer = PrintedAnswer {
        span: block.span.clone(),
        section: block.section,
        status: None,
        headers: Vec::new(),
        body: None,
        annotation: fence.annotation.clone(),
    };
    for line in lines {
        let text = source.slice(&line);
        if text.trim().is_empty() || is_remark(text) {
            continue;
        }
        let start = line.start + (text.len() - text.trim_start().len());
        if answer.status.is_none() && answer.headers.is_empty() {
            answer.status = status_line(text.trim(), start);
            if answer.status.is_some() {
                continue;
            }
        }
        let body = match header_line(source, &line) {
            Some((header, rest)) => {
                answer.headers.push(header);
                rest
            }
            None => Some(line.start),
        };
        if let Some(start) = body {
            answer.body = PrintedBody::read(source, &(start..fence.content.end));
            break;
        }
    }
    answer
}

/// A header, and where a body begins on the same line.
fn header_line(source: &PageSource, line: &Span) -> Option<(PrintedHeader, Option<usize>)> {
    let text = source.slice(line);
    let trimmed = text.trim_start();
    let start = line.start + (text.len() - trimmed.len());
    let (name, value) = trimmed.split_once(':')?;
    let is_name =
        !name.is_empty() && name.trim_end().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_name {
        return None;
    }
    let body = value.find('{').filter(|at| value[*at..].contains(['"', '\n']) || value[*at..].trim() == "{");
    let value_text = body.map_or(value, |at| &value[..at]);
    let header = PrintedHeader {
        span: start..start + name.len() + 1 + value_text.trim_end().len(),
        name: name.trim_end().to_owned(),
        value: value_text.trim().to_owned(),
    };
    Some((header, body.map(|at| start + name.len() + 1 + at)))
}

/// The lines of a stretch without their line breaks.
#[derive(Clone)]
struct StretchLines<'a> {
    source: &'a PageSource,
    at: usize,
    end: usize,
}

impl<'a> StretchLines<'a> {
    fn new(source: &'a PageSource, span: &Span) -> Self {
        Self { source, at: span.start, end: span.end }
    }
}

impl Iterator for StretchLines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        if self.at >= self.end {
            return None;
        }
        let rest = self.source.slice(&(self.at..self.end));
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let span = self.at..self.at + line.len();
        self.at += length.max(1);
        Some(span)
    }
}
