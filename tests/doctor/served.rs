//! An emulated tenant in a process of its own, and the doctor who looks at it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The tenant's id.
pub const TENANT: &str = "5f0a1c1e-0000-4000-8000-000000000001";
/// The app that may do everything, with and without a user.
pub const APP: &str = "11111111-2222-4333-8444-555555555555";
/// The app that the page's permissions were granted to, and those alone that reading the tenant takes.
pub const APP_OF_THE_PAGE: &str = "22222222-2222-4333-8444-555555555555";
/// The public client that may do everything on behalf of a user.
pub const PUBLIC: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The tenant that most tests look at.
pub const SEED: &str = r#"
tenant: {id: 5f0a1c1e-0000-4000-8000-000000000001, name: Contoso, domains: [contoso.com, fabrikam.com]}
administrator: {userPrincipalName: admin@contoso.com, password: canary-password}
users:
  - {userPrincipalName: adele@contoso.com, displayName: Adele, password: canary-password}
  - {userPrincipalName: governor@contoso.com, roles: [Identity Governance Administrator], password: canary-password}
apps:
  - {clientId: 11111111-2222-4333-8444-555555555555, name: CI, secret: canary-secret}
  - {clientId: 22222222-2222-4333-8444-555555555555, name: Page,
     scopes: [User.Read, AccessReview.ReadWrite.All, Group.ReadWrite.All]}
"#;

/// Every word that nothing may print.
const CANARIES: [&str; 2] = ["canary", "eyJ"];

/// A served tenant, ended when it is dropped.
pub struct Served {
    process: Child,
    url: String,
    folder: TempDir,
}

impl Served {
    pub fn tenant(arguments: &[&str]) -> Self {
        Self::seeded(SEED, arguments)
    }

    /// Another tenant than that of [`SEED`].
    pub fn seeded(seed: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("seed.yaml"), seed).unwrap();
        let mut process = std::process::Command::new(assert_cmd::cargo::cargo_bin("graphwalk"))
            .args(["serve", "--on", "emulator", "--seed", "seed.yaml"])
            .args(arguments)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http"), "{line}");
        Self { process, url, folder }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// A doctor for this tenant, and for actors who sign in as `actors` says.
    pub fn doctor(&self, actors: &str) -> Doctor<'_> {
        Doctor::new(self.folder.path(), &self.url, actors)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program, about to be run.
pub struct Doctor<'a> {
    command: Command,
    folder: &'a Path,
    url: String,
}

/// What the program said and how it ended.
pub struct Told {
    pub code: i32,
    pub text: String,
    pub json: Option<Value>,
}

impl<'a> Doctor<'a> {
    pub fn new(folder: &'a Path, url: &str, actors: &str) -> Self {
        let file = format!(
            "tenant = \"{TENANT}\"\nbase-url = \"{url}\"\nauthority = \"{url}\"\ntoken-cache = \"off\"\n{actors}"
        );
        std::fs::write(folder.join("graphwalk.toml"), file).unwrap();
        let mut command = Command::cargo_bin("graphwalk").unwrap();
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GRAPHWALK_") {
                command.env_remove(name);
            }
        }
        command.current_dir(folder).arg("doctor");
        command.env("THE_PASSWORD", "canary-password").env("THE_SECRET", "canary-secret");
        Self { command, folder, url: url.to_owned() }
    }

    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        self.command.env("THE_TOKEN", token);
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// Runs it. Whatever it says fits 80 columns and holds no secret.
    pub fn told(mut self) -> Told {
        let output = self.command.output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let text = stdout.clone() + &String::from_utf8(output.stderr).unwrap();
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in\n{text}");
        }
        let json = serde_json::from_str(&stdout).ok();
        if json.is_none() {
            assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(!text.contains('\u{1b}'), "{text}");
        }
        let text = text.replace(&self.url, "http://SERVED").replace(&self.folder.display().to_string(), "FOLDER");
        Told { code: output.status.code().unwrap(), text, json }
    }

    /// The same for a program.
    pub fn told_as_json(self) -> Told {
        self.with(&["--json"]).told()
    }
}

impl Told {
    /// The findings of a check.
    pub fn findings(&self, check: &str) -> Vec<Value> {
        let all = self.json.as_ref().unwrap()["findings"].as_array().unwrap().clone();
        all.into_iter().filter(|finding| finding["check"] == check).collect()
    }

    /// The only finding of a check: verdict and text.
    pub fn finding(&self, check: &str) -> (String, String) {
        let found = self.findings(check);
        assert_eq!(found.len(), 1, "{check}: {found:?}");
        let text = |name: &str| found[0][name].as_str().unwrap().to_owned();
        (text("verdict"), text("text"))
    }

    /// The steps that are blocked, or otherwise judged.
    pub fn steps(&self, verdict: &str) -> Vec<u64> {
        let groups = self.json.as_ref().unwrap()["steps"].as_array().unwrap().clone();
        let of = groups.into_iter().filter(|group| group["verdict"] == verdict);
        let mut steps: Vec<u64> = of
            .flat_map(|group| group["steps"].as_array().unwrap().clone())
            .map(|step| step.as_u64().unwrap())
            .collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// A person who signs in with name and password.
pub fn by_password(actor: &str, client: &str, user: &str) -> String {
    format!(
        "[actors.\"{actor}\"]\nsign-in = \"password\"\nclient-id = \"{client}\"\nusername = \"{user}@contoso.com\"\n\
         password-env = \"THE_PASSWORD\"\n"
    )
}

/// An app with a secret.
pub fn by_secret(actor: &str) -> String {
    format!(
        "[actors.\"{actor}\"]\nsign-in = \"client-secret\"\nclient-id = \"{APP}\"\nclient-secret-env = \"THE_SECRET\"\n"
    )
}

/// Somebody else's token.
pub fn by_token(actor: &str) -> String {
    format!("[actors.\"{actor}\"]\nsign-in = \"token\"\ntoken-env = \"THE_TOKEN\"\n")
}

/// A person who types a code.
pub fn by_device_code(actor: &str) -> String {
    format!("[actors.\"{actor}\"]\nsign-in = \"device-code\"\nclient-id = \"{PUBLIC}\"\n")
}

/// A token with these claims that nobody signed.
pub fn token(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.canary", part(&json!({"alg": "RS256"})), part(claims))
}

/// Claims of the administrator's token, good for `seconds`.
pub fn claims(tenant: &str, seconds: i64) -> Value {
    let expires = jiff::Timestamp::now().as_second() + seconds;
    json!({
        "tid": tenant, "oid": "5f0a1c1e-0000-4000-8000-000000000009", "upn": "admin@contoso.com", "exp": expires,
        "scp": "User.ReadWrite.All Group.ReadWrite.All AccessReview.ReadWrite.All User.Read",
    })
}
