//! The name of a run, and the mark that what it creates carries.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 30] = b"23456789abcdefghjkmnpqrstvwxyz";

/// `mailNickname` and the part of a user principal name before the `@` may have 64 characters (their reference pages).
const LONGEST_NAME: usize = 64;

/// The name of a run, e.g. `20261125-0127-k3f9`: the minute in UTC at which it began, then four random characters. Names
/// sort by time, and are safe as names of folders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A text that is not the name of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a run: expected one such as 20261125-0127-k3f9")]
pub struct NotARunId(pub String);

/// The mark of a run's objects: `gw202611250127k3f9`. It has letters and digits only, so that it may
/// stand in a `mailNickname`, in a user principal name and in a description.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark(String);

impl RunId {
    /// A new name for a run that begins at `now`.
    pub fn new(now: Timestamp) -> Self {
        let random = uuid::Uuid::new_v4();
        let suffix =
            random.as_bytes()[..4].iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        let minute = TimeZone::UTC.to_datetime(now).strftime("%Y%m%d-%H%M").to_string();
        Self(format!("{minute}-{}", suffix.collect::<String>()))
    }

    /// The name as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mark of the run's objects.
    pub fn mark(&self) -> Mark {
        Mark(format!("gw{}", self.0.replace('-', "")))
    }
}

impl Mark {
    /// The mark itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A `mailNickname`, or the part of a user principal name before the `@`: `name` without what neither may hold, cut so
    /// that the mark fits behind it, at most 64 characters in all. `AdeleV` becomes `AdeleV-gw202611250127k3f9`.
    pub fn name(&self, name: &str) -> String {
        let room = LONGEST_NAME - self.0.len() - 1;
        let kept: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
        // Past the filter every character is one byte.
        let kept = kept[..kept.len().min(room)].trim_end_matches('-');
        if kept.is_empty() { self.0.clone() } else { format!("{kept}-{}", self.0) }
    }

    /// A description, or the display name of what has no other place for the mark: `text [gw202611250127k3f9]`.
    pub fn describe(&self, text: &str) -> String {
        if text.is_empty() { format!("[{}]", self.0) } else { format!("{text} [{}]", self.0) }
    }

    /// Returns whether `text` carries the mark, in whatever case a directory keeps it.
    pub fn is_in(&self, text: &str) -> bool {
        text.to_ascii_lowercase().contains(&self.0)
    }
}

impl FromStr for RunId {
    type Err = NotARunId;

    fn from_str(text: &str) -> Result<Self, NotARunId> {
        let fits =
            |part: &str, length: usize, of: fn(&u8) -> bool| part.len() == length && part.as_bytes().iter().all(of);
        let mut parts = text.split('-');
        let whole = parts.next().is_some_and(|day| fits(day, 8, u8::is_ascii_digit))
            && parts.next().is_some_and(|minute| fits(minute, 4, u8::is_ascii_digit))
            && parts.next().is_some_and(|end| fits(end, 4, |b| b.is_ascii_digit() || b.is_ascii_lowercase()))
            && parts.next().is_none();
        if whole { Ok(Self(text.to_owned())) } else { Err(NotARunId(text.to_owned())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = NotARunId;

    fn try_from(text: String) -> Result<Self, NotARunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(time: &str) -> RunId {
        RunId::new(time.parse().unwrap())
    }

    #[test]
    fn a_name_is_the_minute_and_four_random_characters() {
        let id = at("2026-11-25T01:27:59Z");
        assert!(id.as_str().starts_with("20261125-0127-"), "{id}");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        let others: std::collections::BTreeSet<RunId> = (0..50).map(|_| at("2026-11-25T01:27:59Z")).collect();
        assert!(others.len() > 45, "{others:?}");
    }

    #[test]
    fn names_sort_by_time() {
        let mut ids = [at("2026-11-25T01:27:00Z"), at("2026-02-25T23:59:00Z"), at("2027-01-01T00:00:00Z")];
        ids.sort();
        let days: Vec<&str> = ids.iter().map(|id| &id.as_str()[..8]).collect();
        assert_eq!(days, ["20260225", "20261125", "20270101"]);
    }

    #[test]
    fn a_path_is_no_name_of_a_run() {
        let wrong = [
            "",
            "..",
            "../20261125-0127-k3f9",
            "20261125-0127-k3f9/x",
            "20261125-0127",
            "20261125-0127-K3F9",
            "20261125-0127-k3f9-1",
            "2026112é-0127-k3f9",
        ];
        for text in wrong {
            assert_eq!(text.parse::<RunId>(), Err(NotARunId(text.to_owned())));
        }
    }

    #[test]
    fn a_mark_stands_behind_names_and_in_descriptions() {
        let mark = "20261125-0127-k3f9".parse::<RunId>().unwrap().mark();
        assert_eq!(mark.name("AdeleV"), "AdeleV-gw202611250127k3f9");
        assert_eq!(mark.name("Ädele Vance@x"), "deleVancex-gw202611250127k3f9");
        assert_eq!(mark.name("@ü"), "gw202611250127k3f9");
        assert_eq!(mark.describe("Access to building"), "Access to building [gw202611250127k3f9]");
        assert!(mark.is_in("ADELEV-GW202611250127K3F9@contoso.com"));
        assert!(!mark.is_in("gw202611250127k3f8"));
    }

    proptest! {
        #[test]
        fn a_marked_name_is_legal_and_carries_the_mark(name in "\\PC{0,90}") {
            let mark = at("2026-11-25T01:27:00Z").mark();
            let marked = mark.name(&name);
            prop_assert!(marked.len() <= 64);
            prop_assert!(marked.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            prop_assert!(mark.is_in(&marked) && mark.is_in(&mark.describe(&name)));
        }
    }
}
