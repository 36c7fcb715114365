//! What an HTTP/2 connection may send without getting anywhere.

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::io::{ReadHalf, WriteHalf, split};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

/// Frame types (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

/// As much as a flood sends before it counts as unnoticed.
const FLOOD: usize = 24 << 20;

/// Makes the frames of a flood, by number.
type Frames<'a> = Box<dyn FnMut(u32) -> Vec<u8> + 'a>;

/// One frame; `flags` as its type has them.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The header block of a request: static names, literal values that are not indexed (RFC 7541).
fn headers(method: &[u8], path: &str, authority: &str) -> Vec<u8> {
    // `:method` GET is 2 and POST 3, `:scheme` https 7; `:path` and `:authority` have the names 4 and 1.
    let mut block = vec![if method == b"GET" { 0x82 } else { 0x83 }, 0x87];
    for (name, value) in [(4_u8, path), (1, authority)] {
        block.push(name);
        block.push(u8::try_from(value.len()).expect("short"));
        block.extend_from_slice(value.as_bytes());
    }
    block
}

fn tls_server() -> (Server, rustls::RootCertStore) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = Tls::self_made().expect("made");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(tls.trusted_pem().as_bytes()).expect("PEM")).expect("a root");
    (loopback().with_tls(tls), roots)
}

/// A connection over which the preface and the client's settings went.
async fn connect(
    running: &Running,
    roots: &rustls::RootCertStore,
    settings: &[u8],
) -> (ReadHalf<TlsStream<TcpStream>>, WriteHalf<TlsStream<TcpStream>>) {
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots.clone()).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(running.address).await.expect("connected");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("shaken hands");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("sent");
    stream.write_all(&frame(SETTINGS, 0, 0, settings)).await.expect("sent");
    split(stream)
}

/// Type, flags and payload of what comes; none when the connection ends.
async fn next_frame(reader: &mut ReadHalf<TlsStream<TcpStream>>) -> Option<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    reader.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    reader.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], payload))
}

/// Sends what `next` makes, reading all that comes; how many bytes went before the server hung up.
async fn flood(running: &Running, roots: &rustls::RootCertStore, mut next: impl FnMut(u32) -> Vec<u8>) -> usize {
    let (mut reader, mut writer) = connect(running, roots, &[]).await;
    let closed = tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    let mut sent = 0;
    let mut number = 0;
    while sent < FLOOD && !closed.is_finished() {
        let mut batch = Vec::new();
        while batch.len() < 4096 {
            batch.extend(next(number));
            number += 1;
        }
        match timeout(Duration::from_secs(20), writer.write_all(&batch)).await {
            Ok(Ok(())) => sent += batch.len(),
            Ok(Err(_)) => break,
            Err(_) => panic!("the server neither reads nor closes after {sent} bytes"),
        }
        tokio::task::yield_now().await;
    }
    closed.abort();
    sent
}

#[tokio::test]
async fn a_connection_that_sends_much_and_asks_nothing_is_closed() {
    let (server, roots) = tls_server();
    let running = start(server);
    let authority = running.address.to_string();
    let open = |number: u32, kind, payload: Vec<u8>| {
        // The first frame opens a stream whose request never ends.
        let first = if number == 0 { frame(HEADERS, 4, 1, &headers(b"POST", "/p", &authority)) } else { Vec::new() };
        [first, frame(kind, 0, if kind == PING { 0 } else { 1 }, &payload)].concat()
    };
    let reset = |number: u32| {
        let stream = 2 * number + 1;
        let mut both = frame(HEADERS, 5, stream, &headers(b"GET", "/late", &authority));
        both.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        both
    };
    let floods: [(&str, Frames<'_>); 9] = [
        ("pings", Box::new(|_| frame(PING, 0, 0, &[0; 8]))),
        ("answers to pings", Box::new(|_| frame(PING, 1, 0, &[0; 8]))),
        ("settings", Box::new(|_| frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9]))),
        ("priorities", Box::new(|_| frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 9]))),
        ("unknown frames", Box::new(|_| frame(0x42, 0, 0, &[0; 1000]))),
        ("window updates", Box::new(|number| open(number, WINDOW_UPDATE, 1_u32.to_be_bytes().to_vec()))),
        ("empty data", Box::new(|number| open(number, DATA, Vec::new()))),
        ("resets", Box::new(reset)),
        (
            "endless headers",
            Box::new(|number| match number {
                0 => frame(HEADERS, 0, 1, &headers(b"GET", "/x", &authority)),
                _ => frame(CONTINUATION, 0, 1, &[]),
            }),
        ),
    ];
    let mut unnoticed = Vec::new();
    for (name, next) in floods {
        let sent = flood(&running, &roots, next).await;
        unnoticed.extend((sent >= 4 << 20).then_some((name, sent)));
    }
    assert!(unnoticed.is_empty(), "bytes were sent, and the connection went on: {unnoticed:?}");
    assert_eq!(TcpStream::connect(running.address).await.map(drop).ok(), Some(()));
}

