//! Invitations: an address of another organisation becomes a guest of the tenant.

use serde_json::{Value, json};

use crate::contoso::{merge, user, user_body};
use crate::served::Served;

fn body(changes: Value) -> Value {
    let mut body = json!({
        "invitedUserDisplayName": "John Doe (Tailspin Toys)",
        "invitedUserEmailAddress": "john@tailspintoys.com",
        "sendInvitationMessage": false,
        "inviteRedirectUrl": "https://myapps.microsoft.com",
    });
    merge(&mut body, changes);
    body
}

#[tokio::test]
async fn who_is_invited_is_a_guest_with_a_name_made_of_the_address() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let invitation = administrator.post("/v1.0/invitations", &body(json!({}))).await.ok(201);
    assert_eq!(invitation["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#invitations/$entity");
    assert_eq!(
        (&invitation["status"], &invitation["invitedUserType"], &invitation["sendInvitationMessage"]),
        (&json!("PendingAcceptance"), &json!("Guest"), &json!(false))
    );
    let id = invitation["invitedUser"]["id"].as_str().unwrap();
    assert_ne!(invitation["id"], id);
    let select = "displayName,mail,userType,userPrincipalName,accountEnabled,creationType,externalUserState";
    let guest = administrator.get(&format!("/v1.0/users/{id}?$select={select}")).await.ok(200);
    let expected = json!({
        "displayName": "John Doe (Tailspin Toys)", "mail": "john@tailspintoys.com", "userType": "Guest",
        "userPrincipalName": "john_tailspintoys.com#EXT#@contoso.onmicrosoft.com", "accountEnabled": true, "creationType": "Invitation",
        "externalUserState": "PendingAcceptance",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&guest[name], value, "{name}");
    }
    let found = administrator.all("/v1.0/users?$filter=mail%20eq%20'john@tailspintoys.com'").await;
    assert_eq!(found.len(), 1, "{found:?}");
    administrator.delete(&format!("/v1.0/users/{id}")).await.ok(204);
}

#[tokio::test]
async fn an_address_that_is_invited_again_is_answered_with_the_guest_who_is_there() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let first = administrator.post("/v1.0/invitations", &body(json!({}))).await.ok(201);
    let again = json!({"invitedUserEmailAddress": "John@TailspinToys.com", "invitedUserDisplayName": null});
    let again = administrator.post("/v1.0/invitations", &body(again)).await.ok(201);
    assert_eq!(first["invitedUser"], again["invitedUser"]);
    assert_ne!(first["id"], again["id"]);
    let other = administrator.post("/v1.0/invitations", &body(json!({"invitedUserEmailAddress": "ann@x.org"}))).await;
    assert_ne!(first["invitedUser"], other.ok(201)["invitedUser"]);
    assert_eq!(administrator.all("/v1.0/users").await.len(), 3);
}

#[tokio::test]
async fn what_is_no_address_of_somebody_else_is_refused() {
    let served = Served::start().await;
    let administrator = served.administrator();
    for (changes, part) in [
        (json!({"invitedUserEmailAddress": null}), "invitedUserEmailAddress"),
        (json!({"inviteRedirectUrl": null}), "inviteRedirectUrl"),
        (json!({"invitedUserEmailAddress": "john"}), "invitedUserEmailAddress"),
        (json!({"invitedUserEmailAddress": "@tailspintoys.com"}), "invitedUserEmailAddress"),
        (json!({"invitedUserEmailAddress": "john doe@tailspintoys.com"}), "invitedUserEmailAddress"),
        (json!({"invitedUserEmailAddress": "adele@contoso.com"}), "verified domain"),
        (json!({"shoeSize": 43}), "shoeSize"),
    ] {
        let refused =
            administrator.post("/v1.0/invitations", &body(changes.clone())).await.refused(400, "Request_BadRequest");
        assert!(refused.to_string().contains(part), "{changes}: {refused}");
    }
    for redeemed in [json!({"resetRedemption": true}), json!({"invitedUser": {"id": "x"}})] {
        administrator.post("/v1.0/invitations", &body(redeemed)).await.refused(501, "NotModelled");
    }
    assert_eq!(administrator.all("/v1.0/users").await.len(), 1);
}

#[tokio::test]
async fn anybody_invites_guests_and_the_company_administrator_members() {
    let served = Served::start().await;
    user(&served.administrator(), "Adele Vance", "AdeleV").await;
    let name = user_body("Adele Vance", "AdeleV")["userPrincipalName"].as_str().unwrap().to_owned();
    let member = json!({"invitedUserType": "Member", "invitedUserEmailAddress": "ann@x.org"});
    served
        .user(&name)
        .post("/v1.0/invitations", &body(member.clone()))
        .await
        .refused(403, "Authorization_RequestDenied");
    served.user(&name).post("/v1.0/invitations", &body(json!({}))).await.ok(201);
    let invited = served.administrator().post("/v1.0/invitations", &body(member)).await.ok(201);
    let path = format!("/v1.0/users/{}?$select=userType", invited["invitedUser"]["id"].as_str().unwrap());
    assert_eq!(served.administrator().get(&path).await.ok(200)["userType"], "Member");
    let app = served.app(&["User.Read.All"]).await;
    app.post("/v1.0/invitations", &body(json!({}))).await.refused(403, "Authorization_RequestDenied");
    served.app(&["User.Invite.All"]).await.post("/v1.0/invitations", &body(json!({}))).await.ok(201);
}
