use super::*;

const CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

fn password<'a>(username: &'a str, password: &'a str, scope: &'a str) -> [(&'a str, &'a str); 5] {
    [("grant_type", "password"), ("client_id", CLI), ("username", username), ("password", password), ("scope", scope)]
}

#[test]
fn an_app_sends_its_secret_in_the_form_or_by_basic_and_gets_a_token() {
    let mut sign_in = sign_in();
    let id = DAEMON.to_string();
    let scope = "https://graph.microsoft.com/.default";
    let form =
        [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", APP_SECRET), ("scope", scope)];
    let (status, body) = token(&mut sign_in, &form);
    assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none() && body.get("scope").is_none());
    let caller = holder(&sign_in, &body);
    assert!(caller.is_app() && caller.has_any(&["AccessReview.ReadWrite.All"]));

    let mut basic = request(
        Method::POST,
        &format!("/{TENANT}/oauth2/v2.0/token"),
        &[("grant_type", "client_credentials"), ("scope", &format!("{ORIGIN}/.default"))],
    );
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{APP_SECRET}"));
    basic.headers.insert("authorization", format!("Basic {credentials}").parse().expect("a header"));
    let (status, body) = json_of(&answer_at(&mut sign_in, &basic, now()));
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(body["access_token"].as_str().expect("a token"))["aud"], ORIGIN);
}

#[test]
fn this_server_is_graph_with_and_without_its_port() {
    let mut sign_in = sign_in();
    let id = DAEMON.to_string();
    for resource in ["https://localhost:8443", "https://localhost", "https://LocalHost/"] {
        let scope = format!("{resource}/.default");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", APP_SECRET),
            ("scope", &scope),
        ];
        let (status, body) = token(&mut sign_in, &form);
        assert_eq!(status, 200, "{resource}: {body}");
    }
}

#[test]
fn a_client_that_is_not_who_it_says_gets_nothing() {
    let mut sign_in = sign_in();
    let daemon = DAEMON.to_string();
    let mut with = |client: &str, secret: &str, scope: &str| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)];
        refused(token(&mut sign_in, &form))
    };
    let default = "https://graph.microsoft.com/.default";
    assert_eq!(with(&daemon, "wrong", default), (401, 7_000_215));
    assert_eq!(with(&daemon, "", default), (401, 7_000_218));
    assert_eq!(with(CLI, "x", default), (401, 700_025));
    assert_eq!(with(CLI, "", default), (401, 7_000_218));
    assert_eq!(with(&Uuid::from_u128(1).to_string(), "x", default), (400, 700_016));
    assert_eq!(with(&daemon, APP_SECRET, "https://graph.microsoft.com/User.Read"), (400, 1_002_012));
    for elsewhere in ["https://vault.azure.net", "https://localhost:9443", "http://localhost", "https://LOCALHOST.net"]
    {
        assert_eq!(with(&daemon, APP_SECRET, &format!("{elsewhere}/.default")), (400, 500_011), "{elsewhere}");
    }
    assert_eq!(with(&daemon, APP_SECRET, ""), (400, 900_144));
}

#[test]
fn a_user_with_the_right_password_gets_what_was_asked_for_and_no_more() {
    let mut sign_in = sign_in();
    let scope = "User.Read accessreview.read.all openid profile offline_access";
    let (status, body) = token(&mut sign_in, &password("adelev@CONTOSO.com", PASSWORD, scope));
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], "User.Read AccessReview.Read.All openid profile");
    let caller = holder(&sign_in, &body);
    assert_eq!(caller.object, adele().id);
    assert!(caller.has_any(&["AccessReview.Read.All"]) && !caller.has_any(&["Group.ReadWrite.All"]));
    let id_token = claims(body["id_token"].as_str().expect("an id token"));
    assert_eq!((&id_token["aud"], &id_token["ver"]), (&json!(CLI), &json!("2.0")));
    assert_eq!(id_token["preferred_username"], "AdeleV@contoso.com");
    assert_eq!(id_token["iss"], format!("{ORIGIN}/{TENANT}/v2.0"));
    let info = BASE64URL.decode(body["client_info"].as_str().expect("text")).expect("base64url");
    let info: Value = serde_json::from_slice(&info).expect("JSON");
    assert_eq!(info, json!({"uid": adele().id, "utid": TENANT}));
}

