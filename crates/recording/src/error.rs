//! Why a recording cannot be used.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::LeftOut;

/// The reason why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is not there, or may not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A folder without a single recording.
    #[error("no recording was found in {}", _0.display())]
    EmptyFolder(PathBuf),
    /// Larger than what is read at all.
    #[error("{name} is too large: {megabytes} MB, and more than {limit} MB are not read")]
    TooLarge {
        /// The file.
        name: String,
        /// Its size.
        megabytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// No bytes at all.
    #[error("{0} is empty")]
    Empty(String),
    /// Bytes that are no UTF-8.
    #[error("{name} is not UTF-8: byte {byte} is wrong")]
    NotUtf8 {
        /// The file.
        name: String,
        /// The number of the first wrong byte; 1 for the first.
        byte: usize,
    },
    /// Another format than JSON.
    #[error("{name} is {what}, and no recording")]
    OtherFormat {
        /// The file.
        name: String,
        /// The kind of file that it is instead.
        what: &'static str,
        /// The next thing to do about it.
        help: &'static str,
    },
    /// Something stands after the end.
    #[error("{name} goes on after its end, at line {line}, column {column}")]
    MoreText {
        /// The file.
        name: String,
        /// The line where it goes on.
        line: usize,
        /// The column where it goes on.
        column: usize,
    },
    /// It ends in the middle.
    #[error("{name} is truncated: it ends in the middle, at line {line}, column {column}")]
    Truncated {
        /// The file.
        name: String,
        /// The line where it ends.
        line: usize,
        /// The column where it ends.
        column: usize,
    },
    /// It is no JSON.
    #[error("{name} is not JSON, at line {line}, column {column}")]
    NotJson {
        /// The file.
        name: String,
        /// The place where the fault is.
        line: usize,
        /// The place where the fault is.
        column: usize,
    },
    /// JSON, but no HAR.
    #[error("{name} is JSON but not HAR, at line {line}, column {column}: {what}")]
    NotHar {
        /// The file.
        name: String,
        /// The place where the fault is.
        line: usize,
        /// The place where the fault is.
        column: usize,
        /// The part that is missing or of another type.
        what: String,
    },
    /// A Postman collection with a part that is none.
    #[error("{name} is a Postman collection with a fault at line {line}, column {column}: {what}")]
    NotCollection {
        /// The file.
        name: String,
        /// The place where the fault is.
        line: usize,
        /// The place where the fault is.
        column: usize,
        /// The part that is missing or of another type.
        what: String,
    },
    /// A Postman collection of which no exchange can be made.
    #[error("{name} holds no saved response that can be used{}", describe(left_out))]
    NothingSaved {
        /// The file.
        name: String,
        /// The reasons why its requests are of no use.
        left_out: Box<LeftOut>,
    },
    /// A HAR without exchanges.
    #[error("{0} holds no exchange, so there is nothing to replay")]
    NoEntries(String),
    /// A HAR whose exchanges are all with others.
    #[error("{name} holds no exchange with Microsoft Graph; its {entries} entries are about something else")]
    NoGraph {
        /// The file.
        name: String,
        /// The number of entries in it.
        entries: usize,
    },
    /// One entry cannot be used.
    #[error("{name} has a fault at /log/entries/{index}{pointer}: {what}")]
    Entry {
        /// The file.
        name: String,
        /// The entry's place; 0 for the first.
        index: usize,
        /// The JSON pointer inside the entry.
        pointer: &'static str,
        /// The fault.
        what: String,
    },
    /// The log's extra field cannot be used.
    #[error("{name} has a fault at /log{pointer}: {what}")]
    Log {
        /// The file.
        name: String,
        /// The JSON pointer inside the log.
        pointer: &'static str,
        /// The fault.
        what: String,
    },
}

/// Describes why requests are of no use, counted.
fn describe(left_out: &LeftOut) -> String {
    let names: BTreeSet<&str> = left_out.unresolved.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let told: Vec<String> =
        left_out.reasons().iter().map(|(why, requests)| format!("{} {why}", requests.len())).collect();
    match (told.is_empty(), names.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(": requests {}", told.join(", ")),
        (false, false) => format!(": requests {}; variables without a value: {names}", told.join(", ")),
    }
}

impl RecordingError {
    /// Returns what to do next, as an instruction.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "name a file, or a folder that holds `.har` files",
            Self::EmptyFolder(_) => "recordings are files that end in `.har`",
            Self::TooLarge { .. } => "record the tutorial alone, without the rest of the browser's traffic",
            Self::Empty(_) | Self::Truncated { .. } => {
                "record it again, or fetch it again: it was not written to its end"
            }
            Self::OtherFormat { help, .. } => help,
            Self::MoreText { .. } => "keep one HAR in a file: the second one behind it would be lost",
            Self::NotUtf8 { .. } => "save it as UTF-8",
            Self::NotJson { .. } | Self::NotHar { .. } => {
                "a recording is a HAR 1.2 file, as the network tab of a browser exports it"
            }
            Self::NotCollection { .. } => "export the collection from Postman again, as Collection v2.1",
            Self::NothingSaved { .. } => {
                "send the requests in Postman, save each response as an example, give variables a value, and export again"
            }
            Self::NoGraph { .. } => {
                "export the HAR while the tutorial's requests are listed: those to /v1.0 and /beta of Graph's host"
            }
            Self::NoEntries(_) => "record the tutorial's requests first",
            Self::Entry { .. } | Self::Log { .. } => "fix the entry; `graphwalk recording show` prints the file",
        }
    }
}
