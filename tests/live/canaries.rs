//! Secrets in every position of a live run: none of them shows anywhere, and nothing of the tenant shows in a recording.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::proxy::{Deed, Proxy, answer, answering};
use crate::served::{
    ADMINISTRATOR, DAEMON, DOMAIN, PASSWORD, SECRET, Served, TENANT, configure, configure_as, files, graphwalk, told,
};

/// What the tenant and the authority add to their answers: in headers, and in bodies under names that they have not.
const ADDED: [&str; 5] =
    ["Canary-cookie-51aa", "Canary-header-51ab", "Canary-challenge-51ac", "Canary-token-51ad", "Canary-password-51ae"];
/// The password of the proxy that all but this machine is reached by.
const PROXY_PASSWORD: &str = "Canary-proxy-51af";

/// The body of a request or an answer, if it is JSON.
fn json_of(message: &str) -> Option<Value> {
    serde_json::from_str(message.split_once("\r\n\r\n")?.1).ok()
}

/// What a request has of secrets: its token, and the password in its body.
fn secrets_of(request: &str) -> Vec<String> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let tokens = headers.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let mut secrets: Vec<String> = tokens.map(|(_, value)| value.trim_start_matches("Bearer ").to_owned()).collect();
    let password =
        json_of(request).and_then(|body| Some(body.pointer("/passwordProfile/password")?.as_str()?.to_owned()));
    secrets.extend(password);
    if head.contains("x-www-form-urlencoded") {
        let secret = ["client_secret", "password", "refresh_token"];
        let fields = url::form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| secret.contains(&name.as_ref()));
        secrets.extend(fields.map(|(_, value)| value.into_owned()));
    }
    secrets
}

/// An answer with canaries in its headers and its body, and with the request's own secrets in a link and in words.
fn with_canaries(request: &str, answer: String) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let [cookie, header, challenge, token, password] = ADDED;
    let own = secrets_of(request).join(" ");
    let body = match json_of(&answer) {
        Some(Value::Object(mut fields)) => {
            fields.insert("accessToken".to_owned(), json!(token));
            fields.insert("passwordProfile".to_owned(), json!({"password": password}));
            fields.insert(
                "requested".to_owned(),
                json!(format!("https://graph.microsoft.com/v1.0/me?access_token={own}")),
            );
            fields.insert("echo".to_owned(), json!(own));
            Value::Object(fields).to_string()
        }
        _ => body.to_owned(),
    };
    let kept = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length"));
    let mut head: String = kept.map(|line| format!("{line}\r\n")).collect();
    head += &format!("set-cookie: session={cookie}; Secure\r\nx-ms-canary: {header} {own}\r\n");
    head += &format!("www-authenticate: Bearer authorization_uri=\"https://{challenge}\"\r\n");
    if !head.starts_with("HTTP/1.1 204") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    format!("{head}\r\n{body}")
}

/// A refusal that repeats all that was sent, as no service should.
fn refused(request: &str) -> String {
    let message = format!("Not valid: {} in {}", secrets_of(request).join(" and "), request.replace("\r\n", " "));
    let body = json!({"error": {"code": "BadRequest", "message": message}}).to_string();
    with_canaries(request, answer("400 Bad Request", "", &body))
}

/// The same of an authority.
fn not_signed_in(request: &str) -> String {
    let description = format!("AADSTS50126: wrong: {} in {request}", secrets_of(request).join(" and "));
    let body = json!({"error": "invalid_grant", "error_description": description, "error_codes": [50126]}).to_string();
    with_canaries(request, answer("400 Bad Request", "", &body))
}

