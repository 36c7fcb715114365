//! The device authorization grant: a program shows a code, a person types it elsewhere (RFC 8628).

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{self, Expiring};
use super::error::SignInError;
use super::form::Parameters;
use super::grants::{SignedIn, check_password, usable};
use super::scope::Scope;
use super::tokens::opaque;
use super::{Asked, SignIn, json_reply, page};
use crate::emulator::http::Reply;

/// How long a code is good for, in seconds.
const LIFETIME: i64 = 900;
/// How many seconds a client is asked to wait between two polls.
const INTERVAL: i64 = 5;

/// The codes that are out, by the code that the device keeps.
pub(super) type DeviceCodes = HashMap<String, DeviceCode>;

/// One code.
pub(super) struct DeviceCode {
    /// What the person types.
    user_code: String,
    client_id: Uuid,
    scope: Scope,
    expires: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Pending,
    Approved(Uuid),
    Declined,
}

impl Expiring for DeviceCode {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl SignIn {
    /// Signs the user `account` in on the device that shows `user_code`, as a person would in a browser.
    ///
    /// # Errors
    ///
    /// AADSTS70018 if no device waits with that code, 70019 if it has expired.
    pub fn complete_device_code(&mut self, user_code: &str, account: Uuid, now: Timestamp) -> Result<(), SignInError> {
        self.waiting(user_code, now)?.state = State::Approved(account);
        Ok(())
    }

    /// Declines what the device that shows `user_code` asks for.
    ///
    /// # Errors
    ///
    /// As [`complete_device_code`](Self::complete_device_code).
    pub fn decline_device_code(&mut self, user_code: &str, now: Timestamp) -> Result<(), SignInError> {
        self.waiting(user_code, now)?.state = State::Declined;
        Ok(())
    }

    fn waiting(&mut self, user_code: &str, now: Timestamp) -> Result<&mut DeviceCode, SignInError> {
        let typed = user_code.trim();
        let found = self
            .device_codes
            .values_mut()
            .find(|code| code.state == State::Pending && code.user_code.eq_ignore_ascii_case(typed));
        match found {
            Some(code) if code.expires > now => Ok(code),
            Some(_) => {
                let message = "Verification code expired. Have the user retry the sign-in.";
                Err(SignInError::new("invalid_grant", 70019, message))
            }
            None => Err(unknown_code()),
        }
    }

    /// Answers `POST /{tenant}/oauth2/v2.0/devicecode`.
    pub(super) fn device_code(&mut self, tenant: &str, asked: &Asked<'_>) -> Result<Reply, SignInError> {
        let parameters = Parameters::of_form(asked.request)?;
        let client_id = self.app(&parameters)?.client_id;
        let scope = Scope::parse(parameters.require("scope")?, asked.origin)?;
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
        let issued = DeviceCode { user_code, client_id, scope, expires, state: State::Pending };
        codes::keep(&mut self.device_codes, device_code, issued, now);
        Ok(json_reply(200, &body))
    }

    /// The tokens for a device code, once somebody has signed in with it.
    pub(super) fn redeem_device_code(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &Asked<'_>,
    ) -> Result<Value, SignInError> {
        let device_code = parameters.require("device_code")?;
        let code = self.device_codes.get(device_code).filter(|code| code.client_id == client_id);
        let code = code.ok_or_else(unknown_code)?;
        let account = match code.state {
            State::Declined => {
                let message = "The user declined to consent to access the app.";
                return Err(SignInError::new("authorization_declined", 65004, message));
            }
            _ if code.expires <= asked.now => {
                let message = "The device code has expired. Start the sign-in again.";
                return Err(SignInError::new("expired_token", 70020, message));
            }
            State::Pending => {
                let message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
                return Err(SignInError::new("authorization_pending", 70016, message));
            }
            State::Approved(account) => usable(asked.accounts.by_id(account))?,
        };
        let scope = code.scope.clone();
        let body = self.grant(&SignedIn { account: &account, client_id, scope: &scope, nonce: None }, asked)?;
        self.device_codes.remove(device_code);
        Ok(body)
    }

    /// Answers `/{tenant}/oauth2/deviceauth`: the form, and what a person has typed into it.
    pub(super) fn device_page(&mut self, asked: &Asked<'_>) -> Reply {
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

fn unknown_code() -> SignInError {
    let message = "Invalid verification code. Check the code on the device and enter it again.";
    SignInError::new("bad_verification_code", 70018, message)
}

/// Nine letters that are hard to mistake for one another and spell no words.
fn user_code() -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    Uuid::new_v4().as_bytes().iter().take(9).map(|byte| char::from(LETTERS[usize::from(byte % 20)])).collect()
}
