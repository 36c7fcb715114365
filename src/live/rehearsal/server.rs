//! The emulated tenant of a rehearsal, served by a thread of this process.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use graphwalk_emulator::Emulator;
use graphwalk_emulator::server::{Server, ServerError};
use tokio::sync::oneshot;

use crate::diagnostic::Diagnostic;

/// An emulator that is served on loopback as long as this lives.
#[derive(Debug)]
pub(super) struct TenantServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TenantServer {
    /// Serves the emulator on a free port, in a thread of its own: the runtimes of the run end between its parts.
    ///
    /// # Errors
    ///
    /// No thread can be started, or nothing can listen on loopback.
    pub fn start(emulator: Emulator) -> Result<Self, Box<Diagnostic>> {
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = mpsc::channel::<Result<SocketAddr, ServerError>>();
        let serve = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async move {
                let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
                let (server, address) = match server {
                    Ok(server) => {
                        let address = server.local_addr();
                        (Some(server), Ok(address))
                    }
                    Err(error) => (None, Err(error)),
                };
                // Whoever started it waits for the address, and is gone only if this process ends.
                let _ = bound.send(address);
                if let Some(server) = server {
                    server.run(Arc::new(emulator), async { drop(stopped.await) }).await;
                }
            });
        };
        let cannot = |reason: String| {
            Box::new(Diagnostic::new("server", format!("the emulated tenant cannot be served: {reason}")))
        };
        let thread = std::thread::Builder::new().name("rehearsal".to_owned()).spawn(serve);
        let thread = thread.map_err(|error| cannot(error.to_string()))?;
        let address = address.recv().map_err(|_| cannot("its thread ended".to_owned()))?;
        let address = address.map_err(|error| cannot(error.to_string()))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address: `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for TenantServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens if it has ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
