//! How findings are reported: to a person, to a program, to a code host.

mod json;
mod sarif;
mod text;

use std::io::{self, Write};

use super::lint::PageFinding;

/// A format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FindingFormat {
    /// Lines to read
    Text,
    /// A JSON object with a list of findings
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Findings, and of how many pages.
#[derive(Debug)]
pub struct FindingReport {
    /// The findings, page by page.
    pub findings: Vec<PageFinding>,
    /// The number of pages that were read.
    pub page_count: usize,
}

impl FindingReport {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write(&self, format: FindingFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            FindingFormat::Text => text::write(self, out),
            FindingFormat::Json => json::write(self, out),
            FindingFormat::Sarif => sarif::write(self, out),
        }
    }
}
