//! Areas that a program adds to its emulator: a module with the state and the calls, and a line in the settings.

mod applications;
mod notices;
mod ticker;

use applications::Applications;
use graphwalk_emulator::areas::Area;
use graphwalk_emulator::http::{Body, Request, Service as _};
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_schema::Schemas;
use jiff::ToSpan as _;
use serde_json::{Value, json};
use ticker::Ticker;

/// The line that adds the area.
const ADDED: &[&dyn Area] = &[&Applications];

const PAYROLL: &str = "6a0c8b3e-1111-4222-8333-944455556666";

fn emulator() -> Emulator {
    let text = format!(
        "users: [{{userPrincipalName: adele@contoso.com}}]\napplications: [{{id: {PAYROLL}, displayName: Payroll, owner: adele@contoso.com}}]"
    );
    let seed = Seed::parse_with(&text, ADDED).unwrap();
    start(Settings { seed, areas: ADDED.to_vec(), ..Settings::default() })
}

fn start(settings: Settings) -> Emulator {
    let now = Some("2026-03-02T09:00:00Z".parse().unwrap());
    Emulator::new(Settings { now, ..settings }, Schemas::embedded()).unwrap()
}

/// Status and body of the answer to a call of the administrator.
fn ask(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    let wanted =
        json!({"userPrincipalName": "admin@contoso.com", "scopes": ["Application.ReadWrite.All", "User.Read.All"]});
    ask_with(emulator, &token(emulator, wanted), method, path, body)
}

/// A token of those that `/_emulator/tokens` gives.
fn token(emulator: &Emulator, wanted: Value) -> String {
    let (status, token) = ask_with(emulator, "", "POST", "/_emulator/tokens", wanted);
    assert_eq!(status, 200, "{token}");
    token["access_token"].as_str().unwrap().to_owned()
}

fn ask_with(emulator: &Emulator, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let body = if body.is_null() { bytes::Bytes::new() } else { body.to_string().into() };
    let method = method.parse().unwrap();
    let request = Request { method, path: path.to_owned(), query: String::new(), headers, body };
    let reply = emulator.answer(&request).reply;
    match reply.body {
        Body::Json(json) => (reply.status, json),
        Body::Empty => (reply.status, Value::Null),
        Body::Raw(..) => panic!("expected JSON from {path}"),
    }
}

