//! Who has signed in with a browser, and the links by which somebody can.
//!
//! Every visitor has a cookie with a secret; it stands for a sign-in if there is one. A form carries a proof, which is made of the
//! cookie with a key of this process: no page but the site's own has both. Who signs in gets another cookie, so that nobody can
//! know it beforehand.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::{Timestamp, ToSpan as _};
use ring::hmac;
use uuid::Uuid;

use crate::http::Request;
use crate::sign_in::{Codes, Expiring, opaque};

/// The hours for which somebody stays signed in, of the wall's clock.
const SIGN_IN_HOURS: i64 = 8;
/// The hours for which a link works, of the wall's clock.
const LINK_HOURS: i64 = 1;

/// The visitors of all sites.
pub(crate) struct Visitors {
    key: hmac::Key,
    /// Tells the cookies of two emulators at one address apart: browsers send them to every port.
    id: Uuid,
    signed_in: Codes<SiteEntry>,
    links: Codes<SiteEntry>,
    /// The number of forms that the sites have taken.
    pub(crate) forms_taken: u64,
    /// Whether a browser is led to a page after a form, and has not asked for it yet.
    pub(crate) page_due: bool,
}

/// An entry to a site: its visitor, and the time until which it is good.
struct SiteEntry {
    user: Uuid,
    segment: &'static str,
    expires: Timestamp,
}

impl Expiring for SiteEntry {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl SiteEntry {
    fn new(user: Uuid, segment: &'static str, hours: i64, now: Timestamp) -> Self {
        Self { user, segment, expires: now.saturating_add(hours.hours()).unwrap_or(Timestamp::MAX) }
    }

    fn is_good(&self, segment: &str, now: Timestamp) -> bool {
        self.segment == segment && self.expires > now
    }
}

impl Visitors {
    pub(crate) fn new() -> Self {
        // A key that nobody else knows: as random as every other secret of this process.
        let key = hmac::Key::new(hmac::HMAC_SHA256, opaque().as_bytes());
        let (signed_in, links) = (Codes::default(), Codes::default());
        Self { key, id: Uuid::new_v4(), signed_in, links, forms_taken: 0, page_due: false }
    }

    /// The proof for the forms of whoever has this cookie.
    pub(super) fn proof(&self, cookie: &str) -> String {
        BASE64URL.encode(hmac::sign(&self.key, cookie.as_bytes()))
    }

    pub(super) fn is_proven(&self, cookie: &str, proof: &str) -> bool {
        BASE64URL.decode(proof).is_ok_and(|tag| hmac::verify(&self.key, cookie.as_bytes(), &tag).is_ok())
    }

    /// The user who has signed in to a site and has this cookie.
    pub(super) fn signed_in(&self, cookie: &str, segment: &str, now: Timestamp) -> Option<Uuid> {
        self.signed_in.get(cookie).filter(|entry| entry.is_good(segment, now)).map(|entry| entry.user)
    }

    /// Signs a user in; returns the new cookie, which replaces the `old` one.
    pub(super) fn sign_in(&mut self, user: Uuid, segment: &'static str, old: &str, now: Timestamp) -> String {
        self.sign_out(old);
        let cookie = new_secret();
        self.signed_in.keep(Arc::from(cookie.as_str()), SiteEntry::new(user, segment, SIGN_IN_HOURS, now), now);
        cookie
    }

    pub(super) fn sign_out(&mut self, cookie: &str) {
        self.signed_in.remove(cookie);
    }

    /// Makes a link by which a user signs in once; returns its secret.
    pub(crate) fn new_link(&mut self, user: Uuid, segment: &'static str, now: Timestamp) -> String {
        let secret = new_secret();
        self.links.keep(Arc::from(secret.as_str()), SiteEntry::new(user, segment, LINK_HOURS, now), now);
        secret
    }

    /// The user whom a link signs in, if it still works.
    pub(crate) fn linked(&self, secret: &str, segment: &str, now: Timestamp) -> Option<Uuid> {
        self.links.get(secret).filter(|entry| entry.is_good(segment, now)).map(|entry| entry.user)
    }

    /// The same, and the link works no longer.
    pub(super) fn take_link(&mut self, secret: &str, segment: &str, now: Timestamp) -> Option<Uuid> {
        let user = self.linked(secret, segment, now)?;
        self.links.remove(secret);
        Some(user)
    }

    /// The secret in the cookie of a site; nothing if the browser sends none, or one that is none of ours.
    pub(super) fn cookie_of(&self, request: &Request, segment: &str) -> Option<String> {
        let name = self.cookie_name(segment);
        let headers = request.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
        let mut pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(known, _)| *known == name)?;
        let is_ours = BASE64URL.decode(value).is_ok_and(|bytes| bytes.len() == 32);
        is_ours.then(|| value.to_owned())
    }

    /// The header that gives a browser the cookie: no script reads it, no page from elsewhere has it sent along, and it ends with
    /// the browser.
    pub(super) fn set_cookie(&self, segment: &str, secret: &str, secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{}={secret}; Path=/{segment}; HttpOnly; SameSite=Strict{secure}", self.cookie_name(segment))
    }

    fn cookie_name(&self, segment: &str) -> String {
        format!("graphwalk-{segment}-{}", self.id.simple())
    }
}

/// A secret that nobody can guess.
pub(super) fn new_secret() -> String {
    opaque()
}
