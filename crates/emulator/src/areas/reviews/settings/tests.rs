use super::*;

const GROUP: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

fn scope(query: &str) -> Result<Scope, Refusal> {
    Scope::parse(&json!({"query": query, "queryType": "MicrosoftGraph"}))
}

#[test]
fn the_scopes_of_one_group_are_read_in_every_form() {
    let members = scope(&format!("/groups/{GROUP}/transitiveMembers")).unwrap();
    assert!(members.transitive && members.group.to_string() == GROUP && !members.guests_only);
    assert!(!scope(&format!("/v1.0/groups/{GROUP}/members")).unwrap().transitive);
    let guests =
        scope(&format!("/beta/groups/{GROUP}/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"));
    assert!(guests.unwrap().guests_only);
    let counted =
        format!("/groups/{GROUP}/transitiveMembers/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')");
    assert!(scope(&counted).unwrap().guests_only);
    for alike in
        [format!("/v1.0/Groups('{GROUP}')/members"), format!("https://graph.microsoft.com/beta/groups/{GROUP}/members")]
    {
        let read = scope(&alike).unwrap();
        assert!(!read.transitive && read.group.to_string() == GROUP, "{alike}");
    }
    assert_eq!(scope(&format!("/groups/{GROUP}/members?$filter=(city eq 'X')")).unwrap_err().status, 400);
}

#[test]
fn scopes_that_are_not_modelled_say_so_and_wrong_ones_name_the_right_ones() {
    let roles = json!({"@odata.type": "#microsoft.graph.principalResourceMembershipsScope"});
    assert_eq!(Scope::parse(&roles).unwrap_err().status, 501);
    assert_eq!(scope("/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))").unwrap_err().status, 501);
    let wrong = scope("/devices").unwrap_err();
    assert!(wrong.status == 400 && wrong.message.contains("/groups/{id}/transitiveMembers"), "{wrong}");
}

#[test]
fn a_scope_comes_back_with_version_cast_and_root() {
    let sent = json!({"query": format!("/groups/{GROUP}/transitiveMembers"), "queryType": "MicrosoftGraph"});
    let query = format!("/v1.0/groups/{GROUP}/transitiveMembers/microsoft.graph.user");
    assert_eq!(
        Scope::rewritten(&sent),
        json!({"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph", "queryRoot": null})
    );
}

#[test]
fn reviewers_are_read_in_every_form() {
    let of = |query: &str, root: Value| ReviewerScope::all_of(Some(&json!([{"query": query, "queryRoot": root}])));
    let id: Uuid = GROUP.parse().unwrap();
    assert_eq!(of(&format!("/users/{GROUP}"), Value::Null).unwrap(), [ReviewerScope::User(id)]);
    assert_eq!(
        of(&format!("/v1.0/groups/{GROUP}/transitiveMembers/microsoft.graph.user"), Value::Null).unwrap(),
        [ReviewerScope::Members(id)]
    );
    assert_eq!(of(&format!("/groups/{GROUP}/owners"), Value::Null).unwrap(), [ReviewerScope::Owners(id)]);
    assert_eq!(of("./owners", Value::Null).unwrap(), [ReviewerScope::OwnersOfResource]);
    assert_eq!(of("./manager", json!("decisions")).unwrap(), [ReviewerScope::Manager]);
    assert_eq!(of("./manager", Value::Null).unwrap_err().status, 400);
    assert_eq!(of("/me", Value::Null).unwrap_err().status, 400);
}

#[test]
fn the_recurrence_of_the_tutorial_is_one_time_although_it_says_numbered() {
    let today = jiff::civil::date(2022, 2, 11);
    let sent = json!({"pattern": null, "range": {"type": "numbered", "numberOfOccurrences": 0, "startDate": "2022-02-11", "endDate": "2022-02-16"}});
    let read = Recurrence::parse(&sent, today).unwrap();
    assert_eq!(
        read,
        Recurrence { start: today, end: Some(jiff::civil::date(2022, 2, 16)), every: None, occurrences: None }
    );
}

#[test]
fn recurrences_are_weekly_or_monthly_with_an_end_a_number_or_none() {
    let today = jiff::civil::date(2022, 2, 11);
    let of = |pattern: Value, range: Value| Recurrence::parse(&json!({"pattern": pattern, "range": range}), today);
    let weekly = of(
        json!({"type": "weekly", "interval": 2}),
        json!({"type": "numbered", "numberOfOccurrences": 3, "startDate": "2022-02-11T10:00:00Z"}),
    );
    assert_eq!(
        weekly.unwrap(),
        Recurrence { start: today, end: None, every: Some(Every::Weeks(2)), occurrences: Some(3) }
    );
    let monthly = of(
        json!({"type": "absoluteMonthly", "interval": 1}),
        json!({"type": "noEnd", "startDate": "2022-02-11", "endDate": "9999-12-31"}),
    );
    assert_eq!(
        monthly.unwrap(),
        Recurrence { start: today, end: None, every: Some(Every::Months(1)), occurrences: None }
    );
    for (pattern, range) in [
        (json!({"type": "daily", "interval": 1}), json!({"type": "noEnd", "startDate": "2022-02-11"})),
        (json!({"type": "weekly", "interval": 0}), json!({"type": "noEnd", "startDate": "2022-02-11"})),
        (
            json!({"type": "weekly", "interval": 1}),
            json!({"type": "numbered", "numberOfOccurrences": 0, "startDate": "2022-02-11"}),
        ),
        (json!({"type": "weekly", "interval": 1}), json!({"type": "endDate", "startDate": "2022-02-11"})),
        (Value::Null, json!({"type": "endDate", "startDate": "2022-02-11", "endDate": "2022-02-10"})),
    ] {
        assert_eq!(of(pattern, range).unwrap_err().status, 400);
    }
}
