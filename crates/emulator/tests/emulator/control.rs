//! `/_emulator`: the clock, tokens, starting over.

use graphwalk_emulator::{ClockPace, Settings};
use serde_json::json;

use crate::contoso::{Contoso, DEFINITIONS, user_body};
use crate::served::{NOW, Served, settings};

#[tokio::test]
async fn the_clock_stands_until_it_is_moved_and_never_goes_back() {
    let served = Served::start().await;
    let nobody = served.nobody();
    assert_eq!(nobody.get("/_emulator/clock").await.ok(200), json!({"now": NOW}));
    for (seconds, now) in [
        (json!(30), "2026-03-02T09:00:30Z"),
        (json!(0), "2026-03-02T09:00:30Z"),
        (json!(0.5), "2026-03-02T09:00:30.5Z"),
    ] {
        let moved = nobody.post("/_emulator/clock/advance", &json!({"seconds": seconds})).await.ok(200);
        assert_eq!(moved, json!({"now": now}));
    }
    for body in [
        json!({"seconds": -1}),
        json!({"seconds": "1"}),
        json!({}),
        json!({"seconds": 1, "x": 2}),
        json!(5),
        json!({"seconds": null}),
        json!({"seconds": 1e300}),
    ] {
        nobody.post("/_emulator/clock/advance", &body).await.refused(400, "BadRequest");
    }
    assert_eq!(nobody.get("/_emulator/clock").await.ok(200), json!({"now": "2026-03-02T09:00:30.5Z"}));
}

