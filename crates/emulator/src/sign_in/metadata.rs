//! What clients read before they sign in: the OpenID configuration and its kin.

use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

/// The OpenID configuration (OpenID Connect Discovery 1.0) of `tenant`, as the address names it. Where that is no
/// tenant's id, the issuer has a placeholder, as Microsoft's has.
pub(super) fn configuration(origin: &str, tenant: &str, id: Uuid) -> Value {
    let base = format!("{origin}/{tenant}");
    let issuer = match tenant {
        "common" | "organizations" => "{tenantid}".to_owned(),
        _ => id.to_string(),
    };
    json!({
        "issuer": format!("{origin}/{issuer}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported":
            ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid"],
        "request_uri_parameter_supported": false,
        "tenant_region_scope": null,
        "cloud_instance_name": host(origin),
        "msgraph_host": host(origin),
    })
}

/// The answer of instance discovery: this server is a cloud of its own. `endpoint` is the authorisation endpoint that the
/// client asks about.
pub(super) fn instance(origin: &str, endpoint: Option<&str>) -> Value {
    let url = endpoint.and_then(|endpoint| Url::parse(endpoint).ok());
    let tenant = url.as_ref().and_then(|url| url.path_segments()?.next()).filter(|tenant| !tenant.is_empty());
    let tenant = tenant.unwrap_or("common");
    let host = host(origin);
    json!({
        "tenant_discovery_endpoint": format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    })
}

/// Returns what kind of account a user name belongs to: always one of this tenant, never of a federated directory.
pub(super) fn user_realm(user: &str) -> Value {
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": user.split_once('@').map_or("", |(_, domain)| domain),
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}

fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
