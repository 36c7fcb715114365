//! Every path of Graph's permissions list is found in the list again, and those of v1.0 in the metadata.
//!
//! The list has v1.0 and beta in one and does not say which is which: a path that the metadata lacks is one of beta, or a
//! slip of the list.

use std::collections::{BTreeMap, BTreeSet};

use graphwalk_catalog::{ApiPath, Catalog, Method, SegmentOwner};

/// A word in place of a key or a value.
const KEY: &str = "0b71bd44";

/// The path with a key in the place of each placeholder, as a call would have it.
fn called(path: &str) -> ApiPath {
    let (mut text, mut rest) = ("/v1.0".to_owned(), path);
    while let Some((before, after)) = rest.split_once('{') {
        // `{id}}` is a slip of the list.
        rest = after.split_once('}').map_or("", |(_, after)| after.trim_start_matches('}'));
        text = text + before + KEY;
    }
    ApiPath::parse(&(text + rest)).unwrap()
}

fn is_resolved(path: &ApiPath) -> bool {
    Catalog::v1().resolve(path).is_ok()
}

/// 300 paths of the list, every 24th: `+` before those that v1.0's metadata has.
#[test]
fn a_path_of_the_list_is_resolved_into_words_and_keys() {
    let catalog = Catalog::v1();
    let lines: Vec<_> = include_str!("fixture/paths.txt").lines().collect();
    assert!(lines.len() >= 300);
    for line in lines {
        let (is_known, rest) = line.split_at(2);
        let (methods, text) = rest.split_once(' ').unwrap();
        let path = called(text);
        assert_eq!(is_known == "+ ", is_resolved(&path), "{line}: {:?}", catalog.resolve(&path).err());
        for method in methods.split(',') {
            let method: Method = method.parse().unwrap();
            assert!(catalog.access(method, &path).is_some(), "{method} {text}");
            assert!(catalog.call(method, &path).is_ok(), "{method} {text}: {:?}", catalog.call(method, &path));
        }
        let owners = catalog.segment_owners(&path);
        for (segment, owner) in path.segments().iter().zip(&owners) {
            let is_key = segment.name().trim_end_matches(':') == KEY;
            let expected = if is_key { SegmentOwner::Tenant } else { SegmentOwner::Graph };
            assert_eq!(*owner, expected, "{:?} in {text}", segment.name());
        }
    }
}

/// `GRAPHWALK_PERMISSIONS` names the list, which is not committed. Prints what is not found, by reason.
#[test]
#[ignore = "needs the real permissions list"]
fn all_paths_of_the_list_are_found() {
    let text = std::fs::read_to_string(std::env::var("GRAPHWALK_PERMISSIONS").unwrap()).unwrap();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for permission in list["permissions"].as_object().unwrap().values() {
        for set in permission["pathSets"].as_array().unwrap() {
            for path in set["paths"].as_object().unwrap().keys().filter(|path| !path.contains('?')) {
                let methods = set["methods"].as_array().unwrap().iter().map(|method| method.as_str().unwrap());
                paths.entry(path).or_default().extend(methods);
            }
        }
    }
    let mut unlisted = Vec::new();
    let mut unknown: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (text, methods) in &paths {
        let path = called(text);
        let is_listed = |method: &&str| Catalog::v1().access(method.parse().unwrap(), &path).is_some();
        if !methods.iter().all(is_listed) {
            unlisted.push(*text);
        }
        if let Err(error) = Catalog::v1().resolve(&path) {
            unknown.entry(error.to_string()).or_default().push(text);
        }
    }
    let missing: usize = unknown.values().map(Vec::len).sum();
    println!("{} paths, {} in the metadata of v1.0", paths.len(), paths.len() - missing);
    println!("not found in the list: {unlisted:#?}");
    let mut unknown: Vec<_> = unknown.into_iter().collect();
    unknown.sort_by_key(|(_, paths)| std::cmp::Reverse(paths.len()));
    for (reason, paths) in unknown {
        println!("{} {reason}, as in {}", paths.len(), paths[0]);
    }
    assert!(unlisted.len() <= 5, "{unlisted:#?}");
    assert!((paths.len() - missing) * 100 >= paths.len() * 53, "{missing} of {}", paths.len());
}
