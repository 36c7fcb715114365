//! What stands in the place of a secret that somebody has taken out already.

use percent_encoding::percent_decode_str;

use crate::placeholders::is_placeholder;

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
    const LONGEST_PLACEHOLDER: usize = 96;
    let value = value.trim();
    if value.is_empty() {
        return false;
    }
    if value.len() > LONGEST {
        return value.len() > LONGEST_PLACEHOLDER || !is_placeholder(value.trim_start_matches(scheme(value)));
    }
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    let mut words = decoded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let says_so = words.clone().any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    let no_digits = words.all(|word| word.chars().all(char::is_alphabetic));
    let bare = decoded.trim_start_matches(scheme(&decoded));
    let is_mark = (says_so && no_digits) || is_filler(bare) || is_nothing(bare) || is_placeholder(bare);
    !is_mark
}

/// `Bearer ` and the like.
fn scheme(value: &str) -> &str {
    ["bearer ", "basic ", "negotiate ", "ntlm ", "token ", "dpop ", "pop ", "sharedkey "]
        .iter()
        .find_map(|scheme| value.get(..scheme.len()).filter(|begin| begin.eq_ignore_ascii_case(scheme)))
        .unwrap_or_default()
}

/// Returns whether a text is what programs write for nothing, a truth value, or a scheme without what belongs behind it.
fn is_nothing(text: &str) -> bool {
    ["null", "undefined", "none", "nil", "(null)", "true", "false", "bearer", "basic", "negotiate", "[object object]"]
        .iter()
        .any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// Returns whether a text is one sign over and over, as nobody's secret is.
fn is_filler(text: &str) -> bool {
    const SHORTEST: usize = 3;
    let Some(first) = text.chars().next().filter(|c| "*xX•.-#_".contains(*c)) else { return false };
    text.chars().count() >= SHORTEST && text.chars().all(|c| c == first)
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
            "Bearer",
            "Bearer ",
            "Bearer undefined",
            "null",
            "true",
            "Bearer eyJ0eXAi...",
            "%7Btoken%7D",
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6Ik5HVEZ2ZEsifQAbcdEfGhI...",
        ] {
            assert!(!unredacted(mark), "{mark}");
        }
        for secret in [
            "hunter2",
            "redacted2026",
            "Bearer abc",
            "xx",
            "hiddenvalley",
            "removed-4711",
            "nullable",
            "{hunter}",
            "basics",
            &"redacted ".repeat(9),
        ] {
            assert!(unredacted(secret), "{secret}");
        }
    }
}
