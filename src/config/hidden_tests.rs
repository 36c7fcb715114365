//! What did not parse is never repeated: it may be a secret in the wrong place.

use super::keys::{ACTOR_KEYS, KeyShape, SETTINGS};
use super::*;
use crate::diagnostic::Diagnostic;

/// Pasted where something else belongs.
const PASTED: [&str; 8] = [
    "walker:canary@proxy.example:8080",
    "http://walker:canary@proxy.example:8080",
    "https://canary@proxy.example",
    "https://proxy.example/?sig=canary",
    "//walker:canary@proxy.example",
    "walker:canary@",
    "canary pass phrase",
    "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.canarycanary",
];

/// The place where a value can come from.
#[derive(Clone, Copy, Debug)]
enum Way {
    File,
    Variable,
    Flag,
}

fn sources(folder: &std::path::Path, way: Way, actor: bool, key: &'static str, value: &str) -> Sources {
    let app = "client-id = \"11111111-2222-4333-8444-555555555555\"";
    let own = if key == "client-id" { "" } else { app };
    let line = if key == "scopes" { format!("{key} = [{value:?}]") } else { format!("{key} = {value:?}") };
    let (mut file, mut sources) = (
        String::new(),
        Sources { directory: folder.to_owned(), file: Some(folder.join("x.toml")), ..Sources::default() },
    );
    match (way, actor) {
        (Way::File, true) => file = format!("[actors.a]\nsign-in = \"device-code\"\n{own}\n{line}\n"),
        (Way::File, false) => match key.split_once('.') {
            Some((table, key)) => file = format!("[{table}]\n{key} = {value:?}\n"),
            None => file = format!("{line}\n"),
        },
        (Way::Variable, true) => {
            file = format!("[actors.a]\nsign-in = \"device-code\"\n{own}\n");
            sources.variables.push((keys::variable(&format!("actors.a.{key}")), value.to_owned()));
        }
        (Way::Variable, false) => sources.variables.push((keys::variable(key), value.to_owned())),
        (Way::Flag, _) => sources.flags.push((key, "--flag", value.to_owned())),
    }
    std::fs::write(folder.join("x.toml"), file).unwrap();
    sources
}

#[test]
fn a_value_that_does_not_parse_is_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SETTINGS.iter().map(|key| (false, key));
    let mut refused = 0;
    for (actor, key) in settings.chain(ACTOR_KEYS.iter().map(|key| (true, key))) {
        for way in [Way::File, Way::Variable, Way::Flag] {
            for value in PASTED {
                // A list of words, and the names of files, are what they are.
                let is_list = key.name == "scopes" && matches!(way, Way::Variable) && !value.contains('@');
                if matches!(way, Way::Flag) && actor || is_list || key.shape == KeyShape::Path && !value.contains("://")
                {
                    continue;
                }
                let loaded = Config::load(&sources(folder.path(), way, actor, key.name, value));
                let shown = match &loaded {
                    Ok(config) => format!("{config:?}"),
                    Err(faults) => faults.iter().map(|fault| Diagnostic::from(fault).render(false)).collect(),
                };
                refused += usize::from(loaded.is_err());
                assert!(!shown.contains("canary"), "{way:?} {} = {value}: {shown}", key.name);
            }
        }
    }
    assert!(refused > 400, "{refused}");
}

#[test]
fn a_proxy_with_a_user_needs_its_scheme_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let load = |way, value| Config::load(&sources(folder.path(), way, false, "proxy", value));
    for way in [Way::File, Way::Variable, Way::Flag] {
        for value in [PASTED[0], "proxy.example:8080", "socks5://proxy.example", "http://", "http://proxy.example/a?b"]
        {
            assert!(load(way, value).is_err(), "{way:?} {value}");
        }
        assert!(load(way, "http://proxy.example:8080").is_ok());
    }
    assert!(load(Way::File, "http://canary@proxy.example").is_err());
    let config = load(Way::Variable, "http://walker:canary@proxy.example:8080").unwrap();
    let row = config.effective.iter().find(|row| row.key == "proxy").unwrap();
    assert_eq!(row.value.as_deref(), Some("http://***@proxy.example:8080/"));
    assert_eq!(config.network.proxy.as_ref().unwrap().password(), Some("canary"));
}

#[test]
fn a_password_in_place_of_a_variables_name_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, "[actors.administrator]\nsign-in = \"token\"\ntoken-env = \"Canary2Canary\"\n").unwrap();
    let config = Config::load(&Sources { file: Some(file), ..Sources::default() }).unwrap();
    assert!(config.effective.iter().all(|row| !row.value.as_deref().unwrap_or_default().contains("Canary")));
    let not_set = |variable: &str| {
        let variable = variable.to_owned();
        graphwalk_client::sign_in::SignInError::NotSet { variable, holds: "a token", help: "set it" }.to_string()
    };
    assert_eq!(not_set("Canary2Canary"), "the variable (not in capitals, so not shown) is not set");
    assert_eq!(not_set("MY_TOKEN_2"), "the variable MY_TOKEN_2 is not set");
}

#[test]
fn errors_of_the_toml_parser_quote_nothing_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    for text in [
        "tenant = canary",
        "tenant = \"x\" canary",
        "tenant = canary@x",
        "tenant = 1canary",
        "tenant = 'x' = 'canary'",
        "scopes = [\n[\"canary\"\n",
        "[\"canary\"",
        "[[canary]]x",
        "client-secret = \"\"\"\ncanary\n[canary]\n",
        "tenant = 2026-canary",
        "tenant = 0xcanary",
        "tenant = \"\\canary\"",
        "tenant = {canary",
        "a.canary = 1\na = 2",
        "tenant = \"canary\"\ntenant = \"canary\"",
    ] {
        std::fs::write(&file, text).unwrap();
        let faults = Config::load(&Sources { file: Some(file.clone()), ..Sources::default() }).unwrap_err();
        let shown: String = faults.iter().map(|fault| Diagnostic::from(fault).render(false)).collect();
        // The names of keys are shown, and no value is.
        assert!(!shown.replace("a.canary", "").contains("canary"), "{text}: {shown}");
    }
}
