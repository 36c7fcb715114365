//! No path makes the catalog panic, and whatever it answers of one path does not contradict itself.

use graphwalk_catalog::{ApiPath, Catalog, Method, Resolved, SegmentOwner};
use proptest::prelude::*;

fn segment() -> impl Strategy<Value = String> {
    let words: Vec<String> = Catalog::v1().listed_paths().iter().flat_map(|path| words(path)).collect();
    let types: Vec<_> = Catalog::v1().types().map(|ty| ty.qualified_name()).collect();
    prop_oneof![
        6 => proptest::sample::select(words),
        1 => proptest::sample::select(types),
        2 => Just("0b71bd44-0000-4000-8000-000000000000".to_owned()),
        1 => Just("root:".to_owned()),
        1 => proptest::sample::select(vec!["$ref", "$count", "$value", "$x", "users('1')", "x(a=1,b='c')", "x():", ":"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn words(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_path_panics(first in "users|groups|me|drives|identityGovernance|\\PC{0,6}", rest in proptest::collection::vec(segment(), 0..12)) {
        let path = ApiPath::parse(&format!("/v1.0/{first}/{}", rest.join("/"))).unwrap();
        let catalog = Catalog::v1();
        let owners = catalog.segment_owners(&path);
        prop_assert_eq!(owners.len(), path.segments().len());
        let _ = Resolved::new(&path);
        if let Ok(resolved) = catalog.resolve(&path) {
            prop_assert!(!owners.contains(&SegmentOwner::Unknown), "{}: {:?}", resolved, owners);
            let _ = (resolved.to_string(), resolved.objects(), resolved.target());
        }
        for method in Method::ALL {
            if let Ok(call) = catalog.call(method, &path) {
                let _ = (call.request(), call.response(), call.creates());
                prop_assert!(catalog.methods(&path).contains(&method));
            }
            let _ = catalog.is_idempotent(method.name(), &path);
        }
    }
}
