//! What the catalog answers to real calls.

use graphwalk_catalog::{
    ApiPath, Bond, Catalog, CatalogCall, Method, NoCall, NotUnderstood, ObjectKey, PathPlace, Payload, Resolved,
    Scheme, SegmentOwner, Version, is_a,
};

fn path(text: &str) -> ApiPath {
    ApiPath::parse(text).unwrap()
}

fn call(text: &str) -> CatalogCall {
    let (method, text) = text.split_once(' ').unwrap();
    Catalog::v1().call(method.parse().unwrap(), &path(text)).unwrap_or_else(|error| panic!("{method} {text}: {error}"))
}

fn payload(payload: Payload) -> String {
    match payload {
        Payload::Of(ty) => ty.to_string(),
        Payload::Property(ty) => format!("value: {ty}"),
        Payload::Delta(ty) => format!("delta: {ty}"),
        Payload::Parameters(operation) => {
            let names: Vec<_> = operation.parameters().map(|parameter| parameter.name).collect();
            format!("({})", names.join(", "))
        }
        Payload::Reference { many: true } => "$refs".to_owned(),
        Payload::Reference { many: false } => "$ref".to_owned(),
        Payload::Nothing | Payload::Count | Payload::Raw | Payload::Unknown => {
            format!("{payload:?}")
        }
    }
}

#[test]
fn users_have_the_types_of_the_metadata() {
    assert_types(&[
        ("GET /v1.0/users", "Nothing", "Collection(user)"),
        ("GET /v1.0/users/1?$select=id", "Nothing", "user"),
        ("GET /v1.0/me", "Nothing", "user"),
        ("POST /v1.0/users", "user", "user"),
        ("PATCH /v1.0/users/1", "user", "user"),
        ("DELETE /v1.0/users/1", "Nothing", "Nothing"),
        ("GET /v1.0/users/delta", "Nothing", "delta: Collection(user)"),
        ("GET /v1.0/users/microsoft.graph.delta()", "Nothing", "delta: Collection(user)"),
        ("GET /v1.0/users/$count", "Nothing", "Count"),
        ("PUT /v1.0/users/1/manager/$ref", "$ref", "Nothing"),
        ("GET /v1.0/users/1/manager", "Nothing", "directoryObject"),
        ("GET /v1.0/users/1/mailboxSettings", "Nothing", "mailboxSettings"),
        ("GET /v1.0/users/1/displayName", "Nothing", "value: Edm.String"),
        ("GET /v1.0/users/1/photo/$value", "Nothing", "Raw"),
        ("PUT /v1.0/users/1/photo/$value", "Raw", "Nothing"),
        ("POST /v1.0/users/1/changePassword", "(currentPassword, newPassword)", "Nothing"),
        ("POST /v1.0/users/1/revokeSignInSessions", "Nothing", "Edm.Boolean"),
        ("POST /v1.0/me/getMemberGroups", "(securityEnabledOnly)", "Collection(Edm.String)"),
    ]);
}

#[test]
fn groups_and_applications_have_the_types_of_the_metadata() {
    assert_types(&[
        ("POST /v1.0/groups", "group", "group"),
        ("POST /v1.0/groups/1/members/$ref", "$ref", "Nothing"),
        ("GET /v1.0/groups/1/members/$ref", "Nothing", "$refs"),
        ("DELETE /v1.0/groups/1/members/2/$ref", "Nothing", "Nothing"),
        ("GET /v1.0/groups/1/transitiveMembers/microsoft.graph.user", "Nothing", "Collection(user)"),
        ("POST /v1.0/invitations", "invitation", "invitation"),
        ("GET /v1.0/applications(appId='1')", "Nothing", "application"),
        ("POST /v1.0/applications/1/addPassword", "(passwordCredential)", "passwordCredential"),
    ]);
}

#[test]
fn drives_reports_and_other_namespaces_have_the_types_of_the_metadata() {
    assert_types(&[
        ("GET /v1.0/drive/root", "Nothing", "driveItem"),
        ("GET /v1.0/me/drive/root/children", "Nothing", "Collection(driveItem)"),
        ("GET /v1.0/me/drive/root:/a/b.txt", "Nothing", "driveItem"),
        ("GET /v1.0/me/drive/root:/a/b.txt:/children", "Nothing", "Collection(driveItem)"),
        ("GET /v1.0/drives/1/items/2/content", "Nothing", "Raw"),
        ("GET /v1.0/me/drive/root/search(q='x')", "Nothing", "Collection(driveItem)"),
        ("GET /v1.0/sites/contoso.sharepoint.com:/sites/hr:/lists", "Nothing", "Collection(list)"),
        (
            "GET /v1.0/me/drive/items/1/workbook/worksheets/2/range(address='A1')/format/fill",
            "Nothing",
            "workbookRangeFill",
        ),
        ("GET /v1.0/security/alerts_v2", "Nothing", "Collection(security.alert)"),
        (
            "POST /v1.0/security/microsoft.graph.security.runHuntingQuery",
            "(query, timespan)",
            "security.huntingQueryResults",
        ),
        ("GET /v1.0/reports/getOffice365ActiveUserDetail(period='D7')", "Nothing", "Raw"),
    ]);
}

