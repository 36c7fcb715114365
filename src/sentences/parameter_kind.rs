//! What may stand in a place of a sentence that varies.

use std::fmt;
use std::str::FromStr;

use cucumber::Parameter;

use super::registered::collect;

/// A part of a sentence that varies.
#[derive(Clone, Copy, Debug)]
pub struct ParameterKind {
    /// Its name in braces.
    pub name: &'static str,
    /// The pattern of what may stand there.
    pub pattern: &'static str,
    /// An example of what an author may write there.
    pub example: &'static str,
    /// Whether a step can read what stands there; if not, what is wrong with it and what is allowed.
    pub check: fn(&str) -> Result<(), String>,
}

impl ParameterKind {
    /// The kind of a type that derives cucumber's `Parameter`, with something that an author may write there.
    pub const fn of<T: Parameter + FromStr<Err: fmt::Display>>(example: &'static str) -> Self {
        Self { name: T::NAME, pattern: T::REGEX, example, check: check::<T> }
    }

    /// One that cucumber brings. What stands there is read by the step.
    const fn built_in(name: &'static str, example: &'static str) -> Self {
        Self { name, pattern: "", example, check: |_| Ok(()) }
    }
}

fn check<T: FromStr<Err: fmt::Display>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| error.to_string())
}

/// Those that cucumber brings.
pub(super) const BUILT_IN: [ParameterKind; 5] = [
    ParameterKind::built_in("string", "\"…\""),
    ParameterKind::built_in("int", "5"),
    ParameterKind::built_in("float", "1.5"),
    ParameterKind::built_in("word", "…"),
    ParameterKind::built_in("", "…"),
];

collect!(ParameterKind);

/// Makes a parameter type of another crate known: `graphwalk check --sentences` shows the example in its place, and a text
/// there that the type cannot read is a fault that is found before anything is played.
///
/// ```
/// # use std::str::FromStr;
/// #[derive(cucumber::Parameter)]
/// #[param(name = "colour", regex = "[a-z]+")]
/// struct Colour(&'static str);
///
/// impl FromStr for Colour {
///     type Err = String;
///
///     fn from_str(text: &str) -> Result<Self, String> {
///         match text {
///             "red" => Ok(Self("#f00")),
///             other => Err(format!("{other} is no colour: expected red")),
///         }
///     }
/// }
///
/// graphwalk::register_parameter!(Colour, "red");
/// ```
#[macro_export]
macro_rules! register_parameter {
    ($parameter:ty, $example:literal) => {
        $crate::sentences::submit! { $crate::sentences::ParameterKind::of::<$parameter>($example) }
    };
}
