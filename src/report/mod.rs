//! Telling how a run went: in the terminal, and in files for programs.
//!
//! There is one stream of events, Cucumber Messages ([`message`]): an [`Opening`] with the feature files and scenarios, the
//! [`SessionMessages`] of each session, and the end. What Cucumber has no message for is an `attachment`. A [`Format`] reads
//! the stream and makes bytes of it; a new one is a file here and a line in [`FORMATS`]. The [`Summary`] that the terminal tells
//! is read of the same messages; only while a session plays does the terminal look at each outcome itself.
//!
//! What a report says of a session is made on the thread that played it (`Renderer`) and sent on as bytes, so that reports
//! of many sessions cost little and are not kept to the end. The thread that prints puts the sessions back into their order
//! ([`Reports`]), so that parallel sessions give one coherent report.

pub(crate) mod attachment;
mod cases;
mod ctrf;
mod cucumber_json;
mod curl;
mod document;
mod evidence;
mod exchange_text;
mod file;
mod files;
mod format;
mod github;
mod har;
mod html;
mod junit;
mod kept;
mod masking;
pub mod message;
mod messages;
mod nodes;
mod opening;
mod reports;
mod session_messages;
mod summary;
mod terminal;
mod terminal_traffic;
mod trace;
mod waiting;

pub(crate) use attachment::{Content, SessionNote};
pub(crate) use cases::{Case, CaseStep};
pub(crate) use ctrf::Ctrf;
pub(crate) use cucumber_json::CucumberJson;
pub(crate) use evidence::{EvidenceFolder, verify};
pub(crate) use file::{BESIDE, ReportFile};
pub(crate) use files::{Rendered, ReportFiles};
pub(crate) use format::MESSAGES;
pub use format::{FORMATS, Format, RunEnd, Wanted};
pub(crate) use github::GitHubStep;
pub(crate) use har::Har;
pub(crate) use html::{Html, Overview};
pub(crate) use junit::Junit;
pub(crate) use kept::{KeptRun, KeptSessions, read_opening};
pub(crate) use messages::Messages;
pub(crate) use opening::OpenedFeature;
pub use opening::Opening;
pub use reports::Reports;
pub(crate) use reports::{Renderer, ReportError, SessionReport, TenantEnd};
pub use session_messages::SessionMessages;
pub(crate) use session_messages::{SessionNumber, renumber};
pub(crate) use summary::{ObservedLine, ReportedFailure};
pub use summary::{SomeSessions, Summary, Totals};
pub use terminal::TerminalReport;
pub(crate) use trace::TraceFile;

/// The fault of what cannot be kept in a file without a name until it is written.
fn unheld(error: &std::io::Error) -> crate::diagnostic::Diagnostic {
    let folder = std::env::temp_dir();
    let message = format!("cannot keep in {} what waits to be written: {error}", folder.display());
    crate::diagnostic::Diagnostic::new("output", message).help("make room there, or set TMPDIR to another folder")
}
