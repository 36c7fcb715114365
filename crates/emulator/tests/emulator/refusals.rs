//! What Graph refuses in bodies of users and groups, and a wrong emulator would take.

use serde_json::{Value, json};

use crate::contoso::{Contoso, group_body, user_body};
use crate::served::Actor;

const REFUSED: &str = "Request_BadRequest";

/// Creates a group with these changes to an ordinary one.
async fn post_group(actor: &Actor<'_>, nickname: &str, changes: Value) -> crate::served::Answer {
    let mut body = group_body(nickname, &[], &[]);
    body["mailNickname"] = json!(nickname);
    crate::contoso::merge(&mut body, changes);
    actor.post("/v1.0/groups", &body).await
}

#[tokio::test]
async fn texts_lists_and_characters_have_their_documented_bounds() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let user = format!("/v1.0/users/{}", contoso.adele);
    for (property, longest) in [("displayName", 256), ("employeeId", 16), ("department", 64), ("streetAddress", 1024)] {
        administrator.patch(&user, &json!({property: "ä".repeat(longest)})).await.ok(204);
        let told = administrator.patch(&user, &json!({property: "ä".repeat(longest + 1)})).await;
        let told = told.refused(400, REFUSED);
        assert!(told.contains(property) && told.contains(&format!("at most {longest} characters")), "{told}");
    }
    administrator.patch(&user, &json!({"businessPhones": ["1"]})).await.ok(204);
    for body in [
        json!({"businessPhones": ["1", "2"]}),
        json!({"mail": "zoé@contoso.com"}),
        json!({"otherMails": ["a@b.example", "ö@b.example"]}),
        json!({"onPremisesImmutableId": "a$b"}),
        json!({"displayName": null}),
        json!({"accountEnabled": null}),
        json!({"mailNickname": null}),
    ] {
        administrator.patch(&user, &body).await.refused(400, REFUSED);
    }
    for nickname in ["a b", "a@b", "a(b", "a,b", "ä", &"n".repeat(65)] {
        post_group(&administrator, nickname, json!({})).await.refused(400, REFUSED);
    }
    post_group(&administrator, &format!("a.b-{}", "n".repeat(60)), json!({})).await.ok(201);
    post_group(&administrator, "long", json!({"displayName": "n".repeat(257)})).await.refused(400, REFUSED);
}

#[tokio::test]
async fn a_refused_value_is_told_in_the_details() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let user = format!("/v1.0/users/{}", contoso.adele);
    for (body, target) in [
        (json!({"employeeId": "x".repeat(17)}), "employeeId"),
        (json!({"jobTitle": ""}), "jobTitle"),
        (json!({"usageLocation": "Germany"}), "usageLocation"),
    ] {
        let answer = administrator.patch(&user, &body).await;
        let error = &answer.json.as_ref().unwrap()["error"];
        let detail = &error["details"][0];
        assert_eq!((&detail["code"], &detail["target"]), (&json!("InvalidValue"), &json!(target)), "{}", answer.text);
        assert_eq!(detail["message"], error["message"]);
    }
}

#[tokio::test]
async fn properties_are_written_only_when_the_reference_says_so() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let user = format!("/v1.0/users/{}", contoso.adele);
    for (property, value) in [
        ("creationType", json!("Invitation")),
        ("proxyAddresses", json!(["SMTP:a@b.example"])),
        ("assignedLicenses", json!([])),
        ("createdDateTime", json!("2026-01-01T00:00:00Z")),
        ("onPremisesSamAccountName", json!("a")),
        ("imAddresses", json!([])),
        ("lastPasswordChangeDateTime", json!(null)),
    ] {
        let told = administrator.patch(&user, &json!({property: value})).await.refused(400, REFUSED);
        assert_eq!(told, format!("Property '{property}' is read-only and cannot be set."));
        let mut body = user_body("Lee Gu", "LeeG");
        body[property] = value;
        administrator.post("/v1.0/users", &body).await.refused(400, REFUSED);
    }
    let group = format!("/v1.0/groups/{}", contoso.group);
    for body in
        [json!({"mail": "a@b.example"}), json!({"isAssignableToRole": true}), json!({"isAssignableToRole": false})]
    {
        administrator.patch(&group, &body).await.refused(400, REFUSED);
    }
    post_group(&administrator, "early", json!({"autoSubscribeNewMembers": true})).await.refused(400, REFUSED);
}

