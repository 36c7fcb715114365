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

/// Returns the known name that `name` is a slip of: the same in another case, or with a few letters changed. Names with a `_` are
/// those of extensions, which everybody chooses.
///
/// ```
/// use graphwalk_catalog::mistyped;
///
/// assert_eq!(mistyped("secureEnabled", ["securityEnabled", "mailEnabled"]), Some("securityEnabled"));
/// assert_eq!(mistyped("displayname", ["displayName"]), Some("displayName"));
/// assert_eq!(mistyped("jobLevel", ["jobTitle"]), None);
/// assert_eq!(mistyped("contoso_displayName", ["displayName"]), None);
/// ```
pub fn mistyped<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_extension = name.contains('_');
    let likeness = |known: &str| match known.eq_ignore_ascii_case(name) {
        true => 1.0,
        false if is_extension => 0.0,
        // At least as many letters differ as one name is longer by: most names need not be compared.
        false if known.len().abs_diff(name.len()) * 5 > known.len().max(name.len()) => 0.0,
        false => strsim::normalized_damerau_levenshtein(name, known),
    };
    let best = known.into_iter().map(|known| (likeness(known), known)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.79).then_some(best.1)
}
