//! Writes whose answers cannot be believed: lost, answered by something that is not Graph, delivered twice. Nothing that they
//! did is forgotten, and nothing that they did not do is taken for done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::proxy::{Deed, Proxy, answer, page};
use crate::served::{Served, configure, ended, graphwalk, run_name, told};

/// What becomes of a write, or of its answer.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Lost,
    Page403,
    Page408,
    Page404,
    NoRoute,
    Nonsense,
    Twice,
}

const BEHAVIOURS: [Behaviour; 7] = [
    Behaviour::Lost,
    Behaviour::Page403,
    Behaviour::Page408,
    Behaviour::Page404,
    Behaviour::NoRoute,
    Behaviour::Nonsense,
    Behaviour::Twice,
];

impl Behaviour {
    fn deed(self) -> Deed {
        match self {
            Self::Lost => Deed::Lose,
            Self::Page403 => Deed::Rewrite(|_, _| page("403 Forbidden")),
            Self::Page408 => Deed::Rewrite(|_, _| page("408 Request Timeout")),
            Self::Page404 => Deed::Rewrite(|_, _| page("404 Not Found")),
            Self::NoRoute => Deed::Rewrite(|_, _| no_route()),
            Self::Nonsense => Deed::Rewrite(|_, _| answer("200 OK", "", r#"{"ok": true, "id": "../groups/x"}"#)),
            Self::Twice => Deed::Twice,
        }
    }
}

fn no_route() -> String {
    answer("404 Not Found", "", r#"{"error": {"code": "NoRoute", "message": "no route matches"}}"#)
}

/// Everything in a tenant that must be as it was, whole.
fn content(served: &Served) -> Value {
    const USER: &str = "id,displayName,userPrincipalName,mailNickname,accountEnabled,createdDateTime";
    let group = "/v1.0/groups/bbbbbbbb-0000-4000-8000-000000000001";
    let paths = [
        format!("/v1.0/users?$select={USER}"),
        "/v1.0/groups".to_owned(),
        format!("{group}/members"),
        format!("{group}/owners"),
        "/v1.0/identityGovernance/accessReviews/definitions".to_owned(),
    ];
    paths.iter().map(|path| json!(served.get(path)["value"])).collect()
}

/// The users and groups among the deleted items that do not carry the mark of the run.
fn deleted_of_others(served: &Served, mark: &str) -> Vec<Value> {
    let lists =
        ["user", "group"].map(|kind| served.get(&format!("/v1.0/directory/deletedItems/microsoft.graph.{kind}")));
    let items = lists.iter().flat_map(|list| list["value"].as_array().unwrap().clone());
    items.filter(|item| !item.to_string().contains(mark)).collect()
}

/// What is in the tenant now and was not before, by name.
fn left(before: &Value, now: &Value) -> Vec<String> {
    let items = |content: &Value| -> Vec<Value> {
        content.as_array().unwrap().iter().flat_map(|list| list.as_array().unwrap().clone()).collect()
    };
    let known = items(before);
    let new = items(now).into_iter().filter(|item| !known.contains(item));
    new.map(|item| item["displayName"].as_str().unwrap().to_owned()).collect()
}

/// Plays with the writes of these numbers, counted from 1, behaving so, and cleans up after that. How many writes there were,
/// and how many objects were left and named.
fn played_and_cleaned(behaviour: Behaviour, wanted: impl Fn(usize) -> bool + Send + Sync + 'static) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let before = content(&served);
    let (writes, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, is_over) = (Arc::clone(&writes), Arc::clone(&over));
    let proxy = Proxy::deciding(served.address, move |line| {
        if line.starts_with("GET ") || is_over.load(Ordering::Relaxed) {
            return Deed::Forward;
        }
        let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
        if wanted(number) { behaviour.deed() } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
    let (code, run) = told(&command.env("GRAPHWALK_TIMEOUTS_RETRY", "5").output().unwrap());
    let context = format!("{behaviour:?}: {code}: {run}");
    over.store(true, Ordering::Relaxed);
    let (code, cleaned) = ended(folder.path(), &["clean"]);
    let (now, name) = (content(&served), run_name(folder.path()));
    let left = left(&before, &now);
    if code == 0 {
        assert_eq!(now, before, "{context}\n{cleaned}");
    }
    for name in &left {
        assert!(cleaned.contains(name), "{name} is left and not named: {context}\n{cleaned}");
    }
    let mark = format!("gw{}", name.replace('-', ""));
    assert_eq!(deleted_of_others(&served, &mark), Vec::<Value>::new(), "{context}\n{cleaned}");
    (writes.load(Ordering::Relaxed), left.len())
}

#[test]
fn any_answer_to_writes_leaves_nothing_and_spares_others() {
    // The first user, the review, a deletion, and all.
    let numbers = [Some(1), Some(5), Some(9), None];
    let jobs: Vec<Job> =
        BEHAVIOURS.into_iter().flat_map(|behaviour| numbers.map(|number| (behaviour, number))).collect();
    assert_eq!(each(&jobs), 0);
}

#[test]
fn a_create_with_a_doubtful_answer_is_looked_up_at_once() {
    for behaviour in [Behaviour::Page403, Behaviour::Page408, Behaviour::NoRoute, Behaviour::Twice] {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let proxy = Proxy::deciding(served.address, move |line| match line {
            "POST /v1.0/users" => behaviour.deed(),
            _ => Deed::Forward,
        });
        configure(folder.path(), &proxy.url, &served.url);
        let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "1"]);
        assert_eq!(code, 0, "{behaviour:?}: {text}");
        let runs = folder.path().join(".graphwalk/runs").join(run_name(folder.path()));
        let journal = std::fs::read_to_string(runs.join("journal")).unwrap();
        let events =
            ["nothing-created", "created"].map(|event| journal.matches(&format!("\"event\":\"{event}\"")).count());
        assert_eq!(events, [0, 3], "{behaviour:?}: {journal}");
        served.holds_only_its_seed(&text);
    }
}

#[test]
#[ignore = "takes minutes: every write, with every answer"]
fn any_answer_to_any_write_leaves_nothing_and_spares_others() {
    let (all, _) = played_and_cleaned(Behaviour::Lost, |_| false);
    assert!(all >= 12, "{all} writes");
    let numbers = || (1..=all).map(Some).chain([None]);
    let jobs: Vec<Job> =
        BEHAVIOURS.into_iter().flat_map(|behaviour| numbers().map(move |number| (behaviour, number))).collect();
    let left = each(&jobs);
    println!("{} runs of {all} writes, {} answers; {left} objects left", jobs.len(), BEHAVIOURS.len());
    assert_eq!(left, 0);
}

/// An answer, and the number of the write that gets it; all do if there is none.
type Job = (Behaviour, Option<usize>);

/// Plays each, some at once; how many objects were left in all.
fn each(jobs: &[Job]) -> usize {
    let (next, left) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((behaviour, wanted)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let (writes, still) =
                        played_and_cleaned(behaviour, move |number| wanted.is_none_or(|wanted| wanted == number));
                    assert!(writes >= wanted.unwrap_or(1), "{behaviour:?}: {writes} writes only, and no {wanted:?}");
                    left.fetch_add(still, Ordering::Relaxed);
                }
            });
        }
    });
    left.into_inner()
}
