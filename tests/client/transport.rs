//! TLS, authorities, proxies: the client for the internet.

use std::sync::Arc;

use graphwalk_client::{
    ClientError, GraphClient, GraphRequest, ProxyChoice, Reached, TransportOptions, USER_AGENT, install_ring,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::scripted::{Server, answer, run};

fn request() -> GraphRequest<'static> {
    GraphRequest { actor: "a", token: "t", method: "GET", path: "/v1.0/me", headers: &[], body: None, file: None }
}

/// A TLS server with a certificate of its own: it says what was negotiated, and the first bytes that came. The file has the
/// certificate.
async fn tls_server(
    alpn: &[&[u8]],
    file: &std::path::Path,
) -> (String, tokio::task::JoinHandle<(Option<Vec<u8>>, Vec<u8>)>) {
    install_ring();
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(file, own.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let seen = tokio::task::spawn_local(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return (None, Vec::new());
        };
        let mut first = vec![0; 4096];
        let count = stream.read(&mut first).await.unwrap_or(0);
        first.truncate(count);
        let _ = stream.write_all(b"HTTP/1.1 200 -\r\ncontent-length: 2\r\n\r\n{}").await;
        (stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec), first)
    });
    (base, seen)
}

fn options(ca_file: Option<&std::path::Path>) -> TransportOptions {
    TransportOptions {
        proxy: ProxyChoice::Direct,
        ca_file: ca_file.map(std::path::Path::to_path_buf),
        ..TransportOptions::default()
    }
}

#[test]
fn an_own_authority_is_trusted_only_when_its_file_is_given() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let (base, seen) = tls_server(&[b"http/1.1"], &file).await;
        let exchange = GraphClient::for_base(&base, &options(Some(&file))).unwrap().send(&request()).await.unwrap();
        assert_eq!(exchange.status, 200);
        let head = String::from_utf8(seen.await.unwrap().1).unwrap();
        assert!(
            head.contains("authorization: Bearer t") && head.contains(USER_AGENT) && head.contains("gzip"),
            "{head}"
        );
        let (base, seen) = tls_server(&[b"http/1.1"], &folder.path().join("other.pem")).await;
        let error = GraphClient::for_base(&base, &options(Some(&file))).unwrap().send(&request()).await.unwrap_err();
        assert!(matches!(error, ClientError::NoAnswer { reached: Reached::Distrusted, .. }), "{error}");
        assert!(seen.await.unwrap().1.is_empty());
    });
}

#[test]
fn http_2_is_spoken_where_the_server_has_it() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let (base, seen) = tls_server(&[b"h2", b"http/1.1"], &file).await;
        let _ = GraphClient::for_base(&base, &options(Some(&file))).unwrap().send(&request()).await;
        let (protocol, first) = seen.await.unwrap();
        assert_eq!(protocol.as_deref(), Some(b"h2".as_slice()));
        assert!(first.starts_with(b"PRI * HTTP/2.0"), "{first:?}");
    });
}

#[test]
fn a_given_proxy_is_used() {
    run(async {
        let proxy = Server::start(|_, _| answer(200, json!({}))).await;
        let options = TransportOptions { proxy: ProxyChoice::Url(proxy.base.clone()), ..TransportOptions::loopback() };
        let client = GraphClient::for_base("http://localhost:9", &options).unwrap();
        client.send(&request()).await.unwrap();
        assert_eq!(proxy.received.borrow()[0].path, "http://localhost:9/v1.0/me");
    });
}

#[test]
fn a_token_goes_over_https_or_to_this_machine() {
    for base in ["http://graph.microsoft.com", "http://10.0.0.1", "http://localhost.evil.com"] {
        let refused = GraphClient::for_base(base, &TransportOptions::default());
        assert!(matches!(refused, Err(ClientError::Base { .. })), "{base}");
    }
}

#[test]
fn every_cloud_has_a_client() {
    for cloud in graphwalk_client::Cloud::ALL {
        let client = GraphClient::for_base(&cloud.graph(), &TransportOptions::default()).unwrap();
        assert_eq!(client.base(), cloud.graph());
    }
}
