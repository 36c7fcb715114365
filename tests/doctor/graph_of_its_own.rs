//! What the emulator never answers: clocks that differ, roles that are reported by membership alone, licences that have lapsed.

use std::sync::Arc;

use graphwalk::config::{Config, Sources};
use graphwalk::doctor::{DoctorVerdict, Needs, before_run};
use graphwalk::tutorial::Library;
use graphwalk_client::sign_in::{Environment, Person, Prompt};
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::served::*;

const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const P2: &str = "eec0eb4f-6444-4f95-aba0-50c24d67f998";
const GOVERNANCE: &str = "e866a266-3cff-43a3-acca-0c90a7e00c8b";

/// A Graph with its authority, which answers what a test says.
struct Graph {
    server: MockServer,
}

impl Graph {
    async fn with_clock_at(date: Timestamp) -> Self {
        let graph = Self { server: MockServer::start().await };
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let issuer = json!({"issuer": format!("https://login.example/{TENANT}/v2.0")});
        let known = ResponseTemplate::new(200).set_body_json(issuer);
        graph.mount(&format!("/{TENANT}/v2.0/.well-known/openid-configuration"), known).await;
        graph.mount("/v1.0/me", ResponseTemplate::new(401).insert_header("Date", date.as_str())).await;
        graph
    }

    async fn new() -> Self {
        Self::with_clock_at(Timestamp::now()).await
    }

