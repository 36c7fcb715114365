use super::*;

const GROUP: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

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
        Recurrence { start: today, end: None, every: Some(Every::Months { months: 1, day: 11 }), occurrences: None }
    );
    let quarterly = of(
        json!({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 5}),
        json!({"type": "numbered", "numberOfOccurrences": 0, "startDate": "2022-02-11", "endDate": "2022-12-21"}),
    );
    let end = Some(jiff::civil::date(2022, 12, 21));
    assert_eq!(
        quarterly.unwrap(),
        Recurrence { start: today, end, every: Some(Every::Months { months: 3, day: 5 }), occurrences: None }
    );
    for (pattern, range) in [
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 77}),
            json!({"type": "noEnd", "startDate": "2022-02-11"}),
        ),
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
