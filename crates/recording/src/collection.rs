//! The parts of a Postman collection (v2.0 and v2.1) that are read. Everything else in a file is passed over: scripts, cookies, most
//! kinds of authorization.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct PostmanCollection {
    pub item: Vec<PostmanItem>,
    pub variable: Option<Vec<Pair>>,
    pub auth: Option<Auth>,
}

/// A request, or a folder of them.
#[derive(Deserialize)]
pub(super) struct PostmanItem {
    pub name: Option<String>,
    pub item: Option<Vec<PostmanItem>>,
    pub variable: Option<Vec<Pair>>,
    pub auth: Option<Auth>,
    #[serde(default, deserialize_with = "request")]
    pub request: Option<Box<SavedRequest>>,
    pub response: Option<Vec<SavedResponse>>,
}

/// The authorization of a request. Of all kinds only the bearer's token is read: its claims say who called.
#[derive(Deserialize)]
pub(super) struct Auth {
    pub bearer: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a request: an address, or an object with method and url")]
enum RequestForm {
    Address(String),
    Whole(Box<SavedRequest>),
}

/// A request, of which a collection may have the address alone.
fn request<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<SavedRequest>>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(|form| match form {
        RequestForm::Address(url) => {
            Box::new(SavedRequest { url: Some(PostmanAddress::Text(url)), ..SavedRequest::default() })
        }
        RequestForm::Whole(whole) => whole,
    }))
}

#[derive(Default, Deserialize)]
pub(super) struct SavedRequest {
    pub method: Option<String>,
    pub url: Option<PostmanAddress>,
    pub header: Option<SavedHeaders>,
    pub body: Option<SavedBody>,
    pub auth: Option<Auth>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a url: a text, or an object with its parts")]
pub(super) enum PostmanAddress {
    Text(String),
    Parts(AddressParts),
}

#[derive(Deserialize)]
pub(super) struct AddressParts {
    pub raw: Option<String>,
    pub protocol: Option<String>,
    pub host: Option<Joined>,
    pub path: Option<Joined>,
    pub query: Option<Vec<Pair>>,
    pub variable: Option<Vec<Pair>>,
}

/// Parts of a host or a path: as a text, or one by one.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, or a list of texts")]
pub(super) enum Joined {
    Text(String),
    List(Vec<String>),
}

impl Joined {
    pub fn text(&self, separator: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(parts) => parts.join(separator),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected headers: a list of pairs, or a text")]
pub(super) enum SavedHeaders {
    Text(String),
    List(Vec<SavedHeader>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a header: a pair of key and value, or a text")]
pub(super) enum SavedHeader {
    Line(String),
    Pair(Pair),
}

/// A name and a value: a variable, a header, a parameter, a field of a form.
#[derive(Deserialize)]
pub(super) struct Pair {
    pub key: Option<String>,
    pub value: Option<Value>,
    pub disabled: Option<bool>,
}

impl Pair {
    /// Returns name and value, if it is sent.
    pub fn sent_pair(&self) -> Option<(String, String)> {
        let is_sent = self.disabled != Some(true);
        is_sent.then(|| (self.key.clone().unwrap_or_default(), text_of_value(self.value.as_ref())))
    }
}

/// The text of a value that may be a text, a number, a truth value or nothing.
pub(super) fn text_of_value(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[derive(Deserialize)]
pub(super) struct SavedBody {
    pub mode: Option<String>,
    pub raw: Option<String>,
    pub urlencoded: Option<Fields>,
    pub formdata: Option<Vec<Pair>>,
    pub disabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the fields of a form: a list of pairs, or a text")]
pub(super) enum Fields {
    Text(String),
    List(Vec<Pair>),
}

/// An answer that somebody saved, which Postman calls an example.
#[derive(Deserialize)]
pub(super) struct SavedResponse {
    #[serde(rename = "originalRequest", default, deserialize_with = "request")]
    pub request: Option<Box<SavedRequest>>,
    #[serde(rename = "responseTime")]
    pub took: Option<Value>,
    pub header: Option<SavedHeaders>,
    pub body: Option<String>,
    pub code: Option<u16>,
}

impl SavedHeaders {
    /// Names and values of those that are sent.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let of_line = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        match self {
            Self::Text(text) => text.lines().filter_map(of_line).collect(),
            Self::List(list) => list
                .iter()
                .filter_map(|header| match header {
                    SavedHeader::Line(line) => of_line(line),
                    SavedHeader::Pair(pair) => pair.sent_pair(),
                })
                .collect(),
        }
    }
}
