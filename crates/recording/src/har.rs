//! The parts of HAR 1.2 that are read. Everything else in a file is passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Har<'a> {
    #[serde(borrow)]
    pub log: Log<'a>,
}

#[derive(Deserialize)]
pub(super) struct Log<'a> {
    #[serde(rename = "_tutorial")]
    pub tutorial: Option<String>,
    #[serde(rename = "_finish")]
    pub finish: Option<DeclaredEnd>,
    #[serde(rename = "_waits", default)]
    pub waits: Vec<String>,
    #[serde(rename = "_values", default)]
    pub values: BTreeMap<String, String>,
    #[serde(rename = "_overrides", default)]
    pub overrides: super::Overrides,
    #[serde(rename = "_volatile", default)]
    pub volatile: Vec<String>,
    #[serde(borrow)]
    pub entries: Vec<HarEntry<'a>>,
}

/// How the review's period ended, as a file says it.
#[derive(Deserialize)]
pub(super) struct DeclaredEnd {
    pub by: String,
    pub at: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct HarEntry<'a> {
    #[serde(rename = "startedDateTime")]
    pub started: Option<String>,
    /// The time that the exchange took, in milliseconds; some programs write -1 where they do not know.
    pub time: Option<f64>,
    #[serde(borrow)]
    pub request: HarRequest<'a>,
    #[serde(borrow)]
    pub response: Response<'a>,
    /// The place where Graph Explorer's export puts the body of the request.
    #[serde(rename = "postData", borrow)]
    pub post_data: Option<PostData<'a>>,
    #[serde(rename = "_actor")]
    pub actor: Option<String>,
    #[serde(rename = "_step")]
    pub step: Option<u8>,
    #[serde(rename = "_provenance")]
    pub provenance: Option<String>,
    /// The pages of Graph's reference say it without the `_`.
    #[serde(rename = "_truncated", alias = "truncated", default)]
    pub is_shortened: bool,
}

#[derive(Deserialize)]
pub(super) struct HarRequest<'a> {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Vec<Header>,
    #[serde(rename = "postData", borrow)]
    pub post_data: Option<PostData<'a>>,
}

#[derive(Deserialize)]
pub(super) struct PostData<'a> {
    #[serde(borrow)]
    pub text: Option<Cow<'a, str>>,
    pub encoding: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Response<'a> {
    pub status: u16,
    #[serde(default)]
    pub headers: Vec<Header>,
    #[serde(borrow)]
    pub content: Option<HarContent<'a>>,
    #[serde(rename = "_truncated", alias = "truncated", default)]
    pub is_shortened: bool,
}

#[derive(Deserialize)]
pub(super) struct Header {
    pub name: String,
    pub value: String,
}

#[derive(Deserialize)]
pub(super) struct HarContent<'a> {
    #[serde(rename = "mimeType")]
    pub media_type: Option<String>,
    #[serde(borrow)]
    pub text: Option<Cow<'a, str>>,
    pub encoding: Option<String>,
}
