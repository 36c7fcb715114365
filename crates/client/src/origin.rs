//! The one place that a client sends requests and tokens to.

use graphwalk_catalog::{graph_host, is_loopback};
use url::{Position, Url};

use super::ClientError;

/// A base URL, with the promise that nothing is sent anywhere else.
#[derive(Clone, Debug)]
pub(super) struct BaseUrl {
    base: Url,
    /// As in `base`, without a slash at its end.
    text: String,
}

impl BaseUrl {
    /// Takes `base` if a token may be sent there: over https, or over http to this machine itself.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        let refused = |reason: &str| ClientError::Base { base: scheme_and_host(base), reason: reason.to_owned() };
        let url = Url::parse(base).map_err(|error| refused(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return Err(refused("it is not an https URL with a host"));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(refused("a token is sent over https only, or to this machine"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused("it has more than a scheme, a host, a port and a path"));
        }
        Ok(Self { text: base.trim_end_matches('/').to_owned(), base: url })
    }

    /// The base URL, without a slash at its end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The URL of a path and query under the base.
    pub fn url(&self, path: &str) -> Result<Url, ClientError> {
        let refused = || ClientError::Path(path.to_owned());
        if !path.starts_with('/') {
            return Err(refused());
        }
        // Principal names of guests have a `#` in them: it would cut the path short.
        let url = if path.contains('#') {
            Url::parse(&format!("{}{}", self.text, path.replace('#', "%23")))
        } else {
            Url::parse(&format!("{}{path}", self.text))
        };
        url.ok().filter(|url| self.is_mine(url)).ok_or_else(refused)
    }

    /// The path and query of a link that the service answered, to be asked for under the base.
    ///
    /// A server on this machine may stand for Graph: a recording or an emulator answers links to Graph's own hosts. They are
    /// taken for links to itself, which sends nothing elsewhere.
    pub fn path_of_link(&self, link: &str) -> Result<String, ClientError> {
        let foreign = || ClientError::ForeignLink { link: scheme_and_host(link), base: self.text.clone() };
        let url = Url::parse(link).map_err(|_| foreign())?;
        let stands_for = || {
            let known = !is_loopback(&url) && url.host_str().is_some_and(|host| graph_host(host).is_some());
            is_loopback(&self.base) && url.scheme() == "https" && known && url.port().is_none()
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(foreign());
        }
        let path = &url[Position::BeforePath..Position::AfterQuery];
        if self.is_mine(&url) {
            let prefix = self.base.path().trim_end_matches('/');
            return path
                .strip_prefix(prefix)
                .filter(|rest| rest.starts_with('/'))
                .map(str::to_owned)
                .ok_or_else(foreign);
        }
        if stands_for() { Ok(path.to_owned()) } else { Err(foreign()) }
    }

    fn is_mine(&self, url: &Url) -> bool {
        url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default()
    }
}

/// Returns scheme and host of a link: its query may hold what nobody should see.
fn scheme_and_host(link: &str) -> String {
    match Url::parse(link) {
        Ok(url) => format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
        Err(_) => "(no URL)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph() -> BaseUrl {
        BaseUrl::new("https://graph.microsoft.com/").unwrap()
    }

    #[test]
    fn a_base_is_https_or_on_this_machine() {
        for base in ["https://graph.microsoft.us", "http://127.0.0.1:80", "http://localhost:1", "http://[::1]:1/x"] {
            assert!(BaseUrl::new(base).is_ok(), "{base}");
        }
        for base in [
            "http://graph.microsoft.com",
            "http://127.0.0.1.evil.com",
            "ftp://x",
            "graph",
            "https://u:p@x",
            "https://x?y",
        ] {
            assert!(matches!(BaseUrl::new(base), Err(ClientError::Base { .. })), "{base}");
        }
        let message = BaseUrl::new("https://user:secret@x").unwrap_err().to_string();
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn an_invalid_path_is_refused_before_it_can_name_another_host() {
        for path in ["@evil.com/v1.0", ".evil.com/", ":443@evil.com", "", "v1.0/users"] {
            assert!(matches!(graph().url(path), Err(ClientError::Path(_))), "{path}");
        }
        assert_eq!(graph().url("//evil.com/x").unwrap().host_str(), Some("graph.microsoft.com"));
        assert_eq!(graph().url("/\\evil.com/x").unwrap().host_str(), Some("graph.microsoft.com"));
    }

    #[test]
    fn a_guests_principal_name_stays_whole() {
        let url = graph().url("/v1.0/users/a_b.com#EXT#@contoso.com?$select=id").unwrap();
        assert_eq!(url.as_str(), "https://graph.microsoft.com/v1.0/users/a_b.com%23EXT%23@contoso.com?$select=id");
    }

    #[test]
    fn only_links_to_the_base_are_followed() {
        let path = graph().path_of_link("https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Fb").unwrap();
        assert_eq!(path, "/v1.0/users?$skiptoken=a%2Fb");
        for link in [
            "https://evil.com/v1.0/users?$skiptoken=secret",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:8443/v1.0/users",
            "https://graph.microsoft.com@evil.com/v1.0/users",
            "https://user@graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com.evil.com/",
            "/v1.0/users",
            "//evil.com/v1.0",
        ] {
            let error = graph().path_of_link(link).unwrap_err();
            assert!(
                matches!(error, ClientError::ForeignLink { .. }) && !error.to_string().contains("secret"),
                "{link}"
            );
        }
    }

    #[test]
    fn a_base_with_a_path_has_links_below_it() {
        let base = BaseUrl::new("https://proxy.contoso.com/graph").unwrap();
        assert_eq!(base.path_of_link("https://proxy.contoso.com/graph/v1.0/users").unwrap(), "/v1.0/users");
        assert!(base.path_of_link("https://proxy.contoso.com/graphite").is_err());
        assert_eq!(base.url("/v1.0/me").unwrap().as_str(), "https://proxy.contoso.com/graph/v1.0/me");
    }

    #[test]
    fn a_local_server_replaces_graph_and_no_other_host() {
        let local = BaseUrl::new("http://127.0.0.1:8080").unwrap();
        assert_eq!(local.path_of_link("https://graph.microsoft.com/beta/x?y").unwrap(), "/beta/x?y");
        assert_eq!(local.path_of_link("https://graph.microsoft.com./beta/x").unwrap(), "/beta/x");
        assert!(local.path_of_link("https://evil.com/beta/x").is_err());
        assert!(local.path_of_link("https://localhost/beta/x").is_err());
        assert!(local.path_of_link("http://127.0.0.1:8081/beta/x").is_err());
    }

    proptest! {
        #[test]
        fn no_path_leads_to_another_host(path in "\\PC{0,40}") {
            if let Ok(url) = graph().url(&path) {
                prop_assert_eq!(url.host_str(), Some("graph.microsoft.com"));
                prop_assert_eq!(url.scheme(), "https");
            }
        }

        #[test]
        fn no_link_leads_to_another_host(link in "(https?:)?[/\\\\@.:a-z0-9]{0,40}") {
            if let Ok(path) = graph().path_of_link(&link) {
                prop_assert!(path.starts_with('/'));
            }
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
}
