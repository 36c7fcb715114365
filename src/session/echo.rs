//! Whether an answer holds what was sent.

use graphwalk_catalog::{Catalog, Type, TypeKind};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Call, Failure, Mismatches, Session, typed};

/// The body that was sent last.
#[derive(Debug)]
pub(super) struct SentBody {
    pub body: Value,
    method: String,
    path: String,
    /// Whether it is that of the last request; else later ones had none.
    pub is_last: bool,
}

impl Session {
    /// Remembers the body of a call that is about to be sent.
    pub(super) fn note_sent(&mut self, call: &Call) {
        match &call.body {
            Some(body) => {
                let (method, path) = (call.method.clone(), call.path.clone());
                self.sent = Some(SentBody { body: body.clone(), method, path, is_last: true });
            }
            None => {
                if let Some(sent) = &mut self.sent {
                    sent.is_last = false;
                }
            }
        }
    }

    /// The JSON body of the last request.
    ///
    /// # Errors
    ///
    /// A failure if it had none.
    pub fn sent_json(&self) -> Result<&Value, Failure> {
        let last = self.sent.as_ref().filter(|sent| sent.is_last).map(|sent| &sent.body);
        last.ok_or_else(|| Failure::new("no-exchange", "the last request of this scenario had no body"))
    }

    /// Expects in the last answer every property of the body that was sent last in this scenario, with the same value.
    ///
    /// Left out is what Graph takes and does not tell, such as a password, and control information: names with `@`. Moments
    /// are the same however they are written, and so are members of enumerations.
    ///
    /// # Errors
    ///
    /// A failure with all differences; or if nothing was sent, or the answer is an error or no JSON.
    pub fn expect_echo(&self) -> Result<(), Failure> {
        let exchange = self.last()?;
        let Some(sent) = &self.sent else {
            return Err(Failure::new("no-exchange", "no request of this scenario had a body that is JSON"));
        };
        if !(200..300).contains(&exchange.status) {
            let message = format!("expected an answer that holds what was sent, got status {}", exchange.status);
            return Err(Failure::new("echo", message).notes(exchange.notes()));
        }
        let type_name = self.schemas().operation(&sent.method, &sent.path).and_then(|operation| operation.request);
        let ty = type_name.and_then(|name| Catalog::v1().type_named(&name));
        let mut mismatches = Mismatches::new();
        compare(&sent.body, Some(self.last_json()?), ty, "", &mut mismatches);
        let differs = mismatches.into_result("echo", "the answer does not hold what was sent", exchange);
        differs.map_err(|failure| {
            failure.help("what Graph answers only where it is selected is compared after a GET with $select")
        })
    }
}

/// Compares a value that was sent, of that type, with what was answered at its place.
fn compare(sent: &Value, answered: Option<&Value>, ty: Option<Type>, pointer: &str, mismatches: &mut Mismatches) {
    match (sent, answered) {
        (Value::Object(properties), Some(Value::Object(object))) => {
            let ty = told_type(properties).or(ty);
            for (name, value) in properties.iter().filter(|(name, _)| !name.contains('@')) {
                if ty.is_some_and(|ty| ty.is_write_only(name)) {
                    continue;
                }
                let of_property = ty.and_then(|ty| ty.property(name)?.ty.item().named());
                compare(value, object.get(name), of_property, &format!("{pointer}/{name}"), mismatches);
            }
        }
        (Value::Array(items), Some(Value::Array(list))) if items.len() == list.len() => {
            if is_plain(items) && in_any_order(items, list, ty) {
                return;
            }
            for (index, (item, found)) in items.iter().zip(list).enumerate() {
                compare(item, Some(found), ty, &format!("{pointer}/{index}"), mismatches);
            }
        }
        // What is taken away may be left out.
        (Value::Null, None) => {}
        (sent, found) => {
            if !found.is_some_and(|found| is_same(sent, found, ty)) {
                let found = found.map_or_else(|| "nothing".to_owned(), typed);
                mismatches.differ(pointer, &typed(sent), &found);
            }
        }
    }
}

