//! `graphwalk serve`: a recorded session or an emulated tenant for any other client.

use std::future::Future;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use graphwalk_emulator::areas::MY_ACCESS;
use graphwalk_emulator::http::Service;
use graphwalk_emulator::server::{HostName, Server, Tls, WebOrigin, raise_open_files};
use graphwalk_emulator::{ClockPace, Emulator, Settings};
use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;

use crate::backend::replay::ReplayService;
use crate::diagnostic::Diagnostic;
use crate::tutorial::{Library, TutorialFaults};

use super::emulator_args::{EmulatorArgs, refuse_without_emulator};
use super::serve_log::LoggingService;
use super::signals::Signals;
use super::values::whole_number;
use super::{Exit, printed};

/// Arguments of `graphwalk serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk serve --on emulator --port 8080             an in-memory tenant\n  graphwalk serve --on emulator --tls --tls-ca ca.pem   over https, as MSAL asks\n  graphwalk serve --on emulator --clock 3600x           five days in two minutes\n  graphwalk serve --port 8080                           the bundled recording\n  curl -H 'Authorization: Bearer TOKEN' http://127.0.0.1:8080/v1.0/me\n  curl http://127.0.0.1:8080/_emulator/clock/advance \\\n    --json '{\"seconds\": 432000}'"
)]
pub struct ServeArgs {
    /// Source of answers
    #[arg(long, value_name = "BACKEND", default_value = "replay")]
    on: ServeOn,
    /// The port; any that is free if left out
    #[arg(long, value_name = "P", default_value = "0", value_parser = whole_number::<u16>(0..=65535))]
    port: u16,
    /// The recording; the first bundled one if left out
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Print no line for each request; they go to stderr
    #[arg(long, short)]
    quiet: bool,
    /// Listen on another address than loopback: anyone who reaches it can use it
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), help_heading = "Server")]
    listen: IpAddr,
    /// Answer to this name too, of a container for instance; again for more
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    allow_host: Vec<HostName>,
    /// Let the pages of a web app use it, e.g. `http://localhost:3000`; again for more
    #[arg(long, value_name = "URL", help_heading = "Server")]
    allow_origin: Vec<WebOrigin>,
    /// Serve over https with a certificate made for localhost
    #[arg(long, conflicts_with = "tls_cert", help_heading = "Server")]
    tls: bool,
    /// Write the certificate that clients have to trust to this file
    #[arg(long, value_name = "FILE", requires = "tls", help_heading = "Server")]
    tls_ca: Option<PathBuf>,
    /// Serve over https with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "Server")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Server")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    emulator: EmulatorArgs,
    /// Pace of its clock: `real`, `virtual` (stands until it is advanced) or a speed such as `3600x`; `real` if left out
    #[arg(long, value_name = "CLOCK", help_heading = "Emulator")]
    clock: Option<ClockPace>,
    /// The administrator's token, without which nobody controls the emulator; a random one if left out
    #[arg(long, value_name = "TOKEN", help_heading = "Emulator")]
    admin_token: Option<String>,
}

/// A backend that `serve` can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ServeOn {
    /// A recorded session
    Replay,
    /// An in-memory tenant
    Emulator,
}

/// Serves until Ctrl-C.
///
/// # Errors
///
/// If a file cannot be read, or the port is taken.
pub fn serve(args: &ServeArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| fault(&error.to_string(), "run it again"))?;
    match args.on {
        ServeOn::Replay => {
            args.emulator.refuse()?;
            refuse_without_emulator(&[
                ("--clock", args.clock.is_some()),
                ("--admin-token", args.admin_token.is_some()),
            ])?;
            let recording = Arc::new(recording(args)?);
            runtime.block_on(replay(args, recording, out))
        }
        ServeOn::Emulator if args.recording.is_some() => {
            let message = "a recording is replayed, and --on emulator serves a tenant without one";
            Err(vec![Diagnostic::new("usage", message).help("leave out --recording, or use --on replay")])
        }
        ServeOn::Emulator => {
            let settings = Settings {
                clock: args.clock.unwrap_or(ClockPace::REAL),
                admin_token: args.admin_token.clone(),
                secure: args.tls || args.tls_cert.is_some(),
                ..args.emulator.settings(None)?
            };
            runtime.block_on(emulate(args, settings, out))
        }
    }
}

