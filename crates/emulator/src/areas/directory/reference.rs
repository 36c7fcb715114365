//! References to objects of the directory.

use graphwalk_catalog::{ApiPath, Segment};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        fn no_reference_panics(url in "\\PC*") {
            let _ = bound_id(&url);
        }
    }
}
