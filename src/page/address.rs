//! Where a request goes: host, version, path.

use graphwalk_catalog::{ApiPath, Catalog, CatalogCall, Method, NoCall, Resolved, Version, graph_host};

use super::classify::PrintedAnswer;
use super::pair::PrintedExchange;
use super::source::PageSource;

/// So many characters of a URL are looked at for placeholders.
const LONGEST_URL: usize = 4000;

/// The address of a request.
#[derive(Clone, Debug)]
pub struct Address {
    /// The path with its query, from the version or what follows it, as it is printed.
    pub text: String,
    /// The path, read. Its version is the one that is printed.
    pub path: ApiPath,
    /// Whether the URL names no host.
    pub is_relative: bool,
    /// Whether the host is one of Graph's.
    pub is_graph: bool,
    /// The version that counts, and where it is from; v1.0 where the page has none.
    pub version: Version,
    /// The place that its version is from.
    pub version_from: VersionFrom,
}

/// The place that a version is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// The URL of the request.
    Url,
    /// The context of the answer.
    Answer,
    /// Other requests of the page.
    Page,
    /// Nothing: it is assumed.
    Nothing,
}

impl Address {
    /// The address of a URL as it is printed.
    pub fn of(url: &str) -> Self {
        let (host, path) = split(url);
        let path_text = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let path = ApiPath::parse_reference(&path_text);
        let (version, version_from) = match path.version() {
            Some(version) => (version, VersionFrom::Url),
            None => (Version::V1, VersionFrom::Nothing),
        };
        let is_graph = host.is_none_or(|host| graph_host(host).is_some());
        Self { text: path_text, path, is_relative: host.is_none(), is_graph, version, version_from }
    }

    /// The path in the version that counts.
    pub fn versioned(&self) -> ApiPath {
        self.path.clone().in_version(self.version)
    }

    /// The path and query in the version that counts, as text.
    pub fn versioned_text(&self) -> String {
        if self.path.version().is_some() { self.text.clone() } else { format!("/{}{}", name(self.version), self.text) }
    }

    /// Resolves the path by the metadata. That of v1.0 stands for beta where only it has the path.
    pub fn resolved(&self) -> Option<Resolved> {
        let path = self.versioned();
        Catalog::of_path(&path).resolve(&path).ok()
    }

    /// Returns what is known of a call to it.
    ///
    /// # Errors
    ///
    /// [`NoCall`] if Graph has no such path, or no such method for it.
    pub fn call(&self, method: &str) -> Result<CatalogCall, NoCall> {
        let path = self.versioned();
        let method = method.parse::<Method>().unwrap_or(Method::Get);
        let catalog = Catalog::of_path(&path);
        catalog.call(method, &path).or_else(|error| match (method, &error) {
            // The list lacks calls that Graph has, but where it has a path it has its PUT: few objects are replaced.
            (Method::Put, NoCall::Method(_)) => Err(error),
            _ => catalog.call_by_metadata(method, &path).map_err(|_| error),
        })
    }

    /// Returns whether the path, without the query, has a placeholder such as `{id}`.
    pub fn has_placeholder(&self) -> bool {
        let path = self.text.split('?').next().unwrap_or_default();
        placeholder(path).is_some()
    }
}

/// A version as paths have it.
pub fn name(version: Version) -> &'static str {
    match version {
        Version::V1 => "v1.0",
        Version::Beta => "beta",
    }
}

/// The first placeholder of a text, and where it stands: `{id}`, `{{id}}`, `<id>`, `%7Bid%7D`.
pub fn placeholder(text: &str) -> Option<(usize, &str)> {
    let cut = text.char_indices().nth(LONGEST_URL).map_or(text.len(), |(index, _)| index);
    let text = &text[..cut];
    for (open, close) in [("{", '}'), ("<", '>'), ("%7B", '%'), ("%7b", '%')] {
        for (at, _) in text.match_indices(open) {
            let inner = &text[at + open.len()..];
            let inner = inner.strip_prefix('{').unwrap_or(inner);
            let end = inner.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.'))).unwrap_or(0);
            if end > 0 && inner[end..].starts_with(close) {
                return Some((at, &inner[..end]));
            }
        }
    }
    None
}

/// Host and path of a URL. A URL without a scheme has a host if it begins with one of Graph's.
fn split(url: &str) -> (Option<&str>, &str) {
    let (is_url, rest) = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => (true, rest),
        _ => (false, url),
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    if is_url || graph_host(host).is_some() { (Some(host), path) } else { (None, url) }
}

/// Says of the relative addresses which version counts: that of the answer's context, else that of the page.
pub fn complete(source: &PageSource, exchanges: &mut [PrintedExchange]) {
    let of_urls = exchanges.iter().filter_map(|exchange| exchange.address.path.version());
    let (mut v1, mut beta) = (0, 0);
    of_urls.for_each(|version| if version == Version::V1 { v1 += 1 } else { beta += 1 });
    let front: String = source.text.lines().take(200).collect::<Vec<_>>().join("\n");
    let of_page = match (v1, beta) {
        (0, 0) if front.contains("graph-rest-beta") => Some(Version::Beta),
        (0, 0) => None,
        _ if beta > v1 => Some(Version::Beta),
        _ => Some(Version::V1),
    };
    for exchange in exchanges.iter_mut().filter(|exchange| exchange.address.version_from == VersionFrom::Nothing) {
        let of_answer = exchange.answer.as_ref().and_then(context_version);
        let address = &mut exchange.address;
        if let Some(version) = of_answer {
            (address.version, address.version_from) = (version, VersionFrom::Answer);
        } else if let Some(version) = of_page {
            (address.version, address.version_from) = (version, VersionFrom::Page);
        }
    }
}

/// The version in the context of an answer.
pub fn context_version(answer: &PrintedAnswer) -> Option<Version> {
    let context = answer.body.as_ref()?.value()?.get("@odata.context")?.text()?;
    version_in(context)
}

/// The version that a URL of Graph names.
pub fn version_in(url: &str) -> Option<Version> {
    let address = Address::of(url);
    address.path.version().filter(|_| address.is_graph)
}
