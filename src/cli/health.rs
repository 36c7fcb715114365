//! `graphwalk health`: whether a server on this machine answers. A container without a shell asks it of itself.

use std::io::{self, Read as _, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::tutorial::TutorialFaults;

use super::values::whole_number;
use super::{Exit, printed};

/// Arguments of `graphwalk health`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  graphwalk serve --on emulator --port 8080 &\n  graphwalk health --port 8080      exit code 0: it answers, 1: it does not"
)]
pub struct HealthArgs {
    /// The port of `graphwalk serve`, on this machine, over http
    #[arg(long, value_name = "P", value_parser = whole_number::<u16>(1..=65535))]
    port: u16,
}

/// The longest time that each part of the question may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the server for anything: whatever it answers, it lives.
///
/// # Errors
///
/// If the answer cannot be printed.
pub fn health(args: &HealthArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), args.port);
    match status(address) {
        Ok(status) => {
            printed(writeln!(out, "http://{address} answers ({status})"))?;
            Ok(Exit::Passed)
        }
        Err(error) => {
            let fault = Diagnostic::new("health", format!("http://{address} does not answer: {error}"));
            let fault = fault.help(format!("start it: graphwalk serve --port {}", args.port));
            printed(writeln!(anstream::stderr(), "{}", fault.render(true)))?;
            Ok(Exit::Failed)
        }
    }
}

/// The status of an answer of HTTP.
fn status(address: SocketAddr) -> io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: a server may answer and close as soon as it has read the first one.
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // "HTTP/1.1 404"
    let mut line = [0; 12];
    stream.read_exact(&mut line)?;
    let status = std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.parse().ok());
    status.ok_or_else(|| io::Error::other("it speaks another protocol than HTTP"))
}
