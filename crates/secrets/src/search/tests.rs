use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn leaks(json: &Value) -> Vec<String> {
    let mut masked = json.clone();
    let found = LeakSearch::new("***", true, "").replace(&mut masked);
    let again = LeakSearch::new("***", true, "").replace(&mut masked);
    assert_eq!(again, [], "{masked}");
    assert!(!masked.to_string().contains("canary"), "{masked}");
    found.into_iter().map(|leak| format!("{} {}", leak.pointer, leak.kind)).collect()
}

#[test]
fn secrets_that_are_no_strings_are_found_whole() {
    let body = json!({"password": {"value": "canary"}, "pin": 1234, "clientSecret": ["canary"], "token": true, "secret": {}, "otp": null});
    assert_eq!(
        leaks(&body),
        ["/password a value called password", "/pin a value called pin", "/clientSecret a value called clientSecret"]
    );
    let asked = json!({"optionalClaims": {"idToken": [{"name": "auth_time"}], "accessToken": []}});
    assert_eq!(leaks(&asked), [""; 0]);
}

#[test]
fn lists_of_secrets_and_tables_of_them_are_found() {
    let body = json!({"secrets": ["canary-a", "canary-b"], "refresh_tokens": ["canary0canary1"], "tokens": ["a", "word"], "clientSecrets": [], "keys": ["x"]});
    assert_eq!(leaks(&body), ["/secrets a value called secrets", "/refresh_tokens a value called refresh_tokens"]);
    assert_eq!(leaks(&json!({"text": "user,password\na,canary\n"})), ["/text a parameter called password"]);
}

#[test]
fn the_names_of_people_whose_passwords_a_run_made_are_no_secrets() {
    let names = json!(["Adele Vance"]);
    assert_eq!(leaks(&json!({"log": {"_overrides": {"keptPasswords": names}}})), [""; 0]);
    assert_eq!(leaks(&json!({"keptPasswords": names})), ["/keptPasswords a value called keptPasswords"]);
}

#[test]
fn a_public_key_is_no_secret_and_its_private_half_is() {
    let random = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw";
    assert_eq!(leaks(&json!({"kty": "RSA", "n": random, "e": "AQAB", "use": "sig"})), [""; 0]);
    assert_eq!(leaks(&json!({"kty": "RSA", "n": random, "d": random})), ["/d a long random text"]);
    assert_eq!(leaks(&json!({"n": random})), ["/n a long random text"]);
}

#[test]
fn a_secret_is_found_though_its_name_comes_again_with_another_value() {
    let body = json!({"text": "{\"id\": \"1\", \"password\": \"canary\", \"password\": \"<redacted>\"}"});
    assert_eq!(leaks(&body), ["/text a parameter called password"]);
}

#[test]
fn pairs_of_graph_and_of_har_are_found() {
    let body =
        json!({"value": [{"key": "SecretToken", "value": "canary"}, {"key": "BaseAddress", "value": "https://x"}]});
    assert_eq!(leaks(&body), ["/value/0/value the value of SecretToken"]);
    let request = json!({
        "headers": [{"name": "X-CSRF-Token", "value": "canary"}, {"name": "ETag", "value": "W/\"q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E\""}],
        "cookies": [{"name": "sid", "value": "canary"}, {"name": "b", "value": "[REDACTED]"}],
        "queryString": [{"name": "code", "value": "canary-1-canary-2"}, {"name": "$skiptoken", "value": "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E"}],
    });
    assert_eq!(
        leaks(&request),
        [
            "/headers/0/value the value of X-CSRF-Token",
            "/cookies/0/value a cookie",
            "/queryString/0/value the value of code"
        ]
    );
}

#[test]
fn fields_of_forms_with_names_in_brackets_are_found() {
    let params = json!([{"name": "login[pass]", "value": "canary"}, {"name": "data[0][secret]", "value": "canary"}]);
    for (form, places) in [
        (json!({"params": params}), 2),
        (json!({"text": "user[name]=a&user[pass]=canary&data[0][secret]=canary&user[password][first]=canary"}), 3),
        (json!({"text": "user%5Bname%5D=a&user%5Bpass%5D=canary&password%5B%5D=canary"}), 2),
        (json!({"user[pass]": "canary", "login[password]": "canary"}), 2),
    ] {
        assert_eq!(leaks(&form).len(), places, "{form}");
    }
    let harmless =
        json!({"text": "ticket[bypass]=yes&user[pass]=&user[pass]=true&names[first]=Adele&includePassword=true"});
    assert_eq!(leaks(&harmless), [""; 0]);
    let text = json!({"password": "{hunter}", "clientState": "{clientState}", "token": "{{hunter}}"});
    assert_eq!(leaks(&text), ["/password a value called password"]);
}

