//! Looking a recording over before it is shared: secrets in it, and what it leaves unsaid.

use serde_json::Value;

use super::body::bytes_of;
use super::{Doubt, Provenance, RecordedExchange, Recording, RecordingError, RecordingFile, RequestBody, entries};
use graphwalk_secrets::is_twice_named;
use graphwalk_secrets::masking::{self, Leak};

/// The number of entries that a warning names.
const NAMED: usize = 8;

/// The result of checking a recording.
#[derive(Debug)]
pub struct Check {
    /// The recording.
    pub recording: Recording,
    /// The secrets that stand in the file; one is enough to keep it from being shared.
    pub leaks: Vec<Leak>,
    /// The faults that do not keep the recording from being replayed, a sentence each.
    pub warnings: Vec<String>,
}

impl Check {
    /// Looks over a file.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] if it cannot be replayed at all.
    pub fn run(file: &RecordingFile) -> Result<Self, RecordingError> {
        let recording = file.recording()?;
        let leaks = leaks_of(&file.text()?).map_err(|error| file.not_har(&error))?;
        let warnings = warnings(&recording);
        Ok(Self { recording, leaks, warnings })
    }
}

impl RecordingFile {
    /// One entry with all that the file has of it, its secrets masked; 1 for the first. `None` if there are fewer.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] if the file is no HAR.
    pub fn entry(&self, number: usize) -> Result<Option<Value>, RecordingError> {
        let Some(index) = number.checked_sub(1) else { return Ok(None) };
        let mut entry = entries::one(&self.text()?, index).map_err(|error| self.not_har(&error))?;
        if let Some(entry) = &mut entry {
            decode(entry);
            masking::mask_leaks(entry, "");
        }
        Ok(entry)
    }
}

/// Returns the secrets that stand in the text of a HAR.
///
/// # Errors
///
/// If it is no JSON.
pub(super) fn leaks_of(text: &str) -> Result<Vec<Leak>, serde_json::Error> {
    let mut leaks = Vec::new();
    entries::each(text, &mut |pointer, mut piece| {
        decode(&mut piece);
        leaks.extend(masking::mask_leaks(&mut piece, pointer));
    })?;
    Ok(leaks)
}

/// Puts the text of a body in place of its base64 and of its compression, so that its secrets are seen and masked.
fn decode(entry: &mut Value) {
    for (pointer, headers) in [
        ("/request/postData", "/request/headers"),
        ("/postData", "/request/headers"),
        ("/response/content", "/response/headers"),
    ] {
        let coding = coding(entry.pointer(headers));
        let Some(Value::Object(body)) = entry.pointer_mut(pointer) else { continue };
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let (Some(encoding), Some(encoded)) = (text("encoding"), text("text")) else { continue };
        let bytes = bytes_of(encoded.into(), Some(encoding), coding.as_deref()).bytes;
        let decoded = match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => format!("({} bytes)", bytes.len()),
        };
        body.insert("text".to_owned(), Value::from(decoded));
        body.shift_remove("encoding");
    }
}

/// The `Content-Encoding` among headers.
fn coding(headers: Option<&Value>) -> Option<String> {
    let text = |header: &Value, name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_it =
        |header: &&Value| text(header, "name").is_some_and(|name| name.eq_ignore_ascii_case("content-encoding"));
    headers?.as_array()?.iter().find(is_it).and_then(|header| text(header, "value"))
}

impl Recording {
    /// Returns the doubts about its exchanges, a sentence each, with the numbers of the entries.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = self.reading.doubts.clone();
        let twice_named = |exchange: &&RecordedExchange| answer_form(exchange) == AnswerForm::TwiceNamed;
        doubts.extend(self.exchanges.iter().filter(twice_named).map(|exchange| (exchange.entry, Doubt::TwiceNamed)));
        self.sentences(doubts)
    }

    fn sentences(&self, mut doubts: Vec<(usize, Doubt)>) -> Vec<String> {
        doubts.sort_unstable_by_key(|(entry, doubt)| (*doubt, *entry));
        doubts.dedup();
        let entries = self.exchanges.len() + self.reading.passed_over.len();
        let kinds = doubts.chunk_by(|(_, one), (_, other)| one == other);
        let sentence = |of: &[(usize, Doubt)]| {
            let numbers: Vec<usize> = of.iter().map(|(entry, _)| *entry).collect();
            of.first().map(|(_, kind)| format!("{}: {kind}", list_entries(&numbers, entries)))
        };
        kinds.filter_map(sentence).collect()
    }
}

/// The form of the body of an answer.
#[derive(Clone, Copy, PartialEq)]
enum AnswerForm {
    /// JSON, or nothing.
    Plain,
    /// JSON of which an object has a name twice.
    TwiceNamed,
    /// Something else.
    Other,
}

