//! What `--report messages=FILE` writes is Cucumber Messages: by their published schema, and by what refers to what.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::{Value, json};

/// The variable that names the folder with the published schema, `messages.json`, which is no part of this repository.
const SCHEMAS: &str = "REPORT_SCHEMAS";
const PUBLISHED: &str = include_str!("../recordings/security-group-review/published.har");

/// Replays these recordings and returns the messages.
fn messages(recordings: &[(&str, String)], code: i32) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = cargo_bin_cmd!("graphwalk");
    let file = folder.path().join("run.ndjson");
    command.arg("run").arg("--report").arg(format!("messages={}", file.display()));
    for (name, har) in recordings {
        let path = folder.path().join(name);
        std::fs::write(&path, har).unwrap();
        command.arg("--recording").arg(path);
    }
    command.assert().code(code);
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One session that passes, and one of which the last decision is applied with another result.
fn passed_and_failed() -> Vec<Value> {
    let failed = PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\"");
    assert_ne!(failed, PUBLISHED);
    messages(&[("a.har", PUBLISHED.to_owned()), ("b.har", failed), ("c.har", "{}".to_owned())], 2)
}

fn all<'a>(messages: &'a [Value], name: &str) -> Vec<&'a Value> {
    messages.iter().filter_map(|message| message.get(name)).collect()
}

fn ids(all: &[&Value], property: &str) -> Vec<String> {
    all.iter().map(|one| one[property].as_str().unwrap().to_owned()).collect()
}

/// The attachments of a kind, read.
fn attached(messages: &[Value], kind: &str) -> Vec<Value> {
    let media_type = json!(format!("application/vnd.graphwalk.{kind}+json"));
    let attachments = all(messages, "attachment").into_iter().filter(|one| one["mediaType"] == media_type);
    attachments.map(|one| serde_json::from_str(one["body"].as_str().unwrap()).unwrap()).collect()
}

/// Takes the schemas that lie in one document under their names apart, so that references between them are found.
fn validator(schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    let parts = schema["$defs"].as_object().unwrap().clone();
    let mut registry = jsonschema::Registry::new();
    for (name, part) in &parts {
        let mut part = part.clone();
        part["$id"] = json!(name);
        registry = registry.add(name.as_str(), part).unwrap();
    }
    let registry = registry.prepare().unwrap();
    schema.as_object_mut().unwrap().remove("$defs");
    jsonschema::options().with_registry(&registry).build(&schema).unwrap()
}

#[test]
fn every_line_is_a_message_by_the_published_schema() {
    let Some(folder) = std::env::var_os(SCHEMAS) else {
        println!("skipped: {SCHEMAS} names no folder");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join("messages.json")).unwrap();
    let validator = validator(&serde_json::from_str(&text).unwrap());
    assert!(!validator.is_valid(&json!({"testRunFinished": {"success": "yes"}})), "the schema asserts nothing");
    let messages = passed_and_failed();
    assert!(messages.len() > 500, "{}", messages.len());
    for message in &messages {
        let errors: Vec<String> = validator.iter_errors(message).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{message}: {errors:?}");
    }
}

#[test]
fn messages_refer_to_messages_that_came_before() {
    let messages = passed_and_failed();
    let pickles: HashSet<String> = ids(&all(&messages, "pickle"), "id").into_iter().collect();
    let cases = all(&messages, "testCase");
    assert!(cases.iter().all(|case| pickles.contains(case["pickleId"].as_str().unwrap())));
    let mut seen: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut nodes = HashSet::new();
    for message in &messages {
        let (name, content) = message.as_object().unwrap().iter().next().unwrap();
        let text = |property: &str| content[property].as_str().unwrap_or_default().to_owned();
        match name.as_str() {
            "gherkinDocument" => collect_ids(content, &mut nodes),
            "pickle" => {
                let steps = content["steps"].as_array().unwrap().iter();
                let tags = content["tags"].as_array().unwrap().iter().map(|tag| &tag["astNodeId"]);
                let own = content["astNodeIds"].as_array().unwrap().iter();
                let of_steps = steps.flat_map(|step| step["astNodeIds"].as_array().unwrap());
                let known = |id: &Value| nodes.contains(id.as_str().unwrap());
                assert!(own.chain(tags).chain(of_steps).all(known), "{content}");
            }
            "stepDefinition" => assert!(seen.entry("definition").or_default().insert(text("id")), "{content}"),
            "testCase" => {
                for step in content["testSteps"].as_array().unwrap() {
                    let bound = step["stepDefinitionIds"].as_array().unwrap();
                    let known = |id: &Value| seen["definition"].contains(id.as_str().unwrap());
                    assert!(bound.len() == 1 && bound.iter().all(known), "{step}");
                }
                assert!(seen.entry("case").or_default().insert(text("id")), "{content}");
            }
            "testCaseStarted" => {
                assert!(seen["case"].contains(&text("testCaseId")), "{content}");
                assert!(seen.entry("started").or_default().insert(text("id")), "{content}");
            }
            "testStepStarted" | "testStepFinished" | "testCaseFinished" => {
                assert!(seen["started"].contains(&text("testCaseStartedId")), "{content}");
            }
            "testRunHookStarted" => assert!(seen.entry("hook").or_default().insert(text("id")), "{content}"),
            "attachment" => {
                let of_case = seen["started"].contains(&text("testCaseStartedId"));
                let of_session = seen.get("hook").is_some_and(|hooks| hooks.contains(&text("testRunHookStartedId")));
                assert!(of_case != of_session, "{content}");
            }
            _ => {}
        }
    }
    assert_eq!(messages.last().unwrap()["testRunFinished"]["success"], json!(false));
    assert_eq!(all(&messages, "testRunHookFinished").len(), 3);
}

