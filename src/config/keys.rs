//! Every key that a configuration may have.

use std::fmt;

/// The kind of value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyShape {
    /// A text, checked where it is read.
    Text,
    /// `true` or `false`.
    Truth,
    /// A whole number of seconds, at least 1.
    Seconds,
    /// A port.
    Port,
    /// A whole number of MiB, at least 1.
    Mebibytes,
    /// A file or folder; a relative one is relative to the file that names it.
    Path,
    /// The name of an environment variable.
    Variable,
    /// A list of texts.
    List,
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub shape: KeyShape,
    /// The default, as it would stand in the file.
    pub default: Option<&'static str>,
}

const fn key(name: &'static str, shape: KeyShape, default: Option<&'static str>) -> Key {
    Key { name, shape, default }
}

/// The keys outside of actors, in the order of the documentation; those of a table with the table's name before a dot.
pub(super) const SETTINGS: [Key; 21] = [
    key("tenant", KeyShape::Text, None),
    key("cloud", KeyShape::Text, Some("global")),
    key("base-url", KeyShape::Text, None),
    key("authority", KeyShape::Text, None),
    key("resource", KeyShape::Text, None),
    key("upn-domain", KeyShape::Text, None),
    key("allow-writes", KeyShape::Truth, Some("false")),
    key("mail", KeyShape::Truth, Some("false")),
    key("finish", KeyShape::Text, Some("stop")),
    key("review-by", KeyShape::Text, Some("api")),
    key("runs", KeyShape::Path, Some(".graphwalk/runs")),
    key("token-cache", KeyShape::Text, Some("user")),
    key("proxy", KeyShape::Text, None),
    key("ca-file", KeyShape::Path, None),
    key("timeouts.connect", KeyShape::Seconds, Some("10")),
    key("timeouts.request", KeyShape::Seconds, Some("60")),
    key("timeouts.retry", KeyShape::Seconds, Some("300")),
    key("timeouts.settle", KeyShape::Seconds, Some("60")),
    key("timeouts.poll", KeyShape::Seconds, Some("30")),
    key("timeouts.sign-in", KeyShape::Seconds, Some("900")),
    key("limits.answer", KeyShape::Mebibytes, Some("64")),
];

/// The keys of an actor.
pub(super) const ACTOR_KEYS: [Key; 11] = [
    key("sign-in", KeyShape::Text, None),
    key("client-id", KeyShape::Text, None),
    key("scopes", KeyShape::List, None),
    key("port", KeyShape::Port, None),
    key("username", KeyShape::Text, None),
    key("client-secret-env", KeyShape::Variable, None),
    key("certificate", KeyShape::Path, None),
    key("federated-token-file", KeyShape::Path, None),
    key("audience", KeyShape::Text, Some("api://AzureADTokenExchange")),
    key("password-env", KeyShape::Variable, None),
    key("token-env", KeyShape::Variable, None),
];

/// A key with its place: one of the settings, or one of an actor's. Sorts as the documentation has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPath {
    /// The actor; `None` for a setting.
    pub actor: Option<String>,
    /// The index in [`ACTOR_KEYS`] or [`SETTINGS`].
    index: usize,
}

impl KeyPath {
    /// The setting of that name, which has its table before a dot.
    pub fn setting(name: &str) -> Option<Self> {
        SETTINGS.iter().position(|key| key.name == name).map(|index| Self { actor: None, index })
    }

    /// The key of that name of an actor.
    pub fn of_actor(actor: &str, name: &str) -> Option<Self> {
        let index = ACTOR_KEYS.iter().position(|key| key.name == name)?;
        Some(Self { actor: Some(actor.to_owned()), index })
    }

    /// All settings.
    pub fn settings() -> impl Iterator<Item = Self> {
        (0..SETTINGS.len()).map(|index| Self { actor: None, index })
    }

    pub fn key(&self) -> &'static Key {
        if self.actor.is_some() { &ACTOR_KEYS[self.index] } else { &SETTINGS[self.index] }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.key().name;
        match &self.actor {
            None => f.write_str(name),
            Some(actor) => write!(f, "actors.{}.{name}", quoted(actor)),
        }
    }
}

/// An actor's name as TOML writes it in a key: bare where that is legal.
pub(super) fn quoted(actor: &str) -> String {
    let bare = !actor.is_empty() && actor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { actor.to_owned() } else { format!("{actor:?}") }
}

/// The environment variable of a key: `timeouts.connect` is `GRAPHWALK_TIMEOUTS_CONNECT`.
pub(crate) fn variable(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("GRAPHWALK_{}", letters.collect::<String>())
}

/// The known name that is nearest to `name`, if one is near.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = name.to_ascii_lowercase().replace('_', "-");
    graphwalk_catalog::nearest(&normal, known)
}
