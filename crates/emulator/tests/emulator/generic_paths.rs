//! Every path that Graph's permissions list has, with every method: answered by an area or by the store, or refused as Graph
//! refuses it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use graphwalk_catalog::{ApiPath, Catalog, Method};
use graphwalk_emulator::http::{Body, Request, Service as _};
use graphwalk_emulator::{Emulator, Settings};

use crate::call_table;
use crate::served::{schemas, settings};

/// A path of the list as a client sends it, with `key` for each key.
fn as_sent(listed: &str) -> String {
    let mut sent = String::from("/v1.0");
    for segment in listed.split('/').filter(|segment| !segment.is_empty()) {
        match segment.split_once('(') {
            _ if segment == ":" => sent += ":/a/b:",
            _ if segment == "{}" => sent += "/key",
            Some((name, arguments)) => {
                let arguments = arguments.trim_end_matches(')').split(',').filter(|name| !name.is_empty());
                let arguments: Vec<String> = arguments.map(|name| format!("{name}='1'")).collect();
                sent += &format!("/{name}({})", arguments.join(","));
            }
            None => sent += &format!("/{segment}"),
        }
    }
    sent
}

/// What stands behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Behaviour,
    Generic,
    NotModelled,
    NoMethod,
}

/// What the emulator does with a method on every path of the list, by kinds.
fn kinds(method: Method) -> Vec<(Kind, String)> {
    let settings = Settings { admin_token: Some("T".to_owned()), ..settings() };
    let emulator = Emulator::new(settings, schemas()).unwrap();
    let kind_of = |listed: String| {
        let path = as_sent(&listed);
        let has_method = Catalog::v1().call(method, &ApiPath::parse(&path).unwrap()).is_ok();
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", "Bearer T".parse().unwrap());
        let body = if matches!(method, Method::Get | Method::Delete) { "" } else { "{\"thisIsNothing\": 1}" };
        let (method, query) = (method.name().parse().unwrap(), String::new());
        let request = Request { method, path, query, headers, body: body.into() };
        let reply = emulator.answer(&request).reply;
        let told = format!("{} {}: {} {:?}", request.method, request.path, reply.status, reply.body);
        let error = match &reply.body {
            Body::Json(json) => json["error"]["message"].as_str().unwrap_or_default(),
            Body::Empty | Body::Raw(..) => "",
        };
        assert!(!error.contains("Resource not found for the segment"), "{told}");
        assert!(matches!(reply.status, 200..300 | 400 | 403 | 404 | 405 | 409 | 501), "{told}");
        assert_eq!(reply.status != 405, has_method, "{told}");
        let kind = match reply.status {
            405 => Kind::NoMethod,
            501 => Kind::NotModelled,
            _ if reply.is_generic() => Kind::Generic,
            _ => Kind::Behaviour,
        };
        (kind, listed)
    };
    Catalog::v1().listed_paths().into_iter().map(kind_of).collect()
}

/// The lists of `docs/emulator.md`: what is answered in which way.
fn described(kinds: &[(Method, Vec<(Kind, String)>)], page: &str) -> String {
    let of = |wanted: Kind| {
        let mut calls: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (method, kinds) in kinds {
            for (_, path) in kinds.iter().filter(|(kind, _)| *kind == wanted) {
                calls.entry(path).or_default().push(method.name());
            }
        }
        calls
    };
    let by_root = |calls: &BTreeMap<&str, Vec<&str>>| {
        let mut roots: BTreeMap<String, usize> = BTreeMap::new();
        for (path, methods) in calls {
            let root = path.split('/').nth(1).unwrap_or_default().split('(').next().unwrap_or_default();
            *roots.entry(root.to_lowercase()).or_default() += methods.len();
        }
        let mut roots: Vec<_> = roots.into_iter().collect();
        roots.sort_by(|(one, many), (other, more)| more.cmp(many).then(one.cmp(other)));
        let shown = roots.iter().take(30).map(|(root, calls)| format!("`{root}` {calls}"));
        let more = roots.len().saturating_sub(30);
        let more = (more > 0).then(|| format!("{more} more"));
        (roots.iter().map(|(_, calls)| calls).sum::<usize>(), shown.chain(more).collect::<Vec<_>>().join(", "))
    };
    let (behaviour, generic, not_modelled) = (of(Kind::Behaviour), of(Kind::Generic), of(Kind::NotModelled));
    let mut text = format!("### Behaviour: {} calls\n\n", by_root(&behaviour).0);
    text += &call_table::table(&behaviour, page);
    let (count, roots) = by_root(&generic);
    write!(text, "\n### Generic: {count} calls\n\nBy where their paths begin: {roots}.\n").unwrap();
    let (count, roots) = by_root(&not_modelled);
    write!(text, "\n### Not modelled: {count} calls\n\nBy where their paths begin: {roots}.\n").unwrap();
    text
}

#[test]
fn every_listed_path_is_answered_or_refused_as_graph_does_and_the_page_says_how() {
    let kinds: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = Method::ALL.map(|method| scope.spawn(move || (method, kinds(method)))).into();
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md");
    let page = std::fs::read_to_string(file).unwrap();
    let (begin, end) = ("<!-- kinds: written by a test -->\n", "<!-- kinds: end -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let wanted = format!("{before}{begin}\n{}\n{end}{after}", described(&kinds, &page));
    if std::env::var_os("GRAPHWALK_UPDATE").is_some() {
        std::fs::write(file, &wanted).unwrap();
        return;
    }
    assert!(page == wanted, "docs/emulator.md is not up to date: run this test with GRAPHWALK_UPDATE=1");
}
