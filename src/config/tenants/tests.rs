//! Files of tenants: what a row says, over what it is laid, and how a fault is told.

use std::path::Path;

use super::*;
use crate::config::{Config, SignInMethod, Sources};
use crate::diagnostic::Diagnostic;

const TOML: &str = r#"
[[tenants]]
name = "Contoso"
tenant = "contoso.onmicrosoft.com"
labels = ["emea", "pilot"]
[tenants.actors.administrator]
client-id = "00000000-0000-4000-8000-000000000001"
client-secret-env = "CONTOSO_SECRET"
[tenants.values]
employee = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6"

[[tenants]]
tenant = "fabrikam.us"
cloud = "usgov"
seed = "fabrikam.yaml"
actors.administrator = { client-id = "00000000-0000-4000-8000-000000000002", client-secret-env = "GRAPHWALK_FABRIKAM" }
"#;

const CSV: &str = "\u{feff}name,tenant,cloud,labels,seed,actors.administrator.client-id,actors.administrator.client-secret-env,values.employee
Contoso,contoso.onmicrosoft.com,,emea pilot,,00000000-0000-4000-8000-000000000001,CONTOSO_SECRET,3b8ceebc-49e6-4e0c-9e14-c906374a7ef6
# a comment
,fabrikam.us,usgov,,fabrikam.yaml,00000000-0000-4000-8000-000000000002,GRAPHWALK_FABRIKAM,
";

const BASE: &str =
    "tenant = \"nobody.example\"\nallow-writes = true\n[actors.administrator]\nsign-in = \"client-secret\"\n";

fn file(folder: &Path, name: &str, text: &str) -> Result<TenantsFile, Vec<String>> {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    TenantsFile::read(&path).map_err(|faults| {
        let shown = faults.iter().map(|fault| Diagnostic::from(fault).render(false));
        shown.map(|text| text.replace(&folder.display().to_string(), "DIR")).collect()
    })
}

fn config(folder: &Path, tenants: &TenantsFile, place: usize) -> Config {
    let base = folder.join("graphwalk.toml");
    std::fs::write(&base, BASE).unwrap();
    let variables = [("GRAPHWALK_FABRIKAM", "s"), ("GRAPHWALK_TENANT", "of-a-variable.example")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let (file, directory) = (Some(base), folder.to_owned());
    let flags = vec![("cloud", "--cloud", "china".to_owned())];
    let sources = Sources { file, directory, variables, flags, tenant: tenants.layer(place), ..Sources::default() };
    Config::load(&sources).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn toml_and_csv_say_the_same_of_each_tenant() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.toml", TOML), ("a.csv", CSV)] {
        let tenants = file(folder.path(), name, text).unwrap();
        let names: Vec<&str> = tenants.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Contoso", "fabrikam.us"], "{name}");
        assert_eq!(tenants.rows[0].labels, ["emea", "pilot"], "{name}");
        assert_eq!(tenants.rows[1].seed.as_deref(), Some(folder.path().join("fabrikam.yaml").as_path()), "{name}");
        assert_eq!(tenants.rows[0].values()["employee"], "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6", "{name}");
        let of_admin = |place| match config(folder.path(), &tenants, place).actors["administrator"].sign_in.clone() {
            SignInMethod::ClientSecret { client_id, secret_env } => (client_id, secret_env),
            other => panic!("{other:?}"),
        };
        assert_eq!(of_admin(0), ("00000000-0000-4000-8000-000000000001".to_owned(), "CONTOSO_SECRET".to_owned()));
        assert_eq!(of_admin(1), ("00000000-0000-4000-8000-000000000002".to_owned(), "GRAPHWALK_FABRIKAM".to_owned()));
    }
}

#[test]
fn a_tenant_is_laid_over_the_file_the_variables_and_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = file(folder.path(), "a.toml", TOML).unwrap();
    let config = |place| config(folder.path(), &tenants, place);
    assert_eq!(config(0).tenant.unwrap().as_str(), "contoso.onmicrosoft.com");
    assert_eq!(config(1).tenant.unwrap().as_str(), "fabrikam.us");
    assert_eq!(config(0).endpoints.graph.as_str(), "https://microsoftgraph.chinacloudapi.cn/");
    assert_eq!(config(1).endpoints.graph.as_str(), "https://graph.microsoft.us/");
    assert!(config(0).allow_writes && config(0).values.configured.contains_key("employee"));
    assert!(!config(1).values.configured.contains_key("employee"), "what one tenant has, another has not");
    let effective = config(1).effective;
    let origin = |key: &str| effective.iter().find(|row| row.key == key).unwrap().origin.to_string();
    assert!(origin("tenant").ends_with("a.toml:13"), "{}", origin("tenant"));
}

#[test]
fn who_signs_in_another_way_brings_nothing_of_the_first_way() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[[tenants]]\ntenant = \"a.example\"\nactors.administrator = { sign-in = \"azure-cli\" }\n";
    let tenants = file(folder.path(), "a.toml", text).unwrap();
    let base = folder.path().join("g.toml");
    let id = "00000000-0000-4000-8000-000000000001";
    let written = format!("{BASE}client-id = \"{id}\"\nclient-secret-env = \"S\"\n");
    std::fs::write(&base, written).unwrap();
    let config = Config::load(&Sources { file: Some(base), tenant: tenants.layer(0), ..Sources::default() }).unwrap();
    assert_eq!(config.actors["administrator"].sign_in, SignInMethod::AzureCli);
}

#[test]
fn faults_of_a_file_of_tenants_name_their_lines_and_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let twins = "[[tenants]]\ntenant = \"a.example\"\n[[tenants]]\nname = \"b\"\ntenant = \"A.example\"\n";
    let cases = [
        ("syntax.toml", "[[tenants]\ntenant = \"a\"\n", "the file is not TOML", "syntax.toml:1:1"),
        ("key.toml", "[[tenants]]\ntenant = \"a.example\"\nclowd = \"x\"\n", "did you mean cloud?", "key.toml:3:1"),
        ("top.toml", "tenant = \"a.example\"\n", "known keys: tenants", "top.toml:1:1"),
        ("runs.toml", "[[tenants]]\ntenant = \"a.example\"\nruns = \"x\"\n", "all tenants together", "runs.toml:3:1"),
        ("none.toml", "", "none.toml names no tenant", "begin each with [[tenants]]"),
        ("nameless.toml", "[[tenants]]\nlabels = [\"a\"]\n", "tenant is missing", "nameless.toml:1"),
        ("twins.toml", twins, "b: the same tenant stands in line 1", "twins.toml:3"),
        ("names.csv", "name,tenant\nx,a.example\nX,b.example\n", "the same name stands in line 2", "names.csv:3"),
        (
            "secret.csv",
            "tenant,actors.a.client-secret\na.example,hunter2-hunter2\n",
            "client-secret-env =",
            "secret.csv:1",
        ),
        (
            "value.csv",
            "tenant,actors.a.client-secret-env\na.example,hunter2 hunter2\n",
            "not the secret",
            "value.csv:2",
        ),
        ("columns.csv", "tenant,cloud\na.example\n", "expected 2 columns as in the first line, got 1", "columns.csv:2"),
        ("key.csv", "tenant,clowd\na.example,usgov\n", "did you mean cloud?", "key.csv:1"),
    ];
    for (name, text, told, place) in cases {
        let faults = file(folder.path(), name, text).unwrap_err().join("\n");
        assert!(faults.contains(told) && faults.contains(place) && !faults.contains("hunter2"), "{name}: {faults}");
    }
    assert!(TenantsFile::read(&folder.path().join("missing.toml")).is_err());
}
