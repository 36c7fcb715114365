//! JUnit XML has the elements and attributes that Jenkins takes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Reports;

/// An element: where it may stand, which attributes it must have, which it may have.
const ELEMENTS: [(&str, &str, &[&str], &[&str]); 8] = [
    ("testsuites", "", &[], &["name", "time", "tests", "failures", "errors"]),
    ("testsuite", "testsuites", &["name", "tests", "failures", "errors"], &["time", "skipped", "timestamp", "file"]),
    ("properties", "testsuite", &[], &[]),
    ("property", "properties", &["name", "value"], &[]),
    ("testcase", "testsuite", &["name"], &["time", "classname"]),
    ("failure", "testcase", &[], &["type", "message"]),
    ("skipped", "testcase", &[], &["type", "message"]),
    ("system-out", "testcase", &[], &[]),
];

fn faults(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut above, mut faults) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                let name = judge(&element, &above, &mut faults);
                above.push(name);
            }
            Event::Empty(element) => drop(judge(&element, &above, &mut faults)),
            Event::End(_) => drop(above.pop()),
            Event::Eof => return faults,
            _ => {}
        }
    }
}

fn judge(element: &BytesStart<'_>, above: &[String], faults: &mut Vec<String>) -> String {
    let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
    let Some((_, parent, required, optional)) = ELEMENTS.iter().find(|(known, ..)| *known == name) else {
        faults.push(format!("<{name}> is not known"));
        return name;
    };
    if above.last().map_or("", String::as_str) != *parent {
        faults.push(format!("<{name}> stands in {above:?}"));
    }
    let attributes = element.attributes().map(|one| String::from_utf8(one.unwrap().key.as_ref().to_vec()).unwrap());
    let attributes: Vec<String> = attributes.collect();
    let missing = required.iter().filter(|known| !attributes.iter().any(|one| one == **known));
    faults.extend(missing.map(|missing| format!("<{name}> has no {missing}")));
    let unknown = attributes.iter().filter(|one| !required.iter().chain(*optional).any(|known| known == one));
    faults.extend(unknown.map(|unknown| format!("<{name}> has {unknown}")));
    name
}

#[test]
fn junit_has_only_elements_and_attributes_that_are_known() {
    let text = Reports::of_every_fate().text("junit.xml");
    let faults = faults(&text);
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(10)]);
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!(report.test_suites.len(), 28);
}

#[test]
fn what_jenkins_does_not_take_is_a_fault() {
    let text = r#"<testsuites><testsuite name="a" tests="1" failures="0"><testcase name="b" line="3"/></testsuite></testsuites>"#;
    assert_eq!(faults(text), ["<testsuite> has no errors", "<testcase> has line"]);
}
