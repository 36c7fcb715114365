//! From a path to a place in the store, and what lies there.

use graphwalk_catalog::{ApiPath, Bond, Catalog, IdForm, Method, Navigation, PathPlace, Resolved, Type, TypeRef};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::AreaObject;
use crate::http::{Refusal, invalid_id, not_found};
use crate::tenant::Tenant;

use super::store::{GenericStore, StoreLocation};

/// The target of a path.
#[derive(Clone, Debug)]
pub(super) enum Located {
    /// A collection that contains its objects.
    Collection(LocatedCollection),
    /// A navigation to objects that lie elsewhere.
    Relation(Relation),
    /// One object, or the place of one that is not there.
    One(Box<One>),
}

/// A collection that contains its objects.
#[derive(Clone, Debug)]
pub(super) struct LocatedCollection {
    /// Its place.
    pub at: StoreLocation,
    /// The type of its objects, by the last cast if there is one.
    pub ty: Type,
}

/// A navigation to objects that lie elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// The place of its references.
    pub at: StoreLocation,
    /// The type of the object whose navigation it is.
    pub owner: Type,
    /// The type of what it leads to, by the last cast if there is one.
    pub ty: Type,
    /// Whether it leads to a collection.
    pub many: bool,
    /// Whether the service alone decides what it leads to.
    pub computed: bool,
}

/// The place of one object.
#[derive(Clone, Debug)]
pub(super) struct One {
    /// Its place.
    pub at: StoreLocation,
    /// The collection that contains it, if one does.
    pub collection: Option<StoreLocation>,
    /// Its type: its own if it is there, else the one that its place declares.
    pub ty: Type,
    /// Its name in messages: its key, or the word that leads to it.
    pub key: String,
    /// The state of the place of the object.
    pub presence: Presence,
    /// Whether a reference led to it.
    pub referred: bool,
}

/// The state of the place of an object.
#[derive(Clone, Debug)]
pub(super) enum Presence {
    /// An object of an area.
    Area(AreaObject),
    /// An object of the store.
    Stored,
    /// Nothing was written, but the service always has it: `policies/authorizationPolicy`.
    Implied,
    /// Nothing.
    Missing,
}

impl One {
    /// The object itself.
    ///
    /// # Errors
    ///
    /// 404 if it is not there.
    pub fn require(self) -> Result<Self, Refusal> {
        if matches!(self.presence, Presence::Missing) { Err(not_found(&self.key)) } else { Ok(self) }
    }

    /// All that the object has.
    pub fn properties(&self, store: &GenericStore) -> Map<String, Value> {
        match &self.presence {
            Presence::Area(object) => object.properties.clone(),
            Presence::Stored => store.object(&self.at).map(|object| object.properties.clone()).unwrap_or_default(),
            Presence::Implied => self.implied(),
            Presence::Missing => Map::new(),
        }
    }

    /// Returns the properties of an object that is always there and of which nothing was written: an id, as every object.
    pub fn implied(&self) -> Map<String, Value> {
        let has_id = self.ty.property("id").is_some();
        has_id.then(|| ("id".to_owned(), json!(self.key))).into_iter().collect()
    }
}

/// Finds what a path leads to, of which the first `places` places are looked at. `me` is the user who calls.
///
/// Returns nothing if it leads through what the store does not hold: an answer of an operation, a path in a drive.
///
/// # Errors
///
/// 404 if an object on the way is not there.
pub(super) fn locate(
    tenant: &Tenant,
    me: Option<Uuid>,
    resolved: &Resolved,
    places: usize,
) -> Option<Result<Located, Refusal>> {
    let mut walk = Walk { tenant, me, shape: String::new(), is_keyed: false, here: None };
    for (index, place) in resolved.places().iter().enumerate().take(places) {
        let reached = resolved.reached(index)?;
        let moved = match place {
            PathPlace::Step(navigation) => walk.step(*navigation, reached.named()?),
            PathPlace::Key(key) => walk.key(key),
            PathPlace::AlternateKey(property, value) => walk.alternate_key(property, value),
            PathPlace::Cast(_) => walk.cast(reached.named()?),
            PathPlace::Path(_)
            | PathPlace::Property(_)
            | PathPlace::Operation(_)
            | PathPlace::Call(_)
            | PathPlace::Reference
            | PathPlace::Value
            | PathPlace::Count => return None,
        };
        match moved {
            Some(Ok(here)) => walk.here = Some(here),
            Some(Err(refusal)) => return Some(Err(refusal)),
            None => return None,
        }
    }
    walk.here.map(Ok)
}

/// The place of the object that a URL such as `https://graph.microsoft.com/v1.0/users/{id}` names, and its type; nothing if
/// there is none.
pub(super) fn locate_reference(tenant: &Tenant, me: Option<Uuid>, url: &str) -> Option<(StoreLocation, Type)> {
    let path = ApiPath::parse_reference(url);
    let resolved = Catalog::v1().resolve(&path).ok()?;
    match locate(tenant, me, &resolved, resolved.places().len())?.ok()? {
        Located::One(one) => one.require().ok().map(|one| (one.at, one.ty)),
        Located::Collection(_) | Located::Relation(_) => None,
    }
}

