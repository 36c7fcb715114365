use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PSS_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::*;

/// A certificate and its key, made for this test alone.
const CERTIFICATE: &str = include_str!("app.pem");

fn with(environment: Environment, http: Arc<dyn TokenHttp>) -> Surroundings {
    Surroundings { environment, ..surroundings(http) }
}

fn by_secret() -> SignInSettings {
    settings(SignInMethod::ClientSecret { client_id: APP.to_owned(), secret_env: "MY_SECRET".to_owned() })
}

#[tokio::test]
async fn an_app_signs_in_with_the_secret_of_a_variable() {
    let script = Script::of([token("a"), token("b")]);
    let sign_in = sign_in(&by_secret(), with(Environment::with([("MY_SECRET", "canary~1")]), script.clone()));
    assert_eq!(secret(&sign_in.token().await.unwrap()), "a");
    let form = &script.requests()[0].form;
    assert_eq!((form["grant_type"].as_str(), form["client_secret"].as_str()), ("client_credentials", "canary~1"));
    assert_eq!(form["scope"], "https://graph.example/.default");
    clock::advance(3400);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "b");
    assert!(!format!("{sign_in:?}").contains("canary"));
}

#[tokio::test]
async fn a_missing_or_wrong_secret_is_reported_without_its_value() {
    let missing = sign_in(&by_secret(), surroundings(Script::of([]))).token().await.unwrap_err();
    let script = Script::of([refused("invalid_client", 7_000_215)]);
    let wrong =
        sign_in(&by_secret(), with(Environment::with([("MY_SECRET", "canary~1")]), script)).token().await.unwrap_err();
    let all = render(&missing) + &render(&wrong);
    assert!(!all.contains("canary"));
    insta::assert_snapshot!(all);
}

fn by_certificate(pem: &str) -> (tempfile::TempDir, SignInSettings) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.pem");
    std::fs::write(&path, pem).unwrap();
    let settings = settings(SignInMethod::ClientCertificate { client_id: APP.to_owned(), certificate: path });
    (folder, settings)
}

#[tokio::test]
async fn an_app_proves_itself_with_its_certificate() {
    let (_folder, settings) = by_certificate(CERTIFICATE);
    let script = Script::of([token("a")]);
    sign_in(&settings, surroundings(script.clone())).token().await.unwrap();
    let form = &script.requests()[0].form;
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public().as_ref());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let part = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').map(|(header, claims)| (part(header), part(claims))).unwrap();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let thumbprint = ring::digest::digest(&ring::digest::SHA256, &certificate);
    assert_eq!(header, json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint)}));
    assert_eq!(claims["aud"], "https://login.example/contoso.example/oauth2/v2.0/token");
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(APP), &json!(APP)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 600);
}

#[tokio::test]
async fn a_file_without_certificate_and_key_is_reported() {
    let only = |label: &str| {
        let begin = CERTIFICATE.find(&format!("-----BEGIN {label}")).unwrap();
        let end = CERTIFICATE[begin..].find("-----END").unwrap();
        let line = CERTIFICATE[begin + end..].find('\n').unwrap();
        CERTIFICATE[begin..begin + end + line].to_owned()
    };
    for (pem, reason) in [
        (only("PRIVATE KEY"), "it holds no certificate in PEM form"),
        (only("CERTIFICATE"), "it holds no private key in PEM form"),
        (
            only("CERTIFICATE") + "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "its key is not an RSA key",
        ),
    ] {
        let (_folder, settings) = by_certificate(&pem);
        let error = sign_in(&settings, surroundings(Script::of([]))).token().await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn github_vouches_for_a_job() {
    // What the configuration has where nothing else is said.
    let token = FederatedToken::GitHub { audience: "api://AzureADTokenExchange".to_owned() };
    let settings = settings(SignInMethod::WorkloadIdentity { client_id: APP.to_owned(), token });
    let token = super::token;
    let script = Script::of([(200, json!({"count": 1, "value": "canary.github.token"})), token("a")]);
    let environment = Environment::with([
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.example/idtoken?api-version=2"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-request"),
    ]);
    sign_in(&settings, with(environment, script.clone())).token().await.unwrap();
    let [github, entra] = &script.requests()[..] else { panic!("{:?}", script.requests()) };
    assert_eq!(github.method, "GET");
    assert_eq!(github.url, "https://pipelines.example/idtoken?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange");
    assert_eq!(github.headers["authorization"], "Bearer canary-request");
    assert_eq!(entra.form["client_assertion"], "canary.github.token");
    assert!(!entra.form.contains_key("client_secret"));

    let error = sign_in(&settings, surroundings(Script::of([]))).token().await.unwrap_err();
    insta::assert_snapshot!(render(&error));
    let environment =
        Environment::with([("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "y")]);
    let script = Script::of([(403, json!({"message": "canary"}))]);
    let error = sign_in(&settings, with(environment, script)).token().await.unwrap_err();
    assert_eq!(error.to_string(), "the answer to the sign-in cannot be used: GitHub gave no token: status 403");
}

#[tokio::test]
async fn a_federated_token_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let from = FederatedToken::File(file.clone());
    let settings = settings(SignInMethod::WorkloadIdentity { client_id: APP.to_owned(), token: from });
    let script = Script::of([token("a"), token("b")]);
    let sign_in = sign_in(&settings, surroundings(script.clone()));
    for (content, expected) in [("first\n", "first"), ("second", "second")] {
        std::fs::write(&file, content).unwrap();
        sign_in.token().await.unwrap();
        assert_eq!(script.requests().last().unwrap().form["client_assertion"], expected);
        clock::advance(3600);
    }
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(sign_in.token().await, Err(SignInError::File { .. })));
}

#[test]
fn the_way_of_signing_in_says_for_whom_tokens_speak_before_anything_is_asked() {
    let app = sign_in(&by_secret(), surroundings(Script::of([])));
    assert_eq!(app.caller(), Some(TokenCaller::App));
    let person = sign_in(&device_code(), surroundings(Script::of([])));
    assert_eq!(person.caller(), Some(TokenCaller::User));
}

#[tokio::test]
async fn a_given_token_is_looked_into() {
    let token = |claims: Value| format!("e30.{}.canary", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let settings = settings(SignInMethod::Token { token_env: "T".to_owned() });
    let given = |token: &str| sign_in(&settings, with(Environment::with([("T", token)]), Script::of([])));
    let exp = clock::now().as_second() + 3000;
    let app = given(&token(json!({"idtyp": "app", "exp": exp})));
    assert_eq!(app.caller(), None);
    assert_eq!(app.token().await.unwrap().caller(), Some(TokenCaller::App));
    let user = given(&token(json!({"scp": "User.Read", "exp": exp})));
    assert_eq!(user.token().await.unwrap().caller(), Some(TokenCaller::User));
    assert_eq!(user.token().await.unwrap().expires.as_second(), exp);
    let old = given(&token(json!({"scp": "User.Read", "exp": exp - 4000})));
    assert!(matches!(old.token().await, Err(SignInError::Expired { .. })));
    assert_eq!(given("opaque").token().await.unwrap().caller(), None);
}
