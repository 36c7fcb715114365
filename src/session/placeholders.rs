//! Names in braces: where they stand in a text, and which of them are days and moments.

use std::ops::Range;

/// The largest distance of a named day from today, in days: a hundred years.
pub const FARTHEST_DAY: i64 = 36_500;

/// Returns the days from today to `{today+N}`, if `name` is one; as far as numbers go, if it is farther.
pub(super) fn days_from_today(name: &str) -> Option<i64> {
    let offset = name.strip_prefix("today")?;
    if offset.is_empty() {
        return Some(0);
    }
    let digits = offset.strip_prefix(['+', '-']).filter(|digits| !digits.is_empty())?;
    let farthest = if offset.starts_with('-') { i64::MIN } else { i64::MAX };
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| offset.parse().unwrap_or(farthest))
}

/// Returns the seconds from now to `{now+5h}`, if `name` is one; as far as numbers go, if it is farther.
pub(super) fn seconds_from_now(name: &str) -> Option<i64> {
    let offset = name.strip_prefix("now")?;
    if offset.is_empty() {
        return Some(0);
    }
    let (number, unit) = offset.split_at_checked(offset.len() - 1)?;
    let digits = number.strip_prefix(['+', '-']).filter(|digits| !digits.is_empty())?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let farthest = if number.starts_with('-') { i64::MIN } else { i64::MAX };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok().and_then(|count: i64| count.checked_mul(seconds)).unwrap_or(farthest))
}

/// The names in braces that `template` holds.
pub fn names_in(template: &str) -> impl Iterator<Item = &str> {
    placeholder_spans(template).map(|span| &template[span.start + 1..span.end - 1])
}

/// Returns the places of names in braces in `template`, with their braces.
pub fn placeholder_spans(template: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + template[at..].find('{')?;
            let after = &template[open..];
            // Two braces are one of the text.
            if after.starts_with("{{") {
                at = open + 2;
                continue;
            }
            let Some(name) = placeholder(after) else {
                at = open + 1;
                continue;
            };
            at = open + name.len() + 2;
            return Some(open..at);
        }
    })
}

/// Returns whether a name stands for something though no step keeps it: a day, a moment, a password, a random id.
pub fn is_given(name: &str) -> bool {
    matches!(name, "password" | "guid") || days_from_today(name).is_some() || seconds_from_now(name).is_some()
}

/// The names in `template` that stand for days and moments too far away from the session's first, whichever that is.
pub fn too_far_days(template: &str) -> impl Iterator<Item = &str> {
    const FARTHEST: i64 = FARTHEST_DAY * 86_400;
    let seconds = |name: &str| days_from_today(name).map(|days| days.saturating_mul(86_400)).or(seconds_from_now(name));
    names_in(template).filter(move |name| seconds(name).is_some_and(|far| !(-FARTHEST..=FARTHEST).contains(&far)))
}

/// The name, if `text` is a name in braces and nothing else.
pub fn sole_name(text: &str) -> Option<&str> {
    placeholder(text.strip_prefix('{').map(|_| text)?).filter(|name| name.len() + 2 == text.len())
}

/// The name at the start of `text`, which begins with a brace: letters first, and neither quotes nor braces in it.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let inner = &text[1..];
    let name = &inner[..inner.find('}')?];
    let first = name.chars().next()?;
    let fits = |c: char| c.is_alphanumeric() || " _-.+'".contains(c);
    (first.is_alphabetic() && name.chars().all(fits)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_single_braces() {
        let names = |text| names_in(text).collect::<Vec<_>>();
        assert_eq!(names("/{a}/{{b}/{{{c}}/{ d}/{\"e\": {f g}}"), ["a", "c", "f g"]);
        assert_eq!(names("{a"), Vec::<&str>::new());
    }

    #[test]
    fn a_day_or_a_moment_too_far_away_is_found() {
        let far = |text| too_far_days(text).collect::<Vec<_>>();
        assert_eq!(
            far("{today+36501} {today+36500} {now+876001h} {now+876000h} {now-9999999999999999999s}"),
            ["today+36501", "now+876001h", "now-9999999999999999999s"]
        );
    }

    #[test]
    fn a_name_alone_is_told_from_one_within_a_text() {
        assert_eq!(
            [sole_name("{next}"), sole_name("{a}{b}"), sole_name("/{a}"), sole_name("{{a}")],
            [Some("next"), None, None, None]
        );
    }
}
