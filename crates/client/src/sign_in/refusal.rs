//! What the authority says when it gives no token, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use graphwalk_secrets::ServerText;

/// An error of the token endpoint, with what Entra adds to the standard ones.
///
/// Decisions depend on `error`, which is a standard (RFC 6749, RFC 8628); the AADSTS codes may change at any time and only choose
/// the words for people ("Microsoft Entra authentication and authorization error codes").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInRefusal {
    /// The standard code, e.g. `invalid_grant`.
    pub error: ServerText,
    /// Entra's words; the first line says something.
    pub error_description: ServerText,
    /// The numbers behind AADSTS.
    pub error_codes: Vec<u32>,
    /// The id that Microsoft's support asks for.
    pub correlation_id: Option<ServerText>,
}

/// The meaning of each code, and what to do next. Meanings: the documentation named above.
const MEANINGS: [(u32, &str, &str); 34] = [
    (16000, "several accounts are signed in and none was chosen", "sign in again and choose one"),
    (
        50011,
        "the redirect URI is not registered",
        "add http://localhost as a redirect URI of a mobile or desktop application to the app registration",
    ),
    (50020, "the account belongs to another tenant", "sign in with an account of the configured tenant"),
    (50034, "there is no such user in this tenant", "check the user principal name and the configured tenant"),
    (
        50053,
        "the account is locked, or signs in from a blocked address",
        "wait some minutes, or unblock it in the Entra admin centre",
    ),
    (
        50055,
        "the password has expired and must be changed",
        "sign in once in a browser and change it; a user made with forceChangePasswordNextSignIn cannot sign in by password before that",
    ),
    (50057, "the account is disabled", "enable it in the Entra admin centre"),
    (
        50076,
        "a second factor is demanded",
        "use sign-in = \"device-code\" or \"authorization-code\": a password alone is not enough here",
    ),
    (
        50079,
        "the user must register for a second factor",
        "sign in once in a browser and register; then use sign-in = \"device-code\"",
    ),
    (50105, "the app demands an assignment that the user lacks", "assign the user to the enterprise application"),
    (50126, "user name or password is wrong", "check both; graphwalk never prints the password it used"),
    (50142, "the password must be changed", "sign in once in a browser and change it"),
    (50158, "a further check outside of Entra is demanded", "use sign-in = \"device-code\" or \"authorization-code\""),
    (50173, "the grant was revoked, because the password was changed", "sign in again"),
    (
        53000,
        "conditional access demands a compliant device",
        "use sign-in = \"authorization-code\" on such a device, or exclude the app from the policy",
    ),
    (
        53003,
        "conditional access blocks this sign-in",
        "the sign-in log of Entra names the policy; device code is often blocked: try \"authorization-code\"",
    ),
    (54005, "the code was used already: the answer to it may have been lost", "sign in again"),
    (
        65001,
        "nobody consented to the permissions",
        "an administrator grants consent: app registration, API permissions, \"Grant admin consent\"",
    ),
    (65004, "the user declined to consent", "sign in again and accept, or let an administrator grant consent"),
    (70011, "a scope is not valid", "check `scopes` of the actor"),
    (70016, "the user has not signed in yet", "type the code on the page that is shown"),
    (70018, "the device code is wrong", "sign in again with the code that is shown"),
    (70020, "the code has expired", "sign in again, and type the code sooner"),
    (
        70021,
        "no federated credential of the app fits the token",
        "compare issuer, subject and audience of the credential with the token's: for GitHub the subject is repo:OWNER/REPO:ref:refs/heads/BRANCH or repo:OWNER/REPO:environment:NAME",
    ),
    (90002, "there is no such tenant", "check `tenant`, and `cloud`: tenants of national clouds are known there only"),
    (
        90094,
        "an administrator must consent",
        "an administrator grants consent: app registration, API permissions, \"Grant admin consent\"",
    ),
    (500011, "the cloud does not know the resource", "check `cloud`, `base-url` and `resource`"),
    (700016, "the app is not known in this tenant", "check `client-id` and `tenant`"),
    (
        700027,
        "the app does not know the certificate",
        "upload the certificate to the app registration: Certificates & secrets",
    ),
    (700082, "the kept sign-in has expired", "sign in again"),
    (
        700213,
        "no federated credential of the app has this subject",
        "compare the credential's subject with the token's: for GitHub repo:OWNER/REPO:ref:refs/heads/BRANCH or repo:OWNER/REPO:environment:NAME",
    ),
    (7000215, "the client secret is wrong", "put the secret's value, not its id, into the variable"),
    (
        7000218,
        "the app must prove itself",
        "allow public client flows: app registration, Authentication, Advanced settings",
    ),
    (7000222, "the client secret has expired", "make a new one: app registration, Certificates & secrets"),
];

