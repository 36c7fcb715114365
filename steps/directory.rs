//! Users, groups, and who is a member.

use cucumber::{gherkin::Step, given, then, when};
use graphwalk_client::Exchange;
use serde_json::{Value, json};

use crate::in_words::named_actor;
use crate::session::{Call, Expectation, Failure, Lookup, Mismatches, ObjectId, Observed, Session, Spot, StepResult};

use super::observed::name_of;
use super::parameters::{Actor, cell_value};
use super::tables;

/// The address at which the published requests say that an object to bind lives. Graph takes any host and version in it.
const BIND: &str = "https://graph.microsoft.com/beta/users/";

/// The members, for the report.
pub(super) const MEMBERSHIP: Observed = Observed { heading: "membership", is_shown: true };
/// The members of it and of the groups in it.
pub(super) const INDIRECT_MEMBERSHIP: Observed = Observed { heading: "membership through groups too", is_shown: false };

/// Creates a user with the properties of the table, enabled, with a random password to be changed at the first sign-in.
#[when(expr = "{actor} creates the user {string}:")]
async fn creates_user(session: &mut Session, actor: Actor, name: String, step: &Step) -> StepResult {
    let mut body = json!({"accountEnabled": true, "displayName": name});
    for (property, value) in tables::properties(step)? {
        body[property] = cell_value(value);
    }
    let password = session.captures.new_password();
    body["passwordProfile"] = json!({"forceChangePasswordNextSignIn": true, "password": password});
    let call = session.adapt(Call::new(&actor.0, "POST", "/v1.0/users").body(body));
    let principal_name = call.body.as_ref().and_then(|body| body.get("userPrincipalName")).and_then(Value::as_str);
    let Some(principal_name) = principal_name.map(str::to_owned) else { return create(session, &name, &call).await };
    session.backend().actors().introduce(&name, &principal_name, &password);
    session.captures.keep(principal_name_of(&name), principal_name.into());
    let call = looked_up(session, call, &name, &["displayName", "userPrincipalName", "mailNickname"]);
    create(session, &name, &call).await
}

/// The name under which a user's principal name is kept.
pub(super) fn principal_name_of(user: &str) -> String {
    format!("principal name of {user}")
}

/// The name under which the display name of somebody is kept who goes by another name in features.
pub(super) fn display_name_of(person: &str) -> String {
    format!("display name of {person}")
}

/// Reads who the actor is, and keeps the id under the actor's name: an app alone is nobody, and no reviewer.
#[given(expr = "{actor} is a user of the tenant")]
async fn is_a_user(session: &mut Session, actor: Actor) -> StepResult {
    session.send(&Call::new(&actor.0, "GET", "/v1.0/me")).await?;
    session.expect_status(200)?;
    let me = session.last_json()?.clone();
    let name = named_actor(&actor.0);
    for (kept, property) in [
        (name.to_owned(), "id"),
        (display_name_of(name), "displayName"),
        (principal_name_of(name), "userPrincipalName"),
    ] {
        if let Some(value) = me.get(property).filter(|value| value.is_string()) {
            session.captures.keep(kept, value.clone());
        }
    }
    Ok(())
}

/// Expects that the user was created as asked, under an id of its own.
#[then(expr = "the user {string} is created as {string}")]
async fn user_is_created(session: &mut Session, name: String, principal_name: String) -> StepResult {
    let exchange = session.expect_status(201)?;
    let user = session.last_json()?;
    let mut mismatches = session.mismatches();
    let principal_name = session.naming.principal_name(&principal_name);
    mismatches.text(user, "/displayName", &name).text(user, "/userPrincipalName", &principal_name).guid(user, "/id");
    if user.get("userType").is_some() {
        mismatches.text(user, "/userType", "Member");
    }
    mismatches.into_result("user", "the user was not created as asked", exchange)?;
    Ok(())
}

/// Expects ids that differ from each other.
#[then(expr = "{string}, {string} and {string} are three different users")]
async fn are_different(session: &mut Session, first: String, second: String, third: String) -> StepResult {
    let names = [&first, &second, &third];
    for (index, name) in names.iter().enumerate() {
        let id = session.captures.text(name)?;
        for other in &names[..index] {
            if session.captures.text(other)? == id {
                let message = format!("{other} and {name} have the same id, {id}");
                Err(Failure::new("user", message).focus(name.as_str(), "the same user"))?;
            }
        }
    }
    Ok(())
}

/// Creates a security group; rows `owner` and `member` name users by the names they were created under.
#[when(expr = "{actor} creates the security group {string}:")]
async fn creates_group(session: &mut Session, actor: Actor, name: String, step: &Step) -> StepResult {
    let kind = json!({"groupTypes": [], "mailEnabled": false, "securityEnabled": true});
    create_group(session, (&actor, &name), kind, step).await
}