#[test]
fn reviews_have_the_types_of_the_metadata() {
    assert_types(&[
        (
            "POST /v1.0/identityGovernance/accessReviews/definitions",
            "accessReviewScheduleDefinition",
            "accessReviewScheduleDefinition",
        ),
        (
            "PUT /v1.0/identityGovernance/accessReviews/definitions/1",
            "accessReviewScheduleDefinition",
            "accessReviewScheduleDefinition",
        ),
        (
            "POST /v1.0/identityGovernance/accessReviews/definitions/1/instances/2/batchRecordDecisions",
            "(decision, justification, principalId, resourceId)",
            "Nothing",
        ),
        (
            "GET /v1.0/identityGovernance/accessReviews/definitions/1/instances/2/decisions",
            "Nothing",
            "Collection(accessReviewInstanceDecisionItem)",
        ),
        (
            "GET /v1.0/identityGovernance/accessReviews/definitions/1/instances/2/decisions/filterByCurrentUser(on='reviewer')",
            "Nothing",
            "Collection(accessReviewInstanceDecisionItem)",
        ),
        (
            "PATCH /v1.0/identityGovernance/accessReviews/definitions/1/instances/2/decisions/3",
            "accessReviewInstanceDecisionItem",
            "accessReviewInstanceDecisionItem",
        ),
        ("POST /v1.0/identityGovernance/accessReviews/definitions/1/instances/2/stop", "Nothing", "Nothing"),
    ]);
}

/// Holds calls against the bodies of request and response.
fn assert_types(calls: &[(&str, &str, &str)]) {
    for (text, request, response) in calls {
        let call = call(text);
        let got = (payload(call.request()), payload(call.response()));
        assert_eq!(got, ((*request).to_owned(), (*response).to_owned()), "{text}");
    }
}

#[test]
fn a_path_without_the_method_is_answered_with_those_it_has() {
    use Method::{Delete, Get, Patch, Post};
    let catalog = Catalog::v1();
    for (text, methods) in [
        ("/v1.0/users", vec![Get, Post]),
        ("/v1.0/groups/1", vec![Get, Patch, Delete]),
        ("/v1.0/identityGovernance/accessReviews/definitions/1/instances/2/stop", vec![Post]),
        ("/v1.0/users/delta", vec![Get]),
        ("/v1.0/users/1/displayName", vec![Get]),
        ("/v1.0/groups/1/members/$count", vec![Get]),
        ("/v1.0/users/$count", vec![Get]),
    ] {
        assert_eq!(catalog.methods(&path(text)), methods, "{text}");
        let missing = Method::ALL.into_iter().find(|method| !methods.contains(method)).unwrap();
        assert_eq!(catalog.call(missing, &path(text)), Err(NoCall::Method(methods)), "{text}");
    }
    for text in [
        "/v1.0/nothing",
        "/v1.0/users/1/nothing",
        "/v1.0/users/../groups",
        "/v1.0/drives/1/root/getActivitiesByInterval(startDateTime='1')",
        "/v1.0",
    ] {
        assert!(matches!(catalog.call(Get, &path(text)), Err(NoCall::Path(_))), "{text}");
        assert!(catalog.methods(&path(text)).is_empty(), "{text}");
    }
}

#[test]
fn calls_of_beta_only_have_no_types() {
    let call = call("GET /beta/accessReviews/1/decisions");
    assert!(call.is_listed() && call.resolved().is_none());
    assert_eq!((call.request(), call.response()), (Payload::Unknown, Payload::Unknown));
    let call = self::call("POST /beta/users/validatePassword");
    assert_eq!((call.request(), call.creates()), (Payload::Unknown, None));
    let call = self::call("GET /beta/users/1");
    assert_eq!(call.response(), Payload::Unknown, "beta is not judged by v1.0");
    assert_eq!(path("/beta/users").version(), Some(Version::Beta));
}

