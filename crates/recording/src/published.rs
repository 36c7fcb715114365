//! The bundled recording of the first tutorial, played by the index alone: whole, and cut short at every step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{RecordedExchange, Recording, RecordingFile, Replay, ReplayAnswer, RequestBody};

/// The recordings of the project, as files.
pub(super) fn files() -> Vec<RecordingFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings");
    let paths = super::find(&folder).expect("the recordings of the project");
    // Named as from the project's folder, wherever that is.
    let name = |path: &Path| format!("recordings/{}", path.strip_prefix(&folder).expect("below it").display());
    let read = |path: &PathBuf| RecordingFile::new(name(path), std::fs::read(path).expect("a file"));
    paths.iter().map(read).collect()
}

/// The recording of the first tutorial's page.
pub(super) fn first() -> Recording {
    let page = files().into_iter().find(|file| file.name().ends_with("security-group-review/published.har"));
    page.expect("a recording of the page").recording().expect("a recording")
}

fn recording() -> Arc<Recording> {
    Arc::new(first())
}

/// The body as a session sends it: with a password of its own.
fn body(exchange: &RecordedExchange) -> Vec<u8> {
    match &exchange.request {
        RequestBody::Empty => Vec::new(),
        RequestBody::Text(text) => text.clone().into_bytes(),
        RequestBody::Json(json) => json.to_string().replace("<redacted>", "a password of this session").into_bytes(),
    }
}

/// Asks for an exchange again, and returns the entry and the status of the answer.
fn play(replay: &Replay, exchange: &RecordedExchange) -> (usize, u16) {
    if let Some(at) = replay.recording().period_end
        && exchange.started > at
        && exchange.step == Some(8)
    {
        replay.wait_until(at);
    }
    match replay.answer(&exchange.actor, &exchange.method, &exchange.path, &body(exchange)) {
        ReplayAnswer::Recorded(answer) => (answer.entry, answer.status),
        ReplayAnswer::Unrecorded(message) => panic!("{} got {message}", exchange.describe()),
    }
}

/// The step that creates what a request of the clean-up is about.
fn created_by(exchange: &RecordedExchange) -> u8 {
    let path = &exchange.path;
    if path.contains("/users/") {
        1
    } else if path.contains("/groups/") {
        2
    } else {
        3
    }
}

fn clean_up(recording: &Recording, through: u8, method: &str) -> Vec<usize> {
    let last = recording.exchanges.iter().enumerate().filter(|(_, exchange)| exchange.step == Some(9));
    let wanted = last.filter(|(_, exchange)| exchange.method == method && created_by(exchange) <= through);
    wanted.map(|(index, _)| index).collect()
}

fn played_through(recording: &Arc<Recording>, through: u8) -> Replay {
    let replay = Replay::new(Arc::clone(recording));
    for exchange in recording.exchanges.iter().filter(|exchange| exchange.step.is_some_and(|step| step <= through)) {
        assert_eq!(play(&replay, exchange).0, exchange.entry);
    }
    replay
}

#[test]
fn the_whole_tutorial_gets_every_answer_once_and_in_order() {
    let recording = recording();
    let replay = played_through(&recording, 9);
    assert_eq!(replay.unused(|_| true), [""; 0]);
}

#[test]
fn a_tutorial_cut_short_at_any_step_can_be_cleaned_up() {
    let recording = recording();
    for through in 1..=8 {
        let replay = played_through(&recording, through);
        let (deletions, reads) = (clean_up(&recording, through, "DELETE"), clean_up(&recording, through, "GET"));
        assert_eq!(deletions.len(), [3, 4, 5, 5, 5, 5, 5, 5][usize::from(through) - 1]);
        for index in deletions {
            assert_eq!(play(&replay, &recording.exchanges[index]).1, 204, "through {through}");
        }
        for index in reads {
            assert_eq!(play(&replay, &recording.exchanges[index]).1, 404, "through {through}");
        }
    }
}

#[test]
fn a_clean_up_that_looks_after_each_deletion_works_in_either_order() {
    let recording = recording();
    for (through, backwards) in (1..=8).flat_map(|through| [(through, false), (through, true)]) {
        let replay = played_through(&recording, through);
        let (deletions, reads) = (clean_up(&recording, through, "DELETE"), clean_up(&recording, through, "GET"));
        let mut pairs: Vec<(usize, usize)> = deletions.into_iter().zip(reads).collect();
        if backwards {
            pairs.reverse();
        }
        for (deletion, read) in pairs {
            assert_eq!(play(&replay, &recording.exchanges[deletion]).1, 204, "through {through}");
            assert_eq!(play(&replay, &recording.exchanges[read]).1, 404, "through {through}");
        }
    }
}

#[test]
fn a_group_that_was_never_deleted_is_still_found_after_the_users_are_gone() {
    let recording = recording();
    let replay = played_through(&recording, 2);
    let users = clean_up(&recording, 1, "DELETE");
    assert_eq!(play(&replay, &recording.exchanges[users[0]]).1, 204);
    let group = recording.exchanges.iter().find(|exchange| exchange.entry == 5).unwrap();
    assert_eq!(play(&replay, group), (5, 200));
}

#[test]
fn polling_more_often_than_recorded_repeats_the_last_answer() {
    let recording = recording();
    let replay = played_through(&recording, 7);
    let polls: Vec<&RecordedExchange> = recording
        .exchanges
        .iter()
        .filter(|e| e.path.ends_with("/definitions/2d56c364-0695-4ec6-8b92-4c1db7c80f1b"))
        .collect();
    assert_eq!(play(&replay, polls[2]).0, 11);
    replay.wait_until("2022-02-16T08:00:00Z".parse().unwrap());
    let entries: Vec<usize> = (0..6).map(|_| play(&replay, polls[2]).0).collect();
    assert_eq!(entries, [20, 21, 22, 23, 23, 23]);
}

#[test]
fn users_may_be_created_in_any_order_but_none_twice() {
    let recording = recording();
    let replay = Replay::new(Arc::clone(&recording));
    for entry in [3, 1] {
        assert_eq!(play(&replay, &recording.exchanges[entry - 1]).0, entry);
    }
    let again = &recording.exchanges[0];
    let ReplayAnswer::Unrecorded(message) = replay.answer(&again.actor, &again.method, &again.path, &body(again))
    else {
        panic!("a user was created twice");
    };
    assert!(message.contains("it was answered already"), "{message}");
    assert_eq!(play(&replay, &recording.exchanges[1]).0, 2);
}
