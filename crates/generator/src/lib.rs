//! From CSDL, permissions list and overlay to the bytes that the catalog embeds: [`generate`]. The program of this crate writes
//! them to `data/v1.0.bin` of the catalog, see its README.

use std::fmt;

use graphwalk_catalog::Catalog;

mod csdl;
mod documented;
mod encode;
mod overlay;
mod permissions;
mod xml;

/// The overlay of the catalog.
pub const OVERLAY: &str = include_str!("../../catalog/overlay.toml");

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

/// Makes a catalog of types alone, without calls and permissions: what schemas are made of.
///
/// # Errors
///
/// If an input is malformed, contradicts itself, or names what is not there.
pub fn generate_types(csdl: &str, overlay: &str) -> Result<Catalog, Fault> {
    let hashes = [hash(csdl), hash(""), hash(overlay)];
    let model = csdl::Model::parse(csdl)?;
    let overlay = overlay::Overlay::parse_documented(overlay, &model)?;
    let said = encode::Said::from_overlay(&overlay, &model)?;
    let permissions = permissions::Permissions::default();
    let input = encode::Input { model: &model, permissions: &permissions, overlay: &overlay, said: &said, hashes };
    catalog(&encode::encode(&input)?)
}

/// Makes the bytes of the catalog of a version whose metadata is not whole: without permissions, which the list of v1.0's catalog
/// has, and with what the overlay documents of the types and properties that are there.
///
/// # Errors
///
/// If an input is malformed or contradicts itself.
pub fn generate_partial(csdl: &str, overlay: &str) -> Result<Vec<u8>, Fault> {
    let hashes = [hash(csdl), hash(""), hash(overlay)];
    let mut model = csdl::Model::parse(csdl)?;
    model.roots.sort_by_key(|root| root.name.to_ascii_lowercase());
    let overlay = overlay::Overlay::parse_documented_of(overlay, &model)?;
    let said = encode::Said::from_overlay(&overlay, &model)?;
    let permissions = permissions::Permissions::default();
    encode::encode(&encode::Input { model: &model, permissions: &permissions, overlay: &overlay, said: &said, hashes })
}

/// A catalog borrows its bytes for good.
fn catalog(bytes: &[u8]) -> Result<Catalog, Fault> {
    let catalog = Catalog::from_bytes(Box::leak(bytes.to_vec().into_boxed_slice()));
    catalog.ok_or_else(|| Fault("what was generated is no catalog".to_owned()))
}

fn hash(text: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// Makes the bytes of a catalog.
///
/// # Errors
///
/// If an input is malformed, contradicts itself, or names what is not there.
pub fn generate(csdl: &str, permissions: &str, overlay: &str) -> Result<Generated, Fault> {
    let hashes = [hash(csdl), hash(permissions), hash(overlay)];
    let mut model = csdl::Model::parse(csdl)?;
    let overlay = overlay::Overlay::parse(overlay, &mut model)?;
    let permissions = permissions::Permissions::parse(permissions, &overlay, &model)?;
    let said = encode::Said::from_overlay(&overlay, &model)?;
    let input = encode::Input { model: &model, permissions: &permissions, overlay: &overlay, said: &said, hashes };
    let bytes = encode::encode(&input)?;
    overlay.check_against(catalog(&bytes)?)?;
    Ok(Generated { bytes, left_out: permissions.left_out.iter().cloned().collect() })
}
