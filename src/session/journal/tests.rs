use std::io;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::write::Storage;
use super::*;
use graphwalk_catalog::Resource;

fn begun() -> Begun {
    Begun {
        run: "20261125-0127-k3f9".parse().unwrap(),
        tutorial: "security-group-review".to_owned(),
        tenant: "5f0a1c1e-0000-4000-8000-000000000001".to_owned(),
        base_url: "https://graph.microsoft.com".to_owned(),
        at: "2026-11-25T01:27:00Z".parse().unwrap(),
    }
}

fn object(name: &str) -> JournalObject {
    let value = format!("{name}-gw202611250127k3f9");
    JournalObject {
        resource: Resource::named("group").unwrap(),
        name: name.to_owned(),
        search: PropertySearch { property: "mailNickname".to_owned(), value },
    }
}

/// A disk that takes `room` bytes, and then fails in the middle of a write.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<DiskState>>);

#[derive(Debug, Default)]
struct DiskState {
    bytes: Vec<u8>,
    room: usize,
    cuts: bool,
}

impl Disk {
    fn with_room(room: usize) -> Self {
        Self(Arc::new(Mutex::new(DiskState { bytes: Vec::new(), room, cuts: true })))
    }

    fn journal(&self) -> Result<Journal, JournalError> {
        Journal::begin("disk".to_owned(), Box::new(self.clone()), begun())
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn room(&self, room: usize) {
        self.0.lock().unwrap().room = room;
    }
}

impl Storage for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        let fits = bytes.len().min(disk.room);
        disk.bytes.extend_from_slice(&bytes[..fits]);
        disk.room -= fits;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if !disk.cuts {
            return Err(io::Error::other("no"));
        }
        let length = usize::try_from(length).unwrap();
        disk.room += disk.bytes.len() - length;
        disk.bytes.truncate(length);
        Ok(())
    }
}

/// A journal with two groups, one of them deleted, and a third whose create has no answer.
fn written_journal() -> Vec<u8> {
    let disk = Disk::with_room(100_000);
    let mut journal = disk.journal().unwrap();
    for name in ["one", "two"] {
        let intent = journal.intend(object(name)).unwrap();
        journal.created(intent, &format!("id-{name}")).unwrap();
    }
    journal.deleted(EntryId(1)).unwrap();
    let _unanswered = journal.intend(object("three")).unwrap();
    disk.bytes()
}

fn names(leftovers: &[Leftover]) -> Vec<(&str, Option<&str>)> {
    leftovers.iter().map(|left| (left.object.name.as_str(), left.id.as_deref())).collect()
}

#[test]
fn possibly_created_objects_that_were_not_deleted_are_left() {
    let (record, damaged) = JournalRecord::parse(&written_journal());
    assert_eq!(damaged, []);
    assert_eq!(names(&record.leftovers()), [("two", Some("id-two")), ("three", None)]);
    assert_eq!(names(&record.deleted()), [("one", Some("id-one"))]);
    assert_eq!(record.begun(), Some(&begun()));
    assert_eq!(record.ending(), None);
}

