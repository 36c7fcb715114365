//! What is one tenant's never reaches another: tokens, ids and results, also where all tenants have the same address.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{graphwalk, told};

const TENANTS: usize = 16;
const FEATURE: &str = r#"@step-1 @read-only
Feature: What is the tenant's own
  Scenario: Follow it
    When the administrator sends GET "/v1.0/groups"
    Then the status is 200
    And "$.value[0].id" is kept as "group"
    When the administrator sends GET "/v1.0/groups/{group}"
    Then the status is 200
    When the administrator sends GET "/v1.0/groups/{group}/members"
    Then the status is 200
    And "$.value[*]" finds 0 values
"#;

/// The request line of each call, with the token that it carried.
type Calls = Arc<Mutex<Vec<(String, String)>>>;

fn tenant_id(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

fn group_id(number: usize) -> String {
    format!("cccccccc-0000-4000-8000-{number:012}")
}

/// A token that names its tenant, and is recognised wherever it turns up.
fn token(number: usize) -> String {
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({"tid": tenant_id(number), "aud": "https://graph.microsoft.com", "exp": 4_000_000_000_u64,
        "scp": "Group.Read.All User.Read", "canary": format!("canary-of-tenant-{number:04}")});
    format!(
        "{}.{}.{}",
        part(json!({"alg": "none"})),
        part(claims),
        URL_SAFE_NO_PAD.encode(format!("signature-{number:04}-canary"))
    )
}

/// One Graph for all tenants, which tells them apart by their tokens.
fn serve(calls: &Calls) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let numbers: BTreeMap<String, usize> = (0..TENANTS).map(|number| (token(number), number)).collect();
    let calls = Arc::clone(calls);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (calls, numbers) = (Arc::clone(&calls), numbers.clone());
            std::thread::spawn(move || answer(&stream, &calls, &numbers));
        }
    });
    url
}

fn answer(mut stream: &TcpStream, calls: &Calls, numbers: &BTreeMap<String, usize>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let header = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization").then(|| value.trim().trim_start_matches("Bearer ").to_owned())
    });
    let token = header.unwrap_or_default();
    let number = numbers.get(&token).copied();
    calls.lock().unwrap().push((request.clone(), token));
    // The tenants are answered in another order than they asked.
    std::thread::sleep(Duration::from_millis(number.map_or(0, |number| (number * 7 % 5) as u64 * 3)));
    let own = number.map(|number| json!({"id": group_id(number), "displayName": format!("canary-{number:04}")}));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = match own {
        None => json!({"error": {"code": "InvalidAuthenticationToken", "message": "unknown"}}),
        Some(_) if path.contains("/members") => json!({"value": []}),
        Some(own) if path.contains("/groups/") => own,
        Some(own) => json!({"value": [own]}),
    };
    let (status, body) = (if number.is_some() { "200 OK" } else { "401 Unauthorized" }, body.to_string());
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// The folder of a run on all tenants; the tenant at place `swapped` names the variable of the next one.
fn prepare(folder: &Path, url: &str, swapped: Option<usize>) {
    std::fs::create_dir(folder.join("features")).unwrap();
    std::fs::write(folder.join("features/01-own.feature"), FEATURE).unwrap();
    let base = format!(
        "base-url = \"{url}\"\nauthority = \"{url}\"\nresource = \"https://graph.microsoft.com\"\ntoken-cache = \"off\"\n\
         [timeouts]\npoll = 1\nsettle = 1\nretry = 1\n[actors.administrator]\nsign-in = \"token\"\n"
    );
    std::fs::write(folder.join("graphwalk.toml"), base).unwrap();
    let mut rows = String::from("tenant,actors.administrator.token-env\n");
    for number in 0..TENANTS {
        let named = if swapped == Some(number) { number + 1 } else { number };
        writeln!(rows, "{},CANARY_TOKEN_{named}", tenant_id(number)).unwrap();
    }
    std::fs::write(folder.join("tenants.csv"), rows).unwrap();
}

fn play(folder: &Path) -> (i32, String) {
    let arguments = ["run", "--features", "features", "--on", "live", "--tenants", "tenants.csv", "--jobs", "8"];
    let reports = ["--results", "results", "--evidence", "evidence", "--junit", "junit.xml"];
    let mut command = graphwalk(folder, &arguments.into_iter().chain(reports).collect::<Vec<_>>());
    for number in 0..TENANTS {
        command.env(format!("CANARY_TOKEN_{number}"), token(number));
    }
    told(&command.output().unwrap())
}

/// Expects each call to carry the token of the tenant that it is about; returns how many each tenant made.
fn each_by_its_own(calls: &Calls) -> Vec<usize> {
    let mut counts = vec![0; TENANTS];
    for (request, token) in calls.lock().unwrap().iter() {
        if token.is_empty() {
            // What needs nobody to sign in is about nobody.
            assert!(!request.contains("cccccccc-") && !request.contains("/v1.0/groups"), "{request}");
            continue;
        }
        let number = (0..TENANTS).find(|number| self::token(*number) == *token);
        let number = number.unwrap_or_else(|| panic!("a call without a known token: {request}"));
        counts[number] += 1;
        let foreign = (0..TENANTS).filter(|other| *other != number);
        for other in foreign {
            let named = request.contains(&group_id(other)) || request.contains(&tenant_id(other));
            assert!(!named, "a call about tenant {other} with the token of tenant {number}: {request}");
        }
    }
    counts
}

#[test]
fn no_tenant_is_called_with_the_token_of_another() {
    let (folder, calls) = (tempfile::tempdir().unwrap(), Calls::default());
    let folder = folder.path();
    prepare(folder, &serve(&calls), None);
    let (code, text) = play(folder);
    assert!(code == 0 && text.contains("16 passed of 16 tenants"), "{text}");
    let counts = each_by_its_own(&calls);
    assert!(counts.iter().all(|count| *count >= 3 && *count == counts[0]), "{counts:?}");
    for number in 0..TENANTS {
        let evidence = folder.join("evidence").join(tenant_id(number));
        let all: String = super::served::files(&evidence).into_iter().map(|(_, text)| text).collect();
        assert!(all.contains(&group_id(number)) || all.contains("exchanges.har"), "tenant {number} has evidence");
        for other in (0..TENANTS).filter(|other| *other != number) {
            assert!(
                !all.contains(&group_id(other)) && !all.contains(&tenant_id(other)),
                "{number} has what is of {other}"
            );
        }
    }
    for (name, text) in super::served::files(folder) {
        let told = (0..TENANTS).find(|number| {
            let token = token(*number);
            token.split('.').skip(1).any(|part| text.contains(part)) && !name.ends_with("tenants.csv")
        });
        assert_eq!(told, None, "{name} has a token");
    }
}

#[test]
fn a_tenant_that_names_the_token_of_another_is_refused_before_it_is_called() {
    let (folder, calls) = (tempfile::tempdir().unwrap(), Calls::default());
    let folder = folder.path();
    prepare(folder, &serve(&calls), Some(5));
    let (code, text) = play(folder);
    assert!(code == 2 && text.contains("wrong-tenant"), "{text}");
    assert!(text.contains("15 passed, 1 failed of 16 tenants"), "{text}");
    let counts = each_by_its_own(&calls);
    assert_eq!((counts[5], counts[6]), (0, counts[0]), "{counts:?}");
}
