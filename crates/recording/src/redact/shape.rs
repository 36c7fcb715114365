//! What a text is, seen from its shape alone.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};

/// 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A moment, a day, a time of day or a length of time, as Graph writes them.
pub(super) fn is_time(text: &str) -> bool {
    if text.len() > 40 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let all = |allowed: &str| text.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    // Letters are few, so that a time zone's name does not pass as a part of a time.
    if text.starts_with('P') || text.starts_with("-P") {
        return all("-PYMWDTHS.") && text.parse::<Span>().is_ok();
    }
    if all("-:.+TZ") && text.as_bytes().get(4) == Some(&b'-') {
        return text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok() || text.parse::<Date>().is_ok();
    }
    is_clock(text) || is_culture_time(text)
}

/// `08:00:00.0000000`.
fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [hour, minute] => digits(hour) && digits(minute),
        [hour, minute, second] => {
            let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
            let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
            digits(hour) && digits(minute) && digits(whole) && fraction
        }
        _ => false,
    }
}

/// `2/11/2022 5:31:37 PM +00:00`: how decisions write the last sign-in of a user.
fn is_culture_time(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let [day, time, half, rest @ ..] = words.as_slice() else { return false };
    let numbers = |text: &str, separator: char, count: usize| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == count
            && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let offset = |text: &str| text.strip_prefix(['+', '-']).is_some_and(|text| numbers(text, ':', 2));
    let offset = match rest {
        [] => true,
        [only] => offset(only),
        _ => false,
    };
    numbers(day, '/', 3) && numbers(time, ':', 3) && matches!(*half, "AM" | "PM") && offset
}

/// The parts before and after the `@` of a user principal name or an e-mail address.
pub(super) fn address_parts(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.rsplit_once('@')?;
    let fits = |c: char| !c.is_whitespace() && !c.is_control() && !"@:/\\\"'<>()[],;".contains(c);
    (!local.is_empty() && local.chars().all(fits) && is_domain(domain)).then_some((local, domain))
}

/// A name of the DNS with at least one dot.
pub(super) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(fits)
    };
    let Some((_, last)) = text.rsplit_once('.') else { return false };
    last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()) && text.split('.').all(label)
}

/// The host of an address, with or without a port: `192.0.2.1:443`, `[2001:db8::1]:443`.
pub(super) fn ip(text: &str) -> Option<Ip> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Some(Ip::V6(address));
    }
    text.parse::<Ipv4Addr>().ok().map(Ip::V4)
}

/// The address of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ip {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// A telephone number as people write it: a `+` or separators between the digits.
pub(super) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    let separated = rest.chars().all(|c| c.is_ascii_digit() || " -()./".contains(c));
    (7..=20).contains(&digits) && separated && rest.len() <= 30 && (digits < rest.len() || rest.len() < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_times_are_distinguished_from_similar_texts() {
        for time in [
            "2022-02-11T17:35:25.24Z",
            "2022-02-11T17:35:25+01:00",
            "2022-02-16T08:12:05",
            "2022-02-11",
            "P5D",
            "PT1H30M",
            "-PT5M",
            "08:00:00.0000000",
            "2/11/2022 5:31:37 PM +00:00",
        ] {
            assert!(is_time(time), "{time}");
        }
        for other in [
            "",
            "Peter",
            "P",
            "2022-02-30",
            "2022-02-11T17:35:25Z[Europe/Berlin]",
            "555-12345",
            "08:00:00.canary",
            "2/11/2022 5:31:37 XM",
            "2/11/2022 5:31:37 PM secret",
        ] {
            assert!(!is_time(other), "{other}");
        }
    }

    #[test]
    fn addresses_of_people_and_machines_are_known_by_their_shape() {
        assert_eq!(
            address_parts("a_gmail.com#EXT#@x.onmicrosoft.com"),
            Some(("a_gmail.com#EXT#", "x.onmicrosoft.com"))
        );
        assert_eq!(address_parts("a@b"), None);
        assert_eq!(address_parts("Bob <bob@contoso.com>"), None);
        assert!(is_domain("contoso.com") && !is_domain("contoso") && !is_domain("4.0") && !is_domain("a..com"));
        assert!(ip("10.1.2.3").is_some() && ip("[fe80::1]").is_some() && ip("1.2.3").is_none());
        assert!(is_phone("+49 30 1234567") && is_phone("(030) 123-4567"));
        assert!(!is_phone("1234567") && !is_phone("12-34") && !is_phone("call +49 30 1234567"));
        assert!(is_guid("3B8ceebc-49e6-4e0c-9e14-c906374a7ef6") && !is_guid("3b8ceebc"));
    }
}
