//! Texts from elsewhere in a page.

use maud::{Markup, Render, html};

/// The characters that turn the direction of a text around, with which a name can be made to look like another.
const DIRECTIONS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Whether a character turns the direction of a text around, with which a name can be made to look like another.
pub fn turns_direction(c: char) -> bool {
    DIRECTIONS.contains(&c)
}

/// A text that stands in a page, in an attribute or outside of one: escaped, without what misleads an eye. Names, reasons and
/// descriptions go through it.
#[derive(Clone, Copy, Debug)]
pub struct PageText<T>(pub T);

impl<T: AsRef<str>> Render for PageText<T> {
    fn render_to(&self, buffer: &mut String) {
        let is_misleading = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || turns_direction(c);
        let harmless: String =
            self.0.as_ref().chars().map(|c| if is_misleading(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
        harmless.as_str().render_to(buffer);
    }
}

/// A text of several lines, each broken where it was.
pub fn lines(text: &str) -> Markup {
    html! {
        @for (index, line) in text.lines().enumerate() {
            @if index > 0 { br; }
            (PageText(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_and_turns_nothing_around() {
        let shown = html! { p title=(PageText("\"><b>")) { (PageText("<script>\u{202e}x\u{0}&'\"</script>")) } };
        assert_eq!(
            shown.into_string(),
            "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;\u{fffd}x\u{fffd}&amp;'&quot;&lt;/script&gt;</p>"
        );
        assert_eq!(lines("a<\nb").into_string(), "a&lt;<br>b");
    }
}
