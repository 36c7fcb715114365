//! A text from elsewhere within a page: escaped, without secrets, without what misleads an eye.

use std::fmt::Display;

use graphwalk_emulator::pages::turns_direction;
use graphwalk_secrets::in_use;
use maud::{Markup, Render, html};

/// A text that stands in a page. Whatever comes from features, recordings, answers or names goes through it.
pub(super) struct Text<T>(pub T);

/// As [`Text`], for what has so many quotation marks that escaping them makes it half as long again: a body. It may not stand in
/// an attribute.
pub(super) struct HtmlBody<T>(pub T);

impl<T: AsRef<str>> Render for Text<T> {
    fn render_to(&self, buffer: &mut String) {
        escape(self.0.as_ref(), "&quot;", buffer);
    }
}

impl<T: AsRef<str>> Render for HtmlBody<T> {
    fn render_to(&self, buffer: &mut String) {
        escape(self.0.as_ref(), "\"", buffer);
    }
}

fn escape(text: &str, quote: &str, buffer: &mut String) {
    for character in in_use::mask(text).chars() {
        match character {
            '&' => buffer.push_str("&amp;"),
            '<' => buffer.push_str("&lt;"),
            '>' => buffer.push_str("&gt;"),
            '"' => buffer.push_str(quote),
            '\n' | '\t' => buffer.push(character),
            hidden if hidden.is_control() || turns_direction(hidden) => buffer.push(char::REPLACEMENT_CHARACTER),
            plain => buffer.push(plain),
        }
    }
}

/// A moment as a person reads it, and as a program does.
pub(super) fn moment(at: jiff::Timestamp) -> Markup {
    let whole = at.to_string();
    // `2022-02-16T08:08:00.123Z`: people need no fractions.
    let shown = whole.split(['.', 'Z']).next().unwrap_or_default().replacen('T', " ", 1);
    html! { time datetime=(whole) { (shown) " UTC" } }
}

/// A number of things as a sentence has it: `1 page`, `2 pages`.
pub(super) fn several(count: impl Display + PartialEq<usize>, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_hides_or_turns_a_text_is_replaced() {
        let shown = html! { p { (Text("<b>&\"'\u{202e}x\u{0}\u{1b}[2J\n\u{2069}")) } }.into_string();
        assert_eq!(shown, "<p>&lt;b&gt;&amp;&quot;'\u{fffd}x\u{fffd}\u{fffd}[2J\n\u{fffd}</p>");
        assert_eq!(html! { pre { (HtmlBody("{\"a\": \"<i>\"}")) } }.into_string(), "<pre>{\"a\": \"&lt;i&gt;\"}</pre>");
    }

    #[test]
    fn a_secret_in_use_is_masked_before_it_is_escaped() {
        in_use::remember("p&ss<word>-of-the-html-report");
        let shown = html! { (Text("is p&ss<word>-of-the-html-report")) }.into_string();
        assert!(!shown.contains("html-report") && shown.starts_with("is "), "{shown}");
    }

    #[test]
    fn a_moment_is_told_in_utc_to_the_second() {
        let told = moment("2022-02-16T08:08:00.25Z".parse().unwrap()).into_string();
        assert_eq!(told, "<time datetime=\"2022-02-16T08:08:00.25Z\">2022-02-16 08:08:00 UTC</time>");
    }
}
