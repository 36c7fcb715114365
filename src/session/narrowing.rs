//! What acts on others, narrowed to what this session created: a scope that names a whole collection would reach the tenant.

use graphwalk_catalog::{ActsOn, ApiPath, Catalog, PathPlace, Resolved, is_a};
use serde_json::{Value, json};

use super::Session;

impl Session {
    /// Returns whether an id is that of an object which was there before, where this session keeps to what it created.
    pub(crate) fn is_of_others(&self, id: &str) -> bool {
        self.profile.overrides.own_scopes && self.captures.name_of(id).is_none()
    }

    /// Lets each scope of a body that names a whole collection, such as `/users`, name the objects in it that this session
    /// created; without such it stays as it is. Returns whether anything was changed.
    pub(super) fn narrow_scopes(&self, type_name: &str, body: &mut Value) -> bool {
        let Some(acts_on) = Catalog::v1().acts_on(type_name) else { return false };
        let mut narrowed = false;
        for name in &acts_on.scopes {
            if let Some(scope) = body.get_mut(name) {
                narrowed |= self.narrow_scope(&acts_on, name, scope);
            }
        }
        narrowed
    }

    fn narrow_scope(&self, acts_on: &ActsOn, name: &str, scope: &mut Value) -> bool {
        if let Some(principals) = scope.get_mut("principalScopes").and_then(Value::as_array_mut) {
            let narrow: Vec<Value> = principals.iter().flat_map(|scope| self.own_instead(scope)).collect();
            let changed = narrow != *principals;
            *principals = narrow;
            return changed;
        }
        // What is enumerated may be one object: of several a scope would be needed for each.
        let is_enumeration = *name == acts_on.enumerates;
        match self.own_instead(scope).as_slice() {
            [one] if is_enumeration && one != scope => {
                *scope = one.clone();
                true
            }
            _ => false,
        }
    }

    /// A scope for each object of this session, in place of one that names their collection.
    fn own_instead(&self, scope: &Value) -> Vec<Value> {
        let query = scope.get("query").and_then(Value::as_str).unwrap_or_default();
        let own = collection_in(query).map(|(collection, type_name)| {
            let own = self.created.of_type(|created| is_a(created, type_name));
            let ids = own.filter_map(|name| self.captures.id(name).ok());
            let of_one = |id: &str| {
                let mut one = scope.clone();
                one["query"] = json!(format!("/{collection}/{id}"));
                one
            };
            ids.map(of_one).collect::<Vec<_>>()
        });
        own.filter(|own| !own.is_empty()).unwrap_or_else(|| vec![scope.clone()])
    }
}

/// The collection that a query names as a whole, perhaps filtered, and the type of its objects.
fn collection_in(query: &str) -> Option<(&'static str, &'static str)> {
    let resolved = Resolved::new(&ApiPath::parse_reference(query)).ok()?;
    match resolved.places() {
        [PathPlace::Step(step)] if step.many => Some((step.name, step.target)),
        _ => None,
    }
}
