//! Whose object a path leads to.

use graphwalk_catalog::{ApiPath, Bond, Navigation, PathPlace, Resolved};
use serde_json::Value;

use super::creates::acts_on_itself_alone;
use super::effects::effects_are_allowed;
use super::{Guard, Judgement, NAME_IT, Named, OwnObject, WritePermission, WriteRefusal, refused};

/// The owner of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ownership<'a> {
    /// This run's.
    Own(&'a OwnObject),
    /// The user named it as something that may be changed.
    Named(&'a Named),
    /// Somebody else's.
    Foreign,
    /// Nobody's: the tenant itself, its entity sets and singletons.
    Tenant,
}

/// The place where a walk along a path has come to.
#[derive(Clone, Copy)]
struct GuardWalk<'a> {
    /// The owner of the object that was reached last.
    holder: Ownership<'a>,
    /// Whether what was reached lies inside that object.
    inside: bool,
    /// The type of what was reached.
    type_name: &'static str,
    /// The holder and the way of the last navigation, if its target is an object of its own: that is what a `$ref` belongs
    /// to.
    referrer: Option<(Ownership<'a>, Navigation)>,
}

impl Guard {
    /// Judges a write to what a path names.
    pub(super) fn target(
        &self,
        (method, api_path): (&str, &ApiPath),
        path: &Resolved,
        body: Option<&Value>,
        me: Option<&str>,
    ) -> Judgement {
        let walk = match self.walk(path, me) {
            Ok(walk) => walk,
            Err(judgement) => return *judgement,
        };
        let last = path.places().last();
        if let Some(PathPlace::Operation(operation)) = last {
            match (method, operation.name) {
                ("POST", _) if operation.reads => return Judgement::Reads,
                ("POST", "restore") => {
                    let reason = "it restores a deleted object, and no run would delete it again";
                    return refused("refused-write", reason, NAME_IT);
                }
                ("POST", _) => {}
                _ => return refused("refused-write", "an operation is called with POST alone", NAME_IT),
            }
        }
        if is_collection(last) {
            return self.write_to_collection(method, api_path, body, walk);
        }
        let is_whole = matches!(last, Some(PathPlace::Key(_) | PathPlace::AlternateKey(..) | PathPlace::Cast(_)));
        let permission = match walk.holder {
            Ownership::Own(own) => WritePermission::Own { object: own.to_string(), inside: walk.inside },
            Ownership::Named(named) if method == "DELETE" && is_whole && !walk.inside => {
                let reason = format!("\"{}\" may be changed, but only what this run created is deleted", named.name);
                return refused("refused-write", reason, "delete it by hand if it has to go");
            }
            Ownership::Named(named) => WritePermission::Named { name: named.name.clone(), inside: walk.inside },
            Ownership::Foreign => return foreign(walk.type_name),
            Ownership::Tenant => {
                return refused("refused-write", "it affects the whole tenant", NAME_IT);
            }
        };
        let itself = match walk.holder {
            Ownership::Own(own) if !walk.inside => acts_on_itself_alone(&own.resource, body),
            _ => Ok(()),
        };
        match itself.and_then(|()| effects_are_allowed(self, walk.type_name, body)) {
            Ok(()) => Judgement::Allowed(permission),
            Err(refusal) => Judgement::Refused(refusal),
        }
    }

    fn walk<'a>(&'a self, path: &Resolved, me: Option<&str>) -> Result<GuardWalk<'a>, Box<Judgement>> {
        let mut walk = GuardWalk { holder: Ownership::Tenant, inside: false, type_name: "", referrer: None };
        for (index, place) in path.places().iter().enumerate() {
            match place {
                PathPlace::Step(step) => self.step(&mut walk, *step, index == 0, me),
                PathPlace::Key(key) => self.key(&mut walk, key),
                // Which object it is stands in the tenant alone.
                PathPlace::AlternateKey(..) => self.key(&mut walk, ""),
                PathPlace::Cast(type_name) => walk.type_name = type_name,
                PathPlace::Reference => match walk.referrer.take() {
                    Some((holder, step)) if step.bond == Bond::Refers => {
                        (walk.holder, walk.inside) = (holder, true);
                    }
                    _ => {
                        let reason = "the object before the reference does not own it";
                        return Err(Box::new(refused("refused-write", reason, NAME_IT)));
                    }
                },
                PathPlace::Operation(_) | PathPlace::Value | PathPlace::Count => {}
                // The catalog resolves no path with one of these for a guard: nobody has said what it affects.
                PathPlace::Call(_) | PathPlace::Path(_) | PathPlace::Property(_) => {
                    return Err(Box::new(refused("refused-write", "it is not known what it affects", NAME_IT)));
                }
            }
        }
        Ok(walk)
    }

    fn step<'a>(&'a self, walk: &mut GuardWalk<'a>, step: Navigation, is_root: bool, me: Option<&str>) {
        walk.referrer = None;
        match step.bond {
            Bond::Contained if is_root && step.name == "me" => {
                (walk.holder, walk.inside) = (me.map_or(Ownership::Foreign, |id| self.find(step.target, id)), false);
            }
            Bond::Contained => walk.inside = !matches!(walk.holder, Ownership::Tenant),
            Bond::Refers | Bond::Referred => {
                walk.referrer = Some((walk.holder, step));
                (walk.holder, walk.inside) = (Ownership::Foreign, false);
            }
            Bond::Unknown => (walk.holder, walk.inside) = (Ownership::Foreign, false),
        }
        walk.type_name = step.target;
    }

    fn key<'a>(&'a self, walk: &mut GuardWalk<'a>, key: &str) {
        match self.find(walk.type_name, key) {
            Ownership::Foreign if walk.inside => {}
            found => (walk.holder, walk.inside) = (found, false),
        }
    }

    /// Judges a write to a collection: with POST it creates something in it.
    fn write_to_collection(
        &self,
        method: &str,
        path: &ApiPath,
        body: Option<&Value>,
        walk: GuardWalk<'_>,
    ) -> Judgement {
        if method != "POST" {
            return refused("refused-write", "it names a collection, not one object", NAME_IT);
        }
        match walk.holder {
            Ownership::Own(own) if walk.inside => {
                Judgement::Allowed(WritePermission::Own { object: own.to_string(), inside: true })
            }
            Ownership::Named(named) if walk.inside => {
                Judgement::Allowed(WritePermission::Named { name: named.name.clone(), inside: true })
            }
            Ownership::Tenant => self.create(path, body),
            _ if walk.referrer.is_some() => {
                refused("refused-write", "it creates something in a list of references", "add /$ref to the path")
            }
            _ => foreign(walk.type_name),
        }
    }
}

/// Returns whether a path ends at a collection, of which no object is named.
fn is_collection(last: Option<&PathPlace>) -> bool {
    matches!(last, Some(PathPlace::Step(step)) if step.many)
}

pub(super) fn foreign(type_name: &str) -> Judgement {
    Judgement::Refused(WriteRefusal {
        code: "refused-write",
        reason: format!("it changes an object ({type_name}) that this run did not create"),
        help: NAME_IT.into(),
    })
}

impl std::fmt::Display for OwnObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} \"{}\"", self.resource, self.name)
    }
}
