//! Resources of which the program knows by lines of the overlay alone, or by the user's own, are marked, journalled, gone on
//! with and cleaned. The tenant of these tests is scripted: the emulator, which does not model them, only signs in.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::proxy::{Deed, Moment, Proxy, answer, kill};
use crate::served::{SEED, Served, configure, ended, graphwalk, run_name, write_feature, write_feature_file};

const RUN: [&str; 6] = ["run", "--on", "live", "--yes", "--features", "features"];
const SCOPES: &str = r#"["User.ReadWrite.All", "User.Invite.All", "AdministrativeUnit.ReadWrite.All", "AppRegistration.Create",
    "Application.ReadWrite.All", "Organization.Read.All", "Policy.ReadWrite.ConditionalAccess"]"#;
const HEADERS: &str = "request-id: 11111111-0000-4000-8000-000000000001\r\n";

/// A directory that keeps what is sent to it, in any collection.
#[derive(Default)]
struct Directory {
    /// Each object with its path, without the version.
    objects: Mutex<Vec<(String, Value)>>,
    deleted: Mutex<Vec<String>>,
    /// How many creates are done without an answer, from now on.
    lost: AtomicUsize,
    made: AtomicUsize,
}

impl Directory {
    /// What is done with a request: what the emulator has is the emulator's.
    fn decide(self: &Arc<Self>, line: &str) -> Deed {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let collections = ["/applications", "/servicePrincipals", "/directory/administrativeUnits", "/invitations"];
        let is_scripted = collections.iter().any(|collection| without_version(path).starts_with(collection))
            || without_version(path).starts_with("/identity/")
            || path.contains("$filter=mail%20eq")
            || path.contains("deletedItems")
            || self.objects.lock().unwrap().iter().any(|(known, _)| without_version(path).starts_with(known));
        if !is_scripted {
            return Deed::Forward;
        }
        let directory = Arc::clone(self);
        Deed::Ask(Arc::new(move |request| directory.answer(request)))
    }

    fn answer(&self, request: &str) -> Option<String> {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = without_version(path);
        let mut objects = self.objects.lock().unwrap();
        let at = objects.iter().position(|(known, _)| known == path);
        let is_one = path.rsplit('/').next().unwrap().parse::<uuid::Uuid>().is_ok();
        match (method, at) {
            ("POST", None) => {
                let mut body: Value = serde_json::from_str(body).unwrap();
                let id = format!("0fffffff-0000-4000-8000-{:012}", self.made.fetch_add(1, Ordering::Relaxed) + 1);
                body["id"] = id.as_str().into();
                let created = if path == "/invitations" {
                    let mail = &body["invitedUserEmailAddress"];
                    objects.push((
                        format!("/users/{id}"),
                        json!({"id": id, "mail": mail, "displayName": "G", "createdDateTime": null}),
                    ));
                    body["id"] = "0eeeeeee-0000-4000-8000-000000000001".into();
                    body["invitedUser"] = json!({"id": id});
                    body
                } else {
                    if path == "/applications" {
                        body["appId"] = "0ddddddd-0000-4000-8000-000000000001".into();
                    }
                    objects.push((format!("{path}/{id}"), body.clone()));
                    body
                };
                let is_lost = self.lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                is_lost.is_err().then(|| answer("201 Created", HEADERS, &created.to_string()))
            }
            ("GET", Some(at)) => Some(answer("200 OK", HEADERS, &objects[at].1.to_string())),
            ("GET", None) if !is_one => Some(list(&objects, path, query)),
            ("PATCH", Some(_)) => Some(answer("204 No Content", HEADERS, "")),
            ("DELETE", Some(at)) => {
                let (path, object) = objects.remove(at);
                // With an application its service principals go.
                if path.starts_with("/applications/") {
                    objects.retain(|(_, other)| other["appId"] != object["appId"]);
                }
                self.deleted.lock().unwrap().push(path.split('/').rev().nth(1).unwrap().to_owned());
                Some(answer("204 No Content", HEADERS, ""))
            }
            _ => Some(not_found(path)),
        }
    }

