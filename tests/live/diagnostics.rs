//! Masking takes secrets away and nothing else: codes, ids and words of a refusal are reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::proxy::{Deed, Proxy, answer};
use crate::repeated::token_of;
use crate::served::{PASSWORD, Served, configure, graphwalk, told};

const ID: &str = "request-id: 7d0c2f9e-6d3f-4a53-9e0c-2b1f4f3f9a10\r\n";

fn graph(status: &str, headers: &str, code: &str, message: &str) -> String {
    let inner = json!({"date": "2026-11-25T01:27:00", "request-id": "7d0c2f9e-6d3f-4a53-9e0c-2b1f4f3f9a10"});
    let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
    answer(status, &format!("{ID}{headers}"), &body.to_string())
}

fn authority(code: u32, words: &str) -> String {
    let words = format!(
        "AADSTS{code}: {words}\r\nTrace ID: 1f0c5a0e-0000-4000-8000-00000000aaaa\r\nTimestamp: 2026-11-25 01:27:00Z"
    );
    let body = json!({"error": "invalid_grant", "error_description": words, "error_codes": [code],
        "correlation_id": "9b1d7c3a-0000-4000-8000-00000000bbbb"});
    answer("400 Bad Request", "", &body.to_string())
}

/// Makes an answer of a request.
type Respond = fn(&str) -> String;

/// What is answered, and to what.
const REFUSALS: [(&str, Respond); 12] = [
    ("GET /v1.0/organization", |request| {
        let words = format!("Insufficient privileges to complete the operation for Bearer {}.", token_of(request));
        graph("403 Forbidden", "", "Authorization_RequestDenied", &words)
    }),
    ("GET /v1.0/organization", |_| {
        let words = "Invalid value specified for property 'usageLocation' of resource 'User'.";
        graph("400 Bad Request", "", "Request_BadRequest", words)
    }),
    ("GET /v1.0/organization", |_| {
        let words = "Resource 'eb75ccd2-59ef-48b7-8f76-cc3f33f899f4' does not exist or one of its queried reference-property objects are not present.";
        graph("404 Not Found", "", "Request_ResourceNotFound", words)
    }),
    ("GET /v1.0/organization", |request| {
        let words = format!("Lifetime validation failed, the token is expired: {}", token_of(request));
        graph("401 Unauthorized", "", "InvalidAuthenticationToken", &words)
    }),
    ("GET /v1.0/organization", |_| {
        graph(
            "429 Too Many Requests",
            "retry-after: 30\r\n",
            "TooManyRequests",
            "Too many requests, see https://aka.ms/throttling?code=429",
        )
    }),
    ("GET /v1.0/organization", |_| graph("500 Internal Server Error", "retry-after: 30\r\n", "", "")),
    ("GET /v1.0/organization", |request| {
        answer("502 Bad Gateway", "retry-after: 30\r\n", &format!("<html>{}</html>", token_of(request)))
    }),
    ("GET /v1.0/organization", |_| {
        answer("403 Forbidden", "", r#"{"Message": "No HTTP resource was found that matches the request."}"#)
    }),
    ("GET /v1.0/organization", |request| {
        answer("200 OK", ID, &json!({"value": [{"verifiedDomains": token_of(request)}]}).to_string())
    }),
    ("POST /5f0a1c1e/oauth2", |_| {
        authority(50126, &format!("Error validating credentials due to invalid username or password {PASSWORD}."))
    }),
    ("POST /5f0a1c1e/oauth2", |_| {
        authority(
            900_999,
            &format!("The reply {PASSWORD} is of state InProgress, see policy 0f8fad5b-d9cb-469f-a165-70867728950e."),
        )
    }),
    ("POST /5f0a1c1e/oauth2", |_| answer("400 Bad Request", "", r#"{"error": "temporarily_unavailable"}"#)),
];

#[test]
fn refusals_are_shown_with_code_and_id_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let which = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&which);
    let proxy = Proxy::deciding(served.address, move |line| {
        let (to, answer) = REFUSALS[asked.load(Ordering::Relaxed)];
        let is_token = to.starts_with("POST") && line.ends_with("/oauth2/v2.0/token");
        if is_token || line.starts_with(to) { Deed::Respond(answer) } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &proxy.url);
    let mut all = String::new();
    for index in 0..REFUSALS.len() {
        which.store(index, Ordering::Relaxed);
        let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
        let (code, text) = told(&command.env("GRAPHWALK_TIMEOUTS_RETRY", "1").output().unwrap());
        assert_eq!(code, 3, "{text}");
        let last = &text[text.find("error[").unwrap_or_else(|| panic!("{index}: {text}"))..];
        let kept = last.split("client-request-id ").map(|part| {
            match uuid::Uuid::try_parse(part.get(..36).unwrap_or_default()) {
                Ok(_) => format!("CLIENT{}", &part[36..]),
                Err(_) => part.to_owned(),
            }
        });
        all += &kept.collect::<Vec<_>>().join("client-request-id ");
        all.push('\n');
        assert!(!all.contains("eyJ") && !all.contains(PASSWORD), "{all}");
    }
    insta::assert_snapshot!(all);
}
