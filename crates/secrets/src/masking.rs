//! What must not stand in a recording or a message: tokens, passwords, cookies.

use std::borrow::Cow;

use serde_json::Value;

use crate::in_use;
use crate::names::without_prefix;
use crate::search::LeakSearch;

pub use crate::names::{is_plain_secret_name, is_secret_header, is_secret_name};
pub use crate::search::{holds_token, is_secret_pair, is_secret_value, pair_name};
pub use crate::shapes::decode_base64;

/// The text in a recording in place of a secret.
pub const REDACTED: &str = "<redacted>";

/// The text in a message in place of a secret.
const MASK: &str = "***";

/// Replaces the secrets of a JSON document by `***`: whatever stands under a secret's name, also as a pair of `name` and
/// `value`, and all texts that look like tokens.
pub fn mask(json: &mut Value) {
    LeakSearch::new(MASK, false, "").replace(json);
}

/// Replaces the secrets of a JSON document by `<redacted>`, before it is kept anywhere.
pub fn drop_from(json: &mut Value) {
    LeakSearch::new(REDACTED, false, "").replace(json);
}

/// `text` with its secrets replaced by `***`: those of JSON or of a form inside it, and everything that looks like a
/// token.
pub fn masked_text(text: &str) -> String {
    LeakSearch::new(MASK, false, "").replaced(text).unwrap_or_else(|| text.to_owned())
}

/// `text` as a message, a report or a log may show it: the secrets in use are replaced by `***`, and then what looks like one.
pub fn without_secrets(text: &str) -> String {
    hide_secrets(text).into_owned()
}

/// The same, without a copy where nothing is masked.
pub(crate) fn hide_secrets(text: &str) -> Cow<'_, str> {
    let text = in_use::mask(text);
    match LeakSearch::new(MASK, false, "").replaced(&text) {
        Some(masked) => Cow::Owned(masked),
        None => text,
    }
}

/// `text` with all replaced by `***` that [`leaks`] finds in it: beside secrets, long random texts.
pub fn text_without_leaks(text: &str) -> String {
    LeakSearch::new(MASK, true, "").replaced(text).unwrap_or_else(|| text.to_owned())
}

/// `text` with its secrets replaced by `<redacted>`, before it is kept anywhere.
pub fn dropped_from_text(text: &str) -> String {
    LeakSearch::new(REDACTED, false, "").replaced(text).unwrap_or_else(|| text.to_owned())
}

/// Returns whether a path, without its query, asks for changes: `/users/delta`, `/users/microsoft.graph.delta()`. A parameter
/// `token` then says from where on they are listed, and is no secret.
pub fn asks_for_changes(path: &str) -> bool {
    const QUALIFIER: &str = "microsoft.graph.";
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = match last.split_once('(') {
        Some((name, arguments)) if arguments.ends_with(')') => name,
        _ => last,
    };
    without_prefix(name, QUALIFIER).unwrap_or(name).eq_ignore_ascii_case("delta")
}

/// A secret that stands in a recording: where, and of what kind. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The JSON pointer into the file; of a body the pointer inside it follows after `#`.
    pub pointer: String,
    /// The kind of secret.
    pub kind: String,
}

/// The secrets that stand anywhere in a HAR file.
pub fn leaks(har: &Value) -> Vec<Leak> {
    mask_leaks(&mut har.clone(), "")
}