fn code((status, body): (u16, Value)) -> (u16, String) {
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn names(emulator: &Emulator) -> Vec<String> {
    let (status, list) = ask(emulator, "GET", "/v1.0/applications", Value::Null);
    assert_eq!(status, 200, "{list}");
    let values = list["value"].as_array().unwrap();
    values.iter().map(|value| value["displayName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_added_area_answers_its_calls_and_no_others() {
    let without = start(Settings::default());
    assert_eq!(code(ask(&without, "GET", "/v1.0/applications", Value::Null)), (200, String::new()));
    assert_eq!(names(&without), [""; 0]);
    let emulator = emulator();
    assert_eq!(names(&emulator), ["Payroll"]);
    let (status, created) = ask(&emulator, "POST", "/v1.0/applications", json!({"displayName": "Wiki"}));
    assert_eq!((status, &created["displayName"]), (201, &json!("Wiki")));
    assert_eq!(names(&emulator), ["Payroll", "Wiki"]);
    for (method, path, refusal) in [
        ("POST", "/v1.0/applications", (400, "Request_BadRequest")),
        ("GET", "/v1.0/applications/nobody", (404, "Request_ResourceNotFound")),
        ("GET", &format!("/v1.0/applications/{PAYROLL}/owners"), (501, "NotModelled")),
        ("DELETE", "/v1.0/applications", (405, "Request_BadRequest")),
        ("GET", &format!("/v1.0/applications/{PAYROLL}/shoes"), (400, "BadRequest")),
    ] {
        let body = if method == "POST" { json!({"shoeSize": 43}) } else { Value::Null };
        assert_eq!(code(ask(&emulator, method, path, body)), (refusal.0, refusal.1.to_owned()), "{method} {path}");
    }
    assert_eq!(ask(&emulator, "GET", "/v1.0/users/adele@contoso.com", Value::Null).0, 200);
}

#[test]
fn the_catalog_says_who_may_make_the_calls_of_an_added_area() {
    let emulator = emulator();
    let denied = (403, "Authorization_RequestDenied".to_owned());
    let token = |wanted| token(&emulator, wanted);
    let get = |token: &str| code(ask_with(&emulator, token, "GET", "/v1.0/applications", Value::Null));
    let post =
        |token: &str| code(ask_with(&emulator, token, "POST", "/v1.0/applications", json!({"displayName": "W"})));
    let app = token(json!({"appPermissions": ["Application.Read.All"]}));
    assert_eq!((get(&app).0, post(&app)), (200, denied.clone()));
    let adele = token(json!({"userPrincipalName": "adele@contoso.com", "scopes": ["Application.ReadWrite.All"]}));
    assert_eq!((get(&adele).0, post(&adele)), (200, denied.clone()), "she lacks the role");
    let other = token(json!({"appPermissions": ["User.Read.All"]}));
    assert_eq!((get(&other), post(&other)), (denied.clone(), denied));
}

#[test]
fn due_transitions_of_an_added_area_happen_as_the_clock_moves() {
    let emulator = emulator();
    assert_eq!(ask(&emulator, "DELETE", &format!("/v1.0/applications/{PAYROLL}"), Value::Null).0, 204);
    let count = |sort: &str| emulator.census().count(sort);
    assert_eq!((count("applications"), count("deletedApplications"), count("users")), (0, 1, 2));
    emulator.advance_to(emulator.now() + (29 * 24).hours());
    assert_eq!(count("deletedApplications"), 1);
    emulator.advance_to(emulator.now() + 24.hours());
    assert_eq!(count("deletedApplications"), 0);
}

#[test]
fn a_reset_and_a_read_that_lags_behind_show_the_earlier_state_of_an_added_area() {
    let emulator = emulator();
    let lag =
        json!({"faults": [{"on": {"method": "GET", "path": "/applications"}, "do": {"lag": "stale", "for": 15}}]});
    assert_eq!(ask(&emulator, "POST", "/_emulator/faults", lag).0, 204);
    assert_eq!(ask(&emulator, "POST", "/v1.0/applications", json!({"displayName": "Wiki"})).0, 201);
    assert_eq!(names(&emulator), ["Payroll"]);
    emulator.advance_to(emulator.now() + 20.seconds());
    assert_eq!(names(&emulator), ["Payroll", "Wiki"]);
    assert_eq!(ask(&emulator, "DELETE", &format!("/v1.0/applications/{PAYROLL}"), Value::Null).0, 204);
    assert_eq!(ask(&emulator, "POST", "/_emulator/reset", Value::Null).0, 204);
    assert_eq!(names(&emulator), ["Payroll"]);
    assert_eq!(emulator.census().count("deletedApplications"), 0);
}

#[test]
fn the_seed_of_an_added_area_is_checked_as_that_of_any_other() {
    let unknown = Seed::parse("applications: []").unwrap_err().to_string();
    assert!(unknown.contains("unknown field `applications`"), "{unknown}");
    let malformed = Seed::parse_with("applications: 5", ADDED).unwrap_err().to_string();
    assert!(malformed.starts_with("not a seed: applications: "), "{malformed}");
    let seed = Seed::parse_with("applications: [{displayName: A, owner: nobody@contoso.com}]", ADDED).unwrap();
    let settings = Settings { seed, areas: ADDED.to_vec(), ..Settings::default() };
    let wrong = Emulator::new(settings, Schemas::embedded()).unwrap_err().to_string();
    assert_eq!(wrong, "/applications/0/owner: there is no 'nobody@contoso.com'");
}

#[test]
fn due_transitions_of_several_areas_happen_in_order_of_time() {
    let areas: Vec<&'static dyn Area> = vec![&Ticker::<2>, &Ticker::<3>];
    let emulator = start(Settings { areas, ..Settings::default() });
    emulator.advance_to(emulator.now() + 9.hours());
    let (_, mail) = ask(&emulator, "GET", "/_emulator/mail", Value::Null);
    let hour = |mail: &Value| {
        (mail["to"].as_str().unwrap().to_owned(), mail["sentDateTime"].as_str().unwrap()[11..13].parse().unwrap())
    };
    let sent: Vec<(String, u8)> = mail["value"].as_array().unwrap().iter().map(hour).collect();
    let due = [(2, 11), (3, 12), (2, 13), (2, 15), (3, 15), (2, 17), (3, 18)];
    assert_eq!(sent, due.map(|(every, hour)| (format!("every {every} hours"), hour)));
}

/// The page that a browser with this cookie is shown, or what becomes of the form that it sends; and its new cookie, if there is one.
fn browse(emulator: &Emulator, cookie: &str, path: &str, form: Option<&str>) -> (u16, String, Option<String>) {
    browse_with(emulator, cookie, path, form, &[])
}

/// The same with what a browser says of where the request comes from.
fn browse_with(
    emulator: &Emulator,
    cookie: &str,
    path: &str,
    form: Option<&str>,
    more: &[(&'static str, &str)],
) -> (u16, String, Option<String>) {
    let mut headers = http::HeaderMap::new();
    headers.extend(more.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())));
    headers.insert("cookie", cookie.parse().unwrap());
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let method = if form.is_some() { http::Method::POST } else { http::Method::GET };
    let (path, query, body) = (path.to_owned(), query.to_owned(), form.unwrap_or_default().to_owned().into());
    let reply = emulator.answer(&Request { method, path, query, headers, body }).reply;
    let cookie = reply.headers.iter().find(|(name, _)| *name == "set-cookie");
    let cookie = cookie.map(|(_, value)| value.split(';').next().unwrap().to_owned());
    let html = match reply.body {
        Body::Raw(_, bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Body::Json(_) | Body::Empty => String::new(),
    };
    (reply.status, html, cookie)
}

#[test]
fn an_added_area_has_pages_with_sign_in_and_guarded_forms() {
    let seed = Seed::parse("users: [{displayName: Adele Vance, userPrincipalName: adele@contoso.com}]").unwrap();
    let emulator = start(Settings { areas: vec![&notices::Notices], seed, ..Settings::default() });
    let proof = |html: &str| {
        let (_, rest) = html.rsplit_once("name=\"form-proof\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (status, html, _) = browse(&emulator, "", "/notices", None);
    assert!(status == 200 && html.contains("Password") && html.contains("Notice board"), "{html}");
    let link = emulator.sign_in_link("notices", "Adele Vance").unwrap();
    let (_, html, cookie) = browse(&emulator, "", &link.address(""), None);
    let form = format!("form-proof={}&secret={}", proof(&html), link.secret());
    let (status, _, cookie) = browse(&emulator, &cookie.unwrap(), "/notices/link", Some(&form));
    assert_eq!(status, 303);
    let cookie = cookie.unwrap();
    let (_, html, _) = browse(&emulator, &cookie, "/notices", None);
    assert_eq!(browse(&emulator, &cookie, "/notices", Some("text=foreign")).0, 403);
    let form = format!("form-proof={}&text=%3Cb%3E", proof(&html));
    // A page from elsewhere, also one that a server lets use the API.
    for (name, value) in [("origin", "http://localhost:3000"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(
            browse_with(&emulator, &cookie, "/notices", Some(&form), &[(name, value)]).0,
            403,
            "{name}: {value}"
        );
    }
    let own = [("origin", "http://localhost"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browse_with(&emulator, &cookie, "/notices", Some(&form), &own).0, 303);
    let (_, html, _) = browse(&emulator, &cookie, "/notices", None);
    assert!(html.contains("<p>Adele Vance: &lt;b&gt;</p>") && !html.contains("foreign"), "{html}");
    assert_eq!(browse(&emulator, &cookie, "/notices/other", None).0, 404);
    // Who has signed in to one site has not signed in to another.
    let (_, html, _) = browse(&emulator, &cookie.replace("notices", "myaccess"), "/myaccess", None);
    assert!(html.contains("Password"), "{html}");
}
