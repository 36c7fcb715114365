//! Which segments of a path are Graph's words, and which the tenant's.

use crate::catalog::Catalog;
use crate::resolve::{PathPlace, Resolved};
use crate::{ApiPath, Segment};

/// The owner of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentOwner {
    /// Its name is Graph's. What stands in its brackets is not: a key, or a function's arguments by Graph's names and with
    /// the tenant's values.
    Graph,
    /// It is a key, or part of a path in a drive or of a site.
    Tenant,
    /// It is not known where it stands: keep it no less secret than the tenant's.
    Unknown,
}

impl Catalog {
    /// Returns whose each segment of a path is, by where it stands: `members` is a word behind a group and a key behind
    /// `groups`. Never fails: what is not understood, or could be read in two ways, is
    /// [unknown](SegmentOwner::Unknown).
    ///
    /// ```
    /// use graphwalk_catalog::{ApiPath, Catalog, SegmentOwner::{Graph, Tenant, Unknown}};
    ///
    /// let path = ApiPath::parse("/v1.0/groups/members/members/nothing/else").unwrap();
    /// assert_eq!(Catalog::v1().segment_owners(&path), [Graph, Tenant, Graph, Tenant, Unknown]);
    /// ```
    pub fn segment_owners(self, path: &ApiPath) -> Vec<SegmentOwner> {
        let mut owners = vec![SegmentOwner::Unknown; path.segments().len()];
        if path.ambiguity().is_some() {
            return owners;
        }
        let (resolved, error) = self.resolve_as_far_as_known(path);
        mark(&resolved, error.is_none(), &mut owners);
        // They name no objects, and stand in neither of the inputs.
        if let (Some(owner), true) = (owners.first_mut(), path.segments().first().is_some_and(is_of_the_service)) {
            *owner = SegmentOwner::Graph;
        }
        let Some(words) = self.listed_words(path) else { return owners };
        for (owner, is_word) in owners.iter_mut().zip(words) {
            // Where the metadata has a key the list may have a word: `mailFolders/inbox`, or an action of beta.
            match (&owner, is_word) {
                (SegmentOwner::Unknown | SegmentOwner::Tenant, true) => *owner = SegmentOwner::Graph,
                (SegmentOwner::Unknown, false) => *owner = SegmentOwner::Tenant,
                _ => {}
            }
        }
        owners
    }
}

fn is_of_the_service(segment: &Segment) -> bool {
    segment.arguments().is_none() && ["$batch", "$metadata"].iter().any(|word| segment.is(word))
}

fn mark(resolved: &Resolved, is_whole: bool, owners: &mut [SegmentOwner]) {
    let mut places = resolved.places().iter().zip(resolved.steps()).peekable();
    while let Some((place, step)) = places.next() {
        let end = match (place, places.peek()) {
            // The segments of a path up to what follows it.
            (PathPlace::Path(_), Some((_, next))) => next.segment,
            (PathPlace::Path(path), None) if !is_whole => step.segment + path.split('/').count(),
            (PathPlace::Path(_), None) => owners.len(),
            _ => step.segment + 1,
        };
        let owner = match place {
            PathPlace::Key(_) | PathPlace::AlternateKey(..) | PathPlace::Path(_) => SegmentOwner::Tenant,
            _ => SegmentOwner::Graph,
        };
        let segments = owners.get_mut(step.segment..end).unwrap_or_default();
        // A key in brackets stands in the segment of the word before it, which says whose the segment is.
        for segment in segments.iter_mut().filter(|segment| **segment == SegmentOwner::Unknown) {
            *segment = owner;
        }
    }
}
