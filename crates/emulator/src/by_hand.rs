//! A person at the pages of the identity platform, without a browser.

use jiff::Timestamp;
use url::Url;

use crate::Emulator;
use crate::sign_in::{Account, Accounts as _, TokenEndpointError};
use crate::world::World;

impl Emulator {
    /// Types in the code that a device shows, as the user of that display name or principal name. No password is asked for.
    ///
    /// # Errors
    ///
    /// There is no such user, no device waits with that code, or it has expired.
    pub fn enter_device_code(&self, user_code: &str, name: &str) -> Result<(), TokenEndpointError> {
        let mut world = self.world();
        let account = account(&world, name)?;
        world.sign_in.complete_device_code(user_code, account.id, Timestamp::now())
    }

    /// Signs the user of that display name or principal name in on an authorization page. No password is asked for. Returns
    /// the address to which the page leads back.
    ///
    /// # Errors
    ///
    /// There is no such user, or the page asks for nothing that the tenant could grant.
    pub fn sign_in_on_page(&self, page: &Url, name: &str) -> Result<Url, TokenEndpointError> {
        let mut world = self.world();
        let account = account(&world, name)?;
        let World { sign_in, tenant, .. } = &mut *world;
        sign_in.approve_page(page, account.id, tenant.accounts(), Timestamp::now())
    }

    /// A token for the user of a principal name, with these delegated permissions; nothing if there is no such user.
    pub fn scoped_token(&self, principal_name: &str, scopes: &[String]) -> Option<String> {
        self.world().user_token(principal_name, scopes).ok()
    }
}

fn account(world: &World, name: &str) -> Result<Account, TokenEndpointError> {
    let accounts = world.tenant.accounts();
    let principal_name = accounts.principal_name_of(name).unwrap_or(name);
    accounts.by_name(principal_name).ok_or_else(TokenEndpointError::unknown_user)
}
