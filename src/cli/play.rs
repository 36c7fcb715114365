//! Playing what `run` has chosen, while reports are written and signals heard.

use std::io::Write;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};

use crate::report::{ReportError, Reports, SessionReport, Totals};
use crate::runner::sessions::{self, PlayEvent, Run, SessionSource};
use crate::runner::{Interrupt, SessionOutcome, runtime};
use crate::tutorial::TutorialFaults;

use super::progress::RunProgress;
use super::signals::Signals;
use super::unprintable;
use super::walk::{self, Foreseen};

/// A run that is about to be played.
pub(super) struct Playing<'a> {
    pub run: &'a Run,
    /// The outcomes of looking for the sessions, of a tutorial that finds them.
    pub discovered: Vec<SessionOutcome>,
    pub sources: &'a [SessionSource],
    /// The requests that the scenarios will send, for a person who goes through them.
    pub foreseen: &'a Foreseen,
}

/// The facts about a run that those who hear of it need.
pub(super) struct Heard<'a> {
    run: &'a Run,
    /// The word for the backend.
    backend: &'a str,
    /// The name of the first session.
    name: &'a str,
    /// The outcomes of looking for the sessions.
    discovered: &'a [SessionOutcome],
    /// The number of sessions that are played.
    sessions: usize,
    /// The word for one of these: session, or tenant.
    noun: &'static str,
    foreseen: &'a Foreseen,
}

impl<'a> Heard<'a> {
    /// The facts about a run on so many tenants of a file of this name.
    pub fn of_tenants(
        run: &'a Run,
        sessions: usize,
        (backend, name): (&'a str, &'a str),
        foreseen: &'a Foreseen,
    ) -> Self {
        Self { run, backend, name, discovered: &[], sessions, noun: "tenant", foreseen }
    }
}

/// Hears of a run while it is played.
struct Listener<'a, W> {
    run: &'a Run,
    /// The name of the first session.
    name: &'a str,
    /// The number of sessions that were told of before.
    before: usize,
    foreseen: &'a Foreseen,
    reports: &'a mut Reports<W>,
    interrupter: watch::Sender<bool>,
    signals: Signals,
    progress: RunProgress,
}

/// Plays all sessions on threads of their own, while this one writes the reports and listens to Ctrl-C. Each outcome is given to
/// `keep` before it is reported.
pub(super) fn play<W: Write>(
    playing: Playing<'_>,
    reports: Reports<W>,
    keep: &(dyn Fn(&mut SessionOutcome) + Sync),
) -> Result<Totals, TutorialFaults> {
    let Playing { run, discovered, sources, foreseen } = playing;
    let renderer = reports.renderer();
    let first = sources.first().map(|source| (source.backend(), source.name()));
    let looked = || discovered.first().map(|looked| (looked.backend, looked.name.clone()));
    let (backend, name) = first.or_else(looked).unwrap_or_default();
    let before = discovered.len();
    let watched = before + sources.len() == 1;
    let (sessions, noun, discovered) = (sources.len(), "session", &discovered[..]);
    let heard = Heard { run, backend, name: &name, discovered, sessions, noun, foreseen };
    hear(heard, reports, |interrupt, events| {
        let finish = |number: usize, mut outcome: SessionOutcome| {
            keep(&mut outcome);
            renderer.session(&run.plan, before + number, &outcome)
        };
        sessions::run(run, sources, &interrupt, watched, finish, &events);
    })
}

/// Writes the reports of what `player` plays on a thread of its own, and listens to Ctrl-C.
pub(super) fn hear<W: Write>(
    heard: Heard<'_>,
    mut reports: Reports<W>,
    player: impl FnOnce(Interrupt, mpsc::UnboundedSender<PlayEvent<SessionReport>>) + Send,
) -> Result<Totals, TutorialFaults> {
    let Heard { run, backend, name, discovered, sessions, noun, foreseen } = heard;
    let started = Instant::now();
    let before = discovered.len();
    reports.terminal().begin(&run.plan.tutorial, backend, name, run.jobs).map_err(|error| vec![unprintable(error)])?;
    let shows_scenarios = before + sessions == 1 || run.tells_exchanges;
    tell_discovered(run, discovered, shows_scenarios, &mut reports).map_err(report_faults)?;
    let runtime = runtime()?;
    let (interrupter, interrupt) = Interrupt::new();
    let (events, received) = mpsc::unbounded_channel();
    let listened = std::thread::scope(|scope| {
        scope.spawn(move || player(interrupt, events));
        runtime.block_on(async {
            let (signals, progress) = (Signals::new(), RunProgress::new(sessions, noun));
            let reports = &mut reports;
            let listener = Listener { run, name, before, foreseen, reports, interrupter, signals, progress };
            listener.listen(received).await
        })
    });
    listened.and_then(|()| reports.finish(started.elapsed())).map_err(report_faults)
}

