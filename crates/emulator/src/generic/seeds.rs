//! Objects of a seed, and the store in the same form.
//!
//! ```yaml
//! objects:
//!   - {path: /identity/conditionalAccess/namedLocations, body: {"@odata.type": "#microsoft.graph.countryNamedLocation", displayName: Home}}
//!   - {path: /policies/authorizationPolicy, body: {allowInvitesFrom: everyone}}
//!   - {path: /applications/1f…/owners/$ref, body: {"@odata.id": /users/adele@contoso.com}}
//! ```
//!
//! The path of a collection gets a new object, that of one object is what it is, and one with `$ref` gets a reference. What only
//! the service sets may be said, ids among them.

use std::sync::Arc;

use graphwalk_catalog::{ApiPath, Catalog, PathPlace, Type, Version};
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::Plant;
use crate::caller::{Caller, CallerGrant, Scopes};
use crate::http::{Refusal, Request};
use crate::odata;
use crate::routes::RoutedCall;
use crate::seed::{SeedDocument, SeedError, invalid};
use crate::tenant::Tenant;

use super::answers::{path_at, url_of};
use super::create::{create_at, create_in};
use super::locate::{Located, locate, object_at};
use super::sent::Scene;
use super::store::{GenericStore, StoreLocation};

/// The section of a seed.
pub(super) const SECTION: &str = "objects";

#[derive(Deserialize)]
struct ObjectsSeed {
    #[serde(default)]
    objects: Vec<SeedObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedObject {
    path: String,
    body: Map<String, Value>,
}

/// Reads the section.
pub(super) fn read(document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
    let seed: ObjectsSeed = document.read()?;
    Ok((!seed.objects.is_empty()).then(|| -> Arc<dyn Plant> { Arc::new(seed) }))
}

impl Plant for ObjectsSeed {
    fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError> {
        for (index, seed) in self.objects.iter().enumerate() {
            let pointer = format!("/{SECTION}/{index}");
            let path = ApiPath::parse_reference(&seed.path);
            let version = path.version().unwrap_or(Version::V1);
            let scene = Scene { schemas, now, me: None, version, is_seed: true };
            seed.plant(tenant, scene, &path).map_err(|why| match why {
                SeedFault::Path(what) => invalid(format!("{pointer}/path"), what),
                SeedFault::Refused(refusal) => invalid(format!("{pointer}/body"), refusal.message),
            })?;
        }
        Ok(())
    }
}

/// A reason why an object cannot be planted.
enum SeedFault {
    Path(String),
    Refused(Refusal),
}

impl From<Refusal> for SeedFault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl SeedObject {
    fn plant(&self, tenant: &mut Tenant, scene: Scene<'_>, path: &ApiPath) -> Result<(), SeedFault> {
        let resolved = Catalog::v1().resolve(path).map_err(|why| SeedFault::Path(why.to_string()))?;
        let refers = matches!(resolved.places().last(), Some(PathPlace::Reference));
        let places = resolved.places().len() - usize::from(refers);
        let located = locate(tenant, None, &resolved, places);
        let located = located.ok_or_else(|| self.no_place())?.map_err(|refusal| SeedFault::Path(refusal.message))?;
        let body = self.body.clone();
        match located {
            Located::Relation(relation) if refers => {
                let url = body.get("@odata.id").and_then(Value::as_str);
                let url =
                    url.ok_or_else(|| Refusal::new(400, "", "expected {\"@odata.id\": the path of an object}"))?;
                let target = scene.target(tenant, relation.ty.name(), url)?;
                let store: &mut GenericStore = tenant.states.get_mut();
                let before: Vec<StoreLocation> = store.references(&relation.at).cloned().collect();
                for before in before.iter().filter(|_| !relation.many) {
                    store.unrefer(&relation.at, before);
                }
                store.refer(&relation.at, target)?;
            }
            Located::Collection(collection) if !refers => {
                if is_kept_by_area(tenant, scene, path) {
                    return Err(SeedFault::Path(format!("'{}' is planted by a section of its own", self.path)));
                }
                create_in(tenant, scene, &collection.at, collection.ty, body)?;
            }
            Located::One(one) if !refers && one.collection.is_none() && !one.referred => {
                if one.at.area_id().is_some_and(|id| !id.contains('/')) {
                    return Err(SeedFault::Path(format!("'{}' is planted by a section of its own", self.path)));
                }
                create_at(tenant, scene, &one.at, one.ty, body)?;
            }
            Located::Relation(_) | Located::Collection(_) | Located::One(_) => return Err(self.no_place()),
        }
        Ok(())
    }

    fn no_place(&self) -> SeedFault {
        SeedFault::Path(format!(
            "expected a collection, one object that is always there, or …/$ref, got '{}'",
            self.path
        ))
    }
}

/// Returns whether an area answers a path itself, so that the store is never asked for what lies there: found out by
/// reading it.
fn is_kept_by_area(tenant: &mut Tenant, scene: Scene<'_>, path: &ApiPath) -> bool {
    let areas = tenant.areas();
    let text = path.segments().iter().map(|segment| format!("/{segment}")).collect::<String>();
    let (headers, body) = (http::HeaderMap::new(), bytes::Bytes::new());
    let request =
        Request { method: http::Method::GET, path: format!("/v1.0{text}"), query: String::new(), headers, body };
    let identity = &tenant.identity;
    let grant = CallerGrant::Delegated { scopes: Scopes::All, roles: Vec::new() };
    let (object, app) = (identity.administrator, Uuid::nil());
    let caller = Caller { tenant: identity.id, object, app, grant, expires: Timestamp::MAX };
    let (path, names) = (path.clone().in_version(Version::V1), odata::path::names(path));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Scene { schemas, now, .. } = scene;
    let mut call =
        RoutedCall { tenant, request: &request, path, caller: &caller, now, origin: "http://localhost", schemas };
    // The last one is the store.
    let above = areas.split_last().map_or(&[][..], |(_, above)| above);
    above.iter().any(|area| area.answer(&mut call, &names).is_some())
}

/// The objects and references of a store, in the form that a seed has them.
pub(crate) fn dump(tenant: &Tenant) -> Value {
    let store: &GenericStore = tenant.states.get();
    let objects = store.objects().map(|(at, object)| {
        let mut body = object.properties.clone();
        body.insert("@odata.type".to_owned(), json!(format!("#{}", object.ty.qualified_name())));
        json!({"path": above(tenant, at, store), "body": body})
    });
    let references = store.all_references().filter_map(|(at, target)| {
        let url = url_of(&object_at(tenant, target)?);
        Some(json!({"path": format!("/{}/$ref", path(tenant, at)), "body": {"@odata.id": url}}))
    });
    json!({SECTION: objects.chain(references).collect::<Vec<_>>()})
}

/// The path at which an object is created: that of its collection, or its own.
fn above(tenant: &Tenant, at: &StoreLocation, store: &GenericStore) -> String {
    let own = path(tenant, at);
    match own.rsplit_once('/') {
        Some((collection, _)) if store.is_item(at) => format!("/{collection}"),
        _ => format!("/{own}"),
    }
}

fn path(tenant: &Tenant, at: &StoreLocation) -> String {
    let of_area = at.area_id().and_then(|rest| tenant.object(rest.split('/').next().unwrap_or(rest)));
    let ty: Option<Type> = of_area.and_then(|object| Catalog::v1().type_named(object.type_name));
    match ty.or_else(|| Catalog::v1().type_named("directoryObject")) {
        Some(ty) => path_at(at, ty),
        None => at.as_path().to_owned(),
    }
}
