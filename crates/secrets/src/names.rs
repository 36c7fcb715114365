//! Which names say that what they name is a secret: of properties, parameters, form fields, XML elements, headers.
//!
//! Sources: the request and token parameters of OAuth 2.0 (RFC 6749, 7636, 8628), OpenID Connect, SAML and WS-Federation; the
//! properties of Microsoft Graph that hold a password, a token or a key, in its v1.0 metadata; what the sign-in pages of Entra
//! call their tokens; and how libraries call anti-forgery tokens and API keys.

use crate::shapes::looks_opaque;

/// No name of a secret is longer.
const LONGEST: usize = 64;

/// Names of secrets that no ending tells, in lower case and without `_` and `-`, in order.
const NAMES: [&str; 71] = [
    "apicanary",
    "apikey",
    "appkey",
    "assertion",
    "authcode",
    "authorizationcode",
    "authticket",
    "binarysecret",
    "canary",
    "ciphervalue",
    "clientassertion",
    "clientstate",
    "codeverifier",
    "csrf",
    "devicecode",
    "functionkeys",
    "hmackey",
    "hostkeys",
    "idtokenhint",
    "jsessionid",
    "jwt",
    "kerberosticket",
    "keymaterial",
    "lockpin",
    "mackey",
    "masterkey",
    "mfacode",
    "otc",
    "otp",
    "otpcode",
    "passwordbase64",
    "passwordconfirm",
    "passwordconfirmation",
    "passwordhash",
    "passwordplain",
    "pfx",
    "pfxblob",
    "phpsessid",
    "pin",
    "pincode",
    "pkcs12value",
    "privatekeypem",
    "proofofpossession",
    "psk",
    "pwd",
    "samlart",
    "samlassertion",
    "samlresponse",
    "sas",
    "secretkeybase",
    "secrettext",
    "securityanswer",
    "serviceticket",
    "sft",
    "sharedaccesssignature",
    "sig",
    "smscode",
    "storagekey",
    "systemkey",
    "tempauth",
    "ticket",
    "tokenvalue",
    "totp",
    "transportkey",
    "unlockpin",
    "usercode",
    "verificationcode",
    "wlankey",
    "wresult",
    "xamzsignature",
    "xgoogsignature",
];

/// The endings of names of secrets.
const ENDINGS: [&str; 29] = [
    "accesskey",
    "accesspass",
    "accountkey",
    "apikey",
    "authkey",
    "backupcode",
    "bypasscode",
    "decryptionkey",
    "encryptionkey",
    "functionkey",
    "functionskey",
    "hostkey",
    "onetimecode",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "presharedkey",
    "privatekey",
    "recoverycode",
    "recoverykey",
    "secret",
    "secretkey",
    "sessionkey",
    "sharedkey",
    "signingkey",
    "subscriptionkey",
    "token",
    "workspacekey",
];

/// Names of secrets that are an ending with a word before it, and that everybody has.
const PLAIN: [&str; 11] = [
    "accesstoken",
    "clientsecret",
    "currentpassword",
    "idtoken",
    "newpassword",
    "oldpassword",
    "refreshtoken",
    "securitytoken",
    "sessiontoken",
    "sharedaccesskey",
    "sharedsecret",
];

/// Names that end like those of secrets and are none: places in a list, and marks of a change, that a service gives out.
const PLACES: [&str; 12] = [
    "changetoken",
    "continuationtoken",
    "deltatoken",
    "nextpagetoken",
    "nexttoken",
    "pagetoken",
    "pagingtoken",
    "prevpagetoken",
    "previouspagetoken",
    "skiptoken",
    "synctoken",
    "validationtoken",
];

/// Names that may be those of secrets, if what they name is opaque: `primaryKey` is a column elsewhere.
const IF_OPAQUE: [&str; 7] = ["bearer", "licensekey", "pass", "primarykey", "productkey", "prt", "secondarykey"];

