//! Findings as JSON: an object with the number of pages and a list of findings.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::page::lint::PageFinding;
use crate::page::source::Position;

use super::FindingReport;

pub(super) fn write(report: &FindingReport, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<Value> = report.findings.iter().map(value).collect();
    let whole = json!({ "pages": report.page_count, "findings": findings });
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

fn value(finding: &PageFinding) -> Value {
    let (start, end) = finding.place;
    let mut value = place(start, end);
    value["file"] = finding.file.as_str().into();
    value["rule"] = finding.rule.into();
    value["level"] = finding.level.name().into();
    value["message"] = finding.message.as_str().into();
    if let Some((start, end, why)) = &finding.related {
        value["related"] = place(*start, *end);
        value["related"]["message"] = why.as_str().into();
    }
    value
}

fn place(start: Position, end: Position) -> Value {
    json!({ "line": start.line, "column": start.column, "endLine": end.line, "endColumn": end.column })
}