/// The type that an object says it is of, if the catalog knows it.
fn told_type(properties: &Map<String, Value>) -> Option<Type> {
    let told = properties.get("@odata.type")?.as_str()?;
    Catalog::v1().type_named(told.trim_start_matches('#').trim_start_matches("microsoft.graph."))
}

fn is_plain(items: &[Value]) -> bool {
    !items.iter().any(|item| item.is_object() || item.is_array())
}

/// Returns whether two lists have the same values: the order of texts and numbers means nothing to Graph.
fn in_any_order(sent: &[Value], answered: &[Value], ty: Option<Type>) -> bool {
    let mut left: Vec<&Value> = answered.iter().collect();
    sent.iter().all(|item| match left.iter().position(|found| is_same(item, found, ty)) {
        Some(index) => {
            left.swap_remove(index);
            true
        }
        None => false,
    })
}

fn is_same(sent: &Value, answered: &Value, ty: Option<Type>) -> bool {
    match (sent, answered) {
        (Value::String(sent), Value::String(answered)) => {
            let is_enum = ty.is_some_and(|ty| ty.kind() == TypeKind::Enum);
            let moment = |text: &str| text.parse::<Timestamp>().ok();
            sent == answered
                || is_enum && sent.eq_ignore_ascii_case(answered)
                || moment(sent).is_some_and(|sent| moment(answered) == Some(sent))
        }
        (Value::Number(sent), Value::Number(answered)) => sent == answered || sent.as_f64() == answered.as_f64(),
        (sent, answered) => sent == answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differences(type_name: &str, sent: &Value, answered: &Value) -> Vec<String> {
        let mut mismatches = Mismatches::new();
        let ty = Catalog::v1().type_named(type_name);
        assert!(ty.is_some());
        compare(sent, Some(answered), ty, "", &mut mismatches);
        mismatches.lines().to_vec()
    }

    #[test]
    fn every_property_that_was_sent_is_compared_but_for_what_graph_does_not_tell() {
        let sent = json!({"displayName": "A", "accountEnabled": true, "manager@odata.bind": "x",
            "passwordProfile": {"password": "x"}, "businessPhones": ["1", "2"], "mail": null});
        let answered = json!({"id": "1", "displayName": "B", "businessPhones": ["2", "1"]});
        assert_eq!(
            differences("user", &sent, &answered),
            [
                r#"/displayName: expected string "A", got string "B""#,
                "/accountEnabled: expected boolean true, got nothing",
            ]
        );
    }

    #[test]
    fn objects_within_may_have_more_and_lists_of_them_may_not() {
        let sent = json!({"body": {"content": "x"}, "attendees": [{"emailAddress": {"name": "a"}}],
            "reminderMinutesBeforeStart": 5});
        let answered = json!({"body": {"content": "x", "contentType": "text"},
            "attendees": [{"emailAddress": {"name": "b"}, "type": "required"}], "reminderMinutesBeforeStart": 5.0});
        let found = differences("event", &sent, &answered);
        assert_eq!(found, [r#"/attendees/0/emailAddress/name: expected string "a", got string "b""#]);
        let none = json!({"body": {"content": "x"}, "attendees": [], "reminderMinutesBeforeStart": 5});
        assert_eq!(differences("event", &sent, &none).len(), 1);
    }

    #[test]
    fn a_moment_and_a_member_of_an_enumeration_may_be_written_otherwise() {
        let sent = json!({"startDateTime": "2022-02-11T08:00:00Z", "severity": "High"});
        let answered = json!({"startDateTime": "2022-02-11T08:00:00.000Z", "severity": "high"});
        assert_eq!(differences("serviceUpdateMessage", &sent, &answered), Vec::<String>::new());
        let later = json!({"startDateTime": "2022-02-11T08:00:01Z", "severity": "normal"});
        assert_eq!(differences("serviceUpdateMessage", &sent, &later).len(), 2);
    }
}
