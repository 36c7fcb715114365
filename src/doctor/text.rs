//! The report for people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::finding::{DoctorFinding, DoctorSection, DoctorVerdict};
use super::grants::PermissionRow;
use super::steps::{StepGroup, ranges};
use super::{InToken, OnPage, Report};
use crate::in_words::{counted_as, named_actor};
use crate::terminal_text::{fitted, padded, plain, wrapped};

/// The column where a finding's text begins.
const TEXT_AT: usize = 16;
/// The column where the use of a permission begins.
const PLACE_AT: usize = 9;
/// The width of actors' names.
const ACTOR_WIDTH: usize = 19;
/// The column where the name of a permission begins.
const NEEDED_AT: usize = 29;
/// The width of permissions' names. What stands beside a longer one goes into the next line.
const NEEDED_WIDTH: usize = 28;
/// The column where the thing that a step misses begins.
const STEP_TEXT_AT: usize = 14;

pub(super) fn render(report: &Report, colour: bool) -> String {
    let mut out = format!("is everything ready for {}?\n", report.tutorial);
    let mut section = None;
    let mut advised = BTreeSet::new();
    for finding in &report.findings {
        if section != Some(&finding.section) {
            let _ = writeln!(out, "\n{}", heading(&finding.section));
            section = Some(&finding.section);
        }
        match &finding.permission {
            Some(row) => permission(&mut out, finding.verdict, row, colour),
            None => line(&mut out, finding, colour),
        }
        advice(&mut out, finding, &mut advised);
    }
    steps(&mut out, &report.steps, colour);
    let _ = write!(out, "\n{}", summary(report));
    out
}

pub(super) fn concerns(report: &Report, colour: bool) -> String {
    let mut out = String::new();
    let mut advised = BTreeSet::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict != DoctorVerdict::Ok) {
        // See the summary.
        if finding.permission.is_some() && finding.verdict == DoctorVerdict::Unknown {
            continue;
        }
        line(&mut out, finding, colour);
        advice(&mut out, finding, &mut advised);
    }
    out
}

fn heading(section: &DoctorSection) -> String {
    match section {
        DoctorSection::Configuration => "configuration".to_owned(),
        DoctorSection::Cloud => "cloud".to_owned(),
        DoctorSection::ExaminedActor(name) => named_actor(name).to_owned(),
        DoctorSection::Permissions => {
            format!("{:<29}{:<29}{:<11}{}", "permissions at step", "needed at least", "page", "token")
        }
        DoctorSection::Tenant => "tenant".to_owned(),
        DoctorSection::Runs => "earlier runs".to_owned(),
    }
}

fn line(out: &mut String, finding: &DoctorFinding, colour: bool) {
    let name = label(finding.check);
    let first = format!("  {} {name:<w$}", mark(finding.verdict, colour), w = TEXT_AT - 4);
    wrapped(out, &first, TEXT_AT, &finding.text);
}

/// A check's name as people read it.
fn label(check: &str) -> &str {
    match check {
        "graph" => "Graph",
        "grants" => "permissions",
        "refused-token" => "token",
        "calls-from" => "sources",
        "dry-run" => "dry run",
        other => other,
    }
}

fn permission(out: &mut String, verdict: DoctorVerdict, row: &PermissionRow, colour: bool) {
    let PermissionRow { step, actor, needed, page, token, .. } = row;
    let token = if *token == InToken::NotAskedFor { "not asked" } else { token.word() };
    let (mark, actor) = (mark(verdict, colour), named_actor(actor));
    let page = page.map_or("-", OnPage::word);
    let actor = padded(&fitted(&plain(actor), ACTOR_WIDTH), ACTOR_WIDTH);
    let _ = write!(out, "  {mark} {step:<4} {actor} {needed:<NEEDED_WIDTH$}");
    if needed.len() > NEEDED_WIDTH {
        let _ = write!(out, "\n{:NEEDED_AT$}{:NEEDED_WIDTH$}", "", "");
    }
    let _ = writeln!(out, " {page:<10} {token}");
    if let (DoctorVerdict::Blocked, Some(call), Some(place)) = (verdict, row.calls.first(), row.places.first()) {
        let place = place.rsplit(['/', '\\']).next().unwrap_or(place);
        wrapped(out, &format!("{:PLACE_AT$}", ""), PLACE_AT, &format!("for {call} ({place})"));
    }
}

