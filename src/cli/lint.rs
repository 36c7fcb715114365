//! `graphwalk lint`: what is wrong with tutorials that are Markdown pages.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::page::lint::{PageFinding, lint as lint_page, new_since};
use crate::page::report::{FindingFormat, FindingReport};
use crate::page::rules::{Level, RULES};
use crate::page::{Page, files};
use crate::terminal_text::{COLUMNS, wrapped};
use crate::tutorial::TutorialFaults;

use super::{Exit, printed};

/// Examples of `graphwalk lint`.
pub(super) const EXAMPLES: &str = "Examples:\n  graphwalk lint tutorial.md\n  graphwalk lint docs --format sarif > lint.sarif\n  graphwalk lint tutorial.md --against old/tutorial.md\n  graphwalk lint --rules                 the rules and what they find\n\nA comment in the page allows what a rule finds: <!-- graphwalk-allow RULE -->,\nfor the whole page before the first heading of level 2, else for the section in\nwhich it stands.\n\nExit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or\nunreadable input.";

/// Arguments of `graphwalk lint`.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// Pages, or folders of pages: all `.md` files in them
    #[arg(value_name = "PAGE", required_unless_present = "rules")]
    pages: Vec<PathBuf>,
    /// Format of the findings
    #[arg(long, value_enum, default_value = "text")]
    format: FindingFormat,
    /// Show only what this older page or folder does not have
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// From which level on findings make the exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning")]
    fail_on: LevelArg,
    /// List the rules and what they find
    #[arg(long, conflicts_with_all = ["pages", "against"])]
    rules: bool,
}

/// A level of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LevelArg {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Everything
    Note,
}

impl LevelArg {
    fn level(self) -> Level {
        match self {
            Self::Error => Level::Error,
            Self::Warning => Level::Warning,
            Self::Note => Level::Note,
        }
    }
}

/// Judges pages and writes what it finds.
///
/// # Errors
///
/// Every file that cannot be read; what was found in the others is written before.
pub fn lint(args: &LintArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    if args.rules {
        printed(list_rules(out))?;
        return Ok(Exit::Passed);
    }
    if let Some(old) = args.against.as_deref().filter(|old| !old.exists()) {
        let fault = Diagnostic::new("input", format!("cannot read {}: there is no such file or folder", old.display()));
        return Err(vec![fault.help("name the older page or folder with --against")]);
    }
    let mut faults = TutorialFaults::new();
    let mut report = FindingReport { findings: Vec::new(), page_count: 0 };
    for path in &args.pages {
        let found = files::find(path).map_err(|fault| vec![*fault])?;
        if found.is_empty() {
            let message = format!("{} has no pages: expected files that end in .md", path.display());
            faults.push(Diagnostic::new("input", message).help("name a page, or the folder that holds pages"));
        }
        for file in found {
            match judged(&file, args.against.as_deref().map(|old| counterpart(path, &file, old))) {
                Ok(findings) => {
                    report.page_count += 1;
                    report.findings.extend(findings);
                }
                Err(fault) => faults.push(*fault),
            }
        }
    }
    printed(report.write(args.format, out))?;
    if !faults.is_empty() {
        return Err(faults);
    }
    let fails = report.findings.iter().any(|finding| finding.level <= args.fail_on.level());
    Ok(if fails { Exit::Failed } else { Exit::Passed })
}

fn judged(file: &Path, old: Option<PathBuf>) -> Result<Vec<PageFinding>, Box<Diagnostic>> {
    let findings = findings_of(file)?;
    // A page that the older folder lacks is new altogether.
    match old {
        Some(old) if old.exists() => Ok(new_since(findings, &findings_of(&old)?)),
        _ => Ok(findings),
    }
}

fn findings_of(file: &Path) -> Result<Vec<PageFinding>, Box<Diagnostic>> {
    Ok(lint_page(&Page::read(file.display().to_string(), &files::read(file)?)))
}

/// The older state of a page: `old` itself, or the file of the same name in it.
fn counterpart(named: &Path, file: &Path, old: &Path) -> PathBuf {
    if !old.is_dir() {
        return old.to_owned();
    }
    match file.strip_prefix(named) {
        Ok(rest) if !rest.as_os_str().is_empty() => old.join(rest),
        _ => old.join(file.file_name().unwrap_or_default()),
    }
}

fn list_rules(out: &mut dyn Write) -> std::io::Result<()> {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0) + "warning  ".len() + 2;
    let mut text = String::new();
    for rule in RULES {
        let first = format!("{:<9}{}", rule.level.name(), rule.name);
        wrapped(&mut text, &format!("{first:<width$}"), width.min(COLUMNS / 2), rule.finds);
    }
    out.write_all(text.as_bytes())
}