#[tokio::test]
async fn a_bind_list_is_not_empty_and_names_nobody_twice() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let url = |id: &str| format!("https://graph.microsoft.com/v1.0/users/{id}");
    for list in ["owners@odata.bind", "members@odata.bind"] {
        let told = post_group(&administrator, "empty", json!({list: []})).await.refused(400, REFUSED);
        assert!(told.contains("is an empty array"), "{told}");
        let twice = json!({list: [url(&contoso.adele), url("AdeleV@Contoso.com")]});
        let told = post_group(&administrator, "twice", twice).await.refused(400, REFUSED);
        assert_eq!(told, "Request contains a property with duplicate values.");
    }
    let group = format!("/v1.0/groups/{}", contoso.group);
    let twice = json!({"members@odata.bind": [url(&contoso.megan), url(&contoso.megan)]});
    administrator.patch(&group, &twice).await.refused(400, REFUSED);
    administrator.patch(&group, &json!({"members@odata.bind": []})).await.refused(400, REFUSED);
    assert_eq!(administrator.get("/v1.0/groups?$select=id").await.ok(200)["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_that_only_adds_members_needs_the_permission_for_that_alone() {
    let contoso = Contoso::start().await;
    let app = contoso.served.app(&["GroupMember.ReadWrite.All", "User.Read.All"]).await;
    let group = format!("/v1.0/groups/{}", contoso.group);
    let added = json!({"members@odata.bind": [format!("https://graph.microsoft.com/v1.0/users/{}", contoso.megan)]});
    let mut more = added.clone();
    more["displayName"] = json!("Owls");
    for refused in [more, json!({"displayName": "Owls"}), json!({})] {
        app.patch(&group, &refused).await.refused(403, "Authorization_RequestDenied");
    }
    app.patch(&group, &added).await.ok(204);
    let reader = contoso.served.app(&["GroupMember.Read.All", "User.Read.All"]).await;
    reader.patch(&group, &added).await.refused(403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn a_group_is_of_a_kind_that_graph_makes() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let unified = json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false});
    for (nickname, changes) in [
        ("list", json!({"mailEnabled": true, "securityEnabled": false})),
        ("mailed", json!({"mailEnabled": true, "securityEnabled": true})),
        ("neither", json!({"mailEnabled": false, "securityEnabled": false})),
        ("mute", json!({"groupTypes": ["Unified"], "mailEnabled": false})),
        ("hidden", json!({"visibility": "HiddenMembership"})),
    ] {
        post_group(&administrator, nickname, changes).await.refused(400, REFUSED);
    }
    let team = post_group(&administrator, "team", unified.clone()).await.ok(201);
    let path = format!("/v1.0/groups/{}", team["id"].as_str().unwrap());
    for body in [json!({"groupTypes": []}), json!({"mailEnabled": false}), json!({"visibility": "HiddenMembership"})] {
        administrator.patch(&path, &body).await.refused(400, REFUSED);
    }
    administrator.patch(&path, &json!({"visibility": "Private", "securityEnabled": true})).await.ok(204);
    let security = format!("/v1.0/groups/{}", contoso.group);
    for body in [json!({"groupTypes": ["Unified"]}), json!({"mailEnabled": true}), json!({"securityEnabled": false})] {
        administrator.patch(&security, &body).await.refused(400, REFUSED);
    }
    post_group(&administrator, "other", unified).await.ok(201);
    administrator.patch(&path, &json!({"mailNickname": "other"})).await.refused(400, REFUSED);
}

#[tokio::test]
async fn groups_are_members_only_of_groups_that_take_them() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let unified = json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false});
    let id = |created: Value| created["id"].as_str().unwrap().to_owned();
    let team = id(post_group(&administrator, "team", unified.clone()).await.ok(201));
    let privileged = id(post_group(&administrator, "privileged", json!({"isAssignableToRole": true})).await.ok(201));
    let inner = id(post_group(&administrator, "inner", json!({})).await.ok(201));
    let url = |id: &str| format!("https://graph.microsoft.com/v1.0/groups/{id}");
    for (group, member) in [(&contoso.group, &team), (&team, &inner), (&privileged, &inner)] {
        let path = format!("/v1.0/groups/{group}");
        let member = url(member);
        administrator.post(&format!("{path}/members/$ref"), &json!({"@odata.id": member})).await.refused(400, REFUSED);
        administrator.patch(&path, &json!({"members@odata.bind": [member]})).await.refused(400, REFUSED);
    }
    let with = json!({"members@odata.bind": [url(&team)]});
    post_group(&administrator, "around", with).await.refused(400, REFUSED);
    let mut nested = unified;
    nested["members@odata.bind"] = json!([url(&inner)]);
    post_group(&administrator, "above", nested).await.refused(400, REFUSED);
}

