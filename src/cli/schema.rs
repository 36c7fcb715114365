//! `graphwalk schema`: listing, showing, checking and generating schemas.

use std::io::Write;
use std::path::{Path, PathBuf};

use graphwalk_generator::generate_types;
use graphwalk_schema::{Findings, SchemaError, SchemaFinding, Schemas};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::tutorial::TutorialFaults;

use super::{Exit, printed};

/// Arguments of `graphwalk schema`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk schema list\n  graphwalk schema show accessReviewInstance\n  graphwalk schema check user answer.json\n  graphwalk schema generate --csdl metadata.xml"
)]
pub struct SchemaArgs {
    #[command(subcommand)]
    command: SchemaCommand,
    /// Use the schemas of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR", global = true)]
    schemas: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum SchemaCommand {
    /// List the types of Graph
    List,
    /// Print the schema of a type
    Show {
        /// The type, e.g. `accessReviewInstance`
        r#type: String,
    },
    /// Validate a JSON file: an object of a type, or a list of them as Graph answers it
    #[command(after_help = "Example:\n  graphwalk schema check accessReviewInstance instance.json --strict")]
    Check {
        /// The type, e.g. `user`
        r#type: String,
        /// The file
        file: PathBuf,
        /// Fail on values that the schemas do not know
        #[arg(long)]
        strict: bool,
    },
    /// Make schemas from Graph's metadata
    #[command(
        after_help = "Example:\n  curl -o metadata.xml 'https://graph.microsoft.com/v1.0/$metadata'\n  graphwalk schema generate --csdl metadata.xml --out schemas"
    )]
    Generate {
        /// The CSDL: what https://graph.microsoft.com/v1.0/$metadata answers
        #[arg(long, value_name = "FILE")]
        csdl: PathBuf,
        /// The folder to write `v1.0` into
        #[arg(long, value_name = "DIR", default_value = "schemas")]
        out: PathBuf,
        /// Facts that the CSDL does not say; the built-in overlay if left out
        #[arg(long, value_name = "FILE")]
        overlay: Option<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
///
/// If a file cannot be read or written, or a type is unknown.
pub fn schema(args: &SchemaArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let schemas = || super::run::schemas(args.schemas.as_deref()).map_err(|fault| vec![*fault]);
    match &args.command {
        SchemaCommand::List => {
            let names = schemas()?.type_names();
            printed(names.iter().try_for_each(|name| writeln!(out, "{name}")))?;
            Ok(Exit::Passed)
        }
        SchemaCommand::Show { r#type } => {
            let text = schemas()?.source(r#type).map_err(unusable)?;
            printed(write!(out, "{text}"))?;
            Ok(Exit::Passed)
        }
        SchemaCommand::Check { r#type, file, strict } => check(&schemas()?, r#type, file, *strict, out),
        SchemaCommand::Generate { csdl, out: folder, overlay } => make(csdl, folder, overlay.as_deref(), out),
    }
}

fn check(schemas: &Schemas, ty: &str, file: &Path, strict: bool, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let body: Value = serde_json::from_str(&read(file).map_err(|fault| vec![*fault])?).map_err(|error| {
        let message = format!("{} is not JSON, at line {}, column {}", file.display(), error.line(), error.column());
        vec![Diagnostic::new("json", message).help("check takes the body of an answer")]
    })?;
    let list = body.get("value").is_some_and(Value::is_array);
    let Findings { violations, drift, .. } = schemas.check_type(ty, list, &body).map_err(unusable)?;
    printed(tell(out, "violation", &violations).and_then(|()| tell(out, "drift", &drift)))?;
    let failed = !violations.is_empty() || (strict && !drift.is_empty());
    let what = if list { format!("a list of {ty}") } else { ty.to_owned() };
    let verdict = if failed { "does not fit" } else { "fits" };
    let (violations, drift) = (counted(violations.len(), "violation"), drift.len());
    printed(writeln!(out, "{} {verdict} {what}: {violations}, {drift} drift", file.display()))?;
    Ok(if failed { Exit::Failed } else { Exit::Passed })
}

fn tell(out: &mut dyn Write, word: &str, findings: &[SchemaFinding]) -> std::io::Result<()> {
    for SchemaFinding { pointer, expected, found, schema, .. } in findings {
        let pointer = if pointer.is_empty() { "the whole" } else { pointer };
        writeln!(out, "{word}  {pointer}\n    expected {expected}\n    got {found}\n    by {schema}")?;
    }
    Ok(())
}

fn make(csdl: &Path, folder: &Path, overlay: Option<&Path>, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let csdl = read(csdl).map_err(|fault| vec![*fault])?;
    let overlay = match overlay {
        Some(file) => read(file).map_err(|fault| vec![*fault])?,
        None => graphwalk_generator::OVERLAY.to_owned(),
    };
    let catalog = generate_types(&csdl, &overlay).map_err(|fault| vec![Diagnostic::from(&fault)])?;
    let written = Schemas::of_catalog(catalog).write(folder);
    let written = written.map_err(|error| vec![Diagnostic::from(&error)])?;
    printed(writeln!(out, "{written} files written to {}", folder.join("v1.0").display()))?;
    Ok(Exit::Passed)
}

fn read(file: &Path) -> Result<String, Box<Diagnostic>> {
    let unreadable =
        |error: std::io::Error| Box::new(Diagnostic::new("input", format!("cannot read {}: {error}", file.display())));
    let bytes = std::fs::read(file).map_err(unreadable)?;
    Diagnostic::utf8_of("input", &file.display().to_string(), bytes)
}

fn unusable(error: SchemaError) -> TutorialFaults {
    vec![Diagnostic::from(&error)]
}
