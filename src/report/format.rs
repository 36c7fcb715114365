//! What a report format is, and which there are.

use std::path::PathBuf;

use crate::session::Tracing;

use super::message::{TestRunFinished, Timestamp};
use super::{Ctrf, CucumberJson, Har, Html, Junit, Messages, Opening, SessionMessages, Totals};

/// A report format: it reads the messages of a run and makes bytes of them.
///
/// It keeps nothing between two calls. A session is rendered on the thread that played it, before or after others, and its
/// messages are dropped then; the bytes are written in the order of the recordings. So a report of a thousand sessions costs
/// no more memory than one of ten, and a format need not know about threads.
///
/// ```
/// use graphwalk::report::{Format, SessionMessages};
///
/// /// A line a session: its name, and its verdict.
/// struct Verdicts;
///
/// impl Format for Verdicts {
///     fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
///         session.session().map(|note| format!("{} {}\n", note.name, note.verdict).into_bytes()).unwrap_or_default()
///     }
/// }
/// ```
pub trait Format: Send + Sync {
    /// Returns whether the file grows while the run plays, in its place from the first scenario on. Of a single session
    /// each scenario is then given to [`Format::session`] alone when it has ended, and at the end what belongs to the whole
    /// session.
    fn is_streamed(&self) -> bool {
        false
    }

    /// Returns the text before all sessions.
    fn opening(&self, opening: &Opening) -> Vec<u8> {
        let _ = opening;
        Vec::new()
    }

    /// Returns the exchanges that it needs in a run of so many sessions.
    fn tracing(&self, sessions: usize) -> Tracing {
        let _ = sessions;
        Tracing::OfFailure
    }

    /// Returns whether it reads what steps observed. It is then masked first, which takes more time than all the rest.
    fn reads_observations(&self) -> bool {
        true
    }

    /// Returns whether sessions that failed stand before the others, in a file of several.
    fn tells_failed_first(&self) -> bool {
        false
    }

    /// Returns the text about a session.
    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8>;

    /// Returns the text between two sessions, if both have added something.
    fn separator(&self) -> &'static [u8] {
        b""
    }

    /// Returns the text behind all sessions.
    fn closing(&self, end: &RunEnd<'_>) -> Vec<u8> {
        let _ = end;
        Vec::new()
    }

    /// Returns the text between the opening and the sessions that is known only when all have ended: a verdict, totals. The
    /// file is then put together once more; so most formats say such things in the closing.
    fn totals(&self, opening: &Opening, end: &RunEnd<'_>) -> Vec<u8> {
        let _ = (opening, end);
        Vec::new()
    }
}

/// The end of a run, for formats.
#[derive(Debug)]
pub struct RunEnd<'a> {
    /// The last message.
    pub finished: &'a TestRunFinished,
    /// The time when the run began.
    pub started: Timestamp,
    /// All sessions together.
    pub totals: &'a Totals,
}

/// The formats that `--report` knows, by name: a line each.
pub const FORMATS: [(&str, &dyn Format); 7] = [
    ("junit", &Junit),
    ("json", &CucumberJson::JVM),
    ("cucumber-json-ruby", &CucumberJson::RUBY),
    ("ctrf", &Ctrf),
    ("html", &Html),
    (MESSAGES, &Messages::OF_FAILURES),
    ("har", &Har),
];

/// The name of the format that holds all that the others read.
pub(crate) const MESSAGES: &str = "messages";

/// A report that is wanted: in which format, and where.
#[derive(Clone)]
pub struct Wanted {
    /// The format's name.
    pub name: &'static str,
    /// The format.
    pub format: &'static dyn Format,
    /// The file.
    pub path: PathBuf,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("name", &self.name).field("path", &self.path).finish_non_exhaustive()
    }
}

impl Wanted {
    /// A report in the format of this name; `None` if there is none.
    pub fn named(name: &str, path: impl Into<PathBuf>) -> Option<Self> {
        let (name, format) = FORMATS.into_iter().find(|(known, _)| *known == name)?;
        Some(Self { name, format, path: path.into() })
    }

    /// The same report with all exchanges, if it is one of messages.
    #[must_use]
    pub(crate) fn in_full(self) -> Self {
        if self.name == MESSAGES { Self { format: &Messages::FULL, ..self } } else { self }
    }
}
