//! JUnit XML: a suite a feature, a case a scenario. What was blocked or skipped is `skipped`, with the reason.
//!
//! It is written here and not by quick-junit, which keeps the whole report until it is written: 33 MiB for a thousand sessions
//! of the tutorial, where the program takes 57 MiB with all its reports. quick-junit reads it in `tests/cli.rs`.

use std::fmt::Write as _;
use std::time::Duration;

use graphwalk_secrets::in_use;
use quick_xml::escape::escape;

use super::message::{Exception, TestStepResult};
use super::{Case, Content, Format, Opening, RunEnd, SessionMessages, SessionNote};
use crate::runner::{Verdict, VerdictCounts};

/// The format.
pub struct Junit;

impl Format for Junit {
    fn reads_observations(&self) -> bool {
        false
    }

    fn opening(&self, _: &Opening) -> Vec<u8> {
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"graphwalk\">\n".to_vec()
    }

    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let mut xml = Xml(String::with_capacity(16 * 1024));
        let cases = session.cases();
        let Some(note) = session.session() else { return Vec::new() };
        let notes = session.notes();
        for cases in cases.chunk_by(|first, second| std::ptr::eq(first.feature, second.feature)) {
            suite(&mut xml, session, (note, &notes), cases);
        }
        if let Some(failure) = session.failure() {
            let name = text(&format!("{}: {}", note.tutorial, note.name));
            let counts = "tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0.000\"";
            xml.line(&format!("  <testsuite name=\"{name}\" {counts}>"));
            xml.line(&format!("    <testcase name=\"the session\" classname=\"{name}\" time=\"0.000\">"));
            failed(&mut xml, failure);
            xml.line("    </testcase>\n  </testsuite>");
        }
        xml.0.into_bytes()
    }

    fn closing(&self, _: &RunEnd<'_>) -> Vec<u8> {
        b"</testsuites>\n".to_vec()
    }
}

fn suite(
    xml: &mut Xml,
    session: &SessionMessages<'_>,
    (note, notes): (&SessionNote, &[(String, String)]),
    cases: &[Case<'_>],
) {
    let Some(Case { feature, .. }) = cases.first() else { return };
    let VerdictCounts { failed, blocked, skipped, .. } = VerdictCounts::count(cases.iter().map(Case::verdict));
    let title = format!("{} {} {}", session.opening.tutorial, feature.number, feature.document.feature.name);
    let name = text(&if session.opening.several { format!("{title} ({})", note.name) } else { title });
    let (tests, skipped) = (cases.len(), blocked + skipped);
    let (time, file) = (seconds(cases.iter().map(Case::took).sum()), text(&feature.document.uri));
    let counts = format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\"");
    xml.line(&format!("  <testsuite name=\"{name}\" {counts} time=\"{time}\" file=\"{file}\">"));
    xml.line("    <properties>");
    xml.property("backend", &note.backend);
    match &note.tenant {
        Some(tenant) => xml.property("tenant", tenant),
        None => xml.property("recording", &note.name),
    }
    for content in session.contents() {
        if let Content::Provenance(counts) = content {
            for (provenance, count) in counts {
                xml.property(&format!("exchanges.{provenance}"), &count.to_string());
            }
        }
    }
    for (name, value) in notes {
        xml.property(name, value);
    }
    xml.line("    </properties>");
    for scenario in cases {
        case(xml, &name, scenario);
    }
    xml.line("  </testsuite>");
}

/// A scenario. Its line has no place of its own: the text of a failure names it.
fn case(xml: &mut Xml, class: &str, case: &Case<'_>) {
    let (name, time) = (text(&case.pickle.name), seconds(case.took()));
    let head = format!("    <testcase name=\"{name}\" classname=\"{class}\" time=\"{time}\"");
    let drift: Vec<String> = case.drift().map(|drift| format!("drift: {drift}\n")).collect();
    if case.verdict() == Verdict::Passed && drift.is_empty() {
        return xml.line(&format!("{head}/>"));
    }
    xml.line(&format!("{head}>"));
    match (case.verdict(), case.failure()) {
        (_, Some(step)) => failed(xml, step.result),
        (Verdict::Passed, None) => {}
        (verdict, None) => {
            let message = text(&format!("{verdict}: {}", case.reason().unwrap_or_default()));
            xml.line(&format!("      <skipped message=\"{message}\"/>"));
        }
    }
    if !drift.is_empty() {
        xml.line(&format!("      <system-out>{}</system-out>", text(&drift.concat())));
    }
    xml.line("    </testcase>");
}

fn failed(xml: &mut Xml, result: &TestStepResult) {
    let told = text(result.message.as_deref().unwrap_or_default());
    let (code, message) = match &result.exception {
        Some(Exception { r#type, message, .. }) => (text(r#type), text(message)),
        None => Default::default(),
    };
    xml.line(&format!("      <failure type=\"{code}\" message=\"{message}\">{told}</failure>"));
}

struct Xml(String);

impl Xml {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn property(&mut self, name: &str, value: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "      <property name=\"{}\" value=\"{}\"/>", text(name), text(value));
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// `raw` with what XML gives a meaning escaped, what it forbids replaced, and without secrets in use.
fn text(raw: &str) -> String {
    let raw = &*in_use::mask(raw);
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if raw.chars().all(allowed) {
        return escape(raw).into_owned();
    }
    let clean: String = raw.chars().map(|c| if allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    escape(&clean).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_replaced_and_markup_is_escaped() {
        assert_eq!(text("a<b> \"c\" \u{0}\u{b}"), "a&lt;b&gt; &quot;c&quot; \u{fffd}\u{fffd}");
    }
}