fn collect_ids(node: &Value, nodes: &mut HashSet<String>) {
    match node {
        Value::Object(properties) => {
            if let Some(id) = properties.get("id").and_then(Value::as_str) {
                assert!(nodes.insert(id.to_owned()), "twice: {id}");
            }
            properties.values().for_each(|value| collect_ids(value, nodes));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, nodes)),
        _ => {}
    }
}

#[test]
fn facts_without_a_cucumber_message_are_attached() {
    let messages = passed_and_failed();
    let sessions = attached(&messages, "session");
    let verdicts: Vec<&Value> = sessions.iter().map(|session| &session["verdict"]).collect();
    assert_eq!(verdicts, ["passed", "failed", "failed"]);
    assert_eq!(attached(&messages, "provenance")[0], json!({"published": 11, "inferred": 26}));
    let codes: Vec<Value> = attached(&messages, "failure").iter().map(|failure| failure["code"].clone()).collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
    // A step that was blocked is skipped in Cucumber's words, and says why.
    let results = all(&messages, "testStepFinished").into_iter().map(|step| &step["testStepResult"]);
    let skipped: Vec<&Value> = results.filter(|result| result["status"] == "SKIPPED").collect();
    let blocked = attached(&messages, "verdict").into_iter().filter(|note| note["verdict"] == "blocked").count();
    assert!(blocked > 0 && skipped.len() == blocked, "{} {blocked}", skipped.len());
    assert!(skipped.iter().all(|result| result["message"].as_str().unwrap().starts_with("blocked: ")));
    let observations = attached(&messages, "observation");
    let roster = observations.iter().find(|one| one["heading"] == "membership").unwrap();
    assert_eq!(roster["roster"]["title"], "Building security");
    let timeline = observations.iter().find(|one| one["heading"] == "status").unwrap();
    assert_eq!(timeline["timeline"]["states"][0]["state"], "NotStarted");
    assert!(timeline["timeline"]["states"][0]["reading"]["request"].as_str().unwrap().starts_with("POST /v1.0/"));
}

#[test]
fn who_was_reviewed_asked_and_denied_is_told_with_the_answers_that_show_it() {
    let messages = messages(&[("a.har", PUBLISHED.to_owned())], 0);
    let observations = attached(&messages, "observation");
    let under = |heading: &str| observations.iter().find(|one| one["heading"] == heading).unwrap();
    let both = json!(["Adele Vance", "Alex Wilber"]);
    let population = under("population")["roster"]["moments"].as_array().unwrap();
    assert!(population.len() >= 3 && population.iter().all(|moment| moment["names"] == both), "{population:?}");
    let whole = |moment: &Value| moment["reading"]["pages"] == 1 && moment["reading"]["items"] == 2;
    assert!(population.iter().all(whole), "{population:?}");
    assert_eq!(under("who was asked")["roster"]["moments"][0]["names"], both);
    let decisions = &under("decisions")["table"];
    let row = |name: &str| decisions["rows"].as_array().unwrap().iter().find(|row| row[0] == name).unwrap();
    assert_eq!([&row("Adele Vance")[1], &row("Adele Vance")[2]], ["Approve", "Adele Vance"]);
    assert_eq!([&row("Alex Wilber")[1], &row("Alex Wilber")[2]], ["Deny", "nobody: by default"]);
    assert_eq!(row("Alex Wilber")[5], "AppliedSuccessfully");
    let members = under("membership")["roster"]["moments"].as_array().unwrap();
    assert_eq!([&members[0]["names"], &members[1]["names"]], [&both, &json!(["Adele Vance"])]);
    assert!(members.iter().all(|moment| moment["reading"]["client_request_id"].is_string()), "{members:?}");
    assert_eq!(under("membership through groups too")["roster"]["moments"][0]["names"], json!(["Adele Vance"]));
    // Nobody has waited for five days.
    assert!(attached(&messages, "session")[0]["clock_moved"].as_u64().unwrap() > 4 * 86_400);
}

