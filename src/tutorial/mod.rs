//! Finding tutorials: folders of features, embedded in the program or on disk, read in the order of their file names.

mod beside;
mod gherkin;
mod library;
mod lint;
mod page;
mod read;
mod texts;

pub(crate) use graphwalk_catalog::nearest;
use std::sync::Arc;

pub(crate) use beside::FilesBeside;
pub(crate) use gherkin::parse as parse_gherkin;
pub use library::Library;
pub(crate) use library::MOST_FEATURES;
pub(crate) use page::TutorialPage;
pub use read::read_feature;
pub(crate) use read::step_tag;

use crate::diagnostic::{Diagnostic, Place};

/// The tag of a feature that deletes what the others created. It is played even after a failure.
pub const CLEAN_UP: &str = "clean-up";

/// The tag of a scenario or a feature that a reader may leave out. Where it cannot be played it is skipped, with the reason;
/// where it can be, it has to hold like any other. Whether it does changes nothing for those after it.
pub(crate) const OPTIONAL: &str = "optional";

/// The tag of a feature that finds the sessions of a tutorial: it is played once, before all others, and these are played
/// once for each session that a step of it found.
pub(crate) const DISCOVER: &str = "discover";

/// The tag of a feature that only reads: whatever would write is refused before it is sent, on every backend.
pub(crate) const READ_ONLY: &str = "read-only";

/// The tag of a scenario or a feature on which nothing later relies: whether it fails or cannot be judged, the later ones are
/// played and judged by themselves.
pub(crate) const INDEPENDENT: &str = "independent";

/// The file beside the features with what the emulated tenant of a tutorial holds, where no other seed is named.
pub(crate) const SEED_FILE: &str = "seed.yaml";

/// A folder of features that belong together.
#[derive(Clone, Debug)]
pub struct Tutorial {
    /// The folder's name, e.g. `security-group-review`.
    pub name: String,
    /// The features, one a step, in the order of their file names.
    pub features: Vec<FeatureFile>,
}

/// One feature file: one step of a tutorial.
#[derive(Clone, Debug)]
pub struct FeatureFile {
    /// The file as the user knows it, e.g. `features/security-group-review/01-create-test-users.feature`.
    pub path: Arc<str>,
    /// Its text, for excerpts.
    pub text: Arc<str>,
    /// The feature, with scenario outlines written out.
    pub feature: cucumber::gherkin::Feature,
    /// The step's number: of its tag `@step-N`, else of its place in the folder.
    pub number: u8,
    /// The files that stand beside it.
    pub files: FilesBeside,
    /// The lines of examples that have no row.
    pub empty_examples: Vec<usize>,
}

impl FeatureFile {
    /// Returns whether this feature deletes what the others created.
    pub fn is_clean_up(&self) -> bool {
        self.has_tag(CLEAN_UP)
    }

    /// Returns whether this feature finds the sessions that the others are played on.
    pub fn is_discovery(&self) -> bool {
        self.has_tag(DISCOVER)
    }

    /// Returns whether nothing in it may write.
    pub fn is_read_only(&self) -> bool {
        self.has_tag(READ_ONLY)
    }

    /// The text of the seed that stands beside it, if there is one.
    pub fn seed_text(&self) -> Option<String> {
        self.files.read(SEED_FILE).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }

    fn has_tag(&self, wanted: &str) -> bool {
        self.feature.tags.iter().any(|tag| tag == wanted)
    }

    /// The place of a line of this file.
    pub fn place(&self, line: usize, part: Option<&str>, label: &str) -> Place {
        Place::of_line(self.path.as_ref(), Arc::clone(&self.text), line, part, label)
    }

    /// All scenarios, with those of the file's rules.
    pub fn scenarios(&self) -> impl Iterator<Item = &cucumber::gherkin::Scenario> {
        self.feature.scenarios.iter().chain(self.feature.rules.iter().flat_map(|rule| &rule.scenarios))
    }
}

/// Everything that is wrong with the features, each with its place.
pub type TutorialFaults = Vec<Diagnostic>;
