//! What a session created, so that the clean-up deletes exactly that.

use graphwalk_catalog::Resource;

use super::{Call, Session};

/// The objects that were created, in the order of creation.
#[derive(Clone, Debug, Default)]
pub struct Created {
    objects: Vec<CreatedObject>,
}

#[derive(Clone, Debug)]
struct CreatedObject {
    resource: Resource,
    name: String,
    deleted: bool,
}

impl Created {
    /// Remembers that an object was created.
    pub fn add(&mut self, resource: Resource, name: impl Into<String>) {
        self.objects.push(CreatedObject { resource, name: name.into(), deleted: false });
    }

    /// The resource of an object of this name that was created in this session; `resource` is its id.
    pub fn find(&self, resource: &str, name: &str) -> Option<&Resource> {
        let is_it = |object: &&CreatedObject| object.resource.id() == resource && object.name == name;
        self.objects.iter().find(is_it).map(|object| &object.resource)
    }

    /// The names of what was created, of the types that are wanted, and was not deleted since.
    pub fn of_type(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        let wanted = move |object: &&CreatedObject| !object.deleted && is_wanted(object.resource.type_name());
        self.objects.iter().filter(wanted).map(|object| object.name.as_str())
    }

    /// Remembers that the object was deleted again.
    pub fn deleted(&mut self, resource: &str, name: &str) {
        for object in &mut self.objects {
            if object.resource.id() == resource && object.name == name {
                object.deleted = true;
            }
        }
    }

    /// Returns the objects that still exist, as far as the session knows: `user "Adele Vance"`.
    pub fn leftovers(&self) -> Vec<String> {
        let left = self.objects.iter().filter(|object| !object.deleted);
        left.map(|object| format!("{} \"{}\"", object.resource, object.name)).collect()
    }
}

impl Session {
    /// Returns what a call creates in the tenant and what has to be deleted again.
    pub(crate) fn created_by(&self, call: &Call) -> Option<&Resource> {
        self.resources.created_by(&call.method, &call.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_and_not_deleted_objects_are_left() {
        let [user, application] = ["user", "application"].map(|id| Resource::named(id).unwrap());
        let mut created = Created::default();
        created.add(user.clone(), "Adele Vance");
        created.add(application, "Expenses");
        created.deleted("user", "Adele Vance");
        assert_eq!(created.find("user", "Adele Vance"), Some(&user));
        assert_eq!(created.find("application", "Adele Vance"), None);
        assert_eq!(created.leftovers(), ["application \"Expenses\""]);
    }
}
