//! The reports have no fault by the published schemas of their formats.

use std::process::Command;

use serde_json::{Value, json};

use super::{Reports, published_schema};

fn schema(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(published_schema(name)?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[track_caller]
fn assert_valid(validator: &jsonschema::Validator, document: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{} errors: {:#?}", errors.len(), &errors[..errors.len().min(10)]);
}

#[test]
fn cucumber_json_fits_the_schema_of_each_flavour() {
    let (Some(jvm), Some(ruby)) = (schema("cucumber-jvm.json"), schema("cucumber-ruby.json")) else { return };
    let reports = Reports::of_every_fate();
    let (jvm, ruby) = (jsonschema::validator_for(&jvm).unwrap(), jsonschema::validator_for(&ruby).unwrap());
    assert!(!jvm.is_valid(&reports.json("ruby.json")) && !ruby.is_valid(&reports.json("jvm.json")));
    assert_valid(&jvm, &reports.json("jvm.json"));
    assert_valid(&ruby, &reports.json("ruby.json"));
}

#[test]
fn ctrf_fits_its_schema() {
    let Some(schema) = schema("ctrf.json") else { return };
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut report = Reports::of_every_fate().json("ctrf.json");
    assert_valid(&validator, &report);
    report["results"]["summary"]["tests"] = json!("many");
    assert!(!validator.is_valid(&report), "the schema asserts nothing");
}

#[test]
fn junit_fits_the_schema_of_jenkins() {
    let Some(schema) = published_schema("junit10.xsd") else { return };
    let reports = Reports::of_every_fate();
    let xmllint =
        |path: &std::path::Path| Command::new("xmllint").args(["--noout", "--schema"]).arg(&schema).arg(path).output();
    let Ok(output) = xmllint(&reports.path("junit.xml")) else {
        println!("skipped: there is no xmllint; Debian has it in libxml2-utils");
        return;
    };
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{} lines: {}", told.lines().count(), &told[..told.len().min(2_000)]);
    let broken = reports.path("broken.xml");
    std::fs::write(&broken, reports.text("junit.xml").replacen(" errors=\"0\"", "", 1)).unwrap();
    assert!(!xmllint(&broken).unwrap().status.success(), "the schema asserts nothing");
}
