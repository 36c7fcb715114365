//! Generates what the program carries of its own sources: the expressions of its steps, and its tutorials with their recordings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use cucumber_expressions::{Expression, SingleExpression};

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
    Ok(())
}

/// The expressions of the step definitions in `folder`: file, line, expression, and the longest text that every sentence holds
/// which fits; sorted.
///
/// One that stands otherwise than in one line, or with something escaped, is left to cucumber.
fn own_expressions(folder: &Path) -> io::Result<String> {
    let mut table = String::from("&[\n");
    for path in files_in(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for (line, text) in (1..).zip(fs::read_to_string(&path)?.lines()) {
            if let Some(written) = expression_of(text)
                && let Ok(expression) = Expression::parse(written)
            {
                let words = longest_words(&expression.0);
                writeln!(table, "    ({name:?}, {line}, {written:?}, {words:?}),").map_err(io::Error::other)?;
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

/// The longest text of an expression between the places that vary.
fn longest_words<'s>(parts: &[SingleExpression<cucumber_expressions::Spanned<'s>>]) -> String {
    let mut texts = vec![String::new()];
    for part in parts {
        match part {
            SingleExpression::Text(text) | SingleExpression::Whitespaces(text) => {
                if let Some(last) = texts.last_mut() {
                    last.push_str(text.fragment());
                }
            }
            _ => texts.push(String::new()),
        }
    }
    texts.into_iter().max_by_key(String::len).unwrap_or_default()
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
