//! Over real HTTP and HTTPS on loopback.

use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsAcceptor;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::Network;

const PATH: &str = "/contoso.example/oauth2/v2.0/token";

fn at(authority: &str, ca_file: Option<PathBuf>) -> SignIn {
    at_with(authority, ca_file, "canary")
}

fn at_with(authority: &str, ca_file: Option<PathBuf>, secret: &str) -> SignIn {
    let mut settings = settings(SignInMethod::ClientSecret { client_id: APP.to_owned(), secret_env: "S".to_owned() });
    settings.endpoints.authority = authority.parse().unwrap();
    let network = Network { ca_file, request_timeout: Duration::from_secs(5), ..Network::default() };
    let authority = &settings.endpoints.authority;
    let mut surroundings = Surroundings::of_process(&network, authority, Arc::new(Someone::default())).unwrap();
    surroundings.environment = Environment::with([("S", secret)]);
    sign_in(&settings, surroundings)
}

#[tokio::test]
async fn a_token_comes_over_http_from_this_machine() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(token("a").1);
    Mock::given(method("POST"))
        .and(path(PATH))
        .and(body_string_contains("client_secret=canary"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(secret(&at(&server.uri(), None).token().await.unwrap()), "a");
}

#[tokio::test]
async fn a_secret_that_the_authority_repeats_is_not_shown() {
    let server = MockServer::start().await;
    let body =
        json!({"error": "invalid_client", "error_description": "AADSTS7000215: 'ca\"na+ry' (ca%22na%2Bry) is wrong."});
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401).set_body_json(body)).mount(&server).await;
    let error = at_with(&server.uri(), None, "ca\"na+ry").token().await.unwrap_err();
    let told = format!("{error:?} {}", render(&error));
    assert!(told.contains("AADSTS7000215: '***' (***) is wrong.") && !told.contains("na"), "{told}");
}

#[tokio::test]
async fn a_page_in_place_of_a_token_is_named_by_its_media_type() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html>canary</html>", "text/html; charset=utf-8");
    Mock::given(method("POST")).respond_with(page).mount(&server).await;
    let error = at(&server.uri(), None).token().await.unwrap_err();
    let expected = "the answer to the sign-in cannot be used: expected application/json, got text/html; charset=utf-8";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_secret_does_not_follow_a_redirect() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let redirect = ResponseTemplate::new(307).insert_header("location", format!("{}{PATH}", elsewhere.uri()));
    Mock::given(method("POST")).respond_with(redirect).mount(&server).await;
    let error = at(&server.uri(), None).token().await.unwrap_err();
    assert!(matches!(error, SignInError::Unintelligible { .. }), "{error}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_is_not_sent_in_the_clear_to_another_machine() {
    // An address that nobody has (RFC 5737): it is not even tried.
    let error = at("http://192.0.2.1", None).token().await.unwrap_err();
    assert_eq!(error.to_string(), "http://192.0.2.1 cannot be reached: secrets are sent over https only");
}

#[tokio::test]
async fn an_unreachable_authority_is_reported_without_the_secret() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = at(&uri, None).token().await.unwrap_err();
    assert!(matches!(&error, SignInError::NoAnswer { host, .. } if *host == uri), "{error}");
    assert!(!format!("{error:?} {}", render(&error)).contains("canary"));
}

#[tokio::test]
async fn a_self_signed_authority_is_trusted_by_its_ca_file_alone() {
    let (uri, ca) = self_signed(0).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca).unwrap();
    assert_eq!(secret(&at(&uri, Some(file)).token().await.unwrap()), "over-tls");
    let error = at(&uri, None).token().await.unwrap_err();
    assert!(matches!(error, SignInError::NoAnswer { .. }), "{error}");
}

#[tokio::test]
async fn an_authority_that_cannot_be_connected_to_is_tried_twice_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for (refused, answered) in [(2, true), (3, false)] {
        let (uri, ca) = self_signed(refused).await;
        std::fs::write(&file, ca).unwrap();
        let token = at(&uri, Some(file.clone())).token().await;
        assert_eq!(token.is_ok(), answered, "{refused}");
    }
}

#[test]
fn a_ca_file_without_certificates_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let network = Network { ca_file: Some(file.clone()), ..Network::default() };
    let authority = device_code().endpoints.authority;
    let made = || Surroundings::of_process(&network, &authority, Arc::new(Someone::default()));
    assert!(matches!(made(), Err(SignInError::File { .. })));
    std::fs::write(&file, "nothing").unwrap();
    let error = made().unwrap_err();
    assert!(error.to_string().ends_with("it holds no certificate in PEM"), "{error}");
}

/// A token endpoint over TLS with a certificate that nobody signed, which ends the first connections at once; the address, and
/// the certificate in PEM form.
async fn self_signed(refused: usize) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        for _ in 0..refused {
            drop(listener.accept().await.unwrap());
        }
        // Two connections are made at most: one that trusts and one that does not.
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let answer = service_fn(async |_| {
                let body = Full::new(Bytes::from(token("over-tls").1.to_string()));
                Ok::<_, std::convert::Infallible>(hyper::Response::new(body))
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        }
    });
    (uri, made.cert.pem())
}
