//! Paths: version, segments, keys, casts.

use percent_encoding::percent_decode_str;

use crate::emulator::http::Refusal;

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `/v1.0`
    V1,
    /// `/beta`
    Beta,
}

/// A path of the API, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPath {
    /// The version it begins with.
    pub version: Version,
    /// What follows, decoded, in lower case, without empty segments; a key in parentheses is a segment of its own.
    pub names: Vec<String>,
    /// The same in the case in which it was sent.
    pub sent: Vec<String>,
}

impl Version {
    /// The segment of it.
    pub fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

impl ApiPath {
    /// Takes a path apart.
    ///
    /// # Errors
    ///
    /// 400 if it begins with no version or is no path: dots that lead upwards, encoded slashes, control characters.
    pub fn of(path: &str) -> Result<Self, Refusal> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let version = match segments.next().map(str::to_lowercase).as_deref() {
            Some("v1.0") => Version::V1,
            Some("beta") => Version::Beta,
            other => {
                let message = format!("Invalid version: {}", other.unwrap_or_default());
                return Err(Refusal::new(400, "BadRequest", message));
            }
        };
        let mut sent = Vec::new();
        for segment in segments {
            let decoded = decoded(segment)?;
            match decoded.split_once('(') {
                // A function with named parameters stays whole: `filterByCurrentUser(on='reviewer')`.
                Some((_, rest)) if rest.contains('=') || rest == ")" => sent.push(decoded),
                Some((name, rest)) => {
                    let key = rest.strip_suffix(')').ok_or_else(|| malformed(segment))?;
                    let key = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key);
                    sent.extend([name.to_owned(), key.replace("''", "'")]);
                }
                None => sent.push(decoded),
            }
        }
        let names = sent.iter().map(|segment| segment.to_lowercase()).collect();
        Ok(Self { version, names, sent })
    }

    /// The segments in lower case, to be matched against.
    pub fn lower(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }
}

/// The type of a cast segment without its namespace: `user` for `microsoft.graph.user` and `graph.user`.
pub fn cast(segment: &str) -> Option<&str> {
    segment.strip_prefix("microsoft.graph.").or_else(|| segment.strip_prefix("graph.")).filter(|name| !name.is_empty())
}

/// The name of an action or function, with or without its namespace.
pub fn bound(segment: &str) -> &str {
    cast(segment).unwrap_or(segment)
}

/// Whether a segment in lower case is `filterByCurrentUser(on='reviewer')`.
///
/// # Errors
///
/// 400 if it is that function with another parameter.
pub fn filters_by_current_user(segment: &str) -> Result<bool, Refusal> {
    let Some(parameters) = bound(segment).strip_prefix("filterbycurrentuser(") else { return Ok(false) };
    let given: String = parameters.chars().filter(|c| !c.is_whitespace()).collect();
    if given == "on='reviewer')" {
        return Ok(true);
    }
    Err(Refusal::new(400, "BadRequest", "The parameter 'on' of filterByCurrentUser has to be 'reviewer'."))
}

/// The id that an `@odata.bind` or `@odata.id` URL ends in, whatever its host and version.
pub fn bound_id(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let (before, last) = path.rsplit_once('/')?;
    if let Some((set, key)) = last.split_once('(') {
        let known = ["users", "groups", "directoryobjects"].contains(&set.to_lowercase().as_str());
        let key = key.strip_suffix(')')?;
        return known.then_some(key.trim_matches('\''));
    }
    let set = before.rsplit('/').next()?.to_lowercase();
    ["users", "groups", "directoryobjects"].contains(&set.as_str()).then_some(last)
}

fn decoded(segment: &str) -> Result<String, Refusal> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| malformed(segment))?;
    if text.contains(['/', '\\']) || text.chars().any(char::is_control) || text == ".." || text == "." {
        return Err(malformed(segment));
    }
    Ok(text.into_owned())
}

fn malformed(segment: &str) -> Refusal {
    let shown: String = segment.chars().take(60).collect();
    Refusal::new(400, "BadRequest", format!("The segment '{shown}' of the request URI is malformed."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(path: &str) -> Vec<String> {
        ApiPath::of(path).unwrap().names
    }

    #[test]
    fn case_empty_segments_and_the_form_of_keys_make_no_difference() {
        assert_eq!(names("/v1.0//Users/AbC"), ["users", "abc"]);
        assert_eq!(names("/BETA/users('AbC')/Manager"), ["users", "abc", "manager"]);
        assert_eq!(ApiPath::of("/beta/users(AbC)").unwrap().sent, ["users", "AbC"]);
        assert_eq!(names("/v1.0/users('o''hara@x.com')"), ["users", "o'hara@x.com"]);
    }

    #[test]
    fn quotes_of_a_function_come_raw_and_encoded() {
        for path in
            ["/v1.0/decisions/filterByCurrentUser(on='reviewer')", "/v1.0/d/filterByCurrentUser(on=%27reviewer%27)"]
        {
            assert!(filters_by_current_user(&names(path)[1]).unwrap(), "{path}");
        }
        assert!(filters_by_current_user("microsoft.graph.filterbycurrentuser(on='reviewer')").unwrap());
        assert!(filters_by_current_user("filterbycurrentuser(on='me')").is_err());
        assert!(!filters_by_current_user("decisions").unwrap());
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [
            "/v1.0/../users",
            "/v1.0/%2e%2e/users",
            "/v1.0/users/a%2Fb",
            "/v1.0/a%00b",
            "/v1.0/a%5cb",
            "/v2/users",
            "/",
            "/v1.0/%ff",
            "/v1.0/users('a",
        ] {
            assert_eq!(ApiPath::of(path).unwrap_err().status, 400, "{path}");
        }
    }

    #[test]
    fn a_bound_url_may_name_any_host_version_and_set() {
        for url in [
            "https://graph.microsoft.com/beta/users/ID",
            "http://x/v1.0/directoryObjects/ID",
            "https://x/v1.0/users('ID')",
            "https://x/v1.0/directoryObjects('ID')",
            "/users/ID",
        ] {
            assert_eq!(bound_id(url), Some("ID"), "{url}");
        }
        for url in ["ID", "", "https://x/v1.0/devices/ID", "https://x/users(ID"] {
            assert_eq!(bound_id(url), None, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "\\PC*") {
            let _ = ApiPath::of(&path);
            let _ = ApiPath::of(&format!("/v1.0/{path}"));
            let _ = bound_id(&path);
        }
    }
}
