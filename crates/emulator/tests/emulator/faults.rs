//! Faults as a client meets them. What they are made of is tested beside their code.

use graphwalk_emulator::Settings;
use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS, user_body};
use crate::served::{Served, settings};

async fn script(served: &Served, faults: Value) {
    served.nobody().post("/_emulator/faults", &json!({"faults": faults})).await.ok(204);
}

#[tokio::test]
async fn a_scripted_refusal_meets_the_call_that_it_names_and_no_other() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    script(&contoso.served, json!([{"on": {"method": "PATCH", "actor": "AdeleV@Contoso.com", "nth": 2}, "do": {"status": 429, "retryAfter": 7}}])).await;
    let deny = json!({"decision": "Deny"});
    contoso.adele().patch(&mine, &deny).await.ok(204);
    let throttled = contoso.adele().patch(&mine, &json!({"decision": "DontKnow"})).await;
    assert_eq!(throttled.header("retry-after"), Some("7"));
    throttled.ok(429);
    assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "Deny", "a refused call is not done");
    contoso.adele().patch(&mine, &deny).await.ok(204);
}

#[tokio::test]
async fn a_call_can_be_done_though_its_answer_is_lost() {
    let served = Served::start().await;
    let administrator = served.administrator();
    script(&served, json!([{"on": {"method": "POST", "nth": 1}, "do": {"close": "after"}}, {"on": {"method": "POST", "nth": 2}, "do": {"close": "before"}}])).await;
    let create = async |nickname: &str| {
        let body = user_body(nickname, nickname).to_string().into_bytes();
        administrator.try_send("POST", "/v1.0/users", Some(body)).await
    };
    assert!(create("done").await.is_err() && create("undone").await.is_err());
    administrator.get("/v1.0/users/done@contoso.com").await.ok(200);
    administrator.get("/v1.0/users/undone@contoso.com").await.refused(404, "Request_ResourceNotFound");
    script(&served, json!([{"on": {"method": "GET"}, "do": {"truncate": true}}])).await;
    assert!(administrator.try_send("GET", "/v1.0/users", None).await.is_err());
    served.nobody().delete("/_emulator/faults").await.ok(204);
    administrator.get("/v1.0/users").await.ok(200);
}

#[tokio::test]
async fn reads_lag_behind_writes_in_the_tenants_time() {
    let served = Served::start().await;
    let administrator = served.administrator();
    script(&served, json!([{"on": {"method": "GET", "path": "/users/**"}, "do": {"lag": "stale", "for": 10}}])).await;
    administrator.post("/v1.0/users", &user_body("Adele Vance", "AdeleV")).await.ok(201);
    administrator.get("/v1.0/users/AdeleV@Contoso.com").await.refused(404, "Request_ResourceNotFound");
    served.pass(11).await;
    administrator.get("/v1.0/users/AdeleV@Contoso.com").await.ok(200);
}

#[tokio::test]
async fn a_delay_costs_the_tenants_time_alone() {
    let served = Served::start().await;
    script(&served, json!([{"on": {"path": "/me"}, "do": {"delay": 90}}])).await;
    let begun = std::time::Instant::now();
    served.administrator().get("/v1.0/me").await.ok(200);
    assert!(begun.elapsed().as_secs() < 10);
    assert_eq!(served.nobody().get("/_emulator/clock").await.ok(200)["now"], "2026-03-02T09:01:30Z");
}

#[tokio::test]
async fn an_invalid_script_is_refused_and_the_old_one_stays() {
    let served = Served::start().await;
    script(&served, json!([{"on": {"path": "/me"}, "do": {"status": 503}}])).await;
    for body in
        [json!({}), json!({"faults": 1}), json!({"faults": [{"on": {}, "do": {"status": 200}}]}), json!({"seed": "x"})]
    {
        served.nobody().post("/_emulator/faults", &body).await.refused(400, "BadRequest");
    }
    served.administrator().get("/v1.0/me").await.ok(503);
    served.nobody().post("/_emulator/faults", &json!({"seed": 5})).await.ok(204);
}

#[tokio::test]
async fn a_network_fault_within_a_batch_is_answered_504() {
    let served = Served::start().await;
    let administrator = served.administrator();
    script(&served, json!([{"on": {"method": "POST", "path": "/users", "nth": 1}, "do": {"close": "before"}}])).await;
    let body = json!({"requests": [{"id": "1", "method": "POST", "url": "/users", "headers": {"Content-Type": "application/json"}, "body": user_body("Lost", "lost")}]});
    let answer = administrator.post("/v1.0/$batch", &body).await.ok(200);
    assert_eq!(answer["responses"][0]["status"], 504, "{answer}");
    administrator.get("/v1.0/users/lost@contoso.com").await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn a_replica_that_lags_does_not_know_what_a_group_is_to_bind() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let user = administrator.post("/v1.0/users", &user_body("Adele Vance", "AdeleV")).await.ok(201);
    served.pass(5).await;
    script(
        &served,
        json!([{"on": {"method": "POST", "path": "/groups", "nth": 1}, "do": {"lag": "stale", "for": 10}}]),
    )
    .await;
    let id = user["id"].as_str().unwrap();
    let bind = format!("https://graph.microsoft.com/v1.0/users/{id}");
    let group = json!({"displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "members@odata.bind": [bind]});
    administrator.post("/v1.0/groups", &group).await.refused(400, "Request_BadRequest");
    administrator.post("/v1.0/groups", &group).await.ok(201);
}

#[tokio::test]
async fn a_lagging_read_does_not_see_either_what_time_alone_has_changed() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let path = review.path("");
    script(&contoso.served, json!([{"on": {"method": "GET", "path": "/identityGovernance/**", "nth": 2}, "do": {"lag": "stale", "for": 3600}}])).await;
    contoso.served.pass(30 * 86_400).await;
    let status = async || contoso.served.administrator().get(&path).await.ok(200)["status"].clone();
    let seen = [status().await, status().await, status().await];
    assert_eq!((&seen[0], &seen[2]), (&seen[2], &seen[0]));
    assert_ne!(seen[0], "InProgress");
}

#[tokio::test]
async fn objects_that_a_replica_creates_later_have_the_tenants_ids() {
    let contoso = Contoso::with(Settings { ids: None, ..settings() }).await;
    let created = contoso.administrator().post(DEFINITIONS, &contoso.body(json!({}))).await.ok(201);
    let id = created["id"].as_str().unwrap();
    script(&contoso.served, json!([{"on": {"method": "GET", "nth": 1}, "do": {"lag": "stale", "for": 30}}])).await;
    // The review begins meanwhile: for the replica as well, but it does not know it.
    contoso.served.pass(3600).await;
    let path = format!("{DEFINITIONS}/{id}/instances/{id}/decisions");
    let [of_the_replica, of_the_tenant] =
        [contoso.administrator().all(&path).await, contoso.administrator().all(&path).await];
    assert_eq!(of_the_tenant.len(), 2);
    assert_eq!(of_the_replica, of_the_tenant);
}
