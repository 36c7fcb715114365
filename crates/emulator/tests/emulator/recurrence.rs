//! Reviews that come again: weekly, monthly, numbered, with an end and without one.

use graphwalk_emulator::{NextOccurrence, Settings};
use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS, Review};
use crate::served::settings;

/// One day a week, without an end, decisions applied by hand.
fn weekly(range: Value) -> Value {
    let mut changes = json!({"settings": {"instanceDurationInDays": 1, "autoApplyDecisionsEnabled": false, "defaultDecision": "None",
        "recurrence": {"pattern": {"type": "weekly", "interval": 1}, "range": {"numberOfOccurrences": 0}}}});
    crate::contoso::merge(&mut changes["settings"]["recurrence"]["range"], range);
    changes
}

async fn instances(contoso: &Contoso, review: &Review) -> Vec<(String, String, String)> {
    let all = contoso.administrator().all(&review.definition("/instances")).await;
    let text = |instance: &Value, name: &str| instance[name].as_str().unwrap()[..10].to_owned();
    all.iter()
        .map(|one| (text(one, "startDateTime"), text(one, "endDateTime"), one["status"].as_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn the_next_instance_starts_on_schedule_once_the_previous_is_completed() {
    let contoso = Contoso::start().await;
    let review = contoso.review(weekly(json!({"type": "noEnd", "endDate": null}))).await;
    assert_ne!(review.id, review.definition, "a recurring review has instances of their own");
    assert_eq!(instances(&contoso, &review).await.len(), 1);
    contoso.served.pass(86_400 + 600).await;
    let two = instances(&contoso, &review).await;
    assert_eq!(two[0].2, "Completed");
    assert_eq!(two[1], ("2026-03-09".to_owned(), "2026-03-10".to_owned(), "NotStarted".to_owned()));
    let definition = contoso.administrator().get(&review.definition("")).await.ok(200);
    assert_eq!(definition["status"], "NotStarted", "the status of a definition is its current instance's");
    contoso.served.pass_days(6).await;
    assert_eq!(instances(&contoso, &review).await[1].2, "InProgress");
    let own = contoso.adele().all(&review.definition("/instances/filterByCurrentUser(on='reviewer')")).await;
    assert_eq!(own.len(), 2);
    // The older one can still be applied, and the newer one goes its way.
    contoso.administrator().act(&review.path("/applyDecisions")).await.ok(204);
    contoso.served.pass_days(400).await;
    let all = instances(&contoso, &review).await;
    assert_eq!((all[0].2.as_str(), all[1].2.as_str()), ("Applied", "Completed"));
    assert!(all.len() > 50);
}

#[tokio::test]
async fn a_numbered_series_has_so_many_instances() {
    let contoso = Contoso::start().await;
    let review = contoso.review(weekly(json!({"type": "numbered", "numberOfOccurrences": 3, "endDate": null}))).await;
    contoso.served.pass_days(365).await;
    let all = instances(&contoso, &review).await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|(.., status)| status == "Completed"));
    // Replaced, the series may go on: the number counts the instances that there were.
    let mut whole = contoso.administrator().get(&review.definition("")).await.ok(200);
    whole["settings"]["recurrence"]["range"]["numberOfOccurrences"] = json!(2);
    contoso.administrator().put(&review.definition(""), &whole).await.ok(204);
    contoso.served.pass_days(365).await;
    assert_eq!(instances(&contoso, &review).await.len(), 3);
}

#[tokio::test]
async fn a_series_with_an_end_has_no_instance_that_starts_after_it() {
    let contoso = Contoso::start().await;
    let review = contoso.review(weekly(json!({"type": "endDate", "endDate": "2026-03-20"}))).await;
    contoso.served.pass_days(365).await;
    let starts: Vec<String> = instances(&contoso, &review).await.into_iter().map(|(start, ..)| start).collect();
    assert_eq!(starts, ["2026-03-02", "2026-03-09", "2026-03-16"]);
}

#[tokio::test]
async fn months_are_those_of_the_calendar() {
    let contoso = Contoso::start().await;
    let mut changes = weekly(json!({"type": "noEnd", "endDate": null}));
    changes["settings"]["recurrence"]["pattern"] = json!({"type": "absoluteMonthly", "interval": 3});
    let review = contoso.review(changes).await;
    contoso.served.pass_days(150).await;
    let starts: Vec<String> = instances(&contoso, &review).await.into_iter().map(|(start, ..)| start).collect();
    assert_eq!(starts, ["2026-03-02", "2026-06-02", "2026-09-02"]);
}

#[tokio::test]
async fn later_occurrences_fall_on_the_day_of_the_month_that_was_sent() {
    for (day, expected) in
        [(5, ["2026-03-02", "2026-04-05", "2026-05-05"]), (31, ["2026-03-02", "2026-04-30", "2026-05-31"])]
    {
        let contoso = Contoso::start().await;
        let mut changes = weekly(json!({"type": "noEnd", "endDate": null}));
        changes["settings"]["recurrence"]["pattern"] =
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": day});
        let review = contoso.review(changes).await;
        contoso.served.pass_days(70).await;
        let starts: Vec<String> = instances(&contoso, &review).await.into_iter().map(|(start, ..)| start).collect();
        assert_eq!(starts[..3], expected);
    }
}

#[tokio::test]
async fn an_instance_ends_before_the_next_one_starts() {
    let contoso = Contoso::start().await;
    let mut changes = weekly(json!({"type": "noEnd", "endDate": null}));
    changes["settings"]["instanceDurationInDays"] = json!(30);
    let review = contoso.review(changes).await;
    contoso.served.pass_days(20).await;
    let all = contoso.administrator().all(&review.definition("/instances")).await;
    let times = |name: &str| all.iter().map(|one| one[name].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(times("startDateTime")[1..], times("endDateTime")[..2]);
}

#[tokio::test]
async fn a_review_without_a_duration_ends_as_it_starts() {
    let contoso = Contoso::start().await;
    let mut changes = weekly(json!({"type": "numbered", "endDate": "2026-03-10"}));
    changes["settings"]["instanceDurationInDays"] = json!(0);
    let created = contoso.administrator().post(DEFINITIONS, &contoso.body(changes)).await.ok(201);
    let review = Review { definition: created["id"].as_str().unwrap().to_owned(), id: String::new() };
    contoso.served.pass_days(30).await;
    let expected = ["2026-03-02", "2026-03-09"].map(|day| (day.to_owned(), day.to_owned(), "Completed".to_owned()));
    assert_eq!(instances(&contoso, &review).await, expected);
}

#[tokio::test]
async fn replacing_changes_the_instances_to_come() {
    let contoso = Contoso::start().await;
    let review = contoso.review(weekly(json!({"type": "noEnd", "endDate": null}))).await;
    let mut whole = contoso.administrator().get(&review.definition("")).await.ok(200);
    whole["settings"]["instanceDurationInDays"] = json!(3);
    whole["reviewers"] = json!([{"query": "./owners", "queryType": "MicrosoftGraph"}]);
    contoso.administrator().put(&review.definition(""), &whole).await.ok(204);
    let of_alex = contoso.item_path(&review, &contoso.alex).await;
    contoso.megan().patch(&of_alex, &json!({"decision": "Deny"})).await.refused(403, "");
    contoso.served.pass_days(9).await;
    let all = instances(&contoso, &review).await;
    assert_eq!((all[0].1.as_str(), all[1].1.as_str()), ("2026-03-03", "2026-03-12"));
    let second =
        contoso.administrator().all(&review.definition("/instances")).await[1]["id"].as_str().unwrap().to_owned();
    let second = Review { definition: review.definition.clone(), id: second };
    let of_alex = contoso.item_path(&second, &contoso.alex).await;
    contoso.megan().patch(&of_alex, &json!({"decision": "Deny"})).await.ok(204);
}

#[tokio::test]
async fn the_answer_shows_the_defaults_of_a_recurrence() {
    let contoso = Contoso::start().await;
    let review = contoso.review(weekly(json!({"type": "noEnd", "endDate": null}))).await;
    let definition = contoso.administrator().get(&review.definition("")).await.ok(200);
    let pattern = &definition["settings"]["recurrence"]["pattern"];
    assert_eq!(
        *pattern,
        json!({"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": [],
        "firstDayOfWeek": "sunday", "index": "first"})
    );
    let range = json!({"type": "numbered", "numberOfOccurrences": 0, "endDate": null});
    let refused = contoso.administrator().post(DEFINITIONS, &contoso.body(weekly(range))).await;
    refused.refused(400, "BadRequest");
}

#[tokio::test]
async fn the_next_occurrence_starts_an_interval_after_the_end_where_that_is_chosen() {
    let settings = Settings { next_occurrence: NextOccurrence::AfterEnd, ..settings() };
    let contoso = Contoso::with(settings).await;
    let mut changes = weekly(json!({"type": "numbered", "numberOfOccurrences": 3, "endDate": null}));
    changes["settings"]["instanceDurationInDays"] = json!(3);
    let review = contoso.review(changes).await;
    contoso.served.pass_days(60).await;
    let days: Vec<(String, String)> =
        instances(&contoso, &review).await.into_iter().map(|(start, end, _)| (start, end)).collect();
    let expected = [("2026-03-02", "2026-03-05"), ("2026-03-12", "2026-03-15"), ("2026-03-22", "2026-03-25")];
    assert_eq!(days, expected.map(|(start, end)| (start.to_owned(), end.to_owned())));
}
