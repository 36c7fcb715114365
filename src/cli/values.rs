//! Values of options: whole numbers and times, refused in words that say what to write.

use std::ops::RangeInclusive;

use jiff::Timestamp;

/// Returns a parser of whole numbers in `range`; one that ends with the largest number of all has no upper limit in its message.
pub(super) fn whole_number<T>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: TryFrom<u64> + 'static,
{
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| match *range.end() {
            u64::MAX => format!("expected a whole number, at least {}", range.start()),
            end => format!("expected a whole number from {} to {end}", range.start()),
        })
    }
}

/// Parses a moment.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expected a time such as 2026-01-31T09:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_or_too_large_is_refused_with_what_is_expected() {
        let jobs = whole_number::<u16>(1..=512);
        assert_eq!(jobs("512"), Ok(512));
        for text in ["0", "513", "-1", "many", "", "99999999999999999999"] {
            assert_eq!(jobs(text), Err("expected a whole number from 1 to 512".to_owned()), "{text}");
        }
        assert_eq!(whole_number::<u64>(1..=u64::MAX)("0"), Err("expected a whole number, at least 1".to_owned()));
        // What the range allows and the type cannot hold is refused as well.
        assert!(whole_number::<u8>(0..=u64::MAX)("256").is_err());
    }

    #[test]
    fn a_time_is_refused_with_an_example() {
        assert_eq!(moment("2026-01-31T09:00:00Z").unwrap().as_second(), 1_769_850_000);
        for text in ["yesterday", "2026-01-31", "09:00", ""] {
            assert_eq!(moment(text), Err("expected a time such as 2026-01-31T09:00:00Z".to_owned()), "{text}");
        }
    }
}
