//! Where Graph is, and where its tokens come from.

use url::Url;

use graphwalk_catalog::Cloud;

/// The addresses of a cloud: Graph's, and that of the authority that issues tokens for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Microsoft's cloud of that name; `None` if the addresses were given by themselves.
    pub cloud: Option<Cloud>,
    /// Graph's base URL: scheme, host and port alone.
    pub graph: Url,
    /// The authority's base URL; the tenant's name follows it.
    pub authority: Url,
    /// The resource that tokens are asked for: `https://graph.microsoft.com`. Scopes are this and a name.
    pub resource: String,
}

impl Endpoints {
    /// Returns whether a token for this Graph may be sent to `url`: only to the scheme, host and port of Graph itself,
    /// never to where a redirect, a next link or a reference points.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(graph: &str) -> Endpoints {
        let url: Url = graph.parse().unwrap();
        Endpoints { cloud: None, resource: graph.to_owned(), authority: url.clone(), graph: url }
    }

    #[test]
    fn a_token_goes_to_the_host_of_graph_and_nowhere_else() {
        let endpoints = endpoints("https://graph.microsoft.com");
        for url in ["https://graph.microsoft.com/v1.0/me", "https://GRAPH.microsoft.com:443/beta"] {
            assert!(endpoints.may_receive_token(&url.parse().unwrap()), "{url}");
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
            assert!(!endpoints.may_receive_token(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn scopes_belong_to_the_resource() {
        let endpoints = endpoints("https://graph.microsoft.us");
        assert_eq!(endpoints.default_scope(), "https://graph.microsoft.us/.default");
        assert_eq!(endpoints.scope("User.Read"), "https://graph.microsoft.us/User.Read");
        assert_eq!(endpoints.scope("https://other/User.Read"), "https://other/User.Read");
    }
}