/// What the tests play: a tenant behind a proxy that adds canaries, and a folder with the configuration.
struct Stage {
    _folder: tempfile::TempDir,
    home: PathBuf,
    served: Served,
    proxy: Proxy,
    /// Whether the next user that is created is refused.
    refuses: Arc<AtomicBool>,
    /// Whether nobody can sign in.
    shut: Arc<AtomicBool>,
    /// What was printed, by the command.
    printed: Vec<(String, String)>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (home, tenant) = (folder.path().join("home"), folder.path().join("tenant"));
        std::fs::create_dir_all(&home).unwrap();
        std::fs::create_dir_all(&tenant).unwrap();
        let served = Served::start(&tenant);
        let (refuses, shut) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (refusing, shutting) = (Arc::clone(&refuses), Arc::clone(&shut));
        let proxy = Proxy::deciding(served.address, move |line| match line {
            "POST /v1.0/users" if refusing.swap(false, Ordering::Relaxed) => Deed::Respond(refused),
            _ if line.ends_with("/oauth2/v2.0/token") && shutting.load(Ordering::Relaxed) => {
                Deed::Respond(not_signed_in)
            }
            _ => Deed::Rewrite(with_canaries),
        });
        configure(&home, &proxy.url, &proxy.url);
        Self { _folder: folder, home, served, proxy, refuses, shut, printed: Vec::new() }
    }

    fn run(&mut self, expected: i32, arguments: &[&str]) -> String {
        self.run_as("graphwalk.toml", "", expected, arguments)
    }

    /// Runs the program with a configuration and a token in the environment.
    fn run_as(&mut self, config: &str, token: &str, expected: i32, arguments: &[&str]) -> String {
        let mut command = graphwalk(&self.home, arguments);
        command.env("GRAPHWALK_PROXY", format!("http://walker:{PROXY_PASSWORD}@127.0.0.1:9"));
        command.env("RUST_BACKTRACE", "1").env("TEST_SECRET", SECRET).env("TEST_TOKEN", token);
        if config != "graphwalk.toml" {
            command.args(["--config", config]);
        }
        let (code, text) = told(&command.output().unwrap());
        assert_eq!(code, expected, "{arguments:?}: {text}");
        self.printed.push((format!("{arguments:?}"), text.clone()));
        text
    }

    /// Writes a second configuration, in which the administrator signs in otherwise.
    fn administrator(&self, file: &str, sign_in: &str) {
        configure_as(sign_in, &self.home.join(file), &self.proxy.url, &self.proxy.url);
    }

    /// Looks for every secret in every file and everything that was printed.
    fn hides_all(&self, more: &[&str]) {
        let messages = self.proxy.sent();
        let mut secrets: BTreeSet<String> = messages.iter().flat_map(|request| secrets_of(request)).collect();
        for answer in self.proxy.answered().iter().filter_map(|answer| json_of(answer)) {
            let tokens =
                ["access_token", "refresh_token", "id_token"].map(|name| answer[name].as_str().map(str::to_owned));
            secrets.extend(tokens.into_iter().flatten());
        }
        secrets.extend(ADDED.iter().chain(&[PASSWORD, SECRET, PROXY_PASSWORD]).chain(more).map(|&s| s.to_owned()));
        secrets.remove("");
        assert!(secrets.iter().filter(|secret| secret.starts_with("ey")).count() >= 3, "{}", secrets.len());
        for (place, content) in self.printed.iter().cloned().chain(files(&self.home)) {
            for secret in &secrets {
                assert!(!content.contains(secret.as_str()), "{secret} in {place}:\n{content}");
            }
        }
    }
}

/// Every GUID in a text.
fn guids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter(|word| word.len() == 36);
    // The GUID of nothing is nobody's.
    words.filter(|word| uuid::Uuid::try_parse(word).is_ok_and(|id| !id.is_nil())).map(str::to_owned).collect()
}

