//! What the bodies of many connections cost together.

#[cfg(target_os = "linux")]
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::*;

/// Sends all of a body of four mebibytes but its last byte, and says what is answered all the same.
#[cfg(target_os = "linux")]
async fn withhold_the_last_byte(address: SocketAddr, answers: UnboundedSender<String>) {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let head = format!("POST /post HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n", 4 << 20);
    // The server may hang up before it has read everything.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&vec![b'x'; (4 << 20) - 1]).await;
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await.unwrap_or_default();
    let _ = answers.send(String::from_utf8_lossy(&answer[..count]).into_owned());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_bodies_of_all_connections_are_held_only_up_to_a_sum() {
    let server = Elsewhere::start(":");
    let address = server.address;
    let (answers, mut refused) = unbounded_channel();
    let mut flood = JoinSet::new();
    for _ in 0..80 {
        flood.spawn(withhold_the_last_byte(address, answers.clone()));
    }
    // Sixteen fit into 64 MiB.
    for number in 1..=64 {
        let answer = timeout(Duration::from_secs(25), refused.recv()).await;
        let answer = answer.unwrap_or_else(|_| panic!("refusal {number} does not come")).expect("one");
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
    }
    let peak = server.peak_mebibytes();
    // 320 MiB were sent; beside what is held there are the program itself and what is on the way.
    assert!(peak < 160, "{peak} MiB");
    flood.shutdown().await;
    let whole = client().post(format!("http://{address}/post")).body(vec![b'x'; 4 << 20]).send().await;
    assert_eq!(whole.expect("answered").status(), 200, "room again once the others have gone");
    server.stop();
}

#[tokio::test]
async fn a_client_that_takes_no_answers_loses_its_connection() {
    let running = start(loopback().with_limits(impatient()));
    let mut stream = TcpStream::connect(running.address).await.expect("connected");
    let requests = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1000);
    let unread = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    timeout(Duration::from_secs(20), unread).await.expect("closed in time");
    assert_eq!(get(&running, "/other").await.expect("answered").status(), 200);
}
