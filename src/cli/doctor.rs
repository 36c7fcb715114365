//! `graphwalk doctor`: whether the tenant, the accounts and the licence are ready.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use graphwalk_client::sign_in::{Person, Prompt, SignIn};
use graphwalk_schema::Schemas;

use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::doctor::{Asking, DoctorTrace, Examined, Needs, Report, examine};
use crate::report::TraceFile;
use crate::runner::runtime;
use crate::terminal_text::plain;
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;
use super::tenants::{self, TenantsFileArgs};
use super::trace;
use super::{Exit, FeaturesArg, library, printed};

/// Examples for `--help`.
pub const EXAMPLES: &str = "Examples:
  graphwalk doctor                      look at everything; nobody is asked to
                                        sign in
  graphwalk doctor --sign-in            whoever must sign in is asked
  graphwalk doctor --json               for a program
  graphwalk doctor --features mine      what a tutorial of your own needs
  graphwalk doctor --features mine --recording mine.har
  graphwalk doctor --tenant contoso.onmicrosoft.com --cloud usgov
  graphwalk doctor --tenants tenants.csv    each tenant of a file

✓ as it should be, ! a run can do with it, ? cannot be found out beforehand, ✗
keeps steps of the tutorial from being judged. Nothing is written to the tenant.

The table of permissions says what each step needs at least, whether the
tutorial's page names it, or a higher one, or forgets it, and whether the token
grants it, or a higher one, or lacks it.

Exit codes: 0 nothing blocks, 2 the configuration cannot be read, 3 something
blocks.";

/// Arguments of `graphwalk doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The tutorial; the first built-in one if left out
    tutorial: Option<String>,
    #[command(flatten)]
    features: FeaturesArg,
    /// A recording of the tutorial, or a folder of them: what the emulator does not model is taken from it. The bundled ones
    /// if left out
    #[arg(long, value_name = "FILE")]
    recording: Vec<PathBuf>,
    /// Ask whoever must sign in
    #[arg(long)]
    sign_in: bool,
    /// Write what Graph is asked, and its answers, into a HAR file, without secrets; sign-ins are left out
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print JSON; of many tenants a line each
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tenants: TenantsFileArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Looks at everything and says.
///
/// # Errors
///
/// If the configuration is wrong, or the tutorial is not known.
pub fn doctor(args: &DoctorArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let mut trace = trace::begin(args.trace.as_deref())?;
    let looked = look_at_all(args, &mut trace, out);
    trace::end(trace, looked)
}

fn look_at_all(args: &DoctorArgs, trace: &mut Option<TraceFile>, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let Some(file) = args.tenants.read()? else {
        let report = look(args, &args.config.load()?, ("doctor", trace))?;
        printed(print(&report, args.json, out))?;
        return Ok(if report.blocks() { Exit::Blocked } else { Exit::Passed });
    };
    let mut exit = Exit::Passed;
    for (place, row) in file.rows.iter().enumerate() {
        let name = format!("doctor: {}", row.name);
        let report = look(args, &tenants::config_of(&args.config, &file, place)?, (&name, trace))?;
        printed(print_tenant(&row.name, &report, args.json, out))?;
        if report.blocks() {
            exit = Exit::Blocked;
        }
    }
    Ok(exit)
}

/// Looks at everything in the tenant of this configuration.
fn look(
    args: &DoctorArgs,
    config: &Config,
    (name, trace): (&str, &mut Option<TraceFile>),
) -> Result<Report, TutorialFaults> {
    let library = library(args.features.features.as_deref())?;
    let runtime = runtime()?;
    let schemas = Schemas::embedded();
    let needs = runtime.block_on(Needs::find(&library, args.tutorial.as_deref(), &schemas, config, &args.recording))?;
    let surroundings = config.surroundings(Arc::new(AtTerminal));
    let surroundings = surroundings.map_err(|error| vec![Diagnostic::from(&error)])?;
    // One that cannot be made is reported as a fault of the configuration, with everything else.
    let sign_ins: Vec<SignIn> =
        needs.actors.iter().filter_map(|actor| config.sign_in(&actor.name, surroundings.clone()).ok()).collect();
    let asking = if args.sign_in { Asking::People } else { Asking::Nobody };
    let sign_ins: Vec<&SignIn> = sign_ins.iter().collect();
    let (surroundings, sign_ins) = (&surroundings, &sign_ins[..]);
    let (needs, to_come, own_run) = (&needs, None, None);
    let exchanges = DoctorTrace::default();
    let kept = trace.as_ref().map(|_| &exchanges);
    let examined = Examined { config, needs, to_come, own_run, surroundings, sign_ins, asking, trace: kept };
    let report = runtime.block_on(examine(&examined));
    if let Some(trace) = trace {
        trace.add(name, &exchanges.take()).map_err(|fault| vec![*fault])?;
    }
    Ok(report)
}

/// One tenant of many.
fn print_tenant(name: &str, report: &Report, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, &serde_json::json!({"tenant": name, "report": report.json()}))?;
        return writeln!(out);
    }
    writeln!(out, "{}", plain(name))?;
    print(report, false, out)?;
    writeln!(out)
}

fn print(report: &Report, json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut *out, &report.json())?;
        return writeln!(out);
    }
    // anstream takes the colours out where nobody would see them.
    out.write_all(report.text(true).as_bytes())
}

/// Prompts go to stderr, so that the report alone is on stdout.
#[derive(Debug)]
struct AtTerminal;

impl Person for AtTerminal {
    fn show(&self, prompt: &Prompt) {
        let mut err = anstream::stderr().lock();
        // Who cannot read the prompt cannot follow it; the wait ends by itself.
        let _ = writeln!(err, "{}", prompt.text());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
