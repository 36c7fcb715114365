//! JUnit XML: a suite a feature, a case a scenario. What was blocked or skipped is `skipped`, with the reason.

use std::fmt::Write as _;
use std::time::Duration;

use quick_xml::escape::escape;

use super::session_notes;
use crate::runner::{
    FeatureOutcome, Plan, PlannedFeature, ScenarioOutcome, SessionOutcome, Verdict, failure_diagnostic,
};
use crate::secrets_in_use;

/// What stands before all suites.
pub const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"graphwalk\">\n";
/// What stands after them.
pub const TAIL: &str = "</testsuites>\n";

/// The suites of one session. `several` names the session in each suite, since there are others.
pub fn suites(plan: &Plan, outcome: &SessionOutcome, several: bool) -> Vec<u8> {
    let mut xml = Xml(String::with_capacity(16 * 1024));
    for feature in &outcome.features {
        suite(&mut xml, plan, outcome, feature, several);
    }
    if let Some(failure) = &outcome.failure {
        let name = text(&format!("{}: {}", plan.tutorial, outcome.name));
        xml.line(&format!("  <testsuite name=\"{name}\" tests=\"1\" failures=\"1\" skipped=\"0\" time=\"0.000\">"));
        xml.line(&format!("    <testcase name=\"the session\" classname=\"{name}\" time=\"0.000\">"));
        failed(&mut xml, failure.code, &failure.message, &failure.render(false));
        xml.line("    </testcase>\n  </testsuite>");
    }
    xml.0.into_bytes()
}

fn suite(xml: &mut Xml, plan: &Plan, outcome: &SessionOutcome, feature: &FeatureOutcome, several: bool) {
    let planned = &plan.features[feature.index];
    let (mut failures, mut skipped) = (0, 0);
    for scenario in &feature.scenarios {
        match scenario.verdict() {
            Verdict::Failed => failures += 1,
            Verdict::Blocked | Verdict::Skipped => skipped += 1,
            Verdict::Passed => {}
        }
    }
    let title = format!("{} {} {}", plan.tutorial, planned.file.number, planned.file.feature.name);
    let name = text(&if several { format!("{title} ({})", outcome.name) } else { title });
    let (tests, time) = (feature.scenarios.len(), seconds(feature.took()));
    xml.line(&format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{time}\">"
    ));
    xml.line("    <properties>");
    xml.property("backend", outcome.backend);
    xml.property("recording", &outcome.name);
    for (provenance, count) in &outcome.provenance {
        xml.property(&format!("exchanges.{provenance}"), &count.to_string());
    }
    for (name, value) in session_notes(outcome) {
        xml.property(name, &value);
    }
    xml.line("    </properties>");
    for scenario in &feature.scenarios {
        case(xml, &name, planned, scenario);
    }
    xml.line("  </testsuite>");
}

fn case(xml: &mut Xml, class: &str, feature: &PlannedFeature, outcome: &ScenarioOutcome) {
    let scenario = &feature.scenarios[outcome.index];
    let head = format!(
        "    <testcase name=\"{}\" classname=\"{class}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        text(&scenario.name),
        text(&feature.file.path),
        scenario.line,
        seconds(outcome.took()),
    );
    match (outcome.failure(), outcome.reason()) {
        (Some((step, failure)), _) => {
            xml.line(&format!("{head}>"));
            let diagnostic = failure_diagnostic(feature, outcome.index, step, failure);
            failed(xml, failure.code, &failure.message, &diagnostic.render(false));
            xml.line("    </testcase>");
        }
        (None, Some(reason)) => {
            let message = text(&format!("{}: {reason}", outcome.verdict()));
            xml.line(&format!("{head}>\n      <skipped message=\"{message}\"/>\n    </testcase>"));
        }
        (None, None) => xml.line(&format!("{head}/>")),
    }
}

fn failed(xml: &mut Xml, code: &str, message: &str, told: &str) {
    let (message, told) = (text(message), text(told));
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
    let raw = &*secrets_in_use::mask(raw);
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
