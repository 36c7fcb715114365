//! What graphwalk attached to messages, read again.

use serde::Deserialize;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Place};
use crate::report::Opening;
use crate::report::attachment::{AttachedTo, Attachment, Content};
use crate::report::message::Timestamp;
use crate::runner::interned;

/// An attachment as it was kept: its document is a text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptAttachment {
    body: String,
    media_type: String,
    test_case_started_id: Option<String>,
    test_step_id: Option<String>,
    test_run_hook_started_id: Option<String>,
    timestamp: Option<Timestamp>,
}

/// A failure as the attachment has it.
#[derive(Deserialize)]
struct KeptFault {
    code: String,
    message: String,
    place: Option<KeptPlace>,
    notes: Vec<String>,
    help: Option<String>,
}

#[derive(Deserialize)]
struct KeptPlace {
    file: String,
    line: usize,
    part: String,
    label: String,
}

impl KeptAttachment {
    /// The scenario whose step it belongs to, by the id of its `TestCaseStarted`.
    pub fn case(&self) -> Option<&str> {
        self.test_case_started_id.as_deref()
    }

    /// Reads it; `None` if another program attached it. The sources that failures point into are those of `opening`.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn read(self, opening: &Opening) -> Result<Option<Attachment>, String> {
        let Some(kind) = self.media_type.strip_prefix("application/vnd.graphwalk.") else { return Ok(None) };
        let kind = kind.strip_suffix("+json").unwrap_or(kind);
        let content = content(kind, &self.body, opening)
            .map_err(|error| format!("the attachment of kind {kind} cannot be read: {error}"))?
            .ok_or_else(|| format!("attachments of kind {kind} are not known here"))?;
        let to = match (self.test_case_started_id, self.test_step_id, self.test_run_hook_started_id) {
            (Some(case), Some(step), _) => AttachedTo::Step { case, step },
            (_, _, Some(end)) => AttachedTo::Session(end),
            _ => return Err(format!("the attachment of kind {kind} belongs neither to a step nor to a session")),
        };
        let timestamp = self.timestamp.unwrap_or_default();
        Ok(Some(Attachment { content, to, timestamp }))
    }
}

/// The document of an attachment of this kind; `None` if the kind is not known.
fn content(kind: &str, body: &str, opening: &Opening) -> Result<Option<Content>, serde_json::Error> {
    let content = match kind {
        "verdict" => Content::Verdict(serde_json::from_str(body)?),
        "failure" => Content::Failure(Box::new(diagnostic(serde_json::from_str(body)?, opening))),
        "session" => Content::Session(serde_json::from_str(body)?),
        "provenance" => {
            let counts: serde_json::Map<String, Value> = serde_json::from_str(body)?;
            let count =
                |count: &Value| count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
            Content::Provenance(counts.into_iter().map(|(word, told)| (word.into(), count(&told))).collect())
        }
        "drift" => Content::Drift(serde_json::from_str(body)?),
        "observation" => Content::Observation(serde_json::from_str(body)?),
        "exchange" => Content::Exchange(serde_json::from_str(body)?),
        _ => return Ok(None),
    };
    Ok(Some(content))
}

/// The failure with the text of the file that it points into. A place in another file becomes a note.
fn diagnostic(fault: KeptFault, opening: &Opening) -> Diagnostic {
    let KeptFault { code, message, place, mut notes, help } = fault;
    let place = place.and_then(|KeptPlace { file, line, part, label }| match opening.text(&file) {
        Some(text) => {
            let part = Some(part.as_str()).filter(|part| !part.is_empty());
            Some(Place::of_line(file, text.into(), line, part, &label))
        }
        None => {
            notes.insert(0, format!("{file}:{line}: {part} {label}"));
            None
        }
    });
    Diagnostic { code: interned(code), message, place, notes, help }
}
