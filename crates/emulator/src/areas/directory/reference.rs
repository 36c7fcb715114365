//! References to objects of the directory.

use graphwalk_catalog::{ApiPath, Catalog, Segment};

use crate::http::Refusal;
use crate::routes::body::bad;

/// 400 for a reference to an object of a type that is not taken there.
pub fn unsupported_reference(target: &str, ty: &str, navigation: &str) -> Refusal {
    bad(format!("The reference leads to a '{target}', which the {navigation} of a {ty} do not take."))
}

/// The id that an `@odata.bind` or `@odata.id` URL ends in, whatever its host and version.
pub fn bound_id(url: &str) -> Option<String> {
    let path = ApiPath::parse_reference(url);
    let is_set = |segment: &Segment| {
        let mut sets = Catalog::v1().roots().filter(|root| segment.is(root.name));
        sets.any(|set| Catalog::v1().type_named(set.target).is_some_and(|ty| ty.is_directory_object()))
    };
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
