//! A small program that calls Graph, as you may have one: it lets the members of a group confirm that they still need it.

use std::error::Error;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

/// Graph at an address: `https://graph.microsoft.com`, or that of an emulator.
#[derive(Debug)]
pub struct Graph {
    /// The address, without a slash at its end.
    pub origin: String,
    /// The caller's token.
    pub token: String,
    /// Sends the requests.
    pub http: Client,
}

/// The path of reviews.
const DEFINITIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions";

impl Graph {
    /// Asks the members of a group whether they still need it, for a day; whoever does not answer is removed. Returns the
    /// review's id.
    ///
    /// # Errors
    ///
    /// If Graph does not answer, or not with 201.
    pub async fn ask_members(&self, group: &str) -> Result<String, Box<dyn Error>> {
        let scope = json!({"query": format!("/groups/{group}/transitiveMembers"), "queryType": "MicrosoftGraph"});
        let settings = json!({
            "instanceDurationInDays": 1, "defaultDecisionEnabled": true, "defaultDecision": "Deny",
            "autoApplyDecisionsEnabled": true,
        });
        let review = json!({
            "displayName": "Still needed?", "descriptionForAdmins": "Still needed?",
            "descriptionForReviewers": "Do you still need it?", "scope": scope, "settings": settings,
        });
        let answer = self.call(Method::POST, DEFINITIONS, Some(&review)).await?;
        if answer.status() != 201 {
            return Err(format!("the review was not created: {}", answer.text().await?).into());
        }
        let created: Value = serde_json::from_str(&answer.text().await?)?;
        Ok(created["id"].as_str().ok_or("the review has no id")?.to_owned())
    }

    /// The status of a review.
    ///
    /// # Errors
    ///
    /// If Graph does not answer with a review.
    pub async fn status(&self, review: &str) -> Result<String, Box<dyn Error>> {
        let answer = self.call(Method::GET, &format!("{DEFINITIONS}/{review}"), None).await?.error_for_status()?;
        let found: Value = serde_json::from_str(&answer.text().await?)?;
        Ok(found["status"].as_str().ok_or("the review has no status")?.to_owned())
    }

    /// The names of a group's members.
    ///
    /// # Errors
    ///
    /// If Graph does not answer with a list.
    pub async fn members(&self, group: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let path = format!("/v1.0/groups/{group}/members?$select=displayName");
        let answer = self.call(Method::GET, &path, None).await?.error_for_status()?;
        let found: Value = serde_json::from_str(&answer.text().await?)?;
        let members = found["value"].as_array().ok_or("no list of members")?;
        Ok(members.iter().filter_map(|member| Some(member["displayName"].as_str()?.to_owned())).collect())
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, reqwest::Error> {
        let request = self.http.request(method, format!("{}{path}", self.origin)).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
            None => request,
        };
        request.send().await
    }
}
