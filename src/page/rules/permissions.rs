//! Permissions that the page names, and those that its calls need.

use std::collections::{BTreeSet, HashSet};

use graphwalk_catalog::{Access, Catalog, Scheme, added_references, mistyped, nearest};

use crate::page::Page;
use crate::page::address::Address;
use crate::page::blocks::BlockKind;
use crate::page::json::PageJson;
use crate::page::pair::PrintedExchange;
use crate::page::source::Span;

use super::Finding;

/// The names in prose that are formed like permissions, with where they stand.
fn named_permissions(page: &Page) -> Vec<(&str, Span)> {
    let verbs = verbs();
    let mut found = Vec::new();
    for block in page.blocks.iter().filter(|block| block.kind == BlockKind::Prose) {
        let text = page.source.slice(&block.span);
        let mut at = 0;
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
            let start = at;
            at += word.len() + 1;
            let word = word.trim_end_matches('.');
            if is_formed_like_one(word, &verbs) {
                found.push((word, block.span.start + start..block.span.start + start + word.len()));
            }
            // What parts two words may be longer than one byte.
            while at < text.len() && !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    found
}

/// Returns what permissions allow: the second word of their names.
fn verbs() -> HashSet<&'static str> {
    let second = |name: &'static str| name.split('.').nth(1);
    let all = Catalog::v1().permissions().filter_map(|permission| second(permission.name()));
    all.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

fn is_formed_like_one(word: &str, verbs: &HashSet<&str>) -> bool {
    let mut parts = word.split('.');
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return false };
    let is_capital = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
    // What begins like a permission may have a slip in its second word.
    let begins_like_one =
        || Catalog::v1().permissions().any(|permission| permission.name().split('.').next() == Some(first));
    let is_verb = || verbs.contains(second) || (mistyped(second, verbs.iter().copied()).is_some() && begins_like_one());
    is_capital(first) && first.len() > 2 && is_capital(second) && parts.all(is_capital) && is_verb()
}

pub(super) fn unknown(page: &Page) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (name, span) in named_permissions(page) {
        if Catalog::v1().permission(name).is_some() || !seen.insert(name) {
            continue;
        }
        let meant = meant(name).map(|meant| format!(": perhaps {meant}")).unwrap_or_default();
        found.push(Finding::new(span, format!("Graph has no permission {name}{meant}")));
    }
    found
}

/// The permission that was perhaps meant: rather one that begins alike than one that ends alike, as all do.
fn meant(name: &str) -> Option<&'static str> {
    const ALIKE: usize = 5;
    let names = || Catalog::v1().permissions().map(|permission| permission.name());
    let begin = name.get(..ALIKE).unwrap_or(name);
    let alike: Vec<_> = names().filter(|known| known.starts_with(begin)).collect();
    if alike.is_empty() { nearest(name, names()) } else { nearest(name, alike) }
}

pub(super) fn missing(page: &Page) -> Vec<Finding> {
    let named = named_permissions(page);
    let known: BTreeSet<&str> =
        named.iter().filter_map(|(name, _)| Some(Catalog::v1().permission(name)?.name())).collect();
    let Some((_, place)) = named.iter().find(|(name, _)| known.contains(name)) else { return Vec::new() };
    let mut told = HashSet::new();
    let mut found = Vec::new();
    for exchange in page.exchanges.iter().filter(|exchange| exchange.address.is_graph) {
        let Some(access) = exchange.address.call(&exchange.request.method).ok().and_then(|call| call.access()) else {
            continue;
        };
        let schemes = [Scheme::DelegatedWork, Scheme::Application];
        let may = |access: Access| schemes.into_iter().any(|scheme| is_granted(access, scheme, &known));
        let added = reference_additions(exchange);
        if may(access) || (!added.is_empty() && added.into_iter().all(may)) {
            continue;
        }
        let least = schemes.into_iter().find_map(|scheme| access.least(scheme));
        let Some(least) = least.filter(|least| told.insert(*least)) else { continue };
        let span = exchange.request.span.start..exchange.request.url_span.end;
        let message = format!("this call needs {least}, which the page does not name");
        found.push(Finding::new(span, message).related(place.clone(), "permissions are named here"));
    }
    found
}

/// The permissions of the calls that a PATCH stands for which only adds references, as `members@odata.bind` does; none of any other
/// call.
fn reference_additions(exchange: &PrintedExchange) -> Vec<Access> {
    let body = exchange.request.body.as_ref().and_then(|body| body.value());
    let members = body.filter(|_| exchange.request.method == "PATCH").map_or(&[][..], PageJson::members);
    let added = added_references(members.iter().map(|member| member.name.as_str())).unwrap_or_default();
    let path = exchange.address.versioned_text();
    let path = path.split('?').next().unwrap_or_default();
    let accesses = added.iter().map(|added| Address::of(&format!("{path}/{added}")).call("POST").ok()?.access());
    accesses.collect::<Option<_>>().unwrap_or_default()
}

/// Returns whether one of the permissions that let a call pass is named. Who signs in to Graph Explorer has `User.Read`.
fn is_granted(access: Access, scheme: Scheme, known: &BTreeSet<&str>) -> bool {
    access.grants(scheme).any(|grant| {
        let name = grant.permission();
        let is_own = name == "User.Read" && scheme == Scheme::DelegatedWork && !grant.is_for_own_user();
        is_own || known.contains(name) || known.contains(name.replacen(".Read.", ".ReadWrite.", 1).as_str())
    })
}