/// The headers whose values are secrets and whose names no ending tells, in lower case.
const HEADERS: [&str; 9] = [
    "cookie2",
    "x-auth",
    "x-jwt-assertion",
    "x-ms-client-principal",
    "x-ms-refreshtokencredential",
    "x-ms-tokens",
    "x-requestdigest",
    "x-session-id",
    "x-zumo-auth",
];

/// The endings of the names of headers whose values are secrets.
const HEADER_ENDINGS: [&str; 15] = [
    "-api-key",
    "-assertion",
    "-auth-key",
    "-canary",
    "-credential",
    "-csrf",
    "-key",
    "-password",
    "-secret",
    "-ticket",
    "-xsrf",
    "apikey",
    "authorization",
    "cookie",
    "token",
];

/// Headers that end like those of secrets, and hold none.
const HARMLESS_HEADERS: [&str; 8] = [
    "cache-key",
    "idempotency-key",
    "sec-websocket-key",
    "surrogate-key",
    "x-cache-key",
    "x-idempotency-key",
    "x-ms-continuation-token",
    "x-ms-partition-key",
];

/// Names of what a service made and nobody else can read, marks of a version and places in a list, and of digests, files and what is
/// encrypted or signed. In order.
const OPAQUE: [&str; 35] = [
    "changekey",
    "changetoken",
    "codechallenge",
    "contentbytes",
    "contentdigest",
    "contentsecuritypolicy",
    "contentsecuritypolicyreportonly",
    "continuationtoken",
    "conversationid",
    "conversationindex",
    "ctag",
    "customkeyidentifier",
    "datakey",
    "datasignature",
    "deltatoken",
    "digest",
    "digestvalue",
    "etag",
    "ifmatch",
    "ifnonematch",
    "integrity",
    "nextpagetoken",
    "nexttoken",
    "nonce",
    "odata.etag",
    "odata.mediaetag",
    "pagetoken",
    "reprdigest",
    "signaturevalue",
    "skiptoken",
    "synctoken",
    "thumbprint",
    "x509certificate",
    "xamzcfid",
    "xmscontinuationtoken",
];

