//! What stands where a secret is to be put in: `{token}`, `$CLIENT_SECRET`, `YOUR_SECRET_HERE`, `eyJ0eXAi...`.
//!
//! The edges: between signs that mark a place, a name has words of letters, with two digits behind each at most; between signs that a
//! password may have as well, it has several words, or one that is asked for; behind a `$` alone
//! stands a name of a secret, or a name in capitals with an underscore; a sentence of words begins with one that asks, and names what is asked
//! for; a token that was cut ends with dots, has the beginning of a token, and less of it than could be used. All else is a secret,
//! however it begins.

use crate::names::is_secret_name;

/// The signs between which the name of a value stands: of templates, shells, documents, pipelines, workflows, batch files.
const FRAMES: [(&str, &str); 11] = [
    ("${{", "}}"),
    ("{{", "}}"),
    ("${", "}"),
    ("#{", "}"),
    ("@{", "}"),
    ("$(", ")"),
    ("{", "}"),
    ("<", ">"),
    ("[", "]"),
    ("%", "%"),
    ("__", "__"),
];

/// The words at the beginning of a placeholder that ask for a value.
const ASKING: [&str; 8] = ["your", "enter", "insert", "replace", "paste", "put", "add", "the"];

/// The values that are asked for.
const ASKED: [&str; 14] = [
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "secret",
    "token",
    "key",
    "code",
    "pin",
    "assertion",
    "credential",
    "credentials",
    "value",
    "jwt",
];

/// The beginnings of tokens that documents cut short, as [`crate::shapes`] knows them whole.
const BEGINNINGS: [&str; 16] = [
    "eyJ",
    "0.A",
    "1.A",
    "M.C",
    "M.R",
    "AwAB",
    "AQAB",
    "AgAB",
    "OAQAB",
    "OAAAB",
    "EwA",
    "EwB",
    "MII",
    "PHN",
    "ghp_",
    "github_pat_",
];

/// Returns whether a text is one in whose place a secret is to be put.
pub(crate) fn is_placeholder(text: &str) -> bool {
    is_framed(text) || is_variable(text) || asks_for_secret(text) || is_cut_token(text)
}

fn is_framed(text: &str) -> bool {
    let inner = |(open, close): &(&str, &str)| Some((open.len(), text.strip_prefix(open)?.strip_suffix(close)?));
    FRAMES.iter().find_map(inner).is_some_and(|(signs, name)| is_name(name) && (signs > 1 || says_what(name)))
}

/// Returns whether a name says what stands in its place: `{hunter}` may be a password, `{token}` and `<clientState>` are none.
fn says_what(name: &str) -> bool {
    let is_hump = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    let folded = name.to_ascii_lowercase();
    name.trim().contains(|c: char| "_-. $:'".contains(c))
        || name.as_bytes().windows(2).any(is_hump)
        || ["auth", "cookie", "pass", "session"].contains(&&*folded)
        || ASKED.iter().any(|word| folded == *word || (word.len() > 3 && folded.contains(word)))
}

/// Returns whether a text is a name that somebody chose: words of letters, each with two digits at most behind it.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 48;
    let name = name.trim().trim_start_matches('$');
    let is_word = |word: &str| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.len() - letters.len() <= 2 && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.split(|c: char| "_-. $:'".contains(c)).all(is_word)
}

/// `$CLIENT_SECRET`, `$clientSecret`, `$env:CLIENT_SECRET`.
fn is_variable(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    let name = name.strip_prefix("env:").unwrap_or(name);
    let is_constant = name.contains('_') && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_name(name) && (is_constant || is_secret_name(name))
}

/// `YOUR_SECRET_HERE`, `your client secret`, `Enter_the_Client_Secret_Here`.
fn asks_for_secret(text: &str) -> bool {
    const MOST_WORDS: usize = 8;
    let mut words = text.split(['_', '-', ' ']);
    let is_one_of = |word: &str, known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    let asks = words.next().is_some_and(|first| is_one_of(first, &ASKING));
    asks && words.clone().count() <= MOST_WORDS
        && words.clone().all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && words.any(|word| is_one_of(word, &ASKED))
}

/// `eyJ0eXAi...`, `0.AXkA…`, and the same with the last letters behind the dots.
fn is_cut_token(text: &str) -> bool {
    const MOST_BEFORE: usize = 72;
    const MOST_BEHIND: usize = 8;
    let Some((before, behind)) = text.split_once("...").or_else(|| text.split_once('…')) else { return false };
    let fits = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let behind = behind.trim_start_matches('.');
    // The header of a web token says nothing that is secret; what follows its first dot does.
    let has_claims =
        before.strip_prefix("eyJ").is_some_and(|rest| rest.split_once('.').is_some_and(|(_, rest)| rest.len() > 8));
    before.len() <= MOST_BEFORE
        && behind.len() <= MOST_BEHIND
        && fits(before)
        && fits(behind)
        && !has_claims
        && BEGINNINGS.iter().any(|beginning| before.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_marks_the_place_of_a_secret_is_a_placeholder() {
        for text in [
            "{token}",
            "{{access_token}}",
            "{{$guid}}",
            "{{ client_secret_2 }}",
            "{{hunter}}",
            "{adeles pass}",
            "<clientState>",
            "{secretClientValue}",
            "{COOKIE}",
            "[pin]",
            "${CLIENT_SECRET}",
            "${{ secrets.CLIENT_SECRET }}",
            "$(clientSecret)",
            "#{Client.Secret}",
            "<token>",
            "<your client secret>",
            "[token]",
            "%CLIENT_SECRET%",
            "__token__",
            "$CLIENT_SECRET",
            "$env:CLIENT_SECRET",
            "$accessToken",
            "$password",
            "YOUR_SECRET_HERE",
            "your-api-key",
            "Enter_the_Client_Secret_Here",
            "replace with token",
            "eyJ0eXAi...",
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6Ik5HVEZ2ZEsifQ...",
            "eyJ0eXAi…sig",
            "0.AXkA...",
            "M.R3_BAY...",
            "MII...",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_secret_that_begins_like_a_placeholder_stays_one() {
        for text in [
            "{Hx9qKj2Lm}",
            "{{Hx9qKj2Lm}}",
            "{hunter}",
            "{spinning}",
            "<hunter22>",
            "[Hunter]",
            "%hunter%",
            "<Hx9qKj2Lm",
            "{token",
            "${abc123def}",
            "$ecret",
            "$ecretW0rd",
            "$ECRET",
            "$CLIENT_SECRET_4711",
            "$CLIENT_SECRETx9",
            "%41bc%42",
            "your_horse_battery",
            "YOUR_SECRET_HERE_x7Kq",
            "yoursecret",
            "changeme",
            "hunter2...",
            "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJncmFwaCJ9...",
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6Ik5HVEZ2ZEsifQ...abcdefghijklmnop",
            "__Hx9qKj2Lm4__",
            "",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
