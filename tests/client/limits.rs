//! How much of an answer is read.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use graphwalk::session::Call;
use graphwalk_client::{GraphClient, TransportOptions};
use serde_json::json;

use crate::scripted::{Reply, Server, raw, run};

const LIMIT: usize = 1024 * 1024;

/// A JSON text of so many bytes.
fn text(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length - 2))
}

fn gzip(body: &str) -> Reply {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(body.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < LIMIT / 10);
    let head = format!("HTTP/1.1 200 -\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len());
    Reply::Raw([head.into_bytes(), packed].concat())
}

/// Without a length, to the end of the connection.
fn endless(body: &str) -> Reply {
    Reply::Raw(
        format!("HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
            .into_bytes(),
    )
}

#[test]
fn an_answer_is_read_up_to_the_limit_and_is_not_asked_for_again() {
    run(async {
        let forms: [fn(&str) -> Reply; 3] = [|body| raw(200, body), gzip, endless];
        for form in forms {
            for (length, fits) in [(LIMIT, true), (LIMIT + 1, false), (LIMIT * 3, false)] {
                let server = Server::start(move |_, _| form(&text(length))).await;
                let options = TransportOptions { answer_limit: LIMIT, ..TransportOptions::loopback() };
                let mut session = server.session_with(GraphClient::for_base(&server.base, &options).unwrap());
                for method in ["GET", "POST"] {
                    let body = (method == "POST").then(|| json!({"a": 1}));
                    let call = Call { body, ..Call::new("administrator", method, "/v1.0/widgets") };
                    let ended = session.send(&call).await.map(|_| ());
                    assert_eq!(ended.is_ok(), fits, "{length}: {ended:?}");
                    if let Err(failure) = ended {
                        let expected = format!(
                            "{method} /v1.0/widgets got more than 1 MiB, which is the most that an answer may have"
                        );
                        assert_eq!(failure.message, expected);
                        assert!(failure.help.unwrap().contains("limits.answer"));
                    }
                }
                assert_eq!(server.received.borrow().len(), 2, "{length}");
            }
        }
    });
}
