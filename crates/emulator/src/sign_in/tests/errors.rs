use super::*;

#[test]
fn an_error_has_the_shape_of_the_identity_platforms() {
    let form = [
        ("grant_type", "password"),
        ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        ("username", "AdeleV@contoso.com"),
        ("password", "wrong"),
        ("scope", "User.Read"),
    ];
    let (_, body) = token(&mut sign_in(), &form);
    let text = serde_json::to_string_pretty(&body).expect("JSON");
    insta::assert_snapshot!(text.replace(body["trace_id"].as_str().expect("an id"), "[trace]"));
}

#[test]
fn an_invalid_form_and_a_repeated_parameter_are_malformed() {
    let mut sign_in = sign_in();
    let mut request = request(Method::POST, "/common/oauth2/v2.0/token", &[("grant_type", "password")]);
    request.body = "grant_type=password&grant_type=password".into();
    assert_eq!(refused(json_of(&answer_at(&mut sign_in, &request, now()))), (400, 9_002_313));
    request.headers.insert("content-type", http::HeaderValue::from_static("application/json"));
    assert_eq!(refused(json_of(&answer_at(&mut sign_in, &request, now()))), (400, 9_002_313));
    assert_eq!(refused(token(&mut sign_in, &[("grant_type", "password")])), (400, 900_144));
    let unknown = [("grant_type", "magic"), ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e")];
    assert_eq!(refused(token(&mut sign_in, &unknown)), (400, 70003));
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let (_, body) = token(&mut sign_in(), &[("grant_type", "password"), ("client_id", APP_SECRET)]);
    assert!(!body.to_string().contains(APP_SECRET), "{body}");
}

#[test]
fn nothing_secret_shows_in_debug_output() {
    let mut sign_in = sign_in();
    let id = DAEMON.to_string();
    let form = [
        ("grant_type", "password"),
        ("client_id", &id),
        ("client_secret", APP_SECRET),
        ("username", "AdeleV@contoso.com"),
        ("password", PASSWORD),
        ("scope", "User.Read offline_access"),
    ];
    let (status, body) = token(&mut sign_in, &form);
    assert_eq!(status, 200, "{body}");
    let request = request(Method::POST, "/common/oauth2/v2.0/token", &form);
    let shown = [
        format!("{sign_in:?}"),
        format!("{:?}", App::confidential(DAEMON, "daemon", &[APP_SECRET], Vec::new())),
        format!("{:?}", Parameters::of_form(&request).expect("a form")),
    ]
    .concat();
    let tokens = ["access_token", "refresh_token"].map(|name| body[name].as_str().expect("text"));
    for secret in [APP_SECRET, PASSWORD].into_iter().chain(tokens) {
        assert!(!shown.contains(secret), "{shown}");
    }
}
