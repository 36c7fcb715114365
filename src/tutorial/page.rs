//! What the page of a tutorial says that one needs.

use std::path::Path;

use serde::Deserialize;

use crate::diagnostic::Diagnostic;

/// The file beside a tutorial's features that holds it.
pub(super) const PAGE_FILE: &str = "page.toml";

/// The needs that the page of a tutorial names: the file `page.toml` beside its features.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TutorialPage {
    /// The page.
    pub source: String,
    /// The delegated permissions that it asks the reader to grant.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The directory roles of which it wants one, by name.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether the tutorial stands before the others, and is the one that is meant where none is named.
    #[serde(default)]
    pub first: bool,
}

impl TutorialPage {
    /// Reads the text of `page.toml`.
    ///
    /// # Errors
    ///
    /// A diagnostic with the place of what is wrong.
    pub(super) fn parse(text: &str, file: &Path) -> Result<Self, Box<Diagnostic>> {
        toml::from_str(text).map_err(|error| {
            Box::new(
                Diagnostic::new("page", format!("cannot read {}: {}", file.display(), error.message()))
                    .note(error.to_string())
                    .help("it holds `source`, the lists `permissions` and `roles`, and perhaps `first`"),
            )
        })
    }
}
