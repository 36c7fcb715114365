//! Values kept under names, and texts that use them.

use std::collections::BTreeMap;
use std::fmt;

use graphwalk_secrets::in_use;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::placeholders::{FARTHEST_DAY, days_from_today, placeholder, seconds_from_now};
use super::{Failure, ObjectId};

/// The code of the failure of a name that nothing is kept under.
pub(super) const UNKNOWN: &str = "unknown-value";

/// The values that a session keeps: ids, and whatever a feature asks to keep.
#[derive(Clone)]
pub struct Captures {
    values: BTreeMap<String, Value>,
    today: Date,
    password: String,
    /// The passwords of users, which are hidden like the session's own.
    passwords: Vec<String>,
}

/// The use of a filled text; it decides how a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A path, a name: strings stand as they are, other values as JSON.
    Text,
    /// A JSON document: inside quotes a value is escaped, outside them it is JSON.
    Json,
    /// The path and query of a request: a value is percent-encoded, and so stays within its segment or its option. Inside
    /// single quotes, as of a key or a `$filter`, its own quotes are doubled.
    Path,
}

impl Captures {
    /// Begins without values. `today` is the day on which the session starts, in UTC.
    pub fn new(today: Date) -> Self {
        Self { values: BTreeMap::new(), today, password: random_password(), passwords: Vec::new() }
    }

    /// Keeps `value` under `name`; a value kept under that name before is replaced.
    pub fn keep(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// The value kept under `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The text kept under `name`.
    ///
    /// # Errors
    ///
    /// A failure that names what is kept, if nothing or no text is kept under that name.
    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        self.values.get(name).and_then(Value::as_str).ok_or_else(|| self.unknown(name))
    }

    /// The id kept under `name`, fit to stand in a path. What a server answered is data: only a GUID is an id of an object
    /// of the directory, of a review, or of what lies inside one (graph-reference: property `id` of each).
    ///
    /// # Errors
    ///
    /// A failure if nothing is kept under that name, or what is kept is no GUID.
    pub fn id(&self, name: &str) -> Result<&str, Failure> {
        let id = self.text(name)?;
        if ObjectId::parse(id).is_some() {
            return Ok(id);
        }
        Err(Failure::new("id", format!("the value kept as the id of \"{name}\" is not a GUID"))
            .focus(name, "not an id")
            .note(format!("expected a GUID, got a text of {} characters", id.chars().count()))
            .help("check where it comes from: Graph's answers have GUIDs here, and so has what is given with --set"))
    }

    /// The name under which the text `value` is kept, for messages that would otherwise show an id.
    pub fn name_of(&self, value: &str) -> Option<&str> {
        self.values.iter().find(|(_, kept)| kept.as_str() == Some(value)).map(|(name, _)| name.as_str())
    }

    /// The day that is `days` after the session's first.
    ///
    /// # Errors
    ///
    /// A failure if the calendar has no such day.
    pub fn day(&self, days: i64) -> Result<String, Failure> {
        let allowed = (-FARTHEST_DAY..=FARTHEST_DAY).contains(&days);
        let day = allowed.then(|| self.today.checked_add(days.days()).ok()).flatten();
        let wrong = || Failure::new("date", format!("there is no day {days} days from {}", self.today));
        Ok(day.ok_or_else(wrong)?.to_string())
    }

    /// The session's random password, for the users that it creates. Never shown: see [`Captures::hide`].
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Makes another random password, for one user. Never shown: see [`Captures::hide`].
    pub fn new_password(&mut self) -> String {
        let password = random_password();
        self.passwords.push(password.clone());
        password
    }

    /// Remembers the session's passwords among the secrets in use.
    pub(crate) fn remember_passwords(&self) {
        self.passwords.iter().chain([&self.password]).for_each(|password| in_use::remember(password));
    }

