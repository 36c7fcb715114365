//! What reading a file found beside its exchanges: entries that are no exchange of the session, and what is doubtful about others.

use std::fmt;

/// The findings of reading a file beside its exchanges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReading {
    /// The entries that are no exchange of the session, by their numbers in the file; 1 for the first.
    pub passed_over: Vec<(usize, PassedOver)>,
    /// The doubts about exchanges, each with the exchange's number in the file.
    pub doubts: Vec<(usize, Doubt)>,
}

/// A reason why an entry is no exchange of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PassedOver {
    /// With another host than Graph: sign-in, telemetry, the page itself; or no request to a host.
    Other,
    /// A browser's question whether it may ask, or a proxy's tunnel.
    Preflight,
    /// Nothing was answered: blocked, given up, a connection of another kind.
    Unanswered,
    /// The same request a second time: of the page to its service worker, which sent it.
    Double,
}

impl PassedOver {
    const ALL: [Self; 4] = [Self::Other, Self::Preflight, Self::Unanswered, Self::Double];

    /// Returns the words for one and for several.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Other => ("entry that is not with Graph", "entries that are not with Graph"),
            Self::Preflight => ("preflight", "preflights"),
            Self::Unanswered => ("request without an answer", "requests without an answer"),
            Self::Double => ("request of a page to its service worker", "requests of a page to its service worker"),
        }
    }
}

impl FileReading {
    /// Returns how many entries were passed over for which reason; only those that occur.
    pub fn counts(&self) -> Vec<(PassedOver, usize)> {
        let count = |wanted| self.passed_over.iter().filter(|(_, why)| *why == wanted).count();
        PassedOver::ALL.into_iter().map(|why| (why, count(why))).filter(|(_, count)| *count > 0).collect()
    }
}

/// A doubt about an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The answer had a body, and the file has not kept it.
    BodyMissing,
    /// The body is in another file.
    BodyElsewhere,
    /// The body is compressed in a way that is not read.
    Compressed,
    /// The body is not the base64 that the file says it is.
    NotBase64,
    /// Of a form of several parts only the fields were kept.
    FieldsAlone,
    /// An object of a body has a name twice.
    TwiceNamed,
    /// Nothing changed since an earlier answer (304), which the file has not got.
    NothingToRevalidate,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BodyMissing => "the body of the answer is missing: the program that made the file has not saved it",
            Self::BodyElsewhere => "the body of the answer is missing: it is in a file beside the HAR (`_file`)",
            Self::Compressed => "a body is compressed, and could not be read",
            Self::NotBase64 => "a body is not the base64 that the file says it is, so it is taken as it is",
            Self::FieldsAlone => "of the form that was sent only the fields were kept, so no request will be the same",
            Self::TwiceNamed => "a name occurs twice in an object of a body, of which only the last value counts",
            Self::NothingToRevalidate => "the answer is 304, and no earlier answer has what it revalidated",
        })
    }
}
