use super::*;

fn identity(client_id: Option<&str>) -> SignInSettings {
    settings(SignInMethod::ManagedIdentity { client_id: client_id.map(str::to_owned) })
}

#[tokio::test]
async fn an_azure_machine_has_an_identity_of_its_own() {
    let answer = json!({"access_token": "a", "expires_in": "3599", "expires_on": "1", "token_type": "Bearer"});
    let script = Script::of([(200, answer)]);
    let token = sign_in(&identity(None), surroundings(script.clone())).token().await.unwrap();
    assert_eq!(token.expires.as_second(), clock::now().as_second() + 3599);
    let asked = &script.requests()[0];
    assert_eq!(
        asked.url,
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.example"
    );
    assert_eq!(asked.headers["metadata"], "true");
}

#[tokio::test]
async fn an_app_service_has_an_endpoint_of_its_own() {
    let expires_on = (clock::now().as_second() + 100).to_string();
    let script = Script::of([(200, json!({"access_token": "a", "expires_on": expires_on}))]);
    let environment =
        Environment::with([("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token"), ("IDENTITY_HEADER", "canary")]);
    let surroundings = Surroundings { environment, ..surroundings(script.clone()) };
    let token = sign_in(&identity(Some(APP)), surroundings).token().await.unwrap();
    assert_eq!(token.expires.as_second(), clock::now().as_second() + 100);
    let asked = &script.requests()[0];
    assert!(asked.url.starts_with("http://127.0.0.1:41741/msi/token?api-version=2019-08-01&"), "{}", asked.url);
    assert!(asked.url.ends_with(&format!("&client_id={APP}")), "{}", asked.url);
    assert_eq!(asked.headers["x-identity-header"], "canary");
}

#[tokio::test]
async fn a_machine_without_an_identity_is_reported() {
    let answer = json!({"error": "invalid_request", "error_description": "Identity not found"});
    let error = sign_in(&identity(None), surroundings(Script::of([(400, answer)]))).token().await.unwrap_err();
    insta::assert_snapshot!(render(&error));
    let silent = Script::of([]).then(Err("no route to host"));
    assert!(matches!(sign_in(&identity(None), surroundings(silent)).token().await, Err(SignInError::NoAnswer { .. })));
}

#[cfg(unix)]
mod azure_cli {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    /// A program in place of `az`.
    fn az(folder: &tempfile::TempDir, script: &str) -> PathBuf {
        let path = folder.path().join("az");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    async fn signed_in(program: &str) -> Result<AccessToken, SignInError> {
        let mut sign_in = sign_in(&settings(SignInMethod::AzureCli), surroundings(Script::of([])));
        sign_in.azure_cli = program.to_owned();
        sign_in.token().await
    }

    #[tokio::test]
    async fn the_account_of_the_azure_cli_sends_the_calls() {
        let folder = tempfile::tempdir().unwrap();
        let expires = clock::now().as_second() + 500;
        let script = format!(
            "echo \"$@\" > {}/arguments\necho '{{\"accessToken\": \"canary\", \"expires_on\": {expires}, \"tenant\": \"t\"}}'",
            folder.path().display()
        );
        let token = signed_in(az(&folder, &script).to_str().unwrap()).await.unwrap();
        assert_eq!((secret(&token).as_str(), token.expires.as_second()), ("canary", expires));
        let arguments = std::fs::read_to_string(folder.path().join("arguments")).unwrap();
        assert_eq!(
            arguments.trim(),
            "account get-access-token --output json --scope https://graph.example/.default --tenant contoso.example"
        );
    }

    #[tokio::test]
    async fn the_azure_cli_gets_no_secrets_of_this_process() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "set > {}/seen\necho \"ERROR: no sign-in for $AZURE_CONFIG_DIR with Canary-of-the/app+0815 and eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2ln\" >&2\nexit 1",
            folder.path().display()
        );
        let mut surroundings = surroundings(Script::of([]));
        surroundings.environment = Environment::with([
            ("PATH", "/usr/bin:/bin"),
            ("AZURE_CONFIG_DIR", "/of/mine"),
            ("MY_SECRET", "Canary-of-the/app+0815"),
            ("GRAPHWALK_PROXY", "http://walker:canary@proxy.example"),
        ]);
        surroundings.environment.secret("MY_SECRET", "a secret", "set it").unwrap();
        let mut sign_in = sign_in(&settings(SignInMethod::AzureCli), surroundings);
        sign_in.azure_cli = az(&folder, &script).to_str().unwrap().to_owned();
        let error = sign_in.token().await.unwrap_err();
        assert_eq!(error.to_string(), "the Azure CLI gives no token: no sign-in for /of/mine with *** and ***");
        let seen = std::fs::read_to_string(folder.path().join("seen")).unwrap();
        assert!(seen.contains("/of/mine") && seen.contains("/usr/bin:/bin"), "{seen}");
        assert!(!seen.contains("anary") && !seen.contains("CARGO"), "{seen}");
    }

    #[tokio::test]
    async fn the_error_of_the_azure_cli_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let complains = az(&folder, "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
        let error = signed_in(complains.to_str().unwrap()).await.unwrap_err();
        insta::assert_snapshot!(render(&error));
        let silent = az(&folder, "exit 0");
        let error = signed_in(silent.to_str().unwrap()).await.unwrap_err();
        assert_eq!(error.to_string(), "the Azure CLI gives no token: what it prints has no `accessToken`");
        let error = signed_in("no-such-az").await.unwrap_err();
        assert!(error.to_string().contains("no-such-az cannot be started"), "{error}");
    }
}