fn answer_form(exchange: &RecordedExchange) -> AnswerForm {
    if exchange.response.is_empty() {
        return AnswerForm::Plain;
    }
    match std::str::from_utf8(&exchange.response).ok().and_then(is_twice_named) {
        None => AnswerForm::Other,
        Some(true) => AnswerForm::TwiceNamed,
        Some(false) => AnswerForm::Plain,
    }
}

fn warnings(recording: &Recording) -> Vec<String> {
    let mut warnings = Vec::new();
    if recording.reordered {
        warnings.push("the entries are not in order of time, but are replayed in that order".to_owned());
    }
    let (mut doubts, mut others) = (recording.reading.doubts.clone(), Vec::new());
    for exchange in &recording.exchanges {
        match answer_form(exchange) {
            AnswerForm::Plain => {}
            AnswerForm::TwiceNamed => doubts.push((exchange.entry, Doubt::TwiceNamed)),
            AnswerForm::Other => others.push(exchange.entry),
        }
    }
    others.sort_unstable();
    warnings.extend(recording.sentences(doubts));
    let mut warn = |what: &str, holds: &dyn Fn(&RecordedExchange) -> bool| {
        let mut numbers: Vec<usize> = recording.exchanges.iter().filter(|e| holds(e)).map(|e| e.entry).collect();
        numbers.sort_unstable();
        if !numbers.is_empty() {
            warnings.push(format!("{}: {what}", list_entries(&numbers, recording.exchanges.len())));
        }
    };
    warn("`_actor` is missing, so the administrator is taken for the caller", &|e| !e.actor_known);
    warn("`_step` is missing, so it is expected to be used whatever steps are played", &|e| e.step.is_none());
    warn("`_provenance` is missing, so reports cannot say where it comes from", &|e| {
        e.provenance == Provenance::Unknown
    });
    warn("the body of the request is not JSON", &|e| matches!(e.request, RequestBody::Text(_)));
    warn("the body of the answer is not JSON", &|e| others.binary_search(&e.entry).is_ok());
    warnings
}

/// `entry 3`, `entries 3, 4 and 2 more`, `all 7 entries`.
fn list_entries(numbers: &[usize], of: usize) -> String {
    match numbers {
        [one] => format!("entry {one}"),
        all if all.len() == of => format!("all {of} entries"),
        some => {
            let listed: Vec<String> = some.iter().take(NAMED).map(ToString::to_string).collect();
            let more = some.len().saturating_sub(NAMED);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("entries {}{rest}", listed.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Check {
        Check::run(&RecordingFile::new("x.har", text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn missing_facts_of_a_recording_give_a_warning() {
        let found = check(
            r#"{"log": {"entries": [
                {"startedDateTime": "2022-02-11T18:00:00Z", "_actor": "Adele Vance",
                 "request": {"method": "POST", "url": "https://graph.microsoft.com/v1.0/y", "postData": {"text": "a=b"}}, "response": {"status": 204}},
                {"startedDateTime": "2022-02-11T17:00:00Z",
                 "request": {"method": "GET", "url": "https://graph.microsoft.com/v1.0/y"},
                 "response": {"status": 200, "content": {"text": "<html>"}}}]}}"#,
        );
        insta::assert_snapshot!(found.warnings.join("\n"));
        assert_eq!(found.leaks, []);
    }

    #[test]
    fn a_value_that_is_lost_since_its_name_comes_again_is_told() {
        let text = r#"{"log": {"entries": [
            {"startedDateTime": "2022-02-11T17:00:00Z", "request": {"method": "POST", "url": "https://graph.microsoft.com/v1.0/groups",
              "postData": {"text": "{\"a\": 1, \"a\": 2}"}}, "response": {"status": 201, "content": {"text": "{\"b\": [{\"c\": 1, \"c\": 2}]}"}}},
            {"startedDateTime": "2022-02-11T18:00:00Z", "request": {"method": "GET", "url": "https://graph.microsoft.com/v1.0/groups"},
              "response": {"status": 200, "content": {"text": "{\"c\": {\"c\": 1}}"}}}]}}"#;
        let told = "entry 1: a name occurs twice in an object of a body, of which only the last value counts";
        let found = check(text);
        assert_eq!(found.warnings[0], told);
        assert_eq!(found.recording.doubts(), [told]);
    }

    #[test]
    fn a_long_list_of_entries_is_cut_short() {
        assert_eq!(list_entries(&[2], 3), "entry 2");
        assert_eq!(list_entries(&[1, 2, 3], 3), "all 3 entries");
        assert_eq!(list_entries(&(1..=10).collect::<Vec<_>>(), 20), "entries 1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
