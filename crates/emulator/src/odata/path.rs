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

/// Whether a segment in lower case is `filterByCurrentUser(on='reviewer')`.
///
/// # Errors
///
/// 400 if it is that function with another parameter.
pub fn filters_by_current_user(segment: &str) -> Result<bool, Refusal> {
    let Some(parameters) = bound(segment).strip_prefix("filterbycurrentuser(") else { return Ok(false) };
    if parameters == "on=reviewer)" {
        return Ok(true);
    }
    Err(Refusal::new(400, "BadRequest", "The parameter 'on' of filterByCurrentUser has to be 'reviewer'."))
}

/// The id that an `@odata.bind` or `@odata.id` URL ends in, whatever its host and version.
pub fn bound_id(url: &str) -> Option<String> {
    let path = ApiPath::parse_reference(url);
    let is_set = |segment: &Segment| ["users", "groups", "directoryObjects"].iter().any(|set| segment.is(set));
    let id = match path.segments() {
        [.., set] if set.arguments().is_some() => set.key().filter(|_| is_set(set)),
        [.., set, id] if set.arguments().is_none() => Some(id.name()).filter(|_| is_set(set)),
        _ => None,
    };
    id.filter(|_| path.ambiguity().is_none()).map(str::to_owned)
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
    fn quotes_of_a_function_come_raw_and_encoded() {
        for path in
            ["/v1.0/decisions/filterByCurrentUser(on='reviewer')", "/v1.0/d/filterByCurrentUser(on=%27reviewer%27)"]
        {
            assert!(filters_by_current_user(&names(path)[1]).unwrap(), "{path}");
        }
        assert!(filters_by_current_user("microsoft.graph.filterbycurrentuser(on=reviewer)").unwrap());
        assert!(filters_by_current_user("filterbycurrentuser(on=me)").is_err());
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
            // The first doubt does not hide the second.
            "/v1.0/100%25/../users",
            "users",
        ] {
            assert_eq!(read(path).unwrap_err().status, 400, "{path}");
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
            assert_eq!(bound_id(url).as_deref(), Some("ID"), "{url}");
        }
        for url in ["ID", "", "https://x/v1.0/devices/ID", "https://x/users(ID"] {
            assert_eq!(bound_id(url), None, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "\\PC*") {
            let _ = read(&path);
            let _ = read(&format!("/v1.0/{path}")).map(|path| super::names(&path));
            let _ = bound_id(&path);
        }
    }
}
