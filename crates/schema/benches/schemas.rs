//! What schemas cost: compiling each type that the tutorial touches, and validating an answer with compiled ones.
//! Medians of several runs, in microseconds.

use std::time::{Duration, Instant};

use graphwalk_catalog::Catalog;
use graphwalk_schema::Schemas;
use serde_json::{Value, json};

const TYPES: [&str; 8] = [
    "user",
    "group",
    "directoryObject",
    "accessReviewScheduleDefinition",
    "accessReviewInstance",
    "accessReviewReviewer",
    "accessReviewInstanceDecisionItem",
    "error",
];

fn main() {
    println!("making and compiling");
    for name in TYPES {
        let median = median(|| {
            let schemas = Schemas::of_catalog(Catalog::v1());
            let started = Instant::now();
            let _ = schemas.check_type(name, false, &json!({}));
            started.elapsed()
        });
        println!("  {name:34} {:>8.1}", micros(median));
    }
    println!("validating, compiled");
    let schemas = Schemas::embedded();
    for (name, body) in answers() {
        let median = median(|| {
            let started = Instant::now();
            for _ in 0..100 {
                assert!(schemas.check_type(name, false, &body).is_ok_and(|findings| findings.is_empty()));
            }
            started.elapsed() / 100
        });
        println!("  {name:34} {:>8.1}", micros(median));
    }
}

fn answers() -> [(&'static str, Value); 2] {
    let id = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";
    let user = json!({"@odata.type": "#microsoft.graph.user", "id": id, "displayName": "Adele Vance"});
    let decision = json!({
        "id": id, "accessReviewId": id, "decision": "NotReviewed", "justification": "", "applyResult": "New",
        "principal": {"@odata.type": "#microsoft.graph.userIdentity", "id": id, "type": "user"},
    });
    [("user", user), ("accessReviewInstanceDecisionItem", decision)]
}

fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..15).map(|_| run()).collect();
    times.sort();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