/// Tells how the sessions were found; of a single one each scenario, and where exchanges are shown.
fn tell_discovered<W: Write>(
    run: &Run,
    discovered: &[SessionOutcome],
    shows_scenarios: bool,
    reports: &mut Reports<W>,
) -> Result<(), ReportError> {
    let renderer = reports.renderer();
    for (number, outcome) in discovered.iter().enumerate() {
        if shows_scenarios {
            for feature in &outcome.features {
                for scenario in &feature.scenarios {
                    let told = reports.terminal().scenario(&run.plan, feature.index, scenario);
                    told.map_err(ReportError::Terminal)?;
                }
            }
        }
        let report = renderer.session(&run.plan, number, outcome);
        reports.session(number, report)?;
    }
    Ok(())
}

impl<W: Write> Listener<'_, W> {
    async fn listen(
        mut self,
        mut received: mpsc::UnboundedReceiver<PlayEvent<SessionReport>>,
    ) -> Result<(), ReportError> {
        loop {
            let event = tokio::select! {
                biased;
                event = received.recv() => event,
                () = self.signals.next() => {
                    self.progress.write(|| interrupted(&self.interrupter));
                    continue;
                }
            };
            let written = match event {
                None => return Ok(()),
                Some(PlayEvent::Begins(feature, scenario, go_on)) => self.begins(feature, scenario, go_on).await,
                Some(PlayEvent::Exchange(place, exchange)) => {
                    let told = self.reports.terminal().exchanged(&self.run.plan, &place, &exchange);
                    told.map_err(ReportError::Terminal)
                }
                Some(PlayEvent::Scenario(_, feature, outcome)) => {
                    self.reports.scenario(&self.run.plan, self.name, feature, &outcome)
                }
                Some(PlayEvent::Session(index, report)) => {
                    let index = self.before + index;
                    match report.end {
                        Some(end) => self.progress.ended(end.has_failed, || self.reports.session(index, report)),
                        None => self.progress.write(|| self.reports.session(index, report)),
                    }
                }
            };
            if written.is_err() {
                // Without reports there is no use in playing on; what was created is still cleaned up.
                let _ = self.interrupter.send(true);
                return written;
            }
        }
    }

    /// A scenario begins: at once, or when a person lets it go on.
    async fn begins(
        &mut self,
        feature: usize,
        scenario: usize,
        go_on: Option<oneshot::Sender<()>>,
    ) -> Result<(), ReportError> {
        let plan = &self.run.plan;
        let terminal = self.reports.terminal();
        terminal.headline(plan, feature).map_err(ReportError::Terminal)?;
        terminal.enter(feature, scenario);
        let Some(go_on) = go_on else { return Ok(()) };
        let sent = self.foreseen.requests_of(feature, scenario);
        terminal.announce(&plan.features[feature].scenarios[scenario], sent).map_err(ReportError::Terminal)?;
        tokio::select! {
            came = walk::enter() => if !came { interrupted(&self.interrupter) },
            () = self.signals.next() => interrupted(&self.interrupter),
        }
        // Whoever waits for it may have gone on already, when the run was interrupted.
        let _ = go_on.send(());
        Ok(())
    }
}

/// The first signal ends the sessions with their clean-up, the second one ends the program.
fn interrupted(interrupter: &watch::Sender<bool>) {
    let mut err = anstream::stderr().lock();
    if interrupter.send_replace(true) {
        std::process::exit(130);
    }
    let _ = writeln!(err, "interrupted: cleaning up (Ctrl-C again to quit now)");
}

fn report_faults(error: ReportError) -> TutorialFaults {
    vec![error.into()]
}
