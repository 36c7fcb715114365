//! Schemas from metadata: the whole of Graph's where it is at hand, and a small model of our own that has everything.

use std::path::{Path, PathBuf};

use graphwalk_generator::generate_types;
use graphwalk_schema::{Schemas, Shape};
use serde_json::{Value, json};

const ID: &str = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";

fn in_tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/csdl").join(name)
}

/// The schemas of the small model, in a folder that lives as long as they do.
fn library() -> (tempfile::TempDir, Schemas) {
    let folder = tempfile::tempdir().unwrap();
    let [csdl, overlay] = ["library.xml", "overlay.toml"].map(|name| std::fs::read_to_string(in_tests(name)).unwrap());
    let catalog = generate_types(&csdl, &overlay).unwrap();
    Schemas::of_catalog(catalog).write(folder.path()).unwrap();
    let schemas = Schemas::from_dir(folder.path()).unwrap();
    (folder, schemas)
}

#[test]
fn a_model_becomes_schemas() {
    let (_folder, schemas) = library();
    let texts = schemas.type_names().into_iter().map(|name| format!("{name}.json\n{}", schemas.source(&name).unwrap()));
    insta::assert_snapshot!(
        texts.filter(|text| !text.starts_with("error") && !text.starts_with("collection")).collect::<String>()
    );
}

/// Returns what is found, `violation POINTER` or `drift POINTER`; once where a value has both a wrong type and no known
/// value.
fn found(schemas: &Schemas, name: &str, body: &Value) -> Vec<String> {
    let findings = schemas.check_type(name, false, body).unwrap();
    let violations = findings.violations.iter().map(|finding| format!("violation {}", finding.pointer));
    let mut told: Vec<String> =
        violations.chain(findings.drift.iter().map(|finding| format!("drift {}", finding.pointer))).collect();
    told.dedup();
    told
}

#[test]
fn every_rule_of_the_model_holds_for_values() {
    let (_folder, schemas) = library();
    let whole = json!({
        "id": ID, "title": "t", "state": "Lent", "pages": 7, "price": "INF", "printed": "2022-02-11",
        "added": "2022-02-11T08:30:00Z", "loan": "P5D", "opens": "08:30:00", "cover": "SGVsbG8_", "binding": "paper",
        "condition": "worn", "rights": "read,lend", "subjects": ["s"], "borrowers": [],
        "places": [{"row": 1, "board": 2}, {"@odata.type": "#microsoft.graph.room", "door": {"key": ID}}, null],
    });
    assert_eq!(found(&schemas, "book", &whole), [""; 0]);
    let cases = [
        ("id", json!("x"), "violation /id"),
        ("id", Value::Null, "violation /id"),
        ("title", Value::Null, "violation /title"),
        ("state", json!("Burnt"), "drift /state"),
        ("state", json!(1), "violation /state"),
        ("pages", json!(3_000_000_000_u32), "violation /pages"),
        ("pages", json!(1.5), "violation /pages"),
        ("price", json!("much"), "violation /price"),
        ("printed", json!("2022-02-30"), "violation /printed"),
        ("added", json!("2022-02-11"), "violation /added"),
        ("loan", json!("5 days"), "violation /loan"),
        ("opens", json!("25:00"), "violation /opens"),
        ("cover", json!("*"), "violation /cover"),
        ("binding", json!("leather"), "violation /binding"),
        ("condition", json!("burnt"), "drift /condition"),
        ("condition", Value::Null, "violation /condition"),
        ("rights", json!("read,burn"), "violation /rights"),
        ("subjects", json!([1]), "violation /subjects/0"),
        ("subjects", json!(["abc", "d"]), ""),
        ("subjects", json!(["a", "b", "c"]), "drift /subjects"),
        ("subjects", json!(["abcd"]), "drift /subjects/0"),
        ("subjects", json!(["ä"]), "drift /subjects/0"),
        ("title", json!("of 12 lettÄr"), ""),
        ("title", json!("of 13 letters"), "drift /title"),
        ("title", json!("a-b"), "drift /title"),
        ("title", json!("a]"), "drift /title"),
        ("title", json!("\\"), "drift /title"),
        ("places", json!([{"row": 1}]), ""),
        ("places", json!([{"row": 1, "board": 300}]), "violation /places/0/board"),
        ("places", json!([{"row": 1, "door": null}]), "drift /places/0/door"),
        (
            "places",
            json!([{"@odata.type": "#microsoft.graph.room", "door": {"key": "x"}}]),
            "violation /places/0/door/key",
        ),
        ("places", json!([{"@odata.type": "#microsoft.graph.cellar"}]), "drift /places/0/@odata.type"),
        ("borrowers", json!("anything"), ""),
        ("title@odata.note", json!(1), ""),
        ("author", json!("a"), "drift /author"),
    ];
    for (name, value, expected) in cases {
        let mut body = whole.clone();
        body[name] = value.clone();
        assert_eq!(found(&schemas, "book", &body).join(", "), expected, "{name}: {value}");
    }
    assert_eq!(found(&schemas, "reader", &json!({"id": ID, "hat": "blue"})), [""; 0], "an open type");
    assert_eq!(found(&schemas, "reader", &json!({"hat": "blue"})), ["violation /id"]);
    assert_eq!(found(&schemas, "reader", &json!({"id": ID, "name": "Zoe Ångström"})), ["drift /name"]);
    assert_eq!(found(&schemas, "reader", &json!({"id": ID, "name": "Зоя ßœ×"})), ["drift /name"]);
    assert_eq!(found(&schemas, "reader", &json!({"id": ID, "name": "Зоя ×"})), [""; 0]);
}

