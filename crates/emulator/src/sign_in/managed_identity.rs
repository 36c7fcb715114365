//! The managed identity of a virtual machine: a token for any program on this machine (Azure Instance Metadata Service).

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::form::Parameters;
use super::scope::is_graph;
use super::tokens::LIFETIME;
use super::{Holder, SignInRequest, TenantSignIn, json_reply};
use crate::http::Reply;

impl TenantSignIn {
    /// Answers `GET /metadata/identity/oauth2/token` with a token of the app `client_id`, or of the one app that has
    /// application permissions.
    pub(super) fn managed_identity(&mut self, asked: &SignInRequest<'_>) -> Reply {
        // A browser that is lured here cannot send this header.
        if !asked.request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return refused("invalid_request", "Required metadata header not specified");
        }
        let query = Parameters::of_query(asked.request);
        let Some(resource) = query.get("resource") else {
            return refused("invalid_request", "Required query variable 'resource' is missing");
        };
        let resource = resource.trim_end_matches('/');
        if !is_graph(resource, asked.origin) {
            return refused("invalid_resource", "The resource principal was not found in the tenant.");
        }
        let Some((client_id, permissions)) = self.identity(query.get("client_id")) else {
            return refused("invalid_request", "Identity not found");
        };
        let token = self.issue_for(client_id, Holder::App(&permissions), resource, asked.now);
        let seconds = |at: Timestamp, after: i64| (at.as_second() + after).to_string();
        let body = json!({
            "access_token": token,
            "client_id": client_id,
            "expires_in": LIFETIME.to_string(),
            "expires_on": seconds(asked.now, LIFETIME),
            "ext_expires_in": LIFETIME.to_string(),
            "not_before": seconds(asked.now, 0),
            "resource": resource,
            "token_type": "Bearer",
        });
        json_reply(200, &body)
    }

    fn identity(&self, client_id: Option<&str>) -> Option<(Uuid, Vec<String>)> {
        let app = match client_id {
            Some(text) => self.apps.get(&Uuid::parse_str(text).ok()?).filter(|app| !app.permissions.is_empty())?,
            None => {
                let mut able = self.apps.values().filter(|app| !app.permissions.is_empty());
                able.next().filter(|_| able.next().is_none())?
            }
        };
        Some((app.client_id, app.permissions.clone()))
    }
}

fn refused(error: &str, description: &str) -> Reply {
    json_reply(400, &json!({"error": error, "error_description": description}))
}
