//! Reading a path of Graph: the one place where that is done.

use std::fmt;

use percent_encoding::percent_decode_str;

/// A path of Microsoft Graph with its query, taken apart.
///
/// Reading never fails on a text that begins with `/`: what a server might understand otherwise than it is read here is
/// marked as [ambiguous](ApiPath::ambiguity) instead, for callers who must be sure. Names are compared without regard to
/// case, as Graph does (the published tutorial writes `identitygovernance` in one step).
///
/// ```
/// use graphwalk_catalog::{ApiPath, Version};
///
/// let path = ApiPath::parse("/v1.0/Groups('1')/members/%32/$ref?$select=id").unwrap();
/// assert_eq!(path.version(), Some(Version::V1));
/// assert!(path.segments()[0].is("groups"));
/// assert_eq!(path.segments()[0].key(), Some("1"));
/// assert_eq!(path.segments()[2].name(), "2");
/// assert_eq!(path.query(), Some("$select=id"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPath {
    version: Option<Version>,
    segments: Vec<Segment>,
    query: Option<String>,
    ambiguity: Option<Ambiguity>,
}

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `v1.0`
    V1,
    /// `beta`
    Beta,
}

/// One segment of a path, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    name: String,
    arguments: Option<Vec<Argument>>,
}

/// One value between the brackets of a segment: a key, or an argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name before the equals sign, e.g. `on` in `filterByCurrentUser(on='reviewer')`; `None` for a key by itself.
    pub name: Option<String>,
    /// The value, without its quotes.
    pub value: String,
}

/// The reason why a server may understand a path otherwise than it is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// A segment `.` or `..`, which leads to another place.
    Dots,
    /// A slash or backslash within a segment, which may part it in two.
    Slash,
    /// A percent sign that is no percent form, or a percent form of one.
    Percent,
    /// A control character, or bytes that are no text.
    Character,
    /// Brackets or quotes that do not pair up.
    Brackets,
}

/// A text that is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPath;

impl ApiPath {
    /// Reads a path and query such as `/v1.0/users/{id}?$select=id`, with or without a version.
    ///
    /// # Errors
    ///
    /// [`NotAPath`] if the text does not begin with a slash.
    pub fn parse(text: &str) -> Result<Self, NotAPath> {
        if !text.starts_with('/') {
            return Err(NotAPath);
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (text, None),
        };
        let mut ambiguity = None;
        let parts = path.split('/').filter(|part| !part.is_empty());
        let mut segments: Vec<Segment> = parts.map(|part| segment(part, &mut ambiguity)).collect();
        let version = segments.first().and_then(Segment::version);
        if version.is_some() {
            segments.remove(0);
        }
        Ok(Self { version, segments, query, ambiguity })
    }

    /// Reads a path, or a URL whose scheme and host are left out of account: in a reference such as `@odata.id`, in a
    /// review's scope, and in a batch Graph takes any host (graph-facts: "`@odata.bind` URLs may name any host and
    /// version"), and a path without a slash before it.
    pub fn parse_reference(text: &str) -> Self {
        // What stands behind a slash is no scheme: `/users/1?from=https://…` is about the user.
        let scheme = text.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?', '#']));
        let after_scheme = scheme.map(|(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
        let path = after_scheme.unwrap_or(text);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        // It begins with a slash, so it is read whatever it is.
        Self::parse(&path).unwrap_or(Self { version: None, segments: Vec::new(), query: None, ambiguity: None })
    }

    /// The version, if the path begins with one.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// The same path in this version, whichever it is written in.
    #[must_use]
    pub fn in_version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Returns what follows the version. Empty segments are left out: SDKs send `//` after the version.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns each segment's name with the key in its brackets, else with the name of the segment behind it, which may be
    /// a key.
    pub fn followed(&self) -> impl Iterator<Item = (&str, &str)> {
        let behind = self.segments.iter().skip(1).map(Some).chain([None]);
        self.segments.iter().zip(behind).filter_map(|(segment, behind)| {
            let key = segment.key().or_else(|| behind.map(Segment::name))?;
            Some((segment.name(), key))
        })
    }

    /// Returns the segment or key after the first segment of this name.
    ///
    /// ```
    /// use graphwalk_catalog::ApiPath;
    ///
    /// let path = ApiPath::parse("/beta/teams('1')/operations/2").unwrap();
    /// assert_eq!(path.key_after("Teams"), Some("1"));
    /// assert_eq!(path.key_after("operations"), Some("2"));
    /// assert_eq!(path.key_after("channels"), None);
    /// ```
    pub fn key_after(&self, name: &str) -> Option<&str> {
        self.followed().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, key)| key)
    }

    /// Returns the part behind the first question mark, as it was written.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Returns why a server may understand the path otherwise, if it may.
    pub fn ambiguity(&self) -> Option<Ambiguity> {
        self.ambiguity
    }
}

impl Segment {
    /// The decoded text before the brackets, if there are any.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether this is the name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the arguments between the brackets; `None` without brackets, empty for `()`.
    pub fn arguments(&self) -> Option<&[Argument]> {
        self.arguments.as_deref()
    }

