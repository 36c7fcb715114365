//! Codes that stand for a sign-in until they are redeemed.

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan};

/// A code that is good for some time.
pub(super) trait Expiring {
    /// Until when.
    fn expires(&self) -> Timestamp;
}

/// Keeps a code that was issued, and forgets those that expired more than an hour ago: until then a client learns why its code
/// is refused.
pub(super) fn keep<T: Expiring>(codes: &mut HashMap<String, T>, code: String, issued: T, now: Timestamp) {
    codes.retain(|_, code| code.expires().saturating_add(1.hour()).unwrap_or(Timestamp::MAX) > now);
    codes.insert(code, issued);
}
