//! Generates the bytes that the catalog embeds (`data/v1.0.bin`, `data/beta.bin`), see the catalog's README:
//!
//!     cargo run -p graphwalk-generator -- --csdl metadata.xml --permissions permissions.json --beta-csdl beta.xml

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use graphwalk_generator::{Fault, generate, generate_partial};

const USAGE: &str = "usage: generate --csdl FILE --permissions FILE [--beta-csdl FILE] [--overlay FILE] [--out FOLDER]";

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
    let (mut csdl, mut permissions, mut beta) = (None, None, None);
    let (mut overlay, mut out) = (None, crate_folder.join("data"));
    while let Some(flag) = arguments.next() {
        let value = arguments.next().map(PathBuf::from).ok_or_else(|| Fault(USAGE.to_owned()))?;
        match flag.as_str() {
            "--csdl" => csdl = Some(value),
            "--beta-csdl" => beta = Some(value),
            "--permissions" => permissions = Some(value),
            "--overlay" => overlay = Some(read(&value)?),
            "--out" => out = value,
            _ => return Err(Fault(format!("unexpected {flag}\n{USAGE}"))),
        }
    }
    let (Some(csdl), Some(permissions)) = (csdl, permissions) else { return Err(Fault(USAGE.to_owned())) };
    let overlay = match overlay {
        Some(overlay) => overlay,
        // Read now, not when this was compiled.
        None => read(&crate_folder.join("overlay.toml"))? + &read(&crate_folder.join("documented.toml"))?,
    };
    let generated = generate(&read(&csdl)?, &read(&permissions)?, &overlay)?;
    write(&out.join("v1.0.bin"), &generated.bytes)?;
    if let Some(beta) = beta {
        write(&out.join("beta.bin"), &generate_partial(&read(&beta)?, &overlay)?)?;
    }
    for path in &generated.left_out {
        eprintln!("left out, no path: {path}");
    }
    Ok(())
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Fault> {
    std::fs::write(file, bytes).map_err(|error| Fault(format!("cannot write {}: {error}", file.display())))?;
    println!("{} bytes written to {}", bytes.len(), file.display());
    Ok(())
}

fn read(file: &Path) -> Result<String, Fault> {
    std::fs::read_to_string(file).map_err(|error| Fault(format!("cannot read {}: {error}", file.display())))
}
