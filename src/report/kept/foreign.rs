//! The messages of other programs: cucumber-jvm, cucumber-js and their like.

use crate::diagnostic::Diagnostic;
use crate::report::attachment::{AttachedTo, Attachment, Content, SessionNote};
use crate::report::cases::{failure, played, verdict};
use crate::report::message::{
    Duration, Envelope, ResultStatus, TestRunHookFinished, TestRunHookStarted, TestStepResult, Timestamp,
};
use crate::runner::{Verdict, session_verdict};

use super::line::KeptLine;
use super::opening::KeptOpening;
use super::session::KeptSession;
use super::{CountedLines, KeptRun};

/// Reads the whole file: other programs tell of features and definitions while they play, and end no sessions.
pub(super) fn open(mut lines: CountedLines, mut opening: KeptOpening) -> Result<KeptRun, Box<Diagnostic>> {
    let mut rest = Vec::new();
    let finished = loop {
        match lines.next()? {
            Some(KeptLine::TestRunFinished(finished)) => break finished,
            Some(line) => rest.extend(opening.take(line).map(|line| (lines.number, line))),
            None => return Err(Box::new(lines.truncated())),
        }
    };
    let mut opening = opening.finish();
    let program = opening.meta().implementation.name.to_string();
    let mut session = KeptSession::default();
    for (number, line) in rest {
        session.take(line, &opening).map_err(|told| lines.fault(number, &told))?;
    }
    let mut messages = session.finish();
    let failed = failure(&messages).cloned();
    messages.retain(|message| !matches!(message, Envelope::TestRunHookStarted(_) | Envelope::TestRunHookFinished(_)));
    let name = lines.path.display().to_string();
    let told = ToldSession { name: &name, backend: &program, tutorial: &program, best: Verdict::Passed };
    let end = session_end(&told, &messages, failed, finished.timestamp);
    messages.extend(end);
    opening.tutorial = program;
    let ahead = Some(messages);
    let (pending, finished, has_ended_early, is_own, has_read) = (None, Some(finished), false, false, true);
    Ok(KeptRun { lines, opening, ahead, pending, finished, has_ended_early, is_own, has_read })
}

/// A session whose end its messages do not tell.
pub(super) struct ToldSession<'a> {
    pub name: &'a str,
    pub backend: &'a str,
    pub tutorial: &'a str,
    /// The best verdict that it can have.
    pub best: Verdict,
}

/// Makes graphwalk's messages about a whole session that another program played, or a killed one did not end.
pub(super) fn session_end(
    told: &ToldSession<'_>,
    messages: &[Envelope<'_>],
    failed: Option<TestStepResult>,
    at: Timestamp,
) -> [Envelope<'static>; 3] {
    let ToldSession { name, backend, tutorial, best } = *told;
    let played = played(messages);
    let of_scenarios = session_verdict(played.iter().map(|case| verdict(&case.steps)));
    let verdict = if failed.is_some() { Verdict::Failed } else { of_scenarios.max(best) };
    let exchanges = messages.iter().filter(|message| is_exchange(message)).count();
    let note = SessionNote {
        tenant: None,
        is_search: false,
        name: name.to_owned(),
        labels: Vec::new(),
        backend: backend.to_owned().into(),
        tutorial: tutorial.to_owned(),
        verdict,
        exchanges,
        repeated: 0,
        validated: 0,
        unvalidated: 0,
        unjudged: 0,
        changed: Vec::new(),
        lags: Vec::new(),
        resumed: None,
        unused: Vec::new(),
        left: Vec::new(),
        acts: Vec::new(),
        is_waiting: false,
        waits_until: None,
        begun: true,
        run: None,
        clock_moved: 0,
        took: Duration::default(),
    };
    let id = "s0".to_owned();
    let passed =
        TestStepResult { duration: Duration::default(), message: None, status: ResultStatus::Passed, exception: None };
    [
        Envelope::TestRunHookStarted(TestRunHookStarted {
            id: id.clone(),
            test_run_started_id: String::new(),
            hook_id: String::new(),
            worker_id: name.to_owned(),
            timestamp: at,
        }),
        Envelope::Attachment(Box::new(Attachment {
            content: Content::Session(Box::new(note)),
            to: AttachedTo::Session(id.clone()),
            timestamp: at,
        })),
        Envelope::TestRunHookFinished(TestRunHookFinished {
            test_run_hook_started_id: id,
            result: failed.unwrap_or(passed),
            timestamp: at,
        }),
    ]
}

fn is_exchange(message: &Envelope<'_>) -> bool {
    matches!(message, Envelope::Attachment(attachment) if matches!(attachment.content, Content::Exchange(_)))
}
