//! `/invitations`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::DirectoryCreation;
use crate::areas::directory::needs::COMPANY_ADMINISTRATOR;
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata::query::Options;
use crate::routes::RoutedCall;

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("POST", []) => invite(call),
        _ => Err(call.not_modelled()),
    }
}

fn invite(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let mut sent = call.json()?;
    if sent.get("resetRedemption") == Some(&Value::Bool(true)) || sent.get("invitedUser").is_some_and(Value::is_object)
    {
        let message =
            "graphwalk's emulator does not model invitations that reset how somebody redeemed an earlier one.";
        return Err(Refusal::new(501, "NotModelled", message));
    }
    // As answers have them.
    sent.retain(|name, value| !(matches!(name.as_str(), "resetRedemption" | "invitedUser") || value.is_null()));
    let body = call.checked("invitation", sent)?;
    if body.get("invitedUserType").and_then(Value::as_str).is_some_and(|kind| !kind.eq_ignore_ascii_case("Guest")) {
        call.allow(COMPANY_ADMINISTRATOR, Standing::Stranger)?;
    }
    let (user, invitation) = (call.tenant.ids.fresh(), call.tenant.ids.fresh());
    let identity = call.tenant.identity.clone();
    let creation = DirectoryCreation { id: user, now: call.now, identity: &identity, creator: None };
    let user = call.directory_mut().invite(&body, creation)?;
    let shown = answered_invitation(call, &body, invitation, user);
    call.entity(201, "invitations/$entity", &["invitation"], shown, &query)
}

/// The invitation as it is answered (reference, "Create invitation").
fn answered_invitation(call: &RoutedCall<'_>, body: &Map<String, Value>, id: Uuid, user: Uuid) -> Map<String, Value> {
    let state = call.directory().users().get(&user).map(|user| user.text("externalUserState").to_owned());
    let sent = |name: &str, default: Value| body.get(name).cloned().unwrap_or(default);
    let tenant = call.tenant.identity.id;
    // The service's own has a ticket as well, with which whoever has it redeems the invitation.
    let redeem = format!(
        "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d{tenant}%26user%3d{id}%26ver%3d2.0"
    );
    let nobody = json!({"emailAddress": {"name": null, "address": null}});
    let message = json!({"messageLanguage": null, "customizedMessageBody": null, "ccRecipients": [nobody]});
    let shown = json!({
        "id": id,
        "inviteRedeemUrl": redeem,
        "invitedUserDisplayName": sent("invitedUserDisplayName", Value::Null),
        "invitedUserType": sent("invitedUserType", json!("Guest")),
        "invitedUserEmailAddress": sent("invitedUserEmailAddress", Value::Null),
        "sendInvitationMessage": sent("sendInvitationMessage", json!(false)),
        "resetRedemption": false,
        "inviteRedirectUrl": sent("inviteRedirectUrl", Value::Null),
        "status": if state.as_deref() == Some("Accepted") { "Completed" } else { "PendingAcceptance" },
        "invitedUserMessageInfo": sent("invitedUserMessageInfo", message),
        "invitedUser": {"id": user},
    });
    shown.as_object().cloned().unwrap_or_default()
}
