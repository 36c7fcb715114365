use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::areas::directory::needs::{GROUP_WRITER_OR_OWNER, USER_WRITER, USER_WRITER_OR_SELF};
use crate::areas::reviews::needs::{REVIEW_READER, REVIEW_READER_OR_REVIEWER, REVIEW_WRITER, REVIEWER};
use crate::areas::{directory, reviews};
use crate::caller::Scopes;

/// All needs that there are.
const ALL_NEEDS: [Need; 8] = [
    Need::NOTHING,
    USER_WRITER,
    USER_WRITER_OR_SELF,
    GROUP_WRITER_OR_OWNER,
    REVIEW_READER,
    REVIEW_READER_OR_REVIEWER,
    REVIEW_WRITER,
    REVIEWER,
];

/// A call: method, path, and what a user needs for it.
type Made = (&'static str, &'static str, Need);

const ACCEPT_RECOMMENDATIONS: Made =
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/acceptrecommendations", REVIEWER);
const ADD_MEMBER: Made = ("POST", "/v1.0/groups/7/members/$ref", GROUP_WRITER_OR_OWNER);
const BATCH_RECORD_DECISIONS: Made =
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/batchrecorddecisions", REVIEWER);
const CREATE_DEFINITION: Made = ("POST", "/v1.0/identitygovernance/accessreviews/definitions", REVIEW_WRITER);
const CREATE_GROUP: Made = ("POST", "/v1.0/groups", Need::NOTHING);
const CREATE_USER: Made = ("POST", "/v1.0/users", USER_WRITER);
const LIST_DEFINITIONS: Made = ("GET", "/v1.0/identitygovernance/accessreviews/definitions", REVIEW_READER);
const LIST_OWN_DECISIONS: Made = (
    "GET",
    "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions/filterbycurrentuser(on='reviewer')",
    Need::NOTHING,
);
const PURGE_GROUP: Made = ("DELETE", "/v1.0/directory/deleteditems/7/microsoft.graph.group", GROUP_WRITER_OR_OWNER);
const PURGE_USER: Made = ("DELETE", "/v1.0/directory/deleteditems/7/microsoft.graph.user", USER_WRITER);
const READ_DEFINITION: Made =
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7", REVIEW_READER_OR_REVIEWER);
const READ_ME: Made = ("GET", "/v1.0/me", Need::NOTHING);
const READ_USER: Made = ("GET", "/v1.0/users/7", Need::NOTHING);
const RECORD_DECISION: Made =
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions/7", REVIEWER);
const RECORD_STAGE_DECISION: Made =
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/decisions/7", REVIEWER);
const STOP_INSTANCE: Made =
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stop", REVIEW_WRITER);

fn check(caller: &Caller, (method, path, need): Made, standing: Standing) -> Result<(), Refusal> {
    if is_allowed(caller, method, &ApiPath::parse_reference(path), need, standing) {
        return Ok(());
    }
    // In the words of the area that answers the path.
    Err(match path.split('/').nth(2) {
        Some("identitygovernance") => reviews::denied(),
        Some("me") => directory::denied_me(caller),
        _ => denied(),
    })
}

fn user(scopes: &[&str], roles: &[Uuid]) -> Caller {
    caller(CallerGrant::Delegated {
        scopes: Scopes::Named(scopes.iter().map(|&scope| scope.into()).collect()),
        roles: roles.to_vec(),
    })
}

fn app(permissions: &[&str]) -> Caller {
    caller(CallerGrant::Application { permissions: permissions.iter().map(|&permission| permission.into()).collect() })
}

fn caller(grant: CallerGrant) -> Caller {
    let id = Uuid::from_u128(1);
    Caller { tenant: id, object: id, app: id, grant, expires: Timestamp::MAX }
}

fn refused(caller: &Caller, call: Made, standing: Standing) -> (u16, &'static str, String) {
    let refusal = check(caller, call, standing).expect_err("refused");
    (refusal.status, refusal.code, refusal.message)
}

