//! Which kinds of groups Graph makes, and what may be a member of which.

use serde_json::{Map, Value, json};

use crate::http::Refusal;
use crate::routes::body::{bad, invalid_value, missing_value};

use super::group::Group;
use super::membership_rule::MembershipRule;

/// Whether a group has just been sent, or is changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum GroupChange<'a> {
    /// It is new.
    New,
    /// It was this one before.
    Changed(&'a Group),
}

/// Checks that a group is of a kind that Graph makes, and that what it says of itself fits together.
///
/// # Errors
///
/// 400 that says what does not fit.
pub(super) fn check(group: &Group, sent: &Map<String, Value>, made: GroupChange<'_>) -> Result<(), Refusal> {
    // What is there already, from a seed for instance, is not judged when something else is changed.
    let is_about =
        |names: &[&str]| matches!(made, GroupChange::New) || names.iter().any(|name| sent.contains_key(*name));
    if is_about(&["mailEnabled", "securityEnabled", "groupTypes"]) {
        check_mail(group)?;
    }
    if is_about(&["groupTypes", "membershipRule"]) {
        check_rule(group, sent, made)?;
    }
    if is_about(&["groupTypes", "securityEnabled", "visibility"]) {
        check_role_assignable(group)?;
    }
    check_visibility(group, made)?;
    match made {
        GroupChange::Changed(before) if before.is_unified() != group.is_unified() => {
            Err(invalid_value("group", "groupTypes"))
        }
        _ => Ok(()),
    }
}

/// Graph makes security groups and Microsoft 365 groups (reference, "Create group", and the values of its example; observed:
/// azure-docs, issue 78786).
fn check_mail(group: &Group) -> Result<(), Refusal> {
    if group.is_mail_managed() || !(group.is_unified() || group.is_security()) {
        let message = "The service does not currently support writes of mail-enabled groups. Please ensure that the \
                       mail-enablement property is unset and the security-enablement property is set.";
        return Err(bad(message));
    }
    if group.is_unified() && !group.is_mail_enabled() { Err(invalid_value("group", "mailEnabled")) } else { Ok(()) }
}

/// A group with dynamic membership has a rule, and no other group has one (reference of group, membershipRule).
fn check_rule(group: &Group, sent: &Map<String, Value>, made: GroupChange<'_>) -> Result<(), Refusal> {
    let rule = group.properties.get("membershipRule").and_then(Value::as_str);
    let was_dynamic = matches!(made, GroupChange::Changed(before) if before.is_dynamic());
    match (group.is_dynamic(), rule) {
        (true, None) => Err(missing_value("group", "membershipRule")),
        (true, Some(rule)) => MembershipRule::parse(rule)?.check(),
        // Whoever makes a group static again may leave its rule where it is.
        (false, Some(_)) if sent.get("membershipRule").is_some_and(Value::is_string) && !was_dynamic => {
            Err(invalid_value("group", "membershipRule"))
        }
        (false, _) => Ok(()),
    }
}

/// Reference of group, isAssignableToRole: a security group without dynamic membership, which is private.
fn check_role_assignable(group: &Group) -> Result<(), Refusal> {
    if !group.is_assignable_to_role() {
        return Ok(());
    }
    let is_public = group.properties.get("visibility").is_some_and(|visibility| visibility == "Public");
    if group.is_dynamic() || !group.is_security() || is_public {
        return Err(invalid_value("group", "isAssignableToRole"));
    }
    Ok(())
}

/// Reference of group, visibility: hidden membership is for new Microsoft 365 groups.
fn check_visibility(group: &Group, made: GroupChange<'_>) -> Result<(), Refusal> {
    let is_hidden = |group: &Group| {
        let visibility = group.properties.get("visibility").and_then(Value::as_str);
        visibility.is_some_and(|visibility| visibility.eq_ignore_ascii_case("HiddenMembership"))
    };
    let fits = match made {
        GroupChange::New => !is_hidden(group) || group.is_unified(),
        GroupChange::Changed(before) => is_hidden(group) == is_hidden(before),
    };
    if fits { Ok(()) } else { Err(invalid_value("group", "visibility")) }
}

/// Gives a group that roles can be assigned to the visibility that all of them have (reference of group, visibility).
pub(super) fn close_role_assignable(properties: &mut Map<String, Value>) {
    if properties.get("isAssignableToRole") == Some(&Value::Bool(true)) {
        properties.entry("visibility").or_insert_with(|| json!("Private"));
    }
}

/// Checks that a group takes another one as a member (reference, "Add members": which types of members groups take; Entra, "Use
/// Microsoft Entra groups to manage role assignments").
///
/// # Errors
///
/// 400 that says why not.
pub(super) fn check_nested(group: &Group, member: &Group) -> Result<(), Refusal> {
    if group.is_unified() {
        return Err(bad("A Microsoft 365 group takes users as members only."));
    }
    if group.is_assignable_to_role() {
        return Err(bad("A group that roles can be assigned to takes no groups as members."));
    }
    if member.is_unified() { Err(bad("A Microsoft 365 group cannot be a member of a security group.")) } else { Ok(()) }
}
