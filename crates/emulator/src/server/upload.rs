//! The body of a request on its way in: read whole, within limits of its own and of the server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::EXPECT;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Limits;
use super::progress::ConnectionProgress;
use crate::http::Refusal;

/// A body that is refused is read on for so many bytes, that its sender gets to read the answer.
const DISCARDED: usize = 64 << 20;
/// The time for which no part of it may come.
const QUIET: Duration = Duration::from_secs(1);
/// The time for which a body waits for room where the bodies of others are held.
const WAIT: Duration = Duration::from_secs(1);

/// One body.
pub(super) struct Upload {
    body: Incoming,
    progress: Arc<ConnectionProgress>,
    limits: Limits,
    /// The length that its sender announced; 0 if none.
    announced: usize,
    /// Whether its sender waits for leave to send it.
    waits: bool,
    received: usize,
    given_up: bool,
}

/// A body, and the room that it takes up as long as this lives.
#[derive(Default)]
pub(super) struct HeldBody {
    pub(super) bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
}

impl Upload {
    pub(super) fn new(body: Incoming, headers: &HeaderMap, limits: Limits, progress: Arc<ConnectionProgress>) -> Self {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let waits = headers.contains_key(EXPECT);
        Self { body, progress, limits, announced, waits, received: 0, given_up: false }
    }

    /// The body, if it has at most `most` bytes and `room` has as many left.
    ///
    /// # Errors
    ///
    /// 413 if it is larger, 408 if it does not come in time, 400 if it breaks off, 503 if there is no room for it.
    pub(super) async fn collect(&mut self, most: usize, room: &Arc<Semaphore>) -> Result<HeldBody, Refusal> {
        let most = most.min(self.limits.body);
        if self.announced > most {
            return Err(too_large(most));
        }
        let patience = self.limits.sending;
        match timeout(patience, self.fill(most, room)).await {
            Ok(held) => held,
            Err(_) => {
                self.given_up = true;
                let seconds = patience.as_secs_f32();
                let message = format!("The body of the request did not arrive within {seconds} seconds.");
                Err(Refusal::new(408, "RequestTimeout", message))
            }
        }
    }

    async fn fill(&mut self, most: usize, room: &Arc<Semaphore>) -> Result<HeldBody, Refusal> {
        // Most bodies come in one piece, which needs no copying.
        let Some(first) = self.next().await? else { return Ok(HeldBody::default()) };
        let mut held = HeldBody { bytes: first, room: None };
        if held.bytes.len() > most {
            return Err(too_large(most));
        }
        // What is announced is taken at once, lest many bodies that are half there wait for one another.
        held.take(self.announced.max(held.bytes.len()), room).await?;
        let Some(second) = self.next().await? else { return Ok(held) };
        let mut all = Vec::new();
        let mut next = Some(second);
        while let Some(data) = next {
            let length = all.len().max(held.bytes.len()) + data.len();
            if length > most {
                return Err(too_large(most));
            }
            if length > all.capacity() {
                let capacity = length.max(2 * all.capacity()).min(most).max(self.announced);
                held.take(capacity, room).await?;
                all.reserve_exact(capacity - all.len());
            }
            all.extend_from_slice(&std::mem::take(&mut held.bytes));
            all.extend_from_slice(&data);
            next = self.next().await?;
        }
        held.bytes = all.into();
        Ok(held)
    }

    /// Reads on without keeping anything, that the sender gets to read an answer. Returns whether the body has ended.
    pub(super) async fn discard(&mut self) -> bool {
        let is_asked_for = !self.waits || self.received > 0;
        if self.given_up || !is_asked_for || self.announced > DISCARDED {
            return self.body.is_end_stream();
        }
        let patience = self.limits.sending;
        let rest = async {
            while self.received <= DISCARDED {
                match timeout(QUIET, self.next()).await {
                    Ok(Ok(Some(_))) => {}
                    Ok(Ok(None)) => return true,
                    Ok(Err(_)) | Err(_) => return false,
                }
            }
            false
        };
        timeout(patience, rest).await.unwrap_or(false)
    }

    /// The next piece; none at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let frame = frame.map_err(|_| {
                self.given_up = true;
                Refusal::new(400, "BadRequest", "The body of the request is incomplete.")
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if data.is_empty() {
                continue;
            }
            self.received += data.len();
            self.progress.got_on(data.len());
            return Ok(Some(data));
        }
    }
}

impl HeldBody {
    /// Takes room for `bytes` in all.
    async fn take(&mut self, bytes: usize, room: &Arc<Semaphore>) -> Result<(), Refusal> {
        let taken = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(bytes.saturating_sub(taken)).unwrap_or(u32::MAX);
        let permit = match Arc::clone(room).try_acquire_many_owned(more) {
            Ok(permit) => permit,
            Err(_) => match timeout(WAIT, Arc::clone(room).acquire_many_owned(more)).await {
                Ok(Ok(permit)) => permit,
                _ => return Err(no_room()),
            },
        };
        match &mut self.room {
            Some(taken) => taken.merge(permit),
            None => self.room = Some(permit),
        }
        Ok(())
    }
}

fn too_large(most: usize) -> Refusal {
    let message = format!("The body of the request is larger than {most} bytes.");
    Refusal::new(413, "RequestEntityTooLarge", message)
}

fn no_room() -> Refusal {
    let message = "The bodies of other requests take up all the room that there is for them. Try again in a moment.";
    Refusal::new(503, "ServiceUnavailable", message).header("retry-after", "1")
}
