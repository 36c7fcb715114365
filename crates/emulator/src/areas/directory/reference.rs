//! References to objects of the directory.

use graphwalk_catalog::{ApiPath, Segment};

use crate::http::Refusal;
use crate::routes::body::bad;

/// The sets whose objects are members, owners or managers, or might be taken for such.
const SETS: [&str; 7] =
    ["users", "groups", "directoryObjects", "devices", "servicePrincipals", "contacts", "applications"];

/// 400 for a reference to an object of a type that is not taken there.
pub fn unsupported_reference(target: &str, ty: &str, navigation: &str) -> Refusal {
    bad(format!("The reference leads to a '{target}', which the {navigation} of a {ty} do not take."))
}

/// The id that an `@odata.bind` or `@odata.id` URL ends in, whatever its host and version.
pub fn bound_id(url: &str) -> Option<String> {
    let path = ApiPath::parse_reference(url);
    let is_set = |segment: &Segment| SETS.iter().any(|set| segment.is(set));
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
            "https://x/v1.0/devices/ID",
        ] {
            assert_eq!(bound_id(url).as_deref(), Some("ID"), "{url}");
        }
        for url in ["ID", "", "https://x/v1.0/messages/ID", "https://x/users(ID"] {
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
