use super::*;

const CLI: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// Starts the flow; the answer of the device code endpoint, and the form to poll with.
fn begun(sign_in: &mut TenantSignIn) -> (Value, Vec<(&'static str, String)>) {
    let form = [("client_id", CLI), ("scope", "User.Read offline_access")];
    let request = request(Method::POST, "/organizations/oauth2/v2.0/devicecode", &form);
    let (status, body) = json_of(&answer_at(sign_in, &request, now()));
    assert_eq!(status, 200, "{body}");
    let device_code = body["device_code"].as_str().expect("text").to_owned();
    let grant = "urn:ietf:params:oauth:grant-type:device_code".to_owned();
    (body, vec![("grant_type", grant), ("client_id", CLI.to_owned()), ("device_code", device_code)])
}

fn poll(sign_in: &mut TenantSignIn, form: &[(&'static str, String)], at: Timestamp) -> (u16, Value) {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    token_at(sign_in, &form, at)
}

fn typed(sign_in: &mut TenantSignIn, form: &[(&str, &str)]) -> (u16, String) {
    let reply = answer_at(sign_in, &request(Method::POST, "/organizations/oauth2/deviceauth", form), now());
    (reply.status, page_of(&reply).to_owned())
}

#[test]
fn a_device_waits_until_somebody_signs_in_with_its_code_and_gets_tokens_once() {
    let mut sign_in = sign_in();
    let (begun, form) = begun(&mut sign_in);
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(900), &json!(5)));
    let user_code = begun["user_code"].as_str().expect("text");
    assert!(begun["message"].as_str().is_some_and(|message| message.contains(user_code)));
    assert_eq!(begun["verification_uri"], format!("{ORIGIN}/organizations/oauth2/deviceauth"));
    let (status, pending) = poll(&mut sign_in, &form, now());
    assert_eq!((status, &pending["error"]), (400, &json!("authorization_pending")));
    assert_eq!(pending["error_codes"], json!([70016]));
    sign_in.complete_device_code(&user_code.to_lowercase(), adele().id, now()).expect("waiting");
    let (status, body) = poll(&mut sign_in, &form, now());
    assert_eq!(status, 200, "{body}");
    assert_eq!(holder(&sign_in, &body).object, adele().id);
    assert!(body["refresh_token"].is_string());
    assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "bad_verification_code");
}

#[test]
fn the_page_signs_a_person_in_or_shows_the_error() {
    let mut sign_in = sign_in();
    let (begun, form) = begun(&mut sign_in);
    let code = begun["user_code"].as_str().expect("text");
    let target = format!("/common/oauth2/deviceauth?user_code={code}");
    let reply = answer_at(&mut sign_in, &request(Method::GET, &target, &[]), now());
    assert!(page_of(&reply).contains(&format!("value=\"{code}\"")));
    let user = ("username", "AdeleV@contoso.com");
    let (status, page) = typed(&mut sign_in, &[("user_code", code), user, ("password", "wrong")]);
    assert!(status == 400 && page.contains("AADSTS50126"), "{page}");
    let (status, page) = typed(&mut sign_in, &[("user_code", "WRONG"), user, ("password", PASSWORD)]);
    assert!(status == 400 && page.contains("AADSTS70018") && !page.contains(PASSWORD), "{page}");
    assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "authorization_pending");
    let (status, page) = typed(&mut sign_in, &[("user_code", code), user, ("password", PASSWORD)]);
    assert!(status == 200 && page.contains("You have signed in"), "{page}");
    assert_eq!(poll(&mut sign_in, &form, now()).0, 200);
}

#[test]
fn declined_and_expired_codes_give_different_errors() {
    let mut sign_in = sign_in();
    let (begun_first, form) = begun(&mut sign_in);
    let code = begun_first["user_code"].as_str().expect("text");
    assert_eq!(typed(&mut sign_in, &[("user_code", code), ("decline", "1")]).0, 200);
    assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "authorization_declined");
    let (second, form) = begun(&mut sign_in);
    let late = now() + 900.seconds();
    assert_eq!(poll(&mut sign_in, &form, late).1["error"], "expired_token");
    let error = sign_in.complete_device_code(second["user_code"].as_str().expect("text"), adele().id, late);
    assert_eq!(error.expect_err("expired").code, 70019);
}

#[test]
fn a_code_is_of_no_use_to_another_client() {
    let mut sign_in = sign_in();
    let (begun, mut form) = begun(&mut sign_in);
    sign_in.complete_device_code(begun["user_code"].as_str().expect("text"), adele().id, now()).expect("waiting");
    form[1].1 = AZURE_CLI.to_string();
    assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "bad_verification_code");
}

#[test]
fn codes_that_nobody_redeems_are_not_kept_for_ever() {
    let mut sign_in = sign_in();
    let (first, form) = begun(&mut sign_in);
    for _ in 0..10_500 {
        begun(&mut sign_in);
    }
    assert!(sign_in.device_codes.len() <= 10_000, "{} are kept", sign_in.device_codes.len());
    // The oldest had to go; its user code leads nowhere either.
    assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "bad_verification_code");
    let code = first["user_code"].as_str().expect("text");
    assert_eq!(sign_in.complete_device_code(code, adele().id, now()).expect_err("dropped").code, 70018);
    let request =
        request(Method::POST, "/organizations/oauth2/v2.0/devicecode", &[("client_id", CLI), ("scope", "User.Read")]);
    answer_at(&mut sign_in, &request, now() + 17.minutes());
    assert_eq!(sign_in.device_codes.len(), 1, "the expired ones");
}

#[test]
fn a_code_that_was_redeemed_or_declined_is_dropped() {
    let mut sign_in = sign_in();
    for _ in 0..3 {
        let (first, form) = begun(&mut sign_in);
        let code = first["user_code"].as_str().expect("text");
        sign_in.complete_device_code(code, adele().id, now()).expect("waiting");
        assert_eq!(sign_in.complete_device_code(code, adele().id, now()).expect_err("once").code, 70018);
        assert_eq!(poll(&mut sign_in, &form, now()).0, 200);
        let (second, form) = begun(&mut sign_in);
        sign_in.decline_device_code(second["user_code"].as_str().expect("text"), now()).expect("waiting");
        assert_eq!(poll(&mut sign_in, &form, now()).1["error"], "authorization_declined");
    }
    assert_eq!(sign_in.device_codes.len(), 0);
}
