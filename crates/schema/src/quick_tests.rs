//! The quick way and the plain schemas have to agree on every value of every type.

use std::cell::Cell;
use std::collections::BTreeSet;

use jsonschema::error::ValidationErrorKind;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use super::document::WITHOUT;
use super::quick::Quick;
use super::store::Store;
use super::validate::plain;

use std::sync::{Arc, LazyLock};

use graphwalk_catalog::Catalog;

static STORE: LazyLock<Arc<Store>> = LazyLock::new(|| Arc::new(Store::of_catalog(Catalog::v1())));

/// The depth below which a value has only what is required.
const DEPTH: usize = 3;

/// Decisions that a value is made by, over and over again.
struct Choices {
    made: Vec<u32>,
    next: usize,
}

impl Choices {
    /// One of `count`.
    fn among(&mut self, count: usize) -> usize {
        let choice = self.made[self.next % self.made.len()].rotate_left((self.next / self.made.len()) as u32);
        self.next += 1;
        choice as usize % count.max(1)
    }
}

/// A value that a schema of `file` allows.
fn value(schema: &Value, file: &str, depth: usize, choices: &mut Choices) -> Value {
    let Some(said) = schema.as_object().filter(|said| !said.is_empty()) else { return json!("anything") };
    let nullable = said
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|types| types.contains(&Value::Null) || types.contains(&json!("null")));
    if nullable && choices.among(4) == 0 {
        return Value::Null;
    }
    if let Some(reference) = said.get("$ref").and_then(Value::as_str) {
        let (file, target) = target(file, reference);
        return value(&target, &file, depth, choices);
    }
    if let Some(values) = said.get("enum").and_then(Value::as_array) {
        return values[choices.among(values.len())].clone();
    }
    if let Some(kinds) = said.get("allOf").and_then(Value::as_array) {
        return derived(kinds, file, depth, choices);
    }
    if let Some(then) = said.get("then") {
        return value(then, file, depth, choices);
    }
    if let Some(properties) = said.get("properties").and_then(Value::as_object) {
        return object(said, properties, file, depth, choices);
    }
    let kinds =
        said.get("type").map_or(&[][..], |kind| kind.as_array().map_or(std::slice::from_ref(kind), Vec::as_slice));
    match kinds.first().and_then(Value::as_str) {
        Some("array") => {
            let most = said.get("maxItems").and_then(Value::as_u64).unwrap_or(2);
            let count = if depth > DEPTH { 0 } else { choices.among(1 + usize::try_from(most).unwrap()) };
            (0..count)
                .map(|_| value(said.get("items").unwrap_or(&Value::Bool(true)), file, depth + 1, choices))
                .collect()
        }
        Some("object") => json!({}),
        Some("boolean") => json!(choices.among(2) == 0),
        Some("integer") => {
            let ends = [said.get("minimum"), said.get("maximum")];
            ends[choices.among(2)].cloned().unwrap_or_else(|| json!(7))
        }
        Some("number") if choices.among(2) == 0 => json!(-1.5),
        _ => json!(text(said, choices)),
    }
}

/// A value of one of the types that a choice by `@odata.type` is about, or of none that is named.
fn derived(kinds: &[Value], file: &str, depth: usize, choices: &mut Choices) -> Value {
    let kind = &kinds[choices.among(kinds.len())];
    let mut made = value(kind.get("then").or(kind.get("else")).unwrap_or(&Value::Null), file, depth, choices);
    if let Some(object) = made.as_object_mut() {
        object.shift_remove("@odata.type");
        if let Some(tag) = kind.pointer("/if/properties/@odata.type/const") {
            object.insert("@odata.type".to_owned(), tag.clone());
        }
    }
    made
}