#[test]
fn the_scope_default_means_all_consented_permissions() {
    let mut sign_in = sign_in();
    let scope = "https://graph.microsoft.com/.default";
    let (_, body) = token(&mut sign_in, &password("AdeleV@contoso.com", PASSWORD, scope));
    let scopes = body["scope"].as_str().expect("text");
    assert!(scopes.starts_with("https://graph.microsoft.com/User.Read ") && scopes.ends_with(scope), "{scopes}");
    assert!(holder(&sign_in, &body).has_any(&["AccessReview.ReadWrite.All"]));
    assert!(body.get("refresh_token").is_none(), "offline_access was not asked for");
}

#[test]
fn a_failed_sign_in_gives_the_reason() {
    let mut sign_in = sign_in();
    let mut with = |name: &str, secret: &str, scope: &str| refused(token(&mut sign_in, &password(name, secret, scope)));
    assert_eq!(with("AdeleV@contoso.com", "wrong", "User.Read"), (400, 50126));
    assert_eq!(with("nobody@contoso.com", PASSWORD, "User.Read"), (400, 50034));
    assert_eq!(with("AlexW@contoso.com", PASSWORD, "User.Read"), (400, 50055));
    assert_eq!(with("AlexW@contoso.com", "wrong", "User.Read"), (400, 50126), "only who knows it hears that it is old");
    assert_eq!(with("DebraB@contoso.com", PASSWORD, "User.Read"), (400, 50057));
    assert_eq!(with("AdeleV@contoso.com", PASSWORD, "Mail.Read"), (400, 65001));
    assert_eq!(with("AdeleV@contoso.com", PASSWORD, "User.Read <x>"), (400, 70011));
    assert_eq!(with("AdeleV@contoso.com", "", "User.Read"), (400, 900_144));
}

#[test]
fn a_refresh_token_works_for_ninety_days_and_its_client_only() {
    let mut sign_in = sign_in();
    let (_, body) = token(&mut sign_in, &password("AdeleV@contoso.com", PASSWORD, "User.Read offline_access"));
    let refresh_token = body["refresh_token"].as_str().expect("a refresh token").to_owned();
    let form = [("grant_type", "refresh_token"), ("client_id", CLI), ("refresh_token", &refresh_token)];
    let (status, again) = token(&mut sign_in, &form);
    assert_eq!(status, 200, "{again}");
    assert_eq!(holder(&sign_in, &again).object, adele().id);
    assert_ne!(again["access_token"], body["access_token"]);
    assert!(again["refresh_token"].is_string());
    let more = form.into_iter().chain([("scope", "Group.Read.All")]).collect::<Vec<_>>();
    let (_, wider) = token(&mut sign_in, &more);
    assert!(holder(&sign_in, &wider).has_any(&["Group.Read.All"]));
    let too_much = form.into_iter().chain([("scope", "Mail.Read")]).collect::<Vec<_>>();
    assert_eq!(refused(token(&mut sign_in, &too_much)), (400, 65001));
    let other = [form[0], ("client_id", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"), form[2]];
    assert_eq!(refused(token(&mut sign_in, &other)), (400, 9_002_313));
    let unknown = [form[0], form[1], ("refresh_token", "nonsense")];
    assert_eq!(refused(token(&mut sign_in, &unknown)), (400, 9_002_313));
    assert_eq!(token_at(&mut sign_in, &form, now() + (90 * 24 - 1).hours()).0, 200);
    assert_eq!(refused(token_at(&mut sign_in, &form, now() + (90 * 24).hours())), (400, 700_082));
}

#[test]
fn a_managed_identity_is_the_one_app_with_permissions() {
    let mut sign_in = sign_in();
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com%2F";
    let mut request = request(Method::GET, target, &[]);
    let (status, body) = json_of(&answer_at(&mut sign_in, &request, now()));
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
    request.headers.insert("metadata", http::HeaderValue::from_static("true"));
    let (status, body) = json_of(&answer_at(&mut sign_in, &request, now()));
    assert_eq!((status, &body["expires_in"], &body["client_id"]), (200, &json!("3600"), &json!(DAEMON)));
    assert!(holder(&sign_in, &body).is_app());
    request.query = "resource=https%3A%2F%2Fvault.azure.net".to_owned();
    assert_eq!(json_of(&answer_at(&mut sign_in, &request, now())).1["error"], "invalid_resource");
}
