//! Texts that only the code of steps knows, and that may stand in recordings.

use super::registered::collect;

/// A text that a step's code sends and no feature says.
#[derive(Clone, Copy, Debug)]
pub struct PublicText(&'static str);

impl PublicText {
    /// Makes this text public. It is a part of the program, so that nothing of a tenant can become one.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The text.
    pub(crate) fn text(self) -> &'static str {
        self.0
    }
}

collect!(PublicText);

/// Lets a text stand in recordings that only the code of a step knows: everything that neither Graph's metadata nor a feature
/// names is masked there, so that a recording with such a text would not replay. One that looks like a secret is refused before
/// anything is played; the value of a password is dropped all the same.
///
/// ```
/// /// Where everybody with a red badge sits.
/// const RED_OFFICE: &str = "Building 5";
///
/// graphwalk::register_public_text!(RED_OFFICE);
/// ```
#[macro_export]
macro_rules! register_public_text {
    ($text:expr) => {
        $crate::sentences::submit! { $crate::sentences::PublicText::new($text) }
    };
}
