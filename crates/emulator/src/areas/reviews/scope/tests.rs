use super::*;

const GROUP: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

fn directory() -> Directory {
    let mut directory = Directory::default();
    directory.add_group(Group::new(GROUP.parse().unwrap(), Map::new()));
    directory
}

fn scope(query: &str) -> Result<ReviewScope, Refusal> {
    ReviewScope::parse(&json!({"query": query, "queryType": "MicrosoftGraph"}), None, &directory())
}

/// The scope of the guests of each group that a query finds.
fn guests_of(query: &str) -> Result<ReviewScope, Refusal> {
    let scope = json!({"query": "./members/microsoft.graph.user/?$filter=(userType eq 'Guest')"});
    ReviewScope::parse(&scope, Some(&json!({"query": query})), &directory())
}

const GUESTS: PrincipalKind = PrincipalKind::Users { guests_only: true, inactive_days: None };

#[test]
fn the_scopes_of_one_group_are_read_in_every_form() {
    let members = scope(&format!("/groups/{GROUP}/transitiveMembers")).unwrap();
    assert_eq!(members.resources, ReviewedResources::One(ReviewedResource::Group(GROUP.parse().unwrap())));
    assert!(members.principals.transitive && members.principals.kinds.len() == 1);
    let direct = scope(&format!("/v1.0/groups/{GROUP}/members")).unwrap().principals;
    assert!(!direct.transitive && direct.kinds.contains(&PrincipalKind::Groups));
    for guests in [
        format!("/beta/groups/{GROUP}/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"),
        format!("/groups/{GROUP}/members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')"),
        format!("/groups/{GROUP}/members/microsoft.graph.user?$filter=userType+eq+'Guest'&$count=true"),
        format!("/groups/{GROUP}/members?%24filter=(userType%20eq%20%27Guest%27)"),
    ] {
        assert_eq!(scope(&guests).unwrap().principals.kinds, [GUESTS], "{guests}");
    }
    for alike in
        [format!("/v1.0/Groups('{GROUP}')/members"), format!("https://graph.microsoft.com/beta/groups/{GROUP}/members")]
    {
        assert_eq!(scope(&alike).unwrap().resources, members.resources, "{alike}");
    }
    assert_eq!(scope(&format!("/groups/{GROUP}/members?$filter=(city eq 'X')")).unwrap_err().status, 400);
}

#[test]
fn a_scope_of_every_group_needs_the_groups() {
    let of_one = guests_of(&format!("/groups/{GROUP}")).unwrap();
    assert_eq!(of_one.resources, ReviewedResources::EachGroup(Enumeration::Group(GROUP.parse().unwrap())));
    for found in [
        format!("/groups?$filter=id eq '{GROUP}'"),
        format!("/v1.0/groups?$count=true&$filter=(id+in+('{GROUP}','x'))"),
        "/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))&$count=true".to_owned(),
        "/groups?%24filter=groupTypes/Any(g:g%20eq%20'Unified')%20and%20id%20in%20('x')".to_owned(),
    ] {
        assert!(
            matches!(guests_of(&found).unwrap().resources, ReviewedResources::EachGroup(Enumeration::Filtered(_))),
            "{found}"
        );
    }
    let alone = scope("./members/microsoft.graph.user").unwrap_err();
    assert!(alone.status == 400 && alone.message.contains("instanceEnumerationScope"), "{alone}");
    assert_eq!(guests_of("/groups?$filter=(").unwrap_err().status, 400);
    for unknown in ["/groups", "/teams", "/groups?$search=x", "/groups?$filter=id eq 'x'&$top=5"] {
        assert_eq!(guests_of(unknown).unwrap_err().status, 501, "{unknown}");
    }
}

#[test]
fn scopes_that_are_not_modelled_say_so_and_wrong_ones_name_the_right_ones() {
    assert_eq!(scope("/roleManagement/directory/roleAssignmentScheduleInstances").unwrap_err().status, 501);
    assert_eq!(scope("/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))").unwrap_err().status, 501);
    assert_eq!(scope("./transitiveMembers").unwrap_err().status, 501);
    let wrong = scope("/devices").unwrap_err();
    assert!(wrong.status == 400 && wrong.message.contains("/groups/{id}/transitiveMembers"), "{wrong}");
}

#[test]
fn a_scope_comes_back_with_version_cast_and_root() {
    let sent = json!({"query": format!("/groups/{GROUP}/transitiveMembers"), "queryType": "MicrosoftGraph"});
    let query = format!("/v1.0/groups/{GROUP}/transitiveMembers/microsoft.graph.user");
    assert_eq!(
        rewritten(&sent),
        json!({"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph", "queryRoot": null})
    );
}

#[test]
fn the_scope_of_an_instance_names_its_group() {
    let members = "members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')";
    let of = |query: String| {
        of_instance(
            json!({"query": query, "queryType": "MicrosoftGraph"}),
            ReviewedResource::Group(GROUP.parse().unwrap()),
        )
    };
    let named = of(format!("./{members}"));
    assert_eq!(named, json!({"query": format!("/groups/{GROUP}/{members}"), "queryType": "MicrosoftGraph"}));
    assert_eq!(rewritten(&named)["query"], format!("/v1.0/groups/{GROUP}/{members}"));
    assert_eq!(of("/groups/1/members".to_owned())["query"], "/groups/1/members");
}