#[test]
fn a_body_may_set_only_what_can_be_written_with_its_method() {
    let (_folder, of_folder) = library();
    let body = json!({"title": "t", "pages": 1, "printed": "2022-02-11", "loan": "P5D"});
    let [csdl, overlay] = ["library.xml", "overlay.toml"].map(|name| std::fs::read_to_string(in_tests(name)).unwrap());
    let of_catalog = Schemas::of_catalog(generate_types(&csdl, &overlay).unwrap());
    for schemas in [of_folder, of_catalog] {
        let refused = |method: &str| {
            let mut drift = schemas.check_request(method, "book", &body).unwrap().drift;
            drift.sort_by(|one, other| one.pointer.cmp(&other.pointer));
            drift.into_iter().map(|finding| format!("{}: {}", finding.pointer, finding.expected)).collect::<Vec<_>>()
        };
        let (never, later) =
            ("/pages: nothing: only the service sets it", "/loan: nothing: it is set only by an update");
        assert_eq!(refused("POST"), [later, never]);
        assert_eq!(refused("PATCH"), [never, "/printed: nothing: it is set only on creation"]);
        assert_eq!(refused("PUT"), [""; 0]);
    }
}

#[test]
fn a_finding_says_how_long_a_text_may_be_and_what_may_not_be_in_it() {
    let expected =
        |body: Value| Schemas::embedded().check_request("PATCH", "group", &body).unwrap().drift[0].expected.clone();
    assert_eq!(expected(json!({"displayName": "x".repeat(257)})), "at most 256 characters");
    assert_eq!(expected(json!({"mailNickname": "a b"})), "a text without any of @()\\[]\";:<>, space");
    assert_eq!(expected(json!({"mailNickname": "ä"})), "a text of ASCII characters");
    let user = Schemas::embedded().check_request("PATCH", "user", &json!({"businessPhones": ["1", "2"]})).unwrap();
    assert_eq!(user.drift[0].expected, "at most 1 item");
}

#[test]
fn what_the_reference_says_of_applications_grants_and_organizations_is_held() {
    let sent = |method: &str, name: &str, body: Value| {
        let findings = Schemas::embedded().check_request(method, name, &body).unwrap();
        let all = findings.violations.into_iter().chain(findings.drift);
        all.map(|finding| format!("{}: {}", finding.pointer, finding.expected)).collect::<Vec<_>>()
    };
    let required = "a value, which is required to create one";
    assert_eq!(
        sent("POST", "application", json!({"signInAudience": "AzureADMyOrg"})),
        [format!("/displayName: {required}")]
    );
    let read_only = "/appId: nothing: only the service sets it";
    assert_eq!(sent("PATCH", "application", json!({"appId": "8f6e5d4c-3b2a-4918-9f0e-9d8c7b6a5f4e"})), [read_only]);
    assert_eq!(sent("POST", "oAuth2PermissionGrant", json!({"clientId": "x"})), [format!("/consentType: {required}")]);
    let country = sent("PATCH", "organization", json!({"defaultUsageLocation": "Germany"}));
    assert!(country.len() == 1 && country[0].starts_with("/defaultUsageLocation: "), "{country:?}");
    assert_eq!(sent("PATCH", "organization", json!({"defaultUsageLocation": "DE"})), [""; 0]);
    assert_eq!(
        sent("PATCH", "organization", json!({"businessPhones": ["1", "2"]})),
        ["/businessPhones: at most 1 item"]
    );
}

#[test]
fn a_path_of_graph_has_the_types_of_which_a_folder_has_schemas() {
    let (folder, schemas) = library();
    let answers = |schemas: &Schemas, path: &str| schemas.operation("GET", path).map(|operation| operation.response);
    assert_eq!(answers(&schemas, "/v1.0/users"), None, "the folder has no schema of a user");
    assert_eq!(answers(&schemas, "/v1.0/books"), None, "Graph has no books");
    let user = Schemas::embedded().source("user").unwrap();
    std::fs::write(folder.path().join("v1.0/user.json"), user).unwrap();
    let schemas = Schemas::from_dir(folder.path()).unwrap();
    assert_eq!(answers(&schemas, "/v1.0/users"), Some(Shape::Many("user".into())));
    assert_eq!(answers(&schemas, "/v1.0/users/1"), Some(Shape::One("user".into())));
    let created = schemas.check_request("POST", "book", &json!({"loan": "P1D"})).unwrap();
    assert_eq!(created.violations[0].pointer, "/title");
}
