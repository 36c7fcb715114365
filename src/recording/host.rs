//! The hosts that Graph answers at.

use crate::graph::Cloud;

/// Where a recording's URLs lead to.
pub(super) const GRAPH: &str = Cloud::Global.graph_host();

/// Where Graph is tried out before it is Graph.
const CANARY: &str = "canary.graph.microsoft.com";

/// The host of Graph that the authority of a URL means. A server on loopback stands for Graph: an emulator, a replay, a
/// development proxy.
pub(super) fn graph_host(authority: &str) -> Option<&'static str> {
    let authority = authority.to_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &authority,
    };
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Some(GRAPH);
    }
    Cloud::ALL.map(Cloud::graph_host).into_iter().chain([CANARY]).find(|known| *known == host)
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
