use super::*;

#[test]
fn a_users_token_says_who_signed_in_and_what_was_granted() {
    let mut sign_in = sign_in();
    let scopes = ["User.Read".to_owned(), "AccessReview.Read.All".to_owned()];
    let token = sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &scopes), now());
    let claims = claims(&token);
    assert_eq!(claims["aud"], "https://graph.microsoft.com");
    assert_eq!(claims["tid"], TENANT.to_string());
    assert_eq!(claims["oid"], adele().id.to_string());
    assert_eq!(claims["upn"], "AdeleV@contoso.com");
    assert_eq!(claims["scp"], "User.Read AccessReview.Read.All");
    assert_eq!(claims["wids"], json!([roles::USER_ADMINISTRATOR]));
    assert_eq!(claims["idtyp"], "user");
    assert_eq!(claims["exp"].as_i64(), Some(now().as_second() + 3600));
    let caller = sign_in.caller(Some(&token), ORIGIN, now()).expect("valid");
    assert_eq!(caller.object, adele().id);
    assert_eq!(caller.app, GRAPH_COMMAND_LINE);
    assert!(caller.has_any(&["AccessReview.Read.All"]) && !caller.has_any(&["AccessReview.ReadWrite.All"]));
}

#[test]
fn an_apps_token_has_roles_and_no_scopes() {
    let mut sign_in = sign_in();
    let permissions = ["User.ReadWrite.All".to_owned()];
    let token = sign_in.issue(AZURE_CLI, Holder::App(&permissions), now());
    let claims = claims(&token);
    assert_eq!((&claims["idtyp"], &claims["roles"]), (&json!("app"), &json!(["User.ReadWrite.All"])));
    assert!(claims.get("scp").is_none());
    assert!(sign_in.caller(Some(&token), ORIGIN, now()).expect("valid").is_app());
}

#[test]
fn missing_expired_foreign_and_malformed_tokens_give_different_errors() {
    let mut sign_in = sign_in();
    let token = sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &[]), now());
    let foreign = self::sign_in().issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &[]), now());
    let later = now() + 3600.seconds();
    let before = now() + 3599.seconds();
    assert!(sign_in.caller(Some(&token), ORIGIN, before).is_ok());
    let message = |bearer: Option<&str>, at| {
        let refusal = sign_in.caller(bearer, ORIGIN, at).expect_err("refused");
        assert_eq!((refusal.status, refusal.code), (401, "InvalidAuthenticationToken"));
        let challenge =
            format!("Bearer realm=\"\", authorization_uri=\"https://localhost:8443/{TENANT}/oauth2/v2.0/authorize\"");
        assert_eq!(refusal.headers, [("www-authenticate", challenge)]);
        refusal.message
    };
    assert_eq!(message(None, now()), "Access token is empty.");
    assert_eq!(message(Some(&token), later), "Lifetime validation failed, the token is expired.");
    assert_eq!(message(Some(&foreign), now()), "Access token validation failure. Signature is invalid.");
    assert!(message(Some("no-token"), now()).starts_with("IDX14100"));
}

#[test]
fn an_opaque_token_that_was_registered_is_as_good_as_an_issued_one() {
    let mut sign_in = sign_in();
    let grant = CallerGrant::Application { permissions: Vec::new() };
    let caller = Caller { tenant: TENANT, object: TENANT, app: AZURE_CLI, grant, expires: Timestamp::MAX };
    sign_in.register("admin".to_owned(), caller.clone(), now());
    assert_eq!(*sign_in.caller(Some("admin"), ORIGIN, now()).expect("valid"), caller);
}

#[test]
fn forgotten_tokens_are_still_reported_as_expired() {
    let mut sign_in = sign_in();
    let old = sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &[]), now());
    let later = now() + 2.hours();
    for _ in 0..1100 {
        sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &[]), later);
    }
    assert_eq!(sign_in.issued.len(), 1100);
    let refusal = sign_in.caller(Some(&old), ORIGIN, later).expect_err("expired");
    assert_eq!(refusal.message, "Lifetime validation failed, the token is expired.");
}

#[test]
fn few_tokens_are_kept_and_each_is_valid_until_it_expires() {
    let mut sign_in = sign_in();
    let caller = Caller {
        tenant: TENANT,
        object: TENANT,
        app: AZURE_CLI,
        grant: CallerGrant::Application { permissions: Vec::new() },
        expires: Timestamp::MAX,
    };
    sign_in.register("chosen".to_owned(), caller, now());
    let scopes = ["User.Read".to_owned(), "Group.Read.All".to_owned()];
    let user = sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &scopes), now());
    let app = sign_in.issue(AZURE_CLI, Holder::App(&scopes), now());
    let before = [&user, &app].map(|token| sign_in.caller(Some(token), ORIGIN, now()).expect("valid"));
    for _ in 0..10_500 {
        sign_in.issue(GRAPH_COMMAND_LINE, Holder::User(&adele(), &scopes), now());
    }
    assert!(sign_in.issued.len() <= 10_000, "{} are kept", sign_in.issued.len());
    let after = [&user, &app].map(|token| sign_in.caller(Some(token), ORIGIN, now()).expect("valid"));
    assert_eq!(before, after);
    let late = now() + 3600.seconds();
    for token in [&user, &app] {
        let refusal = sign_in.caller(Some(token), ORIGIN, late).expect_err("expired");
        assert_eq!(refusal.message, "Lifetime validation failed, the token is expired.");
    }
    assert!(sign_in.caller(Some("chosen"), ORIGIN, late).is_ok(), "what was registered stays");
}

#[test]
fn an_id_token_is_no_access_token() {
    let mut sign_in = sign_in();
    let form = [
        ("grant_type", "password"),
        ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        ("username", "AdeleV@contoso.com"),
        ("password", PASSWORD),
        ("scope", "openid User.Read"),
    ];
    let (status, body) = token(&mut sign_in, &form);
    assert_eq!(status, 200, "{body}");
    let refusal = sign_in.caller(body["id_token"].as_str(), ORIGIN, now()).expect_err("refused");
    assert_eq!(refusal.message, "Access token validation failure. Invalid audience.");
}

#[test]
fn refresh_tokens_and_codes_of_browsers_are_bounded_too() {
    let mut sign_in = sign_in();
    let form = [
        ("grant_type", "password"),
        ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        ("username", "AdeleV@contoso.com"),
        ("password", PASSWORD),
        ("scope", "User.Read offline_access"),
    ];
    for _ in 0..10_500 {
        assert_eq!(token(&mut sign_in, &form).0, 200);
    }
    assert!(sign_in.refresh_tokens.len() <= 10_000, "{} are kept", sign_in.refresh_tokens.len());
}
