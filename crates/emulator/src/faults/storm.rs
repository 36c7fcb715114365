//! Faults from a seed: the same seed and the same calls, the same faults.

use std::collections::HashMap;

use super::script::{FaultAct, LagRule};
use super::{FaultEnding, FaultMoment, ObservedCall};

/// The number of times in a row that the same call may fail. A client that tries more often than this gets through.
pub const MOST_IN_A_ROW: u32 = 3;

/// At most one call in so many suffers, but for the first few.
pub const ONE_IN: u64 = 3;

/// The number of calls that may fail before [`ONE_IN`] counts.
pub const AT_FIRST: u64 = 3;

/// The longest lag of a replica, in milliseconds.
pub const LONGEST_LAG: u64 = 20_000;

/// A storm of faults, made from a seed.
///
/// At most a share of all calls suffers, and none more than [`MOST_IN_A_ROW`] times in a row. One storm in eight also has an
/// endpoint that answers 503 for good from some moment on. It is a call below a review definition or the members or owners of a
/// group, and no DELETE: what was created can always be found and deleted, however hopeless the rest is.
#[derive(Clone, Debug)]
pub struct Storm {
    random: SplitMix64,
    /// In how many of 100 calls a fault is tried.
    fury: u64,
    calls: u64,
    suffered: u64,
    /// For each call (method and path), how often in a row it has suffered.
    in_a_row: HashMap<String, u32>,
    hopeless: Hopeless,
}

#[derive(Clone, Debug)]
enum Hopeless {
    Never,
    /// The first fitting call after so many calls.
    After(u64),
    /// This call, for good.
    Call(String),
}

impl Storm {
    /// The storm of this seed.
    pub fn new(seed: u64) -> Self {
        let mut random = SplitMix64(seed);
        let fury = 10 + random.below(31);
        let hopeless = if random.below(8) == 0 { Hopeless::After(random.below(60)) } else { Hopeless::Never };
        Self { random, fury, calls: 0, suffered: 0, in_a_row: HashMap::new(), hopeless }
    }

    /// Returns what happens to the next call.
    pub fn strike(&mut self, call: &ObservedCall<'_>) -> Option<FaultAct> {
        self.calls += 1;
        // Always as many draws a call, whatever comes of them: a fault that is withheld moves no other.
        let (roll, kind, amount) = (self.random.below(100), self.random.below(20), self.random.next());
        let key = key(call);
        if self.is_hopeless(call, &key) {
            return Some(FaultAct { ending: Some(refuse(503, None)), ..FaultAct::default() });
        }
        let allowed = self.suffered < self.calls / ONE_IN + AT_FIRST;
        let row = self.in_a_row.entry(key).or_default();
        if roll >= self.fury || !allowed || *row >= MOST_IN_A_ROW {
            *row = 0;
            return None;
        }
        *row += 1;
        self.suffered += 1;
        Some(act(kind, amount, is_read(call)))
    }

    fn is_hopeless(&mut self, call: &ObservedCall<'_>, key: &str) -> bool {
        if let Hopeless::After(calls) = self.hopeless
            && self.calls > calls
            && may_be_hopeless(call)
        {
            self.hopeless = Hopeless::Call(key.to_owned());
        }
        matches!(&self.hopeless, Hopeless::Call(hopeless) if hopeless == key)
    }
}

/// Returns what makes two calls the same: method, path and query.
fn key(call: &ObservedCall<'_>) -> String {
    let version = call.path.version().map(|version| version.to_string());
    let segments = call.path.segments().iter().map(ToString::to_string);
    let words: Vec<String> = version.into_iter().chain(segments).map(|segment| segment.to_lowercase()).collect();
    format!("{} /{}?{}", call.method, words.join("/"), call.path.query().unwrap_or_default())
}

fn may_be_hopeless(call: &ObservedCall<'_>) -> bool {
    let stands_before_the_end = |name: &str| call.path.segments().iter().rev().skip(1).any(|segment| segment.is(name));
    let ends = |name: &str| call.path.segments().last().is_some_and(|segment| segment.is(name));
    let below_review = stands_before_the_end("definitions");
    let people = stands_before_the_end("groups") && (ends("members") || ends("owners"));
    call.method != "DELETE" && (below_review || people)
}

fn is_read(call: &ObservedCall<'_>) -> bool {
    call.method == "GET" || call.method == "HEAD"
}

fn act(kind: u64, amount: u64, read: bool) -> FaultAct {
    let milliseconds = |most: u64| (amount % most) as i64;
    let ending = match kind {
        0..=2 => refuse(429, Some(milliseconds(8_000))),
        3 => refuse(429, None),
        4 => refuse(503, Some(milliseconds(8_000))),
        5 => refuse(503, None),
        6 => refuse(500, None),
        7 => refuse(504, None),
        8 => refuse_after(500),
        9 => refuse_after(504),
        10 => FaultEnding::Close(FaultMoment::Before),
        11 => FaultEnding::Close(FaultMoment::After),
        12 => FaultEnding::Truncate,
        13 => return FaultAct { delay: milliseconds(2_000), ..FaultAct::default() },
        _ if read => {
            let lag = LagRule { behind: milliseconds(LONGEST_LAG), flaps: false };
            return FaultAct { lag: Some(lag), ..FaultAct::default() };
        }
        14 | 15 => refuse(409, None),
        _ => refuse_after(503),
    };
    FaultAct { ending: Some(ending), ..FaultAct::default() }
}

