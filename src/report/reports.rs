//! All reports of a run, fed with sessions in any order and written in the order of the recordings.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, ScenarioOutcome, SessionOutcome, Verdict};
use crate::session::Tracing;

use super::message::{Envelope, TestRunFinished};
use super::session_messages::{SessionNumber, mask_observations, scenario_messages, session_messages};
use super::waiting::WaitingSessions;
use super::{
    GitHubStep, Opening, Rendered, ReportFiles, RunEnd, SessionMessages, Summary, TerminalReport, Totals, Wanted,
};

/// All reports of a run.
#[derive(Debug)]
pub struct Reports<W> {
    terminal: TerminalReport<W>,
    renderer: Renderer,
    files: ReportFiles,
    /// The number of sessions to be played, or of tenants with one or several each.
    sessions: usize,
    /// The number of those that have ended.
    ended: usize,
    /// The one that is written next: the place of a session or tenant, and that of the session among the tenant's.
    next: (usize, usize),
    waiting: WaitingSessions,
    totals: Totals,
    github: Option<GitHubStep>,
    tutorial: String,
}

/// Renders each session for the reports. It is given to the threads that play.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    /// With what the run began; `None` if no report is wanted but the terminal's.
    opening: Option<Arc<Opening>>,
    wanted: Vec<Wanted>,
    /// In what form each session is kept beside the reports, if it is.
    keeps: Option<Wanted>,
}

/// The parts of all reports about one session.
#[derive(Debug)]
pub struct SessionReport {
    /// The summary for the terminal.
    pub summary: Summary,
    /// The text for each file.
    pub(super) rendered: Vec<Rendered>,
    /// The text to keep, if it is kept.
    pub kept: Option<Vec<u8>>,
    /// Its place among the sessions of one tenant, 0 for the first.
    pub part: usize,
    /// Set in the last one of the tenant.
    pub end: Option<TenantEnd>,
}

/// The end of what is played at one place: of a session, or of all sessions of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct TenantEnd {
    /// Whether one of them failed.
    pub has_failed: bool,
}

/// A reason why reports could not be written.
#[derive(Debug)]
pub enum ReportError {
    /// The terminal's stream failed; a closed pipe is such a failure.
    Terminal(io::Error),
    /// A file failed.
    File(Box<Diagnostic>),
}

impl From<ReportError> for Diagnostic {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Terminal(error) => Self::new("output", format!("cannot write the results: {error}")),
            ReportError::File(fault) => *fault,
        }
    }
}

impl Renderer {
    /// Makes a renderer that keeps sessions of `plan` in the form `keeps`, without a report.
    pub fn keeping(plan: &Plan, keeps: Option<Wanted>) -> Self {
        Self { opening: Some(Arc::new(Opening::new(plan, true))), wanted: Vec::new(), keeps }
    }

    /// Renders what the reports say of the session with this number, 0 for the first. Its messages are dropped then.
    pub fn session(&self, plan: &Plan, number: impl Into<SessionNumber>, outcome: &SessionOutcome) -> SessionReport {
        self.render(session_messages(plan, number.into(), outcome))
    }

    /// Renders what the reports say of a session that was kept.
    pub fn kept_session(&self, messages: Vec<Envelope<'static>>) -> SessionReport {
        SessionReport { kept: None, ..self.render(messages) }
    }

    /// The opening of the run.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// The messages with which the run begins, as they are kept.
    pub fn kept_opening(&self) -> Vec<u8> {
        let both = self.keeps.as_ref().zip(self.opening.as_deref());
        both.map(|(wanted, opening)| wanted.format.opening(opening)).unwrap_or_default()
    }

    fn render(&self, mut messages: Vec<Envelope<'static>>) -> SessionReport {
        if self.wanted.iter().any(|wanted| wanted.format.reads_observations()) {
            mask_observations(&mut messages);
        }
        let summary = Summary::read(&messages);
        let end = Some(TenantEnd { has_failed: summary.verdict == Verdict::Failed });
        let Some(opening) = self.opening.as_deref() else {
            return SessionReport { summary, rendered: Vec::new(), kept: None, part: 0, end };
        };
        let messages = SessionMessages { opening, messages };
        let in_parts = !opening.several;
        let rendered = self.wanted.iter().map(|wanted| Rendered::new(wanted.format, &messages, in_parts)).collect();
        let kept = self.keeps.as_ref().map(|wanted| wanted.format.session(&messages));
        SessionReport { summary, rendered, kept, part: 0, end }
    }
}

