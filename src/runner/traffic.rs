//! What a step sent and was answered, before it leaves the thread that played it.

use graphwalk_secrets::in_use;
use graphwalk_secrets::masking::masked_text;

use crate::session::{Session, TracedExchange};

use super::mask_texts;

/// Masks what an exchange may still hold of the session's secrets: a server may repeat them under any name.
pub(super) fn hide_secrets(exchange: &mut TracedExchange, session: &Session) {
    session.captures.remember_passwords();
    if let Some(token) = session.backend().actors().token(&exchange.actor) {
        in_use::remember(&token);
    }
    let TracedExchange { path, earlier, request, response, request_id, shown_by, .. } = exchange;
    let texts =
        [path].into_iter().chain(request_id).chain(shown_by).chain(earlier.iter_mut().map(|told| &mut told.end));
    for text in texts {
        *text = masked_text(&in_use::mask(text));
    }
    for message in [request, response] {
        for (_, value) in &mut message.headers {
            *value = masked_text(&in_use::mask(value));
        }
        mask_texts(&mut message.body);
    }
}
