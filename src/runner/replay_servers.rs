//! The servers that recordings are replayed on.

use std::rc::Rc;

use crate::backend::replay::ReplayServer;

/// The most sessions that share one replay server before it is replaced: wiremock keeps a copy of every request it matched,
/// about 4 KiB each, for as long as the server lives.
const SESSIONS_PER_SERVER: usize = 16;

/// The replay server of a worker, replaced from time to time.
#[derive(Default)]
pub(super) struct Servers(tokio::sync::Mutex<Option<(Rc<ReplayServer>, usize)>>);

impl Servers {
    /// The server that the next session is played on.
    pub async fn current(&self) -> Result<Rc<ReplayServer>, String> {
        let mut current = self.0.lock().await;
        if let Some((server, opened)) = current.as_mut().filter(|(_, opened)| *opened < SESSIONS_PER_SERVER) {
            *opened += 1;
            return Ok(Rc::clone(server));
        }
        let server = Rc::new(ReplayServer::start().await.map_err(|error| error.to_string())?);
        *current = Some((Rc::clone(&server), 1));
        Ok(server)
    }
}
