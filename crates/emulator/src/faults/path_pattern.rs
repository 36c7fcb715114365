//! Paths with wildcards, as fault scripts address calls.

use graphwalk_catalog::ApiPath;

/// A path with wildcards: `*` represents any characters within a segment, a segment `**` for any number of segments.
///
/// Upper and lower case are the same, as in Graph's paths. A pattern that names a version (`/v1.0/…`, `/beta/…`) fits that
/// version alone; one that names none fits both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<String>,
    versioned: bool,
}

impl PathPattern {
    /// Reads a pattern.
    pub fn new(pattern: &str) -> Self {
        let segments = segments(pattern);
        let versioned = segments.first().is_some_and(|first| is_version(first) || first == "**");
        Self { segments, versioned }
    }

    /// Returns whether a path fits. A query is not looked at.
    pub fn fits(&self, path: &ApiPath) -> bool {
        let version = path.version().filter(|_| self.versioned).map(|version| version.to_string());
        let segments = path.segments().iter().map(|segment| normal(&segment.to_string()));
        let path: Vec<String> = version.into_iter().chain(segments).collect();
        fits_from(&self.segments, &path)
    }
}

fn is_version(segment: &str) -> bool {
    segment == "v1.0" || segment == "beta"
}

/// The segments of a pattern; empty ones are left out. A pattern is not a path: `(*)` would be a key in brackets there.
fn segments(pattern: &str) -> Vec<String> {
    pattern.split('/').filter(|segment| !segment.is_empty()).map(normal).collect()
}

/// A segment in lower case and without quotes, which a path that was read has no more: `filterByCurrentUser(on='reviewer')`.
fn normal(segment: &str) -> String {
    segment.to_lowercase().replace('\'', "")
}

/// Both of these walk once, and go back to the last wildcard where they get stuck: no pattern makes them slow.
fn fits_from(pattern: &[String], path: &[String]) -> bool {
    walk(pattern, path, |segment| segment == "**", |segment, found| fits_segment(segment, found))
}

fn fits_segment(pattern: &str, segment: &str) -> bool {
    let (pattern, segment): (Vec<char>, Vec<char>) = (pattern.chars().collect(), segment.chars().collect());
    walk(&pattern, &segment, |c| *c == '*', |c, found| c == found)
}

fn walk<T>(pattern: &[T], text: &[T], any: impl Fn(&T) -> bool, same: impl Fn(&T, &T) -> bool) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut wildcard: Option<(usize, usize)> = None;
    while read < text.len() {
        if pattern.get(at).is_some_and(&any) {
            wildcard = Some((at, read));
            at += 1;
        } else if pattern.get(at).is_some_and(|part| same(part, &text[read])) {
            at += 1;
            read += 1;
        } else if let Some((star, taken)) = wildcard {
            wildcard = Some((star, taken + 1));
            at = star + 1;
            read = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, path: &str) -> bool {
        PathPattern::new(pattern).fits(&ApiPath::parse(path).unwrap())
    }

    #[test]
    fn a_star_is_one_segment_and_two_are_any_number() {
        assert!(fits("/v1.0/groups/*", "/v1.0/groups/1"));
        assert!(!fits("/v1.0/groups/*", "/v1.0/groups/1/members"));
        assert!(!fits("/v1.0/groups/*", "/v1.0/groups"));
        assert!(fits("/v1.0/identityGovernance/**/decisions/*", "/v1.0/identityGovernance/a/b/c/decisions/7"));
        assert!(fits("/v1.0/groups/**", "/v1.0/groups"));
        assert!(!fits("/v1.0/**/decisions", "/v1.0/a/decisions/7"));
    }

    #[test]
    fn a_star_within_a_segment_matches_a_part_of_it() {
        assert!(fits("/**/filterByCurrentUser(*)", "/v1.0/x/decisions/filterByCurrentUser(on='reviewer')"));
        assert!(fits("/**/filterByCurrentUser(on='reviewer')", "/v1.0/x/filterByCurrentUser(on='reviewer')"));
        assert!(fits("/**/filterByCurrentUser(on='reviewer')", "/v1.0/x/filterByCurrentUser%28on%3D%27reviewer%27%29"));
        assert!(fits("/users/o'neil@contoso.com", "/v1.0/users/O'Neil@contoso.com"));
        assert!(fits("/users/adele*@contoso.com", "/v1.0/users/AdeleV@Contoso.com"));
        assert!(!fits("/users/adele*@contoso.com", "/v1.0/users/AlexW@Contoso.com"));
    }

    #[test]
    fn case_encoding_and_doubled_slashes_make_no_difference() {
        assert!(fits("/v1.0/identityGovernance/x", "/v1.0//IDENTITYgovernance/x?$top=1"));
        assert!(fits("/users/a b", "/v1.0/users/a%20b"));
    }

    #[test]
    fn a_pattern_without_a_version_fits_both_and_one_with_it_its_own_alone() {
        assert!(fits("/groups/*", "/v1.0/groups/1") && fits("/groups/*", "/beta/groups/1"));
        assert!(fits("/beta/groups/*", "/BETA/groups/1") && !fits("/beta/groups/*", "/v1.0/groups/1"));
    }

    proptest! {
        #[test]
        fn every_path_fits_itself_and_the_pattern_of_everything(segments in proptest::collection::vec("[a-zA-Z0-9.-]{1,6}", 1..6)) {
            let path = format!("/v1.0/{}", segments.join("/"));
            prop_assert!(fits(&path, &path));
            prop_assert!(fits("/**", &path));
            let longer = format!("{path}/more");
            prop_assert!(!fits(&longer, &path));
        }
    }
}