    /// `text` without the session's passwords.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.passwords.iter().fold(text.replace(&self.password, "***"), |text, password| text.replace(password, "***"))
    }

    /// The day that `{today}` means.
    pub fn today(&self) -> Date {
        self.today
    }

    /// Every kept value with its name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// `template` with every `{name}` replaced by what is kept under that name.
    ///
    /// Beside kept values there are `{today}`, `{today+5}` and `{today-1}` (dates in UTC, or where a recording was made), `{now}`, `{now+5h}` and `{now-30m}`
    /// (moments in UTC, counted from `now`), `{password}` (random, one a session) and `{guid}` (random, new each time). Two
    /// braces in a row are one of the text, whatever follows; one that no name follows is an ordinary character.
    ///
    /// # Errors
    ///
    /// A failure if a name is not kept.
    pub fn fill(&self, template: &str, kind: Template, now: Timestamp) -> Result<String, Failure> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        let mut quoted = false;
        let quote = if kind == Template::Path { '\'' } else { '"' };
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            filled.push_str(before);
            quoted = ends_quoted(before, quoted, quote);
            match placeholder(after) {
                _ if after.starts_with("{{") => {
                    filled.push('{');
                    rest = &after[2..];
                }
                Some(name) => {
                    filled.push_str(&self.render_value(name, (kind, quoted), now)?);
                    rest = &after[name.len() + 2..];
                }
                None => {
                    filled.push('{');
                    rest = &after[1..];
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn render_value(&self, name: &str, (kind, quoted): (Template, bool), now: Timestamp) -> Result<String, Failure> {
        let value = self.value_of(name, now)?;
        Ok(match (kind, quoted, &value) {
            (Template::Json, false, _) => value.to_string(),
            (Template::Json, true, Value::String(text)) => {
                let json = Value::from(text.as_str()).to_string();
                json[1..json.len() - 1].to_owned()
            }
            (Template::Path, _, Value::String(text)) => in_path(name, text, quoted)?,
            (Template::Path, _, other) => in_path(name, &other.to_string(), quoted)?,
            (Template::Text, _, Value::String(text)) => text.clone(),
            (_, _, other) => other.to_string(),
        })
    }

    fn value_of(&self, name: &str, now: Timestamp) -> Result<Value, Failure> {
        if let Some(kept) = self.values.get(name) {
            return Ok(kept.clone());
        }
        if let Some(days) = days_from_today(name) {
            return Ok(Value::from(self.day(days)?));
        }
        if let Some(seconds) = seconds_from_now(name) {
            return Ok(Value::from(moment(now, seconds)?));
        }
        match name {
            "password" => Ok(Value::from(self.password.as_str())),
            "guid" => Ok(Value::from(uuid::Uuid::new_v4().to_string())),
            _ => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Failure {
        let kept: Vec<&str> = self.values.keys().map(String::as_str).collect();
        let kept = if kept.is_empty() { "nothing".to_owned() } else { kept.join(", ") };
        Failure::new(UNKNOWN, format!("nothing is kept under the name \"{name}\""))
            .focus(name, "not known here")
            .note(format!("kept so far: {kept}"))
            .help("keep it in an earlier step, e.g. `Then \"$.id\" is kept as \"user\"`")
    }
}

/// The names alone: what is kept may be a secret, and the password is one.
impl fmt::Debug for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The moment that is `seconds` after `now`, in whole seconds.
fn moment(now: Timestamp, seconds: i64) -> Result<String, Failure> {
    let wrong = || Failure::new("date", format!("there is no moment {seconds} seconds from {now}"));
    let is_near = seconds.unsigned_abs() <= FARTHEST_DAY.unsigned_abs() * 86_400;
    let moment = now.checked_add(SignedDuration::from_secs(seconds)).ok().filter(|_| is_near).ok_or_else(wrong)?;
    Ok(Timestamp::from_second(moment.as_second()).map_err(|_| wrong())?.to_string())
}

/// Random, so that no password stands in a feature, and with the four kinds of characters that Entra asks for.
fn random_password() -> String {
    format!("Gw!{}", uuid::Uuid::new_v4().simple())
}

/// The characters that stay as they are in a path: RFC 3986's unreserved ones, and `@`, which principal names have.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// A value as it stands in a path. What a server answered is data: it never becomes another segment, another option or
/// another path.
fn in_path(name: &str, text: &str, quoted: bool) -> Result<String, Failure> {
    // Dots are taken for a way up even if they are encoded, and nothing at all makes another path of the rest.
    if matches!(text, "" | "." | "..") {
        let message = format!("{text:?}, kept under \"{name}\", cannot be a part of a path");
        return Err(Failure::new("request", message)
            .focus(name, "not an id")
            .help("check the answer that it was kept from: ids are answered by Graph"));
    }
    let text = if quoted { text.replace('\'', "''") } else { text.to_owned() };
    Ok(utf8_percent_encode(&text, IN_PATH).to_string())
}

/// Returns whether a text between `quote`s is open after `text`, if one was open before it (`quoted`). A backslash escapes
/// in JSON alone.
fn ends_quoted(text: &str, mut quoted: bool, quote: char) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted && quote == '"' => escaped = true,
            _ if c == quote => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2022-02-11T17:30:05.25Z".parse().unwrap()
    }

    fn captures() -> Captures {
        let mut captures = Captures::new(jiff::civil::date(2022, 2, 11));
        captures.keep("team", json!("eb75ccd2"));
        captures.keep("Adele Vance", json!("3b8c"));
        captures.keep("count", json!(2));
        captures.keep("quote", json!("a \"b\" \\"));
        captures
    }

    #[test]
    fn names_in_braces_become_the_values_kept_under_them() {
        let filled = captures().fill("/teams/{team}/members/{Adele Vance}", Template::Text, now()).unwrap();
        assert_eq!(filled, "/teams/eb75ccd2/members/3b8c");
    }

    #[test]
    fn in_json_values_keep_their_type_outside_quotes_and_are_escaped_inside() {
        let filled = captures().fill(r#"{"n": {count}, "s": "<{quote}>", "o": {}}"#, Template::Json, now()).unwrap();
        let parsed: Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(parsed, json!({"n": 2, "s": "<a \"b\" \\>", "o": {}}));
    }

    #[test]
    fn an_answered_value_stays_within_its_path_segment() {
        let mut captures = captures();
        for (kept, path) in [
            ("AdeleV@Contoso.com", "/users/AdeleV@Contoso.com/manager"),
            ("../teams/1", "/users/..%2Fteams%2F1/manager"),
            ("1?a=b&c", "/users/1%3Fa%3Db%26c/manager"),
            ("1/members/2/$ref", "/users/1%2Fmembers%2F2%2F%24ref/manager"),
            ("%2e%2e", "/users/%252e%252e/manager"),
            ("a#EXT#@b", "/users/a%23EXT%23@b/manager"),
        ] {
            captures.keep("id", json!(kept));
            assert_eq!(captures.fill("/users/{id}/manager", Template::Path, now()).unwrap(), path);
        }
        for kept in ["", ".", ".."] {
            captures.keep("id", json!(kept));
            assert_eq!(captures.fill("/users/{id}/manager", Template::Path, now()).unwrap_err().code, "request");
        }
    }

    #[test]
    fn inside_quotes_of_a_path_a_value_cannot_close_them() {
        let mut captures = captures();
        captures.keep("name", json!("O'Neil') or (1 eq 1"));
        let filled = captures.fill("/users?$filter=displayName eq '{name}'", Template::Path, now()).unwrap();
        assert_eq!(filled, "/users?$filter=displayName eq 'O%27%27Neil%27%27%29%20or%20%281%20eq%201'");
        let filled = captures.fill("/users/{name}", Template::Path, now()).unwrap();
        assert_eq!(filled, "/users/O%27Neil%27%29%20or%20%281%20eq%201");
    }

    #[test]
    fn only_a_guid_is_an_id() {
        let mut captures = captures();
        let id = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";
        captures.keep("team", json!(id));
        assert_eq!(captures.id("team").unwrap(), id);
        for kept in
            ["../teams/1", "eb75ccd2", "eb75ccd259ef48b78f76cc3f33f899f4", "{eb75ccd2-59ef-48b7-8f76-cc3f33f899f4}", ""]
        {
            captures.keep("team", json!(kept));
            assert_eq!(captures.id("team").unwrap_err().code, "id", "{kept}");
        }
    }

    #[test]
    fn today_is_the_day_of_the_session_and_can_be_moved() {
        let filled = captures().fill("{today} {today+5} {today-11}", Template::Text, now()).unwrap();
        assert_eq!(filled, "2022-02-11 2022-02-16 2022-01-31");
    }

    #[test]
    fn now_is_a_moment_in_whole_seconds_that_can_be_moved() {
        let filled = captures().fill("{now} {now+5h} {now-30m} {now+2d} {now+90s}", Template::Text, now()).unwrap();
        assert_eq!(
            filled,
            "2022-02-11T17:30:05Z 2022-02-11T22:30:05Z 2022-02-11T17:00:05Z 2022-02-13T17:30:05Z 2022-02-11T17:31:35Z"
        );
        let filled = captures().fill("{today+365}T08:00:00Z", Template::Text, now()).unwrap();
        assert_eq!(filled, "2023-02-11T08:00:00Z");
        assert_eq!(captures().fill("{now+9999999999999d}", Template::Text, now()).unwrap_err().code, "date");
        assert_eq!(captures().fill("{now+5}", Template::Text, now()).unwrap_err().code, UNKNOWN);
    }

    #[test]
    fn two_braces_are_one_of_the_text() {
        for (template, kind, filled) in [
            ("/x/{{team}", Template::Text, "/x/{team}"),
            ("/x/{{{team}}", Template::Text, "/x/{eb75ccd2}"),
            (r#"{"a": "{{count}", "b": {count}, "c": {}}"#, Template::Json, r#"{"a": "{count}", "b": 2, "c": {}}"#),
            ("{{", Template::Path, "{"),
        ] {
            assert_eq!(captures().fill(template, kind, now()).unwrap(), filled, "{template}");
        }
    }

    #[test]
    fn an_unknown_name_is_a_failure_that_lists_the_known_ones() {
        let failure = captures().fill("{nobody}", Template::Text, now()).unwrap_err();
        assert_eq!(failure.notes, ["kept so far: Adele Vance, count, quote, team"]);
    }

    #[test]
    fn the_password_is_hidden_wherever_it_stands() {
        let captures = captures();
        let shown = captures.hide(&captures.fill("pw={password}", Template::Text, now()).unwrap());
        assert_eq!(shown, "pw=***");
    }

    proptest! {
        #[test]
        fn filling_in_never_panics(text in "\\PC*") {
            let _ = captures().fill(&text, Template::Json, now());
            let _ = captures().fill(&text, Template::Text, now());
            let _ = captures().fill(&text, Template::Path, now());
        }

        #[test]
        fn any_kept_text_is_one_segment_of_a_path(kept in "\\PC+") {
            prop_assume!(kept != "." && kept != "..");
            let mut captures = captures();
            captures.keep("it", json!(kept));
            let path = captures.fill("/v1.0/users/{it}/manager?$select=id", Template::Path, now()).unwrap();
            prop_assert_eq!(path.matches('/').count(), 4);
            prop_assert_eq!(path.matches('?').count(), 1);
            let segment = path.strip_prefix("/v1.0/users/").unwrap().split('/').next().unwrap();
            prop_assert_eq!(percent_encoding::percent_decode_str(segment).decode_utf8().unwrap(), kept.as_str());
        }

        #[test]
        fn any_kept_text_survives_the_way_through_a_json_body(kept in "\\PC*") {
            let mut captures = captures();
            captures.keep("it", json!(kept));
            let body: Value = serde_json::from_str(&captures.fill(r#"{"a": "{it}", "b": {it}}"#, Template::Json, now()).unwrap()).unwrap();
            prop_assert_eq!(&body["a"], &json!(kept));
            prop_assert_eq!(&body["b"], &json!(kept));
        }
    }
}
