//! Which known name was perhaps meant.

/// Returns the name nearest to `wanted` among `known`, if one is near enough to have been meant.
///
/// ```
/// let types = ["user", "group", "application"];
/// assert_eq!(graphwalk_catalog::nearest("aplication", types), Some("application"));
/// assert_eq!(graphwalk_catalog::nearest("xyz", types), None);
/// ```
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.5).then_some(best.1)
}