#[test]
fn the_lines_are_numbered_checked_and_readable() {
    let text = String::from_utf8(written_journal()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert!(
        lines[0].starts_with("1 ") && lines[0].contains(r#"{"event":"begun","run":"20261125-0127-k3f9""#),
        "{text}"
    );
    assert!(lines[5].contains(r#"{"event":"deleted","entry":1,"#), "{text}");
}

#[test]
fn an_intent_is_on_the_disk_before_anything_can_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::create(&path, begun()).unwrap();
    let intent = journal.intend(object("one")).unwrap();
    let other = JournalRecord::read(&path).unwrap();
    assert_eq!(names(&other.leftovers()), [("one", None)]);
    assert_eq!(intent.object().search.value, "one-gw202611250127k3f9");
    journal.nothing_created(intent, "400 Request_BadRequest").unwrap();
    assert_eq!(JournalRecord::read(&path).unwrap().leftovers(), []);
    assert!(Journal::create(&path, begun()).is_err());
}

#[test]
fn a_full_disk_gives_no_leave_to_create_and_leaves_the_journal_whole() {
    let disk = Disk::with_room(1_000);
    let mut journal = disk.journal().unwrap();
    let first = journal.intend(object("one")).unwrap();
    disk.room(20);
    assert!(matches!(journal.intend(object("two")), Err(JournalError::Unwritten { .. })));
    assert!(matches!(journal.created(first, "id-one"), Err(JournalError::Unwritten { .. })));
    // This process knows the id, and one that reads the disk knows the mark.
    assert_eq!(names(&journal.leftovers()), [("one", Some("id-one"))]);
    assert_eq!(names(&JournalRecord::parse(&disk.bytes()).0.leftovers()), [("one", None)]);
    disk.room(1_000);
    let third = journal.intend(object("three")).unwrap();
    journal.created(third, "id-three").unwrap();
    let (record, damaged) = JournalRecord::parse(&disk.bytes());
    assert_eq!((damaged, record.torn), (vec![], None));
    assert_eq!(names(&record.leftovers()), [("one", None), ("three", Some("id-three"))]);
}

#[test]
fn a_half_line_that_cannot_be_removed_stops_further_creates() {
    let disk = Disk::with_room(1_000);
    let mut journal = disk.journal().unwrap();
    disk.room(20);
    disk.0.lock().unwrap().cuts = false;
    assert!(journal.intend(object("one")).is_err());
    disk.room(1_000);
    assert!(journal.intend(object("two")).is_err());
    let (record, damaged) = JournalRecord::parse(&disk.bytes());
    assert_eq!((damaged, record.torn.map(|torn| torn.bytes)), (vec![], Some(20)));
}

#[test]
fn a_torn_last_line_is_reported_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let whole = written_journal();
    std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let mut journal = Journal::open(&path).unwrap();
    assert_eq!(journal.record().torn.map(|torn| torn.line), Some(7));
    assert_eq!(names(&journal.leftovers()), [("two", Some("id-two"))]);
    journal.deleted(EntryId(2)).unwrap();
    let again = JournalRecord::read(&path).unwrap();
    assert_eq!((again.torn, again.leftovers()), (None, vec![]));
}

#[test]
fn a_damaged_line_is_named_and_what_is_intact_can_still_be_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    // Line 4 says that the second group is about to be created; line 5 has its id.
    std::fs::write(&path, String::from_utf8(written_journal()).unwrap().replacen("\n4 ", "\n4 x", 1)).unwrap();
    let error = JournalRecord::read(&path).unwrap_err();
    let shown = Diagnostic::from(&error).render(false).replace(&path.display().to_string(), "journal");
    insta::assert_snapshot!(shown);
    let JournalError::Damaged { line: 4, intact, .. } = error else { panic!("{error}") };
    assert_eq!(names(&intact.leftovers()), [("two", Some("id-two")), ("three", None)]);
    assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { line: 4, .. })));
    let (mut journal, damaged) = Journal::open_intact(&path).unwrap();
    assert_eq!(damaged.len(), 1);
    journal.deleted(EntryId(2)).unwrap();
    let (again, damaged) = JournalRecord::parse(&std::fs::read(&path).unwrap());
    assert_eq!((names(&again.leftovers()), damaged.len()), (vec![("three", None)], 1));
}

#[test]
fn a_missing_line_is_noticed() {
    let text = String::from_utf8(written_journal()).unwrap();
    let without: String =
        text.split_inclusive('\n').enumerate().filter(|(index, _)| *index != 2).map(|(_, l)| l).collect();
    let (_, damaged) = JournalRecord::parse(without.as_bytes());
    assert_eq!(damaged, [DamagedLine { line: 3, reason: "line 3 of the journal is missing before it".to_owned() }]);
}

#[test]
fn an_intent_without_an_answer_is_settled_by_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    std::fs::write(&path, written_journal()).unwrap();
    let mut journal = Journal::open(&path).unwrap();
    assert!(journal.open_intent(EntryId(2)).is_none());
    let intent = journal.open_intent(EntryId(3)).unwrap();
    journal.created(intent, "id-three").unwrap();
    assert!(journal.open_intent(EntryId(3)).is_none());
    assert_eq!(journal.intend(object("four")).unwrap().entry(), EntryId(4));
}