fn object(
    said: &Map<String, Value>,
    properties: &Map<String, Value>,
    file: &str,
    depth: usize,
    choices: &mut Choices,
) -> Value {
    let required = said.get("required").and_then(Value::as_array);
    let needed = |name: &String| {
        required.is_some_and(|names| names.iter().any(|needed| needed == name)) || name == "error" || name == "Message"
    };
    let mut made = Map::new();
    for (name, schema) in properties {
        // Properties of a derived type are told with its name.
        if needed(name) || (name != "@odata.type" && depth <= DEPTH && choices.among(4) == 0) {
            made.insert(name.clone(), value(schema, file, depth + 1, choices));
        }
    }
    if choices.among(8) == 0 {
        made.insert("@odata.etag".to_owned(), json!("W/\"1\""));
    }
    Value::Object(made)
}

fn text(said: &Map<String, Value>, choices: &mut Choices) -> String {
    if let Some(pattern) = said.get("pattern").and_then(Value::as_str) {
        if pattern.starts_with(WITHOUT) {
            return "plain".to_owned();
        }
        let members = pattern.trim_start_matches("^(").split(')').next().unwrap_or_default();
        return members.split('|').next().unwrap_or_default().trim_start_matches("-?").to_owned();
    }
    let examples = match said.get("format").and_then(Value::as_str) {
        Some("uuid") => ["3b8ceebc-49e6-4e0c-9e14-c906374a7ef6", "00000000-0000-0000-0000-000000000000"],
        Some("date") => ["2022-02-11", "2024-02-29"],
        // The same time twice: of two properties, neither is before the other one.
        Some("date-time") => ["2022-02-11T08:30:00Z", "2022-02-11T09:30:00.0000000+01:00"],
        Some("duration") => ["P5D", "PT1H30M"],
        Some("time-of-day") => ["08:30:00", "08:30:00.0000000"],
        Some("base64url") => ["", "SGVsbG8_"],
        Some("uri") => ["https://graph.microsoft.com/v1.0/users?$skiptoken=1", "urn:x"],
        Some("country-code") => ["DE", "US"],
        Some("ascii" | "without-accents") => ["", "plain text"],
        Some("user-principal-name") => ["adele@contoso.com", "a_b.org#EXT#@contoso.com"],
        Some(other) => panic!("the test knows no text of the format {other}"),
        None => ["", "Ünï \"text\""],
    };
    examples[choices.among(2)].to_owned()
}

/// The schema that a `$ref` of `file` leads to, and the file that it stands in.
fn target(file: &str, reference: &str) -> (String, Value) {
    let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let file = if path.is_empty() { file } else { path.trim_end_matches(".json") };
    let document = STORE.json(file).unwrap();
    (file.to_owned(), document.pointer(pointer).unwrap().clone())
}

/// The same value with one thing in it changed for something else.
fn damaged(value: &Value, choices: &mut Choices) -> Value {
    let others = [
        json!(5),
        json!("?"),
        Value::Null,
        json!([]),
        json!({"surprise": 1}),
        json!(1e300),
        json!(true),
        json!([{"id": "x"}]),
    ];
    match value {
        Value::Object(members) if !members.is_empty() && choices.among(5) > 0 => {
            let mut members = members.clone();
            let name = members.keys().nth(choices.among(members.len())).cloned().unwrap();
            match choices.among(8) {
                0 => drop(members.shift_remove(&name)),
                1 => drop(members.insert("surprise".to_owned(), json!(1))),
                2 => drop(members.insert("@odata.type".to_owned(), json!("#microsoft.graph.surprise"))),
                _ => members[&name] = damaged(&members[&name], choices),
            }
            Value::Object(members)
        }
        Value::Array(items) if !items.is_empty() && choices.among(5) > 0 => {
            let mut items = items.clone();
            let place = choices.among(items.len());
            items[place] = damaged(&items[place], choices);
            Value::Array(items)
        }
        _ => others[choices.among(others.len())].clone(),
    }
}

