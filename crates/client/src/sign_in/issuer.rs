//! Which tenant a domain belongs to.

use serde_json::Value;
use uuid::Uuid;

use super::app::get;
use super::{SignIn, SignInError};

/// The id of the tenant that `sign_in` signs in to, as its authority publishes it: it stands in the issuer of the OpenID
/// configuration ("OpenID Connect on the Microsoft identity platform"). `None` if it does not stand there.
///
/// # Errors
///
/// The issuer does not answer, or not in the expected form.
pub async fn issuer_tenant(sign_in: &SignIn) -> Result<Option<Uuid>, SignInError> {
    let url = sign_in.authority.endpoint("v2.0/.well-known/openid-configuration");
    let answer = get(&url, &[], &sign_in.surroundings).await?;
    if !answer.status().is_success() {
        let reason = format!("the authority's configuration is answered {}", answer.status().as_u16());
        return Err(SignInError::Unintelligible { reason: reason.into() });
    }
    let configuration: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let issuer = configuration.get("issuer").and_then(Value::as_str).unwrap_or_default();
    Ok(issuer.split('/').find_map(|segment| Uuid::try_parse(segment).ok()))
}