/// A server that listens where the arguments say.
fn listen(args: &ServeArgs) -> Result<Server, TutorialFaults> {
    let address = SocketAddr::new(args.listen, args.port);
    let mut server = Server::bind(address).map_err(|error| cannot_listen(&error.to_string()))?;
    if let Some(tls) = tls(args)? {
        server = server.with_tls(tls);
    }
    if !server.is_local() {
        let whatever = match args.on {
            ServeOn::Emulator => "read and change the tenant",
            ServeOn::Replay => "play the recording",
        };
        let mut err = anstream::stderr().lock();
        // A warning that nobody can read changes nothing.
        let _ = writeln!(err, "warning: {} is not loopback: anyone who reaches it can {whatever}", server.local_addr());
    }
    // As many connections as the system allows; fewer are no reason not to serve.
    raise_open_files();
    Ok(server.with_hosts(args.allow_host.clone()).with_origins(args.allow_origin.clone()))
}

async fn replay(args: &ServeArgs, recording: Arc<Recording>, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let server = listen(args)?;
    let service = ReplayService::new(recording);
    printed(writeln!(out, "serving {} on {}", service.recording().name, server.origin()))?;
    for (actor, token) in service.tokens() {
        printed(writeln!(out, "  {actor}: Authorization: Bearer {token}"))?;
    }
    printed(out.flush())?;
    run(server, service, args.quiet).await;
    Ok(Exit::Passed)
}

async fn emulate(args: &ServeArgs, settings: Settings, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let server = listen(args)?;
    let (now, pace) = (settings.now, settings.clock);
    let emulator =
        Emulator::new(settings, Schemas::embedded()).map_err(|error| fault(&error.to_string(), "change the seed"))?;
    printed(writeln!(out, "serving an emulated tenant on {}", server.origin()))?;
    printed(writeln!(out, "  tenant: {}", emulator.tenant_id()))?;
    printed(writeln!(out, "  administrator: Authorization: Bearer {}", emulator.administrator_token()))?;
    let pace = match pace {
        ClockPace::Standing => ", and stands still until POST /_emulator/clock/advance".to_owned(),
        ClockPace::REAL => String::new(),
        ClockPace::Times(times) => format!(", and runs {times} times as fast as real time"),
    };
    printed(writeln!(out, "  clock: {}{pace}", now.unwrap_or_else(|| emulator.now())))?;
    printed(writeln!(out, "  pages for people: {}/{MY_ACCESS}", server.origin()))?;
    printed(out.flush())?;
    run(server, emulator, args.quiet).await;
    Ok(Exit::Passed)
}

/// Serves until the program is asked to end.
async fn run(server: Server, service: impl Service, quiet: bool) {
    if quiet {
        server.run(Arc::new(service), stopped()).await;
    } else {
        server.run(Arc::new(LoggingService::new(service)), stopped()).await;
    }
}

/// Arrives when the program is asked to end.
fn stopped() -> impl Future<Output = ()> {
    let mut signals = Signals::new();
    async move { signals.next().await }
}

fn tls(args: &ServeArgs) -> Result<Option<Tls>, TutorialFaults> {
    let fault = |error: graphwalk_emulator::server::TlsError| {
        fault(&error.to_string(), "give a certificate and its key in PEM, or use --tls")
    };
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        return Tls::from_files(certificate, key).map(Some).map_err(fault);
    }
    if !args.tls {
        return Ok(None);
    }
    let tls = Tls::self_made().map_err(fault)?;
    if let Some(path) = &args.tls_ca {
        tls.write_trusted(path).map_err(fault)?;
    }
    Ok(Some(tls))
}

fn cannot_listen(message: &str) -> TutorialFaults {
    fault(message, "choose another port with --port")
}

fn fault(message: &str, help: &str) -> TutorialFaults {
    vec![Diagnostic::new("serve", message).help(help)]
}

fn recording(args: &ServeArgs) -> Result<Recording, TutorialFaults> {
    if let Some(path) = &args.recording {
        return Recording::read(path).map_err(|error| vec![Diagnostic::from(&error)]);
    }
    let library = Library::embedded();
    let mut bundled = library.names().filter_map(crate::bundled::first_recording);
    bundled.next().ok_or_else(|| vec![Diagnostic::new("no-recording", "no recording is bundled")])
}
