//! A text that several own, as a text in JSON: `#[serde(with = "shared_text")]`.

use std::sync::Arc;

use serde::{Deserialize as _, Deserializer, Serializer};

/// Writes the text.
///
/// # Errors
///
/// The serialiser's.
pub fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Reads a text.
///
/// # Errors
///
/// If it is not one.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Arc::from)
}
