//! Generates the bytes that the catalog embeds (`data/v1.0.bin`), see the crate's README:
//!
//!     cargo run -p graphwalk-generator -- --csdl metadata.xml --permissions permissions.json

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwalk_generator::{Fault, generate};

const USAGE: &str = "usage: generate --csdl FILE --permissions FILE [--overlay FILE] [--out FILE]";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Fault> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let (mut csdl, mut permissions) = (None, None);
    let (mut overlay, mut out) = (crate_folder.join("overlay.toml"), crate_folder.join("data/v1.0.bin"));
    while let Some(flag) = arguments.next() {
        let value = arguments.next().map(PathBuf::from).ok_or_else(|| Fault(USAGE.to_owned()))?;
        match flag.as_str() {
            "--csdl" => csdl = Some(value),
            "--permissions" => permissions = Some(value),
            "--overlay" => overlay = value,
            "--out" => out = value,
            _ => return Err(Fault(format!("unexpected {flag}\n{USAGE}"))),
        }
    }
    let (Some(csdl), Some(permissions)) = (csdl, permissions) else { return Err(Fault(USAGE.to_owned())) };
    let generated = generate(&read(&csdl)?, &read(&permissions)?, &read(&overlay)?)?;
    std::fs::write(&out, &generated.bytes)
        .map_err(|error| Fault(format!("cannot write {}: {error}", out.display())))?;
    for path in &generated.left_out {
        eprintln!("left out, no path: {path}");
    }
    println!("{} bytes written to {}", generated.bytes.len(), out.display());
    Ok(())
}

fn read(file: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(file).map_err(|error| Fault(format!("cannot read {}: {error}", file.display())))
}