/// Creates a Microsoft 365 group that grants access, too; rows `owner` and `member` as for a security group.
#[when(expr = "{actor} creates the Microsoft 365 group {string}:")]
async fn creates_microsoft_365_group(session: &mut Session, actor: Actor, name: String, step: &Step) -> StepResult {
    let kind = json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": true});
    create_group(session, (&actor, &name), kind, step).await
}

async fn create_group(
    session: &mut Session,
    (actor, name): (&Actor, &str),
    mut body: Value,
    step: &Step,
) -> StepResult {
    body["displayName"] = json!(name);
    let (mut owners, mut members) = (Vec::new(), Vec::new());
    for (property, value) in tables::properties(step)? {
        match property {
            "owner" => owners.push(bind(session, value)?),
            "member" => members.push(bind(session, value)?),
            _ => body[property] = cell_value(value),
        }
    }
    for (property, bound) in [("owners@odata.bind", owners), ("members@odata.bind", members)] {
        if !bound.is_empty() {
            body[property] = Value::from(bound);
        }
    }
    let call = session.adapt(Call::new(&actor.0, "POST", "/v1.0/groups").body(body));
    let call = looked_up(session, call, name, &["displayName", "mailNickname", "description"]);
    create(session, name, &call).await
}

/// Expects that the group was created as asked.
#[then(expr = "the group {string} is created")]
async fn group_is_created(session: &mut Session, name: String) -> StepResult {
    let exchange = session.expect_status(201)?;
    let group = session.last_json()?;
    let mut mismatches = session.mismatches();
    mismatches.text(group, "/displayName", &name).guid(group, "/id");
    let asked = ["description", "mailNickname", "groupTypes", "mailEnabled", "securityEnabled", "isAssignableToRole"];
    mismatches.echoes_what_is_told(session.sent_json()?, group, &asked);
    mismatches.into_result("group", "the group was not created as asked", exchange)?;
    Ok(())
}

/// Reads the group and expects that it grants access and takes no mail.
#[then(expr = "the group {string} is security-enabled and not mail-enabled")]
async fn grants_access(session: &mut Session, name: String) -> StepResult {
    let path = format!("/v1.0/groups/{}", session.captures.id(&name)?);
    session.send(&Call::new("administrator", "GET", path)).await?;
    let kind = [("/securityEnabled", json!(true)), ("/mailEnabled", json!(false)), ("/groupTypes", json!([]))];
    session.settle(|session| is_group(session, &name, &kind, "the group is not a security group without mail")).await?;
    Ok(())
}

/// Reads the group and expects that it is a Microsoft 365 group that grants access, too.
#[then(expr = "the group {string} is a Microsoft 365 group, security-enabled and mail-enabled")]
async fn is_microsoft_365_group(session: &mut Session, name: String) -> StepResult {
    let path = format!("/v1.0/groups/{}", session.captures.id(&name)?);
    session.send(&Call::new("administrator", "GET", path)).await?;
    let kind = [("/securityEnabled", json!(true)), ("/mailEnabled", json!(true)), ("/groupTypes", json!(["Unified"]))];
    session.settle(|session| is_group(session, &name, &kind, "the group is not a Microsoft 365 group")).await?;
    Ok(())
}

fn is_group(session: &Session, name: &str, kind: &[(&str, Value)], message: &str) -> Result<(), Failure> {
    let exchange = session.expect_status(200)?;
    let group = session.last_json()?;
    let mut mismatches = session.mismatches();
    mismatches.text(group, "/id", session.captures.text(name)?).text(group, "/displayName", name);
    for (pointer, value) in kind {
        mismatches.at(group, pointer, value);
    }
    mismatches.into_result("group", message, exchange)
}

/// Lists the owners of a group and expects exactly those of the table.
#[then(expr = "the owners of {string} are exactly:")]
async fn owners_are(session: &mut Session, group: String, step: &Step) -> StepResult {
    people_are(session, &group, "owners", &tables::list(step)?).await
}

/// Lists the direct members of a group and expects exactly those of the table.
#[then(expr = "the members of {string} are exactly:")]
async fn members_are(session: &mut Session, group: String, step: &Step) -> StepResult {
    people_are(session, &group, "members", &tables::list(step)?).await
}

/// Lists the direct members of a group and expects none.
#[then(expr = "the group {string} has no members")]
async fn has_no_members(session: &mut Session, group: String) -> StepResult {
    people_are(session, &group, "members", &[]).await
}

/// Lists the direct and indirect members of a group and expects exactly those of the table.
#[then(expr = "the transitive members of {string} are exactly:")]
async fn transitive_members_are(session: &mut Session, group: String, step: &Step) -> StepResult {
    people_are(session, &group, "transitiveMembers", &tables::list(step)?).await
}

