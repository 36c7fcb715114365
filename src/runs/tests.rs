use super::*;
use crate::session::journal::{Ending, JournalError, JournalObject, PropertySearch};
use crate::session::{NextScenario, SessionState};
use graphwalk_catalog::Resource;

fn new_run() -> NewRun {
    NewRun {
        tutorial: "security-group-review".to_owned(),
        tenant: "5f0a1c1e-0000-4000-8000-000000000001".to_owned(),
        base_url: "https://graph.microsoft.com".to_owned(),
    }
}

fn now() -> Timestamp {
    "2026-11-25T01:27:00Z".parse().unwrap()
}

fn group() -> JournalObject {
    let search = PropertySearch { property: "mailNickname".to_owned(), value: "b-gw202611250127k3f9".to_owned() };
    JournalObject { resource: Resource::named("group").unwrap(), name: "Building security".to_owned(), search }
}

fn state(run: &RunId) -> SessionState {
    let next = NextScenario { step: 8, feature: "08-confirm-outcome.feature".to_owned(), line: 17 };
    let today = jiff::civil::date(2026, 11, 25);
    let state = SessionState::new(run.clone(), "security-group-review", next, today, now());
    SessionState { waits_until: Some("2026-11-30T08:00:00Z".parse().unwrap()), ..state }
}

#[test]
fn a_run_has_a_folder_of_its_own_that_git_passes_over() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path().join(".graphwalk/runs"));
    assert!(runs.ids().unwrap().is_empty());
    let (run, _journal) = runs.begin(now(), new_run()).unwrap();
    assert!(run.path().starts_with(runs.folder()) && run.journal().is_file());
    assert_eq!(std::fs::read_to_string(runs.folder().join(".gitignore")).unwrap(), "*\n");
    assert!(run.reports().unwrap().is_dir());
    let mut entries = walk(run.path());
    entries.push(run.path().to_owned());
    for path in entries {
        assert!(!private_file::readable_by_others(&path).unwrap(), "{}", path.display());
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn two_processes_cannot_work_on_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (held, _journal) = runs.begin(now(), new_run()).unwrap();
    let error = runs.open(held.run()).unwrap_err();
    let RunsError::Busy { process, .. } = error else { panic!("{error}") };
    assert_eq!(process, Some(std::process::id()));
    let run = held.run().clone();
    drop(held);
    let _again = runs.open(&run).unwrap();
}

#[test]
fn a_run_that_is_not_there_is_an_error_that_names_the_latest() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (held, _journal) = runs.begin(now(), new_run()).unwrap();
    let error = runs.open(&"20200101-0000-aaaa".parse().unwrap()).unwrap_err();
    let help = crate::diagnostic::Diagnostic::from(&error).help.unwrap();
    assert_eq!(help, format!("the latest is {}; `graphwalk runs` lists all", held.run()));
}

#[test]
fn the_state_of_a_run_follows_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (run, mut journal) = runs.begin(now(), new_run()).unwrap();
    let summary = || runs.summaries().unwrap().remove(0);
    assert_eq!(summary().state, RunState::Running);
    let _unanswered = journal.intend(group()).unwrap();
    let id = run.run().clone();
    drop(run);
    assert_eq!(
        (summary().state, summary().describe_leftovers()),
        (RunState::Killed { next: None }, "1 group".to_owned())
    );
    let run = runs.open(&id).unwrap();
    assert!(matches!(run.state(), Err(RunsError::NoState(_))));
    run.save(&state(&id)).unwrap();
    assert_eq!(run.state().unwrap(), state(&id));
    drop(run);
    let RunState::Waiting { until, next } = summary().state else { panic!("{:?}", summary().state) };
    assert_eq!((Some(until), next), (state(&id).waits_until, state(&id).next));
    let run = runs.open(&id).unwrap();
    run.save(&SessionState { waits_until: None, ..state(&id) }).unwrap();
    drop(run);
    assert_eq!(summary().state, RunState::Killed { next: Some(state(&id).next) });
    journal.finish(Ending::Failed).unwrap();
    assert_eq!(summary().state, RunState::Ended { ending: Ending::Failed });
    std::fs::write(folder.path().join(id.as_str()).join("journal"), "nonsense\n").unwrap();
    let reason = "line 1 of its journal: it is not a number, a checksum and an event".to_owned();
    assert_eq!(summary().state, RunState::Damaged { reason });
}

#[test]
fn other_folders_are_skipped_and_runs_are_listed_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["20261125-0127-k3f9", "20260101-0000-aaaa", "notes", "20261125-0127-k3f9.bak"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("20261125-0128-aaaa"), "").unwrap();
    let ids = Runs::in_folder(folder.path()).ids().unwrap();
    assert_eq!(ids.iter().map(RunId::as_str).collect::<Vec<_>>(), ["20260101-0000-aaaa", "20261125-0127-k3f9"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (held, _journal) = runs.begin(now(), new_run()).unwrap();
    let run = held.run().clone();
    let path = held.path().to_owned();
    drop(held);
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let is_refused = |error: RunsError| matches!(error, RunsError::OpenToOthers { .. });
    for mode in [0o770, 0o707, 0o1777] {
        set(folder.path(), mode);
        assert!(is_refused(runs.begin(now(), new_run()).unwrap_err()), "{mode:o}");
        assert!(is_refused(runs.open(&run).unwrap_err()) && is_refused(runs.ids().unwrap_err()), "{mode:o}");
    }
    set(folder.path(), 0o755);
    set(&path, 0o770);
    assert!(is_refused(runs.open(&run).unwrap_err()));
    set(&path, 0o700);
    runs.open(&run).unwrap();
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_refused_and_its_target_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (held, _journal) = runs.begin(now(), new_run()).unwrap();
    let (run, lock) = (held.run().clone(), held.path().join("lock"));
    drop(held);
    let target = folder.path().join("precious");
    for link in [std::os::unix::fs::symlink::<&Path, &Path>, std::fs::hard_link::<&Path, &Path>] {
        std::fs::write(&target, "precious").unwrap();
        std::fs::remove_file(&lock).unwrap();
        link(&target, &lock).unwrap();
        let error = runs.open(&run).unwrap_err();
        assert!(matches!(error, RunsError::NoLock { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_ends_the_run_before_it_begins() {
    // A file where the folder would be: no rights of any user change that.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs");
    std::fs::write(&path, "").unwrap();
    let error = Runs::in_folder(&path).begin(now(), new_run()).unwrap_err();
    assert!(matches!(error, RunsError::Unwritten { .. }), "{error}");
}

#[test]
fn a_journal_is_opened_in_part_if_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::in_folder(folder.path());
    let (run, mut journal) = runs.begin(now(), new_run()).unwrap();
    let intent = journal.intend(group()).unwrap();
    journal.created(intent, "id").unwrap();
    let text = std::fs::read_to_string(run.journal()).unwrap();
    std::fs::write(run.journal(), text.replacen("intended", "intenced", 1)).unwrap();
    let error = run.open_journal().unwrap_err();
    assert!(matches!(error, RunsError::Journal(JournalError::Damaged { line: 2, .. })), "{error}");
    let (journal, damaged) = run.open_intact_journal().unwrap();
    assert_eq!((damaged.len(), journal.leftovers().len()), (1, 1));
}
