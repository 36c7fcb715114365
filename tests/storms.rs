//! The tutorial in 200 storms of faults: with the client's retries each ends with the right membership, or with an honest
//! failure, and whatever happens nothing is left in the tenant.

use std::rc::Rc;
use std::time::Duration;

use graphwalk_emulator::faults::Faults;
use graphwalk_emulator::{Census, Settings};
use graphwalk_schema::Schemas;

use graphwalk::backend::emulator::EmulatorSession;
use graphwalk::runner::{Interrupt, Plan, PlayOptions, Selection, Verdict, play};
use graphwalk::session::{Observation, Observations, Session};
use graphwalk::tutorial::Library;

/// How many storms there are.
const STORMS: u64 = 200;

/// How one storm ended.
struct Ended {
    seed: u64,
    verdict: Verdict,
    /// The codes of the failures.
    failures: Vec<&'static str>,
    /// Who was a member, as the session last saw it.
    members: Option<Vec<String>>,
    census: Census,
    repeated: usize,
}

#[test]
fn every_storm_ends_right_or_fails_and_leaves_nothing() {
    let plan = Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap();
    let schemas = Schemas::embedded();
    let threads: u64 = 2;
    let all: Vec<Ended> = std::thread::scope(|scope| {
        let weather = |thread: u64| (0..STORMS).filter(move |seed| seed % threads == thread);
        let (plan, schemas) = (&plan, &schemas);
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || weather(thread).map(|seed| storm(seed, plan, schemas)).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let passed = all.iter().filter(|ended| ended.verdict == Verdict::Passed).count();
    let repeated: usize = all.iter().map(|ended| ended.repeated).sum();
    println!("{passed} of {STORMS} storms passed, with {repeated} requests repeated");
    for ended in &all {
        let Ended { seed, verdict, failures, members, census, .. } = ended;
        let nothing_left = (census.count("users"), census.count("groups"), census.count("reviews")) == (1, 0, 0);
        assert!(nothing_left, "storm {seed} ({verdict:?}, {failures:?}) left something behind: {census:?}");
        if *verdict == Verdict::Passed {
            assert_eq!(members.as_deref(), Some(&["Adele Vance".to_owned()][..]), "storm {seed} passed wrongly");
        } else {
            assert!(!failures.is_empty(), "storm {seed} is {verdict:?} and says not why");
        }
    }
    // A client that gave up at once would be honest too; this one has to get through nearly all of them.
    assert!(passed >= 160, "only {passed} of {STORMS} storms passed");
    assert!(passed < 200, "no storm was hopeless: nothing shows that failures are honest");
}

/// Who was a member when a step asked last.
fn last_members(observations: &Observations) -> Option<Vec<String>> {
    let membership = observations.headings().iter().find(|heading| heading.heading == "membership")?;
    match membership.observed.last()? {
        Observation::Roster { moments, .. } => moments.last().map(|moment| moment.names.clone()),
        _ => None,
    }
}

fn storm(seed: u64, plan: &Plan, schemas: &Schemas) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            now: "2026-01-05T09:00:00Z".parse().ok(),
            ids: Some(seed),
            faults: Some(Faults::storm(seed)),
            ..Settings::default()
        };
        let backend = Rc::new(EmulatorSession::start(settings, schemas.clone()).unwrap());
        let mut session = Session::new(Rc::clone(&backend) as Rc<_>, schemas.clone(), true);
        let options = PlayOptions {
            step_timeout: Duration::from_secs(60),
            interrupt: Interrupt::never(),
            tracing: graphwalk::session::Tracing::default(),
        };
        let features = play(plan, &Selection::default(), &mut session, &options, &mut |_, _| ()).await;
        let scenarios = features.iter().flat_map(|feature| &feature.scenarios);
        let failures = scenarios.filter_map(|scenario| scenario.failure().map(|(_, failure)| failure.code)).collect();
        let worst = features.iter().map(|feature| feature.verdict()).max().unwrap_or(Verdict::Blocked);
        Ended {
            seed,
            verdict: worst,
            failures,
            members: last_members(&session.seen.observations),
            census: backend.emulator().census(),
            repeated: session.seen.repeated,
        }
    })
}
