//! Which calls are one step of the tutorial, and which one scenario.

use std::collections::BTreeMap;

use crate::page::Page;
use crate::page::blocks::{step_of, titled};
use crate::page::told_steps::told_steps;
use crate::page::words;

use super::Notes;
use super::call::ImportedCall;
use super::feature::{FeatureText, ScenarioText, call_lines, title};
use super::links::Linked;
use super::vocabulary::person_act;

/// One step: its section, and the numbers of its calls.
struct StepPlan {
    section: usize,
    calls: Vec<usize>,
    is_clean_up: bool,
}

/// The features of a page: file name and text.
pub fn features(page: &Page, calls: &[ImportedCall], linked: &Linked, notes: &mut Notes) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let plans = plans(page, calls);
    for plan in &plans {
        let name = unique(&step_title(page, plan.section), names.iter().map(String::as_str));
        let mut comments = vec![format!("Imported from {}: see import.md for what was inferred.", page.source.file)];
        let mut scenarios = Vec::new();
        for (scenario, numbers) in groups(page, calls, plan) {
            let mut lines = Vec::new();
            for number in numbers {
                let call = &calls[number];
                match &call.left_out {
                    Some(reason) => comments.push(format!(
                        "Left out, line {}: {} {}: {reason}.",
                        call.line, call.method, call.address.text
                    )),
                    None => lines.extend(call_lines(page, call, &linked.calls[number])),
                }
            }
            if !lines.is_empty() {
                let name = unique(&scenario, scenarios.iter().map(|other: &ScenarioText| other.name.as_str()));
                scenarios.push(ScenarioText { name, lines });
            }
        }
        if plan.calls.is_empty() {
            scenarios.extend(act(page, plan.section, &name, notes));
        }
        if scenarios.is_empty() {
            continue;
        }
        let number = found.len() + 1;
        let mut tags = vec![format!("step-{number}")];
        if plan.is_clean_up {
            tags.push("clean-up".to_owned());
        }
        if is_optional(page, plan.section) {
            match needed_later(page, plan, &plans, linked) {
                None => tags.push("optional".to_owned()),
                Some(needed) => {
                    let line =
                        page.sections.get(plan.section).map_or(1, |section| page.source.line(section.span.start));
                    notes.inferred(
                        line,
                        format!("the step is optional on the page, but a later one needs {needed}: it is played"),
                    );
                }
            }
        }
        let file = format!("{number:02}-{}.feature", slug(&name));
        found.push((file, FeatureText { name: &name, tags, comments, scenarios }.render()));
        names.push(name);
    }
    found
}

/// The steps in the order of the page: sections with calls, and those between them in which a person acts.
fn plans(page: &Page, calls: &[ImportedCall]) -> Vec<StepPlan> {
    let mut steps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, call) in calls.iter().enumerate() {
        steps.entry(step_of(&page.sections, call.section)).or_default().push(number);
    }
    let Some(last) = steps.keys().next_back().copied() else { return Vec::new() };
    for section in told_steps(page) {
        steps.entry(section).or_default();
    }
    let mut plans = Vec::new();
    for (section, mut numbers) in steps {
        let deletes = |number: &usize| calls[*number].method == "DELETE";
        let is_named = is_clean_up_title(page, section);
        let is_clean_up = section == last && (is_named || (!numbers.is_empty() && numbers.iter().all(deletes)));
        // Deletions at the end of a step that does something else are a clean-up of their own.
        let kept = numbers.len() - numbers.iter().rev().take_while(|number| deletes(number)).count();
        let trailing = if section == last && !is_clean_up { numbers.split_off(kept) } else { Vec::new() };
        plans.push(StepPlan { section, calls: numbers, is_clean_up });
        if !trailing.is_empty() {
            plans.push(StepPlan { section, calls: trailing, is_clean_up: true });
        }
    }
    plans
}

fn is_clean_up_title(page: &Page, section: usize) -> bool {
    page.sections.get(section).is_some_and(|section| words::has_one(&section.title, words::CLEAN_UP))
}

