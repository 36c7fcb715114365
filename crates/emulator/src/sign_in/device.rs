//! The device authorization grant: a program shows a code, a person types it elsewhere (RFC 8628).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{Codes, Expiring};
use super::error::TokenEndpointError;
use super::form::Parameters;
use super::grants::{SignedIn, check_password, usable};
use super::scope::RequestedScope;
use super::tokens::opaque;
use super::{SignInRequest, TenantSignIn, json_reply, page};
use crate::http::Reply;

/// The seconds for which a code is valid.
const LIFETIME: i64 = 900;
/// The number of seconds that a client is asked to wait between two polls.
const INTERVAL: i64 = 5;

/// The codes that are out.
#[derive(Default)]
pub(super) struct DeviceCodes {
    /// By the code that the device keeps.
    by_code: Codes<IssuedDeviceCode>,
    /// The code that the device keeps, by the one that a person types, as long as somebody has to type it.
    waiting: HashMap<String, Arc<str>>,
}

/// One code.
pub(super) struct IssuedDeviceCode {
    /// The code that the person types.
    user_code: String,
    client_id: Uuid,
    scope: RequestedScope,
    expires: Timestamp,
    state: DeviceCodeState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeviceCodeState {
    Pending,
    Approved(Uuid),
    Declined,
}

impl Expiring for IssuedDeviceCode {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl DeviceCodes {
    fn keep(&mut self, device_code: Arc<str>, issued: IssuedDeviceCode, now: Timestamp) {
        self.waiting.insert(issued.user_code.clone(), Arc::clone(&device_code));
        for dropped in self.by_code.keep(device_code, issued, now) {
            self.waiting.remove(&dropped.user_code);
        }
    }

    /// Answers for the person who has typed `user_code`.
    fn settle(&mut self, user_code: &str, state: DeviceCodeState, now: Timestamp) -> Result<(), TokenEndpointError> {
        let typed = user_code.trim().to_ascii_uppercase();
        let device_code = self.waiting.get(&typed).ok_or_else(unknown_code)?;
        let code = self.by_code.get_mut(device_code).ok_or_else(unknown_code)?;
        if code.expires <= now {
            let message = "Verification code expired. Have the user retry the sign-in.";
            return Err(TokenEndpointError::new("invalid_grant", 70019, message));
        }
        code.state = state;
        self.waiting.remove(&typed);
        Ok(())
    }

    fn remove(&mut self, device_code: &str) {
        if let Some(dropped) = self.by_code.remove(device_code) {
            self.waiting.remove(&dropped.user_code);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_code.len().max(self.waiting.len())
    }
}

impl TenantSignIn {
    /// Signs the user `account` in on the device that shows `user_code`, as a person would in a browser.
    ///
    /// # Errors
    ///
    /// AADSTS70018 if no device waits with that code, 70019 if it has expired.
    pub fn complete_device_code(
        &mut self,
        user_code: &str,
        account: Uuid,
        now: Timestamp,
    ) -> Result<(), TokenEndpointError> {
        self.device_codes.settle(user_code, DeviceCodeState::Approved(account), now)
    }

    /// Declines what the device that shows `user_code` asks for.
    ///
    /// # Errors
    ///
    /// The code is unknown, expired or already used.
    pub fn decline_device_code(&mut self, user_code: &str, now: Timestamp) -> Result<(), TokenEndpointError> {
        self.device_codes.settle(user_code, DeviceCodeState::Declined, now)
    }

    /// Answers `POST /{tenant}/oauth2/v2.0/devicecode`.
    pub(super) fn device_code(&mut self, tenant: &str, asked: &SignInRequest<'_>) -> Result<Reply, TokenEndpointError> {
        let parameters = Parameters::of_form(asked.request)?;
        let client_id = self.app(&parameters)?.client_id;
        let scope = RequestedScope::parse(parameters.require("scope")?, asked.origin)?;
        let (device_code, user_code) = (opaque(), user_code());
        let page = format!("{}/{tenant}/oauth2/deviceauth", asked.origin);
        let body = json!({
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": page,
            "expires_in": LIFETIME,
            "interval": INTERVAL,
            "message": format!(
                "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
            ),
        });
        let now = asked.now;
        let expires = now.saturating_add(LIFETIME.seconds()).unwrap_or(Timestamp::MAX);
        let issued = IssuedDeviceCode { user_code, client_id, scope, expires, state: DeviceCodeState::Pending };
        self.device_codes.keep(device_code.into(), issued, now);
        Ok(json_reply(200, &body))
    }

    /// The tokens for a device code, once somebody has signed in with it.
    pub(super) fn redeem_device_code(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let device_code = parameters.require("device_code")?;
        let code = self.device_codes.by_code.get(device_code).filter(|code| code.client_id == client_id);
        let code = code.ok_or_else(unknown_code)?;
        let account = match code.state {
            DeviceCodeState::Declined => {
                self.device_codes.remove(device_code);
                let message = "The user declined to consent to access the app.";
                return Err(TokenEndpointError::new("authorization_declined", 65004, message));
            }
            _ if code.expires <= asked.now => {
                let message = "The device code has expired. Start the sign-in again.";
                return Err(TokenEndpointError::new("expired_token", 70020, message));
            }
            DeviceCodeState::Pending => {
                let message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
                return Err(TokenEndpointError::new("authorization_pending", 70016, message));
            }
            DeviceCodeState::Approved(account) => usable(asked.accounts.by_id(account))?,
        };
        let scope = code.scope.clone();
        let body = self.grant(&SignedIn { account: &account, client_id, scope: &scope, nonce: None }, asked)?;
        self.device_codes.remove(device_code);
        Ok(body)
    }

    /// Answers `/{tenant}/oauth2/deviceauth`: the form, and what a person has typed into it.
    pub(super) fn device_page(&mut self, asked: &SignInRequest<'_>) -> Reply {
        if asked.request.method != http::Method::POST {
            let query = Parameters::of_query(asked.request);
            return page::device(200, query.get("user_code").unwrap_or_default(), None);
        }
        let parameters = match Parameters::of_form(asked.request) {
            Ok(parameters) => parameters,
            Err(error) => return page::device(400, "", Some(&error.to_string())),
        };
        let user_code = parameters.get("user_code").unwrap_or_default();
        let done = if parameters.get("decline").is_some() {
            self.decline_device_code(user_code, asked.now).map(|()| "You have declined. You may close this window.")
        } else {
            check_password(asked.accounts, &parameters)
                .and_then(|account| self.complete_device_code(user_code, account.id, asked.now))
                .map(|()| "You have signed in on your device. You may close this window.")
        };
        match done {
            Ok(message) => page::message(200, message),
            Err(error) => page::device(400, user_code, Some(&error.to_string())),
        }
    }
}

fn unknown_code() -> TokenEndpointError {
    let message = "Invalid verification code. Check the code on the device and enter it again.";
    TokenEndpointError::new("bad_verification_code", 70018, message)
}

/// Nine letters that are hard to mistake for one another and spell no words.
fn user_code() -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    Uuid::new_v4().as_bytes().iter().take(9).map(|byte| char::from(LETTERS[usize::from(byte % 20)])).collect()
}
