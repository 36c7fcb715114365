//! The outbox: who was notified, and when.

use serde_json::{Value, json};

use crate::contoso::Contoso;

/// `kind to when`, in the order of sending.
async fn outbox(contoso: &Contoso) -> Vec<String> {
    let mail = contoso.served.nobody().get("/_emulator/mail").await.ok(200);
    let text = |mail: &Value, name: &str| mail[name].as_str().unwrap().to_owned();
    let one = |mail: &Value| format!("{} {} {}", text(mail, "kind"), text(mail, "to"), text(mail, "sentDateTime"));
    mail["value"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn reviewers_are_notified_at_the_start_and_those_who_are_late_reminded_halfway() {
    let contoso = Contoso::start().await;
    assert!(outbox(&contoso).await.is_empty());
    let review = contoso.review(json!({})).await;
    let told =
        ["notification AdeleV@Contoso.com 2026-03-02T09:00:14Z", "notification AlexW@Contoso.com 2026-03-02T09:00:14Z"];
    assert_eq!(outbox(&contoso).await, told);
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "DontKnow"})).await.ok(204);
    contoso.served.pass_days(4).await;
    let halfway = "reminder AlexW@Contoso.com 2026-03-04T20:30:07Z".to_owned();
    assert_eq!(outbox(&contoso).await[2..], [halfway]);
    contoso.administrator().act(&review.path("/sendReminder")).await.ok(204);
    assert_eq!(outbox(&contoso).await[3..], ["reminder AlexW@Contoso.com 2026-03-06T09:01:00Z"]);
    contoso.adele().act(&review.path("/sendReminder")).await.refused(403, "");
    let mail = contoso.served.nobody().get("/_emulator/mail").await.ok(200);
    assert_eq!(mail["value"][0]["instanceId"], review.id);
    assert_eq!(mail["value"][0]["subject"], "Review access to Building security");
}

#[tokio::test]
async fn no_mail_is_sent_where_mail_or_reminders_are_disabled() {
    let contoso = Contoso::start().await;
    let silent = contoso.review(json!({"settings": {"mailNotificationsEnabled": false}})).await;
    contoso.served.pass_days(4).await;
    assert!(outbox(&contoso).await.is_empty());
    let contacted = contoso.administrator().all(&silent.path("/contactedReviewers")).await;
    assert_eq!(contacted.len(), 2, "who reviews is listed, notified or not");
    let contoso = Contoso::start().await;
    contoso.review(json!({"settings": {"reminderNotificationsEnabled": false}})).await;
    contoso.served.pass_days(4).await;
    assert_eq!(outbox(&contoso).await.len(), 2);
}

#[tokio::test]
async fn a_review_that_was_stopped_or_is_nearly_over_reminds_nobody() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    contoso.administrator().act(&review.path("/stop")).await.ok(204);
    contoso.served.pass_days(10).await;
    assert_eq!(outbox(&contoso).await.len(), 2);
    // It begins some seconds before it ends.
    let mut settings = crate::served::settings();
    settings.now = Some("2026-03-02T07:59:50Z".parse().unwrap());
    let contoso = Contoso::with(settings).await;
    let body = contoso.body(json!({"settings": {"recurrence": {"range": {"endDate": "2026-03-02"}}}}));
    contoso.administrator().post(crate::contoso::DEFINITIONS, &body).await.ok(201);
    contoso.served.pass_days(1).await;
    assert!(outbox(&contoso).await.iter().all(|mail| mail.starts_with("notification")));
}