#[tokio::test]
async fn a_real_clock_goes_on_by_itself() {
    let served = Served::with(Settings { clock: ClockPace::REAL, ..settings() }).await;
    let now = async || {
        served.nobody().get("/_emulator/clock").await.ok(200)["now"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let first = now().await;
    assert!(first >= NOW.parse().unwrap());
    assert!(now().await > first);
}

#[tokio::test]
async fn a_fast_clock_brings_a_review_to_its_end_for_a_client_that_only_polls() {
    // Five days pass in half a second.
    let contoso = Contoso::with(Settings { clock: "1000000x".parse().unwrap(), ..settings() }).await;
    let now = contoso.served.emulator.now().to_string()[..10].to_owned();
    let range = json!({"type": "numbered", "startDate": now, "endDate": null});
    let body = contoso.body(json!({"settings": {"recurrence": {"range": range}}}));
    let made = contoso.administrator().post(crate::contoso::DEFINITIONS, &body).await.ok(201);
    let path = format!("{}/{}", crate::contoso::DEFINITIONS, made["id"].as_str().unwrap());
    for _ in 0..600 {
        if contoso.administrator().get(&path).await.ok(200)["status"] == "Applied" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the review does not end");
}

#[tokio::test]
async fn a_century_of_a_weekly_review_passes_in_no_time() {
    let contoso = Contoso::start().await;
    let series = json!({"settings": {"instanceDurationInDays": 1, "recurrence": {"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd"}}}});
    let review = contoso.review(series).await;
    let begun = std::time::Instant::now();
    contoso.served.pass_days(36_500).await;
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    let page = contoso.administrator().get(&review.definition("/instances?$top=1&$count=true")).await.ok(200);
    assert!(page["@odata.count"].as_u64().unwrap() > 4_000, "{page}");
    contoso
        .served
        .nobody()
        .post("/_emulator/clock/advance", &json!({"seconds": 36_501u64 * 86_400}))
        .await
        .refused(400, "BadRequest");
}

#[tokio::test]
async fn tokens_are_given_to_users_and_apps() {
    let contoso = Contoso::start().await;
    let nobody = contoso.served.nobody();
    let given = nobody.post("/_emulator/tokens", &json!({"userPrincipalName": "adelev@contoso.com"})).await.ok(200);
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let adele = contoso.served.with_token(given["access_token"].as_str().unwrap());
    assert_eq!(adele.get("/v1.0/me").await.ok(200)["id"], contoso.adele.as_str());
    nobody
        .post("/_emulator/tokens", &json!({"userPrincipalName": "nobody@contoso.com"}))
        .await
        .refused(404, "Request_ResourceNotFound");
    for body in [
        json!({}),
        json!({"appPermissions": ["x"], "scopes": []}),
        json!({"userPrincipalName": 5}),
        json!({"user": "x"}),
    ] {
        nobody.post("/_emulator/tokens", &body).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn a_reset_brings_the_tenant_back_to_its_beginning_and_leaves_the_clock() {
    let contoso = Contoso::start().await;
    contoso.review(json!({})).await;
    contoso.served.pass_days(1).await;
    contoso.administrator().delete(&format!("/v1.0/users/{}", contoso.alex)).await.ok(204);
    contoso.served.nobody().act("/_emulator/reset").await.ok(204);
    let census = contoso.served.emulator.census();
    assert_eq!(
        (census.count("users"), census.count("groups"), census.count("reviews"), census.count("deleted")),
        (1, 0, 0, 0)
    );
    assert_eq!(contoso.served.nobody().get("/_emulator/mail").await.ok(200), json!({"value": []}));
    assert_eq!(contoso.served.nobody().get("/_emulator/clock").await.ok(200)["now"], "2026-03-03T09:01:00Z");
    contoso.served.pass_days(30).await;
    let me = contoso.administrator().get("/v1.0/me").await.ok(200);
    assert_eq!(me["displayName"], "MOD Administrator");
}

#[tokio::test]
async fn an_unknown_control_path_is_not_found() {
    let served = Served::start().await;
    for (method, path) in [
        ("GET", "/_emulator"),
        ("GET", "/_emulator/nonsense"),
        ("DELETE", "/_emulator/clock"),
        ("GET", "/_emulator/reset"),
        ("PATCH", "/_emulator/mail"),
    ] {
        served.nobody().send(method, path, None).await.refused(404, "NotFound");
    }
    served.nobody().get("/_emulators/clock").await.refused(401, "InvalidAuthenticationToken");
}

#[tokio::test]
async fn at_the_end_of_time_every_request_is_answered() {
    let contoso = Contoso::start().await;
    let monthly = json!({"pattern": {"type": "absoluteMonthly", "interval": 999}, "range": {"type": "noEnd"}});
    let series = json!({"settings": {"instanceDurationInDays": 28, "recurrence": monthly}});
    let review = contoso.review(series.clone()).await;
    for _ in 0..90 {
        contoso.served.pass_days(36_499).await;
    }
    let administrator = contoso.administrator();
    let now = contoso.served.nobody().get("/_emulator/clock").await.ok(200)["now"].to_string();
    assert!(now.starts_with("\"9999-12-30T22:00:00"), "{now}");
    let lag = json!({"faults": [{"match": {"method": "GET"}, "lag": {"behind": 60_000, "within": 600_000}}]});
    let stage = json!({"stageId": "1", "durationInDays": 365, "reviewers": [], "recommendationsEnabled": true});
    let settings = |days: u32| json!({"settings": {"instanceDurationInDays": days, "recurrence": null}});
    let mut sent = 0;
    for (method, path, body) in [
        ("GET", review.definition("/instances"), None),
        ("GET", review.definition(""), None),
        ("POST", DEFINITIONS.to_owned(), Some(contoso.body(series).to_string().into_bytes())),
        ("POST", DEFINITIONS.to_owned(), Some(contoso.body(settings(100_000)).to_string().into_bytes())),
        (
            "POST",
            DEFINITIONS.to_owned(),
            Some(contoso.body(json!({"stageSettings": [stage]})).to_string().into_bytes()),
        ),
        ("POST", "/v1.0/users".to_owned(), Some(user_body("Late", "late").to_string().into_bytes())),
        ("GET", "/v1.0/users?$filter=createdDateTime ge 9999-12-30T21:00:00Z".replace(' ', "%20"), None),
        ("DELETE", format!("/v1.0/users/{}", contoso.megan), None),
        ("GET", "/v1.0/directory/deletedItems/microsoft.graph.user".to_owned(), None),
        ("POST", "/_emulator/faults".to_owned(), Some(lag.to_string().into_bytes())),
        ("GET", "/v1.0/users".to_owned(), None),
        ("POST", "/_emulator/clock/advance".to_owned(), Some(json!({"seconds": 5}).to_string().into_bytes())),
        ("GET", "/_emulator/mail".to_owned(), None),
    ] {
        let answer = administrator.try_send(method, &path, body).await;
        let status = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}")).status;
        assert!(status < 500, "{method} {path}: {status}");
        sent += 1;
    }
    assert_eq!(sent, 13);
}
