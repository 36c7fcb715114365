//! The fixture: a tenant with four users and a few apps, and requests as clients send them.

mod assertions;
mod authorization;
mod device;
mod errors;
mod grants;
mod metadata;
mod tokens;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use uuid::uuid;

use super::*;
use crate::authority::roles;

const TENANT: Uuid = uuid!("7f0c6a3e-1b2d-4c58-9d0e-0a1b2c3d4e5f");
const ORIGIN: &str = "https://localhost:8443";

fn now() -> Timestamp {
    "2026-03-01T09:00:00Z".parse().expect("a time")
}

fn adele() -> Account {
    Account {
        id: Uuid::from_u128(0xade1e),
        user_principal_name: "AdeleV@contoso.com".to_owned(),
        display_name: "Adele Vance".to_owned(),
        enabled: true,
        must_change_password: false,
        roles: vec![roles::USER_ADMINISTRATOR],
    }
}

/// The id of the app with a secret.
const DAEMON: Uuid = Uuid::from_u128(0xdae);
/// Secrets that must never show.
const PASSWORD: &str = "canary-password-7b1e";
const APP_SECRET: &str = "canary-secret-90ac";

fn sign_in() -> TenantSignIn {
    TenantSignIn::new(
        TENANT,
        vec!["contoso.com".to_owned()],
        [App::confidential(DAEMON, "daemon", &[APP_SECRET], Vec::new())],
    )
}

/// Adele, who can sign in; Alex, who must change his password first; Debra, who is disabled.
struct Users;

impl Users {
    fn all() -> [Account; 3] {
        let other = |id: u128, name: &str| Account {
            id: Uuid::from_u128(id),
            user_principal_name: format!("{name}@contoso.com"),
            roles: Vec::new(),
            ..adele()
        };
        [
            adele(),
            Account { must_change_password: true, ..other(0xa1e, "AlexW") },
            Account { enabled: false, ..other(0xdeb, "DebraB") },
        ]
    }
}

impl Accounts for Users {
    fn by_id(&self, id: Uuid) -> Option<Account> {
        Self::all().into_iter().find(|user| user.id == id)
    }

    fn by_name(&self, name: &str) -> Option<Account> {
        Self::all().into_iter().find(|user| user.user_principal_name.eq_ignore_ascii_case(name))
    }

    fn password_matches(&self, _: Uuid, candidate: &str) -> bool {
        candidate == PASSWORD
    }
}

/// A request as a client sends it: `target` is path and query.
fn request(method: Method, target: &str, form: &[(&str, &str)]) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = http::HeaderMap::new();
    headers.insert("client-request-id", http::HeaderValue::from_static("mine"));
    let body = if form.is_empty() {
        Bytes::new()
    } else {
        headers.insert("content-type", http::HeaderValue::from_static("application/x-www-form-urlencoded"));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into()
    };
    Request { method, path: path.to_owned(), query: query.to_owned(), headers, body }
}

/// The answer at a time.
fn answer_at(sign_in: &mut TenantSignIn, request: &Request, at: Timestamp) -> Reply {
    sign_in.answer(request, &Users, at, ORIGIN).expect("the identity platform's")
}

/// Status and JSON body of a reply.
fn json_of(reply: &Reply) -> (u16, Value) {
    let Body::Raw(media_type, bytes) = &reply.body else { panic!("JSON, not {:?}", reply.body) };
    assert_eq!(media_type, "application/json; charset=utf-8");
    (reply.status, serde_json::from_slice(bytes).expect("JSON"))
}

/// The page of a reply.
fn page_of(reply: &Reply) -> &str {
    let Body::Raw(media_type, bytes) = &reply.body else { panic!("HTML, not {:?}", reply.body) };
    assert_eq!(media_type, "text/html; charset=utf-8");
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Returns what the token endpoint answers.
fn token_at(sign_in: &mut TenantSignIn, form: &[(&str, &str)], at: Timestamp) -> (u16, Value) {
    let request = request(Method::POST, "/contoso.com/oauth2/v2.0/token", form);
    json_of(&answer_at(sign_in, &request, at))
}

fn token(sign_in: &mut TenantSignIn, form: &[(&str, &str)]) -> (u16, Value) {
    token_at(sign_in, form, now())
}

/// The number of a refusal, which came with the status that belongs to it.
fn refused((status, body): (u16, Value)) -> (u16, u64) {
    assert_ne!(status, 200, "{body}");
    (status, body["error_codes"][0].as_u64().expect("a code"))
}

/// Returns who holds the token of a response.
fn holder(sign_in: &TenantSignIn, body: &Value) -> Arc<Caller> {
    sign_in.caller(body["access_token"].as_str(), ORIGIN, now()).expect("a valid token")
}

/// The claims of a token, which is nobody's business but a test's.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&BASE64URL.decode(part).expect("base64url")).expect("JSON")
}
