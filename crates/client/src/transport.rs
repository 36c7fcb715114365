//! How bytes travel: TLS, proxies, certificates, how long to wait.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Once, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Proxy, redirect};

use super::ClientError;

/// The name of the program for servers and proxies.
pub const USER_AGENT: &str = concat!("graphwalk/", env!("CARGO_PKG_VERSION"));

/// The options of the way to a server.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// The proxy.
    pub proxy: ProxyChoice,
    /// A file with certificates of authorities that are trusted beside the system's own, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The time that connecting may take.
    pub connect_timeout: Duration,
    /// The time that one request may take before it counts as unanswered.
    pub timeout: Duration,
    /// The number of bytes that an answer may have, decompressed.
    pub answer_limit: usize,
}

/// The number of bytes that an answer may have by default: 64 MiB. The largest page of Graph has 999 items.
pub const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

/// The proxy that requests go through.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// That of the system: `HTTPS_PROXY`, `NO_PROXY` and their like.
    #[default]
    System,
    /// None.
    Direct,
    /// This one; a user name and a password may stand in the URL.
    Url(String),
}

impl Default for TransportOptions {
    /// The system's proxy and certificates, 10 s to connect, 100 s for a request (as Microsoft's own SDKs wait),
    /// [`ANSWER_LIMIT`] for an answer.
    fn default() -> Self {
        Self {
            proxy: ProxyChoice::System,
            ca_file: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(100),
            answer_limit: ANSWER_LIMIT,
        }
    }
}

impl TransportOptions {
    /// Returns what loopback needs: no proxy, and 30 s for a request.
    pub fn loopback() -> Self {
        Self { proxy: ProxyChoice::Direct, timeout: Duration::from_secs(30), ..Self::default() }
    }

    /// A client with HTTP/2 and gzip where the server has them, that follows no redirect: a token goes to the host that it is
    /// for, and nowhere else. `secure` says that nothing may go over plain http.
    ///
    /// # Errors
    ///
    /// The proxy or the CA file cannot be used, or the HTTP library refuses to start.
    pub fn client(&self, secure: bool) -> Result<reqwest::Client, ClientError> {
        install_ring();
        let mut builder = base(self).https_only(secure);
        builder = match &self.proxy {
            ProxyChoice::System => builder,
            ProxyChoice::Direct => builder.no_proxy(),
            // The error is left out: it may quote the URL, and with it the password.
            ProxyChoice::Url(url) => builder.proxy(Proxy::all(url).map_err(|_| ClientError::Proxy)?),
        };
        builder = match &self.ca_file {
            Some(_) => builder.tls_certs_merge(self.authorities()?),
            // Plain http to this machine needs no certificates, and reading the system's takes milliseconds.
            None if !secure => builder.tls_certs_only([]),
            None => builder,
        };
        builder.build().map_err(ClientError::Setup)
    }

    fn authorities(&self) -> Result<Vec<Certificate>, ClientError> {
        let Some(path) = &self.ca_file else { return Ok(Vec::new()) };
        let refused = |reason: String| ClientError::CaFile { path: path.clone(), reason };
        let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let found = Certificate::from_pem_bundle(&pem).map_err(|_| refused("it is not a PEM file".to_owned()))?;
        if found.is_empty() { Err(refused("it holds no certificate in PEM".to_owned())) } else { Ok(found) }
    }
}

fn base(options: &TransportOptions) -> ClientBuilder {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        // Whether a request is sent again is decided in one place, which knows what it does.
        .retry(reqwest::retry::never())
        .connect_timeout(options.connect_timeout)
        .timeout(options.timeout)
        .user_agent(USER_AGENT)
}

/// The open connections of a client, which can be left for others.
#[derive(Debug)]
pub(super) struct Connections {
    options: TransportOptions,
    secure: bool,
    client: RwLock<reqwest::Client>,
}

impl Connections {
    pub fn new(options: TransportOptions, secure: bool) -> Result<Self, ClientError> {
        let client = RwLock::new(options.client(secure)?);
        Ok(Self { options, secure, client })
    }

    /// Returns the number of bytes that an answer may have.
    pub fn answer_limit(&self) -> usize {
        self.options.answer_limit
    }

    /// The client that has them.
    pub fn client(&self) -> reqwest::Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves them: whatever is sent from now on opens others. Without effect if no client can be made any more, e.g. because
    /// the CA file is gone.
    pub fn renew(&self) {
        if let Ok(client) = self.options.client(self.secure) {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }
}

/// Makes ring the provider of cryptography of this process, once.
pub fn install_ring() {
    static RING: Once = Once::new();
    // An error says that the program around this library has chosen one already: that one serves as well.
    RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Direct => f.write_str("Direct"),
            Self::Url(url) => match url.rsplit_once('@') {
                Some((_, host)) => write!(f, "Url(***@{host})"),
                None => write!(f, "Url({url})"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_proxy_is_refused_without_showing_its_password() {
        let proxy = ProxyChoice::Url("::no url:secret@".into());
        assert!(!format!("{proxy:?}").contains("secret"));
        let error = TransportOptions { proxy, ..TransportOptions::default() }.client(true).unwrap_err();
        assert!(matches!(error, ClientError::Proxy) && !format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn a_ca_file_has_to_hold_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let of = |path: &PathBuf| TransportOptions { ca_file: Some(path.clone()), ..TransportOptions::default() };
        assert!(matches!(of(&path).client(true), Err(ClientError::CaFile { .. })));
        std::fs::write(&path, "nothing of the kind").unwrap();
        let message = of(&path).client(true).unwrap_err().to_string();
        assert!(message.ends_with("it holds no certificate in PEM"), "{message}");
    }
}