#[test]
fn json_is_read_however_it_is_wrapped() {
    let guarded = json!(")]}',\n{\"password\": \"canary\"}");
    assert_eq!(leaks(&guarded), ["#/password a value called password"]);
    let lines = json!("{\"password\": \"canary\"}\n{\"a\": [{\"pin\": 7}]}\n");
    assert_eq!(leaks(&lines), ["#/password a value called password", "#/a/0/pin a value called pin"]);
    let encoded = json!({"payload": STANDARD.encode("{\"password\": \"canary\"}"), "log": format!("at {}", STANDARD.encode("<a><Password>canary</Password></a>"))});
    assert_eq!(leaks(&encoded), ["/payload a token", "/log a token"]);
    let harmless = json!({"payload": STANDARD.encode("{\"displayName\": \"Adele\"}")});
    assert_eq!(leaks(&harmless), [""; 0]);
}

#[test]
fn pictures_etags_and_places_in_lists_are_no_secrets() {
    let random = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw";
    let picture = STANDARD
        .encode([&b"\xff\xd8\xff\xe0"[..], &(0..=255).map(|n: u8| n.wrapping_mul(89)).collect::<Vec<_>>()].concat());
    let body = json!({
        "@odata.etag": format!("W/\"{random}\""), "changeKey": random, "cTag": format!("\"c:{random},2\""), "id": random, "parentFolderId": random,
        "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/users?$skiptoken={random}&$top=1"),
        "contentBytes": picture, "html": format!("<img src=\"data:image/jpeg;base64,{picture}\">"),
        "content": {"text": picture, "encoding": "base64", "mimeType": "image/jpeg"},
    });
    assert_eq!(leaks(&body), [""; 0]);
    assert_eq!(leaks(&json!({"anything": random})), ["/anything a long random text"]);
}

/// A jumble that no person has written.
const RANDOM: &str = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw";

#[test]
fn secrets_behind_escapes_of_any_layer_are_found() {
    for text in [
        "https://x.example/?d=%7B%22password%22%3A%22canary%22%7D",
        "d=%257B%2522password%2522%253A%2522canary%2522%257D",
        "<div data-x=\"{&quot;password&quot;:&quot;canary&quot;}\">",
        "x=JSON.parse(\"{\\u0022password\\u0022:\\u0022canary\\u0022}\")",
        "x='{\\x22password\\x22:\\x22canary\\x22}'",
        "https://x.example/?rd=https%3A%2F%2Fme%3Acanary%40git.example%2Fx",
        "x='https://y.example/?a\\u003db\\u0026sig\\u003dcanary'",
    ] {
        assert_eq!(leaks(&json!({"text": text})).len(), 1, "{text}");
    }
    let hook = "https%3A%2F%2Fhooks.slack.com%2Fservices%2F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";
    assert_eq!(leaks(&json!(format!("?x={hook}"))), [" a token"]);
    let assertion =
        STANDARD.encode("<saml:Assertion>canary??</saml:Assertion>").replace('+', "%2B").replace('/', "%2F");
    assert_eq!(leaks(&json!(format!("?x={assertion}"))), [" a token"]);
}

