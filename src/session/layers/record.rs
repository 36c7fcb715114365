//! The layer that keeps every exchange whole, if somebody records the session.

use graphwalk_client::Exchange;

use super::look_up::LookUp;
use super::{Around, ExchangeLog, Sending};
use crate::session::{Call, Failure};

/// Keeps exchanges, in the order of their answers.
pub(in crate::session) struct RecordLayer {
    pub log: ExchangeLog,
    pub look_up: LookUp,
}

impl RecordLayer {
    /// Before `look_up`. Nothing is kept until the log is begun.
    pub fn new(look_up: LookUp) -> Self {
        Self { log: ExchangeLog::default(), look_up }
    }

    /// The answer to a call.
    ///
    /// # Errors
    ///
    /// The layers below got no answer.
    pub async fn send(&mut self, sending: &Sending<'_>, around: &mut Around<'_>) -> Result<Exchange, Failure> {
        if sending.is_own_look {
            return self.look_up.send(sending, around).await;
        }
        let sent = self.log.sending(self.look_up.sign_in.backend());
        let exchange = self.look_up.send(sending, around).await?;
        self.log.record(sending.call, &exchange, sent, self.look_up.sign_in.backend());
        Ok(exchange)
    }

    /// Forgets the last answer to a call, which is sent again.
    pub fn supersede(&mut self, call: &Call) {
        self.log.supersede(call);
    }
}
