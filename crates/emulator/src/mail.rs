//! The mail that the tenant would have sent.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::odata::moment;

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The principal name of the recipient.
    pub to: String,
    /// The reason for sending it, in a word.
    pub kind: &'static str,
    /// The subject.
    pub subject: String,
    /// The id of the object that it is about.
    pub about: Uuid,
    /// The time when it was sent.
    pub sent: Timestamp,
}

/// All mail that was sent, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Vec<Mail>);

impl Outbox {
    /// Sends mails.
    pub fn extend(&mut self, mails: impl IntoIterator<Item = Mail>) {
        self.0.extend(mails);
    }

    /// All mail as `GET /_emulator/mail` answers it.
    pub fn to_json(&self) -> Value {
        let one = |mail: &Mail| {
            let Mail { to, kind, subject, about, sent } = mail;
            json!({"to": to, "kind": kind, "subject": subject, "instanceId": about, "sentDateTime": moment(*sent)})
        };
        json!({"value": self.0.iter().map(one).collect::<Vec<_>>()})
    }
}
