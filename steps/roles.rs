//! Directory roles: assigning one, who has it, and a review of those who have it.

use cucumber::{gherkin::Step, then, when};
use serde_json::{Value, json};

use crate::session::{Call, Expectation, Failure, Mismatches, Observed, Session, Spot, StepResult};

use super::directory::{create, exactly_among, looked_up};
use super::observed::observe_reviewers;
use super::parameters::{Actor, Count, cell_value};
use super::reviews::{DEFINITIONS, REVIEW, create_review, keep_as_instance, only_instance};
use super::same_review::is_still_the_same;
use super::tables;

/// The name of the resource of a decision about a role.
pub(super) const DIRECTORY_ROLE: &str = "directoryRole";

crate::register_public_text!(DIRECTORY_ROLE);

/// The holders of a role, for the report.
pub(super) const HOLDERS: Observed = Observed { heading: "role", is_shown: true };

/// The path of role definitions and assignments.
const ROLES: &str = "/v1.0/roleManagement/directory";

/// Finds a built-in role by its name, and assigns it in the whole tenant to a user or to a group that is made for it.
#[when(expr = "{actor} assigns the role {string} to {string}")]
async fn assigns(session: &mut Session, actor: Actor, role: String, principal: String) -> StepResult {
    let path = format!("{ROLES}/roleDefinitions?$filter=displayName eq '{}'", role.replace('\'', "''"));
    session.send(&Call::new(&actor.0, "GET", path.replace(' ', "%20"))).await?;
    session.expect_status(200)?;
    let found: Vec<Option<Value>> = session.last_items()?.iter().map(|item| item.get("id").cloned()).collect();
    let [Some(id)] = found.as_slice() else {
        let message = format!("expected one role of the name \"{role}\", got {}", found.len());
        return Err(Failure::new("role", message).focus(role, "not one role").notes(session.last()?.notes()).into());
    };
    is_built_in(session, &role, id)?;
    session.captures.keep(&role, id.clone());
    let body = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "roleDefinitionId": id,
        "principalId": session.captures.id(&principal)?,
        "directoryScopeId": "/",
    });
    let name = format!("{role} for {principal}");
    let call = session.adapt(Call::new(&actor.0, "POST", format!("{ROLES}/roleAssignments")).body(body));
    let call = looked_up(session, call, &name, &["roleDefinitionId", "principalId", "directoryScopeId"]);
    create(session, &name, &call).await
}

/// Expects of the role that was found what a built-in role has: it is its own template. One that is not enabled gives nothing.
fn is_built_in(session: &Session, role: &str, id: &Value) -> Result<(), Failure> {
    let found = session.last_json()?;
    let mut mismatches = session.mismatches();
    mismatches
        .text(found, "/value/0/displayName", role)
        .at(found, "/value/0/templateId", id)
        .at(found, "/value/0/isBuiltIn", &json!(true))
        .at(found, "/value/0/isEnabled", &json!(true));
    mismatches.into_result("role", &format!("{role} is not a built-in role that can be assigned"), session.last()?)
}

/// Expects that the assignment was made as asked.
#[then(expr = "the role assignment is created")]
async fn is_assigned(session: &mut Session) -> StepResult {
    let exchange = session.expect_status(201)?;
    let mut mismatches = session.mismatches();
    let same = ["roleDefinitionId", "principalId", "directoryScopeId"];
    mismatches.echoes(session.sent_json()?, session.last_json()?, &same);
    let id = session.last_json()?.get("id").and_then(Value::as_str).unwrap_or("nothing");
    mismatches.judges("the assignment has an id");
    if session.captures.name_of(id).is_none() {
        mismatches.differ("/id", "the id of an assignment", id);
    }
    mismatches.into_result("role", "the role was not assigned as asked", exchange)?;
    Ok(())
}

/// Expects that a role is assigned to a user or group, whoever else has it.
#[then(expr = "{string} has the role {string}")]
async fn has_role(session: &mut Session, principal: String, role: String) -> StepResult {
    holds(session, &principal, &role, true).await
}

/// Expects that a role is not assigned to a user or group.
#[then(expr = "{string} does not have the role {string}")]
async fn has_not_role(session: &mut Session, principal: String, role: String) -> StepResult {
    holds(session, &principal, &role, false).await
}

async fn holds(session: &mut Session, principal: &str, role: &str, wanted: bool) -> StepResult {
    let filter = format!("roleDefinitionId%20eq%20%27{}%27", session.captures.id(role)?);
    let path = format!("{ROLES}/roleAssignments?$filter={filter}");
    session.send(&Call::new("administrator", "GET", path).all_pages()).await?;
    session
        .settle(|session| {
            let id = session.captures.text(principal)?;
            let is_one = |item: &&Value| item.get("principalId").and_then(Value::as_str) == Some(id);
            let times = session.last_items()?.iter().filter(is_one).count();
            let mut mismatches = session.mismatches();
            mismatches.expects(Expectation::Has(
                Spot::Pointer("/value".to_owned()),
                "/principalId".to_owned(),
                id.into(),
                usize::from(wanted),
            ));
            if times != usize::from(wanted) {
                let expected = if wanted { "one assignment" } else { "no assignment" };
                mismatches.differ("/value", &format!("{expected} of {principal}"), &times.to_string());
            }
            each_is_as_made(session, &mut mismatches, role)?;
            let message = format!("unexpected assignments of the role {role}");
            mismatches.into_result("role", &message, session.last()?)
        })
        .await?;
    Ok(())
}

