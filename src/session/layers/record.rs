//! The layer that keeps exchanges: all of them whole, if somebody records the session; and notes those of a step for its report.

use std::rc::Rc;

use graphwalk_client::Exchange;

use super::look_up::LookUpLayer;
use super::traffic::SendTime;
use super::{Around, ExchangeLog, NOT_SENT, Sending};
use crate::session::{Call, Failure};

/// Keeps exchanges, in the order of their answers.
pub(in crate::session) struct RecordLayer {
    pub log: ExchangeLog,
    pub look_up: LookUpLayer,
}

impl RecordLayer {
    /// Makes the layer before `look_up`. Nothing is kept until the log is begun.
    pub fn new(look_up: LookUpLayer) -> Self {
        Self { log: ExchangeLog::default(), look_up }
    }

    /// The answer to a call.
    ///
    /// # Errors
    ///
    /// The layers below got no answer.
    pub async fn send(&mut self, sending: &Sending<'_>, around: &mut Around<'_>) -> Result<Rc<Exchange>, Failure> {
        let sent = SendTime::now(self.look_up.sign_in.backend());
        if sending.is_own_look {
            let exchange = self.look_up.send(sending, around).await.map(Rc::new);
            let maker = around.maker(self.look_up.sign_in.backend());
            around.traffic.own_look(sending.call, exchange.as_ref().ok(), sent, maker);
            return exchange;
        }
        around.traffic.sending(sending.call, sent);
        let made = around.seen.exchanges;
        match self.look_up.send(sending, around).await.map(Rc::new) {
            Ok(exchange) => {
                let maker = around.maker(self.look_up.sign_in.backend());
                let origin = sent.origin(maker.backend);
                self.log.record(sending.call, &exchange, &origin);
                around.traffic.answered(&exchange, origin, maker);
                Ok(exchange)
            }
            Err(failure) => {
                let is_sent = around.seen.exchanges > made && failure.code != NOT_SENT;
                let maker = around.maker(self.look_up.sign_in.backend());
                around.traffic.unanswered(is_sent, maker);
                Err(failure)
            }
        }
    }

    /// Forgets the last answer to a call, which is sent again.
    pub fn supersede(&mut self, call: &Call) {
        self.log.supersede(call);
    }
}
