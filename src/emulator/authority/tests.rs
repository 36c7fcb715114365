use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::*;

fn user(scopes: &[&str], roles: &[Uuid]) -> Caller {
    caller(Grant::Delegated { scopes: scopes.iter().map(|&scope| scope.into()).collect(), roles: roles.to_vec() })
}

fn app(permissions: &[&str]) -> Caller {
    caller(Grant::Application { permissions: permissions.iter().map(|&permission| permission.into()).collect() })
}

fn caller(grant: Grant) -> Caller {
    let id = Uuid::from_u128(1);
    Caller { tenant: id, object: id, app: id, grant, expires: Timestamp::MAX }
}

fn refused(caller: &Caller, operation: Operation, standing: Standing) -> (u16, &'static str, String) {
    let refusal = check(caller, operation, standing).expect_err("refused");
    (refusal.status, refusal.code, refusal.message)
}

const REVIEWS_REFUSE: (u16, &str, &str) = (403, "", "Attempted to perform an unauthorized operation.");
const DIRECTORY_REFUSES: (u16, &str, &str) =
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

fn owned((status, code, message): (u16, &'static str, &str)) -> (u16, &'static str, String) {
    (status, code, message.to_owned())
}

#[test]
fn nobody_records_anothers_decision_whatever_role_they_hold() {
    let administrator = user(&["AccessReview.ReadWrite.All"], &[roles::GLOBAL_ADMINISTRATOR]);
    for operation in [Operation::RecordDecision, Operation::RecordStageDecision, Operation::BatchRecordDecisions] {
        assert_eq!(refused(&administrator, operation, Standing::Stranger), owned(REVIEWS_REFUSE));
        let reviewer = user(&["AccessReview.ReadWrite.All"], &[]);
        assert_eq!(check(&reviewer, operation, Standing::Reviewer), Ok(()));
    }
}

#[test]
fn creating_a_review_needs_the_permission_and_one_of_three_roles() {
    let create = |caller: &Caller| check(caller, Operation::CreateDefinition, Standing::Stranger).is_ok();
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
    assert_eq!(check(&adele, Operation::ReadDefinition, Standing::Reviewer), Ok(()));
    assert_eq!(check(&adele, Operation::ListOwnDecisions, Standing::Stranger), Ok(()));
    assert_eq!(refused(&adele, Operation::ReadDefinition, Standing::Stranger), owned(REVIEWS_REFUSE));
    assert_eq!(refused(&adele, Operation::ListDefinitions, Standing::Reviewer), owned(REVIEWS_REFUSE));
    assert_eq!(refused(&adele, Operation::StopInstance, Standing::Reviewer), owned(REVIEWS_REFUSE));
}

#[test]
fn readers_of_the_directory_read_reviews() {
    for role in [roles::GLOBAL_READER, roles::SECURITY_ADMINISTRATOR, roles::SECURITY_READER] {
        let reader = user(&["AccessReview.Read.All"], &[role]);
        assert_eq!(check(&reader, Operation::ListDefinitions, Standing::Stranger), Ok(()));
    }
}

#[test]
fn an_app_needs_no_role_and_is_refused_what_takes_a_user() {
    let app = app(&["AccessReview.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"]);
    for allowed in [Operation::CreateDefinition, Operation::StopInstance, Operation::CreateUser, Operation::PurgeUser] {
        assert_eq!(check(&app, allowed, Standing::Stranger), Ok(()), "{allowed:?}");
    }
    for taken in [Operation::RecordDecision, Operation::AcceptRecommendations, Operation::ListOwnDecisions] {
        assert_eq!(refused(&app, taken, Standing::Reviewer), owned(REVIEWS_REFUSE), "{taken:?}");
    }
    assert_eq!(refused(&app, Operation::PurgeGroup, Standing::Owner), owned(DIRECTORY_REFUSES));
    assert_eq!(refused(&app, Operation::ReadMe, Standing::Myself).0, 400);
}

#[test]
fn user_read_reaches_oneself_and_nobody_else() {
    let adele = user(&["User.Read"], &[]);
    assert_eq!(check(&adele, Operation::ReadMe, Standing::Myself), Ok(()));
    assert_eq!(check(&adele, Operation::ReadUser, Standing::Myself), Ok(()));
    assert_eq!(refused(&adele, Operation::ReadUser, Standing::Stranger), owned(DIRECTORY_REFUSES));
    let adele = user(&["User.Read", "User.ReadBasic.All"], &[]);
    assert_eq!(check(&adele, Operation::ReadUser, Standing::Stranger), Ok(()));
}

#[test]
fn a_delegated_token_reaches_no_further_than_its_user() {
    let plain = user(&["User.ReadWrite.All", "Group.ReadWrite.All"], &[]);
    assert_eq!(refused(&plain, Operation::CreateUser, Standing::Stranger), owned(DIRECTORY_REFUSES));
    assert_eq!(refused(&plain, Operation::AddMember, Standing::Stranger), owned(DIRECTORY_REFUSES));
    assert_eq!(check(&plain, Operation::AddMember, Standing::Owner), Ok(()));
    assert_eq!(check(&plain, Operation::CreateGroup, Standing::Stranger), Ok(()));
    let administrator = user(&["User.ReadWrite.All"], &[roles::USER_ADMINISTRATOR]);
    assert_eq!(check(&administrator, Operation::CreateUser, Standing::Stranger), Ok(()));
}

/// What Graph's table lists for each path, method and scheme.
type Published = BTreeMap<(String, String, String), BTreeSet<String>>;

fn published(path: &Path) -> Option<Published> {
    let text = std::fs::read(path).ok()?;
    let document: Value = serde_json::from_slice(&text).expect("JSON");
    let mut table = Published::new();
    for (name, permission) in document["permissions"].as_object().expect("permissions") {
        for set in permission["pathSets"].as_array().expect("pathSets") {
            for path in set["paths"].as_object().expect("paths").keys() {
                for (method, scheme) in
                    strings(&set["methods"]).flat_map(|m| strings(&set["schemeKeys"]).map(move |s| (m, s)))
                {
                    let key = (method.to_owned(), path.to_lowercase(), scheme.to_owned());
                    table.entry(key).or_default().insert(name.clone());
                }
            }
        }
    }
    Some(table)
}

fn strings(array: &Value) -> impl Iterator<Item = &str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether the emulator knows the permission at all; it leaves out other products' and those for one property.
fn known(permission: &str) -> bool {
    let family = permission.split('.').next().unwrap_or_default();
    let families = ["User", "Group", "GroupMember", "Directory", "Organization", "LicenseAssignment", "AccessReview"];
    let narrow = [
        "User.EnableDisableAccount.All",
        "User.ManageIdentities.All",
        "User.ReadWrite.CrossCloud",
        "Group.ManageProtection.All",
    ];
    families.contains(&family) && !narrow.contains(&permission)
}

/// Where the emulator means to differ from Graph's table, and why.
fn differs(operation: Operation) -> Option<&'static str> {
    use Operation::*;
    Some(match operation {
        CreateUser => "User.Create is newer than the table",
        AddMember | PurgeUser | PurgeGroup | ListDeletedUsers | ListDeletedGroups => "the table lacks the call",
        RestoreGroup => "the table lists the permissions for users only",
        ListOwnDefinitions | ListOwnInstances | ListOwnDecisions | ListOwnStages | ListOwnStageDecisions => {
            "the table lists apps, but without a user there is nobody to filter by"
        }
        _ => return None,
    })
}

