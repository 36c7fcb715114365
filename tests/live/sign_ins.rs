//! Every way to sign in, at the authority that the tenant serves.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::proxy::{answer, answering};
use crate::served::{
    APP, DAEMON, DOMAIN, PASSWORD, SEED, Served, configure_as, ended, exchange, files, graphwalk, told,
};
use crate::waits::until_told;

/// A certificate and its key. It opens nothing.
const CERTIFICATE: &str = include_str!("../../crates/client/src/sign_in/tests/app.pem");
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const SUBJECT: &str = "repo:contoso/tutorials:environment:tenant";
/// What a job of GitHub Actions gets its token for.
const REQUEST_TOKEN: &str = "Canary-github-77aa";

fn key() -> RsaKeyPair {
    let der = PrivatePkcs8KeyDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
}

/// A token of GitHub's, good for a day.
fn github_token() -> String {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange", "nbf": now - 60, "exp": now + 86_400, "jti": "1",
    });
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What gives jobs of GitHub Actions their tokens: its address.
fn github() -> SocketAddr {
    answering(|request| {
        let request = request.to_lowercase();
        let is_asked_for = request.starts_with("get /token?api-version=2&audience=api%3a%2f%2fazureadtokenexchange ")
            && request.contains(&format!("authorization: bearer {}", REQUEST_TOKEN.to_lowercase()));
        let body = if is_asked_for { json!({"value": github_token()}) } else { json!({}) };
        answer("200 OK", "", &body.to_string())
    })
}

/// A tenant whose daemon has a certificate and trusts GitHub, and a folder for the program.
struct Stage {
    folder: TempDir,
    served: Served,
}

