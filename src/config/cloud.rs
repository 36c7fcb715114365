//! Where Graph is, and where its tokens come from.

use url::{Host, Url};

/// A cloud: the host of Graph, and the authority that issues tokens for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Which one.
    pub name: CloudName,
    /// Graph's base URL: scheme, host and port alone.
    pub graph: Url,
    /// The authority's base URL; the tenant's name follows it.
    pub authority: Url,
    /// What tokens are asked for: `https://graph.microsoft.com`. Scopes are this and a name.
    pub resource: String,
}

/// Microsoft's clouds, and what is given by its addresses.
///
/// Hosts: "National cloud deployments" of the Graph documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudName {
    /// The worldwide cloud, and GCC.
    Global,
    /// US Government L4 (GCC High).
    UsGov,
    /// US Government L5 (DoD).
    UsGovDod,
    /// China, operated by 21Vianet.
    China,
    /// Given by `base-url` and `authority`.
    Other,
}

impl CloudName {
    /// The names that a configuration may give.
    pub(super) const NAMED: [(&'static str, Self); 4] =
        [("global", Self::Global), ("usgov", Self::UsGov), ("usgov-dod", Self::UsGovDod), ("china", Self::China)];

    /// The hosts of Graph and of the authority; `None` for [`CloudName::Other`].
    pub(super) fn addresses(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Global => Some(("https://graph.microsoft.com", "https://login.microsoftonline.com")),
            Self::UsGov => Some(("https://graph.microsoft.us", "https://login.microsoftonline.us")),
            Self::UsGovDod => Some(("https://dod-graph.microsoft.us", "https://login.microsoftonline.us")),
            Self::China => Some(("https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn")),
            Self::Other => None,
        }
    }
}

impl Cloud {
    /// Whether a token for this cloud may be sent to `url`: only to the scheme, host and port of Graph itself, never to
    /// where a redirect, a next link or a reference points.
    pub fn may_receive_token(&self, url: &Url) -> bool {
        self.graph.origin() == url.origin() && url.username().is_empty() && url.password().is_none()
    }

    /// The scope for everything that was consented to: `https://graph.microsoft.com/.default`.
    pub fn default_scope(&self) -> String {
        self.scope(".default")
    }

    /// A scope with its resource: `User.Read` becomes `https://graph.microsoft.com/User.Read`. A scope that has one already
    /// stays as it is.
    pub fn scope(&self, name: &str) -> String {
        if name.contains("://") { name.to_owned() } else { format!("{}/{name}", self.resource) }
    }
}

/// Whether `url` leads back to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(graph: &str) -> Cloud {
        let url: Url = graph.parse().unwrap();
        Cloud { name: CloudName::Other, resource: graph.to_owned(), authority: url.clone(), graph: url }
    }

    #[test]
    fn a_token_goes_to_the_host_of_graph_and_nowhere_else() {
        let cloud = cloud("https://graph.microsoft.com");
        for url in ["https://graph.microsoft.com/v1.0/me", "https://GRAPH.microsoft.com:443/beta"] {
            assert!(cloud.may_receive_token(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "http://graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com:8443/v1.0/me",
            "https://graph.microsoft.com.evil.example/v1.0/me",
            "https://graph.microsoft.com@evil.example/v1.0/me",
            "https://user@graph.microsoft.com/v1.0/me",
            "https://evil.example/graph.microsoft.com",
            "data:text/plain,graph.microsoft.com",
        ] {
            assert!(!cloud.may_receive_token(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn loopback_is_this_machine_by_number_or_by_its_own_name() {
        for url in ["http://127.0.0.1:8080", "http://127.1.2.3", "https://[::1]:1", "http://localhost"] {
            assert!(is_loopback(&url.parse().unwrap()), "{url}");
        }
        for url in ["http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://10.0.0.1"] {
            assert!(!is_loopback(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn scopes_belong_to_the_resource() {
        let cloud = cloud("https://graph.microsoft.us");
        assert_eq!(cloud.default_scope(), "https://graph.microsoft.us/.default");
        assert_eq!(cloud.scope("User.Read"), "https://graph.microsoft.us/User.Read");
        assert_eq!(cloud.scope("https://other/User.Read"), "https://other/User.Read");
    }
}
