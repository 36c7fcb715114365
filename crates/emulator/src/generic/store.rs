//! What the generic store holds: objects, lists of them, references. It knows nothing of Graph.

use std::collections::{BTreeMap, HashSet};

use graphwalk_catalog::Type;
use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::http::Refusal;

/// The most bytes of JSON that a store holds, about.
const MOST: usize = 64 * 1024 * 1024;

/// The mark before the id of an area's object in a location.
const OF_AREA: char = '@';

/// The location of an object: names of Graph and ids, `identity/conditionalAccess/policies/3b8c…`. What lies beneath an object of an
/// area begins with that object's id instead: `@3b8c…/settings`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StoreLocation(String);

/// An object.
#[derive(Clone, Debug)]
pub(super) struct StoredObject {
    /// Its type.
    pub ty: Type,
    /// Its properties, in the order in which they are answered.
    pub properties: Map<String, Value>,
}

/// All objects that no area has. Each part is found by its place, and what lies beneath an object stands behind it.
#[derive(Clone, Debug, Default)]
pub struct GenericStore {
    objects: BTreeMap<StoreLocation, StoredObject>,
    /// The objects of a collection, oldest first.
    collections: BTreeMap<StoreLocation, IndexSet<StoreLocation>>,
    /// The objects to which a navigation refers, oldest first.
    references: BTreeMap<StoreLocation, IndexSet<StoreLocation>>,
    /// The objects that were deleted and can be restored, by their places; oldest first.
    deleted: IndexMap<StoreLocation, (RemovedObject, Timestamp)>,
    /// The bytes of all objects and references, about.
    size: usize,
}

/// An object that was removed, with all that lay beneath it and every reference to and from any of that.
#[derive(Clone, Debug, Default)]
pub(super) struct RemovedObject {
    at: StoreLocation,
    collection: Option<StoreLocation>,
    objects: Vec<(StoreLocation, StoredObject)>,
    collections: Vec<(StoreLocation, IndexSet<StoreLocation>)>,
    references: Vec<(StoreLocation, IndexSet<StoreLocation>)>,
    /// Navigations of others, with what they referred to.
    referred: Vec<(StoreLocation, StoreLocation)>,
}

impl RemovedObject {
    /// The object itself.
    pub fn object(&self) -> Option<&StoredObject> {
        self.objects.iter().find(|(at, _)| *at == self.at).map(|(_, object)| object)
    }

    /// The place where it lay.
    pub fn place(&self) -> StoreLocation {
        self.at.clone()
    }

    fn size(&self) -> usize {
        self.objects.iter().map(|(_, object)| size(&object.properties)).sum()
    }
}

