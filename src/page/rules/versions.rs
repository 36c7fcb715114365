//! v1.0 and beta side by side.

use std::collections::HashSet;

use graphwalk_catalog::{ApiPath, Catalog, Payload, Version};

use crate::id_shape::looks_like_id;
use crate::page::Page;
use crate::page::address::{Address, VersionFrom, name, version_in};
use crate::page::json::PageJson;
use crate::page::pair::PrintedExchange;

use super::Finding;

pub(super) fn mixed(page: &Page) -> Vec<Finding> {
    let urls = || page.exchanges.iter().filter(|exchange| exchange.address.version_from == VersionFrom::Url);
    let Some(stable) = urls().find(|exchange| exchange.address.version == Version::V1) else { return Vec::new() };
    let beta = || urls().filter(|exchange| exchange.address.version == Version::Beta);
    // What v1.0 lacks has to be called in beta, and so has what belongs to it.
    let only_beta: HashSet<String> = beta().filter(|exchange| !is_in_v1(exchange)).map(area).collect();
    // The first one says enough: who mixes mixes everywhere.
    let first = beta().find(|exchange| !only_beta.contains(&area(exchange)));
    let make = |exchange: &PrintedExchange| {
        let message = "beta is used for a call that v1.0 has, while other calls of the page use v1.0";
        Finding::new(exchange.request.url_span.clone(), message)
            .related(stable.request.url_span.clone(), "a call of v1.0")
    };
    first.map(make).into_iter().collect()
}

/// The beginning of a path, by which calls that belong together are told.
fn area(exchange: &PrintedExchange) -> String {
    let names = exchange.address.path.segments().iter().take(2).map(|segment| segment.name().to_lowercase());
    let names: Vec<String> = names.filter(|name| !looks_like_id(name)).collect();
    names.join("/")
}

/// Returns whether v1.0 has the call, and knows what is sent with it.
fn is_in_v1(exchange: &PrintedExchange) -> bool {
    let path: ApiPath = exchange.address.path.clone().in_version(Version::V1);
    let Ok(method) = exchange.request.method.parse() else { return false };
    let Ok(call) = Catalog::v1().call_by_metadata(method, &path) else { return false };
    let (Payload::Of(ty), Some(body)) = (call.request(), exchange.request.body.as_ref().and_then(|body| body.value()))
    else {
        return true;
    };
    let Some(ty) = ty.named() else { return true };
    let is_known = |name: &str| name.contains('@') || ty.property(name).is_some() || ty.navigation(name).is_some();
    body.members().iter().all(|member| is_known(&member.name))
}

pub(super) fn of_body_or_answer(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for exchange in page.exchanges.iter().filter(|exchange| exchange.address.version_from == VersionFrom::Url) {
        let bodies = [
            exchange.request.body.as_ref().and_then(|body| body.value()),
            exchange.answer.as_ref().and_then(|answer| answer.body.as_ref()?.value()),
        ];
        for body in bodies.into_iter().flatten() {
            // The first one says enough: who copies the call copies all of them.
            if let Some((value, version)) = other_version(body, &exchange.address) {
                let message = format!("a URL of {} in a call of {}", name(version), name(exchange.address.version));
                found.push(
                    Finding::new(value.span.clone(), message).related(exchange.request.url_span.clone(), "the request"),
                );
            }
        }
    }
    found
}

fn other_version<'a>(body: &'a PageJson, address: &Address) -> Option<(&'a PageJson, Version)> {
    let mut found = None;
    body.walk(&mut |_, member, value| {
        let name = member.map_or("", |member| member.name.as_str());
        let Some(text) = value.text().filter(|text| text.contains("://")) else { return };
        // Links that Graph answers go where the object is served, which is not always the version of the call.
        let counts = name.ends_with("@odata.bind") || name.starts_with("@odata.");
        let version = version_in(text).filter(|version| counts && *version != address.version);
        if let (Some(version), None) = (version, &found) {
            found = Some((value, version));
        }
    });
    found
}
