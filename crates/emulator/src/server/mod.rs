//! Serves a [`Service`] over HTTP/1.1, and over TLS with HTTP/2 besides.
//!
//! The server knows nothing of Graph but the shape of its errors and its media type. What a client sends wrong costs that
//! client its connection, never the server.

mod exchange;
mod gate;
mod open_files;
mod progress;
mod reply_body;
mod tls;
mod upload;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::http::Service;
use exchange::{Answering, ClientConnection};
use gate::{Arrival, Gate};
use progress::{ConnectionProgress, Watched};

pub use gate::{HostName, NotAHostName, NotAWebOrigin, WebOrigin};
pub use open_files::raise_open_files;
pub use tls::{Tls, TlsError};

/// A server that listens already; connections wait until it runs.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    limits: Limits,
    gate: Gate,
}

/// Timeouts and size limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that a request's body may have; more is answered with 413. Graph takes 4 MB a request (Attach large
    /// files to Outlook messages).
    pub body: usize,
    /// The most bytes that the bodies of all requests together may take up; who finds no room within a second is answered
    /// with 503. At least as much as `body`.
    pub bodies: usize,
    /// The most bytes that may come over a connection without any of its requests getting on, bodies aside; with more the
    /// connection is closed.
    pub idle: u64,
    /// The time that a client may take for a request's headers, and may keep a connection open between two requests.
    pub headers: Duration,
    /// The time that a client may take for a request's body; more is answered with 408. Also how long it may take
    /// nothing of an answer before the connection is closed.
    pub sending: Duration,
    /// The time that a client may take for the TLS handshake.
    pub handshake: Duration,
    /// The time for which requests in work are waited for when the server is asked to stop.
    pub grace: Duration,
}

impl Default for Limits {
    /// 4 MiB a body and 64 MiB for all, 1 MiB without progress, half a minute for each thing a client may be slow at, and two seconds of grace.
    fn default() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Self {
            body: 4 << 20,
            bodies: 64 << 20,
            idle: 1 << 20,
            headers: half_a_minute,
            sending: half_a_minute,
            handshake: half_a_minute,
            grace: Duration::from_secs(2),
        }
    }
}

/// The reason why a server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, is not one of this machine, or may not be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address on which it was to listen.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
}

/// The number of connections that may wait for being accepted; the system may allow fewer.
const BACKLOG: u32 = 4096;

impl Server {
    /// Listens on `address`; port 0 is any that is free.
    ///
    /// # Errors
    ///
    /// If nothing can listen there.
    pub fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let listen = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // On Windows that option would let two servers share the port.
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            let listener = socket.listen(BACKLOG)?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address, tls: None, limits: Limits::default(), gate: Gate::default() })
        };
        listen().map_err(|source| ServerError::Listen { address, source })
    }

    /// Speaks TLS, and HTTP/2 with clients that want it.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Answers requests for other names than its address, `localhost` and the addresses of loopback too: that of a container,
    /// or of a certificate. All else is refused with 421, for a web page may have any name lead here.
    #[must_use]
    pub fn with_hosts(mut self, names: impl IntoIterator<Item = HostName>) -> Self {
        self.gate.hosts.extend(names);
        self
    }

    /// Allows web pages from elsewhere to use it. All others are refused with 403; programs name no origin.
    #[must_use]
    pub fn with_origins(mut self, origins: impl IntoIterator<Item = WebOrigin>) -> Self {
        self.gate.origins.extend(origins);
        self
    }

    /// Returns where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns whether only programs of this machine reach it.
    pub fn is_local(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Its address for clients of this machine, without a slash at its end: `http://127.0.0.1:8080`. With TLS its name is
    /// `localhost`, as the certificate does.
    pub fn origin(&self) -> String {
        let port = self.address.port();
        match &self.tls {
            Some(_) => format!("https://localhost:{port}"),
            None if self.address.ip().is_unspecified() => format!("http://localhost:{port}"),
            None => format!("http://{}", self.address),
        }
    }

    /// Answers with `service` until `shutdown` is over; then closes idle connections and finishes the requests that
    /// are being answered.
    pub async fn run(self, service: Arc<dyn Service>, shutdown: impl Future<Output = ()>) {
        let Self { listener, address, tls, limits, gate } = self;
        let room = Arc::new(Semaphore::new(limits.bodies.min(Semaphore::MAX_PERMITS)));
        let answering = Arc::new(Answering { service, gate, limits, room });
        let connector = Connector { answering, address, tls: tls.map(|tls| tls.acceptor()) };
        let graceful = GracefulShutdown::new();
        // Dropped at the end, it ends what is still open.
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Takes out what has ended, so that the set does not grow.
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                stream = accept(&listener) => {
                    connections.spawn(connector.clone().serve(stream, graceful.watcher()));
                }
            }
        }
        drop(listener);
        let _ = timeout(limits.grace, graceful.shutdown()).await;
    }
}

/// The next connection. Without file descriptors left it waits for some to be closed.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_of_one_client(&error) => {}
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Returns whether the client went before it was accepted, which is nobody else's concern.
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// The parts that every connection shares.
#[derive(Clone)]
struct Connector {
    answering: Arc<Answering>,
    /// The place where the server listens.
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// The most that is read ahead of a connection, and so the most that the headers of a request may have.
const READ_AHEAD: usize = 64 << 10;
/// The bytes that a client may send over one HTTP/2 connection before they are read.
const WINDOW: u32 = 256 << 10;
/// The number of requests that may be under way on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// The number of those that may be reset before they are looked at, or by this side for being malformed.
const RESETS: usize = 20;

impl Connector {
    /// Serves one connection to its end. Errors end it, and are the client's to notice.
    async fn serve(self, stream: TcpStream, watcher: Watcher) {
        // Replies are written whole: waiting for more to send would only keep them back.
        let _ = stream.set_nodelay(true);
        let address = stream.local_addr().unwrap_or(self.address);
        let line = ClientConnection {
            arrival: Arrival { address, secure: self.tls.is_some() },
            progress: ConnectionProgress::new(),
        };
        let Some(acceptor) = self.tls.clone() else {
            return self.http1(stream, line, watcher).await;
        };
        let handshake = timeout(self.answering.limits.handshake, acceptor.accept(stream));
        let Ok(Ok(stream)) = handshake.await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2) {
            self.http2(stream, line, watcher).await;
        } else {
            self.http1(stream, line, watcher).await;
        }
    }

    async fn http1<S: AsyncRead + AsyncWrite + Unpin + 'static>(
        self,
        stream: S,
        line: ClientConnection,
        watcher: Watcher,
    ) {
        let limits = self.answering.limits;
        let stream = Watched::new(stream, Arc::clone(&line.progress), limits);
        let answer = service_fn(move |request| Arc::clone(&self.answering).answer(line.clone(), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.headers)
            .max_buf_size(READ_AHEAD)
            .serve_connection(TokioIo::new(stream), answer);
        let _ = watcher.watch(connection).await;
    }

    async fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self,
        stream: S,
        line: ClientConnection,
        watcher: Watcher,
    ) {
        let limits = self.answering.limits;
        let progress = Arc::clone(&line.progress);
        let stream = Watched::new(stream, Arc::clone(&progress), limits);
        let answer = service_fn(move |request| Arc::clone(&self.answering).answer(line.clone(), request));
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.headers)
            .keep_alive_timeout(limits.headers)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .serve_connection(TokioIo::new(stream), answer);
        tokio::select! {
            _ = watcher.watch(connection) => {}
            () = progress.stalled(limits) => {}
        }
    }
}

#[cfg(test)]
mod tests;
