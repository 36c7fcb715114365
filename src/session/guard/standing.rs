//! Whose object a path leads to.

use graphwalk_catalog::{ApiPath, Bond, Navigation, Place, Resolved};
use serde_json::Value;

use super::creates::acts_on_itself_alone;
use super::effects::effects_are_allowed;
use super::{Guard, Judgement, NAME_IT, Named, Own, WritePermission, WriteRefusal, refused};

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// This run's.
    Own(&'a Own),
    /// The user named it as something that may be changed.
    Named(&'a Named),
    /// Somebody else's.
    Foreign,
    /// Nobody's: the tenant itself, its entity sets and singletons.
    Tenant,
}

/// The place where a walk along a path has come to.
#[derive(Clone, Copy)]
struct Walk<'a> {
    /// Whose the object is that was reached last.
    holder: Standing<'a>,
    /// Whether what was reached lies inside that object.
    inside: bool,
    /// The type of what was reached.
    type_name: &'static str,
    /// The holder and the way of the last navigation, if its target is an object of its own: that is what a `$ref` belongs
    /// to.
    referrer: Option<(Standing<'a>, Navigation)>,
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
        if let Some(Place::Operation(operation)) = last {
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
        let is_whole = matches!(last, Some(Place::Key(_) | Place::AlternateKey(..) | Place::Cast(_)));
        let permission = match walk.holder {
            Standing::Own(own) => WritePermission::Own { object: own.to_string(), inside: walk.inside },
            Standing::Named(named) if method == "DELETE" && is_whole && !walk.inside => {
                let reason = format!("\"{}\" may be changed, but only what this run created is deleted", named.name);
                return refused("refused-write", reason, "delete it by hand if it has to go");
            }
            Standing::Named(named) => WritePermission::Named { name: named.name.clone(), inside: walk.inside },
            Standing::Foreign => return foreign(walk.type_name),
            Standing::Tenant => {
                return refused("refused-write", "it affects the whole tenant", NAME_IT);
            }
        };
        let itself = match walk.holder {
            Standing::Own(own) if !walk.inside => acts_on_itself_alone(&own.resource, body),
            _ => Ok(()),
        };
        match itself.and_then(|()| effects_are_allowed(self, walk.type_name, body)) {
            Ok(()) => Judgement::Allowed(permission),
            Err(refusal) => Judgement::Refused(refusal),
        }
    }

    fn walk<'a>(&'a self, path: &Resolved, me: Option<&str>) -> Result<Walk<'a>, Box<Judgement>> {
        let mut walk = Walk { holder: Standing::Tenant, inside: false, type_name: "", referrer: None };
        for (index, place) in path.places().iter().enumerate() {
            match place {
                Place::Step(step) => self.step(&mut walk, *step, index == 0, me),
                Place::Key(key) => self.key(&mut walk, key),
                // Which object it is stands in the tenant alone.
                Place::AlternateKey(..) => self.key(&mut walk, ""),
                Place::Cast(type_name) => walk.type_name = type_name,
                Place::Reference => match walk.referrer.take() {
                    Some((holder, step)) if step.bond == Bond::Refers => {
                        (walk.holder, walk.inside) = (holder, true);
                    }
                    _ => {
                        let reason = "the object before the reference does not own it";
                        return Err(Box::new(refused("refused-write", reason, NAME_IT)));
                    }
                },
                Place::Operation(_) | Place::Value | Place::Count => {}
                // The catalog resolves no path with one of these for a guard: nobody has said what it affects.
                Place::Call(_) | Place::Path(_) | Place::Property(_) => {
                    return Err(Box::new(refused("refused-write", "it is not known what it affects", NAME_IT)));
                }
            }
        }
        Ok(walk)
    }

    fn step<'a>(&'a self, walk: &mut Walk<'a>, step: Navigation, is_root: bool, me: Option<&str>) {
        walk.referrer = None;
        match step.bond {
            Bond::Contained if is_root && step.name == "me" => {
                (walk.holder, walk.inside) = (me.map_or(Standing::Foreign, |id| self.find(step.target, id)), false);
            }
            Bond::Contained => walk.inside = !matches!(walk.holder, Standing::Tenant),
            Bond::Refers | Bond::Referred => {
                walk.referrer = Some((walk.holder, step));
                (walk.holder, walk.inside) = (Standing::Foreign, false);
            }
            Bond::Unknown => (walk.holder, walk.inside) = (Standing::Foreign, false),
        }
        walk.type_name = step.target;
    }

    fn key<'a>(&'a self, walk: &mut Walk<'a>, key: &str) {
        match self.find(walk.type_name, key) {
            Standing::Foreign if walk.inside => {}
            found => (walk.holder, walk.inside) = (found, false),
        }
    }

    /// Judges a write to a collection: with POST it creates something in it.
    fn write_to_collection(&self, method: &str, path: &ApiPath, body: Option<&Value>, walk: Walk<'_>) -> Judgement {
        if method != "POST" {
            return refused("refused-write", "it names a collection, not one object", NAME_IT);
        }
        match walk.holder {
            Standing::Own(own) if walk.inside => {
                Judgement::Allowed(WritePermission::Own { object: own.to_string(), inside: true })
            }
            Standing::Named(named) if walk.inside => {
                Judgement::Allowed(WritePermission::Named { name: named.name.clone(), inside: true })
            }
            Standing::Tenant => self.create(path, body),
            _ if walk.referrer.is_some() => {
                refused("refused-write", "it creates something in a list of references", "add /$ref to the path")
            }
            _ => foreign(walk.type_name),
        }
    }
}

/// Returns whether a path ends at a collection, of which no object is named.
fn is_collection(last: Option<&Place>) -> bool {
    matches!(last, Some(Place::Step(step)) if step.many)
}

pub(super) fn foreign(type_name: &str) -> Judgement {
    Judgement::Refused(WriteRefusal {
        code: "refused-write",
        reason: format!("it changes an object ({type_name}) that this run did not create"),
        help: NAME_IT.into(),
    })
}

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} \"{}\"", self.resource, self.name)
    }
}
