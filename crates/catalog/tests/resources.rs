//! What may be created and deleted again: the overlay's allow-list, and what a user declares beside it.

use graphwalk_catalog::{ApiPath, Resource, ResourceFacts, Resources};
use serde_json::{Value, json};

fn declared(changes: Value) -> ResourceFacts {
    let mut facts = json!({"id": "named-location", "noun": "named location",
        "collection": "/identity/conditionalAccess/namedLocations", "marks": {"displayName": "text"},
        "look-up": {"by": "list", "property": "displayName"}, "order": 5});
    facts.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(facts).unwrap()
}

#[test]
fn what_the_overlay_allows_to_be_created() {
    let all: Vec<Value> = Resources::default().iter().map(|resource| json!(resource.facts())).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
}

#[test]
fn creates_are_known_by_their_paths_in_any_spelling() {
    let allowed = Resources::default();
    let created = |path: &str| allowed.created_by("POST", path).map(Resource::id);
    for (path, resource) in [
        ("/v1.0/users", "user"),
        ("/beta//Groups/", "group"),
        ("/v1.0/%75sers?x=y", "user"),
        ("/v1.0/identitygovernance/accessReviews/definitions", "review"),
        ("/v1.0/invitations", "invitation"),
        ("/directory/administrativeUnits", "administrative-unit"),
    ] {
        assert_eq!(created(path), Some(resource), "{path}");
    }
    for path in
        ["/v1.0/users/1", "/v1.0/users('1')", "/v1.0/groups/1/users", "/v1.0/domains", "/v1.0/users%2f", "users"]
    {
        assert_eq!(created(path), None, "{path}");
    }
    assert_eq!(allowed.created_by("GET", "/v1.0/users"), None);
}

#[test]
fn an_object_is_named_by_the_path_that_deletes_it_in_either_form() {
    let unit = Resource::named("administrative-unit").unwrap();
    let key = |path: &str| unit.key_in(&ApiPath::parse(path).unwrap()).map(str::to_owned);
    assert_eq!(unit.path_of("1-a"), "/directory/administrativeUnits/1-a");
    assert_eq!(key("/beta/directory/administrativeUnits/1-a").as_deref(), Some("1-a"));
    assert_eq!(key("/v1.0/Directory/administrativeunits('1-a')").as_deref(), Some("1-a"));
    for path in
        ["/directory/administrativeUnits", "/directory/administrativeUnits/1/members", "/directory/deletedItems/1"]
    {
        assert_eq!(key(path), None, "{path}");
    }
}

#[test]
fn it_is_looked_up_by_a_key_by_a_filter_or_in_the_list() {
    let path = |id: &str, value: &str| Resource::named(id).unwrap().look_up_path(value);
    let select = "$select=id,displayName,userPrincipalName,mailNickname,createdDateTime";
    assert_eq!(path("user", "a@b.c"), format!("/users/a%40b%2Ec?{select}"));
    assert_eq!(path("group", "o'b"), "/groups?$filter=mailNickname%20eq%20'o%27%27b'");
    assert_eq!(path("review", "d"), "/identityGovernance/accessReviews/definitions");
    // Graph finds these descriptions by advanced queries only.
    for (id, collection) in [("administrative-unit", "directory/administrativeUnits"), ("application", "applications")]
    {
        assert_eq!(path(id, "d"), format!("/{collection}?$filter=description%20eq%20'd'&$count=true"));
        let headers = Resource::named(id).unwrap().look_up_headers();
        assert_eq!(headers, [("ConsistencyLevel".to_owned(), "eventual".to_owned())]);
    }
    assert!(Resource::named("group").unwrap().look_up_headers().is_empty());
    assert_eq!(path("invitation", "m"), "/users?$filter=mail%20eq%20'm'&$select=id,displayName,mail,createdDateTime");
}

#[test]
fn in_json_a_resource_is_its_id_or_all_that_was_declared_of_it() {
    let user = Resource::named("user").unwrap();
    assert_eq!(serde_json::to_value(&user).unwrap(), json!("user"));
    assert_eq!(serde_json::from_value::<Resource>(json!("user")).unwrap(), user);
    assert!(serde_json::from_value::<Resource>(json!("named-location")).is_err());
    let mut allowed = Resources::default();
    allowed.declare(declared(json!({}))).unwrap();
    let location = allowed.created_by("POST", "/beta/identity/conditionalAccess/namedLocations").unwrap();
    let written = serde_json::to_value(location).unwrap();
    assert_eq!(written["collection"], "/identity/conditionalAccess/namedLocations");
    assert_eq!(serde_json::from_value::<Resource>(written).unwrap(), *location);
    assert!(Resources::default().created_by("POST", "/identity/conditionalAccess/namedLocations").is_none());
}

#[test]
fn a_resource_can_be_created_marked_found_and_deleted() {
    let mut allowed = Resources::default();
    let faults = [
        json!({"id": "Named Location"}),
        json!({"id": "user"}),
        json!({"collection": "/users"}),
        json!({"collection": "/nothing"}),
        json!({"collection": "namedLocations"}),
        json!({"collection": "/identity/conditionalAccess"}),
        json!({"collection": "/users/1/messages"}),
        json!({"collection": "/directoryRoles"}),
        json!({"collection": "/auditLogs/signIns", "marks": {"userPrincipalName": "text"}, "look-up": {"by": "list", "property": "userPrincipalName"}}),
        json!({"marks": {}}),
        json!({"marks": {"displayNames": "text"}}),
        json!({"look-up": {"by": "list", "property": "id"}}),
        json!({"look-up": {"by": "list", "property": "nothing", "sent-as": "displayName"}}),
    ];
    let told: Vec<String> = faults
        .into_iter()
        .map(|fault| format!("{fault}: {}", allowed.declare(declared(fault.clone())).unwrap_err()))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    allowed.declare(declared(json!({}))).unwrap();
    assert_eq!(allowed.declare(declared(json!({}))).unwrap_err().to_string(), "\"named-location\" is declared twice");
}
