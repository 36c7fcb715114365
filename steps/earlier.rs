//! What steps observed as earlier versions of the program kept it: under names of its own, before there were headings.

use serde_json::Value;

use crate::session::{Observation, Observations};

use super::directory::MEMBERSHIP;
use super::reviews::{INSTANCE_STATUS, STATUS};

/// The observations of a document of version 1, from its part `seen`. What does not have that form is left out.
pub(crate) fn observations_of_version_1(seen: &Value) -> Observations {
    let mut observations = Observations::default();
    observations.register(&super::OBSERVED);
    for (observed, property, subject) in
        [(STATUS, "definition", "the review"), (INSTANCE_STATUS, "instance", "the instance")]
    {
        let states = texts(&seen[property]);
        if !states.is_empty() {
            let (subject, states) = (subject.to_owned(), states.into_iter().collect());
            observations.add(observed, Observation::Timeline { subject, states });
        }
    }
    for membership in seen["memberships"].as_array().into_iter().flatten() {
        if let Some(group) = membership["group"].as_str() {
            observations.roster(MEMBERSHIP, group, texts(&membership["members"]), None);
        }
    }
    observations
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn statuses_and_members_that_version_1_kept_are_observations() {
        let seen = json!({"definition": ["NotStarted", "InProgress"], "instance": [], "memberships": [
            {"group": "G", "members": ["B", "A"]}, {"group": "G", "members": ["A"]}, {"group": 1}]});
        let observations = observations_of_version_1(&seen);
        let told: Vec<_> = observations.headings().iter().filter(|heading| !heading.observed.is_empty()).collect();
        assert_eq!(
            json!(told),
            json!([
                {"heading": "status", "is_shown": true, "observed":
                    [{"timeline": {"subject": "the review", "states": [{"state": "NotStarted"}, {"state": "InProgress"}]}}]},
                {"heading": "membership", "is_shown": true, "observed":
                    [{"roster": {"title": "G", "moments": [{"names": ["A", "B"]}, {"names": ["A"]}]}}]},
            ])
        );
        assert_eq!(
            observations_of_version_1(&json!(null)).headings().iter().map(|h| h.observed.len()).sum::<usize>(),
            0
        );
    }
}
