//! Tenants of the emulator that are ready, and that are not.

use graphwalk::runs::{NewRun, Runs};
use graphwalk::session::journal::{JournalObject, PropertySearch};

use super::served::*;

/// The administrator by password, and Adele by device code once she is there.
fn people(client: &str, user: &str) -> String {
    by_password("administrator", client, user) + &by_device_code("Adele Vance")
}

#[test]
fn a_tenant_that_is_ready() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&people(PUBLIC, "admin")).told();
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn over_https_the_certificate_must_be_trusted() {
    let served = Served::tenant(&["--tls", "--tls-ca", "ca.pem"]);
    assert!(served.url().starts_with("https://"));
    let told = served.doctor(&people(PUBLIC, "admin")).with(&["--ca-file", "ca.pem"]).told_as_json();
    assert_eq!((told.code, told.finding("role").1.as_str()), (0, "Global Administrator"));
    let told = served.doctor(&people(PUBLIC, "admin")).told_as_json();
    assert_eq!(told.code, 3);
    assert!(told.finding("graph").1.contains("invalid peer certificate"), "{}", told.text);
}

#[test]
fn a_domain_is_the_same_in_capital_letters() {
    for (domain, configured) in [("fabrikam.com", "Fabrikam.COM"), ("Fabrikam.COM", "fabrikam.com")] {
        let served = Served::seeded(&SEED.replace("fabrikam.com", domain), &[]);
        let told = served.doctor(&people(PUBLIC, "admin")).with(&["--upn-domain", configured]).told_as_json();
        assert_eq!((told.code, told.finding("domain").0.as_str()), (0, "ok"), "{}", told.text);
    }
    let served = Served::tenant(&[]);
    let told = served.doctor(&people(PUBLIC, "admin")).with(&["--upn-domain", "nobody.example"]).told_as_json();
    assert_eq!((told.code, told.finding("domain").0.as_str()), (3, "blocked"), "{}", told.text);
}

#[test]
fn nothing_is_unknown_where_both_actors_are_there() {
    let served = Served::tenant(&[]);
    let actors = by_password("administrator", PUBLIC, "admin") + &by_password("Adele Vance", PUBLIC, "adele");
    let told = served.doctor(&actors).told();
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("  ✓ 1–9       can be judged\n\nready: "), "{}", told.text);
}

#[test]
fn the_permissions_of_the_page_are_not_enough() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&people(APP_OF_THE_PAGE, "admin")).told();
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_permission_that_the_sign_in_does_not_ask_for_is_missing() {
    let served = Served::tenant(&[]);
    let actors = people(PUBLIC, "admin") + "scopes = [\"User.Read\", \"AccessReview.Read.All\"]\n";
    let told = served.doctor(&actors).told_as_json();
    assert_eq!((told.code, told.steps("blocked")), (3, vec![7, 8]));
    let adele: Vec<_> = told.findings("permission").into_iter().filter(|row| row["actor"] == "Adele Vance").collect();
    assert_eq!(adele.len(), 1);
    assert_eq!(adele[0]["permission"]["token"], "not-asked-for");
    assert_eq!(adele[0]["permission"]["needed"], "AccessReview.ReadWrite.All");
}

#[test]
fn a_tenant_without_a_licence() {
    let served = Served::tenant(&["--no-licence"]);
    let told = served.doctor(&people(PUBLIC, "admin")).told();
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(told.text.contains("✗ licence     none that includes access reviews"), "{}", told.text);
    assert!(told.text.contains("✗ 3–8       blocked: missing a licence for access reviews"), "{}", told.text);
    assert!(told.text.contains("✓ 1–2, 9    can be judged"), "{}", told.text);
}

#[test]
fn the_licence_is_read_of_the_organisation_where_subscriptions_may_not_be_read() {
    for (arguments, verdict) in [(&[][..], "ok"), (&["--no-licence"][..], "blocked")] {
        let served = Served::tenant(arguments);
        let told = served.doctor(&people(APP_OF_THE_PAGE, "admin")).told_as_json();
        assert_eq!(told.finding("licence").0, verdict);
    }
}

#[test]
fn a_user_without_a_role_and_one_with_the_role_of_the_page() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&people(PUBLIC, "adele")).told_as_json();
    assert_eq!(told.code, 3);
    let text = "no relevant role: the administrator may not change groups and reviews and users";
    assert_eq!(told.finding("role"), ("blocked".to_owned(), text.to_owned()));
    let told = served.doctor(&people(PUBLIC, "governor")).told_as_json();
    let text = "Identity Governance Administrator: the administrator may not change groups and users";
    assert_eq!(told.finding("role"), ("blocked".to_owned(), text.to_owned()));
    let role = &told.findings("role")[0];
    assert_eq!(role["steps"], serde_json::json!([1, 9]));
    assert!(role["advice"].as_str().unwrap().starts_with("assign or activate User Administrator"), "{role}");
}

#[test]
fn apps_by_themselves_can_do_all_but_decide() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&(by_secret("administrator") + &by_secret("Adele Vance"))).told();
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
    let told = served.doctor(&(by_secret("administrator") + &by_device_code("Adele Vance"))).told();
    assert_eq!(told.code, 0, "{}", told.text);
}

