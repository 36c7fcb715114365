//! Secrets that stand in reports: masked once, where messages are made, so that all formats mask the same.

use graphwalk_secrets::in_use;
use graphwalk_secrets::masking::masked_text;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::session::mask_texts;

/// A text without the secrets in use, and without what looks like one.
pub(super) fn masked(text: &str) -> String {
    masked_text(&in_use::mask(text))
}

/// All texts of a message, masked.
pub(super) fn masked_message<T: Serialize + DeserializeOwned>(message: T) -> T {
    let masked = serde_json::to_value(&message).ok().and_then(|mut document| {
        mask_texts(&mut document);
        serde_json::from_value(document).ok()
    });
    // Types of ours, whose form no mask changes.
    masked.unwrap_or(message)
}
