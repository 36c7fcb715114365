//! The committed schemas are what `schema generate` makes of Graph's metadata.

use std::path::{Path, PathBuf};

use graphwalk::schema::generate::{OVERLAY, generate};

/// The whole metadata of v1.0 is 3.5 MB and not part of the project: the test runs where it is found.
fn metadata() -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/csdl/v1.0.xml");
    let path = std::env::var_os("GRAPHWALK_CSDL").map_or(beside, PathBuf::from);
    std::fs::read_to_string(path).ok()
}

#[test]
fn the_committed_schemas_are_what_the_generator_makes() {
    let Some(csdl) = metadata() else {
        println!("skipped: set GRAPHWALK_CSDL to Graph's metadata to compare");
        return;
    };
    let files = generate(&csdl, OVERLAY).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/v1.0");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), files.len());
    for (name, text) in files {
        assert_eq!(std::fs::read_to_string(folder.join(&name)).unwrap(), text, "{name}");
    }
}
