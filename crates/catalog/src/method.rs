//! Methods of HTTP that Graph knows.

use std::fmt;
use std::str::FromStr;

use crate::layout::METHODS;

/// A method that changes or reads something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

/// A text that is no [`Method`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAMethod;

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Patch, Self::Put, Self::Delete];

    /// Its name in capitals.
    pub fn name(self) -> &'static str {
        METHODS[self as usize]
    }
}

impl FromStr for Method {
    type Err = NotAMethod;

    /// Reads a method in any case. `HEAD` is none: Graph answers it as `GET`.
    fn from_str(text: &str) -> Result<Self, NotAMethod> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(text)).ok_or(NotAMethod)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for NotAMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", METHODS.join(", "))
    }
}

impl std::error::Error for NotAMethod {}
