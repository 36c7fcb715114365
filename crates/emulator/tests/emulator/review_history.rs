//! Histories of access reviews: requested, collected, downloaded, gone.

use serde_json::{Value, json};

use crate::contoso::Contoso;

const HISTORIES: &str = "/v1.0/identityGovernance/accessReviews/historyDefinitions";
const DONE: i64 = 65;
const ALL: [&str; 5] = ["approve", "deny", "dontKnow", "notReviewed", "notNotified"];

/// The body that asks for reviews whose scope contains `object`.
fn body(object: &str, decisions: &[&str]) -> Value {
    let query = format!("/identityGovernance/accessReviews/definitions?$filter=contains(scope/query, '{object}')");
    json!({
        "displayName": "March", "decisions": decisions,
        "reviewHistoryPeriodStartDateTime": "2026-03-01T00:00:00Z", "reviewHistoryPeriodEndDateTime": "2026-03-31T23:59:59Z",
        "scopes": [{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "queryType": "MicrosoftGraph", "query": query}],
    })
}

/// Asks for a history, waits for it, and returns its lines.
async fn collected(contoso: &Contoso, body: &Value) -> Vec<String> {
    let administrator = contoso.administrator();
    let id = administrator.post(HISTORIES, body).await.ok(201)["id"].as_str().unwrap().to_owned();
    contoso.served.pass(DONE).await;
    let instances = administrator.all(&format!("{HISTORIES}/{id}/instances")).await;
    let path = format!("{HISTORIES}/{id}/instances/{}", instances[0]["id"].as_str().unwrap());
    let linked = administrator.act(&format!("{path}/generateDownloadUri")).await.ok(200);
    let (status, text) = contoso.served.download(linked["downloadUri"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_history_is_requested_collected_and_downloaded_by_a_link() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({"displayName": "Doors, \"east\""})).await;
    let administrator = contoso.administrator();
    contoso.approve(&review).await;
    let created = administrator.post(HISTORIES, &body("/groups", &[])).await.ok(201);
    assert_eq!((&created["status"], &created["decisions"]), (&json!("requested"), &json!(ALL)));
    assert_eq!(created["createdBy"]["displayName"], "MOD Administrator");
    let path = format!("{HISTORIES}/{}", created["id"].as_str().unwrap());
    let expanded = administrator.get(&format!("{path}?$expand=instances")).await.ok(200);
    let instance = format!("{path}/instances/{}", expanded["instances"][0]["id"].as_str().unwrap());
    let link = format!("{instance}/microsoft.graph.generateDownloadUri");
    administrator.act(&link).await.refused(400, "BadRequest");
    contoso.served.pass(10).await;
    assert_eq!(administrator.get(&instance).await.ok(200)["status"], "inprogress");
    contoso.served.pass(DONE - 10).await;
    let done = administrator.get(&instance).await.ok(200);
    assert_eq!((&done["status"], &done["downloadUri"]), (&json!("done"), &Value::Null));
    assert!(done["fulfilledDateTime"].is_string() && done["expirationDateTime"].is_string(), "{done}");
    let linked = administrator.act(&link).await.ok(200);
    let uri = linked["downloadUri"].as_str().unwrap().to_owned();
    assert_eq!(administrator.get(&instance).await.ok(200)["downloadUri"], json!(uri));
    let (status, table) = contoso.served.download(&uri).await;
    assert_eq!(status, 200);
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert!(lines[0].starts_with("AccessReviewId,AccessReviewSeriesId,ReviewType,"), "{table}");
    assert_eq!(lines.len(), 4, "a heading, Adele, Alex, and the end: {table}");
    let of = |name: &str| *lines.iter().find(|line| line.contains(name)).unwrap();
    assert!(
        of("Adele Vance").contains("Approve,still needed") && of("Adele Vance").contains("\"Doors, \"\"east\"\"\"")
    );
    assert!(of("Alex Wilber").contains("NotReviewed") && of("Alex Wilber").contains(&contoso.group), "{table}");
}

#[tokio::test]
async fn a_link_is_good_for_a_day_and_a_history_for_thirty() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let created = administrator.post(HISTORIES, &body("/groups", &["deny"])).await.ok(201);
    let path = format!("{HISTORIES}/{}", created["id"].as_str().unwrap());
    contoso.served.pass(DONE).await;
    let instances = administrator.all(&format!("{path}/instances")).await;
    let link = format!("{path}/instances/{}/generateDownloadUri", instances[0]["id"].as_str().unwrap());
    let uri = administrator.act(&link).await.ok(200)["downloadUri"].as_str().unwrap().to_owned();
    let (address, ticket) = uri.split_once("?sig=").unwrap();
    assert_eq!(
        contoso.served.download(&format!("{address}?sig={}", ticket.replace(['0', '1', '2'], "3"))).await.0,
        403
    );
    assert_eq!(contoso.served.download(&uri).await.0, 200);
    contoso.served.pass_days(1).await;
    assert_eq!(contoso.served.download(&uri).await.0, 403);
    assert_eq!(administrator.all(&format!("{path}/instances")).await[0]["downloadUri"], Value::Null);
    administrator.act(&link).await.ok(200);
    contoso.served.pass_days(29).await;
    administrator.get(&path).await.refused(404, "Request_ResourceNotFound");
    assert_eq!(administrator.all(HISTORIES).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_history_has_the_reviews_of_its_scope_period_and_decisions() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    contoso.approve(&review).await;
    for (body, lines) in [
        (body("/groups", &ALL), 3),
        (body("/groups", &["approve"]), 2),
        (body(&contoso.group, &["notReviewed"]), 2),
        (body("./members", &[]), 1),
        (body("accessPackageAssignments", &[]), 1),
    ] {
        assert_eq!(collected(&contoso, &body).await.len(), lines, "{body}");
    }
    let mut earlier = body("/groups", &[]);
    earlier["reviewHistoryPeriodEndDateTime"] = json!("2026-03-02T00:00:00Z");
    assert_eq!(collected(&contoso, &earlier).await.len(), 1);
}

#[tokio::test]
async fn what_is_decided_later_is_not_in_a_history() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    let created = administrator.post(HISTORIES, &body("/groups", &["notReviewed"])).await.ok(201);
    contoso.served.pass(DONE).await;
    contoso.approve(&review).await;
    let path = format!("{HISTORIES}/{}/instances", created["id"].as_str().unwrap());
    let instance = administrator.all(&path).await[0]["id"].as_str().unwrap().to_owned();
    let linked = administrator.act(&format!("{path}/{instance}/generateDownloadUri")).await.ok(200);
    let (_, table) = contoso.served.download(linked["downloadUri"].as_str().unwrap()).await;
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[tokio::test]
async fn a_history_that_lacks_something_is_refused_and_is_seen_by_its_maker_alone() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for missing in ["displayName", "scopes", "reviewHistoryPeriodStartDateTime", "reviewHistoryPeriodEndDateTime"] {
        let mut body = body("/groups", &[]);
        body.as_object_mut().unwrap().shift_remove(missing);
        let told = administrator.post(HISTORIES, &body).await.refused(400, "Request_BadRequest");
        assert!(told.contains(missing), "{told}");
    }
    let mut series = body("/groups", &[]);
    series["scheduleSettings"] =
        json!({"reportRange": "P1M", "recurrence": {"range": {"type": "noEnd", "startDate": "2026-03-02"}}});
    administrator.post(HISTORIES, &series).await.refused(501, "NotModelled");
    administrator.patch(&format!("{HISTORIES}/x"), &json!({})).await.refused(405, "Request_BadRequest");
    contoso.give_role(&contoso.megan, "Security Reader").await;
    contoso.give_role(&contoso.adele, "Global Reader").await;
    let (megan, adele) = (contoso.megan(), contoso.adele());
    let own = megan.post(HISTORIES, &body("/groups", &[])).await.ok(201);
    let others = administrator.post(HISTORIES, &body("/groups", &[])).await.ok(201);
    assert_eq!(megan.all(HISTORIES).await.len(), 1);
    assert_eq!(adele.all(HISTORIES).await.len(), 2);
    let path = |history: &Value| format!("{HISTORIES}/{}", history["id"].as_str().unwrap());
    megan.get(&path(&own)).await.ok(200);
    megan.get(&path(&others)).await.refused(404, "Request_ResourceNotFound");
    contoso.alex().get(HISTORIES).await.refused(403, "");
    contoso.served.app(&["AccessReview.Read.All"]).await.get(HISTORIES).await.refused(403, "");
    assert_eq!(contoso.served.app(&["AccessReview.ReadWrite.All"]).await.all(HISTORIES).await.len(), 2);
}