/// Types that tutorials touch, and one in forty of the others: the plain schema of a type is compiled with all that it refers to.
fn sampled() -> Vec<String> {
    const ALWAYS: [&str; 10] = [
        "user",
        "group",
        "directoryObject",
        "identity",
        "collection",
        "error",
        "accessReviewScheduleDefinition",
        "accessReviewScope",
        "accessReviewInstance",
        "accessReviewInstanceDecisionItem",
    ];
    let others = STORE.names().into_iter().skip(7).step_by(40);
    others.chain(ALWAYS.map(str::to_owned)).collect()
}

/// The files to which a schema refers.
fn references(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|inner| references(inner, into));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, into)),
        _ => {}
    }
}

#[test]
fn every_type_of_graph_has_a_schema_that_compiles_and_fits_a_sample() {
    let quick = Quick::new(Arc::clone(&STORE));
    let names: BTreeSet<String> = STORE.names().into_iter().collect();
    assert!(names.len() > 3800, "{}", names.len());
    let started = std::time::Instant::now();
    for name in &names {
        assert!(quick.is_usable(name), "{name}");
    }
    println!("{} types made and compiled in {:?}", names.len(), started.elapsed());
    let made = vec![3_000_000_007, 41, 1_618_033_988, 2_236_067_977, 5];
    for name in &names {
        let schema = STORE.bare(name).unwrap();
        let sample = value(&schema, name, 0, &mut Choices { made: made.clone(), next: 0 });
        assert!(quick.fits(name, &sample), "{name}: {sample}");
        assert!(!quick.fits(name, &json!(7)), "{name}");
        let mut all = BTreeSet::new();
        references(&STORE.json(name).unwrap(), &mut all);
        for reference in &all {
            let file = reference.split('#').next().unwrap().trim_end_matches(".json");
            assert!(file.is_empty() || names.contains(file), "{name} refers to {reference}");
        }
    }
}

#[test]
fn the_quick_way_and_the_plain_schema_agree_on_every_type() {
    let quick = Quick::new(Arc::clone(&STORE));
    let (tried, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    for name in sampled() {
        let schema = STORE.json(&name).unwrap();
        let plain = plain(&STORE, &schema).unwrap();
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let decisions = vec(any::<u32>(), 40..80);
        let agreed = runner.run(&decisions, |made| {
            let mut choices = Choices { made, next: 0 };
            let valid = value(&schema, &name, 0, &mut choices);
            let told: Vec<String> = plain.iter_errors(&valid).map(|error| error.to_string()).collect();
            assert_eq!(told, [""; 0], "{name} made badly by this test: {valid}");
            assert!(quick.fits(&name, &valid), "{name}: {valid}");
            for _ in 0..4 {
                let wrong = damaged(&valid, &mut choices);
                let plainly = plain.is_valid(&wrong);
                assert_eq!(quick.fits(&name, &wrong), plainly, "{name}: {wrong}");
                tried.set(tried.get() + 1);
                refused.set(refused.get() + u32::from(!plainly));
                let no_id = |kind: &ValidationErrorKind| matches!(kind, ValidationErrorKind::Required { property } if property == "id");
                if quick.fits_with_id(&name, &wrong) {
                    assert!(plain.iter_errors(&wrong).all(|error| no_id(error.kind())), "{name} without an id: {wrong}");
                }
            }
            Ok(())
        });
        agreed.unwrap_or_else(|error| panic!("{error}"));
    }
    let (tried, refused) = (tried.get(), refused.get());
    assert!(refused * 4 > tried && refused < tried, "{refused} of {tried} damaged values were refused");
}

#[test]
fn a_value_that_is_sent_needs_no_id_and_everything_else() {
    let quick = Quick::new(Arc::clone(&STORE));
    assert!(quick.fits_with_id("user", &json!({"displayName": "Adele"})));
    assert!(!quick.fits("user", &json!({"displayName": "Adele"})));
    assert!(!quick.fits_with_id("user", &json!({"displayName": 5})));
    assert!(!quick.fits_with_id("user", &json!({"id": "x"})));
}