impl Stage {
    /// With a clock that goes `pace` seconds ahead ten times a second.
    fn at(pace: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key().public());
        let mut seed: Value = serde_json::from_str(SEED).unwrap();
        let daemon = &mut seed["apps"][1];
        daemon["certificate"] = json!(CERTIFICATE);
        let key = json!({"n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e)});
        daemon["federated"] = json!([{"issuer": ISSUER, "subject": SUBJECT, "key": key}]);
        let served = Served::seeded(folder.path(), pace, &[], &seed.to_string());
        Self { folder, served }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration, with this sign-in for the administrator.
    fn administrator(&self, sign_in: &str) {
        configure_as(sign_in, &self.path("graphwalk.toml"), &self.served.url, &self.served.url);
    }

    /// Plays two steps as an administrator who signs in so.
    fn plays(&self, sign_in: &str, variables: &[(&str, &str)]) {
        self.administrator(sign_in);
        let mut command = graphwalk(self.folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
        let (code, text) = told(&command.envs(variables.iter().copied()).output().unwrap());
        assert_eq!(code, 0, "{sign_in} {text}");
        self.served.holds_only_its_seed(&text);
        for (place, content) in files(&self.path(".graphwalk")).into_iter().chain([("the output".to_owned(), text)]) {
            assert!(!content.contains("eyJ") && !content.contains("Canary"), "{place}: {content}");
        }
    }

    /// Begins to play two steps as an administrator who must sign in as a person.
    fn begins(&self, sign_in: &str) -> Child {
        self.administrator(sign_in);
        self.again().spawn().unwrap()
    }

    /// The same command, with tokens kept between runs.
    fn again(&self) -> std::process::Command {
        let mut command = graphwalk(self.folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
        command.env("GRAPHWALK_TOKEN_CACHE", "user").env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    /// Sends a form as a browser does; the answer.
    fn submits(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        exchange(self.served.address, "POST", path, "content-type: application/x-www-form-urlencoded\r\n", &body)
    }

    /// Expects that the next run asks nobody, and that what it is kept by is the owner's alone.
    fn stays_signed_in(&self) {
        let (code, text) = told(&self.again().output().unwrap());
        assert!(code == 0 && !text.contains("sign in as"), "{text}");
        let kept: Vec<PathBuf> = files(&self.path("cache")).into_iter().map(|(path, _)| path.into()).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((rights(&kept[0]), rights(kept[0].parent().unwrap())), (0o600, 0o700));
        self.served.holds_only_its_seed(&text);
    }
}

fn app(sign_in: &str, more: &str) -> String {
    format!("sign-in = \"{sign_in}\"\nclient-id = \"{DAEMON}\"\n{more}")
}

#[test]
fn an_app_signs_in_by_certificate_and_by_the_token_of_another_issuer() {
    let stage = Stage::at(0);
    std::fs::write(stage.path("app.pem"), CERTIFICATE).unwrap();
    stage.plays(&app("client-certificate", "certificate = \"app.pem\""), &[]);
    std::fs::write(stage.path("token"), github_token()).unwrap();
    stage.plays(&app("workload-identity", "federated-token-file = \"token\""), &[]);
    let address = format!("http://{}/token?api-version=2", github());
    let variables =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", address.as_str()), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)];
    stage.plays(&app("workload-identity", ""), &variables);
}

#[test]
fn the_machine_signs_in_by_its_identity_and_by_the_azure_cli() {
    let stage = Stage::at(0);
    stage.plays("sign-in = \"managed-identity\"", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &stage.served.url)]);
    let token = stage.served.token(&format!("admin@{DOMAIN}"));
    let expires = jiff::Timestamp::now().as_second() + 3600;
    let script = format!("#!/bin/sh\necho '{}'\n", json!({"accessToken": token, "expires_on": expires}));
    let az = stage.path("bin/az");
    std::fs::create_dir_all(az.parent().unwrap()).unwrap();
    std::fs::write(&az, script).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", az.parent().unwrap().display(), std::env::var("PATH").unwrap());
    stage.plays("sign-in = \"azure-cli\"", &[("PATH", &path)]);
}

#[test]
fn a_person_signs_in_by_device_code_once() {
    let stage = Stage::at(0);
    let mut child = stage.begins(&format!("sign-in = \"device-code\"\nclient-id = \"{APP}\""));
    let asked = until_told(&mut child, "enter the code");
    assert!(asked.contains("sign in as the administrator: open ") && asked.contains("in a browser"), "{asked}");
    let word_after = |text: &str| asked.split_once(text).unwrap().1.split_whitespace().next().unwrap().to_owned();
    let (page, code) = (word_after("open "), word_after("enter the code "));
    let path = page.strip_prefix(&stage.served.url).unwrap();
    let name = format!("admin@{DOMAIN}");
    let answer = stage.submits(path, &[("user_code", &code), ("username", &name), ("password", PASSWORD)]);
    assert!(answer.contains("You have signed in on your device."), "{answer}");
    let (code, text) = told(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{asked}{text}");
    stage.stays_signed_in();
}

#[test]
fn a_person_signs_in_by_the_browser_once() {
    let stage = Stage::at(0);
    let mut child = stage.begins(&format!("sign-in = \"authorization-code\"\nclient-id = \"{APP}\""));
    let asked = until_told(&mut child, "/oauth2/v2.0/authorize?");
    assert!(asked.contains("sign in as the administrator: open this page in a browser"), "{asked}");
    let page = asked.lines().last().unwrap().strip_prefix(&stage.served.url).unwrap();
    assert!(page.contains("code_challenge_method=S256") && !page.contains("code_verifier"), "{page}");
    let answer = stage.submits(page, &[("username", &format!("admin@{DOMAIN}")), ("password", PASSWORD)]);
    let back = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{answer}"));
    let back: url::Url = back.parse().unwrap();
    let here = SocketAddr::from(([127, 0, 0, 1], back.port().unwrap()));
    // A page that the browser shows meanwhile cannot sign anybody in.
    assert!(exchange(here, "GET", "/?code=stolen&state=guessed", "", "").starts_with("HTTP/1.1 400"));
    let shown = exchange(here, "GET", &back[url::Position::BeforePath..], "", "");
    assert!(shown.starts_with("HTTP/1.1 200"), "{shown}");
    let (code, text) = told(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{asked}{text}");
    stage.stays_signed_in();
}

/// The variables of the nightly job on GitHub, in the page on CI.
fn nightly() -> Vec<(String, String)> {
    let (_, live) = include_str!("../../docs/ci.md").split_once("\n  live:\n").unwrap();
    let (live, _) = live.split_once("\n    steps:\n").unwrap();
    let variables =
        live.lines().filter_map(|line| line.trim().split_once(": ")).filter(|(name, _)| name.starts_with("GRAPHWALK_"));
    let real = |value: &str| match value {
        "contoso.onmicrosoft.com" => DOMAIN.to_owned(),
        "${{ vars.APP_ID }}" => DAEMON.to_owned(),
        "${{ vars.PUBLIC_APP_ID }}" => APP.to_owned(),
        other => other.to_owned(),
    };
    variables.map(|(name, value)| (name.to_owned(), real(value))).collect()
}

#[test]
fn the_documented_nightly_job_needs_no_file_and_no_secret() {
    let stage = Stage::at(60);
    let variables = nightly();
    assert_eq!(variables.len(), 5, "{variables:?}");
    let home = stage.path("home");
    std::fs::create_dir_all(&home).unwrap();
    let address = format!("http://{}/token?api-version=2", github());
    for (arguments, last) in [
        (&["run", "--on", "live", "--yes", "--junit", "live.xml"][..], "passed of 9 steps"),
        (&["clean"], "nothing to clean"),
    ] {
        let mut command = graphwalk(&home, arguments);
        command.envs(variables.iter().cloned());
        for name in ["GRAPHWALK_BASE_URL", "GRAPHWALK_AUTHORITY", "GRAPHWALK_RESOURCE"] {
            command.env(name, &stage.served.url);
        }
        command.env("GRAPHWALK_TIMEOUTS_POLL", "1").env("GRAPHWALK_TIMEOUTS_SETTLE", "1");
        command.env("ACTIONS_ID_TOKEN_REQUEST_URL", &address).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN);
        let (code, text) = told(&command.output().unwrap());
        assert!(code == 0 && text.contains(last), "{arguments:?}: {text}");
    }
    stage.served.holds_only_its_seed("after the job");
    let (code, text) = ended(&home, &["runs"]);
    assert!(code == 0 && text.contains("passed"), "{text}");
}