/// Writes the advice, unless it was written just before.
fn advice(out: &mut String, finding: &DoctorFinding, advised: &mut BTreeSet<String>) {
    let Some(advice) = finding.advice.as_ref().filter(|advice| advised.insert((*advice).clone())) else { return };
    let at = if finding.permission.is_some() { 9 } else { TEXT_AT };
    wrapped(out, &format!("{:at$}→ ", ""), at + 2, advice);
}

fn steps(out: &mut String, groups: &[StepGroup], colour: bool) {
    if !groups.is_empty() {
        out.push_str("\nsteps\n");
    }
    for group in groups {
        let text = match group.verdict {
            DoctorVerdict::Ok | DoctorVerdict::Warn => "can be judged".to_owned(),
            DoctorVerdict::Unknown => format!("depends on {}", group.missing),
            DoctorVerdict::Blocked => match group.after {
                Some(step) => format!("blocked: step {step} comes before"),
                None => format!("blocked: missing {}", group.missing),
            },
        };
        let first = format!("  {} {:<w$}", mark(group.verdict, colour), ranges(&group.steps), w = STEP_TEXT_AT - 4);
        wrapped(out, &first, STEP_TEXT_AT, &text);
    }
}

fn summary(report: &Report) -> String {
    // What is unknown of each permission follows from the sign-in, which counts by itself.
    let counts = |finding: &&DoctorFinding| finding.verdict != DoctorVerdict::Unknown || finding.permission.is_none();
    let of = |verdict| report.findings.iter().filter(counts).filter(|finding| finding.verdict == verdict).count();
    let count = |verdict, one: &str, many: &str| match of(verdict) {
        0 => None,
        number => Some(counted_as(number, one, many)),
    };
    let parts = [
        count(DoctorVerdict::Blocked, "thing blocks", "things block"),
        count(DoctorVerdict::Warn, "warning", "warnings"),
        count(DoctorVerdict::Unknown, "thing is unknown", "things are unknown"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match (report.blocks(), parts.is_empty()) {
        (true, _) => format!("{}: see → above\n", parts.join(", ")),
        (false, true) => "ready: `graphwalk run --on live --plan` shows what a run would write\n".to_owned(),
        (false, false) => {
            format!(
                "nothing blocks; {}\n`graphwalk run --on live --plan` shows what a run would write\n",
                parts.join(", ")
            )
        }
    }
}

fn mark(verdict: DoctorVerdict, colour: bool) -> String {
    let (mark, shade) = match verdict {
        DoctorVerdict::Ok => ('✓', AnsiColor::Green),
        DoctorVerdict::Warn => ('!', AnsiColor::Yellow),
        DoctorVerdict::Unknown => ('?', AnsiColor::Cyan),
        DoctorVerdict::Blocked => ('✗', AnsiColor::Red),
    };
    let style: Style = shade.on_default().bold();
    if colour { format!("{style}{mark}{style:#}") } else { mark.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::grants::GrantKind;
    use super::*;
    use crate::terminal_text::columns;

    fn row(actor: &str, needed: &'static str) -> PermissionRow {
        PermissionRow {
            step: 1,
            actor: actor.to_owned(),
            needed,
            kind: GrantKind::Delegated,
            page: None,
            token: InToken::Granted,
            by: Vec::new(),
            calls: Vec::new(),
            places: Vec::new(),
        }
    }

    #[test]
    fn a_long_name_of_a_permission_leaves_the_columns_where_they_are() {
        let mut lines = String::new();
        permission(&mut lines, DoctorVerdict::Ok, &row("administrator", "RoleManagement.ReadWrite.Directory"), false);
        permission(&mut lines, DoctorVerdict::Ok, &row("administrator", "User.Read.All"), false);
        let at = |line: &str| columns(&line[..line.find("granted").unwrap_or_default()]);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!((lines.len(), at(lines[1])), (3, at(lines[2])), "{lines:?}");
        assert!(lines.iter().all(|line| columns(line) <= 80) && lines[0].ends_with("Directory"), "{lines:?}");
    }

    #[test]
    fn names_of_wide_letters_leave_the_columns_where_they_are() {
        for actor in ["Zoë", "山田太郎", "山田太郎山田太郎山田太郎"] {
            let row = row(actor, "User.Read");
            let mut line = String::new();
            permission(&mut line, DoctorVerdict::Ok, &row, false);
            let heading = heading(&DoctorSection::Permissions);
            let (at, expected) = (line.find("User.Read").unwrap(), heading.find("needed at least").unwrap());
            assert_eq!(columns(&line[..at]), expected, "{line}");
        }
    }
}