/// Expects in the answer, which is a list of assignments of the role, one of each user and group of the table, and no other. On
/// a tenant others may have the role who are nobody's concern: there this is about who was created.
#[then(expr = "exactly these have the role {string}:")]
async fn exactly_these_have_role(session: &mut Session, role: String, step: &Step) -> StepResult {
    let principals = tables::list(step)?;
    let judged = session
        .settle(|session| {
            let mut mismatches = session.mismatches();
            let counts = |id: &str| !session.is_of_others(id);
            exactly_among(session, &mut mismatches, "/principalId", &principals, counts)?;
            each_is_as_made(session, &mut mismatches, &role)?;
            let message = format!("others have the role {role}, or fewer");
            mismatches.into_result("role", &message, session.last()?)
        })
        .await;
    if let Ok(items) = session.last_items() {
        let id = |item: &Value| item.get("principalId").and_then(Value::as_str).unwrap_or("(no id)").to_owned();
        let named = |id: String| session.captures.name_of(&id).map_or(id.clone(), str::to_owned);
        let holders = items.iter().map(id).filter(|id| !session.is_of_others(id)).map(named).collect();
        session.observe_roster(HOLDERS, &role, holders);
    }
    Ok(judged?)
}

/// Compares each answered assignment to a principal that is known here with the one that was made: its id, its role, and the
/// whole tenant as its scope.
fn each_is_as_made(session: &Session, mismatches: &mut Mismatches, role: &str) -> Result<(), Failure> {
    let list = session.last_json()?;
    for (index, item) in session.last_items()?.iter().enumerate() {
        let principal = item.get("principalId").and_then(Value::as_str).and_then(|id| session.captures.name_of(id));
        let made = principal.and_then(|principal| session.captures.get(&format!("{role} for {principal}")));
        let Some(made) = made else { continue };
        let at = format!("/value/{index}");
        mismatches
            .at(list, &format!("{at}/id"), made)
            .text(list, &format!("{at}/roleDefinitionId"), session.captures.text(role)?)
            .text(list, &format!("{at}/directoryScopeId"), "/");
    }
    Ok(())
}

/// Creates a review of the users and groups that have a role. It comes again every so many months, without an end.
#[when(expr = "{actor} creates the review {string} of the role {string}, decided by {string}, every {count} months:")]
async fn creates_role_review(
    session: &mut Session,
    actor: Actor,
    name: String,
    role: String,
    reviewer: String,
    months: Count,
    step: &Step,
) -> StepResult {
    let scope = |query: &str| json!({"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph"});
    let mut settings = json!({});
    for (property, value) in tables::properties(step)? {
        settings[property] = cell_value(value);
    }
    settings["recurrence"] = json!({
        "pattern": {"type": "absoluteMonthly", "interval": months.0},
        "range": {"type": "noEnd", "startDate": session.captures.day(0)?},
    });
    let role = format!("/roleManagement/directory/roleDefinitions/{}", session.captures.id(&role)?);
    let body = json!({
        "displayName": name,
        "descriptionForAdmins": name,
        "scope": {
            "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
            "principalScopes": [scope("/users"), scope("/groups")],
            "resourceScopes": [scope(&role)],
        },
        "reviewers": [{"query": format!("/users/{}", session.captures.id(&reviewer)?), "queryType": "MicrosoftGraph"}],
        "settings": settings,
    });
    let call = session.adapt(Call::new(&actor.0, "POST", DEFINITIONS).body(body));
    create_review(session, &name, call, &["displayName", "descriptionForAdmins"]).await
}

/// Expects that the scope of the instance is a role, and its reviewer the one who was named; the rest of both as it was sent.
#[then(expr = "the instance reviews who has the role {string}, and {string} decides")]
async fn instance_reviews_role(session: &mut Session, role: String, reviewer: String) -> StepResult {
    let (role, reviewer) = (session.captures.text(&role)?, session.captures.text(&reviewer)?);
    let found = only_instance(session)?;
    let mut mismatches = session.mismatches();
    mismatches.text(found, "/scope/@odata.type", "#microsoft.graph.principalResourceMembershipsScope");
    // The service puts a version before each query: beta before that of a role.
    mismatches.text(
        found,
        "/scope/resourceScopes/0/query",
        &format!("/beta/roleManagement/directory/roleDefinitions/{role}"),
    );
    mismatches.text(found, "/reviewers/0/query", &format!("/v1.0/users/{reviewer}"));
    mismatches.into_result("scope", "the instance reviews something else", session.last()?)?;
    is_still_the_same(session, "instance", found)?;
    observe_reviewers(session);
    Ok(())
}

/// Expects one instance, with an id that is not its definition's: a review that comes again has such ones.
#[then(expr = "there is exactly one instance, with an id of its own")]
async fn one_instance_of_its_own(session: &mut Session) -> StepResult {
    session
        .settle(|session| {
            let found = only_instance(session)?;
            let mut mismatches = session.mismatches();
            mismatches.guid(found, "/id");
            mismatches.differs_from(found, "/id", session.captures.text(REVIEW)?, "another id than the review's");
            mismatches.into_result("instance", "unexpected instances of the review", session.last()?)
        })
        .await?;
    let found = only_instance(session)?.clone();
    keep_as_instance(session, &found);
    Ok(())
}
