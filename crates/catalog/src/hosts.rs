//! The hosts that Microsoft Graph answers at: its clouds, and servers on this machine that stand for them.

use std::fmt;

use url::{Host, Url};

/// The hosts of Graph's preview environments.
const CANARY: &str = "canary.graph.microsoft.com";

/// A cloud: where its Graph is, and where its users sign in.
///
/// Source: "National cloud deployments" in the Microsoft Graph documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The global service, and GCC in the United States.
    #[default]
    Global,
    /// US Government L4 (GCC High).
    UsGov,
    /// US Government L5 (DoD).
    UsGovDod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::UsGovDod, Self::China];

    /// The name in configuration: `global`, `usgov`, `usgov-dod`, `china`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usgov",
            Self::UsGovDod => "usgov-dod",
            Self::China => "china",
        }
    }

    /// The host of Graph.
    pub const fn graph_host(self) -> &'static str {
        match self {
            Self::Global => "graph.microsoft.com",
            Self::UsGov => "graph.microsoft.us",
            Self::UsGovDod => "dod-graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The base URL of Graph, without a slash at its end.
    pub fn graph(self) -> String {
        format!("https://{}", self.graph_host())
    }

    /// The base URL of the authority that issues tokens, without a slash at its end.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov | Self::UsGovDod => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The host of Graph that the authority of a URL means. A server on loopback replaces Graph: an emulator, a replay, a
/// development proxy.
pub fn graph_host(authority: &str) -> Option<&'static str> {
    let authority = authority.to_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &authority,
    };
    // A name of the DNS may end with a dot.
    let host = host.strip_suffix('.').unwrap_or(host);
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Some(Cloud::Global.graph_host());
    }
    Cloud::ALL.map(Cloud::graph_host).into_iter().chain([CANARY]).find(|known| *known == host)
}

/// Returns whether `url` leads back to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_is_known_and_nothing_that_only_looks_like_one() {
        assert_eq!(graph_host("Graph.Microsoft.us:443"), Some("graph.microsoft.us"));
        assert_eq!(graph_host("127.0.0.1:34567"), Some("graph.microsoft.com"));
        assert_eq!(graph_host("[::1]:8080"), Some("graph.microsoft.com"));
        assert_eq!(graph_host("graph.microsoft.com."), Some("graph.microsoft.com"));
        assert_eq!(graph_host("Graph.Microsoft.us.:443"), Some("graph.microsoft.us"));
        for other in [
            "graph.microsoft.com.evil.example",
            "a@graph.microsoft.com",
            "graph.microsoft.com..",
            "login.microsoftonline.com",
            "",
        ] {
            assert_eq!(graph_host(other), None, "{other}");
        }
    }
}
