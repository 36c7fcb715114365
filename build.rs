//! Generates what the program carries of its own sources: the expressions of its steps, its tutorials with their recordings, and
//! the commit that it is built from.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use cucumber_expressions::expand::IntoRegexCharIter as _;
use cucumber_expressions::{Alternative, Expression, Optional, SingleExpression, Spanned};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?);
    let root = env::current_dir()?;
    fs::write(out.join("own_expressions.rs"), own_expressions(&root.join("steps"))?)?;
    let tables =
        [("features", "features", "feature"), ("pages", "features", "toml"), ("recordings", "recordings", "har")];
    for (table, folder, extension) in tables {
        let is_listed = |path: &Path| path.extension().is_some_and(|own| own == extension);
        fs::write(out.join(format!("{table}.rs")), embedded(&root, folder, is_listed)?)?;
    }
    let is_other = |path: &Path| path.is_file() && path.extension().is_none_or(|own| own != "feature" && own != "toml");
    fs::write(out.join("files.rs"), embedded(&root, "features", is_other)?)?;
    for folder in ["features", "recordings", "steps"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    // Cargo hands these on to what it runs, and a variable whose name begins with GRAPHWALK_ is a setting there.
    println!("cargo::rustc-env=BUILT_FROM_COMMIT={}", commit(&root)?);
    println!("cargo::rustc-env=BUILT_FOR_TARGET={}", env::var("TARGET").map_err(io::Error::other)?);
    Ok(())
}

/// The commit that is built; the empty text where it cannot be known. A debug build does not ask git: it would have to be built
/// anew after every commit.
fn commit(root: &Path) -> io::Result<String> {
    let packed = root.join(PACKED_COMMIT);
    if packed.is_file() {
        return Ok(packed_commit(&fs::read_to_string(packed)?).unwrap_or_default());
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return Ok(String::new());
    }
    let Some((commit, log)) = git_commit(root) else { return Ok(String::new()) };
    println!("cargo::rerun-if-changed={}", log.display());
    Ok(commit)
}

/// The file in which `cargo package` writes the commit that it packed.
const PACKED_COMMIT: &str = ".cargo_vcs_info.json";

/// The commit that such a file names, and whether there were changes beside it.
pub fn packed_commit(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1).filter(|commit| is_commit(commit))?;
    let is_dirty =
        text.split_once("\"dirty\"").is_some_and(|(_, rest)| rest.trim_start_matches([':', ' ']).starts_with("true"));
    Some(if is_dirty { format!("{commit} with changes") } else { commit.to_owned() })
}

/// The commit of the repository whose top folder is `root`, and git's log of what was checked out there, which changes with it.
/// A copy of the package inside of another repository is not built from that one's commit.
pub fn git_commit(root: &Path) -> Option<(String, PathBuf)> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != fs::canonicalize(root).ok()? {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"]).filter(|commit| is_commit(commit))?;
    let log = root.join(git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    let is_changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some((if is_changed { format!("{commit} with changes") } else { commit }, log))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The expressions of the step definitions in `folder`, taken apart; sorted by file and line.
///
/// One that stands otherwise than in one line, or with something escaped, is left to cucumber.
fn own_expressions(folder: &Path) -> io::Result<String> {
    let mut table = String::from("&[\n");
    for path in files_in(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for (line, text) in (1..).zip(fs::read_to_string(&path)?.lines()) {
            if let Some(written) = expression_of(text)
                && let Some(Parts { words, pattern, sentence }) = parts_of(written)
            {
                writeln!(
                    table,
                    "    OwnExpression {{ file: {name:?}, line: {line}, written: {written:?}, \
                     words: &{words:?}, pattern: &{pattern:?}, sentence: &{sentence:?} }},"
                )
                .map_err(io::Error::other)?;
            }
        }
    }
    table.push_str("]\n");
    Ok(table)
}

/// The expression of a step's attribute.
fn expression_of(line: &str) -> Option<&str> {
    let attribute = ["#[given", "#[when", "#[then"].iter().find_map(|name| line.strip_prefix(name))?;
    let written = attribute.strip_prefix("(expr = \"")?.strip_suffix("\")]")?;
    (!written.contains(['\\', '"'])).then_some(written)
}

/// What an expression consists of. What each list means stands at `OwnExpression`.
struct Parts {
    words: Vec<String>,
    pattern: Vec<String>,
    sentence: Vec<String>,
}

/// The parts of an expression; `None` if it is none.
fn parts_of(written: &str) -> Option<Parts> {
    let mut parts = Parts { words: vec![String::new()], pattern: vec!["^".to_owned()], sentence: vec![String::new()] };
    for part in Expression::parse(written).ok()?.0 {
        if let SingleExpression::Parameter(parameter) = part {
            for list in [&mut parts.pattern, &mut parts.sentence] {
                list.extend([parameter.input.to_string(), String::new()]);
            }
            parts.words.push(String::new());
            continue;
        }
        let shown = shown(&part);
        parts.sentence.last_mut()?.push_str(&shown);
        match &part {
            SingleExpression::Text(_) | SingleExpression::Whitespaces(_) => parts.words.last_mut()?.push_str(&shown),
            _ => parts.words.push(String::new()),
        }
        let pattern: String = part.into_regex_char_iter().collect::<Result<_, _>>().ok()?;
        parts.pattern.last_mut()?.push_str(&pattern);
    }
    parts.pattern.last_mut()?.push('$');
    Some(parts)
}

/// What an author reads of a part: what may be left out is shown, of a choice the first wording.
fn shown(part: &SingleExpression<Spanned<'_>>) -> String {
    match part {
        SingleExpression::Text(text) | SingleExpression::Whitespaces(text) => text.to_string(),
        SingleExpression::Optional(Optional(text)) => text.to_string(),
        SingleExpression::Alternation(wordings) => {
            let first = wordings.first().into_iter().flatten();
            first.map(|(Alternative::Text(text) | Alternative::Optional(Optional(text)))| text.to_string()).collect()
        }
        SingleExpression::Parameter(_) => String::new(),
    }
}

/// The files of the folders in `folder` that are to be listed: the path from `folder` on with slashes, and the bytes; sorted.
fn embedded(root: &Path, folder: &str, is_listed: impl Fn(&Path) -> bool) -> io::Result<String> {
    let mut table = String::from("&[\n");
    for tutorial in files_in(&root.join(folder))?.iter().filter(|path| path.is_dir()) {
        for path in files_in(tutorial)?.iter().filter(|path| is_listed(path)) {
            let names = [tutorial, path].map(|path| path.file_name().unwrap_or_default().to_string_lossy());
            let name = names.join("/");
            // From the package's folder: an absolute path would stand in the program.
            writeln!(
                table,
                "    ({name:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{folder}/\", {name:?}))),"
            )
            .map_err(io::Error::other)?;
        }
    }
    table.push_str("]\n");
    Ok(table)
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
