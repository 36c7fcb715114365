//! Links by which somebody signs in once.

use std::fmt;

use jiff::Timestamp;

use super::SECRET;
use crate::Emulator;
use crate::World;
use crate::sign_in::Accounts as _;

/// A link by which a user signs in to a site, once, within an hour of the wall's clock. Its address is a secret; [`Debug`] does not
/// show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInLink {
    segment: &'static str,
    secret: String,
}

impl SignInLink {
    /// The address, at a server's `origin` without a slash at its end.
    pub fn address(&self, origin: &str) -> String {
        format!("{origin}/{}/link?{SECRET}={}", self.segment, self.secret)
    }

    /// Returns the part of the address that nobody else may know.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInLink").field("segment", &self.segment).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Makes a link by which the user of a display name or principal name signs in to the site at a first segment (`myaccess`), without
    /// a password. Returns nothing if there is no such site or no such user.
    pub fn sign_in_link(&self, segment: &str, name: &str) -> Option<SignInLink> {
        self.world().sign_in_link(segment, name)
    }

    /// Returns whether a link can still be used.
    pub fn link_works(&self, link: &SignInLink) -> bool {
        self.world().visitors.linked(&link.secret, link.segment, Timestamp::now()).is_some()
    }

    /// Returns the number of forms taken on pages of areas: when it grows, somebody has done something there.
    pub fn forms_taken(&self) -> u64 {
        self.world().visitors.forms_taken
    }

    /// Whether a browser that has sent a form has not asked yet for the page that it was led to.
    pub fn is_page_due(&self) -> bool {
        self.world().visitors.page_due
    }
}

impl World {
    /// See [`Emulator::sign_in_link`].
    pub(crate) fn sign_in_link(&mut self, segment: &str, name: &str) -> Option<SignInLink> {
        let accounts = self.tenant.accounts();
        let account = accounts.by_name(accounts.principal_name_of(name).unwrap_or(name))?;
        let areas = self.tenant.areas();
        let site = areas.iter().filter_map(|area| area.site()).find(|site| site.segment() == segment)?;
        let segment = site.segment();
        let secret = self.visitors.new_link(account.id, segment, Timestamp::now());
        Some(SignInLink { segment, secret })
    }
}
