use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use super::*;

/// ring makes no RSA keys, so here is one. It opens nothing.
const KEY: &str = include_str!("key-of-tests-only.pem");
const ISSUER: &str = "https://token.actions.example";

fn key() -> RsaKeyPair {
    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).expect("PKCS #8");
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).expect("an RSA key")
}

/// A certificate of that key.
fn certificate() -> VerifyingKey {
    let key = rcgen::KeyPair::from_pem(KEY).expect("a key");
    let certificate = rcgen::CertificateParams::new([]).and_then(|params| params.self_signed(&key)).expect("made");
    VerifyingKey::from_pem(&certificate.pem()).expect("a certificate")
}

/// The same as a JSON Web Key.
fn web_key() -> VerifyingKey {
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key().public());
    VerifyingKey::from_jwk(&BASE64URL.encode(public.n), &BASE64URL.encode(public.e)).expect("a key")
}

fn signed(algorithm: &str, encoding: &'static dyn RsaEncoding, claims: &Value) -> String {
    let header = json!({"alg": algorithm, "typ": "JWT"});
    let text = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(encoding, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signed");
    format!("{text}.{}", BASE64URL.encode(signature))
}

/// A sign-in whose one app accepts assertions of itself and of a federated party.
fn trusting() -> TenantSignIn {
    let federated = Trust { issuer: ISSUER.to_owned(), subject: "repo:contoso".to_owned(), key: web_key() };
    let trusted = vec![Trust::own_key(DAEMON, certificate()), federated];
    TenantSignIn::new(TENANT, Vec::new(), [App::confidential(DAEMON, "daemon", &[], trusted)])
}

fn with_assertion(assertion: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &DAEMON.to_string()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let request = request(Method::POST, &format!("/{TENANT}/oauth2/v2.0/token"), &form);
    json_of(&answer_at(&mut trusting(), &request, now()))
}

/// The claims of an assertion that is right, with one of them changed.
fn own(name: &str, value: Value) -> Value {
    let mut claims = json!({
        "iss": DAEMON, "sub": DAEMON, "aud": format!("{ORIGIN}/{TENANT}/oauth2/v2.0/token"),
        "exp": now().as_second() + 600, "nbf": now().as_second(), "jti": "1",
    });
    claims[name] = value;
    claims
}

fn federated(name: &str, value: Value) -> Value {
    let mut claims = own("aud", json!(EXCHANGE));
    claims["iss"] = json!(ISSUER);
    claims["sub"] = json!("repo:contoso");
    claims[name] = value;
    claims
}

#[test]
fn an_app_may_sign_for_itself_with_either_padding() {
    assert_eq!(with_assertion(&signed("RS256", &RSA_PKCS1_SHA256, &own("jti", json!("2")))).0, 200);
    assert_eq!(with_assertion(&signed("PS256", &RSA_PSS_SHA256, &own("jti", json!("3")))).0, 200);
}

#[test]
fn a_federated_party_may_sign_for_an_app() {
    assert_eq!(with_assertion(&signed("RS256", &RSA_PKCS1_SHA256, &federated("aud", json!([EXCHANGE])))).0, 200);
    let refused_with =
        |name, value| refused(with_assertion(&signed("RS256", &RSA_PKCS1_SHA256, &federated(name, value))));
    assert_eq!(refused_with("sub", json!("repo:fabrikam")), (401, 700_213));
    assert_eq!(refused_with("iss", json!("https://elsewhere.example")), (401, 700_211));
    assert_eq!(refused_with("aud", json!("api://other")), (401, 700_023));
}

#[test]
fn an_assertion_of_another_app_time_or_server_is_refused() {
    let refused_with = |name, value| refused(with_assertion(&signed("RS256", &RSA_PKCS1_SHA256, &own(name, value))));
    assert_eq!(refused_with("aud", json!("https://login.example/token")), (401, 700_023));
    assert_eq!(refused_with("aud", Value::Null), (401, 700_023));
    assert_eq!(refused_with("exp", json!(now().as_second() - 301)), (401, 700_024));
    assert_eq!(refused_with("exp", Value::Null), (401, 700_024));
    assert_eq!(refused_with("nbf", json!(now().as_second() + 301)), (401, 700_024));
    let other = Uuid::from_u128(1);
    let mut claims = own("iss", json!(other));
    claims["sub"] = json!(other);
    assert_eq!(refused(with_assertion(&signed("RS256", &RSA_PKCS1_SHA256, &claims))), (401, 700_021));
}

#[test]
fn an_assertion_that_was_tampered_with_or_not_signed_is_refused() {
    let right = signed("RS256", &RSA_PKCS1_SHA256, &own("jti", json!("4")));
    let (signed_part, signature) = right.rsplit_once('.').expect("a JWT");
    let (header, _) = signed_part.split_once('.').expect("a JWT");
    let forged = format!("{header}.{}.{signature}", BASE64URL.encode(own("jti", json!("5")).to_string()));
    assert_eq!(refused(with_assertion(&forged)), (401, 700_027));
    let none = format!(
        "{}.{}.",
        BASE64URL.encode(json!({"alg": "none"}).to_string()),
        BASE64URL.encode(own("jti", json!("6")).to_string())
    );
    assert_eq!(refused(with_assertion(&none)), (401, 700_027));
    assert_eq!(refused(with_assertion("no.jwt.at-all")), (401, 50027));
}

#[test]
fn an_invalid_certificate_or_key_is_an_error() {
    assert!(VerifyingKey::from_pem("nothing").is_err());
    assert!(VerifyingKey::from_pem(KEY).is_err());
    assert!(VerifyingKey::from_jwk("not base64url!", "AQAB").is_err());
}
