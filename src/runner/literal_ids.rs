//! Writes of a tutorial that name their object by an id that stands in the feature.
//!
//! Such an id is one of somebody's tenant: on a recording the request is answered, on any other tenant it is refused. Pages
//! are full of them.

use graphwalk_catalog::{ApiPath, Catalog, PathPlace, Resolved, SegmentOwner};

use crate::diagnostic::Diagnostic;
use crate::id_shape::looks_like_id;
use crate::session::guard::Named;
use crate::tutorial::TutorialFaults;

use super::{Plan, PlannedFeature, PlannedStep};

/// Every write whose path holds an id, but for the objects that the user named as ones that may be changed.
pub fn literal_ids(plan: &Plan, may_change: &[Named]) -> TutorialFaults {
    let mut faults = TutorialFaults::new();
    for feature in &plan.features {
        for step in feature.scenarios.iter().flat_map(|scenario| &scenario.steps) {
            for fault in faults_of(feature, step, may_change) {
                // The same step in several rows of an outline is one fault.
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
    }
    faults
}

fn faults_of(feature: &PlannedFeature, step: &PlannedStep, may_change: &[Named]) -> TutorialFaults {
    let requests = step.named_requests();
    let ids =
        requests.iter().filter_map(|request| Some((&request.method, literal_id(&request.method, &request.path)?)));
    let unnamed = ids.filter(|(_, id)| !may_change.iter().any(|named| named.object.key().eq_ignore_ascii_case(id)));
    let fault = |(method, id): (&String, String)| {
        Diagnostic::new("literal-id", format!("{method} uses an id that is written in the feature"))
            .at(feature.file.place(step.line, Some(&id), "an id from one tenant"))
            .help(
                "keep the id of the created object and write its name in braces; or name the object under \
                 [may-change] in graphwalk.toml",
            )
    };
    unnamed.map(fault).collect()
}

/// The id in a write's path that is not a name in braces.
fn literal_id(method: &str, path: &str) -> Option<String> {
    if !["DELETE", "PATCH", "PUT", "POST"].contains(&method) {
        return None;
    }
    let path = ApiPath::parse(path).ok()?;
    let resolved = Resolved::new(&path).ok();
    let places = resolved.as_ref().map(Resolved::places).unwrap_or_default();
    if let Some(PathPlace::Operation(operation)) = places.last()
        && operation.reads
    {
        return None;
    }
    // What is removed from a list by `/$ref` is a reference that the object before it holds.
    let key = places.iter().find_map(|place| match place {
        PathPlace::Key(key) | PathPlace::AlternateKey(_, key) => Some(key.as_str()),
        _ => None,
    });
    let owners = Catalog::of_path(&path).segment_owners(&path);
    let segments = path.segments().iter().zip(owners).flat_map(|(segment, owner)| {
        let arguments = segment.arguments().unwrap_or_default().iter().map(|argument| argument.value.as_str());
        // A type may have a name like an id.
        let name = Some(segment.name()).filter(|_| owner != SegmentOwner::Graph);
        name.into_iter().chain(arguments)
    });
    let found = key.into_iter().filter(|key| !key.contains('{')).chain(segments.filter(|text| is_id(text))).next();
    found.map(str::to_owned)
}

fn is_id(text: &str) -> bool {
    !text.contains('{') && (text.contains('@') || looks_like_id(text))
}

#[cfg(test)]
mod tests;
