//! Who is answered, judged by the head of a request: the name that it was sent to, and the page that sent it.
//!
//! A web page of anybody's can send requests to this machine, and can have a name of its own lead here (DNS rebinding).
//! Its browser says so in two headers that a page cannot forge, `Host` and `Origin`. Programs name the address that they
//! were given and no origin.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::request::Parts;
use http::{Method, Version};
use url::Url;

use crate::http::Refusal;

/// Headers of answers that a page may read besides the few that every page may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "client-request-id, date, location, odata-version, preference-applied, request-id, retry-after, www-authenticate",
);
/// The methods that a page may send.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// Chrome asks this before a page of the internet reaches a private address (Private Network Access).
const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// A name by which a server is reached: `graph.test`, `graph.test:8443`, `10.0.0.7`, `[fd00::7]:8080`. Without a port it
/// holds for each.
///
/// ```
/// use graphwalk_emulator::server::HostName;
///
/// assert!("graph.test:8443".parse::<HostName>().is_ok());
/// assert!("https://graph.test/".parse::<HostName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    name: HostNameKind,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostNameKind {
    Ip(IpAddr),
    /// In lower case.
    Dns(String),
}

/// The error of a text that is no [`HostName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host name or an address, with a port if need be, such as graph.test or 10.0.0.7:8080")]
pub struct NotAHostName;

/// The origin of web pages, as browsers write it in `Origin`: `https://app.example`, `http://localhost:3000`.
///
/// ```
/// use graphwalk_emulator::server::WebOrigin;
///
/// assert_eq!("HTTPS://app.example:443/".parse::<WebOrigin>().unwrap().to_string(), "https://app.example");
/// assert!("app.example".parse::<WebOrigin>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

/// The error of a text that is no [`WebOrigin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected where the pages of one app come from, without a path, such as http://localhost:3000")]
pub struct NotAWebOrigin;

impl FromStr for HostName {
    type Err = NotAHostName;

    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => {
                (HostNameKind::Ip(address.parse::<Ipv6Addr>().map_err(|_| NotAHostName)?.into()), port)
            }
            None => {
                let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if name.is_empty() || !name.bytes().all(is_fit) {
                    return Err(NotAHostName);
                }
                let address = name.parse::<Ipv4Addr>().map(|address| HostNameKind::Ip(address.into()));
                (address.unwrap_or_else(|_| HostNameKind::Dns(name.to_ascii_lowercase())), port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| NotAHostName)?)
            }
            _ => return Err(NotAHostName),
        };
        Ok(Self { name, port })
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            HostNameKind::Ip(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            HostNameKind::Ip(IpAddr::V4(address)) => write!(f, "{address}")?,
            HostNameKind::Dns(name) => f.write_str(name)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for WebOrigin {
    type Err = NotAWebOrigin;

    fn from_str(text: &str) -> Result<Self, NotAWebOrigin> {
        let url = Url::parse(text).map_err(|_| NotAWebOrigin)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if bare && anonymous && matches!(url.scheme(), "http" | "https") {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err(NotAWebOrigin)
        }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names that a server answers to in addition to its address, and the web apps that may use it.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    pub(super) hosts: Vec<HostName>,
    pub(super) origins: Vec<WebOrigin>,
}

/// The place where a connection has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The address of this side.
    pub(super) address: SocketAddr,
    /// Whether it speaks TLS.
    pub(super) secure: bool,
}

impl Gate {
    /// The origin of the page that sends the request, if it is another's and allowed; none if no page sends it, or one of
    /// this server.
    ///
    /// # Errors
    ///
    /// 400 if the request names no host or none that can be understood, 421 if it names one that is not served, 403 if a
    /// page sends it that is not allowed.
    pub(super) fn check(&self, parts: &Parts, arrival: Arrival) -> Result<Option<HeaderValue>, Refusal> {
        let host = self.check_hosts(parts, arrival)?;
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else { return Ok(None) };
        let text = origin.to_str().unwrap_or("null");
        let scheme = if arrival.secure { "https" } else { "http" };
        let own = text.split_once("://").is_some_and(|(from, rest)| from == scheme && rest.eq_ignore_ascii_case(host));
        let alone = origins.next().is_none();
        if alone && own {
            return Ok(None);
        }
        if alone && self.origins.iter().any(|known| known.0 == text) {
            return Ok(Some(origin.clone()));
        }
        let allow = text.parse::<WebOrigin>().map_or_else(|_| "URL".to_owned(), |origin| origin.to_string());
        let message = format!(
            "Web pages that come from elsewhere ({text}) may not use this server. If the page is yours, start it with \
             --allow-origin {allow}."
        );
        Err(Refusal::new(403, "OriginNotAllowed", message))
    }

    /// The host that the request names.
    fn check_hosts<'a>(&self, parts: &'a Parts, arrival: Arrival) -> Result<&'a str, Refusal> {
        let mut named = parts.headers.get_all(HOST).iter();
        let host = named.next();
        // HTTP/2 says it in `:authority`, HTTP/1 may say it in the request line besides.
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        if named.next().is_some() || (host.is_none() && parts.version < Version::HTTP_2) {
            return Err(Refusal::new(400, "InvalidHost", "Expected one Host header, which names this server."));
        }
        let host = host.map(|value| value.to_str().unwrap_or_default());
        let Some(first) = host.or(authority) else {
            return Err(Refusal::new(400, "InvalidHost", "Expected :authority, which names this server."));
        };
        for text in [Some(first), authority].into_iter().flatten() {
            let asked: HostName = text.parse().map_err(|_| {
                let message = format!("Expected a host name and a port in Host, got \"{text}\".");
                Refusal::new(400, "InvalidHost", message)
            })?;
            if !self.serves(&asked, arrival) {
                let name = HostName { port: None, ..asked.clone() };
                let message = format!(
                    "This server does not go by the name {asked}. If the name leads here on purpose, start it with \
                     --allow-host {name}."
                );
                return Err(Refusal::new(421, "MisdirectedRequest", message));
            }
        }
        Ok(first)
    }

    fn serves(&self, asked: &HostName, arrival: Arrival) -> bool {
        let port = asked.port.unwrap_or(if arrival.secure { 443 } else { 80 });
        let here = match &asked.name {
            // No page of another's has a name that is an address of this machine.
            HostNameKind::Ip(ip) => {
                let own = arrival.address.ip().to_canonical();
                *ip == Ipv4Addr::LOCALHOST || *ip == Ipv6Addr::LOCALHOST || *ip == own
            }
            HostNameKind::Dns(name) => name == "localhost",
        };
        let allowed = |known: &HostName| known.name == asked.name && known.port.is_none_or(|known| known == port);
        (here && port == arrival.address.port()) || self.hosts.iter().any(allowed)
    }
}

/// The headers that answer a browser which asks whether the page of an allowed `origin` may send what it wants to; nothing
/// if the request is no such question (CORS-preflight request of the Fetch standard).
pub(super) fn preflight(parts: &Parts, origin: &HeaderValue) -> Option<HeaderMap> {
    if parts.method != Method::OPTIONS || !parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(wanted) = parts.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    if parts.headers.contains_key(REQUEST_PRIVATE_NETWORK) {
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    headers.insert(VARY, HeaderValue::from_static("origin, access-control-request-headers"));
    Some(headers)
}

/// Allows the page of an allowed `origin` to read an answer.
pub(super) fn expose(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("origin"));
}
