//! The mail that the tenant would have sent.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::odata::moment;

/// Why a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A review has begun.
    Notification,
    /// A review is about to end, and decisions are open.
    Reminder,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The principal name of the recipient.
    pub to: String,
    /// Why.
    pub kind: Kind,
    /// The instance that it is about.
    pub review: Uuid,
    /// The name of the group under review.
    pub about: String,
    /// When it was sent.
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
    pub fn shown(&self) -> Value {
        let one = |mail: &Mail| {
            let (kind, subject) = match mail.kind {
                Kind::Notification => ("notification", format!("Review access to {}", mail.about)),
                Kind::Reminder => ("reminder", format!("Reminder: review access to {}", mail.about)),
            };
            json!({"to": mail.to, "kind": kind, "subject": subject, "instanceId": mail.review, "sentDateTime": moment(mail.sent)})
        };
        json!({"value": self.0.iter().map(one).collect::<Vec<_>>()})
    }
}