impl StoreLocation {
    /// The place of an entity set or a singleton.
    pub fn root(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The place of an object of an area.
    pub fn of_area(id: uuid::Uuid) -> Self {
        Self(format!("{OF_AREA}{id}"))
    }

    /// The id of the object of an area that lies here.
    pub fn area_id(&self) -> Option<&str> {
        self.0.strip_prefix(OF_AREA)
    }

    /// The place of a navigation of the object here, or of an object of the collection here.
    pub fn below(&self, name: &str) -> Self {
        // A key may hold a slash, which parts places.
        Self(format!("{}/{}", self.0, name.replace('~', "~0").replace('/', "~1")))
    }

    /// The path of what lies here.
    pub fn as_path(&self) -> &str {
        &self.0
    }

    fn is_below(&self, above: &Self) -> bool {
        self.0.strip_prefix(&above.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl GenericStore {
    /// The object at a place.
    pub(super) fn object(&self, at: &StoreLocation) -> Option<&StoredObject> {
        self.objects.get(at)
    }

    /// Refuses an object that shares an alternate key with another one of its collection: by that key it could not be told from it.
    ///
    /// # Errors
    ///
    /// 409 `Request_MultipleObjectsWithSameKeyValue`.
    pub(super) fn check_keys(&self, at: &StoreLocation, object: Option<&StoredObject>) -> Result<(), Refusal> {
        let (Some(object), Some((collection, _))) = (object, at.0.rsplit_once('/')) else { return Ok(()) };
        let text = |object: &StoredObject, name: &str| {
            object.properties.get(name).and_then(Value::as_str).map(str::to_lowercase)
        };
        let is_whole = |key: &Vec<&str>| key.iter().all(|name| text(object, name).is_some());
        for key in object.ty.alternate_keys().iter().filter(|key| is_whole(key)) {
            let collection = StoreLocation(collection.to_owned());
            let mut others =
                self.collection(&collection).filter(|place| *place != at).filter_map(|place| self.object(place));
            if others.any(|other| key.iter().all(|name| text(object, name) == text(other, name))) {
                let message =
                    format!("Another object with the same value for property {} already exists.", key.join(", "));
                return Err(Refusal::new(409, "Request_MultipleObjectsWithSameKeyValue", message));
            }
        }
        Ok(())
    }

    /// Returns whether the object at a place is one of a collection.
    pub(super) fn is_item(&self, at: &StoreLocation) -> bool {
        let above = at.0.rsplit_once('/').map(|(above, _)| StoreLocation(above.to_owned()));
        above.is_some_and(|above| self.collections.get(&above).is_some_and(|all| all.contains(at)))
    }

    /// The objects of a collection, oldest first.
    pub(super) fn collection(&self, at: &StoreLocation) -> impl Iterator<Item = &StoreLocation> {
        self.collections.get(at).into_iter().flatten()
    }

    /// The places of the objects to which a navigation refers, oldest first.
    pub(super) fn references(&self, at: &StoreLocation) -> impl Iterator<Item = &StoreLocation> {
        self.references.get(at).into_iter().flatten()
    }

    /// All objects with their places.
    pub(super) fn objects(&self) -> impl Iterator<Item = (&StoreLocation, &StoredObject)> {
        self.objects.iter()
    }

    /// All references with the places of their navigations.
    pub(super) fn all_references(&self) -> impl Iterator<Item = (&StoreLocation, &StoreLocation)> {
        self.references.iter().flat_map(|(at, targets)| targets.iter().map(move |target| (at, target)))
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Puts an object at a place, in place of the one that is there; `collection` is the one that it belongs to, if any.
    ///
    /// # Errors
    ///
    /// 507 if the store is full.
    pub(super) fn put(
        &mut self,
        collection: Option<&StoreLocation>,
        at: StoreLocation,
        object: StoredObject,
    ) -> Result<(), Refusal> {
        self.make_room(size(&object.properties))?;
        if let Some(collection) = collection {
            self.collections.entry(collection.clone()).or_default().insert(at.clone());
        }
        if let Some(before) = self.objects.insert(at, object) {
            self.size = self.size.saturating_sub(size(&before.properties));
        }
        Ok(())
    }

    /// Removes an object with all that lies beneath it, and every reference to any of that. Returns what it removed.
    pub(super) fn remove(&mut self, collection: Option<&StoreLocation>, at: &StoreLocation) -> RemovedObject {
        if let Some(all) = collection.and_then(|collection| self.collections.get_mut(collection)) {
            all.shift_remove(at);
        }
        let mut removed = RemovedObject { at: at.clone(), collection: collection.cloned(), ..RemovedObject::default() };
        let mut gone = HashSet::from([at.clone()]);
        gone.extend(below(&self.objects, at));
        for place in &gone {
            if let Some(object) = self.objects.remove(place) {
                self.size = self.size.saturating_sub(size(&object.properties));
                removed.objects.push((place.clone(), object));
            }
        }
        for place in below(&self.collections, at) {
            removed.collections.extend(self.collections.remove(&place).map(|items| (place, items)));
        }
        for place in below(&self.references, at) {
            let targets = self.references.remove(&place).unwrap_or_default();
            self.size = self.size.saturating_sub(targets.iter().map(|target| target.0.len()).sum());
            removed.references.push((place, targets));
        }
        for (place, targets) in &mut self.references {
            let led_there: Vec<StoreLocation> =
                targets.iter().filter(|target| gone.contains(*target)).cloned().collect();
            for target in led_there {
                targets.shift_remove(&target);
                self.size = self.size.saturating_sub(target.0.len());
                removed.referred.push((place.clone(), target));
            }
        }
        removed
    }

    /// Keeps what was removed, until it is restored or purged. It takes no more room than it had before.
    pub(super) fn keep_deleted(&mut self, removed: RemovedObject, now: Timestamp) {
        self.size += removed.size();
        self.deleted.insert(removed.at.clone(), (removed, now));
    }

    /// Returns the objects that were deleted and can be restored, and when they were; oldest first.
    pub(super) fn deleted(&self) -> impl Iterator<Item = (&RemovedObject, Timestamp)> {
        self.deleted.values().map(|(removed, at)| (removed, *at))
    }

    /// Removes for good what was deleted and of which `is_gone` says so.
    pub(super) fn purge(&mut self, is_gone: impl Fn(&RemovedObject, Timestamp) -> bool) {
        let Self { deleted, size, .. } = self;
        deleted.retain(|_, (removed, at)| {
            let is_gone = is_gone(removed, *at);
            *size = size.saturating_sub(if is_gone { removed.size() } else { 0 });
            !is_gone
        });
    }

    /// Puts what was deleted back to its place, with the references of what is still there. Returns whether it was there.
    ///
    /// # Errors
    ///
    /// 409 if another object has its alternate key by now.
    pub(super) fn restore(&mut self, at: &StoreLocation) -> Result<bool, Refusal> {
        let object = self.deleted.get(at).and_then(|(removed, _)| removed.object());
        self.check_keys(at, object)?;
        let Some((removed, _)) = self.deleted.shift_remove(at) else { return Ok(false) };
        if let Some(collection) = removed.collection {
            self.collections.entry(collection).or_default().insert(removed.at.clone());
        }
        self.objects.extend(removed.objects);
        self.collections.extend(removed.collections);
        let is_there = |objects: &BTreeMap<StoreLocation, StoredObject>, at: &StoreLocation| {
            at.area_id().is_some() || objects.contains_key(at)
        };
        for (place, mut targets) in removed.references {
            targets.retain(|target| is_there(&self.objects, target));
            self.size += targets.iter().map(|target| target.0.len()).sum::<usize>();
            self.references.insert(place, targets);
        }
        for (place, target) in removed.referred {
            let owner = place.0.rsplit_once('/').map(|(owner, _)| StoreLocation(owner.to_owned()));
            if owner.is_some_and(|owner| is_there(&self.objects, &owner)) {
                self.size += target.0.len();
                self.references.entry(place).or_default().insert(target);
            }
        }
        Ok(true)
    }

    /// Adds a reference; returns whether it was not there.
    ///
    /// # Errors
    ///
    /// 507 if the store is full.
    pub(super) fn refer(&mut self, at: &StoreLocation, target: StoreLocation) -> Result<bool, Refusal> {
        self.make_room(target.0.len())?;
        let length = target.0.len();
        let is_new = self.references.entry(at.clone()).or_default().insert(target);
        if !is_new {
            self.size = self.size.saturating_sub(length);
        }
        Ok(is_new)
    }

    /// Removes a reference; returns whether it was there.
    pub(super) fn unrefer(&mut self, at: &StoreLocation, target: &StoreLocation) -> bool {
        let was_there = self.references.get_mut(at).is_some_and(|targets| targets.shift_remove(target));
        if was_there {
            self.size = self.size.saturating_sub(target.0.len());
        }
        was_there
    }

    fn make_room(&mut self, bytes: usize) -> Result<(), Refusal> {
        if self.size + bytes > MOST {
            let message = format!("The objects of this tenant that have no behaviour take more than {MOST} bytes.");
            return Err(Refusal::new(507, "InsufficientStorage", message));
        }
        self.size += bytes;
        Ok(())
    }
}

/// The places of a map that lie beneath one.
fn below<T>(map: &BTreeMap<StoreLocation, T>, at: &StoreLocation) -> Vec<StoreLocation> {
    // What sorts behind a place and does not begin with it may come before what lies beneath it: `a-b` before `a/b`.
    let from = StoreLocation(format!("{}/", at.0));
    map.range(from..).map(|(place, _)| place).take_while(|place| place.is_below(at)).cloned().collect()
}

/// Returns the bytes that properties take, about: their names and texts, and some for each value.
fn size(properties: &Map<String, Value>) -> usize {
    properties.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    const EACH: usize = 32;
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(value_size).sum(),
        Value::Object(properties) => size(properties),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use graphwalk_catalog::Catalog;
    use serde_json::json;

    use super::*;

    fn object(text: &str) -> StoredObject {
        let ty = Catalog::v1().type_named("application").unwrap();
        StoredObject { ty, properties: Map::from_iter([("displayName".to_owned(), json!(text))]) }
    }

    #[test]
    fn what_is_removed_takes_its_parts_and_the_references_to_them_along_and_leaves_no_bytes() {
        let mut store = GenericStore::default();
        let (set, other) = (StoreLocation::root("a"), StoreLocation::root("a-b"));
        let (one, two) = (set.below("1"), other.below("1"));
        let part = one.below("parts").below("x/y");
        store.put(Some(&set), one.clone(), object("one")).unwrap();
        store.put(Some(&one.below("parts")), part.clone(), object("part")).unwrap();
        store.put(Some(&other), two.clone(), object("two")).unwrap();
        assert!(store.refer(&two.below("owners"), part.clone()).unwrap());
        assert!(!store.refer(&two.below("owners"), part).unwrap());
        store.remove(Some(&set), &one);
        assert_eq!(
            (store.len(), store.collection(&set).count(), store.references(&two.below("owners")).count()),
            (1, 0, 0)
        );
        store.remove(Some(&other), &two);
        assert_eq!((store.len(), store.size), (0, 0));
    }

    #[test]
    fn what_is_restored_lies_where_it_lay_with_its_parts_and_references() {
        let mut store = GenericStore::default();
        let (set, other) = (StoreLocation::root("a"), StoreLocation::root("b").below("1"));
        let (one, part) = (set.below("1"), set.below("1").below("parts").below("x"));
        store.put(None, other.clone(), object("other")).unwrap();
        store.put(Some(&set), one.clone(), object("one")).unwrap();
        store.put(Some(&one.below("parts")), part.clone(), object("part")).unwrap();
        store.refer(&other.below("owners"), one.clone()).unwrap();
        store.refer(&one.below("owners"), other.clone()).unwrap();
        let size = store.size;
        let removed = store.remove(Some(&set), &one);
        store.keep_deleted(removed, Timestamp::UNIX_EPOCH);
        assert_eq!((store.len(), store.deleted().count(), store.collection(&set).count()), (1, 1, 0));
        assert!(store.restore(&one).unwrap());
        assert_eq!((store.len(), store.collection(&set).count(), store.size), (3, 1, size));
        assert_eq!(store.references(&other.below("owners")).collect::<Vec<_>>(), [&one]);
        assert_eq!(store.references(&one.below("owners")).collect::<Vec<_>>(), [&other]);
        let removed = store.remove(Some(&set), &one);
        store.keep_deleted(removed, Timestamp::UNIX_EPOCH);
        store.purge(|_, _| true);
        assert!(!store.restore(&one).unwrap());
    }

    #[test]
    fn a_store_that_is_full_refuses_what_is_more_and_takes_it_when_there_is_room() {
        let (mut store, set) = (GenericStore::default(), StoreLocation::root("a"));
        let large = || object(&"x".repeat(MOST / 2 - 100));
        store.put(Some(&set), set.below("1"), large()).unwrap();
        store.put(Some(&set), set.below("2"), large()).unwrap();
        assert_eq!(store.put(Some(&set), set.below("3"), large()).unwrap_err().status, 507);
        store.remove(Some(&set), &set.below("1"));
        store.put(Some(&set), set.below("3"), large()).unwrap();
        // What replaces something takes its room.
        store.put(Some(&set), set.below("3"), object("x")).unwrap();
        store.put(Some(&set), set.below("4"), object("x")).unwrap();
    }
}
