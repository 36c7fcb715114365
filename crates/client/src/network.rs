//! How Graph and the authority are reached: proxy, certificates, limits.

use std::path::PathBuf;
use std::time::Duration;

use graphwalk_catalog::is_loopback;
use graphwalk_secrets::in_use;
use url::{Host, Url};

use crate::{ProxyChoice, TransportOptions};

/// The way to the cloud: proxy, certificates, time limits.
#[derive(Clone)]
pub struct Network {
    /// The proxy; `None` is the system's.
    pub proxy: Option<Url>,
    /// Certificates that are trusted beside the system's: a file in PEM form.
    pub ca_file: Option<PathBuf>,
    /// The time that a connection may take to open.
    pub connect_timeout: Duration,
    /// The time that a request may take.
    pub request_timeout: Duration,
    /// The number of bytes that an answer of Graph may have, decompressed.
    pub answer_limit: usize,
}

impl Default for Network {
    /// The system's proxy and certificates, and the limits of [`TransportOptions`].
    fn default() -> Self {
        let TransportOptions { connect_timeout, timeout, answer_limit, .. } = TransportOptions::default();
        Self { proxy: None, ca_file: None, connect_timeout, request_timeout: timeout, answer_limit }
    }
}

impl Network {
    /// Returns how `to` is reached. This machine, and the service of an Azure machine that knows its identity, which
    /// has a link-local address, are behind no proxy.
    pub fn transport_to(&self, to: &Url) -> TransportOptions {
        let is_link_local = matches!(to.host(), Some(Host::Ipv4(address)) if address.is_link_local());
        let proxy = match &self.proxy {
            _ if is_link_local || is_loopback(to) => ProxyChoice::Direct,
            Some(proxy) => {
                remember_user(proxy);
                ProxyChoice::Url(proxy.to_string())
            }
            None => ProxyChoice::System,
        };
        TransportOptions {
            proxy,
            ca_file: self.ca_file.clone(),
            connect_timeout: self.connect_timeout,
            timeout: self.request_timeout,
            answer_limit: self.answer_limit,
        }
    }
}

/// A proxy that refuses may repeat what it was sent: the password, and user and password in base64.
fn remember_user(proxy: &Url) {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    if let Some(password) = proxy.password().map(decoded) {
        in_use::remember(&password);
        in_use::remember(&format!("{}:{password}", decoded(proxy.username())));
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("proxy", &self.proxy.as_ref().map(|proxy| without_userinfo(proxy.as_str())))
            .field("ca_file", &self.ca_file)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("answer_limit", &self.answer_limit)
            .finish()
    }
}

/// A URL with `***` in place of the user and the password that may stand in it.
pub fn without_userinfo(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => text.to_owned(),
        Ok(mut url) if url.has_host() => {
            // Both fail for URLs that cannot have a user, which this one has.
            let _ = url.set_password(None);
            let _ = url.set_username("***");
            url.to_string()
        }
        _ if text.contains('@') => "***".to_owned(),
        _ => text.to_owned(),
    }
}
