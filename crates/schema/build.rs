//! Lists the schemas that the crate carries.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=schemas");
    let mut names = fs::read_dir("schemas/v1.0")?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        // From the package's folder: an absolute path would stand in the program.
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/schemas/v1.0/\", {name:?})");
        writeln!(table, "    ({name:?}, include_str!({path})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("schemas.rs"), table)
}
