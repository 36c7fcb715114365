//! Moments in a page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// A moment as a person reads it, and as a program does.
pub fn moment(at: Timestamp) -> Markup {
    let shown = TimeZone::UTC.to_datetime(at).strftime("%-d %B %Y, %H:%M UTC").to_string();
    html! { time datetime=(at) { (shown) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_and_a_minute() {
        let shown = moment("2026-03-07T08:00:30Z".parse().unwrap()).into_string();
        assert_eq!(shown, "<time datetime=\"2026-03-07T08:00:30Z\">7 March 2026, 08:00 UTC</time>");
    }
}
