//! A line a request on stderr, while `serve` answers.

use std::io::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use graphwalk_emulator::http::{Admission, Delivery, Request, Service};
use graphwalk_secrets::masking::masked_text;

use crate::in_words::readable_time;
use crate::terminal_text::plain;

/// The most lines that may wait to be written. Of a reader that takes none the server does not wait.
const MOST_WAITING: usize = 1024;

/// A service whose requests are logged.
pub(super) struct LoggingService<S> {
    service: S,
    lines: SyncSender<String>,
}

impl<S: Service> LoggingService<S> {
    /// Logs the requests of a service from now on.
    pub fn new(service: S) -> Self {
        let (lines, received) = sync_channel(MOST_WAITING);
        // A thread of its own: a service must not block.
        std::thread::spawn(move || write(&received));
        Self { service, lines }
    }

    fn log(&self, request: &Request, delivery: &Delivery, took: Duration) {
        // A line that cannot be written is lost: the log is for a person who watches.
        let _ = self.lines.try_send(line(request, delivery, took));
    }
}

impl<S: Service> Service for LoggingService<S> {
    fn answer(&self, request: &Request) -> Delivery {
        let begun = Instant::now();
        let delivery = self.service.answer(request);
        self.log(request, &delivery, begun.elapsed());
        delivery
    }

    fn admit(&self, head: &Request) -> Admission {
        let begun = Instant::now();
        let admission = self.service.admit(head);
        if let Admission::Answer(delivery) = &admission {
            self.log(head, delivery, begun.elapsed());
        }
        admission
    }
}

fn write(lines: &Receiver<String>) {
    while let Ok(line) = lines.recv() {
        if writeln!(anstream::stderr().lock(), "{line}").is_err() {
            return;
        }
    }
}

/// `GET /v1.0/users?$top=1 200, < 1 ms`, without secrets.
fn line(request: &Request, delivery: &Delivery, took: Duration) -> String {
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let asked = masked_text(&format!("{} {}{query}", request.method, request.path));
    let came = match delivery.fault {
        Some(_) => "connection closed".to_owned(),
        None => delivery.reply.status.to_string(),
    };
    format!("{} {came}, {}", plain(&asked), readable_time(took + delivery.delay))
}

#[cfg(test)]
mod tests {
    use graphwalk_emulator::http::{Reply, WireFault};

    use super::*;

    fn request(path: &str, query: &str) -> Request {
        let (method, headers, body) = (http::Method::GET, http::HeaderMap::new(), bytes::Bytes::new());
        Request { method, path: path.to_owned(), query: query.to_owned(), headers, body }
    }

    #[test]
    fn a_line_tells_request_and_status_and_no_secret() {
        let delivery = Delivery::from(Reply::no_content());
        let told = line(&request("/v1.0/users", "$top=1&access_token=canary"), &delivery, Duration::from_millis(3));
        assert_eq!(told, "GET /v1.0/users?$top=1&access_token=*** 204, 3 ms");
        let link = line(&request("/myaccess/link", "secret=canary"), &delivery, Duration::from_millis(3));
        assert_eq!(link, "GET /myaccess/link?secret=*** 204, 3 ms");
        let closed = Delivery { fault: Some(WireFault::Close), delay: Duration::from_secs(2), ..delivery };
        let told = line(&request("/v1.0/users/\u{1b}[31m", ""), &closed, Duration::ZERO);
        assert_eq!(told, "GET /v1.0/users/\u{fffd}[31m connection closed, 2.0 s");
    }

    #[test]
    fn a_log_that_nobody_reads_holds_nothing_up() {
        struct Gone;
        impl Service for Gone {
            fn answer(&self, _: &Request) -> Delivery {
                Reply::no_content().into()
            }
        }
        let (lines, unread) = sync_channel(1);
        let logged = LoggingService { service: Gone, lines };
        for _ in 0..10 {
            assert_eq!(logged.answer(&request("/", "")).reply.status, 204);
        }
        assert_eq!(unread.try_iter().count(), 1);
    }
}
