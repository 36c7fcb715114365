//! Which step definition a sentence of a feature is bound to.
//!
//! Of cucumber are used: the macros with which steps are defined (`given`, `when`, `then`, `World`, `Parameter`), what they
//! register (`registered`, the one file that touches its hidden `codegen`), its expressions, and the tree that gherkin has for features.

mod definitions;
mod expression;
mod matched;
mod outline;
mod parameter_kind;
mod public_text;
mod registered;

pub(crate) use definitions::Definitions;
pub(crate) use definitions::generalised;
pub use definitions::sentences;
pub(crate) use expression::{DefinitionText, SentenceArgument};
pub use matched::StepArguments;
pub(crate) use outline::known_parameters;
pub use parameter_kind::ParameterKind;
pub use public_text::PublicText;
pub(crate) use registered::Regex;
pub(crate) use registered::public_texts;
#[doc(hidden)]
pub use registered::submit;
