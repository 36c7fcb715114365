//! Which resources may be created: the allow-list of the overlay, and what a user declares beside it.

use std::sync::Arc;

use crate::ApiPath;
use crate::resource::{NotAResource, OVERLAY, Resource, ResourceFacts};

/// An allow-list of resources. The catalog never permits by itself: Graph has a POST and a DELETE for domains, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources(Arc<Vec<Resource>>);

impl Default for Resources {
    /// The resources of the overlay.
    fn default() -> Self {
        Self(Arc::clone(&OVERLAY))
    }
}

impl Resources {
    /// Adds a resource that a user declares.
    ///
    /// # Errors
    ///
    /// [`NotAResource`] as for [`Resource::declare`], or if it was declared before.
    pub fn declare(&mut self, facts: ResourceFacts) -> Result<(), NotAResource> {
        let declared = Resource::declare(facts)?;
        if let Some(known) = self.0.iter().find(|known| known.id() == declared.id()) {
            return Err(NotAResource::twice(known));
        }
        Arc::make_mut(&mut self.0).push(declared);
        Ok(())
    }

    /// All of them: those of the overlay first.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.0.iter()
    }

    /// Returns the resource that a request creates, if that may be created.
    ///
    /// ```
    /// use graphwalk_catalog::Resources;
    ///
    /// let allowed = Resources::default();
    /// assert_eq!(allowed.created_by("POST", "/beta//Groups/").unwrap().id(), "group");
    /// assert!(allowed.created_by("POST", "/v1.0/domains").is_none());
    /// ```
    pub fn created_by(&self, method: &str, path: &str) -> Option<&Resource> {
        // Most calls are reads: their paths need not be read for this.
        let path = method.eq_ignore_ascii_case("POST").then(|| ApiPath::parse(path).ok())??;
        self.iter().find(|resource| resource.is_created_at(&path))
    }

    /// Returns the nouns people use for them, in order.
    pub fn nouns(&self) -> Vec<&str> {
        self.iter().map(|resource| resource.facts().noun.as_str()).collect()
    }
}
