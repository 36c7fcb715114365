//! Guests: who is invited to the tenant from another one.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::http::Refusal;
use crate::odata::moment;
use crate::routes::body::{bad, invalid_value};

use super::create::{conflict, required_text};
use super::user::User;
use super::{Directory, DirectoryCreation};

/// The type of the resource, for refusals.
const INVITATION: &str = "invitation";

impl Directory {
    /// Invites the person of an e-mail address, from a body whose properties and types were checked, and returns the id of the
    /// user who stands for them: a new one, or the guest of that address who is there already.
    ///
    /// # Errors
    ///
    /// 400 `Request_BadRequest`: an address that is none, or that lies on a domain of the tenant itself.
    pub(super) fn invite(
        &mut self,
        body: &Map<String, Value>,
        creation: DirectoryCreation<'_>,
    ) -> Result<Uuid, Refusal> {
        let redirect = required_text(INVITATION, body, "inviteRedirectUrl")?;
        if url::Url::parse(redirect).is_err() {
            return Err(invalid_value(INVITATION, "inviteRedirectUrl"));
        }
        let address = required_text(INVITATION, body, "invitedUserEmailAddress")?;
        let parts = address.split_once('@').filter(|(local, domain)| !local.is_empty() && domain.contains('.'));
        let Some((local, domain)) = parts.filter(|_| !address.contains(char::is_whitespace)) else {
            return Err(invalid_value(INVITATION, "invitedUserEmailAddress"));
        };
        if creation.identity.has_domain(domain) {
            let message =
                format!("The address '{address}' is on a verified domain of this directory: its users are no guests.");
            return Err(bad(&message));
        }
        let of_address = |user: &&User| user.is_guest() && user.text("mail").eq_ignore_ascii_case(address);
        if let Some(guest) = self.users().values().find(of_address) {
            return Ok(guest.id);
        }
        let nickname = format!("{}#EXT#", address.replace('@', "_"));
        let principal_name = format!("{nickname}@{}", creation.identity.initial_domain());
        if self.has_principal_name(&principal_name) {
            return Err(conflict("userPrincipalName"));
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let properties = json!({
            "accountEnabled": true,
            "createdDateTime": moment(creation.now),
            "creationType": "Invitation",
            "displayName": text("invitedUserDisplayName").unwrap_or(local),
            "externalUserState": "PendingAcceptance",
            "externalUserStateChangeDateTime": moment(creation.now),
            "mail": address,
            "mailNickname": nickname,
            "userPrincipalName": principal_name,
            "userType": text("invitedUserType").unwrap_or("Guest"),
        });
        self.add_user(User::new(creation.id, properties.as_object().cloned().unwrap_or_default()));
        Ok(creation.id)
    }
}
