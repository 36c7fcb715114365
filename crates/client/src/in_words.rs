//! Numbers as a person reads them.

/// Returns `1 attempt`, `2 attempts`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
