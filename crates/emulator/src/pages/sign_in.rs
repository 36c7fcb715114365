//! Signing in to a site: by name and password, or by a link that works once.

use jiff::Timestamp;
use maud::html;

use super::{PageRequest, PageText, SECRET, SitePage, fault_page, form};
use crate::World;
use crate::http::Reply;
use crate::sign_in::{Account, Accounts as _, Parameters, TokenEndpointError, check_password};

const GONE: &str =
    "This link was used, or has expired. Ask whoever sent it for another one, or sign in with your password.";

/// The number of the error of a password that is right and has to be changed first.
const PASSWORD_EXPIRED: u32 = 50055;

/// The content of a form for a password.
#[derive(Clone, Copy)]
struct PasswordForm<'a> {
    /// The name that was typed.
    name: &'a str,
    /// The fault of the attempt before.
    fault: Option<&'a str>,
    /// Whether the password has to be changed first.
    is_new_wanted: bool,
}

impl PageRequest<'_> {
    /// The form for name and password, with the name that was typed and what was wrong.
    pub(super) fn sign_in_page(&self, world: &World, status: u16, name: &str, fault: Option<&str>) -> Reply {
        self.password_page(world, status, &PasswordForm { name, fault, is_new_wanted: false })
    }

    fn password_page(&self, world: &World, status: u16, asked: &PasswordForm<'_>) -> Reply {
        let PasswordForm { name, fault, is_new_wanted } = *asked;
        let proof = self.proof(world);
        let fields = html! {
            label for="username" { "User name" }
            input #username name="username" value=(PageText(name)) autocomplete="username" autocapitalize="none"
                spellcheck="false" required;
            label for="password" { "Password" }
            input #password name="password" type="password" autocomplete="current-password" required;
            @if is_new_wanted {
                label for="new-password" { "New password" }
                input #new-password name="new-password" type="password" autocomplete="new-password" required;
                label for="repeated" { "New password again" }
                input #repeated name="repeated" type="password" autocomplete="new-password" required;
            }
            button type="submit" { @if is_new_wanted { "Change password and sign in" } @else { "Sign in" } }
        };
        let content = html! {
            @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
            p { "Sign in with an account of this emulated tenant, never with one of a real one." }
            (form(&super::address(self.site.segment(), "sign-in"), &proof, &fields))
        };
        self.framed(world, &SitePage { status, title: "Sign in".to_owned(), content }, None, &proof)
    }

    /// Takes name and password.
    pub(super) fn take_password(&self, world: &mut World, typed: &Parameters) -> Reply {
        match check_password(world.tenant.accounts(), typed) {
            Ok(account) => self.sign_in(world, &account),
            Err(error) if error.code == PASSWORD_EXPIRED => self.take_new_password(world, typed),
            Err(error) => self.sign_in_page(world, 401, typed.get("username").unwrap_or_default(), Some(words(&error))),
        }
    }

    /// Takes a new password of somebody whose old one is right and has to be changed at the first sign-in.
    fn take_new_password(&self, world: &mut World, typed: &Parameters) -> Reply {
        let [name, old, new, repeated] =
            ["username", "password", "new-password", "repeated"].map(|field| typed.get(field).unwrap_or_default());
        let Some(account) = world.tenant.accounts().by_name(name) else {
            return self.sign_in_page(world, 401, name, None);
        };
        let fault = if new.is_empty() {
            "This password has to be changed at the first sign-in. Type it again, and a new one."
        } else if new != repeated {
            "The new password and its repetition differ."
        } else if new == old {
            "The new password has to be another one."
        } else {
            if world.faulty {
                let World { history, tenant, .. } = world;
                history.keep(tenant, self.now);
            }
            if world.tenant.accounts_mut().change_password(account.id, new) {
                world.tenant.changed(self.now);
                return self.sign_in(world, &account);
            }
            "The new password is too weak: it needs 8 to 256 characters, of three kinds (small and capital letters, digits, others)."
        };
        self.password_page(world, 401, &PasswordForm { name, fault: Some(fault), is_new_wanted: true })
    }

    /// The page that a link leads to. Looking at it does not use the link up: mail programs and browsers look at links that
    /// nobody has clicked on.
    pub(super) fn link_page(&self, world: &World) -> Reply {
        let secret = self.query.get(SECRET).unwrap_or_default();
        let proof = self.proof(world);
        let Some(account) = self.linked(world, secret) else {
            return self.framed(world, &fault_page(410, GONE), self.visitor(world).as_ref(), &proof);
        };
        let button = html! {
            input type="hidden" name=(SECRET) value=(secret);
            button type="submit" { "Sign in as " bdi { (PageText(&account.display_name)) } }
        };
        let content = html! {
            p { "This link signs you in once, as " bdi { (PageText(&account.user_principal_name)) } "." }
            (form(&super::address(self.site.segment(), "link"), &proof, &button))
        };
        self.framed(world, &SitePage { status: 200, title: "Sign in with a link".to_owned(), content }, None, &proof)
    }

    /// Uses a link up.
    pub(super) fn take_link(&self, world: &mut World, form: &Parameters) -> Reply {
        let secret = form.get(SECRET).unwrap_or_default();
        let Some(account) = self.linked(world, secret) else { return self.fault(world, 410, GONE) };
        world.visitors.take_link(secret, self.site.segment(), Timestamp::now());
        self.sign_in(world, &account)
    }

    fn linked(&self, world: &World, secret: &str) -> Option<Account> {
        let id = world.visitors.linked(secret, self.site.segment(), Timestamp::now())?;
        world.tenant.accounts().by_id(id).filter(|account| account.enabled)
    }

    /// Signs in and goes on to the first page. A sign-in on a page is one like any other, which recommendations depend on.
    fn sign_in(&self, world: &mut World, account: &Account) -> Reply {
        let cookie = world.visitors.sign_in(account.id, self.site.segment(), &self.cookie, Timestamp::now());
        world.tenant.accounts_mut().note_sign_in(account.id, self.now);
        self.with_cookie(world, self.go_on(""), &cookie)
    }
}

/// Returns what is wrong with a name and a password, in words that do not tell who has an account here.
fn words(error: &TokenEndpointError) -> &'static str {
    match error.code {
        50057 => "This account is disabled.",
        900144 => "Type a user name and a password.",
        _ => "The user name or the password is wrong.",
    }
}
