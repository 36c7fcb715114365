use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphwalk_secrets::ServerText;
use tokio::time::Instant;

use super::*;

fn device(expires_in: u64, interval: u64) -> (u16, Value) {
    let body = json!({
        "device_code": "canary-device", "user_code": "E7FKQ2", "verification_uri": "https://login.example/device",
        "expires_in": expires_in, "interval": interval, "message": "To sign in …",
    });
    (200, body)
}

fn pending() -> (u16, Value) {
    refused("authorization_pending", 70016)
}

#[tokio::test(start_paused = true)]
async fn a_device_code_is_shown_and_waited_for_as_slowly_as_the_authority_asks() {
    let script = Script::of([device(900, 5), pending(), refused("slow_down", 70016), pending(), token("canary")]);
    let someone = Arc::new(Someone::default());
    let surroundings = Surroundings { person: someone.clone(), ..surroundings(script.clone()) };
    let began = Instant::now();
    let got = sign_in(&device_code(), surroundings).token().await.unwrap();
    assert_eq!(secret(&got), "canary");
    // At once, after 5 s, after 5 s more, and then every 10 s.
    assert_eq!(began.elapsed().as_secs(), 5 + 10 + 10);
    let asked = script.requests();
    assert_eq!(asked[0].url, "https://login.example/contoso.example/oauth2/v2.0/devicecode");
    assert_eq!(asked[0].form["client_id"], APP);
    assert_eq!(asked[0].form["scope"], "https://graph.example/.default offline_access");
    assert_eq!(asked[1].url, "https://login.example/contoso.example/oauth2/v2.0/token");
    assert_eq!(asked[1].form["device_code"], "canary-device");
    insta::assert_snapshot!(someone.shown.lock().unwrap()[0].text());
}

#[tokio::test(start_paused = true)]
async fn named_scopes_are_asked_for_in_place_of_all() {
    let mut settings = device_code();
    settings.how.scopes = vec!["User.Read".to_owned()];
    let script = Script::of([device(900, 5), token("a")]);
    sign_in(&settings, surroundings(script.clone())).token().await.unwrap();
    assert_eq!(script.requests()[0].form["scope"], "https://graph.example/User.Read offline_access");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_sign_in_ends_when_the_code_expires() {
    let answers = [device(12, 5), pending(), pending(), pending(), pending()];
    let began = Instant::now();
    let error = sign_in(&device_code(), surroundings(Script::of(answers))).token().await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 12);
    insta::assert_snapshot!(render(&error));
}