#[test]
fn each_step_names_its_definition_and_the_texts_of_its_parameters() {
    let messages = messages(&[("a.har", PUBLISHED.to_owned())], 0);
    let cases = all(&messages, "testCase");
    let step = &cases[0]["testSteps"][0];
    let definitions = all(&messages, "stepDefinition");
    let definition = definitions.iter().find(|definition| definition["id"] == step["stepDefinitionIds"][0]).unwrap();
    let expression = json!({"source": "{actor} creates the user {string}:", "type": "CUCUMBER_EXPRESSION"});
    assert_eq!(definition["pattern"], expression);
    let place = &definition["sourceReference"];
    assert_eq!(place["uri"], "steps/directory.rs");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("steps/directory.rs")).unwrap();
    let line = usize::try_from(place["location"]["line"].as_u64().unwrap()).unwrap();
    assert!(text.lines().nth(line - 1).unwrap().contains("creates the user {string}:"), "{place}");
    let pickles = all(&messages, "pickle");
    let sentence = pickles[0]["steps"][0]["text"].as_str().unwrap();
    let arguments = step["stepMatchArgumentsLists"][0]["stepMatchArguments"].as_array().unwrap();
    let names: Vec<&Value> = arguments.iter().map(|argument| &argument["parameterTypeName"]).collect();
    assert_eq!(names, ["actor", "string"]);
    for argument in arguments {
        let start = usize::try_from(argument["group"]["start"].as_u64().unwrap()).unwrap();
        assert!(sentence[start..].starts_with(argument["group"]["value"].as_str().unwrap()), "{argument}");
    }
    let known = all(&messages, "parameterType");
    assert!(known.iter().any(|kind| kind["name"] == "actor"), "{known:?}");
}

#[test]
fn a_run_in_which_all_passed_is_a_success() {
    let messages = messages(&[("a.har", PUBLISHED.to_owned())], 0);
    assert_eq!(messages.last().unwrap()["testRunFinished"]["success"], json!(true));
    assert!(messages[0].get("meta").is_some());
}

#[test]
fn every_exchange_of_a_session_is_attached_to_its_step() {
    let messages = messages(&[("a.har", PUBLISHED.to_owned())], 0);
    let exchanges = attached(&messages, "exchange");
    assert_eq!(exchanges.len(), 37);
    let recorded: Value = serde_json::from_str(PUBLISHED).unwrap();
    for exchange in &exchanges {
        let entry = &recorded["log"]["entries"][exchange["entry"].as_u64().unwrap() as usize - 1];
        let url = entry["request"]["url"].as_str().unwrap();
        assert_eq!(exchange["path"], url.trim_start_matches("https://graph.microsoft.com"), "{exchange}");
        assert_eq!((&exchange["actor"], &exchange["origin"]), (&entry["_actor"], &entry["_provenance"]), "{exchange}");
        assert_eq!(
            (&exchange["method"], &exchange["status"]),
            (&entry["request"]["method"], &entry["response"]["status"])
        );
        assert_eq!((&exchange["attempts"], &exchange["is_own_look"]), (&json!(1), &json!(false)));
    }
    let answered = exchanges.iter().filter(|exchange| exchange["response"]["body"]["displayName"] == "Adele Vance");
    assert!(answered.count() > 0);
    let started: HashSet<&str> = exchanges.iter().map(|exchange| exchange["started"].as_str().unwrap()).collect();
    assert!(started.len() > 20, "the times are the recorded ones: {started:?}");
}

#[test]
fn of_many_sessions_the_exchanges_of_failed_scenarios_are_attached() {
    let messages = passed_and_failed();
    let exchanges = attached(&messages, "exchange");
    assert!((1..10).contains(&exchanges.len()), "{}", exchanges.len());
    assert!(exchanges.iter().all(|exchange| exchange["entry"].is_u64()));
    let failed: Vec<&Value> = all(&messages, "testStepFinished")
        .into_iter()
        .filter(|step| step["testStepResult"]["status"] == "FAILED")
        .collect();
    let media_type = json!("application/vnd.graphwalk.exchange+json");
    for step in failed {
        let attachments = all(&messages, "attachment").into_iter();
        let mut of_step = attachments.filter(|one| {
            (&one["testStepId"], &one["testCaseStartedId"]) == (&step["testStepId"], &step["testCaseStartedId"])
        });
        assert!(of_step.any(|one| one["mediaType"] == media_type), "{step}");
    }
}