fn refuse(status: u16, retry_after: Option<i64>) -> FaultEnding {
    FaultEnding::Refuse { status, retry_after, when: FaultMoment::Before }
}

fn refuse_after(status: u16) -> FaultEnding {
    FaultEnding::Refuse { status, retry_after: None, when: FaultMoment::After }
}

/// Sebastiano Vigna's generator (public domain, the reference implementation of SplitMix64): small, and the same everywhere.
#[derive(Clone, Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`. The bias is that of a division: no matter for bounds this small.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use graphwalk_catalog::ApiPath;

    use super::*;
    use proptest::prelude::*;

    const PATHS: [(&str, &str); 6] = [
        ("POST", "/v1.0/users"),
        ("GET", "/v1.0/groups/1/members"),
        ("GET", "/v1.0/identityGovernance/accessReviews/definitions/1"),
        ("PATCH", "/v1.0/identityGovernance/accessReviews/definitions/1/instances/1/decisions/2"),
        ("DELETE", "/beta/identityGovernance/accessReviews/definitions/1"),
        ("DELETE", "/beta/users/1"),
    ];

    static PARSED: LazyLock<Vec<ApiPath>> =
        LazyLock::new(|| PATHS.iter().map(|(_, path)| ApiPath::parse(path).unwrap()).collect());

    fn call(which: usize) -> ObservedCall<'static> {
        let method = PATHS[which % PATHS.len()].0;
        let path = &PARSED[which % PATHS.len()];
        ObservedCall { method, path, principal_name: None, object_id: None, created: None }
    }

    fn hopeless(storm: &Storm) -> Option<&str> {
        match &storm.hopeless {
            Hopeless::Call(key) => Some(key),
            _ => None,
        }
    }

    #[test]
    fn the_generator_is_the_reference_one() {
        let mut random = SplitMix64(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn some_storms_are_hopeless_and_most_are_not() {
        let mut count = 0;
        for seed in 0..200 {
            let mut storm = Storm::new(seed);
            let calls = (0..300).filter(|which| storm.strike(&call(*which)).is_some()).count();
            assert!(calls < 300);
            count += usize::from(hopeless(&storm).is_some());
        }
        assert!((10..=50).contains(&count), "{count} of 200");
    }

    #[test]
    fn a_storm_has_every_kind_of_fault() {
        let (mut kinds, mut storm) = (std::collections::BTreeSet::new(), Storm::new(3));
        for which in 0..5_000 {
            if let Some(act) = storm.strike(&call(which)) {
                kinds.insert(match act {
                    FaultAct { lag: Some(_), .. } => "lag".to_owned(),
                    FaultAct { ending: Some(FaultEnding::Refuse { status, when, .. }), .. } => {
                        format!("{status} {when:?}")
                    }
                    FaultAct { ending: Some(ending), .. } => format!("{ending:?}"),
                    FaultAct { ending: None, .. } => "delay".to_owned(),
                });
            }
        }
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        assert_eq!(
            kinds,
            [
                "409 Before",
                "429 Before",
                "500 After",
                "500 Before",
                "503 After",
                "503 Before",
                "504 After",
                "504 Before",
                "Close(After)",
                "Close(Before)",
                "Truncate",
                "delay",
                "lag"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_same_seed_and_the_same_calls_make_the_same_storm(seed: u64, calls in proptest::collection::vec(0usize..6, 1..200)) {
            let play = || {
                let mut storm = Storm::new(seed);
                calls.iter().map(|which| storm.strike(&call(*which))).collect::<Vec<_>>()
            };
            prop_assert_eq!(play(), play());
        }

        #[test]
        fn a_client_that_tries_once_more_than_that_gets_through(seed: u64, calls in proptest::collection::vec(0usize..6, 1..200)) {
            let (mut storm, mut seen, mut suffered) = (Storm::new(seed), 0u64, 0u64);
            for which in calls {
                let call = call(which);
                let mut tries = 0;
                while storm.strike(&call).is_some() {
                    tries += 1;
                    if hopeless(&storm) == Some(key(&call).as_str()) {
                        prop_assert!(call.method != "DELETE" && call.path.segments().len() > 1);
                        break;
                    }
                    suffered += 1;
                    seen += 1;
                    prop_assert!(tries <= MOST_IN_A_ROW);
                }
                seen += 1;
                prop_assert!(suffered <= seen / ONE_IN + AT_FIRST);
            }
        }
    }
}
