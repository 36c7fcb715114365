//! A Postman collection, v2.1.

use serde_json::{Value, json};

use super::javascript::making;
use super::outline::{Outline, OutlineCall, OutlinePart, OutlineRequest, Sends};
use super::script::{Dialect, address, after, body_text, is_repeated, templates};
use super::settings::{paragraphs, settings};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

const DIALECT: Dialect = Dialect {
    begins: &[
        "const v = name => pm.variables.get(name);",
        "const keep = (name, value) => pm.collectionVariables.set(name, value);",
        "const status = pm.response.code;",
        "const header = name => pm.response.headers.get(name);",
        "let answer;",
        "try { answer = pm.response.json(); } catch { answer = undefined; }",
    ],
    test: "pm.test",
    tries: "Number(v(\"tries\") || 0) + 1",
    wait_until: ("keep(\"wait_until\", UNTIL);", "v(\"wait_until\")"),
    // A variable of the run alone: what an earlier one that was stopped has left would be taken for tries of this one.
    again: &["pm.variables.set(\"tries\", tries);", "pm.execution.setNextRequest(pm.info.requestName);"],
    done: &["pm.variables.set(\"tries\", 0);"],
};

/// Whether the request at hand is sent again.
const IS_AGAIN: &str = "Number(pm.variables.get(\"tries\") || 0)";

/// Writes a tutorial as a collection.
pub fn write(outline: &Outline) -> String {
    let mut first = true;
    let folder = |part: &OutlinePart| {
        let requests: Vec<Value> =
            part.requests.iter().map(|request| item(outline, request, std::mem::take(&mut first))).collect();
        json!({"name": part.title, "description": description(&part.description, &part.untold), "item": requests})
    };
    let variables: Vec<Value> = settings(outline)
        .iter()
        .map(|setting| json!({"key": setting.name, "value": setting.value, "description": setting.what}))
        .collect();
    let told = paragraphs(outline).join("\n\n");
    let folders: Vec<Value> = outline.parts.iter().map(folder).collect();
    let collection = json!({
        "info": {"name": outline.tutorial, "description": told, "schema": SCHEMA},
        "item": folders,
        "variable": variables,
    });
    format!("{collection:#}\n")
}

fn item(outline: &Outline, request: &OutlineRequest, is_first: bool) -> Value {
    let mut events = Vec::new();
    let before = before(outline, request, is_first);
    if !before.is_empty() {
        events.push(event("prerequest", &before));
    }
    events.push(event("test", &after(request, &DIALECT)));
    json!({
        "name": format!("{} {}", request.number, request.title),
        "event": events,
        "request": request_item(request),
    })
}

fn event(listen: &str, lines: &[String]) -> Value {
    json!({"listen": listen, "script": {"type": "text/javascript", "exec": lines}})
}

/// Returns the script that runs before a request.
fn before(outline: &Outline, request: &OutlineRequest, is_first: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if is_first {
        let again = is_repeated(request).then_some(IS_AGAIN);
        lines.extend(making(outline, again, "pm.collectionVariables.set", "pm.collectionVariables.get"));
    }
    if is_repeated(request) {
        let wait = "setTimeout(() => {}, Number(pm.variables.get(\"poll_seconds\")) * 1000)";
        lines.push(format!("if ({IS_AGAIN}) {wait};"));
    }
    if let Sends::SignIn { actor, .. } = &request.sends {
        lines.push(format!("if (pm.variables.get(\"{}\")) pm.execution.skipRequest();", actor.token));
    }
    let kept: Vec<&str> =
        outline.requests().flat_map(|request| &request.keeps).map(|kept| kept.variable.as_str()).collect();
    let mut needed: Vec<&str> = templates(request).iter().flat_map(|template| template.variables()).collect();
    needed.retain(|name| kept.contains(name));
    needed.dedup();
    if !needed.is_empty() {
        lines.push(format!(
            "for (const name of {}) if (pm.variables.get(name) === undefined) {{ console.log(\"not sent: no answer gave \" + name); pm.execution.skipRequest(); }}",
            json!(needed)
        ));
    }
    lines
}

fn request_item(request: &OutlineRequest) -> Value {
    let told = description("", &request.untold);
    match &request.sends {
        Sends::Call(call) => of_call(call, &told),
        Sends::SignIn { actor, username, password } => {
            let pair = |key: &str, value: String| json!({"key": key, "value": value});
            json!({
                "method": "POST",
                "header": [],
                "url": "{{authority}}/{{tenant}}/oauth2/v2.0/token",
                "body": {"mode": "urlencoded", "urlencoded": [
                    pair("grant_type", "password".to_owned()),
                    pair("client_id", "{{client_id}}".to_owned()),
                    pair("scope", "https://graph.microsoft.com/.default".to_owned()),
                    pair("username", username.braced(str::to_owned)),
                    pair("password", format!("{{{{{password}}}}}")),
                ]},
                "description": format!("Left out if {} is given.{told}", actor.token),
            })
        }
        Sends::Wait(_) => json!({
            "method": "GET",
            "header": [authorization(&format!("token_{}", graphwalk_recording::ADMINISTRATOR))],
            "url": "{{base_url}}/v1.0/me?$select=id",
            "description": format!("Only the header Date of the answer counts: what time it is.{told}"),
        }),
    }
}

fn of_call(call: &OutlineCall, told: &str) -> Value {
    let mut headers = vec![authorization(&call.token)];
    headers.extend(call.headers.iter().map(|(name, value)| json!({"key": name, "value": value.braced(str::to_owned)})));
    let mut request = json!({"method": call.method, "header": [], "url": address(call)});
    if let Some(body) = &call.body {
        headers.push(json!({"key": "Content-Type", "value": "application/json"}));
        let language = json!({"raw": {"language": "json"}});
        request["body"] = json!({"mode": "raw", "raw": body_text(body, 0), "options": language});
    }
    if let Some((name, media_type)) = &call.file {
        headers.push(json!({"key": "Content-Type", "value": media_type}));
        request["body"] = json!({"mode": "file", "file": {"src": name}});
    }
    request["header"] = Value::from(headers);
    if !told.is_empty() {
        request["description"] = told.into();
    }
    request
}

fn authorization(token: &str) -> Value {
    json!({"key": "Authorization", "value": format!("Bearer {{{{{token}}}}}")})
}

/// Returns the description of a part: its text, and what the collection does not have.
fn description(text: &str, untold: &[String]) -> String {
    let mut told = text.to_owned();
    if !untold.is_empty() {
        told += "\n\nNot in this file:";
        untold.iter().for_each(|line| told += &format!("\n- {line}"));
    }
    told.trim().to_owned()
}
