//! What a program or a page writes beside the name of a secret that is none: a variable, the word that a person reads there.

use std::ops::Range;

use crate::names::is_secret_name;

/// Returns whether a text is a program: then a value without quotes is an expression.
pub(crate) fn is_code(text: &str) -> bool {
    ["function", "=>", "var ", "const ", "let ", "return "].iter().any(|word| text.contains(word))
}

/// Returns whether a value is an expression of a program that names something: `n`, `e.accessToken`, `f(q)`, `process.env.KEY`,
/// `void 0`, `!0`. One with a digit among letters may be a secret in a URL.
pub(crate) fn is_expression(value: &str) -> bool {
    const SHORT: usize = 3;
    let value = value.trim_start_matches(['!', '+']);
    let fits = |c: char| c.is_ascii_alphanumeric() || "_$.()[]'\",".contains(c);
    let begins = value.is_empty()
        || value.starts_with(|c: char| c.is_ascii_alphabetic() || "_$(".contains(c) || value.len() < 2);
    let is_path = value.contains(['.', '(', '[']) || !value.bytes().any(|byte| byte.is_ascii_digit());
    begins && value.chars().all(fits) && (value.len() <= SHORT || is_path)
}

/// Returns whether a text is what a person reads beside a field of this name: the name itself, as in `{"password": "Password"}`, or
/// a sentence that has it, as in `{"newPassword": "Enter your new password."}`.
pub(crate) fn is_label(name: &str, text: &str) -> bool {
    const LONGEST: usize = 160;
    if text.len() > LONGEST || !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
    };
    let is_prose = text.chars().all(|c| c.is_alphabetic() || " .,?!:;'\u{2019}-_()\u{2026}".contains(c));
    if !is_prose {
        return false;
    }
    let name = name.rsplit(['.', '[', ':']).next().unwrap_or(name);
    if letters(name) == letters(text) {
        return true;
    }
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let is_named = |word: &&str| word.len() > 2 && is_secret_name(word) && letters(name).ends_with(&letters(word));
    words.len() > 2 && text.contains(' ') && words.iter().any(is_named)
}

/// Returns whether a word may be a secret that somebody typed: one with a digit or a sign in it, so that no word of prose and no type is
/// one.
pub(crate) fn is_typed_secret(word: &str) -> bool {
    const LENGTHS: Range<usize> = 6..256;
    LENGTHS.contains(&word.len())
        && !word.contains(|c: char| c.is_whitespace() || "(){},;\"'".contains(c))
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.bytes().any(|byte| byte.is_ascii_digit() || b"!@#$%^&*~".contains(&byte))
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_names_something_and_a_secret_in_a_url_does_not() {
        for value in
            ["n", "e.accessToken", "f(q)", "process.env.KEY", "arguments[0]", "a1", "!0", "token", "e.getToken()"]
        {
            assert!(is_expression(value), "{value}");
        }
        for value in ["Hx9qKj2Lm", "abc8Q~zzz", "a%20b", "42", "hunter2-x"] {
            assert!(!is_expression(value), "{value}");
        }
    }

    #[test]
    fn what_a_person_reads_beside_a_field_is_told_from_what_stands_in_it() {
        for (name, text) in [
            ("password", "Password"),
            ("ID_TOKEN", "id_token"),
            ("clientSecret", "Client secret"),
            ("forgotPassword", "Forgot password?"),
            ("errors.password", "Please enter your password."),
            ("newPassword", "The password must have eight characters"),
        ] {
            assert!(is_label(name, text), "{name}: {text}");
        }
        for (name, text) in [
            ("password", "hunter"),
            ("password", "correct horse battery staple"),
            ("password", "Password1"),
            ("newPassword", "password"),
            ("password", "my token is here"),
            ("pin", "spin it now"),
            ("otp", ""),
        ] {
            assert!(!is_label(name, text), "{name}: {text}");
        }
    }
}
