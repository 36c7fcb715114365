//! `--report FORMAT=FILE` and its short forms.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::report::{EvidenceFolder, FORMATS, MESSAGES, Wanted};
use crate::session::Tracing;

/// The amount that the terminal shows.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct VerbosityArg {
    /// Show each request in a line under its step; -vv also headers and bodies, without secrets
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The reports that are written beside the terminal's.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ReportArgs {
    /// Write a report in this format: `junit`, `json` (Cucumber JSON as cucumber-jvm writes it), `cucumber-json-ruby`,
    /// `ctrf`, `html`, `messages` (Cucumber Messages) or `har`
    #[arg(long, value_name = "FORMAT=FILE", value_parser = wanted)]
    report: Vec<Wanted>,
    /// Write every request and answer into a HAR file, without secrets: `--report har=FILE`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write a JUnit XML report: `--report junit=FILE`
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a Cucumber JSON report: `--report json=FILE`
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a report in the Common Test Report Format: `--report ctrf=FILE`
    #[arg(long, value_name = "FILE")]
    ctrf: Option<PathBuf>,
    /// Write an HTML report for people to keep: `--report html=FILE`
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the messages that every report is made of, for `graphwalk report`: `--report messages=FILE`
    #[arg(long, value_name = "FILE")]
    messages: Option<PathBuf>,
    /// With --messages and many sessions: all exchanges, and not only those of scenarios that failed
    #[arg(long, requires = "messages")]
    pub(super) messages_full: bool,
    /// Write the HTML report, the messages and a HAR of all requests into this new folder, with a manifest by which
    /// `graphwalk report verify DIR` sees later whether they are still the same
    #[arg(long, value_name = "DIR")]
    pub(super) evidence: Option<PathBuf>,
}

impl ReportArgs {
    /// The reports that are wanted. In `folder`, if there is one, stand those that a run on a tenant always has and that are
    /// wanted nowhere else.
    pub(super) fn wanted(&self, folder: Option<&Path>) -> Vec<Wanted> {
        let mut all = self.report.clone();
        let short = [
            ("junit", &self.junit, Some("junit.xml")),
            ("json", &self.json, Some("cucumber.json")),
            ("ctrf", &self.ctrf, None),
            (MESSAGES, &self.messages, Some("messages.ndjson")),
            ("html", &self.html, Some("report.html")),
        ];
        for (name, file, default) in short {
            let is_wanted = file.is_some() || all.iter().any(|wanted| wanted.name == name);
            let in_folder = || Some(folder.filter(|_| !is_wanted)?.join(default?));
            all.extend(file.clone().or_else(in_folder).and_then(|file| Wanted::named(name, file)));
        }
        all.extend(self.trace.as_ref().and_then(|file| Wanted::named("har", file)));
        if self.messages_full { all.into_iter().map(Wanted::in_full).collect() } else { all }
    }

    /// Returns whether a report that is wanted shows exchanges beside those that failures are about.
    pub(super) fn shows_exchanges(&self) -> bool {
        let several = 2;
        let is_traced = |wanted: &Wanted| wanted.format.tracing(several) > Tracing::OfFailure;
        self.evidence.is_some() || self.wanted(None).iter().any(is_traced)
    }

    /// Returns the exchanges that the evidence of each of many tenants needs.
    pub(super) fn tracing_of_evidence(&self) -> Tracing {
        if self.evidence.is_some() { Tracing::Whole } else { Tracing::default() }
    }

    /// The reports that are wanted, and the folder of evidence that some of them stand in, if there is to be one.
    ///
    /// # Errors
    ///
    /// A diagnostic if that folder cannot be made.
    pub(super) fn begin(
        &self,
        folder: Option<&Path>,
    ) -> Result<(Vec<Wanted>, Option<EvidenceFolder>), Box<Diagnostic>> {
        let evidence = self.evidence.as_deref().map(EvidenceFolder::create).transpose()?;
        let in_it = evidence.iter().flat_map(EvidenceFolder::reports);
        Ok((self.wanted(folder).into_iter().chain(in_it).collect(), evidence))
    }
}

/// Reads `FORMAT=FILE`.
fn wanted(text: &str) -> Result<Wanted, String> {
    let names = || FORMATS.map(|(name, _)| name).join(", ");
    match text.split_once('=') {
        Some((_, "")) | None => Err(format!("expected FORMAT=FILE, with one of the formats {}", names())),
        Some((name, file)) => {
            Wanted::named(name, file).ok_or_else(|| format!("expected one of the formats {}, got {name:?}", names()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_file() {
        assert_eq!(wanted("junit=a=b.xml").unwrap().path, Path::new("a=b.xml"));
        for unreadable in ["junit", "junit=", "=a", "xml=a"] {
            let message = wanted(unreadable).unwrap_err();
            assert!(
                message.contains("junit, json, cucumber-json-ruby, ctrf, html, messages, har"),
                "{unreadable}: {message}"
            );
        }
    }

    #[test]
    fn a_live_run_writes_evidence_into_its_folder_by_default() {
        let paths = |args: &ReportArgs| {
            let wanted = args.wanted(Some(Path::new("run"))).into_iter();
            wanted.map(|wanted| wanted.path.display().to_string().replace('\\', "/")).collect::<Vec<_>>()
        };
        let all = ["run/junit.xml", "run/cucumber.json", "run/messages.ndjson", "run/report.html"];
        assert_eq!(paths(&ReportArgs::default()), all);
        let report = vec![wanted("json=a").unwrap()];
        let args = ReportArgs { report, junit: Some("b".into()), trace: Some("t".into()), ..ReportArgs::default() };
        assert_eq!(paths(&args), ["a", "b", "run/messages.ndjson", "run/report.html", "t"]);
        assert!(ReportArgs::default().wanted(None).is_empty());
    }
}
