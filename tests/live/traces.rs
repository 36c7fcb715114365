//! What commands that play no session ask Graph can be traced: `clean`, `doctor`, and what `resume` does beside its steps.

use std::path::Path;

use serde_json::Value;

use crate::proxy::{Moment, Proxy, kill};
use crate::served::{DOMAIN, PASSWORD, Served, configure, ended, graphwalk, run_name};

/// The entries of a trace: the method, the path and the status of each. Nothing in the file is a secret.
fn entries(folder: &Path, name: &str) -> Vec<(String, String, u64)> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    for secret in [PASSWORD, "Bearer", "access_token", "refresh_token", "Authorization", "eyJ"] {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{name} holds {secret}: {text}");
    }
    let har: Value = serde_json::from_str(&text).unwrap();
    let entry = |entry: &Value| {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        (text("/request/method"), text("/request/url"), entry["response"]["status"].as_u64().unwrap())
    };
    har["log"]["entries"].as_array().unwrap().iter().map(entry).collect()
}

/// A run that was killed after it had created users, a group and a review.
fn killed(folder: &Path) -> (Served, Proxy) {
    let served = Served::start(folder);
    let proxy = Proxy::start(served.address, Some((9, Moment::Done, kill)));
    configure(folder, &proxy.url, &served.url);
    let mut command = graphwalk(folder, &["run", "--on", "live", "--yes"]);
    proxy.watch(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap());
    assert_eq!(proxy.wait(), None);
    (served, proxy)
}

#[test]
fn a_clean_up_can_be_traced_with_every_delete_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (served, proxy) = killed(folder.path());
    let before = proxy.requests().len();
    let run = run_name(folder.path());
    let (code, text) = ended(folder.path(), &["clean", "--trace", "clean.har"]);
    assert_eq!(code, 0, "{text}");
    let told = entries(folder.path(), "clean.har");
    let is_delete = |entry: &&(String, String, u64)| entry.0 == "DELETE" && entry.2 == 204;
    assert!(told.iter().filter(is_delete).count() >= 5, "{told:#?}");
    // Every request to Graph but those for the clock is told.
    let sent = proxy.requests()[before..].iter().filter(|line| line.starts_with("DELETE ")).count();
    assert_eq!(told.iter().filter(|entry| entry.0 == "DELETE").count(), sent, "{told:#?}");
    assert!(std::fs::read_to_string(folder.path().join("clean.har")).unwrap().contains(&format!("clean {run}")));
    served.holds_only_its_seed(&text);
    let (code, text) = ended(folder.path(), &["clean", "--trace", "missing/clean.har"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
}

#[test]
fn what_a_resumed_run_sends_before_its_steps_is_in_its_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (served, _proxy) = killed(folder.path());
    let run = run_name(folder.path());
    let (code, text) = ended(folder.path(), &["resume", &run, "--yes", "--trace", "resumed.har"]);
    assert_eq!(code, 0, "{text}");
    let told = entries(folder.path(), "resumed.har");
    let steps = told.iter().position(|entry| entry.0 == "POST" && entry.1.ends_with("/accessReviews/definitions"));
    let undone = told.iter().position(|entry| entry.0 == "DELETE" && entry.1.contains("/accessReviews/definitions/"));
    assert!(undone.is_some() && steps.is_some(), "{told:#?}");
    let har = std::fs::read_to_string(folder.path().join("resumed.har")).unwrap();
    assert!(har.contains("\"_outside\":\"clean-up\"") || har.contains("\"_outside\": \"clean-up\""), "{har}");
    served.holds_only_its_seed(&text);
}

#[test]
fn what_the_doctor_asks_graph_can_be_traced_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    let (_, text) = ended(folder.path(), &["doctor", "--trace", "doctor.har"]);
    let told = entries(folder.path(), "doctor.har");
    for path in ["/v1.0/subscribedSkus", "/v1.0/organization"] {
        assert!(
            told.iter().any(|entry| entry.0 == "GET" && entry.1.contains(path) && entry.2 == 200),
            "{told:#?} {text}"
        );
    }
    assert!(told.iter().all(|entry| entry.0 == "GET" && !entry.1.contains("/oauth2/")), "{told:#?}");
    let (code, text) = ended(folder.path(), &["doctor", "--trace", "missing/doctor.har"]);
    assert!(code == 2 && text.contains("cannot write missing/doctor.har"), "{text}");
}

#[test]
fn what_the_doctor_asked_a_tenant_is_kept_though_another_cannot_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    let rows =
        format!("[[tenants]]\ntenant = \"{DOMAIN}\"\n[[tenants]]\ntenant = \"b.example\"\nbase-url = \"nowhere\"\n");
    std::fs::write(folder.path().join("tenants.toml"), rows).unwrap();
    let (code, text) = ended(folder.path(), &["doctor", "--tenants", "tenants.toml", "--trace", "doctor.har"]);
    assert!(code == 2 && text.contains("base-url must be"), "{text}");
    let told = entries(folder.path(), "doctor.har");
    assert!(told.iter().any(|entry| entry.1.contains("/v1.0/organization") && entry.2 == 200), "{told:#?} {text}");
}
