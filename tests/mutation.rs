//! One value of a page's recording is changed at a time, and a run has to notice: a check that cannot fail is none.

use std::sync::Arc;

use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk::runner::{Plan, SessionOutcome, Verdict};
use graphwalk::tutorial::Library;
use graphwalk_recording::Recording;
use serde_json::{Value, json};

/// A tutorial with the recording of its page.
struct Subject {
    tutorial: &'static str,
    recording: &'static str,
    /// Changes that no step may notice beside those that are so everywhere, with the reason.
    legitimate: &'static [(&'static str, &'static str)],
}

const SECURITY_GROUP: Subject = Subject {
    tutorial: "security-group-review",
    recording: include_str!("../recordings/security-group-review/published.har"),
    legitimate: &[
        ("4 value /description", "free text for people; the group is told by its name and id"),
        ("9 value /status", "a poll that reads the first status once more than was recorded is as good"),
        (
            "17 value /value/1/",
            "the scenario is about Alex; the next one reads the list again and asserts Adele's decision",
        ),
    ],
};

const GUESTS: Subject = Subject {
    tutorial: "guest-review",
    recording: include_str!("../recordings/guest-review/published.har"),
    legitimate: &[
        ("1 value /id", "an invitation has an id of its own that no other call takes"),
        ("5 value /description", "free text for people; the group is told by its name and id"),
        ("5 value /mailNickname", "told by the answer to its creation, where there is one"),
        ("9 value /status", "a poll that reads the first status once more than was recorded is as good"),
        ("10 value /status", "as for the one before: the first status once more"),
        (
            "7 value /value/0/userPrincipalName",
            "the directory makes a guest's principal name, of the address that is asserted",
        ),
        (
            "18 value /value/0/userPrincipalName",
            "the directory makes a guest's principal name, of the address that is asserted",
        ),
        ("26 value /status", "what a series is called between two of its occurrences is documented nowhere"),
        ("27 value /value/0/status", "the scenario is about what comes next; the status was read before"),
    ],
};

const ROLES: Subject = Subject {
    tutorial: "role-review",
    recording: include_str!("../recordings/role-review/published.har"),
    legitimate: &[
        ("value /descriptionForReviewers", "free text for people, and none was sent"),
        ("9 value /status", "a poll that reads the first status once more than was recorded is as good"),
        ("/recurrence/pattern/month", "filled in by the service: a pattern by months has no month of its own"),
        ("/recurrence/pattern/dayOfMonth", "filled in by the service: no day was sent, the start date says it"),
        ("/recurrence/range/numberOfOccurrences", "filled in by the service: a range without an end counts nothing"),
        ("/recurrence/range/recurrenceTimeZone", "filled in by the service: no time zone was sent"),
        (
            "24 value /value/1/justification",
            "the page prints a full stop more than in the request; the text is asserted when it was recorded",
        ),
    ],
};

/// One change to one answer.
struct Mutation {
    /// The entry, the pointer in its answer, what was done.
    told: String,
    entry: usize,
    har: String,
}

/// Changes that no step may notice, with the reason. The rest of the name is that of a pointer's end.
const LEGITIMATE: [(&str, &str); 16] = [
    ("/createdBy", "the page's own value is wrong (Alex's id), and who created a review is not part of the story"),
    ("/createdDateTime", "when the service noted something is its own affair"),
    ("/lastModifiedDateTime", "when the service noted something is its own affair"),
    ("/reviewedDateTime", "the time itself is not asserted, only that a person's decision has one"),
    ("/appliedDateTime", "the time itself is not asserted"),
    ("/startDateTime", "any time in the past fits, and after the end no step looks at it"),
    ("/endDateTime", "any time in the future fits, and after the end no step looks at it"),
    ("/lastUserSignInDateTime", "not ISO 8601 and not documented: a dynamic property of an open type"),
    ("/recommendation", "depends on when the person last signed in, which the tutorial does not control"),
    ("Link", "a convenience of the service, repeated from the ids that are asserted"),
    ("/type", "how identities are called is documented in several spellings; the resource's is asserted"),
    ("/principal/userPrincipalName", "principals are told apart by id and name"),
    ("/mail", "optional properties of a group that no step needs"),
    ("/visibility", "optional properties of a group that no step needs"),
    ("/queryRoot", "null in the scope of a group: only a query that is relative to another object has a root"),
    ("/error/", "the words of an error are for people; the status is asserted"),
];

