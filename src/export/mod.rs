//! Tutorials for other programs: what a tutorial sends, keeps and expects, as a Postman collection or as a `.http` file.
//!
//! A tutorial is played on an emulated tenant, as a live run would play it, and its session notes what the steps do
//! ([`Script`](crate::session::Script)). [`link`] puts variables in place of values that answers gave; [`javascript`] writes what
//! is expected; a file a format writes the whole.

mod build;
mod environment;
mod http_file;
mod javascript;
mod json_path;
mod link;
mod outline;
mod played;
mod postman;
mod script;
mod settings;
mod sources;

use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;
use crate::runner::Plan;

/// A format of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// A Postman collection, v2.1
    Postman,
    /// A .http file, for httpyac and the HTTP client of JetBrains
    Http,
}

/// A tutorial in another format.
#[derive(Debug)]
pub struct ExportedTutorial {
    /// The file.
    pub text: String,
    /// The file of its variables.
    pub environment: String,
    /// The ids that somebody has to give and graphwalk finds by itself, since the tutorial finds its sessions.
    pub to_give: Vec<String>,
    /// The number of requests in it.
    pub requests: usize,
    /// The number of sentences that the file does not hold, or not whole.
    pub untold: usize,
    /// The reason why a part of the tutorial is not in it, if so.
    pub missing: Vec<String>,
}

/// Writes a tutorial in a format.
///
/// # Errors
///
/// If no emulator can be started here, or nothing of the tutorial can be played on it.
pub async fn export(plan: &Plan, schemas: &Schemas, format: ExportFormat) -> Result<ExportedTutorial, Box<Diagnostic>> {
    // Who signs in is known when the tutorial has been played: only those need a password that need not be changed.
    let first = played::play_noting(plan, schemas, &[]).await?;
    let actors = first.actors();
    let played = played::play_noting(plan, schemas, &actors).await?;
    let missing = played.missing.clone();
    let outline = build::build(plan, &played);
    let requests = outline.requests().count();
    if requests == 0 {
        let message = format!("nothing of {} can be exported: none of its requests was sent", plan.tutorial);
        return Err(Box::new(Diagnostic::new("export", message).notes(missing).help(
            "a tutorial is played on the emulator for its export; `graphwalk run --on emulator` says what is missing there",
        )));
    }
    let untold = outline.untold();
    let (text, environment) = match format {
        ExportFormat::Postman => (postman::write(&outline), environment::postman(&outline)),
        ExportFormat::Http => (http_file::write(&outline), environment::http_client(&outline)),
    };
    let to_give = outline.given.iter().map(|(name, _)| name.clone());
    let to_give = if plan.discovers() { to_give.collect() } else { Vec::new() };
    Ok(ExportedTutorial { text, environment, to_give, requests, untold, missing })
}
