//! Who calls: as the prose says who signs in.

use crate::page::Page;
use crate::page::blocks::{BlockKind, step_of};
use crate::page::prose::{emphasised, sentences};
use crate::page::words;

use super::Notes;
use super::call::ImportedCall;

/// The actor that every tutorial begins with.
const ADMINISTRATOR: &str = "administrator";

/// The words for the actor that every tutorial begins with.
const ADMINISTRATORS: [&str; 4] = ["admin", "original session", "first session", "main browser"];

/// Gives each call its actor.
pub fn assign(page: &Page, calls: &mut [ImportedCall], notes: &mut Notes) {
    let Some(first) = calls.iter().map(|call| step_of(&page.sections, call.section)).min() else { return };
    let people = people(calls);
    let mut changes: Vec<(usize, String)> = Vec::new();
    let mut current = ADMINISTRATOR.to_owned();
    let prose = page.blocks.iter().filter(|block| block.kind == BlockKind::Prose);
    // What stands before the first step is about who reads the page.
    for block in prose.filter(|block| step_of(&page.sections, block.section) >= first) {
        let text = page.source.slice(&block.span);
        let line = page.source.line(block.span.start);
        let Some(actor) = actor_of(text, &people, &current) else { continue };
        match actor {
            Ok(actor) if actor != current => {
                notes.inferred(line, format!("from here on the caller is {actor}"));
                current.clone_from(&actor);
                changes.push((line, actor));
            }
            Err(name) => notes.open(
                line,
                format!("somebody signs in ({name}), but no call before shows who: the caller stays {current}"),
            ),
            Ok(_) => {}
        }
    }
    for call in calls {
        let before = changes.iter().take_while(|(line, _)| *line <= call.line);
        call.actor = before.last().map_or(ADMINISTRATOR, |(_, actor)| actor.as_str()).to_owned();
    }
}

/// The people that calls show: display name and principal name.
fn people(calls: &[ImportedCall]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for call in calls {
        for body in [&call.body, &call.answer].into_iter().flatten() {
            collect(body, &mut found);
        }
    }
    found
}

fn collect(value: &serde_json::Value, found: &mut Vec<(String, String)>) {
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    if let (Some(name), Some(principal)) = (text("displayName"), text("userPrincipalName"))
        && !found.iter().any(|(known, _)| known == name)
    {
        found.push((name.to_owned(), principal.to_owned()));
    }
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        serde_json::Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// Returns the caller after a paragraph, if it names one: a known actor, or the word for somebody that is not known.
fn actor_of(text: &str, people: &[(String, String)], current: &str) -> Option<Result<String, String>> {
    let mut found = None;
    for (_, sentence) in sentences(text) {
        let lower = sentence.to_lowercase();
        let Some(at) = change_of_caller(&lower) else {
            let ends = words::SIGN_OUT.iter().any(|mark| lower.contains(mark))
                && ["exit", "session", "sesión", "sessão", "sitzung"].iter().any(|word| lower.contains(word));
            if ends && current != ADMINISTRATOR && !lower.contains("sign in") {
                found = Some(Ok(ADMINISTRATOR.to_owned()));
            }
            continue;
        };
        let rest = &lower[at..];
        // Whoever is named first is who signs in: what follows may be about somebody else.
        let person = people.iter().filter_map(|(name, principal)| {
            let at = [name, principal].into_iter().filter_map(|text| rest.find(&text.to_lowercase())).min()?;
            Some((at, name.as_str()))
        });
        let admin = ADMINISTRATORS.iter().filter_map(|word| Some((rest.find(word)?, ADMINISTRATOR)));
        if let Some((_, name)) = person.chain(admin).min() {
            found = Some(Ok(name.to_owned()));
        } else if found.is_none() {
            let word = emphasised(sentence).into_iter().map(|word| word.text.to_owned()).next_back();
            found = word.map(Err);
        }
    }
    found
}

/// Returns the place in a sentence, in lower case, at which it begins to tell who calls from now on: behind "sign in" or
/// "back in the … session".
fn change_of_caller(sentence: &str) -> Option<usize> {
    let is_sign_out = |at: usize| words::SIGN_OUT.iter().any(|mark| sentence[at..].starts_with(mark));
    let signs_in = words::SIGN_IN.iter().filter_map(|mark| {
        let at = sentence.rfind(mark).filter(|at| !is_sign_out(*at))?;
        Some(at + mark.len())
    });
    let returns = words::RETURN.iter().filter_map(|mark| {
        let behind = sentence.rfind(mark)? + mark.len();
        // Who goes back to the portal is the same as before.
        words::SESSION.iter().any(|word| sentence[behind..].contains(word)).then_some(behind)
    });
    signs_in.chain(returns).max()
}
