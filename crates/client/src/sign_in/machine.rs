//! Tokens that the machine has: of an Azure machine's identity, of the Azure CLI.

use std::process::{Output, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;
use url::Url;

use super::app::get;
use super::authority::{Authority, TokenGrant};
use super::azure_environment::passed_on;
use super::surroundings::METADATA_SERVICE;
use super::{AccessToken, SignInError, SignInRefusal, Surroundings};
use graphwalk_secrets::ServerText;
use graphwalk_secrets::in_use;

/// The time that the Azure CLI may take; it is slow, and may renew its own token first.
const CLI_TIMEOUT: Duration = Duration::from_secs(60);

/// Another address of the metadata service, which Azure's own libraries look for as well.
const METADATA_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// The answer of a managed identity. Numbers may come as texts.
#[derive(Deserialize)]
struct ManagedToken {
    access_token: String,
    #[serde(default)]
    expires_on: Value,
    #[serde(default)]
    expires_in: Value,
}

/// The token of the Azure machine's identity: App Service, Functions and Container Apps by their own endpoint, all others by
/// the metadata service ("How to use managed identities", sections on REST).
pub(super) async fn managed_identity(
    actor: &str,
    client_id: Option<&str>,
    authority: &Authority,
    surroundings: &Surroundings,
) -> Result<TokenGrant, SignInError> {
    let environment = &surroundings.environment;
    let (address, version, header) = match (environment.get("IDENTITY_ENDPOINT"), environment.get("IDENTITY_HEADER")) {
        (Some(endpoint), Some(secret)) => {
            in_use::remember(secret);
            (endpoint.to_owned(), "2019-08-01", ("x-identity-header", secret.to_owned()))
        }
        _ => {
            let host = environment.get(METADATA_VARIABLE).unwrap_or(METADATA_SERVICE).trim_end_matches('/');
            (format!("{host}/metadata/identity/oauth2/token"), "2018-02-01", ("metadata", "true".to_owned()))
        }
    };
    let mut url = Url::parse(&address).map_err(|_| SignInError::Unintelligible {
        reason: "the address of the managed identity is not a URL".into(),
    })?;
    url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", &authority.endpoints.resource);
    if let Some(client_id) = client_id {
        url.query_pairs_mut().append_pair("client_id", client_id);
    }
    let answer = get(&url, &[header], surroundings).await?;
    if !answer.status().is_success() {
        let refusal: SignInRefusal = serde_json::from_slice(answer.body()).unwrap_or_default();
        return Err(SignInError::Refused { actor: actor.to_owned(), refusal: Box::new(refusal) });
    }
    let token: ManagedToken = serde_json::from_slice(answer.body())
        .map_err(|_| SignInError::Unintelligible { reason: "the managed identity gave no `access_token`".into() })?;
    let now = (surroundings.now)();
    let by_span =
        number(&token.expires_in).and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok());
    let by_time = || number(&token.expires_on).and_then(|seconds| Timestamp::from_second(seconds).ok());
    let expires = by_span.or_else(by_time).unwrap_or(now);
    Ok(TokenGrant { token: AccessToken::obtained(token.access_token.into(), now, expires), refresh: None })
}

/// The output of the Azure CLI.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CliToken {
    access_token: String,
    /// Seconds since 1970; versions before 2.54 have no such property.
    #[serde(rename = "expires_on", default)]
    expires_on: Value,
}

/// The token of the account that is signed in with the Azure CLI.
pub(super) async fn azure_cli(
    program: &str,
    authority: &Authority,
    surroundings: &Surroundings,
) -> Result<TokenGrant, SignInError> {
    let scope = authority.endpoints.default_scope();
    let mut command = Command::new(program);
    command.args([
        "account",
        "get-access-token",
        "--output",
        "json",
        "--scope",
        &scope,
        "--tenant",
        authority.tenant.as_str(),
    ]);
    command.env_clear().envs(passed_on(&surroundings.environment)).stdin(Stdio::null()).kill_on_drop(true);
    let failed = |reason: ServerText| SignInError::AzureCli { reason };
    let output = tokio::time::timeout(CLI_TIMEOUT, command.output())
        .await
        .map_err(|_| failed(format!("it did not end within {} s", CLI_TIMEOUT.as_secs()).into()))?
        .map_err(|error| failed(format!("{program} cannot be started: {error}").into()))?;
    if !output.status.success() {
        return Err(failed(complaint(&output)));
    }
    let token: CliToken =
        serde_json::from_slice(&output.stdout).map_err(|_| failed("what it prints has no `accessToken`".into()))?;
    let now = (surroundings.now)();
    let token_text = token.access_token;
    let said = number(&token.expires_on).and_then(|seconds| Timestamp::from_second(seconds).ok());
    let expires = said.or_else(|| super::token::expiry(&token_text)).unwrap_or(now);
    Ok(TokenGrant { token: AccessToken::obtained(token_text.into(), now, expires), refresh: None })
}

/// The first line of what the CLI complains of; its later ones suggest commands that the message names itself.
fn complaint(output: &Output) -> ServerText {
    // A secret may be split by a line break: what is masked is the whole.
    let text = ServerText::from(String::from_utf8_lossy(&output.stderr).into_owned()).masked_lines();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it printed nothing");
    line.trim_start_matches("ERROR: ").into()
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