#[test]
fn a_person_who_decides_on_the_page_needs_no_token() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&by_secret("administrator")).with(&["--review-by", "portal"]).told_as_json();
    assert_eq!((told.code, told.steps("ok")), (0, (1..=9).collect()));
    let told = served.doctor(&by_secret("administrator")).told_as_json();
    assert_eq!((told.code, told.steps("blocked")), (3, vec![7, 8]));
}

#[test]
fn a_domain_that_is_not_verified() {
    let served = Served::tenant(&[]);
    let with = |domain: &str| served.doctor(&people(PUBLIC, "admin")).with(&["--upn-domain", domain]).told_as_json();
    assert_eq!(with("Fabrikam.com").finding("domain"), ("ok".to_owned(), "fabrikam.com".to_owned()));
    let told = with("northwind.com");
    assert_eq!(told.code, 3);
    let text = "northwind.com is not a verified domain of the tenant";
    assert_eq!(told.finding("domain"), ("blocked".to_owned(), text.to_owned()));
    let advice = told.findings("domain")[0]["advice"].clone();
    assert_eq!(advice, "set `upn-domain` to one of: contoso.com, fabrikam.com");
}

#[test]
fn a_tenant_that_the_authority_does_not_know() {
    let served = Served::tenant(&[]);
    let told = served.doctor(&people(PUBLIC, "admin")).with(&["--tenant", "northwind.com"]).told_as_json();
    assert_eq!((told.code, told.steps("blocked")), (3, (1..=9).collect()));
    assert_eq!(
        told.finding("authority"),
        ("blocked".to_owned(), format!("{} knows no tenant northwind.com", served.url()))
    );
}

#[test]
fn a_token_of_another_tenant_is_named_and_used_for_nothing() {
    let served = Served::tenant(&[]);
    let other = "99999999-0000-4000-8000-000000000001";
    let actors = by_token("administrator") + &by_device_code("Adele Vance");
    let told = served.doctor(&actors).token(&token(&claims(other, 3600))).told();
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_token_that_has_expired_soon_will_or_is_refused() {
    let served = Served::tenant(&[]);
    let actors = by_token("administrator") + &by_device_code("Adele Vance");
    let sign_in = |token: &str| {
        let told = served.doctor(&actors).token(token).told_as_json();
        let found = told.findings("sign-in").into_iter().find(|found| found["actor"] == "administrator").unwrap();
        (told, found["verdict"].clone(), found["text"].as_str().unwrap().to_owned())
    };
    let (told, verdict, text) = sign_in(&token(&claims(TENANT, -60)));
    assert_eq!((told.code, verdict, text.as_str()), (3, "blocked".into(), "the token in THE_TOKEN has expired"));
    let (_, verdict, text) = sign_in(&token(&claims(TENANT, 910)));
    assert_eq!(verdict, "warn");
    assert_eq!(text, "token works: the token is valid for 15 min, and cannot be renewed");
    // Of a token that cannot be read Graph alone can tell; this one it refuses.
    let (told, _, _) = sign_in("canary-opaque");
    assert_eq!((told.code, told.finding("token").0.as_str()), (3, "unknown"));
    let refused = told.findings("refused-token");
    assert!(
        refused[0]["text"].as_str().unwrap().starts_with("Graph refuses the token: 401 InvalidAuthenticationToken")
    );
}

#[test]
fn no_sign_in_is_requested_by_default() {
    let served = Served::tenant(&[]);
    let actors = by_device_code("administrator") + &by_device_code("Adele Vance");
    let told = served.doctor(&actors).told();
    assert_eq!(told.code, 0, "{}", told.text);
    insta::assert_snapshot!(told.text);
    let impatient = "[timeouts]\nsign-in = 1\n".to_owned() + &actors;
    let told = served.doctor(&impatient).with(&["--sign-in"]).told();
    assert_eq!(told.code, 3, "{}", told.text);
    assert!(told.text.contains("sign in as the administrator: open http://SERVED/"), "{}", told.text);
    assert!(told.text.contains("the administrator did not sign in within 1 s"), "{}", told.text);
}

#[test]
fn objects_left_by_earlier_runs_are_listed_with_the_command() {
    let served = Served::tenant(&[]);
    let doctor = served.doctor(&people(PUBLIC, "admin"));
    let new = NewRun { tutorial: "t".into(), tenant: TENANT.into(), base_url: "https://graph.example".into() };
    let runs = Runs::in_folder(doctor.folder().join(".graphwalk/runs"));
    let (run, mut journal) = runs.begin("2026-11-25T01:27:00Z".parse().unwrap(), new).unwrap();
    let search = PropertySearch { property: "mailNickname".into(), value: run.run().mark().name("readers") };
    let _unanswered = journal
        .intend(JournalObject {
            resource: graphwalk_catalog::Resource::named("group").unwrap(),
            name: "Readers".into(),
            search,
        })
        .unwrap();
    let id = run.run().clone();
    drop((run, journal));
    let told = doctor.told();
    assert_eq!(told.code, 0, "{}", told.text);
    let lines = format!(
        "  ! leftovers   run {id}: killed, and left 1 group\n                → `graphwalk clean {id}` removes it\n"
    );
    assert!(told.text.contains(&lines), "{}", told.text);
}

/// A folder with one feature of these steps.
fn feature(steps: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1.feature"), format!("Feature: f\n  Scenario: s\n{steps}")).unwrap();
    folder
}

#[test]
fn the_needs_of_an_own_tutorial_come_from_its_calls() {
    let served = Served::tenant(&[]);
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/own-tutorial");
    let told = served.doctor(&by_password("administrator", PUBLIC, "admin")).with(&["--features", own]).told_as_json();
    let needed: Vec<_> = told.findings("permission").iter().map(|row| row["permission"].clone()).collect();
    let of = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows: Vec<_> = needed.iter().map(|row| (row["step"].clone(), of(row, "needed"), row["page"].clone())).collect();
    assert_eq!(
        rows,
        [
            (1.into(), "Group.ReadWrite.All".to_owned(), serde_json::Value::Null),
            (2.into(), "Group.ReadWrite.All".to_owned(), serde_json::Value::Null),
        ]
    );
    assert!(needed[0]["places"][0].as_str().unwrap().ends_with(".feature:4"), "{needed:?}");
    // It creates no users, and no reviews.
    assert!(told.findings("licence").is_empty() && told.findings("domain").is_empty(), "{}", told.text);
}

#[test]
fn the_plan_reads_unmodelled_calls_from_the_features() {
    let served = Served::tenant(&[]);
    let features = feature(
        "    When the administrator sends GET \"/v1.0/sites/root\"\n    Then the status is 200\n    \
         When the administrator sends POST \"/v1.0/applications\"\n    \
         And the administrator sends DELETE \"/v1.0/applications/{app}\"\n    \
         And Adele Vance sends GET \"/beta/somethingNew\"\n    \
         And the administrator lists the decisions of the review\n",
    );
    let folder = features.path().to_str().unwrap().to_owned();
    let actors = by_password("administrator", PUBLIC, "admin") + &by_password("Adele Vance", PUBLIC, "adele");
    let told = served.doctor(&actors).with(&["--features", &folder]).told_as_json();
    let rows = told.findings("permission");
    let calls: Vec<_> = rows.iter().map(|row| row["permission"]["calls"].clone()).collect();
    let applications = serde_json::json!(["POST /applications", "DELETE /applications/{id}"]);
    assert_eq!(calls, [serde_json::json!(["GET /sites/root"]), applications], "{}", told.text);
    let unknown: Vec<_> = told.findings("calls").iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        unknown,
        [
            "step 1: Adele Vance calls GET /beta/somethingNew (1.feature:7): its permissions are not known",
            "step 1: \"the administrator lists the decisions of the review\" (1.feature:8) calls something that no \
             sentence names: its permissions are not known",
        ]
    );
    assert!(told.finding("dry-run").1.contains("501"), "{}", told.text);
}

