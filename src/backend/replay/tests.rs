use graphwalk_client::GraphRequest;

use super::*;

fn bundled() -> Arc<Recording> {
    Arc::new(crate::bundled::recordings("security-group-review").remove(0))
}

#[tokio::test]
async fn a_token_is_good_for_its_session_alone_and_only_as_long_as_that_lives() {
    let server = ReplayServer::start().await.unwrap();
    let (first, second) = (server.open(bundled()), server.open(bundled()));
    let token = first.token("administrator").unwrap();
    assert_ne!(Some(&token), second.token("administrator").as_ref());
    let path = "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4/members";
    let request = GraphRequest {
        actor: "administrator",
        token: &token,
        method: "GET",
        path,
        headers: &[],
        body: None,
        file: None,
    };
    assert_eq!(first.client().send(&request).await.unwrap().status, 501);
    let client = first.client().clone();
    drop(first);
    assert_eq!(client.send(&request).await.unwrap().status, 401);
}

#[tokio::test]
async fn the_scheme_of_a_token_may_be_in_small_letters() {
    let server = ReplayServer::start().await.unwrap();
    let session = server.open(bundled());
    let url = format!("{}/v1.0/me", server.uri());
    let status = async |scheme: &str| {
        let token = session.token("administrator").unwrap();
        let request = reqwest::Client::new().get(&url).header("authorization", format!("{scheme} {token}"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("Bearer").await, status("bearer").await, status("Basic").await), (501, 501, 401));
}
