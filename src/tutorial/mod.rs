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
pub use library::{Library, MOST_FEATURES};
pub(crate) use page::Page;
pub use read::read_feature;
pub(crate) use read::step_tag;

use crate::diagnostic::{Diagnostic, Place};

/// The tag of a feature that deletes what the others created. It is played even after a failure.
pub const CLEAN_UP: &str = "clean-up";

/// The tag of a scenario or a feature that a reader may leave out. Where it cannot be played it is skipped, with the reason;
/// where it can be, it has to hold like any other. Whether it does changes nothing for those after it.
pub const OPTIONAL: &str = "optional";

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
    /// What it says, with scenario outlines written out.
    pub feature: cucumber::gherkin::Feature,
    /// The step's number: of its tag `@step-N`, else of its place in the folder.
    pub number: u8,
    /// The files that stand beside it.
    pub files: FilesBeside,
    /// The lines of examples that have no row.
    pub empty_examples: Vec<usize>,
}

impl FeatureFile {
    /// Whether this feature deletes what the others created.
    pub fn is_clean_up(&self) -> bool {
        self.feature.tags.iter().any(|tag| tag == CLEAN_UP)
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
pub type Faults = Vec<Diagnostic>;
