//! How objects and lists of them are answered.

use graphwalk_catalog::{Catalog, Navigation, Type};
use serde_json::{Map, Value, json};

use crate::http::{Refusal, Reply, bad_request};
use crate::odata::filter::check_operands;
use crate::odata::page::{self, ListAddress};
use crate::odata::query::Query;
use crate::odata::{self, GRAPH, directory};
use crate::routes::RoutedCall;
use crate::tenant::Tenant;

use super::locate::{One, object_at};
use super::store::{GenericStore, StoreLocation};

/// The most related objects that `$expand` brings along.
const EXPANDED: usize = 20;

/// Objects that are listed.
pub(super) struct Listed {
    /// The part of the context after `$metadata#`.
    pub context: String,
    /// The type that the list declares.
    pub ty: Type,
    /// The objects that are of it.
    pub objects: Vec<One>,
    /// Whether they are what an object is related to, and not a collection of their own.
    pub is_relation: bool,
}

impl Listed {
    /// The objects at these places that are of a type.
    pub(super) fn new<'a>(
        tenant: &Tenant,
        context: String,
        ty: Type,
        places: impl Iterator<Item = &'a StoreLocation>,
    ) -> Self {
        let objects = places.filter_map(|at| object_at(tenant, at)).filter(|one| one.ty.is_a(ty)).collect();
        Self { context, ty, objects, is_relation: false }
    }

    /// Answers with a page of them.
    ///
    /// # Errors
    ///
    /// 400 if the query names what the objects do not have.
    pub(super) fn reply(&self, call: &RoutedCall<'_>, query: &Query) -> Result<Reply, Refusal> {
        check_expand(query, self.ty)?;
        self.check(query)?;
        let address = ListAddress {
            context: call.context(&self.context),
            url: format!("{}{}", call.origin, call.request.path),
            query: call.request.query.clone(),
            types: vec![self.ty],
        };
        let whole = |index: usize| self.whole(call.tenant, index, query);
        let shown = |index: usize| {
            self.objects.get(index).map(|one| answered_object(call.tenant, one, self.ty, query)).unwrap_or_default()
        };
        // Directory objects are counted by advanced queries only.
        let counted = query.count && (query.eventual || !self.ty.is_directory_object());
        page::reply(&address, query, self.objects.len(), counted, whole, shown, |name| knows(self.ty, name))
    }

    /// Answers with their number.
    ///
    /// # Errors
    ///
    /// 400 if the filter names what the objects do not have.
    pub(super) fn count(&self, call: &RoutedCall<'_>, query: &Query) -> Result<Reply, Refusal> {
        // What is counted need not be asked to be counted.
        if self.ty.is_directory_object() {
            directory::check_count(query)?;
        }
        self.check(&Query { count: true, ..query.clone() })?;
        let whole = |index: usize| self.whole(call.tenant, index, query);
        let count = page::count(query, &[self.ty], self.objects.len(), whole, |name| knows(self.ty, name))?;
        Ok(Reply::text(count.to_string()))
    }

    fn check(&self, query: &Query) -> Result<(), Refusal> {
        if self.ty.is_directory_object() {
            directory::check(query, &[self.ty], query.is_advanced())?;
            if self.is_relation {
                directory::check_relation(query)?;
            }
        }
        query.filter.as_ref().map_or(Ok(()), |filter| check_operands(filter, &[self.ty]))
    }

    /// An object with all that a filter asks of, also of what it leads to.
    fn whole(&self, tenant: &Tenant, index: usize, query: &Query) -> Map<String, Value> {
        let Some(one) = self.objects.get(index) else { return Map::new() };
        let mut whole = one.properties(tenant.states.get());
        for navigation in one.ty.navigations().filter(|navigation| query.filters_by(navigation.name)) {
            let led_to = related(tenant, one, navigation, usize::MAX, &Query::default());
            whole.extend(led_to.map(|value| (navigation.name.to_owned(), value)));
        }
        whole
    }
}

/// Answers with one object, of which the path declares the type.
///
/// # Errors
///
/// 400 if the query names what the object does not have.
pub(super) fn entity(
    call: &RoutedCall<'_>,
    status: u16,
    context: &str,
    declared: Type,
    one: &One,
    query: &Query,
) -> Result<Reply, Refusal> {
    check_expand(query, one.ty)?;
    let mut entity = answered_object(call.tenant, one, declared, query);
    odata::select(&mut entity, query, |name| knows(one.ty, name))?;
    let selected = query.select.as_ref().map_or_else(String::new, |names| format!("({})", names.join(",")));
    let mut body = Map::with_capacity(entity.len() + 1);
    body.insert("@odata.context".to_owned(), Value::from(call.context(&format!("{context}{selected}/$entity"))));
    body.extend(entity);
    Ok(Reply::json(status, Value::Object(body)))
}

/// Answers with a property of an object; 204 if it has none.
pub(super) fn property(call: &RoutedCall<'_>, context: &str, one: &One, name: &str) -> Reply {
    let value = one.properties(call.tenant.states.get()).shift_remove(name).unwrap_or_default();
    let context = call.context(&format!("{context}/{name}"));
    match value {
        Value::Null => Reply::no_content(),
        Value::Object(properties) => {
            let mut body = Map::from_iter([("@odata.context".to_owned(), Value::from(context))]);
            body.extend(properties);
            Reply::json(200, Value::Object(body))
        }
        value => Reply::json(200, json!({"@odata.context": context, "value": value})),
    }
}