#[test]
fn what_is_found_behind_escapes_is_masked_in_its_place_alone() {
    let masked = |text: &str| LeakSearch::new("***", true, "").replaced(text).unwrap_or_else(|| text.to_owned());
    for (text, expected) in [
        (
            "https://x/y?rd=https%3a%2f%2fz%3ftenant%3dt%26ticket%3dcanary%252b1%26ver%3d2",
            "https://x/y?rd=https%3a%2f%2fz%3ftenant%3dt%26ticket%3d***%26ver%3d2",
        ),
        (
            "x='{\\u0022v\\u0022:\\u0022q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXo\\u0022,\\u0022a\\u0022:1}'",
            "x='{\\u0022v\\u0022:\\u0022***\\u0022,\\u0022a\\u0022:1}'",
        ),
        ("Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ%3Dcanary12345, a", "Bearer ***, a"),
        ("?v=q7Rt2YpLm9Zx%2BW4vB8nKs3HdJfG6aTc1EuXo&a=1", "?v=***&a=1"),
        ("?v=q7Rt2YpLm9Zx%252BW4vB8nKs3HdJfG6aTc1EuXo&a=1", "?v=***&a=1"),
        ("<a x=\"?v=q7Rt2YpLm9Zx&#x0002B;W4vB8nKs3HdJfG6aTc1EuXo&amp;a=1\">", "<a x=\"?v=***&amp;a=1\">"),
    ] {
        assert_eq!(masked(text), expected);
    }
}

#[test]
fn what_is_no_secret_is_none_behind_escapes() {
    for text in [
        format!("d=%7B%22changeKey%22%3A%22{RANDOM}%22%7D"),
        format!("d=%257B%2522changeKey%2522%253A%2522{RANDOM}%2522%257D"),
        format!("<div data-x=\"{{&quot;@odata.etag&quot;:&quot;{RANDOM}&quot;}}\">"),
        format!("x='{{\\u0022eTag\\u0022:\\u0022{RANDOM}\\u0022}}'"),
        format!("?rd=https%3A%2F%2Fgraph.microsoft.com%2Fv1.0%2Fme%2Fmessages%2F{RANDOM}"),
        format!("?rd=https%3A%2F%2Fgraph.microsoft.com%2Fv1.0%2Fme%2Fdrive%2Froot%2Fdelta%3Ftoken%3D{RANDOM}"),
        format!("?x=a%3Ab&$skiptoken={RANDOM}%3D{RANDOM}"),
    ] {
        assert_eq!(leaks(&json!({"text": text})), [""; 0], "{text}");
    }
}

#[test]
fn a_text_holds_a_secret_exactly_where_one_is_found_in_it() {
    for text in [
        "?d=%7B%22password%22%3A%22canary%22%7D",
        "user,password\na,canary\n",
        "{\"items\": [{\"name\": \"client_secret\", \"value\": \"canary\"}]}",
        "{\"secrets\": [\"canary\"]}",
    ] {
        assert!(holds_token(text), "{text}");
    }
    for text in ["https://me:canary@proxy.example", "{\"password\": \"Password\"}", "a,b\n1,2\n"] {
        assert!(!holds_token(text), "{text}");
    }
}

#[test]
fn secrets_in_names_in_rows_and_in_base64_of_any_text_are_found() {
    let token = format!("ghp_{RANDOM}");
    let named = json!({&token: {"a": token}, "https://x/?sig=canary1": 1});
    let found = leaks(&named);
    assert!(found.len() == 3 && !found.concat().contains(RANDOM), "{found:?}");
    let row = json!({"rawHeaders": ["Host", "x", "x-api-key", "canary12", "Accept", "a/b2"]});
    assert_eq!(leaks(&row), ["/rawHeaders/3 the value of x-api-key"]);
    let encoded =
        json!({"a": STANDARD.encode(format!("token {token}")), "b": [STANDARD.encode(format!("at {RANDOM}"))]});
    assert_eq!(leaks(&encoded), ["/a a token", "/b/0 a token"]);
    let pointers = json!({"_volatile": ["/requests/0/body/client_secret", "/requests/1/body/client_secret"]});
    assert_eq!(leaks(&pointers), [""; 0]);
    let disk = json!({"value": "AB12-CD34-EF56-GH78-IJ90-KL12", "id": "AKIA2345ABCD6789EFGH"});
    assert_eq!(leaks(&disk), ["/value a token", "/id a token"]);
    for scheme in ["NTLM", "Negotiate", "DPoP", "SharedKey me:"] {
        assert_eq!(leaks(&json!(format!("sent {scheme} {RANDOM}/a+b="))).len(), 1, "{scheme}");
    }
    let key = format!("{}/{}+{}==", &RANDOM[..20], RANDOM, &RANDOM[..24]);
    let mut masked = json!({"k": key});
    LeakSearch::new("***", true, "").replace(&mut masked);
    assert_eq!(masked["k"], "***", "the pieces of what is in base64 go with it");
}

