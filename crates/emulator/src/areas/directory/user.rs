//! Users.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::odata::moment;

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The object id.
    pub id: Uuid,
    /// The properties that were sent or seeded, by the names of the CSDL type `user`; never the password.
    pub properties: Map<String, Value>,
    /// The password, if one is set.
    pub password: Option<Password>,
    /// Whether the password has to be changed at the next sign-in (`forceChangePasswordNextSignIn`).
    pub must_change_password: bool,
    /// The last sign-in, if there was one.
    pub last_sign_in: Option<Timestamp>,
    /// The manager's object id.
    pub manager: Option<Uuid>,
}

/// A password. Nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// The properties that a request without `$select` answers (Graph reference, "Get user").
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

impl User {
    /// A user of these properties, with no password and no sign-in yet.
    pub fn new(id: Uuid, properties: Map<String, Value>) -> Self {
        Self { id, properties, password: None, must_change_password: false, last_sign_in: None, manager: None }
    }

    /// A property as text; empty if it has none.
    pub fn text(&self, name: &str) -> &str {
        self.properties.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// `displayName`
    pub fn name(&self) -> &str {
        self.text("displayName")
    }

    /// `userPrincipalName`
    pub fn principal_name(&self) -> &str {
        self.text("userPrincipalName")
    }

    /// `accountEnabled`
    pub fn enabled(&self) -> bool {
        self.properties.get("accountEnabled").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Returns whether `userType` says that somebody is a guest.
    pub fn is_guest(&self) -> bool {
        self.text("userType").eq_ignore_ascii_case("Guest")
    }

    /// Returns the properties that a request without `$select` gets.
    pub fn to_json(&self) -> Map<String, Value> {
        self.default_of(|_| true)
    }

    /// All it has, for `$select`, `$filter` and `$orderby`.
    pub fn whole(&self) -> Map<String, Value> {
        self.all_of(|_| true)
    }

    /// Those of all its properties whose names are wanted.
    pub fn all_of(&self, is_wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let mut all = self.default_of(&is_wanted);
        for (name, value) in self.properties.iter().filter(|(name, _)| is_wanted(name)) {
            all.insert(name.clone(), value.clone());
        }
        if let Some(time) = self.last_sign_in.filter(|_| is_wanted("signInActivity")) {
            all.insert("signInActivity".to_owned(), json!({"lastSignInDateTime": moment(time)}));
        }
        all
    }

    fn default_of(&self, is_wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let wanted = DEFAULT.into_iter().filter(|name| is_wanted(name));
        let shown = wanted.map(|name| {
            let value = match name {
                "id" => json!(self.id),
                "businessPhones" => self.properties.get(name).cloned().unwrap_or_else(|| json!([])),
                _ => self.properties.get(name).cloned().unwrap_or_default(),
            };
            (name.to_owned(), value)
        });
        shown.collect()
    }
}

impl Password {
    /// Takes a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns whether `candidate` is it. The comparison takes the same time wherever the first difference lies.
    pub fn matches(&self, candidate: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), candidate.as_bytes());
        own.len() == other.len() && own.iter().zip(other).fold(0, |seen, (left, right)| seen | (left ^ right)) == 0
    }

    /// Returns whether Entra would take it: 8 to 256 characters, three of the four kinds.
    pub fn is_strong(&self) -> bool {
        let kinds: [fn(char) -> bool; 4] =
            [char::is_lowercase, char::is_uppercase, char::is_numeric, |c: char| !c.is_alphanumeric()];
        let used = kinds.iter().filter(|kind| self.0.chars().any(**kind)).count();
        (8..=256).contains(&self.0.chars().count()) && used >= 3
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_three_kinds_of_characters_and_is_never_shown() {
        assert!(Password::new("Gw!12345").is_strong());
        for weak in ["Gw!1", "password1", "PASSWORD!", &"Aa1".repeat(100)] {
            assert!(!Password::new(weak).is_strong(), "{weak}");
        }
        assert!(Password::new("secret").matches("secret") && !Password::new("secret").matches("secreT"));
        assert_eq!(format!("{:?}", Password::new("canary")), "Password(***)");
    }
}
