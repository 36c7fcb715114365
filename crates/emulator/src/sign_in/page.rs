//! The pages that a person meets in a browser.

use bytes::Bytes;

use crate::http::{Body, Reply};

/// The form that asks who signs in to `app`. It is sent to the same address, with the same `query`.
pub(super) fn sign_in(status: u16, app: &str, query: &str, login_hint: &str, fault: Option<&str>) -> Reply {
    let content = format!(
        "{}<p>to continue to {}</p><form method=\"post\" action=\"?{}\">{}<button>Sign in</button></form>",
        fault_line(fault),
        escaped(app),
        escaped(query),
        credentials(login_hint),
    );
    page(status, &content)
}

/// The form that asks for the code of a device.
pub(super) fn device(status: u16, user_code: &str, fault: Option<&str>) -> Reply {
    let content = format!(
        "{}<form method=\"post\"><label>Code <input name=\"user_code\" value=\"{}\" autocomplete=\"off\" required></label>\
         {}<button>Sign in</button><button name=\"decline\" value=\"1\" formnovalidate>Decline</button></form>",
        fault_line(fault),
        escaped(user_code),
        credentials(""),
    );
    page(status, &content)
}

/// One sentence.
pub(super) fn message(status: u16, sentence: &str) -> Reply {
    page(status, &format!("<p>{}</p>", escaped(sentence)))
}

/// A form that sends itself to the program that waits for `values` (OAuth 2.0 Form Post Response Mode).
pub(super) fn form_post(address: &str, values: &[(&str, String)]) -> Reply {
    let hidden = values
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)));
    let content = format!(
        "<form method=\"post\" action=\"{}\">{}<button>Continue</button></form><script>document.forms[0].submit()</script>",
        escaped(address),
        hidden.collect::<String>(),
    );
    page(200, &content)
}

fn credentials(login_hint: &str) -> String {
    format!(
        "<label>User name <input name=\"username\" value=\"{}\" autocomplete=\"username\" required></label>\
         <label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label>",
        escaped(login_hint),
    )
}

fn fault_line(fault: Option<&str>) -> String {
    fault.map(|fault| format!("<p role=\"alert\">{}</p>", escaped(fault))).unwrap_or_default()
}

fn page(status: u16, content: &str) -> Reply {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Sign in to graphwalk's emulator</title><style>body{{font:16px \
         system-ui;max-width:26em;margin:4em auto;padding:0 1em}}label{{display:block;margin:1em \
         0}}input{{width:100%;box-sizing:border-box;padding:.5em}}button{{padding:.5em 1.5em;margin-right:1em}}</style>\
         <h1>Sign in to graphwalk's emulator</h1>{content}</html>"
    );
    Reply { status, headers: Vec::new(), body: Body::Raw("text/html; charset=utf-8".into(), Bytes::from(html)) }
        .header("cache-control", "no-store, no-cache")
}

/// Text as it stands in HTML, in an attribute or outside of one.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