#[tokio::test]
async fn a_client_that_reads_no_answer_loses_its_connection() {
    let (server, roots) = tls_server();
    let running = start(server.with_limits(impatient()));
    // SETTINGS_INITIAL_WINDOW_SIZE 0: not a byte of an answer may be sent.
    let (mut reader, mut writer) = connect(&running, &roots, &[0, 4, 0, 0, 0, 0]).await;
    let authority = running.address.to_string();
    writer.write_all(&frame(HEADERS, 5, 1, &headers(b"GET", "/x", &authority))).await.expect("sent");
    let started = Instant::now();
    let patient = async {
        while let Some((kind, flags, payload)) = next_frame(&mut reader).await {
            let answer = match (kind, flags) {
                (PING, 0) => frame(PING, 1, 0, &payload),
                (SETTINGS, 0) => frame(SETTINGS, 1, 0, &[]),
                _ => continue,
            };
            let _ = writer.write_all(&answer).await;
        }
    };
    timeout(Duration::from_secs(20), patient).await.expect("closed in time");
    assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_connection_with_answered_requests_has_no_limit() {
    let (server, _) = tls_server();
    let tls = server.tls.clone().expect("TLS");
    let root = reqwest::Certificate::from_pem(tls.trusted_pem().as_bytes()).expect("a certificate");
    let running = start(server);
    let client = builder().tls_certs_only([root]).build().expect("a client");
    // Three megabytes of headers that cannot be compressed away.
    for number in 0..1500_u32 {
        let filler: String = (0..2000_u32).map(|at| char::from(b'a' + ((at * 7 + number * 13) % 26) as u8)).collect();
        let request = client.get(format!("{}/x", running.origin)).header("x-filler", format!("{number}{filler}"));
        let response = request.send().await.expect("answered");
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        response.bytes().await.expect("a body");
    }
    // Ten bodies of four mebibytes at once over one connection.
    let uploads = (0..10).map(|_| client.post(format!("{}/post", running.origin)).body(vec![b'x'; 4 << 20]).send());
    for upload in futures::future::join_all(uploads).await {
        assert_eq!(upload.expect("answered").status(), 200);
    }
}

#[tokio::test]
async fn an_authority_that_is_not_served_is_refused() {
    let (server, roots) = tls_server();
    let tls = server.tls.clone().expect("TLS");
    let root = reqwest::Certificate::from_pem(tls.trusted_pem().as_bytes()).expect("a certificate");
    let running = start(server);
    for (authority, said) in [("evil.example", "--allow-host evil.example"), ("h", "\"path\":\"/x\"")] {
        let (mut reader, mut writer) = connect(&running, &roots, &[]).await;
        writer.write_all(&frame(HEADERS, 5, 1, &headers(b"GET", "/x", authority))).await.expect("sent");
        let body = loop {
            let (kind, _, payload) = next_frame(&mut reader).await.expect("an answer");
            if kind == DATA {
                break String::from_utf8(payload).expect("text");
            }
        };
        assert!(body.contains(said), "{authority}: {body}");
    }
    let client = builder().tls_certs_only([root]).build().expect("a client");
    let path = format!("{}/x", running.origin);
    for host in ["evil.example", "localhost:1"] {
        let response = client.get(&path).header("host", host).send().await.expect("answered");
        assert_eq!((response.status().as_u16(), response.version()), (421, http::Version::HTTP_2), "{host}");
        let error = &json_of(response).await["error"];
        assert!(error["message"].as_str().is_some_and(|message| message.contains("--allow-host")), "{error}");
    }
    let page = client.get(&path).header("origin", "https://evil.example").send().await.expect("answered");
    assert_eq!(page.status(), 403);
    let own = client.get(&path).header("origin", &running.origin).send().await.expect("answered");
    assert_eq!(own.status(), 200);
}
