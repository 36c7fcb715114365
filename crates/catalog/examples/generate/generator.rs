//! From CSDL, permissions list and overlay to the bytes that the catalog embeds.

use std::fmt;

use graphwalk_catalog::Catalog;

mod csdl;
mod encode;
mod overlay;
mod permissions;
mod xml;

/// Why nothing can be generated: which input, and what is wrong with it.
#[derive(Debug)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// What was generated.
#[derive(Debug)]
pub struct Generated {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Paths of the permissions list that are no paths, left out.
    pub left_out: Vec<String>,
}

/// Generates.
///
/// # Errors
///
/// If an input is malformed, contradicts itself, or names what is not there.
pub fn generate(csdl: &str, permissions: &str, overlay: &str) -> Result<Generated, Fault> {
    let hash = |text: &str| ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref().to_vec();
    let hashes = [hash(csdl), hash(permissions), hash(overlay)];
    let mut model = csdl::Model::parse(csdl)?;
    let overlay = overlay::Overlay::parse(overlay, &mut model)?;
    let permissions = permissions::Permissions::parse(permissions, &overlay, &model)?;
    let said = encode::Said::from_overlay(&overlay)?;
    let input = encode::Input { model: &model, permissions: &permissions, overlay: &overlay, said: &said, hashes };
    let bytes = encode::encode(&input)?;
    // A catalog borrows its bytes for good.
    let catalog = Catalog::from_bytes(Box::leak(bytes.clone().into_boxed_slice()));
    overlay.check_against(catalog.ok_or_else(|| Fault("what was generated is no catalog".to_owned()))?)?;
    Ok(Generated { bytes, left_out: permissions.left_out.iter().cloned().collect() })
}