impl Subject {
    fn har(&self) -> Value {
        serde_json::from_str(self.recording).unwrap()
    }

    /// The recording with one answer replaced.
    fn with_body(&self, entry: usize, body: &Value) -> String {
        let mut har = self.har();
        har["log"]["entries"][entry]["response"]["content"]["text"] = json!(body.to_string());
        har.to_string()
    }
}

fn body(har: &Value, entry: usize) -> Option<Value> {
    serde_json::from_str(har.pointer(&format!("/log/entries/{entry}/response/content/text"))?.as_str()?).ok()
}

fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(properties) => {
            for (name, inner) in properties.iter().filter(|(name, _)| !name.starts_with('@')) {
                leaves(inner, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| leaves(item, &format!("{pointer}/{index}"), found));
        }
        _ => found.push(pointer.to_owned()),
    }
}

fn arrays(value: &Value, pointer: &str, found: &mut Vec<String>) {
    if let Some(items) = value.as_array().filter(|items| !items.is_empty()) {
        found.push(pointer.to_owned());
        items.iter().enumerate().for_each(|(index, item)| arrays(item, &format!("{pointer}/{index}"), found));
    } else if let Some(properties) = value.as_object() {
        properties.iter().for_each(|(name, inner)| arrays(inner, &format!("{pointer}/{name}"), found));
    }
}

/// Another value of the same kind: another decision, another GUID, the opposite, one more.
fn other(value: &Value, pointer: &str) -> Value {
    match value {
        Value::Bool(yes) => json!(!yes),
        Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
        Value::Null => json!("something"),
        Value::String(text) if pointer.ends_with("/status") && text != "NotStarted" => json!("NotStarted"),
        Value::String(_) if pointer.ends_with("/status") => json!("Applied"),
        Value::String(text) if pointer.ends_with("/decision") => {
            json!(if text == "Approve" { "Deny" } else { "Approve" })
        }
        Value::String(text) if pointer.ends_with("/applyResult") => {
            json!(if text == "New" { "AppliedSuccessfully" } else { "ApplyNotSupported" })
        }
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
            json!("11111111-2222-4333-8444-555555555555")
        }
        Value::String(text) if text.ends_with('Z') && text.contains('T') => json!("2031-01-01T00:00:00Z"),
        Value::String(text) => json!(format!("{text}x")),
        other => other.clone(),
    }
}

/// A value of another type. What is null may well be a text at other times.
fn other_type(value: &Value) -> Value {
    if value.is_string() || value.is_null() { json!(7) } else { json!("seven") }
}

fn mutations(subject: &Subject) -> Vec<Mutation> {
    let original = subject.har();
    let entries = original["log"]["entries"].as_array().unwrap().len();
    let mut all = Vec::new();
    for entry in 0..entries {
        let status = original["log"]["entries"][entry]["response"]["status"].as_u64().unwrap();
        let mut changed = subject.har();
        changed["log"]["entries"][entry]["response"]["status"] = json!(if status == 404 { 200 } else { 500 });
        all.push(Mutation { told: format!("{entry} status code"), entry, har: changed.to_string() });
        let Some(body) = body(&original, entry) else { continue };
        let mut pointers = Vec::new();
        leaves(&body, "", &mut pointers);
        for pointer in pointers {
            let value = body.pointer(&pointer).unwrap();
            for (word, new) in [("value", other(value, &pointer)), ("type", other_type(value))] {
                let mut mutated = body.clone();
                *mutated.pointer_mut(&pointer).unwrap() = new;
                let told = format!("{entry} {word} {pointer}");
                all.push(Mutation { told, entry, har: subject.with_body(entry, &mutated) });
            }
        }
        let mut lists = Vec::new();
        arrays(&body, "", &mut lists);
        for pointer in lists {
            for word in ["emptied", "doubled", "one less", "one more"] {
                let mut mutated = body.clone();
                let items = mutated.pointer_mut(&pointer).and_then(Value::as_array_mut).unwrap();
                match word {
                    "emptied" => items.clear(),
                    "doubled" => items.extend_from_slice(&items.clone()),
                    "one less" => drop(items.pop()),
                    _ => {
                        let mut stranger = other(&items[0], "");
                        if stranger.is_object() {
                            stranger["id"] = json!("11111111-2222-4333-8444-555555555555");
                        }
                        items.push(stranger);
                    }
                }
                let length = mutated.pointer(&pointer).and_then(Value::as_array).unwrap().len();
                // What is to notice is a step, not the count beside the list.
                if let Some(count) = mutated.get_mut("@odata.count").filter(|_| pointer == "/value") {
                    *count = json!(length);
                }
                all.push(Mutation {
                    told: format!("{entry} {word} {pointer}"),
                    entry,
                    har: subject.with_body(entry, &mutated),
                });
            }
        }
    }
    all
}