    fn paths(&self) -> Vec<String> {
        self.objects.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    fn deleted(&self) -> Vec<String> {
        std::mem::take(&mut *self.deleted.lock().unwrap())
    }
}

fn without_version(path: &str) -> &str {
    path.strip_prefix("/v1.0").or(path.strip_prefix("/beta")).unwrap_or(path)
}

/// What a collection holds, filtered as `$filter=property eq 'value'` says.
fn list(objects: &[(String, Value)], collection: &str, query: &str) -> String {
    let query = percent_encoding::percent_decode_str(query).decode_utf8().unwrap().into_owned();
    let filter = query.split('&').find_map(|option| option.strip_prefix("$filter="));
    let filter = filter.map(|filter| filter.split_once(" eq ").unwrap());
    let fits = |(path, object): &&(String, Value)| {
        let is_in = path.rsplit_once('/').is_some_and(|(holder, _)| holder == collection);
        is_in && filter.is_none_or(|(property, value)| object[property] == *value.trim_matches('\''))
    };
    let found: Vec<&Value> = objects.iter().filter(fits).map(|(_, object)| object).collect();
    answer("200 OK", HEADERS, &json!({"value": found}).to_string())
}

fn not_found(path: &str) -> String {
    let id = path.rsplit('/').next().unwrap();
    let message =
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
    let error = json!({"error": {"code": "Request_ResourceNotFound", "message": message}});
    answer("404 Not Found", HEADERS, &error.to_string())
}

/// The body of the last POST to `path`.
fn posted(proxy: &Proxy, path: &str) -> Value {
    let sent = proxy.sent();
    let request = sent.iter().rfind(|request| request.starts_with(&format!("POST {path} "))).unwrap();
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// A POST with a body, and the name under which the id of what it creates is kept.
fn post(path: &str, body: &str, kept: &str) -> String {
    format!(
        "    When the administrator sends POST \"{path}\"\n      \"\"\"json\n      {body}\n      \"\"\"\n    Then the status is \
         201\n    And \"$.id\" is kept as \"{kept}\"\n"
    )
}

fn applications(folder: &Path) {
    let unit = post("/v1.0/directory/administrativeUnits", "{\"displayName\": \"West\"}", "unit");
    let application = post("/v1.0/applications", "{\"displayName\": \"Expenses\"}", "application");
    let principal = post("/v1.0/servicePrincipals", "{\"appId\": \"{app}\"}", "principal");
    let change = "    When the administrator sends PATCH \"/v1.0/servicePrincipals/{principal}\"\n      \"\"\"json\n      \
                  {\"appRoleAssignmentRequired\": true}\n      \"\"\"\n    Then the status is 204\n";
    write_feature_file(
        folder,
        "01-register.feature",
        &format!(
            "@step-1\nFeature: Register\n  Scenario: Unit and application\n{unit}{application}    And \"$.appId\" is kept as \
             \"app\"\n"
        ),
    );
    write_feature_file(
        folder,
        "02-use.feature",
        &format!("@step-2\nFeature: Use\n  Scenario: Service principal\n{principal}{change}"),
    );
}

struct Tenant {
    folder: tempfile::TempDir,
    directory: Arc<Directory>,
    proxy: Proxy,
    served: Served,
}

impl Tenant {
    fn start(blow: Option<usize>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The app has consent for what the tutorials call, which the emulator does not model.
        let (before, rest) = SEED.split_once("\"name\": \"graphwalk\"").unwrap();
        let seed = format!("{before}\"name\": \"graphwalk\", \"scopes\": {SCOPES}{rest}");
        let served = Served::seeded(folder.path(), 60, &[], &seed);
        let directory = Arc::new(Directory::default());
        let deciding = Arc::clone(&directory);
        let decide = move |line: &str| deciding.decide(line);
        let proxy = match blow {
            Some(at) => Proxy::striking(served.address, (at, Moment::Done, kill), decide),
            None => Proxy::deciding(served.address, decide),
        };
        configure(folder.path(), &proxy.url, &served.url);
        Self { folder, directory, proxy, served }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Plays until the program is killed.
    fn is_killed(&self) {
        let mut command = graphwalk(self.path(), &RUN);
        self.proxy
            .watch(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap());
        assert_eq!(self.proxy.wait(), None);
    }
}

#[test]
fn applications_service_principals_and_units_are_marked_and_deleted() {
    let tenant = Tenant::start(None);
    applications(tenant.path());
    let (code, text) = ended(tenant.path(), &RUN);
    assert_eq!(code, 0, "{text}");
    assert_eq!(tenant.directory.paths(), Vec::<String>::new(), "{text}");
    assert_eq!(tenant.directory.deleted(), ["administrativeUnits", "servicePrincipals", "applications"]);
    let mark = format!("[gw{}]", run_name(tenant.path()).replace('-', ""));
    for path in ["/v1.0/directory/administrativeUnits", "/v1.0/applications", "/v1.0/servicePrincipals"] {
        assert_eq!(posted(&tenant.proxy, path)["description"], mark.as_str(), "{path}");
    }
    assert_eq!(posted(&tenant.proxy, "/v1.0/applications")["displayName"], "Expenses");
    tenant.served.holds_only_its_seed(&text);
}

#[test]
fn a_run_killed_while_creating_a_service_principal_can_be_cleaned() {
    // 1 is what is read before, 2 the unit, 3 the application.
    const SERVICE_PRINCIPAL: usize = 4;
    let tenant = Tenant::start(Some(SERVICE_PRINCIPAL));
    applications(tenant.path());
    tenant.is_killed();
    assert_eq!(tenant.directory.paths().len(), 3, "{:?}", tenant.proxy.requests());
    let (_, listed) = ended(tenant.path(), &["runs"]);
    assert!(listed.contains("1 administrative unit, 1 service principal"), "{listed}");
    let (code, text) = ended(tenant.path(), &["clean"]);
    assert_eq!((code, tenant.directory.paths()), (0, Vec::new()), "{text}");
    assert!(
        text.contains("deleted   service principal") && text.contains("deleted   application \"Expenses\""),
        "{text}"
    );
    assert_eq!(tenant.directory.deleted(), ["administrativeUnits", "servicePrincipals", "applications"]);

    let tenant = Tenant::start(Some(SERVICE_PRINCIPAL));
    applications(tenant.path());
    tenant.is_killed();
    let run = run_name(tenant.path());
    let (code, text) = ended(tenant.path(), &["resume", &run, "--yes"]);
    assert_eq!((code, tenant.directory.paths()), (0, Vec::new()), "{text}");
    // The one whose answer was lost, before it is created again.
    let deleted = ["servicePrincipals", "administrativeUnits", "servicePrincipals", "applications"];
    assert_eq!(tenant.directory.deleted(), deleted, "{text}");
}

#[test]
fn deleted_objects_are_removed_for_good_where_graph_can() {
    let tenant = Tenant::start(None);
    applications(tenant.path());
    let (code, text) = ended(tenant.path(), &RUN);
    assert_eq!(code, 0, "{text}");
    let before = tenant.proxy.requests().len();
    let run = run_name(tenant.path());
    let (code, text) = ended(tenant.path(), &["clean", &run, "--purge"]);
    assert_eq!(code, 0, "{text}");
    let asked = tenant.proxy.requests()[before..].join("\n");
    for (id, is_asked_for) in [(1, false), (2, true), (3, true)] {
        let path = format!("/directory/deletedItems/0fffffff-0000-4000-8000-{id:012}");
        assert_eq!(asked.contains(&path), is_asked_for, "{path}: {asked}");
    }
}

fn invitation(folder: &Path) {
    let body = "{\"invitedUserEmailAddress\": \"adele@fabrikam.example\", \"invitedUserDisplayName\": \"Adele\", \
                \"inviteRedirectUrl\": \"https://myapps.microsoft.com\", \"sendInvitationMessage\": true}";
    let invite = post("/v1.0/invitations", body, "invitation");
    write_feature(folder, &invite);
}

#[test]
fn an_invitation_makes_a_user_at_an_address_of_the_run_who_is_deleted() {
    let tenant = Tenant::start(None);
    invitation(tenant.path());
    let (code, text) = ended(tenant.path(), &RUN);
    assert_eq!((code, tenant.directory.paths()), (0, Vec::new()), "{text}");
    assert_eq!(tenant.directory.deleted(), ["users"], "{text}");
    let sent = posted(&tenant.proxy, "/v1.0/invitations");
    let mark = format!("gw{}", run_name(tenant.path()).replace('-', ""));
    assert_eq!(sent["invitedUserEmailAddress"], format!("adele-{mark}@fabrikam.example"));
    assert_eq!(sent["sendInvitationMessage"], false);
    let (requests, deletion) = (tenant.proxy.requests(), "DELETE /v1.0/users/0fffffff-0000-4000-8000-000000000001");
    assert!(requests.iter().any(|request| request == deletion), "{requests:?}");
    // The invitation has an id, too, and is no user.
    assert!(!requests.iter().any(|request| request.contains("0eeeeeee")), "{requests:?}");
    tenant.served.holds_only_its_seed(&text);
}

#[test]
fn a_guest_whose_invitation_had_no_answer_is_found_by_the_address() {
    let tenant = Tenant::start(None);
    invitation(tenant.path());
    tenant.directory.lost.store(1, Ordering::Relaxed);
    let (code, text) = ended(tenant.path(), &RUN);
    assert_eq!((code, tenant.directory.paths()), (1, Vec::new()), "{text}");
    assert!(text.contains("error[lost-answer]"), "{text}");
    assert_eq!(tenant.directory.deleted(), ["users"], "{text}");
}

const DECLARED: &str = "\n[[may-create]]\nid = \"named-location\"\nnoun = \"named location\"\n\
     collection = \"/identity/conditionalAccess/namedLocations\"\nmarks = { displayName = \"text\" }\n\
     look-up = { by = \"list\", property = \"displayName\" }\norder = 5\n";

#[test]
fn a_declared_resource_is_created_and_deleted_and_no_other() {
    let tenant = Tenant::start(Some(2));
    let location = "/v1.0/identity/conditionalAccess/namedLocations";
    let steps = post(location, "{\"displayName\": \"Office\"}", "location");
    write_feature(tenant.path(), &steps);
    let (code, text) = ended(tenant.path(), &RUN);
    assert_eq!((code, tenant.directory.paths()), (2, Vec::new()), "{text}");
    assert!(text.contains("error[refused-write]") && text.contains("[[may-create]] in graphwalk.toml"), "{text}");

    let file = tenant.path().join("graphwalk.toml");
    let undeclared = std::fs::read_to_string(&file).unwrap();
    let mut settings = undeclared.clone();
    settings.push_str(DECLARED);
    std::fs::write(&file, &settings).unwrap();
    tenant.is_killed();
    assert_eq!(tenant.directory.paths().len(), 1, "{:?}", tenant.proxy.requests());
    assert!(posted(&tenant.proxy, location)["displayName"].as_str().unwrap().starts_with("Office [gw"));
    // What the journal says of it is enough.
    std::fs::write(&file, undeclared).unwrap();
    let (code, text) = ended(tenant.path(), &["clean"]);
    assert_eq!((code, tenant.directory.paths()), (0, Vec::new()), "{text}");
    assert!(text.contains("deleted   named location \"Office"), "{text}");
}
