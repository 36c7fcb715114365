//! `graphwalk serve`: a recorded session for any other client.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::replay::ReplayServer;
use crate::diagnostic::Diagnostic;
use crate::recording::Recording;
use crate::tutorial::{Faults, Library};

use super::{Exit, printed};

/// Arguments of `graphwalk serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk serve --port 8080\n  graphwalk serve --recording my.har\n  curl -H 'Authorization: Bearer replay-0-0' http://127.0.0.1:8080/v1.0/me"
)]
pub struct ServeArgs {
    /// Where answers come from
    #[arg(long, value_name = "BACKEND", default_value = "replay")]
    on: On,
    /// The port on loopback; any that is free if left out
    #[arg(long, value_name = "P", default_value = "0")]
    port: u16,
    /// The recording; the first bundled one if left out
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
}

/// A backend that `serve` can be given.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum On {
    /// A recorded session
    Replay,
}

/// Serves until Ctrl-C.
///
/// # Errors
///
/// If the recording cannot be read or the port is taken.
pub fn serve(args: &ServeArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    let On::Replay = args.on;
    let recording = Arc::new(recording(args)?);
    let fault = |message: String| vec![Diagnostic::new("serve", message).help("choose another port with --port")];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| fault(error.to_string()))?.block_on(async {
        let server = ReplayServer::start_on(args.port).await.map_err(|error| fault(error.to_string()))?;
        let session = server.open(recording);
        printed(writeln!(out, "serving {} on {}", session.recording().name, server.uri()))?;
        for (actor, token) in session.tokens() {
            printed(writeln!(out, "  {actor}: Authorization: Bearer {token}"))?;
        }
        printed(out.flush())?;
        tokio::signal::ctrl_c().await.map_err(|error| fault(error.to_string()))?;
        Ok(Exit::Passed)
    })
}

fn recording(args: &ServeArgs) -> Result<Recording, Faults> {
    if let Some(path) = &args.recording {
        return Recording::read(path).map_err(|error| vec![Diagnostic::from(&error)]);
    }
    let library = Library::embedded();
    let mut bundled = library.names().flat_map(Recording::bundled);
    bundled.next().ok_or_else(|| vec![Diagnostic::new("no-recording", "no recording is bundled")])
}
