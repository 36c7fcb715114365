//! The system query options of OData, as Graph takes them.

/// Their names without `$`, in order. Source: "Use query parameters to customize Microsoft Graph responses"; OData 4.01, part 2, 5.1.
const OPTIONS: [&str; 16] = [
    "apply",
    "compute",
    "count",
    "deltatoken",
    "expand",
    "filter",
    "format",
    "index",
    "levels",
    "orderby",
    "schemaversion",
    "search",
    "select",
    "skip",
    "skiptoken",
    "top",
];

/// The system query options, without `$` and in lower case.
pub fn query_options() -> impl Iterator<Item = &'static str> {
    OPTIONS.into_iter()
}

/// The system query option that a parameter of this name is, without `$`: Graph takes it in any case, and without `$`.
///
/// ```
/// use graphwalk_catalog::query_option;
///
/// assert_eq!(query_option("$Select"), Some("select"));
/// assert_eq!(query_option("top"), Some("top"));
/// assert_eq!(query_option("startDateTime"), None);
/// ```
pub fn query_option(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('$').unwrap_or(name);
    query_options().find(|option| option.eq_ignore_ascii_case(name))
}
