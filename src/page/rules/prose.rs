//! What the text between the blocks tells, held against the blocks.

use std::collections::{HashMap, HashSet};

use crate::page::Page;
use crate::page::blocks::{BlockKind, PageBlock, step_of, titled};
use crate::page::json::PageJson;
use crate::page::prose::{emphasised, is_property_like, is_value_like, sentences, step_number};
use crate::page::prose_request::prose_requests;
use crate::page::source::Span;
use crate::page::told_steps::told_steps;
use crate::page::words;

use super::Finding;
use super::bodies::bodies;

fn prose(page: &Page) -> impl Iterator<Item = (&PageBlock, &str)> {
    let blocks = page.blocks.iter().filter(|block| block.kind == BlockKind::Prose);
    blocks.map(|block| (block, page.source.slice(&block.span)))
}

fn span_in(block: &PageBlock, start: usize, text: &str) -> Span {
    let lead = text.len() - text.trim_start().len();
    let start = block.span.start + start + lead;
    start..start + text.trim().len()
}

/// The names of the properties in a body.
fn names_in(body: &PageJson, names: &mut HashSet<String>) {
    body.walk(&mut |_, member, _| {
        if let Some(member) = member.filter(|member| !names.contains(&member.name)) {
            names.insert(member.name.clone());
        }
    });
}

pub(super) fn step_wrong(page: &Page) -> Vec<Finding> {
    let mut numbered: HashMap<u32, usize> = HashMap::new();
    for (index, section) in page.sections.iter().enumerate().filter(|(_, section)| section.level <= 2) {
        if let Some((_, number)) = step_number(&section.title, words::STEP) {
            numbered.entry(number).or_insert(index);
        }
    }
    let mut all = HashSet::new();
    bodies(page).filter_map(|body| body.value()).for_each(|body| names_in(body, &mut all));
    let mut found = Vec::new();
    for (block, text) in prose(page).filter(|_| !numbered.is_empty()) {
        for (start, sentence) in sentences(text).into_iter().filter(|(_, text)| words::has_one(text, words::REPEAT)) {
            let Some((_, number)) = step_number(sentence, words::STEP) else { continue };
            let span = span_in(block, start, sentence);
            // A number that no heading has may be that of a line in a list.
            let Some(step) = numbered.get(&number) else { continue };
            let named: Vec<&str> = emphasised(sentence).into_iter().map(|word| word.text).collect();
            let named: Vec<&str> =
                named.into_iter().filter(|word| is_property_like(word) && all.contains(*word)).collect();
            let shown = shown_in(page, *step);
            if !named.is_empty() && named.iter().all(|name| !shown.contains(*name)) {
                let message = format!("Step {number} does not show `{}`", named.join("`, `"));
                let heading = page.sections.get(*step).map(|section| section.span.clone()).unwrap_or_default();
                found.push(Finding::new(span, message).related(heading, format!("Step {number}")));
            }
        }
    }
    found
}

/// The names of the properties that a step shows.
fn shown_in(page: &Page, step: usize) -> HashSet<String> {
    let mut names = HashSet::new();
    for exchange in page.exchanges.iter().filter(|exchange| step_of(&page.sections, exchange.request.section) == step) {
        let answer = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref());
        for body in exchange.request.body.iter().chain(answer).filter_map(|body| body.value()) {
            names_in(body, &mut names);
        }
    }
    names
}

/// The content of the answers of a section: names of properties in lower case, and texts.
#[derive(Default)]
struct AnswerContent<'a> {
    names: HashSet<String>,
    texts: HashSet<&'a str>,
}

pub(super) fn value_missing(page: &Page) -> Vec<Finding> {
    let mut held: HashMap<usize, AnswerContent<'_>> = HashMap::new();
    let mut names: HashSet<&str> = HashSet::new();
    for exchange in &page.exchanges {
        let Some(answer) = &exchange.answer else { continue };
        let Some(body) = answer.body.as_ref().and_then(|body| body.value()) else { continue };
        let section = held.entry(titled(&page.sections, answer.section)).or_default();
        body.walk(&mut |_, member, value| {
            let (Some(member), Some(text)) = (member, value.text()) else { return };
            section.names.insert(member.name.to_lowercase());
            section.texts.insert(text);
            if member.name.ends_with("isplayName") {
                names.insert(text);
            }
        });
    }
    let mut found = Vec::new();
    for (block, text) in prose(page) {
        let Some(held) = held.get(&titled(&page.sections, block.section)) else { continue };
        for (start, sentence) in sentences(text) {
            let tells = words::has_one(sentence, words::IN_THE_ANSWER) && !words::is_conditional(sentence);
            if !tells || !names_a_property(sentence, &held.names) {
                continue;
            }
            for word in emphasised(sentence).into_iter().filter(|word| is_value_like(word.text)) {
                if !held.texts.contains(word.text) && !names.contains(word.text) {
                    let at = block.span.start + start + word.span.start;
                    let message = format!("the answer beside it does not hold `{}`", word.text);
                    found.push(Finding::new(at..at + word.text.len(), message));
                }
            }
        }
    }
    found
}

/// Returns whether a sentence has the name of a property, or its last word: `status` of `requestStatus`.
fn names_a_property(sentence: &str, names: &HashSet<String>) -> bool {
    const SHORTEST: usize = 5;
    let lower = sentence.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= SHORTEST);
    words.into_iter().any(|word| names.iter().any(|name| name.ends_with(word)))
}

pub(super) fn wait(page: &Page) -> Vec<Finding> {
    let waits = prose(page).filter_map(|(block, text)| {
        let waits = |sentence: &str| {
            let plain = sentence.replace(['*', '`'], "");
            words::has_one(&plain, words::WAIT) || words::tells_of_time(&plain)
        };
        let (start, sentence) = sentences(text).into_iter().find(|(_, sentence)| waits(sentence))?;
        Some(Finding::new(span_in(block, start, sentence), "a wait that only the text tells of"))
    });
    waits.collect()
}

pub(super) fn step_without_request(page: &Page) -> Vec<Finding> {
    let steps: HashSet<usize> =
        page.exchanges.iter().map(|exchange| step_of(&page.sections, exchange.request.section)).collect();
    let told = told_steps(page).into_iter().filter(|index| !steps.contains(index));
    let sections = told.filter_map(|index| page.sections.get(index));
    sections
        .map(|section| Finding::new(section.span.clone(), "a step without a request: a person does what the text says"))
        .collect()
}

pub(super) fn request(page: &Page) -> Vec<Finding> {
    let told = prose_requests(page);
    told.into_iter()
        .map(|request| {
            Finding::new(request.span, format!("{} {} is told in the text only", request.method, request.url))
        })
        .collect()
}

pub(super) fn shortened(page: &Page) -> Vec<Finding> {
    let Some((block, text)) = prose(page).find(|(_, text)| words::has_one(text, words::SHORTENED)) else {
        return Vec::new();
    };
    let sentence = sentences(text).into_iter().find(|(_, sentence)| words::has_one(sentence, words::SHORTENED));
    let span = sentence.map_or(block.span.clone(), |(start, sentence)| span_in(block, start, sentence));
    vec![Finding::new(span, "answers are shortened: what they lack is not checked")]
}
