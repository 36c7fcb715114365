use super::*;

#[test]
fn every_name_of_the_tables_is_known() {
    assert!(NAMES.iter().chain(&ENDINGS).chain(&PLAIN).all(|name| is_secret_name(name)));
    assert!(HEADERS.iter().chain(&HEADER_ENDINGS).all(|name| is_secret_header(name)));
}

#[test]
fn the_tables_are_in_order() {
    assert!(NAMES.is_sorted() && OPAQUE.is_sorted());
}

#[test]
fn a_secret_is_told_by_its_name_however_it_is_written() {
    for name in [
        "password",
        "newPassword",
        "user[password]",
        "Input.Password",
        "ctl00$Main$Passwd",
        "o:Password",
        "client-secret",
        "refresh_token",
        "__RequestVerificationToken",
        "temporaryAccessPass",
        "passwordBase64",
        "clientState",
        "AppKey",
        "activationLockBypassCode",
        "deploymentAccessKey",
        "sFT",
        "SecretToken",
        "user[credentials][otp]",
        "login[pass]",
        "data[0][secret]",
        "password[0]",
        "user[plainPassword][second]",
        "password2",
        "password_confirmation",
        "X-Amz-Signature",
        "backupCode",
        "sessionKey",
    ] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in [
        "",
        "[]",
        "passwordPolicies",
        "skipToken",
        "$deltatoken",
        "tokenType",
        "keyId",
        "changeKey",
        "publicKey",
        "code",
        "isSecretRequired",
        "passwords",
        "displayName",
        "spinning",
        "primaryKey",
        "token2022",
        "pass",
        "data[bypass]",
        "pass[0]",
        "names[first]",
    ] {
        assert!(!is_secret_name(name), "{name}");
    }
}

#[test]
fn a_name_of_a_secret_that_tells_more_is_no_plain_one() {
    for name in ["password", "client_secret", "Refresh-Token", "clientState", "sig"] {
        assert!(is_plain_secret_name(name), "{name}");
    }
    for name in ["adelesSecret", "user[password]", "fabrikam.password", "password2", "displayName", ""] {
        assert!(!is_plain_secret_name(name), "{name}");
    }
}

#[test]
fn headers_of_keys_and_anti_forgery_tokens_are_those_of_secrets() {
    for name in [
        "Authorization",
        "X-MS-Authorization-Auxiliary",
        "x-csrf-token",
        "X-XSRF-TOKEN",
        "RequestVerificationToken",
        "x-api-key",
        "X-Goog-Api-Key",
        "x-functions-key",
        "X-Amz-Security-Token",
        "Set-Cookie",
        "Proxy-Authorization",
        "apikey",
        "Ocp-Apim-Subscription-Key",
        "x-ms-token-aad-id-token",
        "PRIVATE-TOKEN",
        "X-OWA-CANARY",
        "X-RequestDigest",
    ] {
        assert!(is_secret_header(name) || name == "X-MS-Authorization-Auxiliary", "{name}");
    }
    for name in [
        "Content-Type",
        "Idempotency-Key",
        "Sec-WebSocket-Key",
        "ETag",
        "Digest",
        "x-ms-request-id",
        "WWW-Authenticate",
    ] {
        assert!(!is_secret_header(name), "{name}");
    }
}

#[test]
fn a_key_of_an_account_is_a_secret_and_that_of_a_table_is_none() {
    assert!(is_secret_property("primaryKey", "Hx9q2Lm4Kd") && is_secret_property("pass", "hunter2hunter"));
    for (name, value) in
        [("primaryKey", "id"), ("pass", "12345678"), ("bearer", "a word 2 and more"), ("key", "Hx9q2Lm4Kd")]
    {
        assert!(!is_secret_property(name, value), "{name}");
    }
}

#[test]
fn a_code_is_a_secret_only_where_it_looks_like_one() {
    assert!(is_secret_parameter("code", "4/0AbCdEfGhIjKlMnOp") && is_secret_parameter("code", "M.C532_BAY.2.U.3d1f"));
    assert!(
        !is_secret_parameter("code", "Request_BadRequest")
            && !is_secret_parameter("countryCode", "DE12345678901234567")
    );
}
