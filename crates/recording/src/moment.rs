//! When an exchange began, in the ways that programs write it: HAR wants ISO 8601 with an offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;

/// The moment that a text means. One without an offset is read as UTC; a number has the milliseconds since 1970.
pub(super) fn parse_moment(text: &str) -> Option<Timestamp> {
    const LONGEST: usize = 64;
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let local = || text.parse::<DateTime>().ok().and_then(|local| Offset::UTC.to_timestamp(local).ok());
    let in_mail = || rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let counted = || text.parse::<i64>().ok().and_then(|number| Timestamp::from_millisecond(number).ok());
    text.parse().ok().or_else(local).or_else(in_mail).or_else(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_however_a_program_writes_it() {
        for text in [
            "2026-03-02T09:00:01.5Z",
            "2026-03-02T10:00:01.500+01:00",
            "2026-03-02T10:00:01.5000000+0100",
            "2026-03-02T09:00:01.5",
            "2026-03-02 09:00:01.5",
            "1772442001500",
        ] {
            assert_eq!(parse_moment(text), "2026-03-02T09:00:01.5Z".parse().ok(), "{text}");
        }
        assert_eq!(parse_moment("Mon, 02 Mar 2026 09:00:01 GMT"), "2026-03-02T09:00:01Z".parse().ok());
        for text in ["", "yesterday", "09:00", "99999999999999999999", "2026-13-02T09:00:01Z"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }
}
