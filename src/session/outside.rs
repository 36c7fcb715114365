//! Values from outside: objects that were there before the tutorial, by the names that features give them.

use std::collections::BTreeMap;

use graphwalk_catalog::{Catalog, Type};
use jiff::civil::Date;

use super::{Block, Failure, ObjectId, Raised, Session};

/// The ids that a user gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideValues {
    /// For this run: `--set NAME=ID`.
    pub set: BTreeMap<String, String>,
    /// For this tenant: `[values]` in graphwalk.toml.
    pub configured: BTreeMap<String, String>,
}

impl Session {
    /// Keeps the id of an object of that type, which was there before, under `name`.
    ///
    /// What is set for this run counts before what the backend knows (the recording's `_values`, the emulated tenant by its
    /// names), and that before graphwalk.toml, which is meant for a tenant. Such an object is nobody's own: on a tenant only
    /// `[may-change]` lets a step write to it.
    ///
    /// # Errors
    ///
    /// Unwinds as blocked if nobody gives the id, with what to do; as a failure if what is given is no id.
    pub fn take_outside_id(&mut self, name: &str, ty: Type) -> Result<(), Raised> {
        let Some(id) = self.given_outside(ty.name(), name) else {
            let wanted = words(ty.name());
            return Err(Block(format!(
                "missing \"{name}\", the id of {} {wanted}: run with --set {}, or write it under [values] in graphwalk.toml; a \
                 recording has it in `_values`, and an emulated tenant by its seed, as the name of {} {wanted}",
                article(&wanted),
                shell_word(&format!("{name}=ID")),
                article(&wanted)
            ))
            .into());
        };
        if !is_id(&id, ty) {
            let message =
                format!("what is given as \"{name}\" is no id of {} {}", article(ty.name()), words(ty.name()));
            return Err(Failure::new("outside-value", message)
                .focus(name, "not an id")
                .note(format!("given: {}", self.captures.hide(&id)))
                .help("give the property `id` of the object, a GUID; not its name")
                .into());
        }
        self.captures.keep(name, id.as_str().into());
        self.outside.insert(name.to_owned(), id);
        Ok(())
    }

    /// Keeps an id under `name` like [`Session::take_outside_id`], if anybody gives one. Returns whether anybody did.
    ///
    /// # Errors
    ///
    /// Unwinds as a failure if what is given is no id.
    pub fn take_outside_id_if_given(&mut self, name: &str, ty: Type) -> Result<bool, Raised> {
        if self.given_outside(ty.name(), name).is_none() {
            return Ok(false);
        }
        self.take_outside_id(name, ty).map(|()| true)
    }

    /// Keeps a day under `name`, if anybody gives one.
    ///
    /// # Errors
    ///
    /// A failure if what is given is no day.
    pub fn take_outside_day_if_given(&mut self, name: &str) -> Result<(), Failure> {
        let Some(given) = self.given_outside("", name) else { return Ok(()) };
        if given.parse::<Date>().is_err() || given.len() != "2026-01-31".len() {
            return Err(Failure::new("outside-value", format!("what is given as \"{name}\" is no day"))
                .focus(name, "not a day")
                .note(format!("given: {}", self.captures.hide(&given)))
                .help(format!("write it as year, month and day: --set {name}=2026-01-31")));
        }
        self.captures.keep(name, given.as_str().into());
        self.outside.insert(name.to_owned(), given);
        Ok(())
    }

    /// Returns the value that is given under a name: for this run, by the backend, or for the tenant, in this order.
    fn given_outside(&self, type_name: &str, name: &str) -> Option<String> {
        let OutsideValues { set, configured } = &self.given;
        let known = || self.backend.outside_id(type_name, name);
        set.get(name).cloned().or_else(known).or_else(|| configured.get(name).cloned())
    }

    /// The ids that it was given from outside, by their names.
    pub(crate) fn outside_values(&self) -> &BTreeMap<String, String> {
        &self.outside
    }
}

/// Returns whether a text can be the id of an object of that type: objects of the directory have GUIDs.
fn is_id(text: &str, ty: Type) -> bool {
    let is_of_directory = Catalog::v1().type_named("directoryObject").is_some_and(|directory| ty.is_a(directory));
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '\\' | '?' | '#' | '"');
    if is_of_directory { ObjectId::parse(text).is_some() } else { !text.is_empty() && text.chars().all(is_plain) }
}

/// The name of a type as people write it: `accessPackage` is `access package`.
fn words(type_name: &str) -> String {
    let mut words = String::with_capacity(type_name.len() + 4);
    for c in type_name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn article(word: &str) -> &'static str {
    // `user` begins with a vowel in writing alone.
    let is_vowel = word.starts_with(['a', 'e', 'i', 'o', 'u']) && !word.starts_with("us") && !word.starts_with("uni");
    if is_vowel { "an" } else { "a" }
}

fn shell_word(text: &str) -> String {
    if text.contains(' ') { format!("'{text}'") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_the_directory_has_a_guid_and_others_have_what_they_have() {
        let [user, chat] = ["user", "chat"].map(|name| Catalog::v1().type_named(name).unwrap());
        assert!(is_id("eb75ccd2-59ef-48b7-8f76-cc3f33f899f4", user) && !is_id("adele@contoso.com", user));
        assert!(
            is_id("19:meeting_x@thread.v2", chat) && !is_id("", chat) && !is_id("a/b", chat) && !is_id("a b", chat)
        );
    }

    #[test]
    fn a_type_is_named_in_words() {
        assert_eq!(
            ["user", "accessPackage", "application"].map(|name| format!("{} {}", article(name), words(name))),
            ["a user", "an access package", "an application"]
        );
    }
}
