//! The headers of an answer, and of a request the body that is no JSON.

use std::fmt;
use std::sync::Arc;

use graphwalk_secrets::ServerText;
use reqwest::header::HeaderMap;

/// Headers of an answer that may hold a secret: they are never kept.
const NEVER_KEPT: [&str; 5] =
    ["set-cookie", "authorization", "proxy-authenticate", "proxy-authorization", "authentication-info"];

/// The headers of an answer, but for those that may hold a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHeaders(Vec<(String, ServerText)>);

impl ResponseHeaders {
    /// The value of the first header of that name, in whatever case.
    pub fn get(&self, name: &str) -> Option<&ServerText> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers in their order, with their names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ServerText)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Names and values; of a name that may hold a secret nothing is kept.
impl<N: Into<String>, V: Into<ServerText>> FromIterator<(N, V)> for ResponseHeaders {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let named = headers.into_iter().map(|(name, value)| (name.into().to_ascii_lowercase(), value.into()));
        Self(named.filter(|(name, _)| !NEVER_KEPT.contains(&name.as_str())).collect())
    }
}

impl From<&HeaderMap> for ResponseHeaders {
    /// A value that is no text is left out.
    fn from(headers: &HeaderMap) -> Self {
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
    }
}

/// The body of a request that is no JSON, e.g. a photo.
#[derive(Clone, PartialEq, Eq)]
pub struct FileBody {
    /// The media type, e.g. `image/jpeg`.
    pub media_type: String,
    /// The bytes that are sent.
    pub bytes: Arc<[u8]>,
}

/// Without what is sent: it is large, and somebody's own.
impl fmt::Debug for FileBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileBody of {} bytes of {}", self.bytes.len(), self.media_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_in_any_case_and_a_cookie_is_never_kept() {
        let headers: ResponseHeaders =
            [("Location", "/a"), ("ETag", "W/\"1\""), ("Set-Cookie", "canary"), ("location", "/b")]
                .into_iter()
                .collect();
        assert_eq!(headers.get("LOCATION").unwrap().expose(), "/a");
        assert_eq!(headers.get("set-cookie"), None);
        assert_eq!(headers.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["location", "etag", "location"]);
    }
}
