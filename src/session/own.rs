//! Making sure, before an object of a run is changed or deleted by its id, that what has the id is the run's own.

use serde_json::Value;

use super::cleaner::identity::Identity;
use super::creation::Journalled;
use super::{Call, Failure, Session};

impl Session {
    /// Reads what a DELETE, PATCH or PUT is about to change, if it is an object that this run created: the id is one that a
    /// server answered, and what has it must carry the run's mark or be as old as the create. No feature asks for the read:
    /// it stays out of a recording.
    ///
    /// # Errors
    ///
    /// A failure if what has the id is not known to be the run's own: the call is not sent.
    pub(super) async fn confirm_own(&mut self, call: &Call) -> Result<(), Failure> {
        if !["DELETE", "PATCH", "PUT"].contains(&call.method.as_str()) {
            return Ok(());
        }
        let Some((entry, object, id)) = self.own_target(call) else { return Ok(()) };
        let begun = self.log.len();
        let answered = self
            .deliver(&Call::new(
                &call.actor,
                "GET",
                format!("/v1.0{}", object.resource.path_with_identity(id.as_str())),
            ))
            .await;
        self.log.truncate(begun);
        let exchange = answered?;
        // That it is not there the call itself tells, or it is seen late.
        if exchange.is_not_found() {
            return Ok(());
        }
        let (Some(Journalled { journal, .. }), Some(mark)) = (&self.journal, self.naming.mark()) else { return Ok(()) };
        let found = exchange.json().filter(|_| exchange.status == 200).unwrap_or(&Value::Null);
        let identity = Identity::of(&id, &object, mark, journal.borrow().record(), entry);
        let Some(why) = identity.mismatch(found) else { return Ok(()) };
        let message = format!("{} {} was not sent: {why}", call.method, call.path);
        let help = "look in the tenant what has this id; `graphwalk clean` looks for the run's own object by its mark";
        Err(Failure::new("not-own", message).notes(exchange.notes()).help(help))
    }
}
