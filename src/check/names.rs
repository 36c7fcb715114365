//! Names in braces that no step before keeps.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, StepSource};
use crate::session::{is_given, names_in};
use crate::steps::{KEPT, kept_by};
use crate::tutorial::nearest;

use super::{StepContext, steps};

/// The names that the steps so far keep.
#[derive(Default)]
struct KeptNames<'a> {
    names: BTreeSet<&'a str>,
    /// Those that only optional scenarios keep.
    optional: BTreeSet<&'a str>,
    /// Whether a step of another crate was played, which may keep anything.
    anything: bool,
}

/// Every name that is used and not kept before, with the nearest that is.
pub(super) fn unknown(plan: &Plan) -> Vec<Diagnostic> {
    let mut kept = KeptNames::default();
    let mut faults = Vec::new();
    let later = kept_somewhere(plan);
    for at in steps(plan) {
        if !kept.anything {
            let unknown = used(at).into_iter().filter(|name| !is_given(name) && !kept.names.contains(name));
            faults.extend(unknown.filter_map(|name| fault(at, name, &kept, &later)));
        }
        kept.take(at);
    }
    faults
}

fn fault(at: StepContext<'_>, name: &str, kept: &KeptNames<'_>, later: &BTreeMap<&str, String>) -> Option<Diagnostic> {
    let braced = format!("{{{name}}}");
    let is_optional = kept.optional.contains(name);
    if is_optional && at.scenario.is_optional() {
        return None;
    }
    let message = match is_optional {
        true => format!("\"{name}\" is kept by an optional scenario alone, which may be left out"),
        false => format!("nothing is kept under the name \"{name}\" before this step"),
    };
    let fault = at.fault_below("unknown-name", message, &braced, "not kept");
    let near = nearest(name, kept.names.iter().copied());
    Some(match (near, later.get(name)) {
        (_, Some(place)) if !is_optional => {
            fault.note(format!("it is kept later, at {place}")).help("move that step up")
        }
        (Some(near), _) if !is_optional => fault.help(format!("did you mean {{{near}}}?")),
        _ if is_optional => fault.help("keep it in a scenario that is always played, or tag this one @optional too"),
        _ => fault.help(
            "keep it in an earlier step, e.g. `Then \"$.id\" is kept as \"user\"`; a brace of the text is written {{",
        ),
    })
}

/// The names that a step uses in its sentence and in what stands below it.
fn used<'a>(at: StepContext<'a>) -> Vec<&'a str> {
    if at.step.source == StepSource::Outside {
        return Vec::new();
    }
    let sentence = at.step.arguments.iter().filter(|argument| argument.kind != Some("pattern"));
    let texts = sentence.map(|argument| argument.text.as_str()).chain(at.doc_string()).chain(at.cells());
    let mut names: Vec<&str> = texts.flat_map(names_in).collect();
    names.dedup();
    names
}

impl<'a> KeptNames<'a> {
    /// Takes in what a step keeps.
    fn take(&mut self, at: StepContext<'a>) {
        let names = match at.step.source {
            StepSource::General => kept_by(&at.step.text).into_iter().collect(),
            StepSource::Domain => domain_names(at),
            StepSource::Outside => {
                self.anything = true;
                return;
            }
        };
        for name in names {
            if at.scenario.is_optional() && !self.names.contains(name) {
                self.optional.insert(name);
            } else {
                self.optional.remove(name);
                self.names.insert(name);
            }
        }
    }
}

/// Returns the names that a step about people may keep: whatever it names.
fn domain_names<'a>(at: StepContext<'a>) -> Vec<&'a str> {
    let arguments = at.step.arguments.iter().map(|argument| argument.text.as_str());
    arguments.chain(at.cells()).chain(KEPT.iter().copied()).collect()
}

/// Returns the first place where each name of the general vocabulary is kept.
fn kept_somewhere(plan: &Plan) -> BTreeMap<&str, String> {
    let mut places = BTreeMap::new();
    for at in steps(plan) {
        if let Some(name) = kept_by(&at.step.text).filter(|_| at.step.source == StepSource::General) {
            places.entry(name).or_insert_with(|| format!("{}:{}", at.feature.file.path, at.step.line));
        }
    }
    places
}
