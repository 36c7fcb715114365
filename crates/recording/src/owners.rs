//! Whose the parts of a path are.

use graphwalk_catalog::{ApiPath, Catalog, NotAPath, SegmentOwner};

/// The bases of paths that begin with a dot: queries of a review begin at the user whose access is reviewed, `./manager`,
/// or at what access is reviewed to, `./owners`.
const BASES: [&str; 2] = ["/users/0", "/groups/0"];

/// The parts of a path between its slashes, without decoding, and whose each of them is by where it stands. Joined with
/// slashes they are the path again. A version is Graph's; an empty part is nobody's.
pub(super) fn parts(path: &str) -> Vec<(&str, SegmentOwner)> {
    let (base, read) = match path.strip_prefix("./") {
        Some(rest) => (2, after_base(rest)),
        None => (0, ApiPath::parse(&format!("/{path}"))),
    };
    let Ok(read) = read else { return path.split('/').map(|part| (part, SegmentOwner::Unknown)).collect() };
    let version = read.version().map(|_| SegmentOwner::Graph);
    let known = version.into_iter().chain(Catalog::v1().segment_owners(&read));
    let mut owners = known.skip(base);
    // The dot that represents the base is not a segment of what was read.
    let is_dot = |index: usize, part: &str| base > 0 && index == 0 && part == ".";
    let owned = |(index, part): (usize, &'_ str)| match part {
        _ if part.is_empty() || is_dot(index, part) => SegmentOwner::Unknown,
        _ => owners.next().unwrap_or(SegmentOwner::Unknown),
    };
    let owned: Vec<SegmentOwner> = path.split('/').enumerate().map(owned).collect();
    path.split('/').zip(owned).collect()
}

/// A path that goes on from the first base below which Graph has its first word, or from the first one.
fn after_base(rest: &str) -> Result<ApiPath, NotAPath> {
    let goes_on = |base: &&&str| {
        let first = rest.split('/').next().unwrap_or_default();
        let read = ApiPath::parse(&format!("{base}/{first}"));
        read.is_ok_and(|read| Catalog::v1().segment_owners(&read).get(2) == Some(&SegmentOwner::Graph))
    };
    let base = BASES.iter().find(goes_on).unwrap_or(&BASES[0]);
    ApiPath::parse(&format!("{base}/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str) -> Vec<&str> {
        parts(path).into_iter().filter(|(_, owner)| *owner == SegmentOwner::Graph).map(|(part, _)| part).collect()
    }

    #[test]
    fn a_word_is_one_where_it_stands() {
        assert_eq!(words("/v1.0//groups/members/members"), ["v1.0", "groups", "members"]);
        assert_eq!(words("/beta/me/drive/root:/root/children:/children"), ["beta", "me", "drive", "root:", "children"]);
        assert_eq!(words("/v1.0/members/groups"), ["v1.0"], "an area that Graph does not have");
        assert_eq!(words("/v1.0/$batch"), ["v1.0", "$batch"]);
        assert_eq!(words("./manager"), ["manager"]);
        assert_eq!(words("./owners"), ["owners"]);
        assert_eq!(words("./members/microsoft.graph.user"), ["members", "microsoft.graph.user"]);
        assert_eq!(words("./contoso"), [""; 0]);
        assert_eq!(words("./manager/./manager"), [""; 0], "a dot within a path leads elsewhere");
        assert_eq!(words("/users/a%2Fb/manager"), [""; 0], "a path that can be read in two ways");
        assert_eq!(words("groups/1/owners"), ["groups", "owners"]);
    }

    #[test]
    fn the_parts_are_the_path() {
        for path in ["", "/", "//", "./", ".", "/v1.0//users/", "a//b", "/%ZZ/(", "/v1.0", "././x"] {
            let joined: Vec<&str> = parts(path).into_iter().map(|(part, _)| part).collect();
            assert_eq!(joined.join("/"), path);
        }
    }
}