    /// The key between the brackets: `users('1')`.
    pub fn key(&self) -> Option<&str> {
        match self.arguments.as_deref() {
            Some([Argument { name: None, value }]) => Some(value),
            _ => None,
        }
    }

    /// The name without the namespace of Graph in front of it: `microsoft.graph.user` and `graph.user` are `user`.
    pub fn unqualified(&self) -> Option<&str> {
        unqualified(&self.name)
    }

    fn version(&self) -> Option<Version> {
        [("v1.0", Version::V1), ("beta", Version::Beta)]
            .into_iter()
            .find(|(name, _)| self.arguments.is_none() && self.is(name))
            .map(|(_, version)| version)
    }
}

/// A name without the namespace of Graph in front of it, as [`Segment::unqualified`]; nothing if there is none.
pub fn unqualified(name: &str) -> Option<&str> {
    ["microsoft.graph.", "graph."].iter().find_map(|prefix| {
        let (head, rest) = name.split_at_checked(prefix.len())?;
        // A principal name may begin in the same way.
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty() && !rest.contains('@')).then_some(rest)
    })
}

fn segment(part: &str, ambiguity: &mut Option<Ambiguity>) -> Segment {
    // Nearly every segment: nothing in it could be read in two ways, and looking for each thing that could takes its time.
    if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@' | b'$')) {
        return Segment { name: part.to_owned(), arguments: None };
    }
    let mut doubt = |found| *ambiguity = ambiguity.or(Some(found));
    let decoded = percent_decode_str(part).decode_utf8().unwrap_or_else(|_| {
        doubt(Ambiguity::Character);
        percent_decode_str(part).decode_utf8_lossy()
    });
    if matches!(decoded.trim(), "." | "..") {
        doubt(Ambiguity::Dots);
    }
    if decoded.contains(['/', '\\']) {
        doubt(Ambiguity::Slash);
    }
    // What is decoded once more leads elsewhere: `%252e` is `%2e`, and that is a dot.
    if decoded.contains('%') {
        doubt(Ambiguity::Percent);
    }
    if decoded.chars().any(char::is_control) {
        doubt(Ambiguity::Character);
    }
    match split_arguments(&decoded) {
        Some((name, arguments)) => Segment { name: name.to_owned(), arguments },
        None => {
            doubt(Ambiguity::Brackets);
            Segment { name: decoded.into_owned(), arguments: None }
        }
    }
}

/// A name and what stands in brackets behind it; `None` if brackets and quotes do not pair up.
fn split_arguments(text: &str) -> Option<(&str, Option<Vec<Argument>>)> {
    let Some(open) = text.find('(') else {
        return (!text.contains(')')).then_some((text, None));
    };
    let inner = text[open + 1..].strip_suffix(')')?;
    let mut arguments = Vec::new();
    for piece in pieces(inner)? {
        arguments.push(argument(piece.trim())?);
    }
    Some((&text[..open], Some(arguments)))
}

/// The parts between commas, quoted ones left whole; `None` if a quote or a bracket stays open or closes nothing.
fn pieces(inner: &str) -> Option<Vec<&str>> {
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let (mut pieces, mut start, mut quoted) = (Vec::new(), 0, false);
    for (index, byte) in inner.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' | b')' if !quoted => return None,
            b',' if !quoted => {
                pieces.push(&inner[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    pieces.push(&inner[start..]);
    (!quoted).then_some(pieces)
}

fn argument(piece: &str) -> Option<Argument> {
    let named = piece.find('=').filter(|equals| piece.find('\'').is_none_or(|quote| *equals < quote));
    let (name, value) = match named {
        Some(equals) => (Some(piece[..equals].trim().to_owned()), piece[equals + 1..].trim()),
        None => (None, piece),
    };
    let value = match value.strip_prefix('\'') {
        Some(rest) => rest.strip_suffix('\'')?.replace("''", "'"),
        None => value.to_owned(),
    };
    Some(Argument { name, value })
}

/// Decoded, for comparing: values in brackets stand without their quotes, `filterByCurrentUser(on=reviewer)`.
impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let Some(arguments) = &self.arguments else { return Ok(()) };
        let shown = arguments.iter().map(|argument| match &argument.name {
            Some(name) => format!("{name}={}", argument.value),
            None => argument.value.clone(),
        });
        write!(f, "({})", shown.collect::<Vec<_>>().join(","))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        })
    }
}

/// The fault, to fit behind "a server may read it otherwise: ".
impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dots => "a segment is \".\" or \"..\"",
            Self::Slash => "a segment holds a slash or a backslash",
            Self::Percent => "a percent sign is left after decoding",
            Self::Character => "a segment holds a control character or bytes that are not UTF-8",
            Self::Brackets => "brackets or quotes do not pair up",
        })
    }
}

impl fmt::Display for NotAPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path begins with a slash")
    }
}

impl std::error::Error for NotAPath {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(path: &str) -> Vec<String> {
        let path = ApiPath::parse(path).unwrap();
        path.segments().iter().map(|segment| segment.name().to_ascii_lowercase()).collect()
    }

