//! Environment variables: which names are those of secrets, and how a name is shown.

/// Returns whether a key of that name would hold a secret.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "password", "passwd", "token", "assertion", "private"].iter().any(|word| name.contains(word))
}

/// The name of a variable for people, if it is in capitals as is the custom: what is not may be a password in its place.
pub fn shown_variable(name: &str) -> &str {
    let in_capitals = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if in_capitals { name } else { "(not in capitals, so not shown)" }
}