#[tokio::test(start_paused = true)]
async fn an_invalid_polling_interval_is_replaced_by_a_second() {
    for (interval, asked) in [(0, 1 + 13), (u64::MAX, 1 + 1)] {
        let script = Script::of([device(12, interval)]);
        let script = (0..20).fold(script, |script, _| script.then(Ok(pending())));
        let error = sign_in(&device_code(), surroundings(script.clone())).token().await.unwrap_err();
        assert!(matches!(error, SignInError::TooLate { .. }), "{error}");
        assert_eq!(script.requests().len(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_that_fails_for_a_while_does_not_end_the_wait() {
    let script = Script::of([device(900, 5)]).then(Err("connection reset")).then(Ok(pending())).then(Ok(token("a")));
    sign_in(&device_code(), surroundings(script)).token().await.unwrap();
    let gone = (0..10).fold(Script::of([device(20, 5)]), |script, _| script.then(Err("connection reset")));
    let error = sign_in(&device_code(), surroundings(gone)).token().await.unwrap_err();
    let SignInError::TooLate { network, .. } = &error else { panic!("{error}") };
    assert_eq!(
        network.as_ref().map(ServerText::expose),
        Some("https://login.example cannot be reached: connection reset")
    );
}

#[tokio::test(start_paused = true)]
async fn ctrl_c_ends_the_wait_at_once() {
    let someone = Arc::new(Someone { patience: Some(Duration::from_secs(7)), ..Someone::default() });
    let answers = [device(900, 5), pending(), pending(), pending()];
    let surroundings = Surroundings { person: someone, ..surroundings(Script::of(answers)) };
    let began = Instant::now();
    let error = sign_in(&device_code(), surroundings).token().await.unwrap_err();
    assert!(matches!(error, SignInError::Interrupted { .. }), "{error}");
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_declines_is_not_asked_again() {
    let declined = (400, json!({"error": "authorization_declined", "error_description": "AADSTS65004: …"}));
    let script = Script::of([device(900, 5), declined]);
    let error = sign_in(&device_code(), surroundings(script.clone())).token().await.unwrap_err();
    assert_eq!(error.to_string(), "the administrator cannot sign in: the user declined to consent (AADSTS65004)");
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_held_while_it_is_good_and_renewed_before_it_expires() {
    let script =
        Script::of([device(900, 5), renewable("first", "canary-1"), renewable("second", "canary-2"), token("third")]);
    let sign_in = sign_in(&device_code(), surroundings(script.clone()));
    assert_eq!(secret(&sign_in.token().await.unwrap()), "first");
    clock::advance(3600 - 301);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "first");
    clock::advance(2);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "second");
    clock::advance(3600);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "third");
    assert_eq!(script.forms("refresh_token")[2..], ["canary-1", "canary-2"]);
    assert_eq!(script.forms("grant_type")[2], "refresh_token");
    assert!(!format!("{sign_in:?}").contains("canary"), "{sign_in:?}");
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_was_revoked_leads_to_a_new_sign_in() {
    let script = Script::of([
        device(900, 5),
        renewable("first", "r"),
        refused("invalid_grant", 50173),
        device(900, 5),
        token("new"),
    ]);
    let sign_in = sign_in(&device_code(), surroundings(script));
    sign_in.token().await.unwrap();
    clock::advance(3600);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "new");
}

#[tokio::test(start_paused = true)]
async fn while_the_authority_is_away_a_token_serves_to_its_end() {
    let script = Script::of([device(900, 5), renewable("first", "r")])
        .then(Err("away"))
        .then(Err("away"))
        .then(Ok(token("second")));
    let sign_in = sign_in(&device_code(), surroundings(script));
    sign_in.token().await.unwrap();
    clock::advance(3600 - 60);
    assert_eq!(secret(&sign_in.token().await.unwrap()), "first");
    clock::advance(45);
    assert!(matches!(sign_in.token().await, Err(SignInError::NoAnswer { .. })));
    // Nobody has to sign in again when it is back.
    assert_eq!(secret(&sign_in.token().await.unwrap()), "second");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_lives_for_minutes_is_not_got_anew_for_every_request() {
    let mut short = renewable("first", "r");
    short.1["expires_in"] = json!(60);
    let script = Script::of([device(900, 5), short, token("second")]);
    let sign_in = sign_in(&device_code(), surroundings(script));
    for (later, expected) in [(0, "first"), (29, "first"), (2, "second")] {
        clock::advance(later);
        assert_eq!(secret(&sign_in.token().await.unwrap()), expected);
    }
}

#[test]
fn text_from_a_server_cannot_move_the_cursor() {
    let prompt = Prompt::DeviceCode {
        actor: "Adele Vance".to_owned(),
        page: "https://login.example/device".parse().unwrap(),
        code: "A\u{1b}[2JB".to_owned(),
        expires: Duration::from_secs(61),
    };
    insta::assert_snapshot!(prompt.text());
    let error_description = "AADSTS1: \u{1b}[2Jx\u{7}".to_owned();
    assert_eq!(
        SignInRefusal { error_description: error_description.into(), ..SignInRefusal::default() }.words(),
        "AADSTS1: \u{fffd}[2Jx\u{fffd}"
    );
}

fn cached(home: &std::path::Path, http: Arc<dyn TokenHttp>) -> Surroundings {
    let environment =
        Environment::with([("XDG_CACHE_HOME", home.to_str().unwrap()), ("LOCALAPPDATA", home.to_str().unwrap())]);
    Surroundings { environment, ..surroundings(http) }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_person_signs_in_once_for_many_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let script = Script::of([device(900, 5), renewable("first", "r")]);
    sign_in(&device_code(), cached(home.path(), script)).token().await.unwrap();
    let nobody = Script::of([]);
    assert_eq!(secret(&sign_in(&device_code(), cached(home.path(), nobody)).token().await.unwrap()), "first");

    let folder = home.path().join("graphwalk/sign-in");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert!(!graphwalk_secrets::private_file::readable_by_others(&folder).unwrap());
    assert!(!graphwalk_secrets::private_file::readable_by_others(&file).unwrap());
    // What others may have read, or written, is not used.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let again = Script::of([device(900, 5), token("again")]);
    let sign_in = sign_in(&device_code(), cached(home.path(), again));
    assert_eq!(secret(&sign_in.token().await.unwrap()), "again");
    assert!(!graphwalk_secrets::private_file::readable_by_others(&file).unwrap());
    sign_in.forget().await;
    assert!(!file.exists());
}

#[cfg(not(target_os = "macos"))]
#[tokio::test(start_paused = true)]
async fn without_prompts_only_a_stored_sign_in_is_used() {
    let home = tempfile::tempdir().unwrap();
    let script = Script::of([]);
    for settings in [device_code(), browser()] {
        let error = sign_in(&settings, cached(home.path(), script.clone())).token_unattended().await.unwrap_err();
        assert!(matches!(error, SignInError::NeedsPerson { .. }), "{error}");
    }
    assert!(script.requests().is_empty());
    let script = Script::of([device(900, 5), renewable("kept", "canary-refresh"), renewable("renewed", "r2")]);
    sign_in(&device_code(), cached(home.path(), script.clone())).token().await.unwrap();
    let later = || sign_in(&device_code(), cached(home.path(), script.clone()));
    assert_eq!(secret(&later().token_unattended().await.unwrap()), "kept");
    clock::advance(3400);
    assert_eq!(secret(&later().token_unattended().await.unwrap()), "renewed");
}

#[cfg(not(target_os = "macos"))]
#[tokio::test(start_paused = true)]
async fn a_sign_in_is_kept_for_its_own_tenant_and_app_alone_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let script = Script::of([device(900, 5), token("first")]);
    sign_in(&device_code(), cached(home.path(), script)).token().await.unwrap();
    let mut other = device_code();
    other.tenant = "fabrikam.example".parse().unwrap();
    let script = Script::of([device(900, 5), token("other")]);
    assert_eq!(secret(&sign_in(&other, cached(home.path(), script)).token().await.unwrap()), "other");
    // Nor is it used under the name of another.
    let folder = home.path().join("graphwalk/sign-in");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let of_first = files.iter().find(|file| std::fs::read_to_string(file).unwrap().contains("contoso")).unwrap();
    let of_other = files.iter().find(|file| *file != of_first).unwrap();
    std::fs::copy(of_first, of_other).unwrap();
    let script = Script::of([device(900, 5), token("anew")]);
    assert_eq!(secret(&sign_in(&other, cached(home.path(), script)).token().await.unwrap()), "anew");
    let mut off = device_code();
    off.token_cache = TokenCacheMode::Off;
    let script = Script::of([device(900, 5), token("off")]);
    assert_eq!(secret(&sign_in(&off, cached(home.path(), script)).token().await.unwrap()), "off");
}

fn browser() -> SignInSettings {
    let username = Some("adele@contoso.example".to_owned());
    let method = SignInMethod::AuthorizationCode { client_id: APP.to_owned(), port: None, username };
    // A browser that fails must not hold up the tests.
    SignInSettings { timeout: Duration::from_secs(20), ..settings(method) }
}

/// A person whose browser comes back with what `answer` makes of the page's parameters.
#[derive(Debug)]
struct Browser(fn(&BTreeMap<String, String>) -> Vec<String>);

impl Person for Browser {
    fn show(&self, prompt: &Prompt) {
        crate::install_ring();
        let Prompt::Browser { page, .. } = prompt else { panic!("{prompt:?}") };
        let parameters: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
        let redirect = parameters["redirect_uri"].replace("localhost", "127.0.0.1");
        let calls = (self.0)(&parameters);
        tokio::spawn(async move {
            for query in calls {
                // A browser's request, without a client's need of a TLS provider.
                let stream = tokio::net::TcpStream::connect(redirect.trim_start_matches("http://")).await.unwrap();
                let request = format!("GET /?{query} HTTP/1.1\r\nhost: localhost\r\n\r\n");
                stream.writable().await.unwrap();
                assert_eq!(stream.try_write(request.as_bytes()).unwrap(), request.len());
                stream.readable().await.unwrap();
            }
        });
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_browser_brings_a_code_that_only_this_program_can_use() {
    let script = Script::of([token("canary")]);
    let browser_with = Browser(|page| {
        assert_eq!((page["response_type"].as_str(), page["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!(page["login_hint"], "adele@contoso.example");
        // A page that does not know the state changes nothing.
        let state = &page["state"];
        vec![
            "code=evil".into(),
            "code=evil&state=x".into(),
            format!("code=good-{}&state={state}", page["code_challenge"]),
        ]
    });
    let surroundings = Surroundings { person: Arc::new(browser_with), ..surroundings(script.clone()) };
    assert_eq!(secret(&sign_in(&browser(), surroundings).token().await.unwrap()), "canary");
    let form = &script.requests()[0].form;
    let verifier = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(form["code"], format!("good-{}", URL_SAFE_NO_PAD.encode(verifier)));
    assert!(form["redirect_uri"].starts_with("http://localhost:"), "{}", form["redirect_uri"]);
}

#[tokio::test]
async fn a_refusal_in_the_browser_is_reported_with_its_reason() {
    let person = Arc::new(Browser(|page| {
        vec![format!("error=access_denied&error_description=AADSTS65004%3A+x&state={}", page["state"])]
    }));
    let surroundings = Surroundings { person, ..surroundings(Script::of([])) };
    let error = sign_in(&browser(), surroundings).token().await.unwrap_err();
    assert_eq!(error.to_string(), "the administrator cannot sign in: the user declined to consent (AADSTS65004)");
}

fn password() -> SignInSettings {
    settings(SignInMethod::Password { client_id: APP.to_owned(), username: None, password_env: None })
}

#[tokio::test]
async fn the_user_that_a_run_created_signs_in_by_password() {
    let script = Script::of([token("a")]);
    let sign_in = sign_in(&password(), surroundings(script.clone()));
    assert!(matches!(sign_in.token().await, Err(SignInError::NoUser { .. })));
    sign_in.as_user("adelev@contoso.example", "canary".into()).await;
    sign_in.token().await.unwrap();
    let form = &script.requests()[0].form;
    assert_eq!((form["grant_type"].as_str(), form["username"].as_str()), ("password", "adelev@contoso.example"));
    assert_eq!(form["password"], "canary");
    assert!(!format!("{sign_in:?}").contains("canary"));
}

#[tokio::test]
async fn refusals_say_what_they_mean_and_what_to_do() {
    let codes = [50126, 50055, 50076, 50079, 65001, 90002, 700_016, 7_000_218, 53003, 999];
    let mut all = String::new();
    for code in codes {
        let sign_in = sign_in(&password(), surroundings(Script::of([refused("invalid_grant", code)])));
        sign_in.as_user("adelev@contoso.example", "canary".into()).await;
        all += &render(&sign_in.token().await.unwrap_err());
    }
    assert!(!all.contains("canary"));
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn an_invalid_answer_is_not_quoted() {
    for body in [json!({"access_token": 5, "id_token": "canary"}), json!({"canary": 1}), json!("canary"), json!(5)] {
        for status in [200, 400, 500] {
            let sign_in = sign_in(&password(), surroundings(Script::of([(status, body.clone())])));
            sign_in.as_user("a@contoso.example", "p".into()).await;
            let error = sign_in.token().await.unwrap_err();
            let all = format!("{error:?} {}", render(&error));
            assert!(!all.contains("canary"), "{all}");
        }
    }
}
