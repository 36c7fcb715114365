//! The packages of the workspace: what a registry and its readers need of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

#[allow(dead_code, reason = "of the build script only that is tried which finds the commit")]
#[path = "../build.rs"]
mod build_script;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn metadata() -> Value {
    let arguments = ["metadata", "--format-version", "1", "--offline", "--locked"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The packages of the workspace that are published.
fn published(metadata: &Value) -> Vec<&Value> {
    let is_published = |package: &&Value| package["source"].is_null() && package["publish"].is_null();
    let packages: Vec<&Value> = metadata["packages"].as_array().unwrap().iter().filter(is_published).collect();
    assert_eq!(packages.len(), 8);
    packages
}

fn folder(package: &Value) -> PathBuf {
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

#[test]
fn every_package_has_what_a_registry_shows() {
    let metadata = metadata();
    for package in published(&metadata) {
        let name = package["name"].as_str().unwrap();
        assert_eq!(package["documentation"], format!("https://docs.rs/{name}"), "{name}");
        assert_eq!(package["version"], env!("CARGO_PKG_VERSION"), "{name}");
        assert_eq!(package["rust_version"], env!("CARGO_PKG_RUST_VERSION"), "{name}");
        for key in ["license", "description", "readme"] {
            assert!(package[key].is_string(), "{name}: {key}");
        }
        let few = |key: &str| package[key].as_array().is_some_and(|list| (1..=5).contains(&list.len()));
        assert!(few("keywords") && few("categories"), "{name}");
        assert_eq!(package["metadata"]["docs"]["rs"]["targets"].as_array().unwrap().len(), 1, "{name}");
        // No address is invented: it is set with the first release.
        assert!(package["repository"].is_null() && package["homepage"].is_null(), "{name}: see CONTRIBUTING.md");
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let own = fs::read(folder(package).join(licence)).unwrap();
            assert_eq!(own, fs::read(root().join(licence)).unwrap(), "{name}: {licence}");
        }
    }
}

#[test]
fn every_dependency_of_a_package_on_another_has_its_version() {
    let metadata = metadata();
    let mut count = 0;
    for package in published(&metadata) {
        let inner =
            package["dependencies"].as_array().unwrap().iter().filter(|dependency| !dependency["path"].is_null());
        for dependency in inner {
            count += 1;
            assert_eq!(dependency["req"], concat!("^", env!("CARGO_PKG_VERSION")), "{}: {dependency}", package["name"]);
        }
    }
    assert!(count > 10, "{count}");
}

/// A package that needs a newer Rust than is stated would not build where the statement says that it does. That the standard
/// library of that version has what is used, clippy tells (`incompatible_msrv`).
#[test]
fn no_dependency_needs_a_newer_rust_than_is_stated() {
    let number = |text: &str| text.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
    let stated = number(env!("CARGO_PKG_RUST_VERSION"));
    let metadata = metadata();
    let needs = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| Some((package["name"].as_str()?, number(package["rust_version"].as_str()?))));
    let newer: Vec<_> = needs.filter(|(_, needed)| *needed > stated).collect();
    assert!(newer.is_empty(), "{newer:?}");
}

/// crates.io resolves a relative link of a README against the repository, from the package's folder in it.
#[test]
fn every_link_of_a_readme_leads_to_a_file_of_the_repository() {
    let metadata = metadata();
    let mut links = 0;
    for package in published(&metadata) {
        let readme = folder(package).join(package["readme"].as_str().unwrap());
        let text = fs::read_to_string(&readme).unwrap();
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else { continue };
            links += 1;
            let target = dest_url.split('#').next().unwrap();
            if target.is_empty() || target.starts_with("https://") {
                continue;
            }
            let file = readme.parent().unwrap().join(target);
            let file =
                fs::canonicalize(&file).unwrap_or_else(|error| panic!("{}: {dest_url}: {error}", readme.display()));
            assert!(file.starts_with(fs::canonicalize(root()).unwrap()), "{}: {dest_url}", readme.display());
        }
    }
    assert!(links > 5, "{links}");
}

#[test]
fn a_packed_crate_knows_its_commit_without_git() {
    let packed = format!("{{\n  \"git\": {{\n    \"sha1\": \"{COMMIT}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}");
    assert_eq!(build_script::packed_commit(&packed).as_deref(), Some(COMMIT));
    let dirty = packed.replace("\"\n  },", "\",\n    \"dirty\": true\n  },");
    assert_eq!(build_script::packed_commit(&dirty), Some(format!("{COMMIT} with changes")));
    for other in ["", "{}", "{\"git\": {\"sha1\": \"abc\"}}", "{\"git\": {\"sha1\": 5}}"] {
        assert_eq!(build_script::packed_commit(other), None, "{other}");
    }
}

#[test]
fn the_commit_is_that_of_the_packages_own_repository() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").arg("-C").arg(folder.path()).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(build_script::git_commit(folder.path()), None);
    git(&["init", "-q"]);
    fs::create_dir(folder.path().join("vendored")).unwrap();
    fs::write(folder.path().join("file"), "1").unwrap();
    git(&["add", "file"]);
    git(&["commit", "-q", "-m", "first"]);
    let head = git(&["rev-parse", "HEAD"]);
    let (commit, log) = build_script::git_commit(folder.path()).unwrap();
    assert_eq!(commit, head);
    assert!(fs::read_to_string(log).unwrap().contains(&head));
    assert_eq!(build_script::git_commit(&folder.path().join("vendored")), None);
    fs::write(folder.path().join("file"), "2").unwrap();
    assert_eq!(build_script::git_commit(folder.path()).unwrap().0, format!("{head} with changes"));
}
