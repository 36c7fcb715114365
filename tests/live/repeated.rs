//! A tenant that repeats in its refusal the token that it was asked with: no command shows any of it, and all of them show
//! what the refusal is about.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::proxy::{Deed, Proxy, answer, interrupt};
use crate::served::{Served, configure, files, graphwalk, run_name, told};
use crate::waits::until_told;

const ID: &str = "7d0c2f9e-6d3f-4a53-9e0c-2b1f4f3f9a10";

pub fn token_of(request: &str) -> &str {
    let line = request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
    line.unwrap_or_default()
}

fn refusal(code: &str, message: &str) -> String {
    let body = json!({"error": {"code": code, "message": message}}).to_string();
    answer("403 Forbidden", &format!("request-id: {ID}\r\n"), &body)
}

/// The ways in which a token is repeated.
const REPEATING: [fn(&str) -> String; 8] = [
    |request| refusal("Denied_ForTest", &format!("Bearer {} may not read this", token_of(request))),
    |request| {
        let percent: String = token_of(request).bytes().map(|byte| format!("%{byte:02X}")).collect();
        refusal("Denied_ForTest", &format!("may not read: {percent}"))
    },
    |request| refusal("Denied_ForTest", &format!("may not read: {}", STANDARD.encode(token_of(request)))),
    |request| {
        let own = format!("x:{}", token_of(request));
        refusal("Denied_ForTest", &format!("may not read: {}", URL_SAFE_NO_PAD.encode(own)))
    },
    |request| {
        let (one, two) = token_of(request).split_at(token_of(request).len() / 2);
        refusal("Denied_ForTest", &format!("may not read: it began with {one} and ended with {two}"))
    },
    |request| {
        let lines: Vec<&str> =
            token_of(request).as_bytes().chunks(40).map(|part| std::str::from_utf8(part).unwrap()).collect();
        refusal("Denied_ForTest", &format!("may not read:\n{}", lines.join("\r\n")))
    },
    |request| {
        let escaped: String = token_of(request).chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
        refusal("Denied_ForTest", &format!("may not read: {{\"a\": \"{escaped}\"}}"))
    },
    |request| {
        let token = token_of(request);
        let head =
            format!("HTTP/1.1 403 {token}\r\nrequest-id: {token}\r\nretry-after: {token}\r\ncontent-length: 0\r\n");
        format!("{head}connection: close\r\n\r\n")
    },
];

/// What is left of a text without what may stand between the parts of a token.
fn bare(text: &str) -> String {
    let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy().replace("\\u00", "%");
    let plain = percent_encoding::percent_decode_str(&plain).decode_utf8_lossy().into_owned();
    plain.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn hides(text: &str, token: &str, way: usize) {
    let shown = bare(text);
    let encoded = [0, 1, 2].map(|shift| STANDARD.encode(format!("{}{token}", &"xyz"[..shift])));
    for form in encoded.iter().map(String::as_str).chain([token]).map(bare) {
        for window in form.as_bytes().windows(20).skip(4) {
            let window = std::str::from_utf8(window).unwrap();
            assert!(!shown.contains(window), "{window} of the token, repeated in way {way}: {text}");
        }
    }
}

/// Refuses a user, and repeats the password that it was to have.
fn repeats_the_password(request: &str) -> String {
    let body = request.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str::<Value>(body).ok());
    let password =
        body.as_ref().and_then(|body| body.pointer("/passwordProfile/password")?.as_str()).unwrap_or_default();
    let lines: Vec<String> = password.chars().map(|c| format!("%{:02x}", c as u32)).collect();
    refusal("Denied_ForTest", &format!("the password is weak: {} or {}", lines.join("\n"), STANDARD.encode(password)))
}

#[test]
fn the_password_of_a_user_that_is_refused_is_not_shown_in_any_form() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::deciding(served.address, |line| match line {
        "POST /v1.0/users" => Deed::Respond(repeats_the_password),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &proxy.url);
    let arguments = ["run", "--on", "live", "--yes", "--junit", "a.xml", "--json", "a.json"];
    let (code, text) = told(&graphwalk(folder.path(), &arguments).output().unwrap());
    assert!(code == 1 && text.contains("Denied_ForTest: the password is weak: ***"), "{text}");
    let sent = proxy.sent();
    let request = sent.iter().find(|request| request.starts_with("POST /v1.0/users")).unwrap();
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let password = body["passwordProfile"]["password"].as_str().unwrap();
    let written = files(folder.path()).into_iter().filter(|(path, _)| !path.contains("seed.json"));
    for (place, text) in written.chain([("terminal".to_owned(), text)]) {
        for form in [password.to_owned(), STANDARD.encode(password)].map(|form| bare(&form)) {
            let piece = &form[2..form.len() - 4];
            assert!(!bare(&text).contains(piece), "{piece} in {place}: {text}");
        }
    }
}

#[test]
fn no_command_shows_any_part_of_a_token_that_a_refusal_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    // Nobody refuses at first.
    let way = Arc::new(AtomicUsize::new(usize::MAX));
    let asked = Arc::clone(&way);
    let proxy = Proxy::deciding(served.address, move |line| match REPEATING.get(asked.load(Ordering::Relaxed)) {
        Some(repeat) if line.starts_with("GET /v1.0/organization") => Deed::Respond(*repeat),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &proxy.url);
    let mut left = graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--finish", "wait"]).spawn().unwrap();
    until_told(&mut left, "deletes what it created");
    let run = run_name(folder.path());
    interrupt(&mut left);
    left.wait().unwrap();
    for index in 0..REPEATING.len() {
        way.store(index, Ordering::Relaxed);
        let resume = ["resume", &run, "--yes", "--finish", "wait"];
        let record = ["record", "--on", "live", "--yes", "--out", "x.har"];
        for arguments in [&["run", "--on", "live", "--yes"][..], &record, &resume, &["doctor"]] {
            let (code, text) = told(&graphwalk(folder.path(), arguments).output().unwrap());
            assert!(code == 3 || arguments[0] == "doctor", "{code}: {text}");
            let sent = proxy.sent();
            let token = token_of(sent.iter().rfind(|request| request.contains("/v1.0/organization")).unwrap());
            assert!(token.len() > 100, "{token}");
            hides(&text, token, index);
            if arguments[0] != "doctor" && index < 7 {
                for fact in ["Denied_ForTest", "may not read", ID, "403", "GET /v1.0/organization"] {
                    assert!(text.contains(fact), "{fact} is not told in way {index}: {text}");
                }
            }
        }
    }
}
