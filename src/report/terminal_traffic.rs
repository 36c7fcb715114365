//! Exchanges in the terminal: those of each step with `-v`, and the one that a failed step is about.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::runner::{PlannedScenario, ScenarioOutcome};
use crate::session::TracedExchange;
use crate::terminal_text::{COLUMNS, fitted, lines, plain};

use super::exchange_text::{line, of_failure, telling_words, whole};
use super::terminal::{FAINT, STRONG};
use super::{ReportedFailure, Terminal};

impl<W: Write> Terminal<W> {
    /// The exchanges of a scenario, under the steps that made them.
    pub(super) fn traffic(&mut self, planned: &PlannedScenario, outcome: &ScenarioOutcome) -> io::Result<()> {
        let mut shown = HashSet::new();
        for (step, planned) in outcome.steps.iter().zip(&planned.steps) {
            let made: Vec<_> = step.exchanges.iter().filter(|exchange| shown.insert(exchange.number)).collect();
            if made.is_empty() {
                continue;
            }
            let sentence = fitted(&plain(&format!("{} {}", planned.keyword, planned.text)), COLUMNS - 6);
            writeln!(self.out, "      {FAINT}{sentence}{FAINT:#}")?;
            for exchange in made {
                self.exchange(exchange)?;
            }
        }
        Ok(())
    }

    /// Shows a scenario before it is played: its sentences, and what they will send.
    ///
    /// # Errors
    ///
    /// The stream cannot be written to.
    pub fn announce(&mut self, scenario: &PlannedScenario, sends: &[String]) -> io::Result<()> {
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
        if sends.is_empty() {
            writeln!(self.out, "    sends nothing, as far as is known")?;
        } else {
            writeln!(self.out, "    sends")?;
        }
        for line in sends {
            writeln!(self.out, "      {}", fitted(&plain(line), COLUMNS - 6))?;
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

    /// What a failed step sent and was answered; of several sessions with `-v` also what its scenario did before.
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
