//! The schema of the file says what the reader says.

use jsonschema::Validator;

use super::keys::{ACTOR_KEYS, KeyShape, SETTINGS};
use super::read::words_of;
use super::*;

fn validator() -> Validator {
    jsonschema::options().build(&json_schema()).unwrap()
}

/// Returns whether the schema finds no fault.
fn fits(validator: &Validator, file: &str) -> bool {
    let value: serde_json::Value = toml::from_str(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    validator.is_valid(&value)
}

/// Returns whether the reader finds no fault.
fn reads(file: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), file).unwrap();
    Config::load(&Sources { directory: folder.path().to_owned(), ..Sources::default() }).is_ok()
}

/// A file with one key, which stands where it belongs.
fn file(key: &str, value: &str) -> String {
    match key.split_once('.') {
        Some((table, key)) => format!("[{table}]\n{key} = {value}\n"),
        None => format!("{key} = {value}\n"),
    }
}

/// Values that a key of a shape does not take.
fn wrong(shape: KeyShape) -> &'static [&'static str] {
    match shape {
        KeyShape::Text => &["5", "true", "[]", "\"\"", "\" \""],
        KeyShape::Truth => &["\"true\"", "1"],
        KeyShape::Seconds => &["0", "-1", "8640001", "\"10\"", "1.5"],
        KeyShape::Port => &["0", "65536", "\"80\""],
        KeyShape::Mebibytes => &["0", "4097", "\"64\""],
        KeyShape::Path => &["5", "\"\"", "\"https://example.com/x\""],
        KeyShape::Variable => &["5", "\"\"", "\"not-a-name\"", "\"1A\""],
        KeyShape::List => &["\"User.Read\"", "[5]", "[\"a b\"]"],
    }
}

#[test]
fn every_key_of_the_reader_is_in_the_schema_and_wrong_values_fail_in_both() {
    let validator = validator();
    let schema = json_schema();
    for key in &SETTINGS {
        let pointer = format!("/properties/{}", key.name.replace('.', "/properties/"));
        let property = schema.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}"));
        assert!(property["description"].as_str().is_some_and(|text| text.len() > 10), "{pointer}: {property}");
        if let Some(default) = key.default {
            let quoted = matches!(key.shape, KeyShape::Text | KeyShape::Path).then(|| format!("{default:?}"));
            let file = file(key.name, quoted.as_deref().unwrap_or(default));
            assert!(fits(&validator, &file) && reads(&file), "{file}");
        }
        for value in wrong(key.shape) {
            let file = file(key.name, value);
            assert!(!fits(&validator, &file) && !reads(&file), "{file}");
        }
    }
    for key in &ACTOR_KEYS {
        assert!(schema.pointer(&format!("/properties/actors/additionalProperties/properties/{}", key.name)).is_some());
        for value in wrong(key.shape) {
            let file = format!("[actors.\"Adele Vance\"]\n{} = {value}\n", key.name);
            assert!(!fits(&validator, &file) && !reads(&file), "{file}");
        }
    }
}

#[test]
fn keys_that_choose_among_words_take_those_words_alone() {
    let validator = validator();
    for key in ["cloud", "finish", "review-by", "token-cache"] {
        assert!(words_of(key).len() > 1);
        for word in words_of(key) {
            let file = file(key, &format!("{word:?}"));
            assert!(fits(&validator, &file) && reads(&file), "{file}");
        }
        let file = file(key, "\"other\"");
        assert!(!fits(&validator, &file) && !reads(&file), "{file}");
    }
}

#[test]
fn unknown_keys_and_keys_of_another_sign_in_fail_in_both() {
    let app = "client-id = \"11111111-2222-4333-8444-555555555555\"";
    let validator = validator();
    for file in [
        "tennant = \"contoso.com\"".to_owned(),
        "[timeouts]\nconect = 5".to_owned(),
        "[limits]\nanswers = 5".to_owned(),
        "timeouts = 5".to_owned(),
        "actors = []".to_owned(),
        "[actors]\nadministrator = \"me\"".to_owned(),
        format!("[actors.a]\nsign-in = \"device-code\"\nsignin = 5\n{app}"),
        format!("[actors.a]\nsign-in = \"magic\"\n{app}"),
        format!("[actors.a]\nsign-in = \"device-code\"\n{app}\ntoken-env = \"TOKEN\""),
        format!("[actors.a]\nsign-in = \"azure-cli\"\n{app}"),
        "[may-change]\ndirector = 5".to_owned(),
        "[may-change]\ndirector = \"users\"".to_owned(),
        "[values]\nemployee = \"\"".to_owned(),
        "may-create = 5".to_owned(),
        "[[may-create]]\nid = \"named-location\"".to_owned(),
        "[[may-create]]\nid = \"a\"\nnoun = \"a\"\ncollection = \"/identity/conditionalAccess/namedLocations\"\n\
         marks = { displayName = \"colour\" }\nlook-up = { by = \"list\", property = \"displayName\" }\norder = 5"
            .to_owned(),
    ] {
        assert!(!fits(&validator, &file) && !reads(&file), "{file}");
    }
}

/// The template with everything that it shows put to use.
#[test]
fn what_the_template_shows_fits_the_schema() {
    let is_shown = |line: &&str| !line.starts_with("# ") && *line != "#";
    let file: Vec<&str> = TEMPLATE.lines().filter(is_shown).map(|line| line.trim_start_matches('#')).collect();
    let file = file.join("\n");
    let value: serde_json::Value = toml::from_str(&file).unwrap();
    assert_eq!(value["actors"].as_object().unwrap().len(), 2);
    let faults: Vec<String> = validator().iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    // What only variables add is not missed.
    assert!(fits(&validator(), "[actors.administrator]\nsign-in = \"client-secret\"\n"));
}
