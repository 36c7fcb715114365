//! The layer that asks again for what may lag behind a write, for a while.

use std::rc::Rc;

use graphwalk_client::{Exchange, GraphClient, MonotonicTime};
use jiff::SignedDuration;

use super::freshness::{Fresh, Watch};
use super::record::RecordLayer;
use super::{Around, Sending};
use crate::session::Failure;

/// Repeats calls that miss what was written just before.
pub(in crate::session) struct Settle {
    pub fresh: Fresh,
    is_eventual: bool,
    pub record: RecordLayer,
}

impl Settle {
    /// Makes the layer before `record`. Reads may lag for `window` behind a write, if they may.
    pub fn new(record: RecordLayer, window: Option<SignedDuration>) -> Self {
        Self { fresh: Fresh::within(window.unwrap_or_default()), is_eventual: window.is_some(), record }
    }

    /// The client of the backend.
    pub fn client(&self) -> &GraphClient {
        self.record.look_up.sign_in.backend().client()
    }

    /// The answer to a call; where reads may lag, one that finds what this session created just before, if that comes in
    /// time.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn send(&mut self, sending: &Sending<'_>, around: &mut Around<'_>) -> Result<Rc<Exchange>, Failure> {
        let call = sending.call;
        let mut exchange = self.record.send(sending, around).await?;
        if !self.is_eventual || sending.is_own_look {
            return Ok(exchange);
        }
        let reads = call.method == "GET";
        if let Some((id, mut watch)) = self.fresh.missed(call, &exchange, self.now()) {
            while self.rest(&watch).await.is_ok() {
                self.record.supersede(call);
                exchange = self.record.send(sending, around).await?;
                let now = self.now();
                if self.fresh.missed(call, &exchange, now).is_some() {
                    watch.miss();
                } else if watch.see(now) || !reads {
                    break;
                }
            }
            let what = around.captures.name_of(&id).unwrap_or(&id).to_owned();
            around.seen.lags.push(watch.lag(what, self.now()));
        }
        let now = self.now();
        self.fresh.note(call, &exchange, now);
        Ok(exchange)
    }

    fn now(&self) -> MonotonicTime {
        self.record.look_up.sign_in.backend().clock().monotonic_now()
    }

    /// Waits before the next read.
    ///
    /// # Errors
    ///
    /// Nothing more is to be read: the time is over.
    pub async fn rest(&self, watch: &Watch) -> Result<(), ()> {
        if self.now().after(watch.pause()) > watch.until() {
            return Err(());
        }
        self.record.look_up.sign_in.sleep(watch.pause()).await;
        Ok(())
    }
}
