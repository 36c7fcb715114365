//! The parameter `scope`: which resource, and which of its permissions.

use url::Url;

use super::error::TokenEndpointError;

/// The scope that a client asks for: a resource, and permissions of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestedScope {
    /// The resource as the client names it, without the slash at its end; the claim `aud`.
    pub resource: String,
    /// Whether permissions came with the resource's address, and so go back with it.
    pub qualified: bool,
    /// `.default`: everything that has consent.
    pub default: bool,
    /// Permissions of the resource by name.
    pub permissions: Vec<String>,
    /// Those of OpenID Connect: `openid`, `profile`, `email`, `offline_access`.
    pub open_id: Vec<String>,
}

/// The application id of Microsoft Graph.
pub(super) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// The hosts of Graph, cloud by cloud (national cloud deployments, 2025-01-30).
const GRAPH_HOSTS: [&str; 5] = [
    "graph.microsoft.com",
    "canary.graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
];

impl RequestedScope {
    /// Reads the parameter. A permission without a resource is one of Graph's; so is any of the resource `origin`, with or
    /// without its port, for that is where this Graph answers.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self, TokenEndpointError> {
        let mut scope = Self {
            resource: "https://graph.microsoft.com".to_owned(),
            qualified: false,
            default: false,
            permissions: Vec::new(),
            open_id: Vec::new(),
        };
        for word in text.split_ascii_whitespace() {
            scope.add(word, text, origin)?;
        }
        Ok(scope)
    }

    fn add(&mut self, word: &str, all: &str, origin: &str) -> Result<(), TokenEndpointError> {
        if ["openid", "profile", "email", "offline_access"].contains(&word) {
            self.open_id.push(word.to_owned());
            return Ok(());
        }
        let name = match word.rsplit_once('/') {
            None => word,
            Some((resource, name)) => {
                let resource = resource.trim_end_matches('/');
                if !is_graph(resource, origin) {
                    let message = format!("The resource principal named {resource} was not found in the tenant.");
                    return Err(TokenEndpointError::new("invalid_resource", 500011, message));
                }
                if self.qualified && self.resource != resource {
                    let message = "The provided value for the input parameter 'scope' is not valid because it contains \
                                   more than one resource.";
                    return Err(TokenEndpointError::new("invalid_scope", 28000, message));
                }
                resource.clone_into(&mut self.resource);
                self.qualified = true;
                name
            }
        };
        if name == ".default" {
            self.default = true;
        } else if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            self.permissions.push(name.to_owned());
        } else {
            return Err(invalid(all));
        }
        Ok(())
    }

    /// Returns whether `word` of OpenID Connect was asked for.
    pub(super) fn has(&self, word: &str) -> bool {
        self.open_id.iter().any(|asked| asked == word)
    }

    /// The member `scope` of the token response: what is granted, in the form that it was asked in.
    pub(super) fn answer(&self, granted: &[String]) -> String {
        let qualify = |name: &str| if self.qualified { format!("{}/{name}", self.resource) } else { name.to_owned() };
        let default = self.default.then(|| qualify(".default"));
        let open_id = self.open_id.iter().filter(|word| *word != "offline_access").cloned();
        let words: Vec<String> = granted.iter().map(|name| qualify(name)).chain(default).chain(open_id).collect();
        words.join(" ")
    }
}

/// A value of `scope` that cannot be.
pub(super) fn invalid(text: &str) -> TokenEndpointError {
    let message =
        format!("The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid.");
    TokenEndpointError::new("invalid_scope", 70011, message)
}

/// Returns whether the resource is Graph: by application id, by an address of a cloud, or by the address of this
/// server.
pub(super) fn is_graph(resource: &str, origin: &str) -> bool {
    let by_address = || {
        let url = Url::parse(resource).ok()?;
        Some(GRAPH_HOSTS.contains(&url.host_str()?) || is_at(&url, &Url::parse(origin).ok()?))
    };
    resource.eq_ignore_ascii_case(GRAPH) || by_address().unwrap_or(false)
}

/// Returns whether `url` is the server `origin`. The port may be left out: msgraph-sdk derives its scope from the host
/// alone, since the identity platform takes no ports in a resource (kiota-authentication-azure, `_resolve_scopes`).
fn is_at(url: &Url, origin: &Url) -> bool {
    let port = url.port().is_none() || url.port_or_known_default() == origin.port_or_known_default();
    port && url.scheme() == origin.scheme() && url.host() == origin.host()
}
