//! dist/ and action.yml: their shell parts are run on a release that is made here, the rest is linted.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TARGET: &str = "x86_64-unknown-linux-musl";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(file: &str) -> Value {
    yaml_serde::from_str(&fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

fn program_folder() -> PathBuf {
    cargo_bin("graphwalk").parent().unwrap().to_owned()
}

/// A release in a folder, made by the scripts of the release workflow.
fn release(folder: &Path) -> String {
    let releases = folder.join("releases");
    let version = releases.join(format!("v{VERSION}"));
    // In place of the program, which takes a minute to be compressed as it is here, one that starts it.
    let built = folder.join("built");
    fs::create_dir(&built).unwrap();
    fs::write(built.join("graphwalk"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", cargo_bin("graphwalk").display()))
        .unwrap();
    fs::set_permissions(built.join("graphwalk"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut pack = Command::new(root().join("dist/pack"));
    let packed = pack.args([VERSION, TARGET]).arg(&built).arg(&version).output().unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let listing = yaml("dist/release.yml")["jobs"]["release"]["steps"][1]["run"].as_str().unwrap().to_owned();
    let listing = listing.replace("cd packed", &format!("cd '{}'", version.display()));
    assert!(Command::new("bash").args(["-ec", &listing]).status().unwrap().success());
    format!("file://{}", releases.display())
}

/// Runs the installer with the variables that action.yml gives it.
fn install(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("bash");
    command.arg(root().join("dist/install")).env("GRAPHWALK_VERSION", VERSION);
    command.env("GRAPHWALK_FOLDER", folder).envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")]);
    command.env("GITHUB_PATH", folder.join("path")).envs(variables.iter().copied()).output().unwrap()
}

fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("::error title=graphwalk::") && said.contains(why), "{said}");
}

#[test]
fn a_packed_release_is_installed_by_its_checksum_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let releases = release(folder.path());
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let output = install(&tools, &[("GRAPHWALK_RELEASES", &releases)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let installed = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    assert_eq!(fs::read_to_string(tools.join("path")).unwrap().trim(), installed.to_str().unwrap());
    for file in ["README.md", "LICENSE-MIT", "man/graphwalk-run.1", "completions/graphwalk.zsh"] {
        assert!(fs::metadata(installed.join(file)).unwrap().len() > 500, "{file}");
    }
    let version = Command::new(installed.join("graphwalk")).arg("-V").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().starts_with(&format!("graphwalk {VERSION} (")));

    // What the cache kept is not fetched again, and checked again.
    let sum = fs::read_to_string(tools.join("SHA256SUMS")).unwrap();
    let sum = sum.split(' ').next().unwrap().to_uppercase();
    let known = [("GRAPHWALK_RELEASES", "file:///nowhere"), ("GRAPHWALK_SHA256", sum.as_str())];
    assert!(install(&tools, &known).status.success());
    let archive = tools.join(format!("graphwalk-v{VERSION}-{TARGET}.tar.gz"));
    fs::write(&archive, "something else").unwrap();
    refused(&install(&tools, &known), "it is not what was released, and was deleted");
    assert!(!archive.exists());
}

#[test]
fn what_cannot_be_installed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let releases = release(folder.path());
    let tools = folder.path().join("tools");
    let released = [("GRAPHWALK_RELEASES", releases.as_str())];
    refused(&install(&tools, &[released[0], ("GRAPHWALK_VERSION", "9.9.9")]), "is there a release v9.9.9?");
    refused(&install(&tools, &[released[0], ("RUNNER_ARCH", "ARM64")]), "there is no release for Linux/ARM64");
    refused(&install(&tools, &[released[0], ("GRAPHWALK_SHA256", "abc")]), "64 hexadecimal digits, got 'abc'");
    let zeros = "0".repeat(64);
    refused(&install(&tools, &[released[0], ("GRAPHWALK_SHA256", &zeros)]), "expected graphwalk-v");
    fs::write(folder.path().join(format!("releases/v{VERSION}/SHA256SUMS")), "").unwrap();
    refused(&install(&tools, &released), "64 hexadecimal digits, got ''");
}

#[test]
fn a_program_of_another_version_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let mut pack = Command::new(root().join("dist/pack"));
    let output = pack.args(["9.9.9", TARGET]).arg(program_folder()).arg(folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected the program of a release of 9.9.9"));
}

/// The step of action.yml that runs the program, with what a workflow gives it.
fn run_step(folder: &Path, arguments: &str) -> Output {
    let action = yaml("action.yml");
    let step = action["runs"]["steps"].as_array().unwrap().iter().find(|step| step["env"]["ARGUMENTS"].is_string());
    let script = step.unwrap()["run"].as_str().unwrap();
    let path = format!("{}:{}", program_folder().display(), std::env::var("PATH").unwrap());
    // As GitHub starts bash.
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
    command.envs([("PATH", path.as_str()), ("ARGUMENTS", arguments), ("EVIDENCE", "kept evidence")]).output().unwrap()
}

#[test]
fn the_action_keeps_evidence_of_what_it_ran_and_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_step(folder.path(), "--strict");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verify = Command::new(cargo_bin("graphwalk"))
        .args(["report", "verify"])
        .arg(folder.path().join("kept evidence"))
        .status();
    assert!(verify.unwrap().success());
    let output = run_step(folder.path(), "no-such-tutorial --strict");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_health_check_of_the_container_tells_that_its_command_serves() {
    let text = fs::read_to_string(root().join("dist/Containerfile")).unwrap();
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port().to_string();
    let words = |instruction: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(instruction)).unwrap();
        let words: Vec<String> = serde_json::from_str(&line[line.find('[').unwrap()..]).unwrap();
        words.iter().map(|word| word.replace("8080", &free).replace("0.0.0.0", "127.0.0.1")).collect()
    };
    assert!(text.contains("\nUSER 65532:65532\n"));
    let (check, entry) = (words("HEALTHCHECK"), words("ENTRYPOINT"));
    assert_eq!(check[0], entry[0]);
    let health = || Command::new(cargo_bin("graphwalk")).args(&check[1..]).output().unwrap().status.code();
    assert_eq!(health(), Some(1));
    let mut server = Command::new(cargo_bin("graphwalk")).args(words("CMD")).arg("--quiet").spawn().unwrap();
    let begun = Instant::now();
    let mut answered = health();
    while answered != Some(0) && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(100));
        answered = health();
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(answered, Some(0));
}

#[test]
#[ignore = "needs actionlint, action-validator, hadolint and shellcheck: see .ci/run"]
fn the_workflow_the_action_and_the_container_file_pass_their_linters() {
    let tools = root().join("target/lint");
    let silent = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
    };
    let actionlint = tools.join("python/bin/actionlint");
    silent(&actionlint, &["dist/release.yml"]);
    silent(&tools.join("node_modules/.bin/action-validator"), &["action.yml"]);
    silent(&tools.join("python/bin/hadolint"), &["dist/Containerfile"]);
    silent(Path::new("shellcheck"), &["dist/pack", "dist/install", ".ci/run", ".ci/packed"]);
    // They find something where there is something to find.
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yml");
    let workflow = fs::read_to_string(root().join("dist/release.yml")).unwrap();
    fs::write(&broken, workflow.replace("${{ matrix.target }}", "${{ matrix.tarket }}")).unwrap();
    let found = Command::new(actionlint).arg(&broken).output().unwrap();
    assert!(String::from_utf8(found.stdout).unwrap().contains("tarket"));
}
