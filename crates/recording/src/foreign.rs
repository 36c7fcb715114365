//! Reading a HAR that another program has made: of a browser, of Graph Explorer, of a proxy.
//!
//! Only what a recording has is read at all. Cookies, initiators, stacks, timings, comments and every field that this
//! program does not know are passed over, so that they cannot reach what is written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphwalk_catalog::roles;
use serde_json::Value;
use uuid::Uuid;

use super::read::{ReadExchange, assemble, with_log};
use super::redact::Public;
use super::{ADMINISTRATOR, Provenance, Recording, RecordingError, RecordingFile};

/// The directory roles that administer users, groups or reviews.
const ADMINISTRATORS: [Uuid; 5] = [
    roles::GLOBAL_ADMINISTRATOR,
    roles::USER_ADMINISTRATOR,
    roles::IDENTITY_GOVERNANCE_ADMINISTRATOR,
    roles::GROUPS_ADMINISTRATOR,
    roles::PRIVILEGED_ROLE_ADMINISTRATOR,
];

impl RecordingFile {
    /// The exchanges with Graph of a HAR that any program has made.
    ///
    /// Who called is read from the claims of the token, where the file has one and does not say it otherwise: a person
    /// whom features name by that name, the first one with an administrator's role or an application's token as the
    /// administrator, anyone else by the name in the token, which redaction replaces.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] if it is no HAR, one of its exchanges with Graph cannot be read, or it has none.
    pub fn foreign(&self, public: &Public) -> Result<Recording, RecordingError> {
        self.foreign_of(public, Provenance::Tenant)
    }

    /// The same, with the place where exchanges come from that do not say it themselves.
    pub(super) fn foreign_of(&self, public: &Public, origin: Provenance) -> Result<Recording, RecordingError> {
        let mut callers = Callers::default();
        let mut complete = |read: &mut ReadExchange<'_>| {
            let caller = read.authorization.as_deref().and_then(|header| callers.caller(header, public));
            let exchange = &mut read.exchange;
            if let (false, Some(caller)) = (exchange.actor_known, caller) {
                exchange.actor = caller;
                exchange.actor_known = true;
            }
            if exchange.provenance == Provenance::Unknown && !read.is_loopback {
                exchange.provenance = origin;
            }
        };
        let mut recording = with_log(self.name(), self.bytes(), |log| assemble(self.name(), log, &mut complete))?;
        for (index, exchange) in recording.exchanges.iter_mut().enumerate() {
            exchange.entry = index + 1;
        }
        recording.reordered = false;
        Ok(recording)
    }
}

/// The callers, by the claims of their tokens.
#[derive(Default)]
struct Callers {
    /// The holder of the first token of an administrator.
    administrator: Option<String>,
}

