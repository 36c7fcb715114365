//! The parts of HAR 1.2 that are read. Everything else in a file is passed over.
//!
//! Browsers, proxies and test tools write HAR each in a way of their own, and an entry that is not with Graph may be odd in any: so
//! all is optional that can be left out, and what has another type than HAR wants is read as far as it says anything.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::loose;

#[derive(Deserialize)]
pub(super) struct HarDocument<'a> {
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

/// The end of the review's period, as a file says it.
#[derive(Deserialize)]
pub(super) struct DeclaredEnd {
    pub by: String,
    pub at: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct HarEntry<'a> {
    #[serde(rename = "startedDateTime", default, borrow, deserialize_with = "loose::text")]
    pub started: Option<Cow<'a, str>>,
    /// The time that the exchange took, in milliseconds; some programs write -1 where they do not know.
    #[serde(default, deserialize_with = "loose::number")]
    pub time: Option<f64>,
    #[serde(borrow)]
    pub request: Option<HarRequest<'a>>,
    #[serde(borrow)]
    pub response: Option<Response<'a>>,
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
    #[serde(rename = "_truncated", alias = "truncated", default, deserialize_with = "loose::said")]
    pub is_shortened: bool,
    /// Whether a service worker of the page answered, and made a request of its own for it.
    #[serde(rename = "_fetchedViaServiceWorker", default, deserialize_with = "loose::said")]
    pub by_worker: bool,
}

#[derive(Deserialize)]
pub(super) struct HarRequest<'a> {
    #[serde(default, borrow, deserialize_with = "loose::some_text")]
    pub method: Cow<'a, str>,
    #[serde(default, borrow, deserialize_with = "loose::some_text")]
    pub url: Cow<'a, str>,
    #[serde(default, borrow, deserialize_with = "loose::headers")]
    pub headers: Vec<HarHeader<'a>>,
    #[serde(rename = "postData", borrow)]
    pub post_data: Option<PostData<'a>>,
}

#[derive(Deserialize)]
pub(super) struct PostData<'a> {
    #[serde(rename = "mimeType", default, borrow, deserialize_with = "loose::text")]
    pub media_type: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "loose::text")]
    pub text: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "loose::text")]
    pub encoding: Option<Cow<'a, str>>,
    /// The fields of a form, where its text was not kept.
    #[serde(default, borrow, deserialize_with = "loose::headers")]
    pub params: Vec<HarHeader<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Response<'a> {
    #[serde(default, deserialize_with = "loose::number")]
    pub status: Option<f64>,
    #[serde(default, borrow, deserialize_with = "loose::headers")]
    pub headers: Vec<HarHeader<'a>>,
    #[serde(borrow)]
    pub content: Option<HarContent<'a>>,
    #[serde(rename = "_truncated", alias = "truncated", default, deserialize_with = "loose::said")]
    pub is_shortened: bool,
    /// The error that a browser notes of a request that it gave up, also where a status had come before.
    #[serde(rename = "_failureText", alias = "_error", default, deserialize_with = "loose::said")]
    pub has_failed: bool,
    #[serde(rename = "_fetchedViaServiceWorker", default, deserialize_with = "loose::said")]
    pub by_worker: bool,
}

/// A header, or a field of a form.
#[derive(Deserialize)]
pub(super) struct HarHeader<'a> {
    #[serde(default, borrow, deserialize_with = "loose::some_text")]
    pub name: Cow<'a, str>,
    #[serde(default, borrow, deserialize_with = "loose::some_text")]
    pub value: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct HarContent<'a> {
    #[serde(default, deserialize_with = "loose::number")]
    pub size: Option<f64>,
    #[serde(rename = "mimeType", default, borrow, deserialize_with = "loose::text")]
    pub media_type: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "loose::text")]
    pub text: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "loose::text")]
    pub encoding: Option<Cow<'a, str>>,
    /// The file beside the HAR into which Playwright puts a body.
    #[serde(rename = "_file", default, deserialize_with = "loose::said")]
    pub is_elsewhere: bool,
}
