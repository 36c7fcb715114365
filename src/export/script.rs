//! The script after a request, in the words of a format.

use super::javascript::{expression, functions_for, keeping, signed_in, tests};
use super::outline::{OutlineCall, OutlineRequest, OutlineTemplate, Sends, TemplateJson, WaitEnd};

/// The words in which a format's scripts are written.
pub struct Dialect {
    /// The lines that define `v`, `keep`, `status`, `header` and `answer`.
    pub begins: &'static [&'static str],
    /// The function that tells of a test: name and function.
    pub test: &'static str,
    /// The number of times that the request at hand has been sent, with this time.
    pub tries: &'static str,
    /// The line that keeps the end of a wait, `UNTIL`, and the expression that has it.
    pub wait_until: (&'static str, &'static str),
    /// The lines that send the request again; `NUMBER` stands for its number.
    pub again: &'static [&'static str],
    /// The lines that go on; `NUMBER` as well.
    pub done: &'static [&'static str],
}

/// The lines of the script after a request.
pub fn after(request: &OutlineRequest, dialect: &Dialect) -> Vec<String> {
    let mut body = match &request.sends {
        Sends::Wait(moment) => wait(moment, dialect),
        Sends::SignIn { actor, .. } => vec![
            "const kept = {".to_owned(),
            format!("  {}: answer?.access_token,", actor.token),
            "};".to_owned(),
            "for (const [name, value] of Object.entries(kept)) if (value !== undefined) keep(name, value);".to_owned(),
            format!("keep(\"{}\", \"yes\");", signed_in(&actor.token)),
            "const checks = {".to_owned(),
            "  \"the sign-in gives a token\": () => so(status === 200 && answer?.access_token, answer?.error_description, status),"
                .to_owned(),
            "};".to_owned(),
        ],
        Sends::Call(_) => {
            let mut lines = keeping(request);
            lines.push("const checks = {".to_owned());
            lines.extend(tests(request));
            lines.push("};".to_owned());
            lines
        }
    };
    let text = body.join("\n");
    if text.contains("now") {
        body.insert(0, "const now = Date.parse(header(\"Date\"));".to_owned());
    }
    let mut script: Vec<String> = dialect.begins.iter().map(|line| (*line).to_owned()).collect();
    script.extend(functions_for(&text));
    script.extend(body);
    let run = format!("for (const [name, test] of Object.entries(checks)) {}(name, test);", dialect.test);
    if !is_repeated(request) {
        script.push(run);
        return script;
    }
    let limit = limit_of(request);
    let numbered = |line: &&str| format!("  {}", line.replace("NUMBER", &request.number));
    script.push(
        "const holds = Object.values(checks).every(test => { try { test(); return true; } catch { return false; } });"
            .to_owned(),
    );
    script.push(format!("const tries = {};", dialect.tries));
    script.push(format!("if (!holds && tries < Number(v(\"{limit}\"))) {{"));
    script.extend(dialect.again.iter().map(numbered));
    script.push("} else {".to_owned());
    script.extend(dialect.done.iter().map(numbered));
    script.push(format!("  {run}"));
    script.push("}".to_owned());
    script
}

/// The variable that says how often a request is sent.
pub fn limit_of(request: &OutlineRequest) -> &'static str {
    if request.polls { "poll_limit" } else { "read_limit" }
}

/// Returns whether a request is sent again while something does not hold: a read, or a wait.
pub fn is_repeated(request: &OutlineRequest) -> bool {
    match &request.sends {
        Sends::Call(call) => call.method == "GET",
        Sends::Wait(_) => true,
        Sends::SignIn { .. } => false,
    }
}

fn wait(moment: &WaitEnd, dialect: &Dialect) -> Vec<String> {
    let mut lines = Vec::new();
    let until = match moment {
        WaitEnd::At(template) => format!("Date.parse({})", expression(template)),
        WaitEnd::After(seconds) => {
            let (keep, until) = dialect.wait_until;
            let keep = keep.replace("UNTIL", &format!("now + {seconds} * 1000"));
            lines.push(format!("if (({}) === 1) {keep}", dialect.tries));
            format!("Number({until})")
        }
    };
    lines.push("const checks = {".to_owned());
    lines.push(format!(
        "  \"the time has come\": () => so(now >= {until}, \"it is not yet \" + new Date({until}).toISOString() + \": run the rest later\", header(\"Date\")),"
    ));
    lines.push("};".to_owned());
    lines
}

/// A JSON body as a text with variables in double braces, indented.
pub fn body_text(value: &TemplateJson, indent: usize) -> String {
    let (inner, outer) = ("  ".repeat(indent + 1), "  ".repeat(indent));
    match value {
        TemplateJson::Text(template) => format!("\"{}\"", template.braced(escaped)),
        TemplateJson::Plain(value) => value.to_string(),
        TemplateJson::List(items) if items.is_empty() => "[]".to_owned(),
        TemplateJson::Object(properties) if properties.is_empty() => "{}".to_owned(),
        TemplateJson::List(items) => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{inner}{}", body_text(item, indent + 1))).collect();
            format!("[\n{}\n{outer}]", items.join(",\n"))
        }
        TemplateJson::Object(properties) => {
            let property = |(name, value): &(String, TemplateJson)| {
                format!("{inner}\"{}\": {}", escaped(name), body_text(value, indent + 1))
            };
            format!("{{\n{}\n{outer}}}", properties.iter().map(property).collect::<Vec<_>>().join(",\n"))
        }
    }
}

/// The address of a request, with variables in double braces.
pub fn address(call: &OutlineCall) -> String {
    let path = call.path.braced(|text| text.replace(' ', "%20"));
    if path.starts_with("{{") { path } else { format!("{{{{base_url}}}}{path}") }
}

/// The templates that a request is made of.
pub fn templates(request: &OutlineRequest) -> Vec<&OutlineTemplate> {
    match &request.sends {
        Sends::Call(call) => {
            let mut found = vec![&call.path];
            found.extend(call.headers.iter().map(|(_, value)| value));
            if let Some(body) = &call.body {
                body.templates(&mut found);
            }
            found
        }
        Sends::SignIn { username, .. } => vec![username],
        Sends::Wait(WaitEnd::At(template)) => vec![template],
        Sends::Wait(WaitEnd::After(_)) => Vec::new(),
    }
}

/// A text as it stands in a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