#[test]
fn an_address_where_nobody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let told = Doctor::new(folder.path(), "http://127.0.0.1:1", &people(PUBLIC, "admin")).told();
    assert_eq!(told.code, 3, "{}", told.text);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_configuration_that_says_nothing_and_one_that_cannot_be_read() {
    let served = Served::tenant(&[]);
    let doctor = served.doctor("");
    std::fs::write(
        doctor.folder().join("graphwalk.toml"),
        format!("base-url = \"{0}\"\nauthority = \"{0}\"\n", served.url()),
    )
    .unwrap();
    let told = doctor.told_as_json();
    assert_eq!((told.code, told.steps("blocked")), (3, (1..=9).collect()));
    assert_eq!(told.json.as_ref().unwrap()["ready"], false);
    assert_eq!(told.findings("tenant")[0]["text"], "no tenant is configured");
    let told = served.doctor("tenannt = 5\n").told();
    assert_eq!(told.code, 2, "{}", told.text);
    assert!(told.text.contains("did you mean tenant?"), "{}", told.text);
    let told = served.doctor("").with(&["no-such-tutorial"]).told();
    assert_eq!(told.code, 2, "{}", told.text);
}

#[test]
fn who_sets_new_passwords_when_a_run_is_resumed_is_asked_beforehand() {
    let served = Served::tenant(&[]);
    let adele = format!("[actors.\"Adele Vance\"]\nsign-in = \"password\"\nclient-id = \"{PUBLIC}\"\n");
    let told = |client: &str| served.doctor(&(by_password("administrator", client, "admin") + &adele)).told_as_json();
    let (verdict, text) = told(PUBLIC).finding("new-passwords");
    assert!(text.contains("Adele Vance") && text.contains("User-PasswordProfile.ReadWrite.All"), "{text}");
    assert_eq!(verdict, "ok", "{text}");
    assert_ne!(told(APP_OF_THE_PAGE).finding("new-passwords").0, "ok");
    // Who types a code signs in without a password of the run's.
    assert!(served.doctor(&people(PUBLIC, "admin")).told_as_json().findings("new-passwords").is_empty());
}
