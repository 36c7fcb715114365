//! The general vocabulary: sending any request as any actor.

use cucumber::{gherkin::Step, given, when};

use crate::session::{Call, Failure, Raised, Session, StepResult, Template, sole_name};

use super::parameters::{Actor, MethodName};

/// Sends a request. A doc string is its JSON body; values kept under names stand in braces, in the path as in the body.
#[when(expr = "{actor} sends {method} {string}")]
async fn sends(session: &mut Session, actor: Actor, method: MethodName, path: String, step: &Step) -> StepResult {
    let call = call(session, &actor, &method.0, &path, step.docstring.as_deref())?;
    let call = session.adapt(call);
    session.send(&call).await?;
    Ok(())
}

/// Sends a request with a file as its body: a photo, a CSV. The file lies in the folder of the feature, and nothing is filled in.
#[when(expr = "{actor} sends {method} {string} with the file {string}")]
async fn sends_file(session: &mut Session, actor: Actor, method: MethodName, path: String, file: String) -> StepResult {
    let call = call(session, &actor, &method.0, &path, None)?;
    let call = session.file_body(call, &file)?;
    let call = session.adapt(call);
    session.send(&call).await?;
    Ok(())
}

/// The end of the sentence that reads a list to its last page.
const TO_ITS_END: &str = " to its last page";

/// Reads a list with all its pages, as one answer.
#[when(expr = "{actor} lists {string} to its last page")]
async fn lists(session: &mut Session, actor: Actor, path: String) -> StepResult {
    let call = call(session, &actor, "GET", &path, None)?;
    session.send(&call.all_pages()).await?;
    Ok(())
}

/// Adds a header to the next request of the scenario.
#[given(expr = "the next request carries the header {string} with the value {string}")]
async fn carries(session: &mut Session, name: String, value: String) -> StepResult {
    if name.eq_ignore_ascii_case("authorization") {
        Err(Failure::new(
            "request",
            "a feature cannot set the Authorization header: each actor has a token of its own",
        )
        .focus(name, "set by graphwalk"))?;
    } else {
        let value = session.fill(&value, Template::Text)?;
        session.next_headers.push((name, value));
        session.prepares();
    }
    Ok(())
}

/// A request with its names filled in. A path that is a name alone is a link that was kept.
pub(super) fn call(
    session: &mut Session,
    actor: &Actor,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> Result<Call, Raised> {
    let path = match sole_name(path) {
        // A link that Graph answered, kept under a name.
        Some(_) => session.path_of_link(&session.fill(path, Template::Text)?)?,
        None => session.fill(path, Template::Path)?,
    };
    if !path.starts_with('/') {
        Err(Failure::new("request", "a path begins with `/` and the version, and names no host")
            .focus(path.clone(), "not a path")
            .help("write it like \"/v1.0/users\": the backend adds the host"))?;
    }
    let mut call = Call::new(&actor.0, method, path);
    call.headers = std::mem::take(&mut session.next_headers);
    if let Some(body) = body {
        let filled = session.fill(body, Template::Json)?;
        let parsed = serde_json::from_str(&filled).map_err(|error| {
            Failure::new("request", format!("the body is not JSON: {error}"))
                .note(session.captures.hide(&filled))
                .help("line and column are those of the text between the quotes, with the names filled in")
        })?;
        call.volatile = session.volatile_in(body, &parsed);
        call.body = Some(parsed);
    }
    Ok(call)
}

/// Actor, method and path of the request that a sentence names: `the administrator sends DELETE "/v1.0/users/{user}"`, or
/// `the administrator polls "/v1.0/users/{user}" until …`.
pub(crate) fn request_of(sentence: &str) -> Option<(String, &str, &str)> {
    let quoted = |text| sentence.split_once(text);
    let listed = || quoted(" lists \"").filter(|(_, rest)| rest.ends_with(TO_ITS_END));
    let (actor, method, path) = match (quoted(" sends "), quoted(" polls \"").or_else(listed)) {
        (Some((actor, rest)), _) => {
            let (method, path) = rest.split_once(" \"")?;
            (actor, method, path.split_once('"')?.0)
        }
        (None, Some((actor, rest))) => (actor, "GET", rest.split_once('"')?.0),
        (None, None) => return None,
    };
    let Ok(Actor(actor)) = actor.parse();
    let is_method = method.bytes().all(|byte| byte.is_ascii_uppercase());
    Some((actor, method, path)).filter(|_| is_method)
}
