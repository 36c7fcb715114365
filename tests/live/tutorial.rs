//! The whole tutorial on a served tenant.

use crate::proxy::Proxy;
use crate::served::{DOMAIN, PASSWORD, Served, configure, ended, files, graphwalk, run_name, told};

#[test]
fn the_tutorial_passes_and_leaves_nothing_but_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (home, tenant) = (folder.path().join("home"), folder.path().join("tenant"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(&tenant).unwrap();
    let served = Served::start(&tenant);
    let proxy = Proxy::start(served.address, None);
    configure(&home, &proxy.url, &served.url);
    let (code, text) =
        ended(&home, &["record", "--on", "live", "--yes", "--out", "live.har", "--junit", "a.xml", "--json", "a.json"]);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
    assert!(text.contains("Building security: Adele Vance, Alex Wilber → Adele Vance"), "{text}");
    // What was changed in what the features ask for is said.
    for line in
        ["forceChangePasswordNextSignIn: false", "mailNotificationsEnabled: false", "reminderNotificationsEnabled"]
    {
        assert!(text.contains(line), "{line}: {text}");
        for report in ["a.xml", "a.json"] {
            let content = std::fs::read_to_string(home.join(report)).unwrap();
            assert!(content.contains("changed") && content.contains(line), "{report} lacks {line}: {content}");
        }
    }
    assert!(served.get("/_emulator/mail")["value"].as_array().unwrap().is_empty());
    let writes = proxy.requests().iter().filter(|request| !request.starts_with("GET")).count();
    assert_eq!(writes, 12, "{:?}", proxy.requests());

    // No secret is in any file or output; the tenant's names are in the run's own folder alone.
    let run = run_name(&home);
    let mark = format!("gw{}", run.replace('-', ""));
    for (path, content) in files(&home).into_iter().chain([("the output".to_owned(), text.clone())]) {
        assert!(
            !content.contains(PASSWORD) && !content.contains("Gw!") && !content.contains("eyJ"),
            "{path}: {content}"
        );
        if path.ends_with(".har") {
            assert!(!content.contains(&mark) && !content.contains(DOMAIN), "{path}");
        }
    }

    // The recording replays, and so do the exchanges that the run's folder keeps.
    for recording in ["live.har".to_owned(), format!(".graphwalk/runs/{run}/exchanges.har")] {
        let (code, text) = ended(&home, &["run", "--strict", "--recording", &recording]);
        assert_eq!(code, 0, "{recording}: {text}");
    }
    let (code, text) = ended(&home, &["runs"]);
    assert!(code == 0 && text.contains(&format!("{run}  passed")), "{text}");
    let (code, text) = ended(&home, &["clean"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
    assert_eq!(served.deleted_items(), 4);
    let (code, text) = ended(&home, &["clean", "--purge"]);
    assert_eq!((code, text.matches("purged").count()), (0, 4), "{text}");
    assert_eq!(served.deleted_items(), 0);
    served.holds_only_its_seed("after the purge");
}

#[test]
fn over_https_the_certificate_has_to_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_with(folder.path(), &["--tls", "--tls-ca", "ca.pem"]);
    configure(folder.path(), &served.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("error[no-answer]") && text.contains("invalid peer certificate"), "{text}");
    let arguments = ["run", "--on", "live", "--yes", "--through", "2", "--ca-file", "ca.pem"];
    let (code, text) = ended(folder.path(), &arguments);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("3 passed of 3 steps"), "{text}");
}

#[test]
fn adele_signs_in_by_device_code_and_keeps_the_password_rule() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    let file = folder.path().join("graphwalk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, adele) = text.split_at(text.rfind("sign-in = \"password\"").unwrap());
    std::fs::write(&file, format!("{before}{}", adele.replace("\"password\"", "\"device-code\""))).unwrap();
    // Nobody types the code in: the sign-in ends, the tutorial fails at step 7, and everything is deleted.
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
    let output = command.env("GRAPHWALK_TIMEOUTS_SIGN_IN", "1").output().unwrap();
    let (code, text) = told(&output);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("sign in as Adele Vance: open "), "{text}");
    assert!(text.contains("reset it in the Entra admin"), "{text}");
    assert!(text.contains("did not sign in within 1 s"), "{text}");
    assert!(!text.contains("forceChangePasswordNextSignIn"), "{text}");
    served.holds_only_its_seed(&text);
}