/// The place of the object that has an id and is of a type; nothing if there is none.
pub(super) fn locate_id(tenant: &Tenant, id: &str, ty: Type) -> Option<(StoreLocation, Type)> {
    if let Some((object, own)) = area_object(tenant, id, ty) {
        return Some((StoreLocation::of_area(object.id), own));
    }
    let store: &GenericStore = tenant.states.get();
    let is_it = |own: Option<&Value>| own.and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(id));
    let found = store.objects().find(|(_, object)| object.ty.is_a(ty) && is_it(object.properties.get("id")));
    found.map(|(at, object)| (at.clone(), object.ty))
}

/// The object at a place, whether an area or the store has it.
pub(super) fn object_at(tenant: &Tenant, at: &StoreLocation) -> Option<One> {
    let (ty, presence) = match at.area_id() {
        Some(id) if !id.contains('/') => {
            let object = tenant.object(id)?;
            (Catalog::v1().type_named(object.type_name)?, Presence::Area(object))
        }
        _ => (tenant.states.get::<GenericStore>().object(at)?.ty, Presence::Stored),
    };
    let key = at.area_id().unwrap_or_else(|| at.as_path().rsplit('/').next().unwrap_or_default()).to_owned();
    Some(One { at: at.clone(), collection: None, ty, key, presence, referred: true })
}

/// A key as places have it: GUIDs are the same in any case.
pub(super) fn normal_key(key: &str) -> String {
    key.parse::<Uuid>().map_or_else(|_| key.to_owned(), |id| id.to_string())
}

fn area_object(tenant: &Tenant, key: &str, ty: Type) -> Option<(AreaObject, Type)> {
    let object = tenant.object(key)?;
    let own = Catalog::v1().type_named(object.type_name)?;
    own.is_a(ty).then_some((object, own))
}

struct Walk<'a> {
    tenant: &'a Tenant,
    me: Option<Uuid>,
    /// The path so far, with `k` for each key: by what the permissions list says of it.
    shape: String,
    /// Whether there is a key in it.
    is_keyed: bool,
    here: Option<Located>,
}

type Moved = Option<Result<Located, Refusal>>;

