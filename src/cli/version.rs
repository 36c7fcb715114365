//! What `--version` prints: the program's version, what it was built from and for, and which files its knowledge of Graph was made
//! from.

use std::sync::LazyLock;

use graphwalk_catalog::{Catalog, Inputs};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit; empty in a debug build, see build.rs.
const COMMIT: &str = env!("BUILT_FROM_COMMIT");

const TARGET: &str = env!("BUILT_FOR_TARGET");

/// The number of digits of a hash that are enough to distinguish files, and commits, by eye.
const DIGITS: usize = 8;

/// In place of a date that nobody wrote down.
const NO_DATE: &str = "date unknown";

/// One line, for `-V`.
pub(super) fn short() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let commit = if COMMIT.is_empty() { "debug build" } else { COMMIT.get(..DIGITS).unwrap_or(COMMIT) };
        let date = Catalog::v1().metadata_date().unwrap_or(NO_DATE);
        format!("{VERSION} ({commit}, {TARGET}, Graph v1.0 of {date})")
    });
    &TEXT
}

/// The same with everything that is known, for `--version`.
pub(super) fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let commit = if COMMIT.is_empty() { "(unknown: a debug build)" } else { COMMIT };
        let (v1, beta) = (Catalog::v1(), Catalog::beta());
        let Inputs { csdl, permissions, overlay } = v1.inputs();
        let of_beta = beta.inputs().csdl;
        let [csdl_date, permissions_date, beta_date] =
            [v1.metadata_date(), v1.permissions_date(), beta.metadata_date()].map(|date| date.unwrap_or(NO_DATE));
        format!(
            "{VERSION}\n\n  commit       {commit}\n  target       {TARGET}\n  catalog      Graph v1.0 of {csdl_date}, \
             permissions of {permissions_date}, beta of {beta_date}\n\n\
             What is known of Microsoft Graph was made from files with these SHA-256 hashes:\n  \
             metadata     {csdl}\n  permissions  {permissions}\n  overlay      {overlay}\n  \
             beta         {of_beta} (metadata of one cloud)"
        )
    });
    &TEXT
}