impl SignInRefusal {
    /// Entra's number of the error, from its list or from its words.
    pub fn code(&self) -> Option<u32> {
        let spelt = || {
            let digits = self.error_description.expose().split("AADSTS").nth(1)?;
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..end].parse().ok()
        };
        self.error_codes.first().copied().or_else(spelt)
    }

    /// Returns the meaning of the error, if it is known here.
    pub fn meaning(&self) -> Option<&'static str> {
        self.known_meaning().map(|(_, meaning, _)| *meaning)
    }

    /// Returns what to do next.
    pub fn next(&self) -> String {
        match (self.known_meaning(), self.code(), self.error.expose()) {
            (Some((_, _, next)), _, _) => (*next).to_owned(),
            (None, Some(code), _) => format!("https://login.microsoftonline.com/error?code={code} explains it"),
            (None, None, "expired_token") => "sign in again, and type the code sooner".to_owned(),
            (None, None, "authorization_declined" | "access_denied") => "sign in again and accept".to_owned(),
            (None, None, _) => "check the actor's sign-in in the configuration".to_owned(),
        }
    }

    /// Returns whether only a person can help: what is kept of an earlier sign-in is of no use any more.
    pub(super) fn demands_a_person(&self) -> bool {
        matches!(self.error.expose(), "invalid_grant" | "interaction_required" | "login_required" | "consent_required")
    }

    /// Entra's words without the lines of ids and times that follow, and without anything that looks like a token or that a
    /// terminal would obey.
    pub fn words(&self) -> String {
        // A secret may be split by a line break: what is masked is the whole.
        self.error_description.masked_lines().lines().next().unwrap_or_default().to_owned()
    }

    fn known_meaning(&self) -> Option<&'static (u32, &'static str, &'static str)> {
        let code = self.code()?;
        MEANINGS.iter().find(|(known, _, _)| *known == code)
    }
}

impl fmt::Display for SignInRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.meaning(), self.code()) {
            (Some(meaning), Some(code)) => write!(f, "{meaning} (AADSTS{code})"),
            (_, Some(code)) => write!(f, "{} (AADSTS{code})", self.error),
            (_, None) if self.error.is_empty() => f.write_str("no reason was given"),
            (_, None) => write!(f, "{}", self.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_sorted_and_said_once() {
        assert!(MEANINGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_number_is_taken_from_the_list_or_from_the_words() {
        let listed = SignInRefusal { error_codes: vec![50126], ..SignInRefusal::default() };
        let error_description = "AADSTS50076: Due to a change …\r\nTrace ID: 1".into();
        let spelt = SignInRefusal { error: "invalid_grant".into(), error_description, ..SignInRefusal::default() };
        assert_eq!((listed.code(), spelt.code()), (Some(50126), Some(50076)));
        assert_eq!(spelt.to_string(), "a second factor is demanded (AADSTS50076)");
        assert_eq!(spelt.words(), "AADSTS50076: Due to a change …");
    }

    #[test]
    fn an_unknown_error_is_shown_in_the_authoritys_words() {
        let refusal =
            SignInRefusal { error: "invalid_request".into(), error_codes: vec![999], ..SignInRefusal::default() };
        assert_eq!(refusal.to_string(), "invalid_request (AADSTS999)");
        assert_eq!(refusal.next(), "https://login.microsoftonline.com/error?code=999 explains it");
        assert_eq!(SignInRefusal::default().to_string(), "no reason was given");
    }
}