impl Walk<'_> {
    fn store(&self) -> &GenericStore {
        self.tenant.states.get()
    }

    fn step(&mut self, navigation: Navigation, ty: Type) -> Moved {
        self.shape += &format!("/{}", navigation.name);
        let Some(here) = self.here.take() else { return self.root(navigation, ty) };
        let owner = match self.object(here)? {
            Ok(owner) => owner,
            Err(refusal) => return Some(Err(refusal)),
        };
        let at = owner.at.below(navigation.name);
        Some(Ok(match (navigation.contains_target, navigation.many) {
            (true, true) => Located::Collection(LocatedCollection { at, ty }),
            (true, false) => Located::One(Box::new(self.only(at, navigation, ty))),
            (false, many) => {
                let computed = many && self.is_computed(navigation);
                Located::Relation(Relation { at, owner: owner.ty, ty, many, computed })
            }
        }))
    }

    fn root(&mut self, navigation: Navigation, ty: Type) -> Moved {
        let at = StoreLocation::root(navigation.name);
        if navigation.many {
            return Some(Ok(Located::Collection(LocatedCollection { at, ty })));
        }
        if navigation.name != "me" {
            return Some(Ok(Located::One(Box::new(self.only(at, navigation, ty)))));
        }
        self.is_keyed = true;
        let object = self.me.and_then(|id| area_object(self.tenant, &id.to_string(), ty));
        let Some((object, ty)) = object else { return Some(Err(not_found("me"))) };
        let (at, key) = (StoreLocation::of_area(object.id), object.id.to_string());
        let presence = Presence::Area(object);
        Some(Ok(Located::One(Box::new(One { at, collection: None, ty, key, presence, referred: false }))))
    }

    /// The one object that a containing navigation leads to. What the service has for a tenant as a whole is always there
    /// unless it can be deleted; what belongs to one object, unless it can be created.
    fn only(&self, at: StoreLocation, navigation: Navigation, ty: Type) -> One {
        let (ty, presence) = match self.store().object(&at) {
            Some(object) => (object.ty, Presence::Stored),
            None => {
                let listed = self.listed("");
                let is_created = listed.contains(&Method::Delete)
                    || self.is_keyed && (listed.contains(&Method::Put) || listed.contains(&Method::Post));
                (ty, if is_created { Presence::Missing } else { Presence::Implied })
            }
        };
        One { at, collection: None, ty, key: navigation.name.to_owned(), presence, referred: false }
    }

    /// Returns whether nobody but the service changes what a navigation refers to: what one is a member of, say.
    fn is_computed(&self, navigation: Navigation) -> bool {
        let listed = self.listed("");
        let writes = |method: &Method| !matches!(method, Method::Get);
        let is_written = || listed.iter().any(writes) || self.listed("/$ref").iter().any(writes);
        navigation.bond == Bond::Referred || (!listed.is_empty() && !is_written())
    }

    fn listed(&self, more: &str) -> Vec<Method> {
        Catalog::v1().listed_methods(&ApiPath::parse_reference(&format!("{}{more}", self.shape)))
    }

    /// The object that a place stands for, from which a path goes on.
    fn object(&self, here: Located) -> Option<Result<One, Refusal>> {
        match here {
            Located::One(one) => Some(one.require()),
            Located::Relation(relation) if !relation.many => {
                let target = self.store().references(&relation.at).next();
                let found = target.and_then(|target| object_at(self.tenant, target));
                let name = relation.at.as_path().rsplit('/').next().unwrap_or_default();
                Some(found.ok_or_else(|| not_found(name)))
            }
            Located::Collection(_) | Located::Relation(_) => None,
        }
    }

    fn key(&mut self, key: &str) -> Moved {
        self.shape += "/k";
        self.is_keyed = true;
        let (key, here) = (normal_key(key), self.here.take()?);
        match here {
            Located::Collection(collection) if self.is_no_id(&collection, &key) => Some(Err(invalid_id(&key))),
            Located::Collection(collection) => Some(Ok(Located::One(Box::new(self.item(collection, key))))),
            Located::Relation(relation) if relation.many => {
                let targets = self.store().references(&relation.at);
                let mut found = targets.filter_map(|target| object_at(self.tenant, target));
                Some(
                    found
                        .find(|one| one.key == key)
                        .map(|one| Located::One(Box::new(one)))
                        .ok_or_else(|| not_found(&key)),
                )
            }
            Located::Relation(_) | Located::One(_) => None,
        }
    }

    /// Returns whether directory objects of a collection cannot have a key: their ids are GUIDs, and users have names
    /// beside.
    fn is_no_id(&self, collection: &LocatedCollection, key: &str) -> bool {
        let directory = Catalog::v1().type_named("directoryObject");
        let is_directory = directory.is_some_and(|directory| collection.ty.is_a(directory));
        let is_key = |ty: Type| ty.name() == "user" || Catalog::v1().creation(ty).id != IdForm::Guid;
        is_directory && !is_key(collection.ty) && key.parse::<Uuid>().is_err()
    }

    fn item(&self, LocatedCollection { at: collection, ty }: LocatedCollection, key: String) -> One {
        let is_set = !collection.as_path().contains('/');
        let place = |at, ty, presence| One { at, collection: None, ty, key: key.clone(), presence, referred: false };
        if let Some((object, own)) = is_set.then(|| area_object(self.tenant, &key, ty)).flatten() {
            return place(StoreLocation::of_area(object.id), own, Presence::Area(object));
        }
        // The set of all directory objects contains none itself.
        if ty.name() == "directoryObject"
            && is_set
            && let Some((at, own)) = locate_id(self.tenant, &key, ty)
        {
            return One { referred: true, ..place(at, own, Presence::Stored) };
        }
        let at = collection.below(&key);
        let (own, presence) = match self.store().object(&at) {
            Some(object) if object.ty.is_a(ty) => (object.ty, Presence::Stored),
            _ => (ty, Presence::Missing),
        };
        One { collection: Some(collection), ..place(at, own, presence) }
    }

    fn alternate_key(&mut self, property: &str, value: &str) -> Moved {
        self.shape += "/k";
        self.is_keyed = true;
        let Some(Located::Collection(collection)) = self.here.take() else { return None };
        let store = self.store();
        let is_it = |at: &&StoreLocation| {
            let own = store.object(at).and_then(|object| object.properties.get(property)).and_then(Value::as_str);
            own.is_some_and(|own| own.eq_ignore_ascii_case(value))
        };
        let Some(at) = store.collection(&collection.at).find(is_it).cloned() else {
            return Some(Err(not_found(value)));
        };
        let one =
            object_at(self.tenant, &at).map(|one| One { collection: Some(collection.at), referred: false, ..one });
        Some(one.map(|one| Located::One(Box::new(one))).ok_or_else(|| not_found(value)))
    }

    fn cast(&mut self, ty: Type) -> Moved {
        self.shape += &format!("/{}", ty.qualified_name());
        match self.here.take()? {
            Located::Collection(collection) => Some(Ok(Located::Collection(LocatedCollection { ty, ..collection }))),
            Located::Relation(relation) if relation.many => Some(Ok(Located::Relation(Relation { ty, ..relation }))),
            here => match self.object(here)? {
                Ok(one) if one.ty.is_a(ty) => Some(Ok(Located::One(Box::new(one)))),
                Ok(one) => Some(Err(not_found(&one.key))),
                Err(refusal) => Some(Err(refusal)),
            },
        }
    }
}

/// The type that a reference leads to; nothing if it leads to none that is known.
pub(super) fn named_type(target: Option<TypeRef>) -> Option<Type> {
    target.and_then(TypeRef::named)
}
