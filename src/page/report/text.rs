//! Findings as a person reads them, in 80 columns.

use std::io::{self, Write};

use crate::in_words::{counted, counted_or_no};
use crate::page::lint::PageFinding;
use crate::page::rules::Level;
use crate::terminal_text::{COLUMNS, lines, plain};

use super::FindingReport;

/// The space before what belongs to a finding.
const INDENT: &str = "    ";

pub(super) fn write(report: &FindingReport, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        write_finding(finding, out)?;
    }
    let count = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let pages = counted(report.page_count, "page");
    let (errors, warnings) =
        (counted_or_no(count(Level::Error), "error"), counted_or_no(count(Level::Warning), "warning"));
    writeln!(out, "{pages}: {errors}, {warnings}, {}", counted_or_no(count(Level::Note), "note"))
}

fn write_finding(finding: &PageFinding, out: &mut dyn Write) -> io::Result<()> {
    let PageFinding { file, rule, level, place: (start, _), message, related } = finding;
    writeln!(out, "{}:{}:{}: {}[{rule}]", plain(file), start.line, start.column, level.name())?;
    write_indented(message, out)?;
    if let Some((place, _, why)) = related {
        write_indented(&format!("line {}: {why}", place.line), out)?;
    }
    Ok(())
}

fn write_indented(text: &str, out: &mut dyn Write) -> io::Result<()> {
    for line in lines(&plain(text), " ", COLUMNS - INDENT.len()) {
        writeln!(out, "{INDENT}{}", line.trim_end())?;
    }
    Ok(())
}