#[test]
fn a_post_to_a_collection_creates_one_of_it() {
    let created = |text: &str| call(text).creates().map(|ty| ty.name());
    assert_eq!(created("POST /v1.0/users"), Some("user"));
    assert_eq!(created("POST /v1.0/invitations"), Some("invitation"));
    assert_eq!(created("POST /v1.0/directory/administrativeUnits"), Some("administrativeUnit"));
    assert_eq!(
        created("POST /v1.0/identitygovernance/accessReviews/definitions"),
        Some("accessReviewScheduleDefinition")
    );
    for text in ["GET /v1.0/users", "POST /v1.0/groups/1/members/$ref", "POST /v1.0/users/1/changePassword"] {
        assert_eq!(created(text), None, "{text}");
    }
}

#[test]
fn a_call_that_may_be_sent_twice_is_idempotent() {
    let catalog = Catalog::v1();
    const DECISION: &str = "/v1.0/identityGovernance/accessReviews/definitions/1/instances/2/decisions/3";
    for (method, text, expected) in [
        ("GET", "/v1.0/users", true),
        ("head", "/v1.0/users", true),
        ("PUT", "/v1.0/users/1/manager/$ref", true),
        ("DELETE", "/v1.0/users/1", true),
        ("POST", "/v1.0/users", false),
        ("POST", "/v1.0/users/1/checkMemberGroups", true),
        ("POST", "/v1.0/applications/1/addPassword", false),
        ("PATCH", DECISION, true),
        ("PATCH", "/v1.0/groups/1", false),
        ("PATCH", "/v1.0/nothing/decisions/1", false),
        ("BREW", "/v1.0/users", false),
    ] {
        assert_eq!(catalog.is_idempotent(method, &path(text)), expected, "{method} {text}");
    }
}

