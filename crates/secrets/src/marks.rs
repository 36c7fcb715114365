//! What stands in the place of a secret that somebody has taken out already.

use percent_encoding::percent_decode_str;

/// The words with which tools that clean HAR files say what they did, in lower case.
const WORDS: [&str; 14] = [
    "redacted",
    "removed",
    "masked",
    "hidden",
    "filtered",
    "sanitized",
    "sanitised",
    "omitted",
    "scrubbed",
    "obfuscated",
    "stripped",
    "censored",
    "elided",
    "anonymized",
];

/// Returns whether a value is there, and no mark: `<redacted>`, `***`, `[token redacted]`, `Bearer REDACTED`, `xxxx`.
pub(crate) fn unredacted(value: &str) -> bool {
    const LONGEST: usize = 64;
    let value = value.trim();
    if value.is_empty() {
        return false;
    }
    if value.len() > LONGEST {
        return true;
    }
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    let mut words = decoded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let says_so = words.clone().any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    let no_digits = words.all(|word| word.chars().all(char::is_alphabetic));
    let bare = decoded.trim_start_matches(scheme(&decoded));
    let is_mark = (says_so && no_digits) || is_filler(bare) || is_placeholder(bare);
    !is_mark
}

/// `Bearer ` and the like.
fn scheme(value: &str) -> &str {
    ["bearer ", "basic ", "negotiate "]
        .iter()
        .find_map(|scheme| value.get(..scheme.len()).filter(|begin| begin.eq_ignore_ascii_case(scheme)))
        .unwrap_or_default()
}

/// Whether a text is one sign over and over, as nobody's secret is.
fn is_filler(text: &str) -> bool {
    const SHORTEST: usize = 3;
    let Some(first) = text.chars().next().filter(|c| "*xX•.-#_".contains(*c)) else { return false };
    text.chars().count() >= SHORTEST && text.chars().all(|c| c == first)
}

/// Whether a text is the name of what is to be put in its place: `<secret>` of documents, `{{token}}` of Postman, `${SECRET}` of shells.
fn is_placeholder(text: &str) -> bool {
    let inner = [("{{", "}}"), ("${", "}"), ("<", ">")]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    inner.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
            && name.chars().all(|c| c.is_ascii_alphabetic() || "_-. $".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_other_tools_are_marks() {
        for mark in [
            "",
            " ",
            "<redacted>",
            "%3Credacted%3E",
            "REDACTED",
            "[REDACTED]",
            "[token redacted]",
            "Bearer REDACTED",
            "bearer [Filtered]",
            "***",
            "Bearer ***",
            "••••••",
            "xxxxxx",
            "[sanitized]",
            "sid=REDACTED; path=REDACTED",
            "(removed)",
            "obfuscated",
            "<secret>",
            "<your client secret>",
            "{{access_token}}",
            "Bearer {{token}}",
            "${CLIENT_SECRET}",
        ] {
            assert!(!unredacted(mark), "{mark}");
        }
        for secret in
            ["hunter2", "redacted2026", "Bearer abc", "xx", "hiddenvalley", "removed-4711", &"redacted ".repeat(9)]
        {
            assert!(unredacted(secret), "{secret}");
        }
    }
}
