//! The general vocabulary: what comes from outside of the tutorial. Objects that were there before, and what a person does.

use std::str::FromStr;

use cucumber::{Parameter, given};
use graphwalk_catalog::{Catalog, Resource, Type, TypeKind};

use crate::session::{Session, StepResult};

/// A kind of object that Graph has, in words: `user`, `access package`, `administrative unit`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "type", regex = "[a-z][A-Za-z0-9]*(?: [A-Za-z0-9]+)*")]
pub struct ObjectType(pub Type);

impl FromStr for ObjectType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of_resource = || {
            let id = Resource::named(&text.replace(' ', "-"))?;
            Catalog::v1().type_named(id.type_name())
        };
        let named = Catalog::v1().type_named(&camel_case(text)).filter(|ty| ty.kind() == TypeKind::Entity);
        named.or_else(of_resource).map(Self).ok_or_else(|| {
            format!("Graph has no {text}: expected a kind of object such as user, group or access package")
        })
    }
}

/// Takes the id of an object that was there before, from `--set`, the recording, the emulated tenant or graphwalk.toml.
#[given(expr = "{string} is the id of a/an {type}")]
async fn is_id_of(session: &mut Session, name: String, kind: ObjectType) -> StepResult {
    session.take_outside_id(&name, kind.0)?;
    Ok(())
}

/// Takes the id of an object, if anybody gives one; without one the steps after it do without.
#[given(expr = "{string} may be the id of a/an {type}")]
async fn may_be_id_of(session: &mut Session, name: String, kind: ObjectType) -> StepResult {
    session.take_outside_id_if_given(&name, kind.0)?;
    Ok(())
}

/// Takes a day, if anybody gives one, e.g. with `--set since=2026-01-31`.
#[given(expr = "{string} may be a day")]
async fn may_be_day(session: &mut Session, name: String) -> StepResult {
    session.take_outside_day_if_given(&name)?;
    Ok(())
}

/// Has a person do something where no request can. On a tenant a person is asked and waited for; in a recording it was done, and
/// the report says that there is only somebody's word for it.
#[given(expr = "a person has done: {string}")]
async fn person_has_done(session: &mut Session, act: String) -> StepResult {
    let act = session.fill(&act, crate::session::Template::Text)?;
    session.person_acts(&act).await?;
    Ok(())
}

/// Returns name and type of the object that a sentence takes from outside.
pub(crate) fn object_of(sentence: &str) -> Option<(&str, Type)> {
    let (name, rest) = sentence.strip_prefix('"')?.split_once("\" is the id of ")?;
    let kind = rest.strip_prefix("a ").or_else(|| rest.strip_prefix("an "))?;
    Some((name, kind.parse::<ObjectType>().ok()?.0))
}

/// The name of what a sentence takes from outside if it is given.
pub(crate) fn may_be_given(sentence: &str) -> Option<&str> {
    let (name, rest) = sentence.strip_prefix('"')?.split_once("\" may be ")?;
    (rest == "a day" || rest.starts_with("the id of ")).then_some(name)
}

/// `access package` as `accessPackage`.
fn camel_case(text: &str) -> String {
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        name + &initial.to_ascii_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_object_is_one_of_the_catalog() {
        let kind = |text: &str| text.parse::<ObjectType>().map(|kind| kind.0.name());
        assert_eq!(kind("user"), Ok("user"));
        assert_eq!(kind("access package"), Ok("accessPackage"));
        assert_eq!(kind("service principal"), Ok("servicePrincipal"));
        assert_eq!(kind("review"), Ok("accessReviewScheduleDefinition"));
        assert!(kind("unicorn").is_err() && kind("password profile").is_err());
    }

    #[test]
    fn the_object_of_a_sentence_is_found() {
        let object = |sentence| object_of(sentence).map(|(name, ty)| (name, ty.name()));
        assert_eq!(object("\"employee\" is the id of a user"), Some(("employee", "user")));
        assert_eq!(object("\"door\" is the id of an access package"), Some(("door", "accessPackage")));
        assert_eq!(object("\"$.id\" is kept as \"door\""), None);
    }
}
