//! Secrets in every position of a live run: none of them shows anywhere, and nothing of the tenant shows in a recording.

use crate::proxy::{Deed, Proxy};
use crate::served::{DOMAIN, PASSWORD, Served, TENANT, configure, files, graphwalk, told};

/// What the tenant adds to its answers: in headers, and in bodies under names that Graph has not.
const ADDED: [&str; 5] =
    ["Canary-cookie-51aa", "Canary-header-51ab", "Canary-challenge-51ac", "Canary-token-51ad", "Canary-password-51ae"];

fn with_canaries(answer: String) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let [cookie, header, challenge, token, password] = ADDED;
    let more = format!(r#"{{"accessToken":"{token}","passwordProfile":{{"password":"{password}"}},"#);
    let body = match body.strip_prefix('{') {
        Some(rest) if rest.trim() != "}" => format!("{more}{rest}"),
        _ => body.to_owned(),
    };
    let kept = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length"));
    let mut head: String = kept.map(|line| format!("{line}\r\n")).collect();
    head += &format!("set-cookie: session={cookie}; Secure\r\nx-ms-canary: {header}\r\n");
    head += &format!("www-authenticate: Bearer authorization_uri=\"https://{challenge}\"\r\n");
    if !head.starts_with("HTTP/1.1 204") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    format!("{head}\r\n{body}")
}

/// The secrets that the program itself made or got: tokens, and the passwords of the users it created.
fn of_the_run(proxy: &Proxy) -> Vec<String> {
    let mut secrets = Vec::new();
    for request in proxy.sent() {
        let lines = request.lines().filter_map(|line| line.split_once(": "));
        secrets.extend(
            lines
                .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .map(|(_, value)| value.strip_prefix("Bearer ").unwrap().to_owned()),
        );
        if let Some((_, rest)) = request.split_once("\"password\":\"") {
            secrets.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    secrets.sort();
    secrets.dedup();
    secrets
}

#[test]
fn no_secret_of_a_live_run_is_in_any_file_or_output() {
    let folder = tempfile::tempdir().unwrap();
    let (home, tenant) = (folder.path().join("home"), folder.path().join("tenant"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(&tenant).unwrap();
    let served = Served::start(&tenant);
    let proxy = Proxy::deciding(served.address, |_| Deed::Rewrite(with_canaries));
    configure(&home, &proxy.url, &served.url, "");
    let runs: [&[&str]; 8] = [
        &["record", "--on", "live", "--yes", "--out", "live.har", "--junit", "a.xml", "--json", "a.json"],
        // Unknown properties fail under --strict, and every failure is told.
        &["run", "--on", "live", "--yes", "--strict", "--junit", "b.xml", "--json", "b.json"],
        &["config", "show"],
        &["doctor"],
        &["doctor", "--json"],
        &["runs"],
        &["clean", "--purge"],
        &["recording", "check", "live.har"],
    ];
    let mut found = Vec::new();
    for arguments in runs {
        let mut command = graphwalk(&home, arguments);
        // Loopback is reached without the proxy whose password this is.
        command.env("GRAPHWALK_PROXY", "http://walker:Canary-proxy-51af@127.0.0.1:9").env("RUST_BACKTRACE", "1");
        let (code, text) = told(&command.output().unwrap());
        let expected = i32::from(arguments.contains(&"--strict"));
        assert_eq!(code, expected, "{arguments:?}: {text}");
        found.push((format!("{arguments:?}"), text));
    }
    served.holds_only_its_seed("after all runs");
    found.extend(files(&home));
    assert!(found.iter().filter(|(path, _)| path.ends_with(".har")).count() >= 3, "{:?}", found.len());
    let mut secrets = of_the_run(&proxy);
    assert!(secrets.iter().any(|secret| secret.starts_with("ey")) && secrets.len() >= 8, "{}", secrets.len());
    secrets.extend(ADDED.iter().map(|&canary| canary.to_owned()));
    secrets.extend([PASSWORD, "Canary-proxy-51af"].map(str::to_owned));
    for (place, content) in &found {
        for secret in &secrets {
            assert!(!content.contains(secret.as_str()), "{secret} in {place}");
        }
        if place.ends_with(".har") {
            let hidden = [DOMAIN, TENANT, "Fabrikam", "admin@"];
            assert_eq!(hidden.map(|name| content.contains(name)), [false; 4], "{place}");
        }
    }
}
