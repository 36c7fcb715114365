//! Findings as SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::collections::BTreeMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, Region, ReportingConfiguration,
    ReportingDescriptor, Result as SarifResult, ResultColumnKind, ResultLevel, Run, SCHEMA_URL, Sarif, Tool,
    ToolComponent, Version,
};

use crate::page::lint::PageFinding;
use crate::page::rules::{Level, RULES};
use crate::page::source::Position;

use super::FindingReport;

/// The characters that a URI cannot have in a path as they are.
const NOT_IN_PATHS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// The page that explains the findings.
const EXPLAINED: &str = "docs/lint.md";

pub(super) fn write(report: &FindingReport, out: &mut dyn Write) -> io::Result<()> {
    let driver = ToolComponent::builder()
        .name("graphwalk")
        .version(env!("CARGO_PKG_VERSION"))
        .rules(RULES.iter().map(descriptor).collect::<Vec<_>>())
        .build();
    let results: Vec<SarifResult> = report.findings.iter().map(result).collect();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(serde_json::json!(ResultColumnKind::UnicodeCodePoints.to_string()))
        .results(results)
        .build();
    let sarif = Sarif::builder()
        .version(serde_json::json!(Version::V2_1_0.to_string()))
        .schema(SCHEMA_URL)
        .runs(vec![run])
        .build();
    serde_json::to_writer_pretty(&mut *out, &sarif)?;
    writeln!(out)
}

fn descriptor(rule: &crate::page::rules::LintRule) -> ReportingDescriptor {
    let level = serde_json::json!(level(rule.level).to_string());
    ReportingDescriptor::builder()
        .id(rule.name)
        .name(rule.name)
        .short_description(MultiformatMessageString::builder().text(rule.finds).build())
        .help(MultiformatMessageString::builder().text(format!("See {EXPLAINED}, {}.", rule.name)).build())
        .default_configuration(ReportingConfiguration::builder().level(level).build())
        .build()
}

fn level(level: Level) -> ResultLevel {
    match level {
        Level::Error => ResultLevel::Error,
        Level::Warning => ResultLevel::Warning,
        Level::Note => ResultLevel::Note,
    }
}

fn result(finding: &PageFinding) -> SarifResult {
    let location = location(&finding.file, finding.place, None);
    let related =
        finding.related.iter().map(|(start, end, why)| self::location(&finding.file, (*start, *end), Some(why)));
    let fingerprint = BTreeMap::from([("graphwalk/v1".to_owned(), finding.fingerprint())]);
    SarifResult::builder()
        .rule_id(finding.rule)
        .level(level(finding.level))
        .message(message(&finding.message))
        .locations(vec![location])
        .related_locations(related.collect::<Vec<_>>())
        .partial_fingerprints(fingerprint)
        .build()
}

fn message(text: &str) -> Message {
    Message::builder().text(text).build()
}

fn location(file: &str, (start, end): (Position, Position), why: Option<&str>) -> Location {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let region = Region::builder()
        .start_line(number(start.line))
        .start_column(number(start.column))
        .end_line(number(end.line))
        .end_column(number(end.column))
        .build();
    let uri = utf8_percent_encode(&file.replace('\\', "/"), NOT_IN_PATHS).to_string();
    let place = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).build())
        .region(region)
        .build();
    let location = Location::builder().physical_location(place).build();
    Location { message: why.map(message), ..location }
}
