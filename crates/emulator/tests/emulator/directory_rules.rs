//! Rules of the directory that no other test is about.

use serde_json::{Value, json};

use crate::contoso::{Contoso, group_body};

#[tokio::test]
async fn who_creates_a_security_group_does_not_own_it() {
    let contoso = Contoso::start().await;
    contoso.give_role(&contoso.megan, "Groups Administrator").await;
    let created = contoso.megan().post("/v1.0/groups", &group_body("Plain", &[], &[])).await.ok(201);
    let owners = format!("/v1.0/groups/{}/owners", created["id"].as_str().unwrap());
    assert_eq!(contoso.administrator().all(&owners).await, Vec::<Value>::new());
}

#[tokio::test]
async fn deleted_items_are_listed_by_their_type_alone() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    administrator.delete(&format!("/v1.0/groups/{}", contoso.group)).await.ok(204);
    administrator.get("/v1.0/directory/deletedItems").await.refused(400, "Request_UnsupportedQuery");
    assert_eq!(administrator.all("/v1.0/directory/deletedItems/microsoft.graph.group").await.len(), 1);
    assert_eq!(administrator.all("/v1.0/directory/deletedItems/microsoft.graph.user").await.len(), 0);
}

#[tokio::test]
async fn the_last_sign_in_is_answered_where_it_is_selected() {
    let contoso = Contoso::start().await;
    let path = format!("/v1.0/users/{}", contoso.adele);
    let select = format!("{path}?$select=signInActivity");
    let before = contoso.administrator().get(&select).await.ok(200);
    assert_eq!(before["signInActivity"]["lastSignInDateTime"], Value::Null);
    drop(contoso.adele());
    let after = contoso.administrator().get(&select).await.ok(200);
    assert_eq!(after["signInActivity"], json!({"lastSignInDateTime": crate::served::NOW}));
    assert_eq!(contoso.administrator().get(&path).await.ok(200).get("signInActivity"), None);
}

#[tokio::test]
async fn every_read_sees_a_write_at_once() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let user = format!("/v1.0/users/{}", contoso.adele);
    administrator.patch(&user, &json!({"department": "Doors"})).await.ok(204);
    assert_eq!(administrator.get(&format!("{user}?$select=department")).await.ok(200)["department"], "Doors");
    let found = administrator.all("/v1.0/users?$filter=department eq 'Doors'").await;
    assert_eq!(found.len(), 1);
    administrator.delete(&user).await.ok(204);
    administrator.get(&user).await.refused(404, "Request_ResourceNotFound");
    assert_eq!(contoso.members(&contoso.group).await, [contoso.alex.as_str()]);
}

#[tokio::test]
async fn an_invitation_is_not_sent_and_not_redeemed() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let body = json!({"invitedUserEmailAddress": "john@tailspin.example", "inviteRedirectUrl": "https://a.example", "sendInvitationMessage": true});
    let guest = administrator.post("/v1.0/invitations", &body).await.ok(201)["invitedUser"]["id"].clone();
    assert_eq!(administrator.get("/_emulator/mail").await.ok(200)["value"], json!([]));
    contoso.served.pass_days(40).await;
    let path = format!("/v1.0/users/{}?$select=externalUserState", guest.as_str().unwrap());
    assert_eq!(administrator.get(&path).await.ok(200)["externalUserState"], "PendingAcceptance");
}
