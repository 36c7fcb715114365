//! `/_emulator`: what a test asks of the emulator itself.
//!
//! | request | answer |
//! |---|---|
//! | `GET /_emulator/clock` | `{"now": "<RFC 3339>"}` |
//! | `POST /_emulator/clock/advance {"seconds": N}` | the same, N seconds later |
//! | `GET /_emulator/objects` | `{"objects": [{"path", "body"}]}`: what no area has, as a seed says it |
//! | `GET /_emulator/mail` | `{"value": [{"to", "kind", "subject", "instanceId", "sentDateTime"}]}` |
//! | `POST /_emulator/tokens {"userPrincipalName": …}` | `{"access_token", "token_type", "expires_in"}` |
//! | `POST /_emulator/sign-in-links {"site": "myaccess", "userPrincipalName": …}` | `{"url"}`: signs in once, on the pages of an area |
//! | `POST /_emulator/faults {"faults": […]}` or `{"seed": N}` | 204; see [`faults`](super::faults) |
//! | `DELETE /_emulator/faults` | 204, and nothing goes wrong any more |
//! | `POST /_emulator/reset` | 204, and the tenant is as it was at the start |
//!
//! A body is `application/json`, which no foreign web page can send without being asked; anything else is 415. If the
//! administrator's token was chosen, every request needs it.
//!
//! A token can be made narrower: `"scopes": ["User.Read"]` grants these delegated permissions only,
//! `{"appPermissions": [...]}` without a user makes one of an app alone.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use super::World;
use super::faults::Faults;
use super::http::{Refusal, Reply, Request, bad_request};
use super::sign_in::{DEFAULT_SCOPES, GRAPH_COMMAND_LINE, Holder};

/// The longest time that the clock is moved at once: a review that comes every week has five thousand instances until then.
const A_CENTURY: SignedDuration = SignedDuration::from_hours(24 * 36_500);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TokenFor {
    user_principal_name: Option<String>,
    scopes: Option<Vec<String>>,
    app_permissions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LinkFor {
    site: String,
    user_principal_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StormSeed {
    seed: u64,
}

/// The rest of a path under `/_emulator`, if it lies there.
pub(super) fn rest_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/_emulator")?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

/// Judges who asks, and in which form; `has_body` says whether there is a body, which need not have been read yet.
///
/// # Errors
///
/// 401 without a token and with one that is good for nothing, 403 with another one than the administrator's, 415 for what is
/// not JSON.
pub(super) fn admit(world: &World, request: &Request, has_body: bool, origin: &str) -> Result<(), Refusal> {
    let bearer = request.bearer();
    if world.guarded && bearer != Some(world.administrator.as_str()) {
        world.sign_in.caller(bearer, origin, jiff::Timestamp::now())?;
        let message =
            "Whoever started the emulator has chosen the administrator's token (--admin-token), and this needs it.";
        return Err(Refusal::new(403, "Forbidden", message));
    }
    let declared = request.header("content-type");
    let media_type = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let reads = matches!(request.method, ::http::Method::GET | ::http::Method::HEAD);
    if !media_type.eq_ignore_ascii_case("application/json") && (has_body || (declared.is_some() && !reads)) {
        let found = declared.map_or_else(|| "none".to_owned(), |declared| format!("'{declared}'"));
        let message = format!("Expected the Content-Type application/json, got {found}.");
        return Err(Refusal::new(415, "UnsupportedMediaType", message));
    }
    Ok(())
}

/// Answers a request under `/_emulator` that was [admitted](admit).
pub(super) fn answer(world: &mut World, request: &Request, rest: &str, origin: &str) -> Result<Reply, Refusal> {
    match (request.method.as_str(), rest) {
        ("GET", "clock") => Ok(clock(world)),
        ("POST", "clock/advance") => {
            let Advance { seconds } = body(request)?;
            if !(0.0..=A_CENTURY.as_secs_f64()).contains(&seconds) {
                return Err(bad_request("seconds: expected a number from 0 to 3153600000, which is a hundred years"));
            }
            let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or(A_CENTURY);
            world.clock.advance(span);
            let now = world.clock.now();
            world.live_on(now);
            Ok(clock(world))
        }
        ("GET", "objects") => Ok(Reply::json(200, super::generic::dump(&world.tenant))),
        ("GET", "mail") => Ok(Reply::json(200, world.tenant.mail.to_json())),
        ("POST", "tokens") => token(world, &body(request)?),
        ("POST", "sign-in-links") => {
            let LinkFor { site, user_principal_name } = body(request)?;
            let link = world.sign_in_link(&site, &user_principal_name);
            let link = link.ok_or_else(|| bad_request("there is no such site, or no such user"))?;
            Ok(Reply::json(200, json!({"url": link.address(origin)})))
        }
        ("POST", "faults") => {
            let text = std::str::from_utf8(&request.body).map_err(|_| bad_request("the body is not UTF-8"))?;
            world.faults = match serde_json::from_str::<StormSeed>(text) {
                Ok(StormSeed { seed }) => Faults::storm(seed),
                Err(_) => Faults::parse(text).map_err(|error| bad_request(error.to_string()))?,
            };
            world.faulty = true;
            Ok(Reply::no_content())
        }
        ("DELETE", "faults") => {
            world.faults = Faults::none();
            world.faulty = false;
            world.history.clear();
            Ok(Reply::no_content())
        }
        ("POST", "reset") => {
            world.reset();
            Ok(Reply::no_content())
        }
        _ => Err(Refusal::new(404, "NotFound", format!("/_emulator/{rest} does not take {}", request.method))),
    }
}

fn clock(world: &World) -> Reply {
    Reply::json(200, json!({"now": world.clock.now().to_string()}))
}

fn token(world: &mut World, wanted: &TokenFor) -> Result<Reply, Refusal> {
    let token = match wanted {
        TokenFor { user_principal_name: Some(name), scopes, app_permissions: None } => {
            let scopes =
                scopes.clone().unwrap_or_else(|| DEFAULT_SCOPES.iter().map(|&scope| scope.to_owned()).collect());
            world.user_token(name, &scopes)?
        }
        TokenFor { user_principal_name: None, scopes: None, app_permissions: Some(permissions) } => {
            world.sign_in.issue(GRAPH_COMMAND_LINE, Holder::App(permissions), jiff::Timestamp::now())
        }
        _ => return Err(bad_request("expected userPrincipalName, with scopes if need be, or appPermissions")),
    };
    Ok(Reply::json(200, json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600})))
}

fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body).map_err(|error| bad_request(error.to_string()))
}
