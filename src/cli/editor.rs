//! `graphwalk init --editor`: what VS Code needs to complete and check the sentences of features, and graphwalk.toml.
//!
//! Cucumber's extension reads step definitions out of source code. An author who has only the program has none, so the program
//! writes a file of JavaScript that has all sentences and runs nothing.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use crate::config::json_schema;
use crate::diagnostic::Diagnostic;
use crate::sentences::{DefinitionText, Definitions, known_parameters};
use crate::tutorial::TutorialFaults;

use super::{Exit, printed};

const FOLDER: &str = ".vscode";
const GLUE: &str = ".vscode/graphwalk-steps.js";
const SCHEMA: &str = ".vscode/graphwalk.schema.json";
const SETTINGS: &str = ".vscode/settings.json";

/// Writes the files into `folder`. Those that only graphwalk writes are made anew; settings that are there stay, unless `force`.
///
/// # Errors
///
/// If they cannot be written.
pub(super) fn write(folder: &Path, force: bool, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let settings = format!("{:#}\n", settings());
    let at = |name: &str| folder.join(name);
    let keeps =
        at(SETTINGS).exists() && !force && std::fs::read_to_string(at(SETTINGS)).ok().as_ref() != Some(&settings);
    let mut files = vec![(GLUE, glue()), (SCHEMA, format!("{:#}\n", json_schema()))];
    if !keeps {
        files.push((SETTINGS, settings.clone()));
    }
    for (name, text) in &files {
        let written = std::fs::create_dir_all(at(FOLDER)).and_then(|()| std::fs::write(at(name), text));
        written.map_err(|error| {
            let fault = Diagnostic::new("init", format!("cannot write {name}: {error}"));
            vec![fault.help("run it in a folder that can be written")]
        })?;
        printed(writeln!(out, "wrote {name}"))?;
    }
    if keeps {
        printed(write!(out, "kept {SETTINGS}: add these settings to it, or replace it with --force\n{settings}"))?;
    }
    let next = "install the extension Cucumber (CucumberOpen.cucumber-official) and, for graphwalk.toml,\n\
                Even Better TOML, with this as the first line of graphwalk.toml:";
    printed(writeln!(out, "{next}\n  #:schema ./{SCHEMA}"))?;
    Ok(Exit::Passed)
}

fn settings() -> serde_json::Value {
    json!({"cucumber.features": ["**/*.feature"], "cucumber.glue": [GLUE]})
}

/// The sentences of all steps that the program knows, and the parameters in them, as Cucumber's extension reads them.
fn glue() -> String {
    let mut text = format!(
        "// The sentences of graphwalk {}, for Cucumber's extension. Nothing runs this file.\n\
         // `graphwalk init --editor` writes it again.\n\
         const {{ Given, defineParameterType }} = require(\"@cucumber/cucumber\");\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for kind in known_parameters() {
        let _ =
            writeln!(text, "defineParameterType({{ name: {}, regexp: {} }});", quoted(kind.name), regex(kind.pattern));
    }
    text.push('\n');
    let mut sentences: Vec<String> = Definitions::shared()
        .described()
        .map(|(source, ..)| match source {
            DefinitionText::Expression(written) => quoted(written),
            DefinitionText::Pattern(pattern) => regex(&pattern),
        })
        .collect();
    sentences.sort();
    sentences.dedup();
    for sentence in sentences {
        let _ = writeln!(text, "Given({sentence}, () => {{}});");
    }
    text
}

/// A text in quotes. The extension takes the backslashes of a text as they stand, and so does JavaScript those of `String.raw`;
/// expressions of this library have none but before brackets.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// A regular expression between slashes, with the groups of Rust named as JavaScript names them.
fn regex(pattern: &str) -> String {
    format!("/{}/", pattern.replace("(?P<", "(?<").replace('/', "\\/"))
}
