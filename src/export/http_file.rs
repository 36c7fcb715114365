//! A `.http` file, for httpyac and the HTTP client of JetBrains.

use super::javascript::making;
use super::outline::{Outline, OutlineRequest, Sends};
use super::script::{Dialect, address, after, body_text, is_repeated, limit_of};
use super::settings::{Setting, paragraphs, settings};

/// The width of comments.
const COLUMNS: usize = 100;

const DIALECT: Dialect = Dialect {
    begins: &[
        "const v = name => client.global.get(name) ?? request.environment.get(name);",
        "const keep = (name, value) => client.global.set(name, value);",
        "const status = response.status;",
        "const header = name => response.headers.valueOf(name) ?? response.headers.valueOf(name.toLowerCase());",
        "const answer = response.body !== null && typeof response.body === \"object\" ? response.body : undefined;",
    ],
    test: "client.test",
    // A variable that is set in a loop is not seen by the next round. Only httpyac counts: elsewhere tests are told at once.
    tries: "globalThis.asked ?? Infinity",
    wait_until: ("globalThis.waitUntil = UNTIL;", "globalThis.waitUntil"),
    again: &["client.log(\"not yet: it is sent again\");"],
    done: &["globalThis.done = \"NUMBER\";"],
};

/// Writes a tutorial as a file.
pub fn write(outline: &Outline) -> String {
    let mut text = String::new();
    for paragraph in paragraphs(outline) {
        comment(&mut text, &paragraph);
        text += "#\n";
    }
    comment(
        &mut text,
        "httpyac and JetBrains play all of it; httpyac repeats reads. The REST Client of VS Code knows no scripts, so it sends \
         single requests only. Put the variables into http-client.env.json beside this file:",
    );
    tell_settings(&mut text, &settings(outline));
    let mut first = true;
    for part in &outline.parts {
        text += &format!("\n### {}\n", part.title);
        comment(&mut text, &part.description);
        untold(&mut text, &part.untold);
        for request in &part.requests {
            text += "\n";
            write_request(&mut text, outline, request, std::mem::take(&mut first));
        }
    }
    text
}

fn tell_settings(text: &mut String, settings: &[Setting]) {
    text.push_str("#\n# {\"graph\": {\n");
    for (index, setting) in settings.iter().enumerate() {
        let comma = if index + 1 < settings.len() { "," } else { "" };
        text.push_str(&format!("#   \"{}\": \"{}\"{comma}\n", setting.name, setting.value));
    }
    text.push_str("# }}\n#\n");
    for setting in settings {
        comment(text, &format!("{}: {}", setting.name, setting.what));
    }
}

fn write_request(text: &mut String, outline: &Outline, request: &OutlineRequest, is_first: bool) {
    text.push_str(&format!("### {} {}\n", request.number, one_line(&request.title)));
    untold(text, &request.untold);
    if let Sends::SignIn { actor, .. } = &request.sends {
        comment(text, &format!("Left out if {} is given.", actor.token));
        text.push_str(&format!("# @disabled typeof {0} !== \"undefined\" && {0}\n", actor.token));
    }
    if is_repeated(request) {
        let (number, limit) = (&request.number, limit_of(request));
        // Counted here, too: where a request cannot be sent no handler runs.
        text.push_str(&format!(
            "# @loop while globalThis.done !== \"{number}\" && (globalThis.asked = (globalThis.asked ?? 0) + 1) <= 2 * Number({limit}) || (globalThis.asked = 0, globalThis.done = \"\")\n\
             # @sleep globalThis.asked > 1 ? Number(poll_seconds) * 1000 : 0\n"
        ));
    }
    if is_first {
        let again = is_repeated(request).then_some("globalThis.asked > 1");
        script(text, "<", &making(outline, again, "client.global.set", "client.global.get"));
    }
    send(text, request);
    text.push('\n');
    script(text, ">", &after(request, &DIALECT));
}

fn send(text: &mut String, request: &OutlineRequest) {
    match &request.sends {
        Sends::Call(call) => {
            text.push_str(&format!(
                "{} {}\nAuthorization: Bearer {{{{{}}}}}\n",
                call.method,
                address(call),
                call.token
            ));
            for (name, value) in &call.headers {
                text.push_str(&format!("{name}: {}\n", value.braced(str::to_owned)));
            }
            if let Some(body) = &call.body {
                text.push_str(&format!("Content-Type: application/json\n\n{}\n", body_text(body, 0)));
            }
            if let Some((name, media_type)) = &call.file {
                text.push_str(&format!("Content-Type: {media_type}\n\n< ./{name}\n"));
            }
        }
        Sends::SignIn { username, password, .. } => {
            text.push_str(&format!(
                "POST {{{{authority}}}}/{{{{tenant}}}}/oauth2/v2.0/token\n\
                 Content-Type: application/x-www-form-urlencoded\n\n\
                 grant_type=password&client_id={{{{client_id}}}}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default\
                 &username={}&password={{{{{password}}}}}\n",
                username.braced(str::to_owned)
            ));
        }
        Sends::Wait(_) => {
            comment(text, "Only the header Date of the answer counts: what time it is.");
            let token = format!("token_{}", graphwalk_recording::ADMINISTRATOR);
            text.push_str(&format!("GET {{{{base_url}}}}/v1.0/me?$select=id\nAuthorization: Bearer {{{{{token}}}}}\n"));
        }
    }
}

fn script(text: &mut String, mark: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    text.push_str(mark);
    text.push_str(" {%\n");
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str("%}\n");
}

fn untold(text: &mut String, untold: &[String]) {
    if !untold.is_empty() {
        text.push_str("# Not in this file:\n");
    }
    for line in untold {
        comment(text, &format!("- {line}"));
    }
}

/// A text as comments, words in lines.
fn comment(text: &mut String, paragraph: &str) {
    let mut line = String::new();
    for word in paragraph.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= COLUMNS {
            text.push_str(&format!("# {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        text.push_str(&format!("# {line}\n"));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