const REVIEWS_REFUSE: (u16, &str, &str) = (403, "", "Attempted to perform an unauthorized operation.");
const DIRECTORY_REFUSES: (u16, &str, &str) =
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

fn owned((status, code, message): (u16, &'static str, &str)) -> (u16, &'static str, String) {
    (status, code, message.to_owned())
}

#[test]
fn no_role_may_record_the_decision_of_another_reviewer() {
    let administrator = user(&["AccessReview.ReadWrite.All"], &[roles::GLOBAL_ADMINISTRATOR]);
    for call in [RECORD_DECISION, RECORD_STAGE_DECISION, BATCH_RECORD_DECISIONS] {
        assert_eq!(refused(&administrator, call, Standing::Stranger), owned(REVIEWS_REFUSE));
        let reviewer = user(&["AccessReview.ReadWrite.All"], &[]);
        assert_eq!(check(&reviewer, call, Standing::Assigned), Ok(()));
    }
}

#[test]
fn creating_a_review_needs_the_permission_and_one_of_three_roles() {
    let create = |caller: &Caller| check(caller, CREATE_DEFINITION, Standing::Stranger).is_ok();
    for role in [roles::GLOBAL_ADMINISTRATOR, roles::USER_ADMINISTRATOR, roles::IDENTITY_GOVERNANCE_ADMINISTRATOR] {
        assert!(create(&user(&["AccessReview.ReadWrite.All"], &[role])));
        assert!(!create(&user(&["AccessReview.Read.All"], &[role])), "reading is not writing");
    }
    for role in [roles::GLOBAL_READER, roles::SECURITY_ADMINISTRATOR, roles::GROUPS_ADMINISTRATOR] {
        assert!(!create(&user(&["AccessReview.ReadWrite.All"], &[role])), "{role}");
    }
}

#[test]
fn a_reviewer_reads_the_review_without_a_role_but_does_not_stop_it() {
    let adele = user(&["AccessReview.ReadWrite.All"], &[]);
    assert_eq!(check(&adele, READ_DEFINITION, Standing::Assigned), Ok(()));
    assert_eq!(check(&adele, LIST_OWN_DECISIONS, Standing::Stranger), Ok(()));
    assert_eq!(refused(&adele, READ_DEFINITION, Standing::Stranger), owned(REVIEWS_REFUSE));
    assert_eq!(refused(&adele, LIST_DEFINITIONS, Standing::Assigned), owned(REVIEWS_REFUSE));
    assert_eq!(refused(&adele, STOP_INSTANCE, Standing::Assigned), owned(REVIEWS_REFUSE));
}

#[test]
fn readers_of_the_directory_read_reviews() {
    for role in [roles::GLOBAL_READER, roles::SECURITY_ADMINISTRATOR, roles::SECURITY_READER] {
        let reader = user(&["AccessReview.Read.All"], &[role]);
        assert_eq!(check(&reader, LIST_DEFINITIONS, Standing::Stranger), Ok(()));
    }
}

#[test]
fn an_app_needs_no_role_and_is_refused_what_takes_a_user() {
    let app = app(&["AccessReview.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"]);
    for allowed in [CREATE_DEFINITION, STOP_INSTANCE, CREATE_USER, PURGE_USER] {
        assert_eq!(check(&app, allowed, Standing::Stranger), Ok(()), "{allowed:?}");
    }
    for taken in [RECORD_DECISION, ACCEPT_RECOMMENDATIONS, LIST_OWN_DECISIONS] {
        assert_eq!(refused(&app, taken, Standing::Assigned), owned(REVIEWS_REFUSE), "{taken:?}");
    }
    assert_eq!(refused(&app, PURGE_GROUP, Standing::Owner), owned(DIRECTORY_REFUSES));
    assert_eq!(refused(&app, READ_ME, Standing::Myself).0, 400);
}

#[test]
fn user_read_reaches_oneself_and_nobody_else() {
    let adele = user(&["User.Read"], &[]);
    assert_eq!(check(&adele, READ_ME, Standing::Myself), Ok(()));
    assert_eq!(check(&adele, READ_USER, Standing::Myself), Ok(()));
    assert_eq!(refused(&adele, READ_USER, Standing::Stranger), owned(DIRECTORY_REFUSES));
    let adele = user(&["User.Read", "User.ReadBasic.All"], &[]);
    assert_eq!(check(&adele, READ_USER, Standing::Stranger), Ok(()));
}

#[test]
fn a_delegated_token_reaches_no_further_than_its_user() {
    let plain = user(&["User.ReadWrite.All", "Group.ReadWrite.All"], &[]);
    assert_eq!(refused(&plain, CREATE_USER, Standing::Stranger), owned(DIRECTORY_REFUSES));
    assert_eq!(refused(&plain, ADD_MEMBER, Standing::Stranger), owned(DIRECTORY_REFUSES));
    assert_eq!(check(&plain, ADD_MEMBER, Standing::Owner), Ok(()));
    assert_eq!(check(&plain, CREATE_GROUP, Standing::Stranger), Ok(()));
    let administrator = user(&["User.ReadWrite.All"], &[roles::USER_ADMINISTRATOR]);
    assert_eq!(check(&administrator, CREATE_USER, Standing::Stranger), Ok(()));
}

/// Permissions that the list lacks or states otherwise than the pages stand in the overlay.
#[test]
fn permissions_that_only_the_pages_name_are_known() {
    let administrator = |scope| user(&[scope], &[roles::USER_ADMINISTRATOR]);
    assert_eq!(check(&administrator("User.Create"), CREATE_USER, Standing::Stranger), Ok(()));
    assert_eq!(check(&app(&["User.Create"]), CREATE_USER, Standing::Stranger), Ok(()));
    assert_eq!(check(&administrator("User.DeleteRestore.All"), PURGE_USER, Standing::Stranger), Ok(()));
    assert_eq!(check(&user(&["Group.ReadWrite.All"], &[]), PURGE_GROUP, Standing::Owner), Ok(()));
    for scope in ["User.DeleteRestore.All", "Directory.ReadWrite.All"] {
        assert_eq!(refused(&user(&[scope], &[]), PURGE_GROUP, Standing::Owner), owned(DIRECTORY_REFUSES));
    }
}

#[test]
fn permissions_of_other_products_let_pass_what_the_list_has_them_for() {
    let intune = app(&["DeviceManagementApps.ReadWrite.All"]);
    assert_eq!(check(&intune, CREATE_USER, Standing::Stranger), Ok(()));
    assert_eq!(refused(&intune, ADD_MEMBER, Standing::Stranger), owned(DIRECTORY_REFUSES));
}

#[test]
fn a_call_that_nobody_is_granted_is_refused_to_everybody() {
    let granted = ["User.ReadWrite.All", "Directory.ReadWrite.All"];
    for path in ["/v1.0/users/7/nothing", "/v1.0/nothing", "nothing", "", "/v1.0/users/%zz"] {
        let administrator = user(&granted, &[roles::GLOBAL_ADMINISTRATOR]);
        let made = ("GET", path, Need::NOTHING);
        assert_eq!(refused(&administrator, made, Standing::Myself), owned(DIRECTORY_REFUSES), "{path}");
        assert_eq!(refused(&app(&granted), made, Standing::Myself), owned(DIRECTORY_REFUSES), "{path}");
    }
}

/// All calls that the emulator answers.
const ANSWERED: [(&str, &str); 71] = [
    ("GET", "/v1.0/users"),
    ("POST", "/v1.0/users"),
    ("GET", "/v1.0/users/7"),
    ("PATCH", "/v1.0/users/7"),
    ("DELETE", "/v1.0/users/7"),
    ("GET", "/v1.0/users/7/manager"),
    ("PUT", "/v1.0/users/7/manager/$ref"),
    ("DELETE", "/v1.0/users/7/manager/$ref"),
    ("GET", "/v1.0/users/7/memberof"),
    ("GET", "/v1.0/directory/deleteditems/microsoft.graph.user"),
    ("POST", "/v1.0/directory/deleteditems/7/restore"),
    ("DELETE", "/v1.0/directory/deleteditems/7/microsoft.graph.user"),
    ("GET", "/v1.0/me"),
    ("GET", "/v1.0/me/memberof"),
    ("GET", "/v1.0/groups"),
    ("POST", "/v1.0/groups"),
    ("GET", "/v1.0/groups/7"),
    ("PATCH", "/v1.0/groups/7"),
    ("DELETE", "/v1.0/groups/7"),
    ("GET", "/v1.0/groups/7/members"),
    ("GET", "/v1.0/groups/7/transitivemembers"),
    ("POST", "/v1.0/groups/7/members/$ref"),
    ("DELETE", "/v1.0/groups/7/members/7/$ref"),
    ("GET", "/v1.0/groups/7/owners"),
    ("POST", "/v1.0/groups/7/owners/$ref"),
    ("DELETE", "/v1.0/groups/7/owners/7/$ref"),
    ("GET", "/v1.0/directory/deleteditems/microsoft.graph.group"),
    ("POST", "/v1.0/directory/deleteditems/7/microsoft.graph.group/restore"),
    ("DELETE", "/v1.0/directory/deleteditems/7/microsoft.graph.group"),
    ("GET", "/v1.0/organization"),
    ("GET", "/v1.0/subscribedskus"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7"),
    ("PUT", "/v1.0/identitygovernance/accessreviews/definitions/7"),
    ("DELETE", "/v1.0/identitygovernance/accessreviews/definitions/7"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/filterbycurrentuser(on='reviewer')"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7"),
    ("PUT", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/filterbycurrentuser(on='reviewer')"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stop"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/applydecisions"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/resetdecisions"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/sendreminder"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/acceptrecommendations"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/batchrecorddecisions"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/contactedreviewers"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions/7"),
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions/7"),
    (
        "GET",
        "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/decisions/filterbycurrentuser(on='reviewer')",
    ),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7"),
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7"),
    ("POST", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/stop"),
    (
        "GET",
        "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/filterbycurrentuser(on='reviewer')",
    ),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/decisions"),
    ("GET", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/decisions/7"),
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/decisions/7"),
    (
        "GET",
        "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7/stages/7/decisions/filterbycurrentuser(on='reviewer')",
    ),
    ("GET", "/v1.0/users/$count"),
    ("GET", "/v1.0/groups/$count"),
    ("GET", "/v1.0/groups/7/members/$count"),
    ("GET", "/v1.0/groups/7/members/microsoft.graph.user"),
    ("GET", "/v1.0/me/manager"),
    ("GET", "/v1.0/directoryobjects/7"),
    ("PATCH", "/v1.0/identitygovernance/accessreviews/definitions/7/instances/7"),
    ("GET", "/v1.0/directory/deleteditems/7/microsoft.graph.user"),
    ("GET", "/beta/users('7')/"),
    ("GET", "/v1.0//users/"),
];

#[test]
fn no_call_is_open_to_a_token_without_permissions_nor_closed_to_all() {
    let everything: Vec<&str> = Catalog::v1().permissions().map(|permission| permission.name()).collect();
    let all_roles: Vec<Uuid> = roles::NAMED.iter().map(|(_, id)| *id).collect();
    for (method, path) in ANSWERED {
        for need in ALL_NEEDS {
            for standing in [Standing::Stranger, Standing::Myself, Standing::Owner, Standing::Assigned] {
                assert!(check(&user(&[], &all_roles), (method, path, need), standing).is_err(), "{method} {path}");
                assert!(check(&app(&[]), (method, path, need), standing).is_err(), "{method} {path}");
            }
        }
        let made = (method, path, Need::NOTHING);
        assert_eq!(check(&user(&everything, &[]), made, Standing::Stranger), Ok(()), "{method} {path}");
    }
}
