//! What comes from outside of a tutorial: objects that were there before, and what a person does.

use std::sync::Arc;

use graphwalk::report::Summary;
use graphwalk::runner::Recorder;
use graphwalk::runner::Verdict::{Blocked, Failed, Passed, Skipped};
use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk::session::OutsideValues;
use graphwalk_emulator::areas::{Area, Start, State};
use graphwalk_emulator::http::{Refusal, Reply};
use graphwalk_emulator::routes::RoutedCall;
use graphwalk_emulator::tenant::Tenant;
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_recording::redact::Public;
use serde_json::{Value, json};

use crate::{Bench, all_passed, emulator, endings, entry};

const ID: &str = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";
const OTHER: &str = "bf59c5ba-5304-4c9b-9192-e5a4cb8444e7";

const READS: &str = r#"  Scenario: reads
    Given "A" is the id of a user
    When the administrator sends GET "/v1.0/users/{A}"
    Then the status is 200
  Scenario: later
    When the administrator sends GET "/v1.0/users/{A}"
    Then the status is 200
"#;

fn user(id: &str) -> Value {
    entry(0, &format!("GET /v1.0/users/{id}"), 200, &[], &json!({"id": id, "displayName": "A"}))
}

fn recorded(bench: &Bench, id: &str, values: &Value) -> SessionSource {
    let file = bench.path().join("x.har");
    let log = json!({"_finish": {"by": "stop"}, "_values": values, "entries": [user(id)]});
    std::fs::write(&file, json!({"log": log}).to_string()).unwrap();
    SessionSource::File(file)
}

fn given(set: &[(&str, &str)], configured: &[(&str, &str)]) -> OutsideValues {
    let all = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect();
    OutsideValues { set: all(set), configured: all(configured) }
}

#[test]
fn an_id_is_taken_from_flag_recording_and_configuration_in_this_order() {
    let bench = Bench::new(READS);
    let none = json!({});
    let recorded_value = json!({"A": ID});
    all_passed(&bench.play_with(given(&[("A", ID)], &[("A", OTHER)]), recorded(&bench, ID, &json!({"A": OTHER}))));
    all_passed(&bench.play_with(given(&[], &[("A", OTHER)]), recorded(&bench, ID, &recorded_value)));
    all_passed(&bench.play_with(given(&[], &[("A", ID)]), recorded(&bench, ID, &none)));
    all_passed(&bench.play_with(OutsideValues::default(), recorded(&bench, ID, &recorded_value)));
}

#[test]
fn an_emulated_tenant_knows_its_objects_by_their_names() {
    all_passed(&Bench::new(READS).emulate());
}

#[test]
fn what_nobody_gives_blocks_with_what_to_do() {
    let bench = Bench::new(READS);
    let outcome = bench.play(recorded(&bench, ID, &json!({})));
    let told = endings(&outcome);
    assert_eq!((told[0].0, told[1].0, outcome.verdict()), (Blocked, Blocked, Blocked));
    for part in ["missing \"A\", the id of a user", "--set A=ID", "[values] in graphwalk.toml", "`_values`", "seed"] {
        assert!(told[0].2.contains(part), "{part}: {}", told[0].2);
    }
    let optional = Bench::new(&READS.replace("  Scenario", "  @optional\n  Scenario"));
    let told = endings(&optional.play(recorded(&optional, ID, &json!({}))));
    assert_eq!((told[0].0, told[1].0), (Skipped, Skipped));
}

#[test]
fn what_is_no_id_is_refused() {
    let bench = Bench::new(READS);
    let outcome = bench.play_with(given(&[("A", "adele@contoso.com")], &[]), recorded(&bench, ID, &json!({})));
    assert_eq!((endings(&outcome)[0].0, endings(&outcome)[0].1.as_str()), (Failed, "outside-value"));
}

#[test]
fn a_recording_keeps_what_the_session_was_given() {
    let bench = Bench::new(READS);
    let mut public = Public::new();
    public.add_text("A");
    let run = Run { recorder: Some(Recorder::of_public(public)), ..Run::new(bench.plan()) };
    let recording = run.outcomes(&[emulator()]).remove(0).recorded.unwrap().recording;
    let path = format!("/v1.0/users/{}", recording.values["A"]);
    assert!(recording.exchanges.iter().all(|exchange| exchange.path == path), "{recording:?}");
    let file = bench.path().join("x.har");
    std::fs::write(&file, recording.to_har()).unwrap();
    all_passed(&bench.play(SessionSource::File(file)));
}

const ACT: &str = r#"  Scenario: acts
    Given a person has done: "Enable MFA for Aline in the portal"
    When the administrator sends GET "/v1.0/organization"
    Then the status is 200
"#;

#[test]
fn an_act_of_a_recording_is_told_and_not_proved() {
    let outcome = Bench::new(ACT).replay(&[entry(0, "GET /v1.0/organization", 200, &[], &json!({"value": []}))]);
    all_passed(&outcome);
    let summary = Summary::new(&Bench::new(ACT).plan(), &outcome);
    assert_eq!(summary.acts, ["Enable MFA for Aline in the portal (told, not proved)"]);
}

#[test]
fn an_act_that_no_area_knows_is_blocked_on_the_emulator() {
    let told = endings(&Bench::new(ACT).emulate());
    assert!(told[0].0 == Blocked && told[0].2.contains("no area of the emulator knows how"), "{told:?}");
}

/// An area that does one act: it counts how often.
#[derive(Debug)]
struct Portal;

#[derive(Clone, Debug, Default)]
struct Enabled(usize);

impl Area for Portal {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(Enabled::default())
    }

    fn answer(&self, _: &mut RoutedCall<'_>, _: &[&str]) -> Option<Result<Reply, Refusal>> {
        None
    }

    fn person_acts(&self, tenant: &mut Tenant, act: &str) -> bool {
        let is_mine = act.starts_with("Enable MFA for ");
        tenant.states.get_mut::<Enabled>().0 += usize::from(is_mine);
        is_mine
    }
}

#[test]
fn an_area_of_the_emulator_does_what_it_knows() {
    let settings = Settings { areas: vec![&Portal], ..Settings::default() };
    let outcome = Bench::new(ACT).play(SessionSource::Emulator(Arc::new(settings)));
    all_passed(&outcome);
    assert_eq!(outcome.verdict(), Passed);
    assert!(!outcome.seen.acts[0].is_told);
    assert!(
        Emulator::new(Settings::default(), graphwalk_schema::Schemas::embedded()).is_ok_and(|e| !e.person_acts("x"))
    );
}