#[test]
fn a_run_that_was_resumed_has_not_ended_until_it_ends_again() {
    let disk = Disk::with_room(10_000);
    let mut journal = disk.journal().unwrap();
    journal.finish(Ending::Interrupted).unwrap();
    assert_eq!(journal.record().ending(), Some(Ending::Interrupted));
    journal.resumed().unwrap();
    assert_eq!(journal.record().ending(), None);
    journal.finish(Ending::Passed).unwrap();
    assert_eq!(JournalRecord::parse(&disk.bytes()).0.ending(), Some(Ending::Passed));
}

/// An event that a session may write of its objects.
#[derive(Clone, Debug)]
enum Act {
    Create { answered: bool },
    Refused,
    Delete(usize),
    Purge(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        any::<bool>().prop_map(|answered| Act::Create { answered }),
        Just(Act::Refused),
        (0..8_usize).prop_map(Act::Delete),
        (0..8_usize).prop_map(Act::Purge),
    ]
}

/// Plays the acts on a journal, and on a plain list of the entries that may exist.
fn play(acts: &[Act]) -> (Vec<u8>, Vec<EntryId>) {
    let disk = Disk::with_room(usize::MAX / 2);
    let mut journal = disk.journal().unwrap();
    let mut exist: Vec<EntryId> = Vec::new();
    for act in acts {
        match act {
            Act::Create { answered } => {
                let intent = journal.intend(object("x")).unwrap();
                exist.push(intent.entry());
                if *answered {
                    journal.created(intent, "id").unwrap();
                }
            }
            Act::Refused => {
                let intent = journal.intend(object("x")).unwrap();
                journal.nothing_created(intent, "400").unwrap();
            }
            Act::Delete(index) if *index < exist.len() => journal.deleted(exist.remove(*index)).unwrap(),
            Act::Purge(index) => {
                if let Some(left) = journal.record().deleted().get(*index) {
                    journal.purged(left.entry).unwrap();
                }
            }
            Act::Delete(_) => {}
        }
    }
    (disk.bytes(), exist)
}

proptest! {
    #[test]
    fn leftovers_are_exactly_what_was_intended_and_not_deleted(acts in prop::collection::vec(act(), 0..20)) {
        let (bytes, exist) = play(&acts);
        let (record, damaged) = JournalRecord::parse(&bytes);
        prop_assert_eq!(damaged, []);
        let left: Vec<EntryId> = record.leftovers().iter().map(|left| left.entry).collect();
        prop_assert_eq!(left, exist);
    }

    #[test]
    fn a_journal_cut_at_any_byte_reads_back_to_its_first_events(acts in prop::collection::vec(act(), 0..12), at: prop::sample::Index) {
        let (bytes, _) = play(&acts);
        let cut = &bytes[..at.index(bytes.len() + 1)];
        let (whole, _) = JournalRecord::parse(&bytes);
        let (record, damaged) = JournalRecord::parse(cut);
        prop_assert_eq!(damaged, []);
        let lines = cut.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(&record.events[..], &whole.events[..lines]);
        prop_assert_eq!(record.torn.is_some(), !(cut.is_empty() || cut.ends_with(b"\n")));
    }

    #[test]
    fn one_wrong_byte_never_changes_an_event_unnoticed(acts in prop::collection::vec(act(), 1..12), at: prop::sample::Index, to: u8) {
        let (mut bytes, _) = play(&acts);
        let (whole, _) = JournalRecord::parse(&bytes);
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let (record, damaged) = JournalRecord::parse(&bytes);
        prop_assert!(!damaged.is_empty() || record.torn.is_some());
        prop_assert!(record.events.iter().all(|event| whole.events.contains(event)));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        let (record, _) = JournalRecord::parse(&bytes);
        let _ = record.leftovers();
    }
}