#[test]
fn no_secret_of_a_live_run_is_in_any_file_or_output() {
    let mut stage = Stage::new();
    stage.run(0, &["record", "--on", "live", "--yes", "--out", "live.har", "--junit", "a.xml", "--json", "a.json"]);
    // Unknown properties fail under --strict, and every failure is reported.
    stage.run(1, &["run", "--on", "live", "--yes", "--strict", "--junit", "b.xml", "--json", "b.json"]);
    stage.refuses.store(true, Ordering::Relaxed);
    let text = stage.run(
        1,
        &["record", "--on", "live", "--yes", "--out", "c.har", "--keep-failed", "--junit", "c.xml", "--json", "c.json"],
    );
    assert!(text.contains("Not valid: ***"), "{text}");
    for arguments in [&["config", "show"][..], &["doctor"], &["doctor", "--json"], &["runs"], &["clean", "--purge"]] {
        stage.run(0, arguments);
    }
    stage.run(0, &["recording", "check", "live.har"]);
    stage.served.holds_only_its_seed("after all runs");
    stage.hides_all(&[]);

    // Nothing of the tenant is in what was recorded.
    let answers = stage.proxy.answered();
    let ids: BTreeSet<String> =
        answers.iter().filter_map(|answer| json_of(answer)).flat_map(|json| guids(&json.to_string())).collect();
    assert!(ids.len() >= 20, "{}", ids.len());
    let hidden = [DOMAIN, TENANT, "Fabrikam", "admin@", ADMINISTRATOR].map(str::to_owned);
    let recordings: Vec<(String, String)> =
        files(&stage.home).into_iter().filter(|(path, _)| path.ends_with(".har")).collect();
    assert_eq!(recordings.len(), 2 + 3);
    for (path, content) in recordings {
        for name in hidden.iter().chain(&ids) {
            assert!(!content.contains(name.as_str()), "{name} in {path}");
        }
    }
}

#[test]
fn no_secret_of_an_app_and_no_given_token_is_in_any_file_or_output() {
    let mut stage = Stage::new();
    let app = format!("sign-in = \"client-secret\"\nclient-id = \"{DAEMON}\"\nclient-secret-env = \"TEST_SECRET\"");
    stage.administrator("app.toml", &app);
    stage.administrator("token.toml", "sign-in = \"token\"\ntoken-env = \"TEST_TOKEN\"");
    let token = stage.served.token(&format!("admin@{DOMAIN}"));
    for (config, token) in [("app.toml", ""), ("token.toml", token.as_str())] {
        stage.run_as(config, token, 0, &["run", "--on", "live", "--yes"]);
        stage.run_as(config, token, 0, &["doctor"]);
        stage.run_as(config, token, 0, &["config", "show"]);
    }
    // The authority repeats what it was sent.
    stage.shut.store(true, Ordering::Relaxed);
    for (config, arguments) in
        [("app.toml", ["doctor"].as_slice()), ("graphwalk.toml", &["run", "--on", "live", "--yes"])]
    {
        let text = stage.run_as(config, &token, 3, arguments);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains("user name or password is wrong (AADSTS50126)"), "{text}");
    }
    stage.served.holds_only_its_seed("after all runs");
    stage.hides_all(&[&token]);
}

/// A proxy that lets nobody through and repeats what it was sent; its address.
fn closed_proxy() -> SocketAddr {
    answering(|request| {
        let request = request.replace("\r\n", " ");
        format!("HTTP/1.1 407 {request}\r\nx-echo: {request}\r\ncontent-length: 0\r\n\r\n")
    })
}

fn run_behind(proxy: &str, home: &Path) -> String {
    configure(home, "https://graph.example", "https://login.example");
    let mut all = String::new();
    for arguments in [&["doctor"][..], &["run", "--on", "live", "--yes"], &["config", "show"]] {
        let mut command = graphwalk(home, arguments);
        command.env("GRAPHWALK_PROXY", proxy).env("GRAPHWALK_TIMEOUTS_RETRY", "1").env("RUST_BACKTRACE", "1");
        let (code, text) = told(&command.output().unwrap());
        assert_eq!(code, if arguments[0] == "config" { 0 } else { 3 }, "{arguments:?}: {text}");
        all += &text;
    }
    all
}

#[test]
fn the_password_of_a_failing_proxy_is_not_shown() {
    use base64::Engine as _;
    let header = base64::engine::general_purpose::STANDARD.encode(format!("walker:{PROXY_PASSWORD}"));
    for address in ["127.0.0.1:9".to_owned(), closed_proxy().to_string()] {
        let home = tempfile::tempdir().unwrap();
        let text = run_behind(&format!("http://walker:{PROXY_PASSWORD}@{address}"), home.path());
        assert!(text.contains("cannot be reached"), "{text}");
        for secret in [PROXY_PASSWORD, &header] {
            assert!(!text.contains(secret), "{text}");
            assert!(files(home.path()).iter().all(|(_, content)| !content.contains(secret)));
        }
    }
}
