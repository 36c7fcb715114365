//! A recording as a table that fits a terminal of 80 columns.

use std::io::{self, Write};

use graphwalk_recording::{FileReading, PassedOver, Provenance, RecordedExchange, Recording};
use graphwalk_secrets::masking::text_without_leaks;
use jiff::Timestamp;

use crate::in_words::counted_as;
use crate::terminal_text::{COLUMNS, columns, fitted, lines, padded, plain, short_path};

/// The width of the columns beside number, actor and path: time, method, status, provenance and all gaps.
const FIXED: usize = 2 + 8 + 2 + 2 + 6 + 1 + 1 + 3 + 2 + 9;

/// The widest that the actor's column becomes.
const WIDEST_ACTOR: usize = 16;

/// Prints what a recording is, then its exchanges, a line each, under the step and the day that they belong to.
pub(super) fn listing(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    head(recording, out)?;
    let largest = recording.exchanges.iter().map(|exchange| exchange.entry).max().unwrap_or_default();
    let number_width = largest.to_string().len().max(4);
    let widths = recording.actors().into_iter().map(|actor| columns(&plain(actor)));
    let actor_width = widths.max().unwrap_or_default().min(WIDEST_ACTOR);
    let mut group = None;
    for exchange in &recording.exchanges {
        let next = (exchange.step, day(exchange.started));
        if group.as_ref() != Some(&next) {
            let step = next.0.map_or("No step".to_owned(), |step| format!("Step {step}"));
            writeln!(out, "\n{step}, {}", next.1)?;
            group = Some(next);
        }
        writeln!(out, "{}", row(exchange, number_width, actor_width).trim_end())?;
    }
    Ok(())
}

fn head(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> = recording.provenance_counts().iter().map(|(word, n)| format!("{n} {word}")).collect();
    let actors: Vec<String> = recording.actors().into_iter().map(plain).collect();
    let times = (recording.exchanges.first(), recording.exchanges.last());
    let period = match times {
        (Some(first), Some(last)) => format!("{} to {}", first.started, last.started),
        _ => "none".to_owned(),
    };
    let by_clock = |at| format!("at its end date, {at}");
    let finish = recording.period_end.map_or_else(|| "by a stop".to_owned(), by_clock);
    writeln!(out, "{}\n", plain(&recording.name))?;
    writeln!(out, "  tutorial      {}", recording.tutorial.as_deref().map_or("(not said)".to_owned(), plain))?;
    writeln!(out, "  exchanges     {}: {}", recording.exchanges.len(), counts.join(", "))?;
    writeln!(out, "  actors        {}", actors.join(", "))?;
    writeln!(out, "  time          {period}")?;
    writeln!(out, "  review ended  {finish}")?;
    if !recording.volatile.is_empty() {
        writeln!(out, "  not compared  {}", plain(&recording.volatile.join(", ")))?;
    }
    if recording.reordered {
        writeln!(out, "  order         by time; the file's order differs")?;
    }
    if let Some(passed_over) = passed_over(&recording.reading) {
        writeln!(out, "  passed over   {}", lines(&passed_over, ", ", COLUMNS - 16).join("\n                "))?;
    }
    Ok(())
}

/// The entries of a file that are no exchange of the session, counted: `1 preflight, 2 requests without an answer`.
pub(super) fn passed_over(reading: &FileReading) -> Option<String> {
    let counted = |(why, count): (PassedOver, usize)| counted_as(count, why.words().0, why.words().1);
    let all: Vec<String> = reading.counts().into_iter().map(counted).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn row(exchange: &RecordedExchange, number_width: usize, actor_width: usize) -> String {
    let path_width = COLUMNS - FIXED - number_width - actor_width;
    let path = short_path(&plain(&text_without_leaks(&exchange.path)), path_width);
    let actor = fitted(&plain(&exchange.actor), actor_width);
    let time = exchange.started.to_string().get(11..19).unwrap_or_default().to_owned();
    let method = fitted(&plain(&exchange.method), 6);
    let RecordedExchange { entry, status, provenance, .. } = exchange;
    let provenance = if *provenance == Provenance::Unknown { "unknown" } else { provenance.word() };
    let (actor, path) = (padded(&actor, actor_width), padded(&path, path_width));
    format!("{entry:>number_width$}  {time}  {actor}  {method:<6} {path} {status:>3}  {provenance}")
}

fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}