impl<W: Write> Reports<W> {
    /// Reports of `sessions` sessions of `plan`, in the terminal and in the files that are wanted.
    ///
    /// # Errors
    ///
    /// A diagnostic if a file cannot be written.
    pub fn new(
        terminal: TerminalReport<W>,
        wanted: Vec<Wanted>,
        plan: &Plan,
        sessions: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        let opening = (!wanted.is_empty()).then(|| Opening::new(plan, sessions > 1));
        Self::begin(terminal, Renderer { opening: opening.map(Arc::new), wanted, keeps: None }, plan, sessions)
    }

    /// Reports of so many tenants of a file; `keeps` says in what form each session is kept beside them.
    ///
    /// # Errors
    ///
    /// A diagnostic if a file cannot be written.
    pub fn of_tenants(
        terminal: TerminalReport<W>,
        (wanted, keeps): (Vec<Wanted>, Option<Wanted>),
        plan: &Plan,
        tenants: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        // Reports name the tenant, however many there are in this shard.
        let opening = Some(Arc::new(Opening::new(plan, true)));
        Self::begin(terminal.of_tenants(), Renderer { opening, wanted, keeps }, plan, tenants)
    }

    fn begin(
        terminal: TerminalReport<W>,
        renderer: Renderer,
        plan: &Plan,
        sessions: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        let mut files = ReportFiles::create(&renderer.wanted)?;
        if let Some(opening) = &renderer.opening {
            files.begin(opening)?;
        }
        let (ended, next, waiting, totals) = (0, (0, 0), WaitingSessions::default(), Totals::default());
        let tutorial = plan.tutorial.clone();
        Ok(Self { terminal, renderer, files, sessions, ended, next, waiting, totals, github: None, tutorial })
    }

    /// The same in a step of a GitHub workflow, if it is one: with annotations in the log, and a summary of the step.
    #[must_use]
    pub fn in_github(self, github: Option<GitHubStep>) -> Self {
        Self { github, ..self }
    }

    /// Returns what renders each session for these reports.
    pub fn renderer(&self) -> Renderer {
        self.renderer.clone()
    }

    /// Returns the exchanges of sessions that the reports need.
    pub fn tracing(&self) -> Tracing {
        let several = self.renderer.opening.as_ref().is_some_and(|opening| opening.several);
        let sessions = if several { self.sessions.max(2) } else { self.sessions };
        let all = self.renderer.wanted.iter().chain(&self.renderer.keeps);
        let wanted = all.map(|wanted| wanted.format.tracing(sessions));
        wanted.max().unwrap_or_default().max(self.terminal.tracing())
    }

    /// The terminal, for messages while a session plays.
    pub fn terminal(&mut self) -> &mut TerminalReport<W> {
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

    /// Takes a session, the one at place `index`, or one of the tenant there; it is written when all before it are.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn session(&mut self, index: usize, report: SessionReport) -> Result<(), ReportError> {
        let place = (index, report.part);
        if place != self.next {
            return self.waiting.insert(place, report).map_err(unheld);
        }
        self.write(&report)?;
        while let Some(report) = self.waiting.take(self.next).map_err(unheld)? {
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
        self.totals.not_begun = self.sessions.saturating_sub(self.ended);
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
        self.ended += usize::from(report.end.is_some());
        let (index, part) = self.next;
        self.next = if report.end.is_some() { (index + 1, 0) } else { (index, part + 1) };
        self.totals.add(&report.summary);
        self.terminal.session(&report.summary).map_err(ReportError::Terminal)?;
        for line in self.github.iter_mut().flat_map(|github| github.session(&report.summary)) {
            self.terminal.line(&line).map_err(ReportError::Terminal)?;
        }
        let has_failed = report.summary.verdict == Verdict::Failed;
        self.files.add(&report.rendered, has_failed).map_err(ReportError::File)
    }
}

/// Returns the error of texts that cannot be kept in a file until they are written.
fn unheld(error: io::Error) -> ReportError {
    ReportError::File(Box::new(super::unheld(&error)))
}