#[test]
fn the_permissions_are_those_of_graphs_own_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/permissions.json");
    let Some(published) = published(&path) else {
        eprintln!("skipped: Graph's table of permissions is not at {}", path.display());
        return;
    };
    for &operation in Operation::ALL {
        let (method, path) = operation.call();
        let of = |scheme: &str| -> BTreeSet<&str> {
            let listed = published.get(&(method.to_owned(), path.to_owned(), scheme.to_owned()));
            listed.into_iter().flatten().map(String::as_str).filter(|name| known(name)).collect()
        };
        let rule = operation.rule();
        let ours: [BTreeSet<&str>; 2] = [rule.delegated, rule.application].map(|list| list.iter().copied().collect());
        let theirs = [of("DelegatedWork"), of("Application")];
        match differs(operation) {
            None => assert_eq!(ours, theirs, "{operation:?}"),
            Some(reason) => assert_ne!(ours, theirs, "{operation:?} no longer differs: {reason}"),
        }
    }
}

#[test]
fn no_operation_is_open_to_a_token_without_permissions() {
    for &operation in Operation::ALL {
        for standing in [Standing::Stranger, Standing::Myself, Standing::Owner, Standing::Reviewer] {
            let all_roles: Vec<Uuid> = roles::NAMED.iter().map(|(_, id)| *id).collect();
            assert!(check(&user(&[], &all_roles), operation, standing).is_err(), "{operation:?}");
            assert!(check(&app(&[]), operation, standing).is_err(), "{operation:?}");
        }
    }
}
