//! What is never done to a tenant.

use std::process::Command;

use crate::proxy::Proxy;
use crate::served::{APP, DAEMON, Served, TENANT, configure, ended, graphwalk, told, write_feature};

#[test]
fn the_plan_lists_every_write_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there.
    configure(folder.path(), "http://127.0.0.1:9", "http://127.0.0.1:9");
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--plan"]);
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!(text);
    assert!(!folder.path().join(".graphwalk").exists());
}

#[test]
fn nothing_is_sent_without_leave_to_write() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "http://127.0.0.1:9", "http://127.0.0.1:9");
    let (code, text) = ended(folder.path(), &["run", "--on", "live"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("error[writes]") && text.contains("--plan"), "{text}");
}

#[test]
fn nothing_is_written_to_another_tenant_than_the_configured_one() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    let token = served.token("admin@fabrikam.onmicrosoft.com");
    let text = format!(
        "tenant = \"99999999-0000-4000-8000-000000000009\"\nbase-url = \"{}\"\nauthority = \"{}\"\n\
         [actors.administrator]\nsign-in = \"token\"\ntoken-env = \"TEST_TOKEN\"\n\
         [actors.\"Adele Vance\"]\nsign-in = \"token\"\ntoken-env = \"TEST_TOKEN\"\n",
        proxy.url, served.url
    );
    std::fs::write(folder.path().join("graphwalk.toml"), text).unwrap();
    let output = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]).env("TEST_TOKEN", token).output().unwrap();
    let (code, text) = told(&output);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("error[wrong-tenant]") && text.contains(TENANT), "{text}");
    assert_eq!(proxy.requests(), Vec::<String>::new());
    assert!(!text.contains("eyJ"), "{text}");
}

#[test]
fn an_app_that_acts_for_a_person_is_refused_before_any_create() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "http://127.0.0.1:9", "http://127.0.0.1:9");
    let file = folder.path().join("graphwalk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let start = text.find("[actors.\"Adele").unwrap();
    let app = format!("sign-in = \"client-secret\"\nclient-id = \"{DAEMON}\"\nclient-secret-env = \"SECRET\"\n");
    std::fs::write(&file, format!("{}[actors.\"Adele Vance\"]\n{app}", &text[..start])).unwrap();
    let (code, said) = ended(folder.path(), &["run", "--on", "live", "--yes"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("error[needs-user]") && said.contains("filterByCurrentUser"), "{said}");
    // An actor of the tutorial without a sign-in is found before as well.
    std::fs::write(&file, &text[..start]).unwrap();
    let (code, said) = ended(folder.path(), &["run", "--on", "live", "--yes"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("Adele Vance"), "{said}");
    assert!(!said.contains(APP));
}

#[test]
fn an_object_that_cannot_be_deleted_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let device = "{\"displayName\": \"Laptop\", \"accountEnabled\": true, \"deviceId\": \"4c299165-6e8f-4b45-a5ba-c5d250a707ff\", \
                  \"operatingSystem\": \"Linux\", \"operatingSystemVersion\": \"6\", \"alternativeSecurityIds\": [{\"type\": 2, \"key\": \"MTIz\"}]}";
    let post = "When the administrator sends POST \"/v1.0/devices\"";
    let steps = format!("    {post}\n      \"\"\"\n      {device}\n      \"\"\"\n    Then the status is 201\n");
    write_feature(folder.path(), &steps);
    let arguments = ["run", "--on", "live", "--yes", "--features", "features"];
    let (code, text) = ended(folder.path(), &arguments);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("error[not-journalled]"), "{text}");
    assert!(proxy.requests().iter().all(|request| request.starts_with("GET")), "{:?}", proxy.requests());
}

/// A run whose files may not grow beyond 512 bytes: the disk is full for it.
fn on_a_full_disk(folder: &std::path::Path) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_graphwalk");
    let script = format!("trap '' XFSZ; ulimit -f 1; exec '{program}' run --on live --yes --through 1");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder).env("TEST_PASSWORD", crate::served::PASSWORD);
    told(&shell.output().unwrap())
}

#[test]
fn a_full_disk_stops_creates_and_created_objects_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let (code, text) = on_a_full_disk(folder.path());
    assert_ne!(code, 0, "{text}");
    assert!(text.contains("File too large") || text.contains("cannot write"), "{text}");
    served.holds_only_its_seed(&text);
    let creates = proxy.requests().iter().filter(|request| request.starts_with("POST")).count();
    assert!(creates <= 1, "{:?}", proxy.requests());
}
