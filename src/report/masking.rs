//! Secrets that stand in reports: masked once, where messages are made, so that all formats mask the same.

use graphwalk_secrets::write_without_secrets;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message with all its texts masked.
pub(super) fn masked_message<T: Serialize + DeserializeOwned>(mut message: T) -> T {
    mask_message(&mut message);
    message
}

/// Masks all texts of a message. It is read again only if something was masked, which is rare.
pub(super) fn mask_message<T: Serialize + DeserializeOwned>(message: &mut T) {
    let mut json = Vec::new();
    // Types of ours, whose form no mask changes.
    if let Ok(true) = write_without_secrets(&mut json, &*message)
        && let Ok(masked) = serde_json::from_slice(&json)
    {
        *message = masked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::attachment::ObservationNote;
    use crate::session::Observation;

    #[test]
    fn a_message_with_a_secret_is_masked_and_any_other_stays_as_it_is() {
        let note = |cell: &str| {
            let rows = vec![vec!["größe \"x\"\n".to_owned(), cell.to_owned()]];
            let observation =
                Observation::Table { title: "t".to_owned(), columns: vec!["a".to_owned()], rows, reading: None };
            ObservationNote { heading: "h".to_owned(), is_shown: true, observation }
        };
        let rows = |note: ObservationNote| match note.observation {
            Observation::Table { rows, .. } => rows,
            other => panic!("{other:?}"),
        };
        assert_eq!(rows(masked_message(note("client_secret=canary"))), [["größe \"x\"\n", "client_secret=***"]]);
        assert_eq!(rows(masked_message(note("plain"))), [["größe \"x\"\n", "plain"]]);
    }
}
