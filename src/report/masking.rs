//! Secrets that stand in reports: masked once, where messages are made, so that all formats mask the same.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::session::mask_texts;

/// All texts of a message, masked.
pub(super) fn masked_message<T: Serialize + DeserializeOwned>(message: T) -> T {
    let masked = serde_json::to_value(&message).ok().and_then(|mut document| {
        mask_texts(&mut document);
        serde_json::from_value(document).ok()
    });
    // Types of ours, whose form no mask changes.
    masked.unwrap_or(message)
}
