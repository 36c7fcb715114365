//! What `--version` prints: the program's version, and which files its knowledge of Graph was made from.

use std::sync::LazyLock;

use graphwalk_catalog::{Catalog, Inputs};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The number of digits of a hash that are enough to distinguish files by eye.
const DIGITS: usize = 8;

/// One line, for `-V`.
pub(super) fn short() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let Inputs { csdl, permissions, overlay } = Catalog::v1().inputs();
        let [csdl, permissions, overlay] = [&csdl, &permissions, &overlay].map(|hash| &hash[..DIGITS]);
        format!("{VERSION} (Graph v1.0: metadata {csdl}, permissions {permissions}, overlay {overlay})")
    });
    &TEXT
}

/// The same with whole hashes, for `--version`.
pub(super) fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let Inputs { csdl, permissions, overlay } = Catalog::v1().inputs();
        let beta = Catalog::beta().inputs().csdl;
        format!(
            "{VERSION}\n\nWhat is known of Microsoft Graph was made from files with these SHA-256 hashes:\n  \
             metadata     {csdl}\n  permissions  {permissions}\n  overlay      {overlay}\n  beta         {beta} (metadata of one cloud)"
        )
    });
    &TEXT
}