impl Callers {
    fn caller(&mut self, authorization: &str, public: &Public) -> Option<String> {
        let (scheme, token) = authorization.split_once(' ')?;
        let payload = token.trim().split('.').nth(1).filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = claim("name").or(claim("upn")).or(claim("unique_name")).or(claim("preferred_username"));
        if let Some(name) = name.filter(|name| public.has_text(name)) {
            return Some(name.to_owned());
        }
        let id = claim("oid").or(claim("sub"))?;
        let held = claims.get("wids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let application = claim("idtyp") == Some("app") || (claims.get("roles").is_some() && claim("scp").is_none());
        let is_administrators = |role: &str| ADMINISTRATORS.iter().any(|known| known.to_string() == role);
        let administers = application || held.into_iter().any(is_administrators);
        if administers && *self.administrator.get_or_insert_with(|| id.to_owned()) == id {
            return Some(ADMINISTRATOR.to_owned());
        }
        Some(name.unwrap_or(id).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PassedOver;
    use serde_json::json;

    fn token(claims: &Value) -> String {
        format!("Bearer eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    fn entry(second: u8, url: &str, authorization: &str) -> Value {
        json!({
            "startedDateTime": format!("2026-01-05T11:00:{second:02}.5+01:00"),
            "time": 12.6,
            "request": {"method": "get", "url": url, "headers": [{"name": "authorization", "value": authorization}]},
            "response": {"status": 200, "content": {"text": "e30=", "encoding": "base64", "mimeType": "application/json"}},
        })
    }

    fn foreign(entries: Value) -> Result<Recording, RecordingError> {
        let mut public = Public::new();
        public.add_text("Adele Vance");
        RecordingFile::new("x.har", json!({"log": {"entries": entries}}).to_string().into_bytes()).foreign(&public)
    }

    const ME: &str = "https://graph.microsoft.com/v1.0/me";

    #[test]
    fn only_what_graph_answered_is_kept_in_the_order_of_time() {
        let mut failed = entry(3, ME, "");
        failed["response"]["status"] = json!(0);
        let mut preflight = entry(4, ME, "");
        preflight["request"]["method"] = json!("OPTIONS");
        let others =
            ["https://login.microsoftonline.com/common/v1.0/x", "data:text/plain,x", "https://graph.microsoft.com/"];
        let mut entries =
            vec![entry(2, "https://graph.microsoft.us/Beta/users", ""), failed, preflight, entry(1, ME, "")];
        entries.extend(others.iter().map(|url| entry(0, url, "")));
        entries.push(json!({"request": "not even an entry"}));
        let recording = foreign(Value::from(entries)).unwrap();
        let told: Vec<String> = recording.exchanges.iter().map(crate::RecordedExchange::summary).collect();
        assert_eq!(
            told,
            [
                "entry 1, as administrator, 2026-01-05T10:00:01.5Z, tenant",
                "entry 2, as administrator, 2026-01-05T10:00:02.5Z, tenant"
            ]
        );
        use PassedOver::{Other, Preflight, Unanswered};
        assert_eq!(recording.reading.counts(), [(Other, 4), (Preflight, 1), (Unanswered, 1)]);
        assert_eq!(recording.exchanges[0].response_text(), "{}");
        assert_eq!(recording.exchanges[0].took.as_millis(), 13);
        let none = foreign(json!([entry(0, "https://example.org/v1.0/me", "")])).unwrap_err().to_string();
        assert_eq!(none, "x.har holds no exchange with Microsoft Graph; its 1 entries are about something else");
    }

    #[test]
    fn a_server_on_this_machine_is_no_tenant() {
        let recording = foreign(json!([entry(0, "http://127.0.0.1:8080/v1.0/me", "")])).unwrap();
        assert_eq!(recording.exchanges[0].provenance, Provenance::Unknown);
    }

    #[test]
    fn the_caller_is_read_from_the_tokens_claims() {
        let user =
            |oid: &str, name: &str, wids: Value| token(&json!({"oid": oid, "name": name, "wids": wids, "scp": "x"}));
        let admin = json!(["62e90394-69f5-4237-9190-012177145e10"]);
        let mut said = entry(6, ME, &user("3", "Cleo", json!([])));
        said["_actor"] = json!("Adele Vance");
        let recording = foreign(json!([
            entry(0, ME, &user("1", "Mona", admin.clone())),
            entry(1, ME, &user("2", "Adele Vance", json!([]))),
            entry(2, ME, &user("3", "Cleo", json!([]))),
            entry(3, ME, &user("4", "Second admin", admin)),
            entry(4, ME, "Bearer opaque"),
            entry(5, ME, "Basic dXNlcjpwYXNz"),
            said,
        ]))
        .unwrap();
        let actors: Vec<&str> = recording.exchanges.iter().map(|exchange| exchange.actor.as_str()).collect();
        assert_eq!(
            actors,
            ["administrator", "Adele Vance", "Cleo", "Second admin", "administrator", "administrator", "Adele Vance"]
        );
        assert!(recording.exchanges[2].actor_known && !recording.exchanges[4].actor_known);
    }

    #[test]
    fn a_faulty_entry_is_reported_with_its_place_and_not_its_content() {
        let mut bad = entry(0, ME, "");
        bad["startedDateTime"] = json!("canary");
        let error = foreign(json!([bad])).unwrap_err().to_string();
        assert_eq!(error, "x.har has a fault at /log/entries/0/startedDateTime: the text there is not a time");
        let mut bad = entry(0, ME, "");
        bad["_step"] = json!("canary");
        let error = foreign(json!([bad])).unwrap_err().to_string();
        assert_eq!(error, "x.har has a fault at /log/entries/0: expected u8");
    }

    #[test]
    fn the_provenance_of_a_graphwalk_recording_is_kept() {
        let file = crate::published::files().remove(0);
        let (foreign, recording) = (file.foreign(&Public::new()).unwrap(), file.recording().unwrap());
        assert_eq!(foreign, recording);
    }
}