#[tokio::test]
async fn a_dynamic_group_has_a_rule_and_no_members_of_its_own() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let dynamic = |rule: Value| json!({"groupTypes": ["DynamicMembership"], "membershipRule": rule});
    for (nickname, rule) in [("none", json!(null)), ("broken", json!("user.department =")), ("word", json!("true"))] {
        post_group(&administrator, nickname, dynamic(rule)).await.refused(400, REFUSED);
    }
    let sales = "user.department -eq \"Sales\"";
    post_group(&administrator, "static", json!({"membershipRule": sales})).await.refused(400, REFUSED);
    let mut full = dynamic(json!(sales));
    full["members@odata.bind"] = json!([format!("https://graph.microsoft.com/v1.0/users/{}", contoso.adele)]);
    post_group(&administrator, "full", full).await.refused(400, REFUSED);
    let made = post_group(&administrator, "made", dynamic(json!(sales))).await.ok(201);
    let path = format!("/v1.0/groups/{}", made["id"].as_str().unwrap());
    for rule in [json!("user.department"), json!(null)] {
        administrator.patch(&path, &json!({"membershipRule": rule})).await.refused(400, REFUSED);
    }
    administrator.patch(&path, &json!({"membershipRule": "user.city -eq \"Rome\""})).await.ok(204);
    administrator.patch(&path, &json!({"groupTypes": []})).await.ok(204);
    let security = format!("/v1.0/groups/{}", contoso.group);
    administrator.patch(&security, &json!({"groupTypes": ["DynamicMembership"]})).await.refused(400, REFUSED);
    administrator.patch(&security, &dynamic(json!(sales))).await.ok(204);
}