/// Returns what an optional step keeps and a later step that is not optional uses.
fn needed_later(page: &Page, plan: &StepPlan, plans: &[StepPlan], linked: &Linked) -> Option<String> {
    let later = plans.iter().skip_while(|other| other.section != plan.section).skip(1);
    let later = later.filter(|other| !is_optional(page, other.section)).flat_map(|other| &other.calls);
    let used: String = later
        .map(|number| &linked.calls[*number])
        .map(|call| format!("{}{}", call.path, call.body.as_ref().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let kept = plan.calls.iter().flat_map(|number| &linked.calls[*number].keeps).map(|(_, name)| format!("{{{name}}}"));
    kept.into_iter().find(|name| used.contains(name))
}

fn is_optional(page: &Page, section: usize) -> bool {
    let title = page.sections.get(section).map(|section| section.title.to_lowercase()).unwrap_or_default();
    words::OPTIONAL.iter().any(|word| title.contains(word))
}

/// The title of a step without its number.
fn step_title(page: &Page, section: usize) -> String {
    let whole = page.sections.get(section).map_or("", |section| section.title.as_str());
    let mut rest = whole.trim();
    // `[Optional] Step 4: …`: the tag says it.
    for mark in words::OPTIONAL {
        if rest.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark)) {
            rest = rest[mark.len()..].trim_start();
        }
    }
    let lower = rest.to_lowercase();
    if let Some(word) = words::STEP.iter().find(|word| lower.starts_with(*word)) {
        let behind = rest.get(word.len()..).unwrap_or_default().trim_start();
        let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            rest = &behind[digits..];
        }
    } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let rest = rest.trim_start_matches([':', '.', ')', '-', '\u{2013}', ' ']);
    let title = title(if rest.is_empty() { whole } else { rest });
    if title.is_empty() { "The calls of the page".to_owned() } else { title }
}

/// The scenarios of a step: the calls under one heading together, repeated ones each for itself.
fn groups(page: &Page, calls: &[ImportedCall], plan: &StepPlan) -> Vec<(String, Vec<usize>)> {
    let mut found: Vec<(String, usize, Vec<usize>)> = Vec::new();
    for number in &plan.calls {
        let call = &calls[*number];
        let section = titled(&page.sections, call.section);
        let name = match page.sections.get(section).filter(|_| section != plan.section) {
            Some(section) => title(&section.title),
            None => step_title(page, plan.section),
        };
        if let Some(own) = &call.title {
            found.push((title(&format!("{name}: {own}")), usize::MAX, vec![*number]));
            continue;
        }
        match found.last_mut().filter(|(_, last, _)| *last == section) {
            Some((_, _, numbers)) => numbers.push(*number),
            None => found.push((name, section, vec![*number])),
        }
    }
    found.into_iter().map(|(name, _, numbers)| (name, numbers)).collect()
}

/// A name that none of the others is.
fn unique<'a>(name: &str, others: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut count = 1;
    let mut unique = name.to_owned();
    while others.clone().any(|other| other == unique) {
        count += 1;
        unique = format!("{name} ({count})");
    }
    unique
}

/// A step without calls is what a person does.
fn act(page: &Page, section: usize, name: &str, notes: &mut Notes) -> Option<ScenarioText> {
    let line = page.sections.get(section).map_or(1, |section| page.source.line(section.span.start));
    match person_act(name) {
        Some(sentence) => {
            notes.open(line, format!("a person does this: {name}"));
            let lines =
                vec![format!("# {}:{line}, as the text tells it", page.source.file), format!("Given {sentence}")];
            Some(ScenarioText { name: name.to_owned(), lines })
        }
        None => {
            notes.open(line, format!("left to a person, and no feature is written for it: {name}"));
            None
        }
    }
}

/// A name for a file: ASCII, words joined by hyphens.
fn slug(name: &str) -> String {
    const LONGEST: usize = 50;
    let plain: String = name.to_lowercase().chars().map(unaccented).collect();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if !slug.is_empty() && slug.len() + word.len() >= LONGEST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug.truncate(LONGEST);
    if slug.is_empty() { "step".to_owned() } else { slug }
}

fn unaccented(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}