#[test]
fn the_objects_of_a_path_are_named_from_the_outermost_in() {
    let named = |text: &str| {
        let resolved = Catalog::v1().resolve(&path(text)).unwrap();
        let objects = resolved.objects();
        let all = objects.iter().map(|object| {
            let key = match object.key {
                ObjectKey::Only => "-".to_owned(),
                ObjectKey::Key(key) => key.to_owned(),
                ObjectKey::Alternate(name, value) => format!("{name}={value}"),
                ObjectKey::Path(path) => format!(":{path}"),
            };
            let (bond, contains) = (object.way.bond, object.way.contains_target);
            format!("{} {key} {bond:?} {contains}", object.ty.name())
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(
        named("/v1.0/groups/1/members/microsoft.graph.user/2/$ref"),
        ["group 1 Contained true", "user 2 Refers false"]
    );
    assert_eq!(
        named("/v1.0/users('a@contoso.com')/joinedTeams/2/channels(3)"),
        ["user a@contoso.com Contained true", "team 2 Unknown true", "channel 3 Unknown true"]
    );
    assert_eq!(
        named("/v1.0/servicePrincipals(appId='1')/owners/2/microsoft.graph.user/manager"),
        ["servicePrincipal appId=1 Contained true", "user 2 Refers false", "directoryObject - Refers false"]
    );
    assert_eq!(
        named("/v1.0/me/drive/root:/a/b.txt:/content"),
        [
            "user - Contained true",
            "drive - Unknown false",
            "driveItem - Unknown false",
            "driveItem :a/b.txt Unknown false"
        ]
    );
    // What a function answers is not named by the path.
    assert_eq!(named("/v1.0/drives/1/root/search(q='x')"), ["drive 1 Unknown true", "driveItem - Unknown false"]);
}

/// Whose a segment is says its place, not its text.
#[test]
fn words_and_keys_are_distinguished_by_position() {
    use SegmentOwner::{Graph, Tenant, Unknown};
    let owners = |text: &str| Catalog::v1().segment_owners(&path(text));
    assert_eq!(owners("/v1.0/groups/members/members/users/$ref"), [Graph, Tenant, Graph, Tenant, Graph]);
    assert_eq!(owners("/v1.0/users('a@b.c')/MemberOf/graph.group"), [Graph, Graph, Graph]);
    assert_eq!(owners("/v1.0/me/drive/root:/Plans/x.txt:/content"), [Graph, Graph, Graph, Tenant, Tenant, Graph]);
    assert_eq!(owners("/v1.0/me/drive/root:/Plans/x.txt"), [Graph, Graph, Graph, Tenant, Tenant]);
    assert_eq!(owners("/v1.0/me/mailFolders/inbox/messageRules/1"), [Graph, Graph, Graph, Graph, Tenant]);
    assert_eq!(owners("/beta/accessReviews/1/decisions"), [Graph, Tenant, Graph]);
    assert_eq!(owners("/v1.0/users/1/secret/2"), [Graph, Tenant, Unknown, Unknown]);
    assert_eq!(owners("/v1.0/secret"), [Unknown]);
    assert_eq!(owners("/v1.0/$Batch"), [Graph]);
    assert_eq!(owners("/v1.0/$metadata/$batch"), [Graph, Unknown]);
    assert_eq!(owners("/v1.0/$batch('secret')"), [Unknown]);
    assert_eq!(owners("/v1.0/users/../groups"), [Unknown, Unknown, Unknown]);
}

#[test]
fn the_least_permission_is_that_of_the_reference() {
    const DECISIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions/1/instances/2/decisions";
    for (text, work, personal, application) in [
        ("GET /v1.0/me", Some("User.Read"), Some("User.Read"), None),
        ("GET /v1.0/users", Some("User.ReadBasic.All"), None, Some("User.ReadBasic.All")),
        ("POST /v1.0/users", Some("User.ReadWrite.All"), None, Some("User.ReadWrite.All")),
        ("POST /v1.0/invitations", Some("User.Invite.All"), None, Some("User.Invite.All")),
        ("POST /v1.0/groups", Some("Group.ReadWrite.All"), None, Some("Group.Create")),
        // The list calls permissions for a single purpose the least for these.
        ("GET /v1.0/groups", Some("Group.ReadBasic.All"), None, Some("Group.ReadBasic.All")),
        ("PATCH /v1.0/groups/1", Some("Group.ReadWrite.All"), None, Some("Group.ReadWrite.All")),
        ("GET /v1.0/organization", Some("User.Read"), None, Some("Organization.Read.All")),
        (
            "DELETE /v1.0/groups/1/members/2/$ref",
            Some("GroupMember.ReadWrite.All"),
            None,
            Some("GroupMember.ReadWrite.All"),
        ),
        (
            "POST /v1.0/applications",
            Some("AppRegistration.Create"),
            Some("Application.ReadWrite.All"),
            Some("AppRegistration.Create"),
        ),
        ("GET /v1.0/me/messages", Some("Mail.ReadBasic"), Some("Mail.ReadBasic"), Some("Mail.ReadBasic.All")),
    ] {
        let call = call(text);
        let access = call.access().unwrap();
        let least = Scheme::ALL.map(|scheme| access.least(scheme));
        assert_eq!(least, [work, personal, application], "{text}");
    }
    for (rest, least) in
        [("", "AccessReview.Read.All"), ("/filterByCurrentUser(on='reviewer')", "AccessReview.Read.All")]
    {
        let access = call(&format!("GET {DECISIONS}{rest}")).access().unwrap();
        assert_eq!(access.least(Scheme::DelegatedWork), Some(least), "{rest}");
        let all: Vec<_> = access.grants(Scheme::Application).map(|grant| grant.permission()).collect();
        assert_eq!(all, ["AccessReview.Read.All", "AccessReview.ReadWrite.All"], "{rest}");
    }
    let permission = Catalog::v1().permission("accessreview.readwrite.all").unwrap();
    assert!(permission.needs_admin_consent(Scheme::DelegatedWork) && !permission.exists_in(Scheme::DelegatedPersonal));
    assert!(Catalog::v1().permission("User.Nothing").is_none());
}

#[test]
fn permissions_for_oneself_only_or_newer_than_the_list_are_listed() {
    let grants = |text: &str, scheme| call(text).access().unwrap().grants(scheme).collect::<Vec<_>>();
    let own = |text: &str| -> Vec<_> {
        let grants = grants(text, Scheme::DelegatedWork).into_iter().filter(|grant| grant.is_for_own_user());
        grants.map(|grant| grant.permission()).collect()
    };
    assert_eq!(own("GET /v1.0/users/1"), ["User.Read", "User.ReadWrite"]);
    assert_eq!(own("PATCH /v1.0/users/1"), ["User.ReadWrite"]);
    assert!(own("GET /v1.0/me").is_empty() && own("GET /v1.0/organization").is_empty());
    for (text, least) in [
        ("GET /v1.0/users/1/memberOf", "Group.ReadBasic.All"),
        ("DELETE /v1.0/users/1", "User.ReadWrite.All"),
        ("DELETE /v1.0/directory/deletedItems/1/microsoft.graph.user", "User.DeleteRestore.All"),
        ("POST /v1.0/directory/deletedItems/1/restore", "User.DeleteRestore.All"),
        ("POST /v1.0/directory/deletedItems/1/microsoft.graph.group/restore", "Group.ReadWrite.All"),
    ] {
        assert_eq!(call(text).access().unwrap().least(Scheme::DelegatedWork), Some(least), "{text}");
    }
    assert!(grants("DELETE /v1.0/directory/deletedItems/1/microsoft.graph.group", Scheme::Application).is_empty());
    let creating = grants("POST /v1.0/users", Scheme::Application);
    assert_eq!(creating.iter().filter(|grant| grant.permission() == "User.Create").count(), 1);
    assert!(Catalog::v1().permission("User.Create").unwrap().needs_admin_consent(Scheme::Application));
}

#[test]
fn calls_that_depend_on_who_asks_need_a_user() {
    const REVIEWS: &str = "GET /v1.0/identityGovernance/accessReviews/definitions";
    for text in ["GET /v1.0/me", "GET /v1.0/me/memberOf", &format!("{REVIEWS}/filterByCurrentUser(on='reviewer')")] {
        assert!(call(text).needs_user(), "{text}");
    }
    for text in ["GET /v1.0/users/me", "GET /v1.0/users", REVIEWS] {
        assert!(!call(text).needs_user(), "{text}");
    }
}

#[test]
fn types_have_their_bases_properties_members_and_keys() {
    let ty = |name: &str| Catalog::v1().type_named(name).unwrap();
    assert_eq!(Catalog::v1().types().count(), 3_823);
    let lineage: Vec<_> = ty("#microsoft.graph.user").lineage().map(|ty| ty.name()).collect();
    assert_eq!(lineage, ["user", "directoryObject", "entity"]);
    assert!(ty("USER").is_open() && ty("entity").is_abstract() && !ty("user").is_abstract());
    assert!(
        ty("profilePhoto").has_stream()
            && ty("dayOfWeek").members().eq([
                "sunday",
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday"
            ])
    );
    assert_eq!(ty("user").key(), ["id"]);
    assert_eq!(ty("application").alternate_keys(), [["appId"], ["uniqueName"]]);
    let id = ty("user").property("ID").unwrap();
    assert_eq!((id.name, id.ty.to_string().as_str(), id.nullable), ("id", "Edm.String", false));
    assert_eq!(ty("user").property("businessPhones").unwrap().ty.to_string(), "Collection(Edm.String)");
    assert_eq!(ty("security.alert").qualified_name(), "microsoft.graph.security.alert");
    assert!(ty("directoryObject").derived().any(|derived| derived.name() == "group"));
    assert!(is_a("user", "directoryObject") && is_a("user", "user") && is_a("nothing", "nothing"));
    assert!(!is_a("directoryObject", "user") && !is_a("nothing", "user") && !is_a("chat", "directoryObject"));
}

/// What nobody has judged is not approved, whatever the metadata says of containment.
#[test]
fn only_what_the_overlay_names_may_be_changed_along_the_way() {
    for text in [
        "/v1.0/users/1/joinedTeams/2",
        "/v1.0/users/1/chats/2",
        "/v1.0/users/1/events/2",
        "/v1.0/users/1/managedDevices/2",
        "/v1.0/users/1/appRoleAssignments/2",
        "/v1.0/users/1/drive/root",
        "/v1.0/groups/1/team",
        "/v1.0/groups/1/permissionGrants/2",
        "/v1.0/servicePrincipals/1/appRoleAssignedTo/2",
    ] {
        let resolved = Catalog::v1().resolve(&path(text)).unwrap();
        assert!(matches!(Resolved::new(&path(text)), Err(NotUnderstood::Unjudged(..))), "{text}");
        assert!(resolved.objects().iter().skip(1).any(|object| object.way.bond == Bond::Unknown), "{text}");
    }
    for text in ["/v1.0/users/1/sendMail", "/v1.0/groups/1/assignLicense", "/v1.0/teams/1/archive"] {
        assert!(
            matches!(Catalog::v1().resolve(&path(text)).unwrap().places().last(), Some(PathPlace::Call(_))),
            "{text}"
        );
        assert!(matches!(Resolved::new(&path(text)), Err(NotUnderstood::Unjudged(..))), "{text}");
    }
    let mut approved = Vec::new();
    for ty in Catalog::v1().types() {
        let ways = ty.own_navigations().filter(|way| way.bond != Bond::Unknown);
        approved.extend(ways.map(|way| format!("{:?} {}.{}", way.bond, ty.name(), way.name)));
        let operations = ty.own_operations().filter(|operation| operation.effect().is_some());
        approved.extend(operations.map(|operation| format!("{:?} {operation:?}", operation.effect())));
    }
    approved.extend(Catalog::v1().roots().filter(|root| root.bond != Bond::Unknown).map(|root| root.name.to_owned()));
    approved.sort();
    insta::assert_snapshot!(approved.join("\n"));
}