    #[test]
    fn every_spelling_of_a_path_is_read_alike() {
        for path in ["/v1.0/groups/1/members/2", "/V1.0//Groups//1/MEMBERS/2/", "/v1.0/groups/1/%6Dembers/%32?$x=/y"] {
            assert_eq!(names(path), ["groups", "1", "members", "2"], "{path}");
            assert_eq!(ApiPath::parse(path).unwrap().ambiguity(), None, "{path}");
        }
    }

    #[test]
    fn keys_stand_in_segments_of_their_own_or_in_brackets() {
        let path = ApiPath::parse("/beta/users('o''neil@contoso.com')/messages(1)").unwrap();
        assert_eq!(path.version(), Some(Version::Beta));
        let keys: Vec<_> = path.segments().iter().map(Segment::key).collect();
        assert_eq!(keys, [Some("o'neil@contoso.com"), Some("1")]);
        let named = ApiPath::parse("/v1.0/applications(appId='x,y=1')").unwrap();
        let argument = Argument { name: Some("appId".to_owned()), value: "x,y=1".to_owned() };
        assert_eq!(named.segments()[0].arguments(), Some([argument].as_slice()));
        assert_eq!(named.segments()[0].key(), None);
    }

    #[test]
    fn functions_have_arguments_and_casts_have_a_namespace() {
        let path = ApiPath::parse("/v1.0/x/filterByCurrentUser(on=%27reviewer%27)").unwrap();
        let argument = Argument { name: Some("on".to_owned()), value: "reviewer".to_owned() };
        assert_eq!(path.segments()[1].arguments(), Some([argument].as_slice()));
        let path = ApiPath::parse("/v1.0/users/microsoft.graph.delta()/graph.user/graph.x@contoso.com").unwrap();
        assert_eq!(path.segments()[1].arguments(), Some([].as_slice()));
        let unqualified: Vec<_> = path.segments().iter().map(Segment::unqualified).collect();
        assert_eq!(unqualified, [None, Some("delta"), Some("user"), None]);
        let path = ApiPath::parse("/v1.0/x/between( from='a b', to = 2)/y('z')/delta()/%24ref").unwrap();
        let shown: Vec<_> = path.segments().iter().map(Segment::to_string).collect();
        assert_eq!(shown, ["x", "between(from=a b,to=2)", "y(z)", "delta()", "$ref"]);
    }

    #[test]
    fn an_ambiguous_path_is_marked() {
        for (path, ambiguity) in [
            ("/v1.0/groups/1/x/../members/2", Ambiguity::Dots),
            ("/v1.0/groups/%2e%2E/users/2", Ambiguity::Dots),
            ("/v1.0/groups/1/members%2F2", Ambiguity::Slash),
            ("/v1.0/groups/1\\members\\2", Ambiguity::Slash),
            ("/v1.0/groups/1%5Cmembers", Ambiguity::Slash),
            ("/v1.0/groups/1/members/2/%2524ref", Ambiguity::Percent),
            ("/v1.0/users/100%", Ambiguity::Percent),
            ("/v1.0/users/a%00", Ambiguity::Character),
            ("/v1.0/users/a%FF", Ambiguity::Character),
            ("/v1.0/users('a/b')", Ambiguity::Brackets),
            ("/v1.0/users('a", Ambiguity::Brackets),
            ("/v1.0/users('a')x", Ambiguity::Brackets),
            ("/v1.0/users)", Ambiguity::Brackets),
            ("/v1.0/users('a')('b')", Ambiguity::Brackets),
        ] {
            assert_eq!(ApiPath::parse(path).unwrap().ambiguity(), Some(ambiguity), "{path}");
        }
    }

    #[test]
    fn a_reference_may_name_any_host_or_none() {
        for text in [
            "https://graph.microsoft.com/beta/users/1",
            "https://evil.example/v1.0/users/1",
            "/users/1",
            "users/1",
            "/v1.0/users/1",
            "/v1.0/users/1?from=https://evil.example/v1.0/groups/2",
            "users/1?from=https://evil.example/v1.0/groups/2",
        ] {
            let path = ApiPath::parse_reference(text);
            let names: Vec<_> = path.segments().iter().map(Segment::name).collect();
            assert_eq!(names, ["users", "1"], "{text}");
        }
        assert!(ApiPath::parse_reference("https://graph.microsoft.com").segments().is_empty());
        assert_eq!(ApiPath::parse("users/1"), Err(NotAPath));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC*") {
            let _ = ApiPath::parse(&text);
            let _ = ApiPath::parse_reference(&text);
        }

        #[test]
        fn an_encoded_segment_is_read_back(text in "[^/\\\\%()'\\p{C}.]{1,20}") {
            let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
            let path = ApiPath::parse(&format!("/v1.0/users/{encoded}")).unwrap();
            prop_assert_eq!(path.segments()[1].name(), text.as_str());
            prop_assert_eq!(path.ambiguity(), None);
        }
    }
}
