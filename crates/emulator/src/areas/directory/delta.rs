//! What has changed of users or groups since somebody last asked (Graph documentation, "Use delta query to track changes").
//!
//! A round compares how the objects were at its beginning with how they were at the beginning of the round before. So whatever
//! changes an object is noticed, and nothing has to tell.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;
use uuid::Uuid;

use super::{Directory, ObjectRef};

/// The number of rounds that are remembered: the token of an older one is refused as expired.
const REMEMBERED: usize = 200;

/// The rounds that have tokens.
#[derive(Clone, Debug, Default)]
pub(super) struct DeltaRounds {
    begun: u64,
    rounds: VecDeque<(u64, Arc<DeltaRound>)>,
}

/// The subject of a round of delta. The links of the round keep it: clients send nothing but the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeltaSubject {
    /// `user` or `group`.
    pub kind: &'static str,
    /// `$select`
    pub select: Option<Vec<String>>,
    /// The objects that are followed; nothing for all of them.
    pub ids: Option<Vec<Uuid>>,
}

/// One round: what there is to tell.
#[derive(Debug)]
pub(super) struct DeltaRound {
    pub subject: DeltaSubject,
    pub changes: Vec<DeltaChange>,
    /// Whether it tells of everything, since nobody has asked before.
    pub is_first: bool,
    now: DeltaSnapshot,
}

/// A change of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeltaChange {
    pub id: Uuid,
    /// Whether it is not there any more.
    pub removed: bool,
    /// The members that a group has gained.
    pub gained: Vec<Uuid>,
    /// The members that a group has lost.
    pub lost: Vec<Uuid>,
}

/// A fingerprint of each object at one moment.
type DeltaSnapshot = IndexMap<Uuid, Fingerprint>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fingerprint {
    properties: u64,
    members: Vec<Uuid>,
}

impl DeltaSubject {
    fn follows(&self, id: Uuid) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// Returns whether a property is told.
    pub fn tells(&self, property: &str) -> bool {
        self.select.as_ref().is_none_or(|select| select.iter().any(|name| name == property))
    }
}

impl Directory {
    /// Begins a round that follows another one; returns its number. `skip` has it tell nothing: the client wants to know what
    /// changes from now on.
    pub(super) fn begin_delta(&mut self, subject: DeltaSubject, before: Option<u64>, skip: bool) -> u64 {
        let now = self.delta_snapshot(&subject);
        let before = before.and_then(|number| self.delta_round(number));
        let nothing = DeltaSnapshot::new();
        let earlier = before.as_ref().map_or(&nothing, |round| &round.now);
        let changes = if skip { Vec::new() } else { changes(earlier, &now) };
        let round = DeltaRound { changes, is_first: before.is_none(), now, subject };
        let rounds = &mut self.delta;
        rounds.begun += 1;
        rounds.rounds.push_back((rounds.begun, Arc::new(round)));
        if rounds.rounds.len() > REMEMBERED {
            rounds.rounds.pop_front();
        }
        rounds.begun
    }

    /// The round of a number, if it is remembered.
    pub(super) fn delta_round(&self, number: u64) -> Option<Arc<DeltaRound>> {
        let found = self.delta.rounds.iter().find(|(known, _)| *known == number);
        found.map(|(_, round)| Arc::clone(round))
    }

    fn delta_snapshot(&self, subject: &DeltaSubject) -> DeltaSnapshot {
        let users = self.users().values().map(ObjectRef::User);
        let groups = self.groups().values().map(ObjectRef::Group);
        let all = users.chain(groups).filter(|object| object.kind() == subject.kind);
        let followed = all.map(|object| (object.id(), object)).filter(|(id, _)| subject.follows(*id));
        followed.map(|(id, object)| (id, fingerprint(object, subject))).collect()
    }
}

fn fingerprint(object: ObjectRef<'_>, subject: &DeltaSubject) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    let mut properties = object.to_json(subject.select.is_some());
    properties.retain(|name, _| subject.tells(name));
    Value::Object(properties).to_string().hash(&mut hasher);
    let members = match object {
        ObjectRef::Group(group) if subject.tells("members") => group.members.iter().copied().collect(),
        _ => Vec::new(),
    };
    Fingerprint { properties: hasher.finish(), members }
}

/// Returns the changes between two moments, in the order of the later one; what was removed comes last.
fn changes(before: &DeltaSnapshot, now: &DeltaSnapshot) -> Vec<DeltaChange> {
    let missing = |these: &[Uuid], those: &[Uuid]| -> Vec<Uuid> {
        these.iter().filter(|id| !those.contains(id)).copied().collect()
    };
    let changed = now.iter().filter_map(|(id, present)| {
        let earlier = before.get(id);
        let known = earlier.map_or(&[][..], |earlier| &earlier.members);
        (earlier != Some(present)).then(|| DeltaChange {
            id: *id,
            removed: false,
            gained: missing(&present.members, known),
            lost: missing(known, &present.members),
        })
    });
    let gone = before.keys().filter(|id| !now.contains_key(*id));
    let gone = gone.map(|id| DeltaChange { id: *id, removed: true, gained: Vec::new(), lost: Vec::new() });
    changed.chain(gone).collect()
}
