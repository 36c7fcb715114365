use ring::digest::{SHA256, digest};

use super::*;

const CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";
const REDIRECT: &str = "http://localhost:5005/back";

/// The address that a program opens a browser at, with some parameters changed.
fn target(changes: &[(&str, &str)]) -> String {
    let challenge = BASE64URL.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let mut parameters = vec![
        ("client_id", CLI),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "User.Read openid"),
        ("state", "s&t<a>te"),
        ("nonce", "once"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", "AdeleV@contoso.com"),
    ];
    for change in changes {
        parameters.retain(|(name, _)| *name != change.0);
        parameters.push(*change);
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/common/oauth2/v2.0/authorize?{query}")
}

fn post(sign_in: &mut TenantSignIn, changes: &[(&str, &str)]) -> Reply {
    let form = [("username", "AdeleV@contoso.com"), ("password", PASSWORD)];
    answer_at(sign_in, &request(Method::POST, &target(changes), &form), now())
}

/// Returns where the browser is sent.
fn location(reply: &Reply) -> url::Url {
    assert_eq!(reply.status, 302, "{reply:?}");
    let (_, location) = reply.headers.iter().find(|(name, _)| *name == "location").expect("a location");
    location.parse().expect("an address")
}

fn parameter(url: &url::Url, name: &str) -> String {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn redeem(sign_in: &mut TenantSignIn, code: &str, verifier: &str, redirect: &str, at: Timestamp) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLI),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ];
    token_at(sign_in, &form, at)
}

#[test]
fn a_person_signs_in_and_the_program_redeems_the_code_once() {
    let mut sign_in = sign_in();
    let form = answer_at(&mut sign_in, &request(Method::GET, &target(&[]), &[]), now());
    let page = page_of(&form);
    assert!(page.contains("Microsoft Graph Command Line Tools") && page.contains("value=\"AdeleV@contoso.com\""));
    let back = location(&post(&mut sign_in, &[]));
    assert!(back.as_str().starts_with("http://localhost:5005/back?"));
    assert_eq!(parameter(&back, "state"), "s&t<a>te");
    let code = parameter(&back, "code");
    assert_eq!(refused(redeem(&mut sign_in, &code, "wrong", REDIRECT, now())), (400, 501_481));
    assert_eq!(refused(redeem(&mut sign_in, &code, "", REDIRECT, now())), (400, 501_481));
    assert_eq!(refused(redeem(&mut sign_in, &code, VERIFIER, "http://localhost:1/", now())), (400, 500_112));
    let (status, body) = redeem(&mut sign_in, &code, VERIFIER, REDIRECT, now());
    assert_eq!(status, 200, "{body}");
    assert_eq!(holder(&sign_in, &body).object, adele().id);
    assert_eq!(claims(body["id_token"].as_str().expect("text"))["nonce"], "once");
    assert_eq!(refused(redeem(&mut sign_in, &code, VERIFIER, REDIRECT, now())), (400, 54005));
}

#[test]
fn a_code_expires_after_ten_minutes() {
    let mut sign_in = sign_in();
    let code = parameter(&location(&post(&mut sign_in, &[])), "code");
    assert_eq!(refused(redeem(&mut sign_in, &code, VERIFIER, REDIRECT, now() + 10.minutes())), (400, 70008));
    assert_eq!(refused(redeem(&mut sign_in, "nonsense", VERIFIER, REDIRECT, now())), (400, 9_002_313));
}

#[test]
fn a_redirect_address_that_is_not_the_apps_is_refused() {
    let mut sign_in = sign_in();
    for foreign in
        ["https://evil.example/", "http://localhost.evil.example/", "http://10.0.0.1/", "javascript:alert(1)"]
    {
        let reply = post(&mut sign_in, &[("redirect_uri", foreign)]);
        assert_eq!(reply.status, 400);
        assert!(page_of(&reply).contains("AADSTS50011"), "{foreign}");
    }
    assert_eq!(post(&mut sign_in, &[("client_id", "nobody")]).status, 400);
    for own in ["http://127.0.0.1:9/", "http://[::1]:9/x"] {
        assert_eq!(post(&mut sign_in, &[("redirect_uri", own)]).status, 302, "{own}");
    }
}

#[test]
fn a_faulty_sign_in_request_is_redirected_with_an_error() {
    let mut sign_in = sign_in();
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("scope", "https://vault.azure.net/x"), "invalid_resource"),
    ] {
        assert_eq!(parameter(&location(&post(&mut sign_in, &[change])), "error"), error);
    }
    let silent = answer_at(&mut sign_in, &request(Method::GET, &target(&[("prompt", "none")]), &[]), now());
    assert_eq!(parameter(&location(&silent), "error"), "login_required");
}

#[test]
fn the_code_goes_back_in_the_fragment_or_in_a_form_if_asked() {
    let mut sign_in = sign_in();
    let back = location(&post(&mut sign_in, &[("response_mode", "fragment")]));
    assert!(back.query().is_none() && back.fragment().is_some_and(|fragment| fragment.starts_with("code=")));
    let reply = post(&mut sign_in, &[("response_mode", "form_post")]);
    let page = page_of(&reply);
    assert!(page.contains("action=\"http://localhost:5005/back\"") && page.contains("name=\"code\""), "{page}");
    assert!(page.contains("s&amp;t&lt;a&gt;te"), "{page}");
}

#[test]
fn a_wrong_password_shows_the_form_again_with_input_escaped() {
    let mut sign_in = sign_in();
    let changes = [("login_hint", "\"><script>"), ("state", "'\"><b>")];
    let form = [("username", "AdeleV@contoso.com"), ("password", "wrong-canary")];
    let reply = answer_at(&mut sign_in, &request(Method::POST, &target(&changes), &form), now());
    let page = page_of(&reply);
    assert_eq!(reply.status, 400);
    assert!(page.contains("AADSTS50126") && !page.contains("wrong-canary"), "{page}");
    assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
}