#[test]
fn a_place_in_changes_is_no_secret_and_another_token_is() {
    let asked = |url: &str| json!({"url": url, "queryString": [{"name": "token", "value": RANDOM}]});
    assert_eq!(leaks(&asked(&format!("https://graph.microsoft.com/v1.0/me/drive/root/delta?token={RANDOM}"))), [""; 0]);
    assert_eq!(leaks(&asked("https://x.example/delta/x?a=b")), ["/queryString/0/value the value of token"]);
    for path in ["delta?$top=5&token=", "Delta()?token=", "microsoft.graph.delta?a=b&token=", "delta(token='x')?token="]
    {
        let url = format!("https://graph.microsoft.com/v1.0/me/drive/root/{path}{RANDOM}");
        assert_eq!(leaks(&asked(&url)), [""; 0], "{path}");
    }
    for path in ["mydelta?token=", "delta/x?token=", "x?a=delta&token=", "x?a=/delta?b=c&token=", "delta?a=b#c&token="]
    {
        assert_eq!(leaks(&json!(format!("https://x.example/{path}{RANDOM}"))).len(), 1, "{path}");
    }
}

#[test]
fn what_a_page_a_schema_and_a_challenge_say_of_secrets_is_none() {
    let harmless = json!({
        "strings": {"password": "Password", "pin": "PIN", "newPassword": "Please enter your new password."},
        "properties": {"password": {"type": "string", "description": "of the user"}, "token": {"$ref": "#/x"}},
        "claims": STANDARD.encode("{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1604106651\"}}}"),
        "encryptedContent": {"data": RANDOM, "dataKey": RANDOM, "dataSignature": RANDOM},
        "contentBytes": RANDOM,
        "certificate": format!("-----BEGIN CERTIFICATE-----\n{RANDOM}\n-----END CERTIFICATE-----"),
        "url": format!("https://graph.microsoft.com/v1.0/me/messages/{RANDOM}/attachments"),
        "part": {"url": format!("/me/messages/{RANDOM}")},
        "path": "/a/CamelCaseNameWithManyPartsIn2And3",
        "headers": [
            {"name": "Content-Security-Policy", "value": format!("script-src 'nonce-{RANDOM}'")},
            {"name": "Authorization", "value": "Bearer "},
            {"name": "Cookie", "value": "{{cookie}}"},
        ],
        "access_token": "eyJ0eXAi...", "client_secret": "YOUR_SECRET_HERE", "refresh_token": "$REFRESH_TOKEN",
    });
    assert_eq!(leaks(&harmless), [""; 0]);
    for secret in [
        json!({"properties": {"password": {"type": "string", "value": "canary"}}}),
        json!({"properties": {"password": "canary"}}),
        json!({"password": {"nbf": {"essential": true, "value": "canary"}}}),
        json!({"url": format!("https://graph.microsoft.com/v1.0/me?x={RANDOM}")}),
        json!({"password": "password is not canary1"}),
    ] {
        assert_eq!(leaks(&secret).len(), 1, "{secret}");
    }
}

#[test]
fn no_words_make_a_secret_that_are_too_plain_to_be_searched() {
    let words = [
        "bearer",
        "Basic",
        "NTLM",
        "DPoP",
        "password",
        "Passwort",
        "secret",
        "client",
        "key",
        "token",
        "is",
        "hunterHUNT",
        "eyJhbGciOiJ",
        "cGFzc3dvcmQ",
        "data",
        "code",
        "deadbeef",
        "AccountKey",
        "mgc",
        "login",
    ];
    let mut plain = 0;
    let count = words.len();
    let threes = (0..count.pow(3)).map(|at| [words[at / count / count], words[at / count % count], words[at % count]]);
    for three in threes {
        for (before, separator) in
            [("", " "), ("", ", "), ("", ". "), ("", "."), ("GET /v1.0/", "/"), ("/beta/x/", "/")]
        {
            let text = format!("{before}{}", three.join(separator));
            if is_plain(&text) {
                assert!(LeakSearch::new("", false, "").spans(&text, false, 0).is_empty(), "{text}");
                plain += 1;
            }
        }
    }
    assert!(plain > 10_000 && plain < 6 * count.pow(3), "{plain}");
}
