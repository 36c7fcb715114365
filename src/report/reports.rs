//! All reports of a run, fed with sessions in any order and written in the order of the recordings.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, ScenarioOutcome, SessionOutcome, Verdict};
use crate::session::Tracing;

use super::message::TestRunFinished;
use super::session_messages::{mask_observations, scenario_messages, session_messages};
use super::waiting::WaitingSessions;
use super::{GitHubStep, Opening, Rendered, ReportFiles, RunEnd, SessionMessages, Summary, Terminal, Totals, Wanted};

/// All reports of a run.
#[derive(Debug)]
pub struct Reports<W> {
    terminal: Terminal<W>,
    renderer: Renderer,
    files: ReportFiles,
    sessions: usize,
    next: usize,
    waiting: WaitingSessions,
    totals: Totals,
    github: Option<GitHubStep>,
    tutorial: String,
}

/// What makes of a session what the reports say of it. It is given to the threads that play.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    /// With what the run began; `None` if no report is wanted but the terminal's.
    opening: Option<Arc<Opening>>,
    wanted: Vec<Wanted>,
}

/// What the reports say of one session.
#[derive(Debug)]
pub struct SessionReport {
    /// What the terminal shows of it.
    pub summary: Summary,
    /// What stands in each file.
    pub(super) rendered: Vec<Rendered>,
}

/// Why reports could not be written.
#[derive(Debug)]
pub enum ReportError {
    /// The terminal's stream failed; a closed pipe is such a failure.
    Terminal(io::Error),
    /// A file failed.
    File(Box<Diagnostic>),
}

impl Renderer {
    /// Renders what the reports say of the session with this number, 0 for the first. Its messages are dropped then.
    pub fn session(&self, plan: &Plan, number: usize, outcome: &SessionOutcome) -> SessionReport {
        let mut messages = session_messages(plan, number, outcome);
        if self.wanted.iter().any(|wanted| wanted.format.reads_observations()) {
            mask_observations(&mut messages);
        }
        let summary = Summary::read(&messages);
        let rendered = self.opening.as_ref().map(|opening| {
            let messages = SessionMessages { opening, messages };
            let in_parts = !opening.several;
            self.wanted.iter().map(|wanted| Rendered::new(wanted.format, &messages, in_parts)).collect()
        });
        SessionReport { summary, rendered: rendered.unwrap_or_default() }
    }
}

impl<W: Write> Reports<W> {
    /// Reports of `sessions` sessions of `plan`, in the terminal and in the files that are wanted.
    ///
    /// # Errors
    ///
    /// A diagnostic if a file cannot be written.
    pub fn new(
        terminal: Terminal<W>,
        wanted: Vec<Wanted>,
        plan: &Plan,
        sessions: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        let mut files = ReportFiles::create(&wanted)?;
        let opening = (!wanted.is_empty()).then(|| Arc::new(Opening::new(plan, sessions > 1)));
        if let Some(opening) = &opening {
            files.begin(opening)?;
        }
        let (next, waiting, totals) = (0, WaitingSessions::default(), Totals::default());
        let (renderer, tutorial) = (Renderer { opening, wanted }, plan.tutorial.clone());
        Ok(Self { terminal, renderer, files, sessions, next, waiting, totals, github: None, tutorial })
    }

    /// The same in a step of a GitHub workflow, if it is one: with annotations in the log, and a summary of the step.
    #[must_use]
    pub fn in_github(self, github: Option<GitHubStep>) -> Self {
        Self { github, ..self }
    }

    /// What renders each session for these reports.
    pub fn renderer(&self) -> Renderer {
        self.renderer.clone()
    }

    /// Which exchanges of sessions the reports have to be given.
    pub fn tracing(&self) -> Tracing {
        let wanted = self.renderer.wanted.iter().map(|wanted| wanted.format.tracing(self.sessions));
        wanted.max().unwrap_or_default().max(self.terminal.tracing())
    }

    /// The terminal, for messages while a session plays.
    pub fn terminal(&mut self) -> &mut Terminal<W> {
        &mut self.terminal
    }

    /// Takes a scenario of the only session, which is known by `name`, when it has ended.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn scenario(
        &mut self,
        plan: &Plan,
        name: &str,
        feature: usize,
        outcome: &ScenarioOutcome,
    ) -> Result<(), ReportError> {
        self.terminal.scenario(plan, feature, outcome).map_err(ReportError::Terminal)?;
        let Some(opening) = self.renderer.opening.as_ref().filter(|_| self.files.is_streamed()) else { return Ok(()) };
        let messages = scenario_messages(plan, name, feature, outcome);
        self.files.stream(&SessionMessages { opening, messages }, !outcome.earlier).map_err(ReportError::File)
    }

    /// Takes a session, the one at place `index`; it is written when all before it are.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn session(&mut self, index: usize, report: SessionReport) -> Result<(), ReportError> {
        if index != self.next {
            return self.waiting.insert(index, report).map_err(unheld);
        }
        self.write(&report)?;
        self.next += 1;
        while let Some(report) = self.waiting.take(self.next).map_err(unheld)? {
            self.next += 1;
            self.write(&report)?;
        }
        Ok(())
    }

    /// Writes what is left and puts the files in their places.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn finish(mut self, took: Duration) -> Result<Totals, ReportError> {
        // After an interrupt there are gaps: what came behind one is still shown.
        while let Some(place) = self.waiting.first() {
            if let Some(report) = self.waiting.take(place).map_err(unheld)? {
                self.write(&report)?;
            }
        }
        self.totals.not_begun = self.sessions.saturating_sub(self.totals.told().total());
        self.terminal.end(&self.totals, took).map_err(ReportError::Terminal)?;
        if let Some(github) = &self.github {
            github.finish(&self.tutorial, &self.totals, took).map_err(ReportError::File)?;
        }
        let Some(opening) = &self.renderer.opening else { return Ok(self.totals) };
        let finished = TestRunFinished {
            success: self.totals.is_success(),
            timestamp: jiff::Timestamp::now().into(),
            test_run_started_id: opening.run().to_owned(),
        };
        let end = RunEnd { finished: &finished, started: opening.started(), totals: &self.totals };
        self.files.finish(opening, &end).map_err(ReportError::File)?;
        Ok(self.totals)
    }

    fn write(&mut self, report: &SessionReport) -> Result<(), ReportError> {
        self.totals.add(&report.summary);
        self.terminal.session(&report.summary).map_err(ReportError::Terminal)?;
        for line in self.github.iter_mut().flat_map(|github| github.session(&report.summary)) {
            self.terminal.line(&line).map_err(ReportError::Terminal)?;
        }
        let has_failed = report.summary.verdict == Verdict::Failed;
        self.files.add(&report.rendered, has_failed).map_err(ReportError::File)
    }
}

/// What waits to be written cannot be kept in a file meanwhile.
fn unheld(error: io::Error) -> ReportError {
    ReportError::File(Box::new(super::unheld(&error)))
}