fn play(tutorial: &str, mutations: &[Mutation]) -> (Arc<Plan>, Vec<SessionOutcome>) {
    let plan = Plan::new(Library::embedded().tutorial(Some(tutorial)).unwrap()).unwrap();
    let run = Run { jobs: 8, ..Run::new(plan) };
    let read = |m: &Mutation| SessionSource::Bundled(Arc::new(Recording::parse(&m.told, m.har.as_bytes()).unwrap()));
    let sources: Vec<SessionSource> = mutations.iter().map(read).collect();
    let outcomes = run.outcomes(&sources);
    (run.plan, outcomes)
}

fn legitimate(subject: &Subject, mutation: &Mutation) -> Option<&'static str> {
    if mutation.told.contains(" type ") {
        // A type is a matter of the schemas, which know every property but the dynamic ones of open types.
        let dynamic = ["/queryRoot", "/lastUserSignInDateTime", "By/type", "/principal/type", "/mail", "/visibility"];
        return dynamic.iter().any(|end| mutation.told.ends_with(end)).then_some("a dynamic property of an open type");
    }
    LEGITIMATE
        .iter()
        .chain(subject.legitimate)
        .find(|(part, _)| mutation.told.contains(part))
        .map(|(_, reason)| *reason)
}

#[test]
fn every_change_of_an_asserted_value_fails_the_step_that_it_belongs_to() {
    every_change_is_noticed(&SECURITY_GROUP);
}

#[test]
fn every_change_in_the_review_of_guests_fails_the_step_it_belongs_to() {
    every_change_is_noticed(&GUESTS);
}

#[test]
fn every_change_in_the_review_of_roles_fails_the_step_it_belongs_to() {
    every_change_is_noticed(&ROLES);
}

fn every_change_is_noticed(subject: &Subject) {
    let original = subject.har();
    let mutations = mutations(subject);
    let (plan, outcomes) = play(subject.tutorial, &mutations);
    assert_eq!(outcomes.len(), mutations.len());
    let (mut caught, mut survivors, mut unnamed) = (0, Vec::new(), Vec::new());
    for (mutation, outcome) in mutations.iter().zip(&outcomes) {
        if outcome.verdict() == Verdict::Passed {
            survivors.push(mutation);
            continue;
        }
        caught += 1;
        let step = original["log"]["entries"][mutation.entry]["_step"].as_u64().unwrap();
        let failed = outcome.features.iter().filter(|feature| feature.verdict() == Verdict::Failed);
        let first = failed.map(|feature| u64::from(plan.features[feature.index].file.number)).next();
        if first.is_none_or(|first| first < step) {
            unnamed.push(format!("{}: step {step}, failed {first:?}", mutation.told));
        }
    }
    let (legitimate, missed): (Vec<_>, Vec<_>) = survivors.into_iter().partition(|m| legitimate(subject, m).is_some());
    println!(
        "{} mutations: {caught} caught, {} legitimate survivors, {} missed",
        mutations.len(),
        legitimate.len(),
        missed.len()
    );
    assert!(unnamed.is_empty(), "caught, but at another step: {unnamed:#?}");
    assert!(mutations.len() > 500, "there is little to change");
    let missed: Vec<&str> = missed.iter().map(|mutation| mutation.told.as_str()).collect();
    assert!(missed.is_empty(), "noticed by no step, and without a reason: {missed:#?}");
}
