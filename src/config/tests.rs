use std::path::Path;

use graphwalk_client::{Cloud, ProxyChoice};
use graphwalk_recording::Finish;

use super::keys::{ACTOR_KEYS, SETTINGS};
use super::*;
use crate::diagnostic::Diagnostic;

/// A folder with a configuration file.
struct Setup {
    folder: tempfile::TempDir,
    sources: Sources,
}

fn setup(file: &str) -> Setup {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), file).unwrap();
    let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    Setup { folder, sources }
}

impl Setup {
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, key: &'static str, flag: &'static str, value: &str) -> Self {
        self.sources.flags.push((key, flag, value.to_owned()));
        self
    }

    fn load(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    /// Returns the faults as a user sees them, without the folder's name.
    fn faults(&self) -> String {
        let faults = Config::load(&self.sources).unwrap_err();
        let shown: Vec<String> = faults.iter().map(|fault| Diagnostic::from(fault).render(false)).collect();
        shown.join("\n").replace(&format!("{}/", self.folder.path().display()), "")
    }

    fn origin(&self, key: &str) -> String {
        let config = self.load();
        let row = config.effective.iter().find(|row| row.key == key).unwrap();
        row.origin.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

const APP: &str = "11111111-2222-4333-8444-555555555555";

#[test]
fn without_anything_the_global_cloud_holds_and_nothing_may_be_written() {
    let config = Config::load(&Sources { directory: std::env::temp_dir(), ..Sources::default() }).unwrap();
    assert_eq!(config.endpoints.graph.as_str(), "https://graph.microsoft.com/");
    assert_eq!(config.endpoints.authority.as_str(), "https://login.microsoftonline.com/");
    assert_eq!((config.allow_writes, config.mail), (false, false));
    assert_eq!((config.finish, config.review_by), (Finish::Stop, ReviewBy::Api));
    assert_eq!(config.sign_in_timeout, Duration::from_secs(900));
    assert!(config.tenant().is_err() && config.actor("administrator").is_err());
}

#[test]
fn the_last_one_wins_of_file_variable_and_flag() {
    let file = "tenant = \"file.example\"\nmail = true\n";
    assert_eq!(setup(file).load().tenant().unwrap().as_str(), "file.example");
    assert_eq!(setup(file).origin("tenant"), "graphwalk.toml:1");
    let setup =
        setup(file).variable("GRAPHWALK_TENANT", "variable.example").variable("GRAPHWALK_TIMEOUTS_CONNECT", "3");
    assert_eq!(setup.load().tenant().unwrap().as_str(), "variable.example");
    assert_eq!(setup.load().network.connect_timeout, Duration::from_secs(3));
    assert_eq!(setup.origin("tenant"), "GRAPHWALK_TENANT");
    let setup = setup.flag("tenant", "--tenant", "flag.example");
    assert_eq!(setup.load().tenant().unwrap().as_str(), "flag.example");
    assert_eq!((setup.origin("tenant"), setup.origin("mail")), ("--tenant".to_owned(), "graphwalk.toml:2".to_owned()));
    assert_eq!(setup.origin("finish"), "default");
}

#[test]
fn the_file_is_found_upwards_and_its_paths_are_relative_to_it() {
    let mut setup = setup("runs = \"kept\"\nca-file = \"ca.pem\"\n");
    let inner = setup.folder.path().join("a/b");
    std::fs::create_dir_all(&inner).unwrap();
    setup.sources.directory = inner.clone();
    assert_eq!(setup.load().runs, setup.folder.path().join("kept"));
    assert_eq!(setup.load().network.ca_file, Some(setup.folder.path().join("ca.pem")));
    let beside = Setup { sources: Sources { directory: inner.clone(), ..Sources::default() }, ..self::setup("") };
    let beside_file = beside.folder.path().join(FILE_NAME);
    let sources = Sources { file: Some(beside_file), ..beside.sources.clone() };
    assert_eq!(Config::load(&sources).unwrap().runs, beside.folder.path().join(".graphwalk/runs"));
    let setup = setup.flag("runs", "--runs", "mine");
    assert_eq!(setup.load().runs, inner.join("mine"));
}

#[test]
fn a_named_file_must_be_there() {
    let mut setup = setup("");
    setup.sources.file = Some(setup.folder.path().join("other.toml"));
    assert!(setup.faults().contains("cannot read other.toml: No such file"), "{}", setup.faults());
}

#[test]
fn every_way_to_sign_in_is_read() {
    let file = format!(
        r#"
        [actors.a1]
        sign-in = "device-code"
        client-id = "{APP}"
        scopes = ["User.Read"]
        [actors.a2]
        sign-in = "authorization-code"
        client-id = "{APP}"
        port = 8400
        [actors.a3]
        sign-in = "azure-cli"
        [actors.a4]
        sign-in = "client-secret"
        client-id = "{APP}"
        client-secret-env = "MY_SECRET"
        [actors.a5]
        sign-in = "client-certificate"
        client-id = "{APP}"
        certificate = "/app.pem"
        [actors.a6]
        sign-in = "workload-identity"
        client-id = "{APP}"
        [actors.a7]
        sign-in = "managed-identity"
        [actors."Adele Vance"]
        sign-in = "password"
        client-id = "{APP}"
        [actors.a9]
        sign-in = "token"
        token-env = "MY_TOKEN"
        "#
    );
    let config = setup(&file).load();
    let client_id = APP.to_owned();
    let ways: Vec<&SignInMethod> = config.actors.values().map(|actor| &actor.sign_in).collect();
    let expected = [
        SignInMethod::Password { client_id: client_id.clone(), username: None, password_env: None },
        SignInMethod::DeviceCode { client_id: client_id.clone() },
        SignInMethod::AuthorizationCode { client_id: client_id.clone(), port: Some(8400), username: None },
        SignInMethod::AzureCli,
        SignInMethod::ClientSecret { client_id: client_id.clone(), secret_env: "MY_SECRET".to_owned() },
        SignInMethod::ClientCertificate { client_id: client_id.clone(), certificate: "/app.pem".into() },
        SignInMethod::WorkloadIdentity {
            client_id,
            token: FederatedToken::GitHub { audience: "api://AzureADTokenExchange".to_owned() },
        },
        SignInMethod::ManagedIdentity { client_id: None },
        SignInMethod::Token { token_env: "MY_TOKEN".to_owned() },
    ];
    assert_eq!(ways, expected.iter().collect::<Vec<_>>());
    assert_eq!(config.actor("a1").unwrap().scopes, ["User.Read"]);
}

#[test]
fn actors_can_be_given_by_variables_alone() {
    let setup = setup("[actors.\"Alex Wilber\"]\nsign-in = \"azure-cli\"\n")
        .variable("GRAPHWALK_ACTORS_ADMINISTRATOR_SIGN_IN", "client-secret")
        .variable("GRAPHWALK_ACTORS_ADMINISTRATOR_CLIENT_ID", APP)
        .variable("GRAPHWALK_ACTORS_ADMINISTRATOR_CLIENT_SECRET_ENV", "GRAPHWALK_THE_SECRET")
        .variable("GRAPHWALK_THE_SECRET", "canary")
        .variable("GRAPHWALK_ACTORS_ADELE_VANCE_SIGN_IN", "token")
        .variable("GRAPHWALK_ACTORS_ADELE_VANCE_TOKEN_ENV", "X")
        .variable("GRAPHWALK_ACTORS_ALEX_WILBER_SIGN_IN", "managed-identity");
    let config = setup.load();
    let names: Vec<&str> = config.actors.keys().map(String::as_str).collect();
    assert_eq!(names, ["Adele Vance", "Alex Wilber", "administrator"]);
    assert_eq!(config.actors["Alex Wilber"].sign_in, SignInMethod::ManagedIdentity { client_id: None });
    assert!(!format!("{config:?}").contains("canary"));
}

#[test]
fn an_unknown_key_is_an_error_with_line_and_nearest_key() {
    let file = "tennant = \"contoso.example\"\n\n[timeouts]\nconect = 3\n\n[actors.administrator]\nsignin = \"token\"\nxyz = 1\n";
    insta::assert_snapshot!(setup(file).variable("GRAPHWALK_TENNANT", "x").variable("GRAPHWALK_NOTHING", "x").faults());
}

#[test]
fn values_that_do_not_fit_are_errors_with_what_is_expected() {
    let file = "tenant = \"common\"\ncloud = \"moon\"\nallow-writes = \"yes\"\nupn-domain = \"no domain\"\nactors = 3\nrunss = 1\n\
                [timeouts]\nconnect = 0\nrequest = \"60\"\n";
    insta::assert_snapshot!(
        setup(file).variable("GRAPHWALK_MAIL", "perhaps").flag("finish", "--finish", "later").faults()
    );
}

#[test]
fn sign_ins_that_lack_something_or_have_too_much_are_errors() {
    let file = "[actors.administrator]\nsign-in = \"client-secret\"\nclient-id = \"my app\"\nport = 3\n\
                [actors.\"Adele Vance\"]\nclient-id = \"11111111-2222-4333-8444-555555555555\"\n\
                [actors.Alex]\nsign-in = \"magic\"\n";
    insta::assert_snapshot!(setup(file).faults());
}

#[test]
fn secrets_in_the_file_are_refused_and_never_repeated() {
    let cases = [
        "[actors.administrator]\nclient-secret = \"canary\"\n",
        "[actors.administrator]\nclient_secret = \"canary\"\npassword = '''\ncanary'''\n",
        "[actors.administrator]\nsign-in = \"token\"\ntoken-env = \"eyJ.canary~\"\n",
        "[actors.administrator]\nclient-secret-env = [\"canary\"]\n",
        "client-secret = \"canary\nnext = 1\n",
        "password = \"\"\"\ncanary\n",
        "actors = { administrator = { client-secret = \"canary\" } }\n",
        "proxy = \"http://user:canary@proxy.example\"\n",
        "canary-but-a-key\n",
    ];
    for file in &cases[..cases.len() - 1] {
        let shown = setup(file).faults();
        assert!(!shown.contains("canary"), "{shown}");
    }
    insta::assert_snapshot!(cases.map(|file| setup(file).faults()).join("\n"));
}

#[test]
fn secrets_in_variables_are_masked() {
    let setup = setup("").variable("GRAPHWALK_PROXY", "http://user:canary@proxy.example:8080");
    let config = setup.load();
    assert_eq!(config.network.proxy.as_ref().unwrap().password(), Some("canary"));
    assert!(!format!("{config:?}").contains("canary"));
    let setup = setup.variable("GRAPHWALK_ACTORS_ADMINISTRATOR_TOKEN_ENV", "eyJ.canary");
    assert!(!setup.faults().contains("canary"), "{}", setup.faults());
}

#[test]
fn clouds_have_their_own_hosts() {
    for (cloud, graph, authority) in [
        ("usgov", "https://graph.microsoft.us/", "https://login.microsoftonline.us/"),
        ("usgov-dod", "https://dod-graph.microsoft.us/", "https://login.microsoftonline.us/"),
        ("china", "https://microsoftgraph.chinacloudapi.cn/", "https://login.chinacloudapi.cn/"),
    ] {
        let config = setup(&format!("cloud = \"{cloud}\"\n")).load();
        assert_eq!((config.endpoints.graph.as_str(), config.endpoints.authority.as_str()), (graph, authority));
    }
}

#[test]
fn addresses_replace_the_cloud_and_what_is_given_last_counts() {
    let addresses = "base-url = \"http://127.0.0.1:8080\"\nauthority = \"https://login.example\"\n";
    let config = setup(addresses).load();
    assert_eq!((config.endpoints.cloud, config.endpoints.graph.as_str()), (None, "http://127.0.0.1:8080/"));
    assert_eq!(config.endpoints.default_scope(), "http://127.0.0.1:8080/.default");
    let config = setup(addresses).flag("cloud", "--cloud", "usgov").load();
    assert_eq!(
        (config.endpoints.cloud, config.endpoints.graph.as_str()),
        (Some(Cloud::UsGov), "https://graph.microsoft.us/")
    );
    let setup = setup("cloud = \"china\"\n").flag("base-url", "--base-url", "https://g.example").flag(
        "authority",
        "--authority",
        "https://l.example",
    );
    assert_eq!(setup.load().endpoints.graph.as_str(), "https://g.example/");
}

#[test]
fn a_token_is_never_sent_in_the_clear_or_to_half_an_address() {
    let cases = [
        "base-url = \"http://graph.example\"\nauthority = \"https://login.example\"\n",
        "base-url = \"https://graph.example\"\nauthority = \"http://login.example\"\n",
        "base-url = \"https://graph.example\"\n",
        "base-url = \"https://graph.example/v1.0\"\nauthority = \"https://user:canary@login.example\"\n",
        "cloud = \"global\"\nbase-url = \"https://graph.example\"\nauthority = \"https://login.example\"\n",
    ];
    insta::assert_snapshot!(cases.map(|file| setup(file).faults()).join("\n"));
}

#[test]
fn the_written_file_names_every_key_and_reads_back() {
    assert_eq!(setup(TEMPLATE).load().endpoints.cloud, Some(Cloud::Global));
    for key in &SETTINGS {
        let bare = key.name.rsplit('.').next().unwrap();
        assert!(TEMPLATE.contains(&format!("\n#{bare} = ")), "{}", key.name);
        if let Some(default) = key.default {
            assert!(
                TEMPLATE.contains(&format!("#{bare} = {default}"))
                    || TEMPLATE.contains(&format!("#{bare} = \"{default}\""))
            );
        }
    }
    assert!(ACTOR_KEYS.iter().all(|key| TEMPLATE.contains(key.name)));
    let in_force = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => rest.to_owned(),
        _ => line.to_owned(),
    };
    // Two ways to name a cloud exclude each other.
    let lines: Vec<String> = TEMPLATE.lines().map(in_force).filter(|line| !line.starts_with("cloud =")).collect();
    let config = setup(&lines.join("\n")).load();
    assert_eq!(config.actors.len(), 2);
    assert_eq!(config.endpoints.resource, "https://graph.microsoft.com");
}

#[test]
fn any_text_as_a_file_is_read_without_a_panic() {
    use proptest::prelude::*;
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    proptest!(|(text in "\\PC{0,40}|([a-z\\[\\]=\"'.#\\n -]|tenant|actors){0,40}")| {
        std::fs::write(folder.path().join(FILE_NAME), &text).unwrap();
        if let Err(faults) = Config::load(&sources) {
            for fault in &faults {
                Diagnostic::from(fault).render(false);
            }
        }
    });
    assert!(Config::find_file(Path::new(folder.path())).is_some());
}

#[test]
fn a_proxy_is_for_other_machines_alone() {
    let network = setup("proxy = \"http://proxy.example:8080\"\n").load().network;
    let proxy = |url: &str| network.transport_to(&url.parse().unwrap()).proxy;
    let through = ProxyChoice::Url("http://proxy.example:8080/".to_owned());
    assert_eq!(proxy("https://graph.microsoft.com"), through);
    assert_eq!(proxy("https://10.0.0.1"), through);
    for near in ["http://localhost:8080", "https://127.0.0.1", "http://[::1]:1", "http://169.254.169.254/metadata"] {
        assert_eq!(proxy(near), ProxyChoice::Direct, "{near}");
    }
    let network = setup("").load().network;
    assert_eq!(network.transport_to(&"https://graph.microsoft.com".parse().unwrap()).proxy, ProxyChoice::System);
}

const DECLARED: &str = "[[may-create]]\nid = \"named-location\"\nnoun = \"named location\"\n\
     collection = \"/identity/conditionalAccess/namedLocations\"\nmarks = { displayName = \"text\" }\n\
     look-up = { by = \"list\", property = \"displayName\" }\norder = 5\n";

#[test]
fn a_declared_resource_may_be_created_and_is_shown_with_its_place() {
    let config = setup(DECLARED).load();
    let path = "/v1.0/identity/conditionalAccess/namedLocations";
    assert_eq!(config.may_create.created_by("POST", path).unwrap().to_string(), "named location");
    assert!(setup("").load().may_create.created_by("POST", path).is_none());
    let row = config.effective.iter().find(|row| row.key == "may-create.named-location").unwrap();
    assert_eq!(row.value.as_deref(), Some("/identity/conditionalAccess/namedLocations"));
    assert!(matches!(&row.origin, ValueOrigin::File { line: 1, .. }), "{:?}", row.origin);
}

#[test]
fn a_resource_that_cannot_be_created_is_refused_without_its_values() {
    let changed = |from: &str, to: &str| setup(&DECLARED.replace(from, to)).faults();
    let faults = [
        changed("[[may-create]]", "[may-create]"),
        changed("order = 5\n", ""),
        changed("order = 5", "order = \"Canary-secret\""),
        changed("\"text\"", "\"Canary-secret\""),
        changed("noun =", "nown ="),
        changed("/identity/conditionalAccess/namedLocations", "/auditLogs/signIns"),
        changed("/identity/conditionalAccess/namedLocations", "/users"),
        setup(&format!("{DECLARED}{DECLARED}")).faults(),
    ];
    let told = faults.join("\n");
    assert!(!told.contains("Canary"), "{told}");
    insta::assert_snapshot!(told);
}