/// Replaces the secrets of a piece of a HAR file, which stands at `pointer`, by `***`, and returns where they stood. Beside
/// what [`mask`] replaces, long random texts are secrets too.
pub fn mask_leaks(piece: &mut Value, pointer: &str) -> Vec<Leak> {
    LeakSearch::new(MASK, true, pointer).replace(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl";

    #[test]
    fn changes_are_asked_for_by_the_last_part_of_a_path() {
        for path in ["/users/delta", "delta", "/x/Delta()", "/x/microsoft.graph.delta", "/x/delta(token='a')"] {
            assert!(asks_for_changes(path), "{path}");
        }
        for path in
            ["", "/delta/x", "/mydelta", "/x.delta", "/delta(", "/delta/", "/x(a='/delta')", "/microsoft.graph.x"]
        {
            assert!(!asks_for_changes(path), "{path}");
        }
    }

    #[test]
    fn tokens_and_passwords_are_masked_wherever_they_stand() {
        let mut body = json!({"Password": "canary-1", "a": [format!("Bearer {TOKEN}")], "keep": "plain"});
        mask(&mut body);
        assert_eq!(body, json!({"Password": "***", "a": ["Bearer ***"], "keep": "plain"}));
    }

    #[test]
    fn a_canary_is_found_in_every_position_of_a_recording() {
        let inside = json!({"passwordProfile": {"password": "canary-2"}}).to_string();
        let har = json!({"log": {"entries": [{
            "request": {
                "url": format!("https://x/y?access_token=canary-3"),
                "headers": [{"name": "Authorization", "value": "Bearer canary-4"}],
                "cookies": [{"name": "session", "value": "canary-5"}],
                "queryString": [{"name": "client_secret", "value": "canary-6"}],
                "postData": {"text": inside},
            },
            "response": {"content": {"text": format!("token={TOKEN}")}},
        }]}});
        let found = leaks(&har);
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(!format!("{found:?}").contains("canary"));
    }

    #[test]
    fn tokens_are_found_whatever_stands_around_them() {
        for text in [
            format!("token:{TOKEN}"),
            format!("https://x/{TOKEN}/y"),
            format!("[{TOKEN}]"),
            "Authorization: Bearer a1/B2+c3D4e5F6g7==".to_owned(),
            "bearer  canary-0123456789".to_owned(),
            "0.".to_owned() + &"AXoAb1".repeat(12),
        ] {
            assert_eq!(leaks(&json!(text)).len(), 1, "{text}");
            let masked = masked_text(&text);
            assert!(masked.contains(MASK) && leaks(&json!(masked)).is_empty(), "{masked}");
            assert!(!["eyJ", "canary", "c3D4", "AXoA"].iter().any(|part| masked.contains(part)), "{masked}");
        }
    }

    #[test]
    fn secrets_inside_bodies_forms_and_pairs_are_masked() {
        let mut entry = json!({
            "url": "https://x/y?a=1&access_token=canary-1",
            "headers": [{"name": "Authorization", "value": "Bearer canary-2"}, {"name": "Accept", "value": "*/*"}],
            "postData": {"text": "\n {\"password\": \"canary-3\", \"keep\": 1}"},
            "form": "grant_type=refresh&refresh_token=canary-4&keep=1",
        });
        mask(&mut entry);
        assert!(!entry.to_string().contains("canary"), "{entry}");
        assert_eq!(entry["url"], "https://x/y?a=1&access_token=***");
        assert_eq!(entry["form"], "grant_type=refresh&refresh_token=***&keep=1");
        assert_eq!(entry["headers"][1]["value"], "*/*");
    }

    #[test]
    fn secrets_of_every_kind_are_found_and_what_only_looks_like_one_is_not() {
        for secret in [
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "Basic dXNlcjpodW50ZXIy",
            &STANDARD.encode(TOKEN),
            "abC8Q~canary0canary0canary0canary0canary",
            "https://x/cb#id_token=canary&state=1",
            "Endpoint=sb://x/;SharedAccessKey=canary;Name=y",
            "https://x.blob.core.windows.net/y?sv=1&sig=canary%3D",
            "a7Gk2Lm9Qx4Rt8Zw1Bc6Nd3Vf5Hj0Ps7Yk",
            "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/0123456789abcdef0123456789abcdef/7c1d0c86",
        ] {
            assert_eq!(leaks(&json!({"text": secret})).len(), 1, "{secret}");
        }
        for named in ["clientSecret", "refresh_token", "device_code", "Client-Assertion", "apiKey"] {
            assert_eq!(leaks(&json!({named: "canary"})).len(), 1, "{named}");
        }
        for harmless in [
            "#microsoft.graph.accessReviewInstanceDecisionItemAccessPackageAssignmentPolicyResource",
            "https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)/$entity",
            "2d56c364-0695-4ec6-8b92-4c1db7c80f1b_eb75ccd2-59ef-48b7-8f76-cc3f33f899f4",
            "AccessReviewScheduleDefinition2ForGroups3AndTeams4WithGuests",
            "a basic understanding of reviews in 2022",
            "$skiptoken=X%2744537074",
            "secret=<redacted>&sig=%3Credacted%3E",
        ] {
            assert_eq!(leaks(&json!({"text": harmless, "passwordPolicies": "None"})), [], "{harmless}");
        }
    }

    #[test]
    fn secrets_are_dropped_before_they_are_kept() {
        let mut body = json!({"clientSecret": {"a": "canary"}, "isSecret": true, "text": "x?sig=canary&y=1"});
        drop_from(&mut body);
        assert_eq!(body, json!({"clientSecret": REDACTED, "isSecret": true, "text": "x?sig=<redacted>&y=1"}));
        assert_eq!(dropped_from_text("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}");
    }

    #[test]
    fn what_is_found_in_a_text_is_masked_in_it() {
        let path = "/v1.0/me?x=q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E&$skiptoken=q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E";
        assert_eq!(text_without_leaks(path), "/v1.0/me?x=***&$skiptoken=q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E");
        assert_eq!(leaks(&json!(text_without_leaks(path))), []);
    }

    #[test]
    fn base64_hides_no_secret() {
        let har = json!({"text": STANDARD.encode("{\"password\": \"canary\"}"), "encoding": "base64"});
        let found = leaks(&har);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pointer, "/text#/password");
    }

    #[test]
    fn redacted_text_is_not_reported_as_a_leak() {
        let har = json!({"name": "Authorization", "value": REDACTED, "password": REDACTED, "text": "eyJ is how tokens begin, a bearer of news",
            "challenge": "Bearer authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\""});
        assert_eq!(leaks(&har), []);
    }
}
