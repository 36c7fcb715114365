//! The trace that a command which plays no session writes, if one is wanted.

use std::path::Path;

use crate::report::TraceFile;
use crate::tutorial::TutorialFaults;

use super::Exit;

/// Begins the trace, before anything is sent.
///
/// # Errors
///
/// Nothing can be written there.
pub(super) fn begin(path: Option<&Path>) -> Result<Option<TraceFile>, TutorialFaults> {
    path.map(TraceFile::create).transpose().map_err(|fault| vec![*fault])
}

/// Ends the trace, however the command ended: what was sent is told.
///
/// # Errors
///
/// Those of the command, and that the trace cannot be put in its place.
pub(super) fn end(trace: Option<TraceFile>, ended: Result<Exit, TutorialFaults>) -> Result<Exit, TutorialFaults> {
    match (ended, trace.map_or(Ok(()), TraceFile::finish)) {
        (ended, Ok(())) => ended,
        (Ok(_), Err(fault)) => Err(vec![*fault]),
        (Err(mut faults), Err(fault)) => {
            faults.push(*fault);
            Err(faults)
        }
    }
}