/// A name in lower case, without `_`, `-` and what stands before its last part: `user[new_password]` is `newpassword`.
struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Folded {
    /// `None` for a name that is too long, or none.
    fn new(name: &str) -> Option<Self> {
        let name = if name.ends_with([']', '[']) { without_place(name) } else { name };
        let mut folded = Self { bytes: [0; LONGEST], length: 0 };
        for byte in name.as_bytes() {
            match byte {
                b'.' | b'$' | b'[' | b'/' | b':' | b'@' => folded.length = 0,
                b'_' | b'-' | b' ' => {}
                byte => {
                    if let Some(place) = folded.bytes.get_mut(folded.length) {
                        *place = byte.to_ascii_lowercase();
                    }
                    folded.length += 1;
                }
            }
        }
        (1..=LONGEST).contains(&folded.length).then_some(folded)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// The name of a field in brackets without its place in a list, or in a pair in which the same is typed twice: `password[0]`,
/// `password[second]`.
fn without_place(name: &str) -> &str {
    let mut name = name.trim_end_matches([']', '[']);
    while let Some((list, place)) = name.rsplit_once('[')
        && (matches!(place, "first" | "second") || place.bytes().all(|byte| byte.is_ascii_digit()))
    {
        name = list.trim_end_matches([']', '[']);
    }
    name
}

/// Returns what follows a prefix in any case; nothing if a text begins otherwise.
pub(crate) fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

/// Returns whether a property, a parameter or a field of this name holds a secret: `client_secret`, `clientSecret`,
/// `Client-Secret`, `user[password]`.
pub fn is_secret_name(name: &str) -> bool {
    let Some(folded) = Folded::new(name) else { return false };
    // The field of a form; elsewhere a pass may be any.
    if folded.text() == "pass" && name.to_ascii_lowercase().contains("[pass]") {
        return true;
    }
    let name = folded.text();
    // What most names of documents are not: so that they cost little.
    let may_end_so = matches!(
        name.as_bytes(),
        [.., b'k', b'e', b'y']
            | [.., b'k', b'e', b'n']
            | [.., b'o', b'r', b'd']
            | [.., b'w', b'd']
            | [.., b's', b's']
            | [.., b'o', b'd', b'e']
            | [.., b'a', b's', b'e']
            | [.., b'r', b'e', b't']
    );
    let ends_like_one = may_end_so && ENDINGS.iter().any(|ending| name.ends_with(ending)) && !PLACES.contains(&name);
    // `password2`: typed again.
    let is_again = name.ends_with(|last: char| last.is_ascii_digit()) && {
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        ["password", "passwd", "pwd"].iter().any(|ending| name.ends_with(ending))
    };
    ends_like_one || is_again || NAMES.binary_search(&name).is_ok()
}

/// Returns whether a name is nothing but one of those that name secrets everywhere, so that it tells nothing of anybody:
/// `client_secret`, and not `adelesSecret`.
pub fn is_plain_secret_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    let known = |name: &str| ENDINGS.contains(&name) || NAMES.binary_search(&name).is_ok();
    plain && Folded::new(name).is_some_and(|folded| PLAIN.contains(&folded.text()) || known(folded.text()))
}

/// Returns whether a parameter of a URL or a form holds a secret, by its name and by what it holds: a `code` may be a
/// country's.
pub(crate) fn is_secret_parameter(name: &str, value: &str) -> bool {
    if is_secret_name(name) {
        return true;
    }
    let Some(folded) = Folded::new(name) else { return false };
    match folded.text() {
        "code" | "signature" => value.len() >= 16 && looks_opaque(value),
        "key" => looks_opaque(value),
        name => IF_OPAQUE.contains(&name) && is_jumble(value),
    }
}

/// Returns whether a property holds a secret by its name, if that alone does not say so, and by what it holds.
pub(crate) fn is_secret_property(name: &str, value: &str) -> bool {
    // What most names are not.
    matches!(name.as_bytes(), [.., b'y' | b'Y' | b's' | b'S' | b'r' | b'R' | b't' | b'T'])
        && Folded::new(name).is_some_and(|folded| IF_OPAQUE.contains(&folded.text()))
        && is_jumble(value)
}

/// Returns whether a text is a word with digits in it.
pub(crate) fn is_jumble(text: &str) -> bool {
    const SHORTEST: usize = 8;
    text.len() >= SHORTEST
        && !text.contains(char::is_whitespace)
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Returns whether a name is that of a place in a list, or of a mark of a change.
fn is_place(name: &str) -> bool {
    Folded::new(name).is_some_and(|folded| PLACES.contains(&folded.text()))
}

/// Returns whether a header of this name holds a secret.
pub fn is_secret_header(name: &str) -> bool {
    let ends = |ending: &&str| {
        let at = name.len().checked_sub(ending.len());
        at.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    // The last letters of all that follow.
    if !name.bytes().next_back().is_some_and(|last| b"yndtelfh2s".contains(&last.to_ascii_lowercase())) {
        return false;
    }
    let ends_like_one = HEADER_ENDINGS.iter().any(ends) && !HARMLESS_HEADERS.iter().any(is) && !is_place(name);
    ends_like_one || HEADERS.iter().any(is)
}

/// Returns whether what has this name is opaque without being a secret: an etag, a change key, a skip token, an id.
pub(crate) fn is_opaque_name(name: &str) -> bool {
    let name = name.trim_start_matches(['@', '$']);
    if name == "id" || (name.ends_with("Id") && !name.to_ascii_lowercase().contains("session")) {
        return true;
    }
    let Some(folded) = Folded::new(name) else { return false };
    OPAQUE.binary_search(&folded.text()).is_ok()
}

#[cfg(test)]
mod tests;
