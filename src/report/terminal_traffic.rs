//! Exchanges in the terminal: those of each step with `-v`, and the one that a failed step is about.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use crate::runner::{Plan, PlannedScenario, PlannedStep, ScenarioOutcome};
use crate::session::{StepPlace, TracedExchange};
use crate::terminal_text::{COLUMNS, columns, fitted, fitted_path, lines, plain};

use super::exchange_text::{line, of_failure, telling_words, whole};
use super::terminal::{FAINT, STRONG};
use super::{ReportedFailure, TerminalReport};

/// A request in so many columns. Of a path that is too long the ids are cut first, then its middle is left out.
fn with_end_of_path(line: &str, width: usize) -> String {
    let Some((asked, path)) = line.split_once(" /").filter(|_| columns(line) > width) else {
        return fitted(line, width);
    };
    let asked = fitted(&format!("{asked} "), width / 2);
    let path = fitted_path(&format!("/{path}"), width.saturating_sub(columns(&asked)));
    format!("{asked}{path}")
}

/// The part of the scenario in work that is shown already.
#[derive(Debug, Default)]
pub(super) struct PlayingScenario {
    /// Its feature and its place in that.
    at: Option<(usize, usize)>,
    is_named: bool,
    /// The heading that the next exchange stands under: the line of a step, or why it was sent outside of the steps.
    heading: Option<TrafficHeading>,
    /// The numbers of the exchanges that were shown.
    exchanges: HashSet<usize>,
}

#[derive(Debug, PartialEq, Eq)]
enum TrafficHeading {
    Step(usize),
    Outside(String),
}

impl<W: Write> TerminalReport<W> {
    /// Begins to show what a scenario of the only session sends.
    pub fn enter(&mut self, feature: usize, scenario: usize) {
        self.playing = PlayingScenario { at: Some((feature, scenario)), ..PlayingScenario::default() };
    }

    /// Shows an exchange of the only session as soon as it has been answered, under the step that made it.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn exchanged(&mut self, plan: &Plan, place: &StepPlace, exchange: &TracedExchange) -> io::Result<()> {
        if let Some(why) = &exchange.outside {
            self.under(TrafficHeading::Outside(why.to_string()), &format!("outside the steps: {why}"))?;
        } else if let Some((feature, scenario)) = self.playing.at {
            let scenario = &plan.features[feature].scenarios[scenario];
            let step = scenario.steps.iter().find(|step| step.line == place.line);
            self.name(scenario)?;
            if let Some(PlannedStep { keyword, text, line, .. }) = step {
                self.under(TrafficHeading::Step(*line), &format!("{keyword} {text}"))?;
            }
        }
        self.playing.exchanges.insert(exchange.number);
        self.exchange(exchange)?;
        self.out.flush()
    }

    /// Writes what was not shown of a scenario while it played: exchanges of an earlier process.
    pub(super) fn rest_of_scenario(
        &mut self,
        plan: &Plan,
        (feature, outcome): (usize, &ScenarioOutcome),
    ) -> io::Result<()> {
        if self.playing.at != Some((feature, outcome.index)) {
            self.enter(feature, outcome.index);
        }
        let planned = &plan.features[feature];
        for (step, PlannedStep { line, .. }) in outcome.steps.iter().zip(&planned.scenarios[outcome.index].steps) {
            let place = StepPlace { file: Arc::clone(&planned.file.path), line: *line };
            for exchange in &step.exchanges {
                if !self.playing.exchanges.contains(&exchange.number) {
                    self.exchanged(plan, &place, exchange)?;
                }
            }
        }
        Ok(())
    }

    /// Names the scenario that plays, above what it sends; its verdict comes below.
    fn name(&mut self, scenario: &PlannedScenario) -> io::Result<()> {
        if std::mem::replace(&mut self.playing.is_named, true) {
            return Ok(());
        }
        writeln!(self.out, "    {FAINT}▸{FAINT:#} {}", fitted(&plain(&scenario.name), COLUMNS - 6))
    }

    /// Writes the heading that the next exchanges stand under, unless the last one stood under it.
    fn under(&mut self, heading: TrafficHeading, text: &str) -> io::Result<()> {
        if self.playing.heading.as_ref() == Some(&heading) {
            return Ok(());
        }
        self.playing.heading = Some(heading);
        writeln!(self.out, "      {FAINT}{}{FAINT:#}", fitted(&plain(text), COLUMNS - 6))
    }

    /// Shows a scenario before it is played: its sentences, and what they will send, as far as that is known.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn announce(&mut self, scenario: &PlannedScenario, sends: Option<&[String]>) -> io::Result<()> {
        self.playing.is_named = true;
        writeln!(self.out, "\n    {STRONG}{}{STRONG:#}", fitted(&plain(&scenario.name), COLUMNS - 4))?;
        for step in &scenario.steps {
            let sentence = format!("{} {}", step.keyword, step.text);
            for (index, line) in lines(&plain(&sentence), " ", COLUMNS - 8).iter().enumerate() {
                writeln!(self.out, "      {}{line}", if index == 0 { "" } else { "  " })?;
            }
            let read = &step.context.step;
            let rows = read.table.iter().flat_map(|table| &table.rows).map(|row| format!("| {} |", row.join(" | ")));
            let text = read.docstring.iter().flat_map(|text| text.trim_matches('\n').lines().map(str::to_owned));
            for line in rows.chain(text) {
                writeln!(self.out, "        {FAINT}{}{FAINT:#}", fitted(&plain(&line), COLUMNS - 8))?;
            }
        }
        let told = match sends {
            None => "what it sends is not known before",
            Some([]) => "sends nothing",
            Some(_) => "sends",
        };
        writeln!(self.out, "    {told}")?;
        for line in sends.unwrap_or_default() {
            writeln!(self.out, "      {}", with_end_of_path(&plain(line), COLUMNS - 6))?;
        }
        self.out.flush()
    }

    /// A line that programs read.
    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    fn exchange(&mut self, exchange: &TracedExchange) -> io::Result<()> {
        writeln!(self.out, "        {}", line(exchange, COLUMNS - 8))?;
        if self.verbosity > 1 {
            for line in whole(exchange) {
                writeln!(self.out, "          {FAINT}{line}{FAINT:#}")?;
            }
        }
        Ok(())
    }

    /// Writes what a failed step sent and was answered; of several sessions with `-v` also what its scenario did before.
    pub(super) fn failed_exchanges(&mut self, failure: &ReportedFailure) -> io::Result<()> {
        if self.verbosity > 0 && self.sessions > 1 && !failure.exchanges.is_empty() {
            for exchange in &failure.exchanges {
                self.exchange(exchange)?;
            }
            writeln!(self.out)?;
        }
        let Some(judged) = failure.exchanges.last().filter(|_| failure.is_about_last) else { return Ok(()) };
        let fault = &failure.fault;
        let label = fault.place.as_ref().map(|place| place.label.as_str());
        let texts = [fault.message.as_str()].into_iter().chain(label).chain(fault.notes.iter().map(String::as_str));
        for line in of_failure(judged, &telling_words(texts)) {
            writeln!(self.out, "  {line}")?;
        }
        writeln!(self.out)
    }
}
