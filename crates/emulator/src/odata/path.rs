//! Paths, as the emulator's services match them: read by [`ApiPath`], compared in lower case.

use graphwalk_catalog::{ApiPath, Segment, unqualified};

use crate::http::Refusal;

/// Reads the path of a request.
///
/// # Errors
///
/// 400 if it begins with no version, or a server could read it in two ways: dots that lead upwards, encoded slashes, control
/// characters, brackets that do not pair up.
pub fn read(text: &str) -> Result<ApiPath, Refusal> {
    let path = ApiPath::parse(text).map_err(|_| invalid_version(text))?;
    if path.version().is_none() {
        return Err(invalid_version(&path.segments().first().map(Segment::to_string).unwrap_or_default()));
    }
    match path.ambiguity() {
        None => Ok(path),
        Some(why) => Err(Refusal::new(400, "BadRequest", format!("The request URI is malformed: {why}."))),
    }
}

/// The segments in lower case, to be matched against. A key in brackets is one of its own; a function is one with its
/// arguments, `filterbycurrentuser(on=reviewer)`.
pub fn names(path: &ApiPath) -> Vec<String> {
    let names = path.segments().iter().flat_map(|segment| match segment.key() {
        Some(key) => [Some(segment.name().to_lowercase()), Some(key.to_lowercase())],
        None => [Some(segment.to_string().to_lowercase()), None],
    });
    names.flatten().collect()
}

/// The name of an action or function, with or without its namespace.
pub fn bound(segment: &str) -> &str {
    unqualified(segment).unwrap_or(segment)
}

fn invalid_version(found: &str) -> Refusal {
    let shown: String = found.to_lowercase().chars().take(60).collect();
    Refusal::new(400, "BadRequest", format!("Invalid version: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(path: &str) -> Vec<String> {
        super::names(&read(path).unwrap())
    }

    #[test]
    fn case_empty_segments_and_the_form_of_keys_make_no_difference() {
        assert_eq!(names("/v1.0//Users/AbC"), ["users", "abc"]);
        assert_eq!(names("/BETA/users('AbC')/Manager"), ["users", "abc", "manager"]);
        assert_eq!(names("/beta/users(AbC)"), ["users", "abc"]);
        assert_eq!(names("/v1.0/users('o''hara@x.com')"), ["users", "o'hara@x.com"]);
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
            // The first doubt does not hide the second.
            "/v1.0/100%25/../users",
            "users",
        ] {
            assert_eq!(read(path).unwrap_err().status, 400, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "\\PC*") {
            let _ = read(&path);
            let _ = read(&format!("/v1.0/{path}")).map(|path| super::names(&path));
        }
    }
}
