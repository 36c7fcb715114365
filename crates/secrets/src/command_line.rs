//! The secrets in command lines, as people write them into mails and notes: `--password hunter2`, `az login -u me -p hunter2`,
//! `ConvertTo-SecureString "hunter2"`.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use crate::code::{is_label, is_typed_secret};
use crate::marks::unredacted;
use crate::names::{is_secret_name, without_prefix};

/// The programs that take a password behind a flag whose name tells nothing, and the flag.
const TOOLS: [(&str, &str); 7] = [
    ("az login", "p"),
    ("docker login", "p"),
    ("podman login", "p"),
    ("sshpass", "p"),
    ("mysql", "p"),
    ("curl", "u"),
    ("curl", "user"),
];

/// The secrets in a text behind the flags of command lines, each with the name of its flag.
pub(crate) fn secrets_of(text: &str) -> Vec<(String, Range<usize>)> {
    // Most texts are a word.
    if memchr(b' ', text.as_bytes()).is_none() {
        return Vec::new();
    }
    memchr_iter(b'-', text.as_bytes()).filter_map(|at| secret_behind(text, at)).collect()
}

/// The secret behind the flag whose hyphen stands at `at`.
fn secret_behind(text: &str, at: usize) -> Option<(String, Range<usize>)> {
    let (before, flag) = (&text[..at], &text[at + 1..]);
    if !before.is_empty() && !before.ends_with([' ', '\t', '\n', '`', '"', '\'']) {
        let rest = without_prefix(flag, "SecureString")?;
        without_prefix(before.get(before.len().checked_sub("ConvertTo".len())?..)?, "ConvertTo")?;
        let rest = rest.trim_start_matches([' ', '\t']);
        return Some((
            "SecureString".to_owned(),
            value(text, without_prefix(rest, "-String").unwrap_or(rest), "SecureString")?,
        ));
    }
    let flag = flag.strip_prefix('-').unwrap_or(flag);
    let length = flag.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    let (name, rest) = flag.split_at(length);
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let is_named = length > 1 && is_secret_name(name);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_tools = || TOOLS.iter().any(|(tool, flag)| *flag == name && line.contains(tool));
    if !is_named && !is_tools() {
        return None;
    }
    let place = value(text, rest, name)?;
    // The name of who signs in, and the password.
    let user = if name.starts_with('u') { text[place.clone()].find(':')? + 1 } else { 0 };
    Some((name.to_owned(), place.start + user..place.end))
}

/// The place in `text` of the value at the beginning of `rest`, which is the end of `text`.
fn value(text: &str, rest: &str, name: &str) -> Option<Range<usize>> {
    const LONGEST: usize = 256;
    let rest = rest.trim_start_matches([' ', '\t']);
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (start, value) = match quote {
        Some(quote) => (1, rest[1..].split([quote, '\n']).next()?),
        None => (0, rest.split(|c: char| c.is_whitespace() || "\"'`;|&<>,()".contains(c)).next()?),
    };
    let fits = match quote {
        Some(_) => !value.starts_with('$') && value.len() <= LONGEST && !is_label(name, value),
        None => is_typed_secret(value),
    };
    let start = text.len() - rest.len() + start;
    (fits && unredacted(value)).then(|| start..start + value.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::marked;

    fn masked(text: &str) -> String {
        marked(text, secrets_of(text).into_iter().map(|(_, range)| range).collect(), "***")
    }

    #[test]
    fn secrets_behind_flags_are_found() {
        for (text, expected) in [
            ("mgc login --client-secret canary1secret -v", "mgc login --client-secret *** -v"),
            ("run `--password \"can ary\"` then", "run `--password \"***\"` then"),
            (
                "-Password (ConvertTo-SecureString \"can ary\" -AsPlainText)",
                "-Password (ConvertTo-SecureString \"***\" -AsPlainText)",
            ),
            ("convertto-securestring -String 'canary' -Force", "convertto-securestring -String '***' -Force"),
            ("$p = ConvertTo-SecureString canary1! -AsPlainText", "$p = ConvertTo-SecureString *** -AsPlainText"),
            ("az login -u me@x.example -p can4ry-1", "az login -u me@x.example -p ***"),
            ("sshpass -p 'canary' ssh me@host", "sshpass -p '***' ssh me@host"),
            ("curl -u me:canary12 https://x", "curl -u me:*** https://x"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn flags_without_a_secret_are_left() {
        for text in [
            "give it with --password or --token",
            "--password-stdin is better than --password",
            "--password $PASSWORD1 --token \"$TOKEN\" --secret {secret1} --pin <pin>",
            "-Password (Get-Secret x1)",
            "-Password $password1 -Token",
            "ssh -p 2222 host1 and mkdir -p a1/b2c3d4",
            "az login -u app1 -p <password>",
            "docker run -p 8080:80 nginx1.25",
            "curl -u token1234 https://x",
            "one-password hunter2x",
            "--password string --token uuid",
            "a - password x1y2z3",
            "ConvertTo-SecureString $plain1 -AsPlainText",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