    async fn mount(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    async fn list(&self, at: &str, items: Value) {
        self.mount(at, ResponseTemplate::new(200).set_body_json(json!({"value": items}))).await;
    }

    /// What the doctor says for the administrator whose token has no roles, with Adele left out.
    fn told(&self) -> Told {
        let folder = tempfile::tempdir().unwrap();
        let doctor = Doctor::new(folder.path(), &self.server.uri(), &by_token("administrator"));
        doctor.token(&token(&claims(TENANT, 3600))).with(&["--review-by", "portal"]).told_as_json()
    }
}

fn organization(domain_type: &str, plans: Value) -> Value {
    let domain = json!({"name": "contoso.com", "isDefault": true, "type": domain_type});
    json!([{"id": TENANT, "verifiedDomains": [domain], "assignedPlans": plans}])
}

#[tokio::test]
async fn differing_clocks_are_reported_and_block_only_signed_sign_ins() {
    for (minutes, verdict, text) in [
        (0, "ok", "agrees with that of Graph"),
        (3, "warn", "this machine is 3 min behind Graph"),
        (-3, "warn", "this machine is 3 min ahead of Graph"),
        (12, "warn", "this machine is 12 min behind Graph"),
        (-60 * 24 * 5, "warn", "this machine is 5 days ahead of Graph"),
    ] {
        // Half a minute more, so that the seconds of the test do not matter.
        let more = if minutes == 0 { 0 } else { 30 * i64::signum(minutes) };
        let date = Timestamp::now() + SignedDuration::from_secs(minutes * 60 + more);
        let told = Graph::with_clock_at(date).await.told();
        assert_eq!(told.finding("clock"), (verdict.to_owned(), text.to_owned()));
        assert!(told.steps("blocked").is_empty(), "{minutes}");
    }
}

#[tokio::test]
async fn roles_are_read_from_memberships_if_the_token_has_none() {
    let role = |template: Value| json!({"@odata.type": "#microsoft.graph.directoryRole", "id": "1", "roleTemplateId": template});
    let group = |assignable: bool| json!({"@odata.type": "#microsoft.graph.group", "id": "2", "isAssignableToRole": assignable});
    for (items, verdict, text) in [
        (json!([group(false), role(json!(USER_ADMINISTRATOR))]), "ok", "User Administrator"),
        (json!([group(false)]), "blocked", "no relevant role"),
        (json!([role(Value::Null)]), "unknown", "Graph does not show which roles they are"),
        (json!([group(true)]), "unknown", "they may come through a group"),
    ] {
        let graph = Graph::new().await;
        graph.list("/v1.0/me/memberOf", items).await;
        let (found, said) = graph.told().finding("role");
        assert!(found == verdict && said.contains(text), "{found}: {said}");
    }
}

#[tokio::test]
async fn a_role_on_the_second_page_is_found_and_a_page_elsewhere_is_not_asked_for() {
    let graph = Graph::new().await;
    let next = format!("{}/v1.0/me/memberOf?$skiptoken=2", graph.server.uri());
    let role = json!({"@odata.type": "#microsoft.graph.directoryRole", "roleTemplateId": USER_ADMINISTRATOR});
    let second = ResponseTemplate::new(200).set_body_json(json!({"value": [role]}));
    let mock = Mock::given(path("/v1.0/me/memberOf")).and(query_param("$skiptoken", "2")).respond_with(second);
    mock.expect(1).mount(&graph.server).await;
    let first = json!({"value": [], "@odata.nextLink": next});
    graph.mount("/v1.0/me/memberOf", ResponseTemplate::new(200).set_body_json(first)).await;
    assert_eq!(graph.told().finding("role"), ("ok".to_owned(), "User Administrator".to_owned()));

    let (graph, elsewhere) = (Graph::new().await, MockServer::start().await);
    let first = json!({"value": [], "@odata.nextLink": format!("{}/v1.0/me/memberOf", elsewhere.uri())});
    graph.mount("/v1.0/me/memberOf", ResponseTemplate::new(200).set_body_json(first)).await;
    let (verdict, text) = graph.told().finding("role");
    assert!(verdict == "unknown" && text.contains("is not followed"), "{text}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_licence_counts_while_its_subscription_and_its_plan_are_in_force() {
    let sku = |capability: &str, plan: &str, provisioning: &str| json!([{"capabilityStatus": capability, "servicePlans": [{"servicePlanId": plan, "provisioningStatus": provisioning}]}]);
    for (skus, verdict, text) in [
        (sku("Enabled", P2, "Success"), "ok", "Microsoft Entra ID P2"),
        (sku("Warning", GOVERNANCE, "Success"), "ok", "Microsoft Entra ID Governance"),
        (sku("Suspended", P2, "Success"), "blocked", "not active: subscription Suspended, plan Success"),
        (sku("Enabled", P2, "Disabled"), "blocked", "not active: subscription Enabled, plan Disabled"),
        (sku("Enabled", "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "Success"), "blocked", "none that includes"),
    ] {
        let graph = Graph::new().await;
        graph.list("/v1.0/subscribedSkus", skus).await;
        graph.list("/v1.0/organization", organization("Managed", json!([]))).await;
        let (found, said) = graph.told().finding("licence");
        assert!(found == verdict && said.contains(text), "{found}: {said}");
    }
}

#[tokio::test]
async fn a_forbidden_read_is_unknown_and_names_the_missing_permission() {
    let graph = Graph::new().await;
    let refusal = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}});
    for at in ["/v1.0/subscribedSkus", "/v1.0/organization", "/v1.0/me/memberOf"] {
        let answer = ResponseTemplate::new(403).set_body_json(&refusal).insert_header("request-id", "abc");
        graph.mount(at, answer).await;
    }
    let told = graph.told();
    assert_eq!((told.code, told.steps("unknown")), (0, vec![1, 3, 4, 5, 6, 7, 8, 9]));
    let why = "403 Authorization_RequestDenied (request-id abc)";
    for (check, permission) in [("licence", "LicenseAssignment.Read.All"), ("domain", "Organization.Read.All")] {
        let (verdict, text) = told.finding(check);
        assert!(verdict == "unknown" && text.ends_with(why), "{text}");
        assert!(told.findings(check)[0]["advice"].as_str().unwrap().contains(permission));
    }
    assert_eq!(told.finding("role").0, "unknown");
}

#[tokio::test]
async fn a_federated_domain_takes_no_users() {
    let graph = Graph::new().await;
    graph.list("/v1.0/organization", organization("Federated", json!([]))).await;
    let told = graph.told();
    assert_eq!(told.finding("domain").0, "blocked");
    assert_eq!(told.findings("domain")[0]["steps"], json!([1]));
}

#[tokio::test]
async fn an_answer_that_is_not_graphs_is_recognised() {
    let server = MockServer::start().await;
    let graph = Graph { server };
    graph.mount("/v1.0/me", ResponseTemplate::new(302).insert_header("Location", "https://portal.example/")).await;
    let told = graph.told();
    assert_eq!(told.code, 3);
    let (verdict, text) = told.finding("graph");
    assert!(verdict == "blocked" && text.ends_with("answers 302 to /v1.0/me, not 401"), "{text}");
}

#[tokio::test]
async fn a_hostile_answer_moves_no_cursor_and_shows_no_secret() {
    let graph = Graph::new().await;
    let secret = token(&claims(TENANT, 3600));
    let error = json!({"error": {"code": format!("\u{1b}[2J\r\nBearer {secret}"), "message": "canary"}});
    for at in ["/v1.0/subscribedSkus", "/v1.0/organization", "/v1.0/me/memberOf"] {
        graph.mount(at, ResponseTemplate::new(403).set_body_json(&error)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut claims = claims(TENANT, 3600);
    claims["upn"] = json!("admin\u{7}@contoso.com\u{1b}[31m");
    let doctor = Doctor::new(folder.path(), &graph.server.uri(), &by_token("administrator"));
    let told = doctor.token(&token(&claims)).with(&["--review-by", "portal"]).told();
    assert!(told.text.contains("admin\u{fffd}@contoso.com"), "{}", told.text);
    assert!(told.text.chars().all(|c| c == '\n' || !c.is_control()), "{}", told.text);
}

/// Nobody who could sign in.
#[derive(Debug)]
struct Nobody;

impl Person for Nobody {
    fn show(&self, prompt: &Prompt) {
        panic!("nobody is to be asked: {prompt:?}");
    }

    fn gives_up(&self) -> futures::future::BoxFuture<'_, ()> {
        Box::pin(futures::future::ready(()))
    }
}

#[tokio::test]
async fn before_a_run_only_what_is_not_as_it_should_be_is_shown() {
    let graph = Graph::with_clock_at(Timestamp::now() + SignedDuration::from_secs(210)).await;
    let folder = tempfile::tempdir().unwrap();
    let uri = graph.server.uri();
    let file = format!(
        "tenant = \"{TENANT}\"\nbase-url = \"{uri}\"\nauthority = \"{uri}\"\nreview-by = \"portal\"\n{}",
        by_token("administrator")
    );
    std::fs::write(folder.path().join("graphwalk.toml"), file).unwrap();
    let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    let mut claims = claims(TENANT, 3600);
    claims["wids"] = json!([USER_ADMINISTRATOR]);
    let mut surroundings = config.surroundings(Arc::new(Nobody)).unwrap();
    surroundings.environment = Environment::with([("THE_TOKEN", &token(&claims))]);
    let administrator = config.sign_in("administrator", surroundings.clone()).unwrap();
    let report = async |library: Library| {
        let needs = Needs::find(&library, None, &Schemas::embedded(), &config, &[]).await.unwrap();
        before_run(&needs, (None, None), &config, &surroundings, &[&administrator]).await
    };

    // A tutorial that creates a group alone needs neither a licence nor a domain.
    let group = "Feature: f\n  Scenario: s\n    When the administrator sends POST \"/v1.0/groups\"\n      \"\"\"\n      \
                 {\"displayName\": \"R\", \"mailEnabled\": false, \"mailNickname\": \"r\", \"securityEnabled\": true}\n      \"\"\"\n    \
                 Then the status is 201\n";
    std::fs::write(folder.path().join("1.feature"), group).unwrap();
    let own = report(Library::from_folder(folder.path()).unwrap()).await;
    assert!(!own.blocks());
    insta::assert_snapshot!(own.concerns(false));

    graph.list("/v1.0/subscribedSkus", json!([])).await;
    graph.list("/v1.0/organization", organization("Managed", json!([]))).await;
    let bundled = report(Library::embedded()).await;
    assert!(bundled.blocks());
    insta::assert_snapshot!(bundled.concerns(false));
    assert!(bundled.concerns(true).contains('\u{1b}'));
    let blocked: Vec<_> = bundled.steps.iter().filter(|group| group.verdict == DoctorVerdict::Blocked).collect();
    assert_eq!(blocked[0].steps, [3, 4, 5, 6, 7, 8]);
}
