//! An exchange as a command that sends its request again.

use serde_json::Value;

use crate::session::TracedExchange;
use crate::terminal_text::columns;

/// The address of Graph, unless a session was played elsewhere.
const GRAPH: &str = "https://graph.microsoft.com";

/// The columns that a part of the command may take before it is broken into lines.
const WIDTH: usize = 70;

/// The command, a part of it a line: `$TOKEN_ADMINISTRATOR` stands where the actor's token belongs. It can be pasted into any shell
/// that follows POSIX.
///
/// What was masked stays masked, and of a file only its place is named.
pub(super) fn curl(exchange: &TracedExchange) -> String {
    let mut parts = vec![format!("curl{}", method(exchange))];
    parts.push(format!("-H \"Authorization: Bearer ${}\"", token_variable(&exchange.actor)));
    let headers = exchange.request.headers.iter();
    parts.extend(headers.map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    parts.extend(body(exchange));
    let url = format!("{}{}", exchange.host.as_deref().unwrap_or(GRAPH), exchange.path);
    // Brackets and braces are patterns to curl.
    let literally = if url.contains(['[', ']', '{', '}']) { "-g " } else { "" };
    parts.push(format!("{literally}{}", quoted(&url)));
    parts.join(" \\\n  ")
}

/// The name of the variable that holds an actor's token: `TOKEN_ADELE_VANCE`.
pub(super) fn token_variable(actor: &str) -> String {
    let name = actor.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("TOKEN_{}", name.collect::<String>())
}

fn method(exchange: &TracedExchange) -> String {
    match exchange.method.as_str() {
        "GET" => String::new(),
        "HEAD" => " --head".to_owned(),
        other => format!(" -X {}", quoted_if_needed(other)),
    }
}

fn body(exchange: &TracedExchange) -> Option<String> {
    match &exchange.request.body {
        Value::Null => None,
        // Of what is no JSON a file beside the feature was sent.
        Value::String(_) if !is_json(exchange) => Some("--data-binary @FILE".to_owned()),
        json => {
            let short = json.to_string();
            let text = if columns(&short) <= WIDTH { short } else { format!("{json:#}") };
            Some(format!("--data-raw {}", quoted(&text)))
        }
    }
}

fn is_json(exchange: &TracedExchange) -> bool {
    let mut headers = exchange.request.headers.iter();
    headers.any(|(name, value)| name == "content-type" && value == "application/json")
}

fn quoted_if_needed(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_alphanumeric()) { text.to_owned() } else { quoted(text) }
}

/// A text as one word of a shell: in single quotes nothing but those means anything.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;
    use crate::report::exchange_text::tests::exchange;
    use crate::session::TracedMessage;

    /// The words that a shell makes of the command, with a token for each actor.
    fn words(command: &str) -> Vec<String> {
        let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
        let output = Command::new("sh").arg("-c").arg(script).env("TOKEN_ADELE_VANCE", "t0ken").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_reads_the_command_as_it_is_meant() {
        let mut exchange = exchange();
        exchange.actor = "Adele Vance".to_owned();
        exchange.method = "POST".to_owned();
        exchange.path = "/v1.0/users('O''Neil')?$filter=a eq '$(rm -rf x)'&x[0]=`id`".to_owned();
        let body = json!({"displayName": "It's \"A\"\n$HOME \\ `id`", "long": "x".repeat(80)});
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        exchange.request = TracedMessage { headers, body: body.clone() };
        let words = words(&curl(&exchange));
        assert_eq!(words[..4], ["-X", "POST", "-H", "Authorization: Bearer t0ken"]);
        assert_eq!(words[4..7], ["-H", "content-type: application/json", "--data-raw"]);
        assert_eq!(serde_json::from_str::<Value>(&words[7]).unwrap(), body);
        assert_eq!(words[8..], ["-g".to_owned(), format!("{GRAPH}{}", exchange.path)]);
    }

    #[test]
    fn a_read_is_two_lines_more_than_curl() {
        let command = curl(&exchange());
        let expected = "curl \\\n  -H \"Authorization: Bearer $TOKEN_ADMINISTRATOR\" \\\n  \
                        'https://graph.microsoft.com/v1.0/users/1'";
        assert_eq!(command, expected);
        let elsewhere = TracedExchange { host: Some("https://graph.microsoft.us".to_owned()), ..exchange() };
        assert!(curl(&elsewhere).ends_with("'https://graph.microsoft.us/v1.0/users/1'"));
    }

    #[test]
    fn of_a_file_only_its_place_is_named() {
        let headers = vec![("content-type".to_owned(), "image/jpeg".to_owned())];
        let request = TracedMessage { headers, body: json!("sha256:1234") };
        let command = curl(&TracedExchange { method: "PUT".to_owned(), request, ..exchange() });
        assert!(command.contains("--data-binary @FILE") && !command.contains("sha256"), "{command}");
    }

    #[test]
    fn a_variable_has_only_letters_that_shells_know() {
        assert_eq!(["administrator", "Zoë O'Neil"].map(token_variable), ["TOKEN_ADMINISTRATOR", "TOKEN_ZO__O_NEIL"]);
    }
}