#[tokio::test]
async fn only_administrators_of_roles_make_groups_for_roles() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for changes in [
        json!({"groupTypes": ["DynamicMembership"], "membershipRule": "user.accountEnabled -eq true"}),
        json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false}),
        json!({"groupTypes": ["Unified"], "mailEnabled": false}),
        json!({"visibility": "Public"}),
    ] {
        let mut changes = changes;
        changes["isAssignableToRole"] = json!(true);
        post_group(&administrator, "privileged", changes).await.refused(400, REFUSED);
    }
    let privileged = json!({"isAssignableToRole": true});
    post_group(&contoso.adele(), "adeles", privileged.clone()).await.refused(403, "Authorization_RequestDenied");
    let app = contoso.served.app(&["Group.ReadWrite.All"]).await;
    post_group(&app, "apps", privileged.clone()).await.refused(403, "Authorization_RequestDenied");
    let able = contoso.served.app(&["Group.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]).await;
    let made = post_group(&able, "ables", privileged).await.ok(201);
    assert_eq!(made["visibility"], "Private");
    let members = format!("/v1.0/groups/{}/members", made["id"].as_str().unwrap());
    let adele = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", contoso.adele)});
    app.post(&format!("{members}/$ref"), &adele).await.refused(403, "Authorization_RequestDenied");
    able.post(&format!("{members}/$ref"), &adele).await.ok(204);
    app.delete(&format!("{members}/{}/$ref", contoso.adele)).await.refused(403, "Authorization_RequestDenied");
    able.delete(&format!("{members}/{}/$ref", contoso.adele)).await.ok(204);
}

#[tokio::test]
async fn an_app_resets_passwords_only_with_the_permission_for_it_and_never_of_administrators() {
    let contoso = Contoso::start().await;
    let password = json!({"passwordProfile": {"password": "Xy12-34zw"}});
    let adele = format!("/v1.0/users/{}", contoso.adele);
    let writer = contoso.served.app(&["User.ReadWrite.All"]).await;
    writer.patch(&adele, &password).await.refused(403, "Authorization_RequestDenied");
    writer.patch(&adele, &json!({"jobTitle": "Chef"})).await.ok(204);
    let able = contoso.served.app(&["User.ReadWrite.All", "User-PasswordProfile.ReadWrite.All"]).await;
    able.patch(&adele, &password).await.ok(204);
    let admin = "/v1.0/users/admin@Contoso.com";
    able.patch(admin, &password).await.refused(403, "Authorization_RequestDenied");
    able.patch(admin, &json!({"mobilePhone": "1"})).await.refused(403, "Authorization_RequestDenied");
    able.patch(admin, &json!({"jobTitle": "Chef"})).await.ok(204);
    // A user administrator reaches users, and not those above.
    let role = json!({"principalId": contoso.megan, "roleDefinitionId": "fe930be7-5e62-47db-91af-98c3a49a38b1", "directoryScopeId": "/"});
    contoso.administrator().post("/v1.0/roleManagement/directory/roleAssignments", &role).await.ok(201);
    contoso.megan().patch(&adele, &password).await.ok(204);
    // So does the permission: to change users is not to set their passwords, but for one who may do all that the user may.
    for (scopes, status) in [
        (json!(["User.ReadWrite.All"]), 403),
        (json!(["Directory.ReadWrite.All"]), 403),
        (json!(["User.ReadWrite.All", "User-PasswordProfile.ReadWrite.All"]), 204),
        (json!(["User.ReadWrite.All", "Directory.AccessAsUser.All"]), 204),
    ] {
        let megan = contoso.served.narrow(json!({"userPrincipalName": "MeganB@Contoso.com", "scopes": scopes})).await;
        megan.patch(&adele, &password).await.ok(status);
        megan.patch(&adele, &json!({"jobTitle": "Chef"})).await.ok(204);
    }
    contoso.megan().patch(admin, &password).await.refused(403, "Authorization_RequestDenied");
    for sensitive in [
        json!({"accountEnabled": false}),
        json!({"userPrincipalName": "root@Contoso.com"}),
        json!({"onPremisesImmutableId": "1"}),
        json!({"businessPhones": ["1"]}),
        json!({"otherMails": ["a@x.example"]}),
    ] {
        for caller in [&able, &contoso.megan()] {
            caller.patch(admin, &sensitive).await.refused(403, "Authorization_RequestDenied");
            caller.patch(&adele, &sensitive).await.ok(204);
        }
        contoso.administrator().patch(&adele, &json!({"accountEnabled": true})).await.ok(204);
    }
    contoso.administrator().patch(admin, &password).await.ok(204);
    // To delete and to restore is sensitive, too.
    let megan = format!("/v1.0/users/{}", contoso.megan);
    let deleter = contoso.served.app(&["User.ReadWrite.All", "User.DeleteRestore.All"]).await;
    deleter.delete(&megan).await.refused(403, "Authorization_RequestDenied");
    contoso.megan().delete(admin).await.refused(403, "Authorization_RequestDenied");
    contoso.administrator().delete(&megan).await.ok(204);
    let item = format!("/v1.0/directory/deletedItems/{}", contoso.megan);
    deleter.act(&format!("{item}/restore")).await.refused(403, "Authorization_RequestDenied");
    deleter.delete(&item).await.refused(403, "Authorization_RequestDenied");
    contoso.administrator().act(&format!("{item}/restore")).await.ok(200);
}

#[tokio::test]
async fn a_type_is_understood_without_its_hash() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let scope = json!({"@odata.type": "microsoft.graph.accessReviewQueryScope"});
    let actions = json!([{"@odata.type": "microsoft.graph.removeAccessApplyAction"}]);
    let body = contoso.body(json!({"scope": scope, "settings": {"applyActions": actions}}));
    let made = administrator.post(crate::contoso::DEFINITIONS, &body).await.ok(201);
    assert_eq!(made["settings"]["applyActions"][0]["@odata.type"], "#microsoft.graph.removeAccessApplyAction");
    let wrong = contoso.body(json!({"scope": {"@odata.type": "microsoft.graph.accessReviewQueryScoop"}}));
    administrator.post(crate::contoso::DEFINITIONS, &wrong).await.refused(400, REFUSED);
}