/// Answers with the value of a property as a text; 204 if it has none.
pub(super) fn raw_property(call: &RoutedCall<'_>, one: &One, name: &str) -> Reply {
    let text = match one.properties(call.tenant.states.get()).shift_remove(name).unwrap_or_default() {
        Value::Null => return Reply::no_content(),
        Value::String(text) => text,
        value => value.to_string(),
    };
    Reply::text(text)
}

/// Properties behind the type that they are of.
pub(super) fn tagged(ty: Type, properties: Map<String, Value>) -> Map<String, Value> {
    let mut tagged = Map::with_capacity(properties.len() + 1);
    tagged.insert("@odata.type".to_owned(), Value::from(format!("#{}", ty.qualified_name())));
    tagged.extend(properties);
    tagged
}

/// The URL of what lies at a place, as references have it.
pub(super) fn url_of(one: &One) -> String {
    format!("{GRAPH}/v1.0/{}", path_of(one))
}

/// The path of an object, without the version.
pub(super) fn path_of(one: &One) -> String {
    path_at(&one.at, one.ty)
}

/// The path of a place: one beneath an object of an area begins with the set of that object's type.
pub(super) fn path_at(at: &StoreLocation, ty_of_area: Type) -> String {
    let Some(rest) = at.area_id() else { return at.as_path().replace("~1", "/").replace("~0", "~") };
    let is_its_set = |root: &Navigation| root.many && root.target == ty_of_area.name();
    let set = Catalog::v1().roots().find(is_its_set).map_or("directoryObjects", |root| root.name);
    format!("{set}/{rest}")
}

/// An object as it is answered: with its type where that is not the declared one, and with what is expanded.
fn answered_object(tenant: &Tenant, one: &One, declared: Type, query: &Query) -> Map<String, Value> {
    let properties = one.properties(tenant.states.get());
    let mut shown = if one.ty == declared { properties } else { tagged(one.ty, properties) };
    for name in query.select.iter().flatten().filter(|name| !shown.contains_key(*name)).cloned().collect::<Vec<_>>() {
        // What is asked for by name is answered, also where it has no value.
        if let Some(property) = one.ty.properties().find(|property| property.name == name) {
            shown.insert(name, if property.ty.is_many() { json!([]) } else { Value::Null });
        }
    }
    for name in &query.expand {
        if let Some(value) = one.ty.navigation(name).and_then(|navigation| expanded(tenant, one, navigation, query)) {
            shown.insert(name.clone(), value);
        }
    }
    shown
}

/// Returns what a navigation of an object leads to, for `$expand`.
fn expanded(tenant: &Tenant, one: &One, navigation: Navigation, query: &Query) -> Option<Value> {
    related(tenant, one, navigation, EXPANDED, query)
}

/// Returns at most so many of the objects that a navigation of an object leads to.
fn related(tenant: &Tenant, one: &One, navigation: Navigation, most: usize, query: &Query) -> Option<Value> {
    let store: &GenericStore = tenant.states.get();
    let at = one.at.below(navigation.name);
    let places: Vec<&StoreLocation> = match (navigation.contains_target, navigation.many) {
        (true, true) => store.collection(&at).collect(),
        (true, false) => vec![&at],
        (false, _) => store.references(&at).collect(),
    };
    let declared = Catalog::v1().type_named(navigation.target)?;
    let only = Query { select: query.expand_select.get(navigation.name).cloned(), ..Query::default() };
    let objects = places.into_iter().filter_map(|place| object_at(tenant, place)).take(most);
    let mut values = objects.map(|object| {
        let mut shown = answered_object(tenant, &object, declared, &only);
        if let Some(names) = &only.select {
            shown.retain(|name, _| name.starts_with('@') || names.contains(name));
        }
        Value::Object(shown)
    });
    if navigation.many { Some(values.collect()) } else { values.next() }
}

fn check_expand(query: &Query, ty: Type) -> Result<(), Refusal> {
    for name in &query.expand {
        let target = navigation(ty, name).and_then(|navigation| Catalog::v1().type_named(navigation.target));
        let Some(target) = target else {
            return Err(bad_request(format!("Could not find a navigation property named '{name}'.")));
        };
        let mut names = query.expand_select.get(name).into_iter().flatten();
        if let Some(unknown) = names.find(|name| !knows(target, name)) {
            return Err(bad_request(format!("Could not find a property named '{unknown}'.")));
        }
    }
    Ok(())
}

/// The navigation of a type, or of one that derives from it.
fn navigation(ty: Type, name: &str) -> Option<Navigation> {
    ty.navigation(name).or_else(|| ty.derived().find_map(|ty| ty.navigation(name)))
}

/// Returns whether objects of a type, or of one that derives from it, may have what a path such as `body/content` begins
/// with.
fn knows(ty: Type, path: &str) -> bool {
    let name = path.split('/').next().unwrap_or(path);
    let has = |ty: Type| {
        may_extend(ty, name)
            || ty.properties().any(|property| property.name == name)
            || ty.navigations().any(|navigation| navigation.name == name)
    };
    // `microsoft.graph.x/y` asks of those of a type.
    graphwalk_catalog::unqualified(name).is_some() || has(ty) || ty.derived().any(has)
}

/// Whether objects of an open type may have a property that the metadata does not declare. Those of the directory have extensions,
/// whose names have an underscore: `extension_{app}_{name}`, `{domain}_{name}` (Graph documentation, "Add custom data to resources").
pub(super) fn may_extend(ty: Type, name: &str) -> bool {
    ty.is_open() && (!ty.is_directory_object() || name.contains('_'))
}