async fn people_are(session: &mut Session, group: &str, list: &str, expected: &[&str]) -> StepResult {
    let path = format!("/v1.0/groups/{}/{list}", session.captures.id(group)?);
    session.send(&Call::new("administrator", "GET", path).all_pages()).await?;
    let message = format!("unexpected {list} of {group}");
    let judged = session
        .settle(|session| {
            let mut mismatches = session.mismatches();
            exactly(session, &mut mismatches, "/id", expected)?;
            mismatches.each_echoes_name(session.last_items()?, &session.captures);
            mismatches.into_result("members", &message, session.last()?)
        })
        .await;
    let observed = match list {
        "members" => Some(MEMBERSHIP),
        "transitiveMembers" => Some(INDIRECT_MEMBERSHIP),
        _ => None,
    };
    if let (Some(observed), Ok(items)) = (observed, session.last_items()) {
        let members: Vec<String> = items.iter().map(|item| name_of(session, item)).collect();
        session.observe_roster(observed, group, members);
    }
    Ok(judged?)
}

/// Notes who of `expected` is not in the answered list, who is in it without being expected, and who is in it twice.
/// People are distinguished by the id at `pointer` of each item.
pub(super) fn exactly(
    session: &Session,
    mismatches: &mut Mismatches,
    pointer: &str,
    expected: &[&str],
) -> Result<(), Failure> {
    exactly_among(session, mismatches, pointer, expected, |_| true)
}

/// The same, where only items whose id `counts` are looked at.
pub(super) fn exactly_among(
    session: &Session,
    mismatches: &mut Mismatches,
    pointer: &str,
    expected: &[&str],
    counts: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let mut missing: Vec<(&str, &str)> = Vec::with_capacity(expected.len());
    for name in expected {
        missing.push((name, session.captures.text(name)?));
    }
    for item in session.last_items()? {
        let id = item.pointer(pointer).and_then(Value::as_str).unwrap_or("an item without an id");
        match missing.iter().position(|(_, expected)| *expected == id) {
            Some(index) => drop(missing.remove(index)),
            None if !counts(id) => {}
            None => {
                let name = session.captures.name_of(id).unwrap_or("not known here");
                mismatches.say(format!("not expected, or twice: {name} ({id})"));
            }
        }
    }
    for (name, id) in missing {
        mismatches.say(format!("missing: {name} ({id})"));
    }
    expects_exactly(session, mismatches, pointer, expected, counts)
}

/// Tells whoever writes the step down which ids the list has. Those that nobody counts are told in words.
fn expects_exactly(
    session: &Session,
    mismatches: &mut Mismatches,
    pointer: &str,
    expected: &[&str],
    counts: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let ids = |item: &Value| item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let mut values = Vec::with_capacity(expected.len());
    for name in expected {
        values.push(Value::from(session.captures.text(name)?));
    }
    let others: Vec<String> = session.last_items()?.iter().filter_map(ids).filter(|id| !counts(id)).collect();
    if others.is_empty() {
        let list = Spot::Pointer("/value".to_owned());
        mismatches.expects(Expectation::IsExactly(list, pointer.to_owned(), values));
    } else {
        mismatches.judges("the list has exactly these, beside those that were there before");
    }
    Ok(())
}

/// Says how to find out whether a create was done: by what its resource is looked up by, and the properties that are the `same`.
pub(super) fn looked_up(session: &Session, call: Call, name: &str, same: &[&'static str]) -> Call {
    let (Some(resource), Some(body)) = (session.created_by(&call), &call.body) else { return call };
    let lookup = Lookup::created(resource, name, body, same);
    call.lookup(lookup)
}

/// Sends a request that creates something, and remembers what it created, so that the clean-up finds it whatever fails
/// next.
pub(super) async fn create(session: &mut Session, name: &str, call: &Call) -> StepResult {
    let sent = session.send(call).await.map(drop);
    let Some(resource) = session.created_by(call).cloned() else { return Ok(sent?) };
    let answer = session.last().ok().filter(|exchange| exchange.status < 300);
    // What stands for a lost answer is the object itself.
    let id_at = |exchange: &Exchange| if exchange.recovered.is_some() { "/id" } else { &resource.facts().id_at };
    let answered = answer.and_then(|exchange| exchange.json()?.pointer(id_at(exchange))).and_then(Value::as_str);
    // An id that is none must never become a part of a path.
    if let Some(id) = answered.filter(|id| ObjectId::parse(id).is_some()).map(str::to_owned) {
        session.captures.keep(name, id.into());
        session.created.add(resource, name);
    }
    Ok(sent?)
}

fn bind(session: &Session, name: &str) -> Result<String, Failure> {
    Ok(format!("{BIND}{}", session.captures.id(name)?))
}
