//! The hosts that Graph answers at.

/// Where a recording's URLs lead to.
pub(super) const GRAPH: &str = "graph.microsoft.com";

/// The endpoints of the clouds. Source: "National cloud deployments", table of service root endpoints.
const CLOUDS: [&str; 5] = [
    GRAPH,
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "canary.graph.microsoft.com",
];

/// The host of Graph that the authority of a URL means. A server on loopback stands for Graph: an emulator, a replay, a
/// development proxy.
pub(super) fn graph_host(authority: &str) -> Option<&'static str> {
    let authority = authority.to_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &authority,
    };
    if is_loopback(host) {
        return Some(GRAPH);
    }
    CLOUDS.into_iter().find(|cloud| *cloud == host)
}

/// Whether a host is this machine itself.
pub(super) fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_is_known_and_nothing_that_only_looks_like_one() {
        assert_eq!(graph_host("Graph.Microsoft.us:443"), Some("graph.microsoft.us"));
        assert_eq!(graph_host("127.0.0.1:34567"), Some(GRAPH));
        assert_eq!(graph_host("[::1]:8080"), Some(GRAPH));
        for other in ["graph.microsoft.com.evil.example", "a@graph.microsoft.com", "login.microsoftonline.com", ""] {
            assert_eq!(graph_host(other), None, "{other}");
        }
    }
}
