//! Every sentence with every extreme in each of its places: whatever cannot be read is found before anything is played, and
//! nothing panics.

use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use graphwalk_emulator::Settings;
use graphwalk_emulator::faults::Faults as Storm;
use graphwalk_schema::Schemas;

use graphwalk::backend::emulator::EmulatorSession;
use graphwalk::runner::{Interrupt, Plan, PlayOptions, Selection, play};
use graphwalk::session::Session;
use graphwalk::tutorial::{Library, Tutorial, TutorialFaults, read_feature};

const NUMBERS: [&str; 9] =
    ["0", "-1", "99", "600", "36501", "65536", "4294967296", "18446744073709551616", "99999999999999999999999"];

/// Those that are refused, or over soon: a poll reads twice a minute.
const SPANS: [&str; 6] =
    ["0 seconds", "1 hour", "36501 days", "99999999999999 minutes", "18446744073709551615 days", "9999999999 hours"];

const TEXTS: [&str; 21] = [
    "",
    " ",
    "ü{",
    "{today}",
    "{today+36501}",
    "{today+99999999}",
    "{today-2147483648}",
    "{today+999999999999}",
    "{today-99999999999999999999}",
    "$",
    "$.value[9007199254740993]",
    "$.value[-99999999999999999999]",
    "$..*",
    "(",
    "(a{1,100000}){100000}",
    "9999-12-30T22:00:00Z",
    "9999-12-31T23:59:59Z",
    "+999999-01-01T00:00:00Z",
    "/v1.0/users",
    "/",
    "InProgress",
];

const VALUES: [&str; 8] =
    ["99999999999999999999999", "1e999", "-", "1.2.3", "[", "{\"a\": {today+99999999}}", "\"{nothing}\"", "\"\\x\""];

/// The places of a sentence that vary, and what they are tried with.
const PLACES: [(&str, &[&str]); 4] = [("\"…\"", &TEXTS), ("…", &VALUES), ("10 minutes", &SPANS), ("5", &NUMBERS)];

/// A sentence with one extreme, and with what is harmless in its other places.
fn with_extremes(sentence: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (place, extremes) in PLACES {
        for (at, _) in sentence.match_indices(place) {
            // A quoted text is no value, though it has the same sign in it.
            let quoted = place == "…" && sentence[..at].ends_with('"');
            for extreme in extremes.iter().filter(|_| !quoted) {
                let extreme = if place == "\"…\"" { format!("\"{extreme}\"") } else { (*extreme).to_owned() };
                let text = format!("{}{extreme}{}", &sentence[..at], &sentence[at + place.len()..]);
                all.push(text.replace("\"…\"", "\"x\"").replace("is …", "is 1").replace("is not …", "is not 1"));
            }
        }
    }
    all
}

/// The step with what stands below it.
fn step(sentence: &str, table: &str) -> String {
    let words = ["a justification:", "with the justification:"].iter().any(|end| sentence.ends_with(end));
    let below = if words { "      \"\"\"\n      {today+9999999999}\n      \"\"\"\n" } else { table };
    let below = if sentence.ends_with(':') { below } else { "" };
    format!("    When {sentence}\n{below}")
}

fn planned(steps: &str) -> Result<Plan, TutorialFaults> {
    let text = format!("@clean-up\nFeature: f\n{steps}");
    let feature = read_feature("x.feature", text, 1).map_err(|fault| vec![*fault])?;
    Plan::new(Tutorial { name: "t".into(), features: vec![feature] })
}

/// Plays the steps, each in a scenario of a clean-up, so that a failure blocks none of the others; what failed.
async fn failures(steps: &[String], now: &str) -> Vec<(&'static str, String)> {
    let mut text = String::new();
    for (number, step) in steps.iter().enumerate() {
        writeln!(text, "  Scenario: {number}\n    When the administrator sends GET \"/v1.0/users\"\n{step}").unwrap();
    }
    let plan = planned(&text).unwrap();
    let settings = Settings { now: Some(now.parse().unwrap()), ..Settings::default() };
    let backend = Rc::new(EmulatorSession::start(settings, Schemas::embedded()).unwrap());
    let mut session = Session::new(backend, Schemas::embedded(), false);
    let options = PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: graphwalk::session::Tracing::default(),
    };
    let outcomes = play(&plan, &Selection::default(), &mut session, &options, &mut |_, _| {}).await;
    let mut found = Vec::new();
    for outcome in outcomes.iter().flat_map(|feature| &feature.scenarios) {
        if let Some((place, failure)) = outcome.failure() {
            let step = &plan.features[0].scenarios[outcome.index].steps[place];
            found.push((failure.code, format!("{}: {}", step.text, failure.message)));
        }
    }
    found
}

#[tokio::test]
async fn every_sentence_takes_every_extreme_or_is_refused_before_it_is_played() {
    let tables = ["      | {today+99999999} |\n", "      | userPrincipalName | 1e999 |\n", "      | a | b | c |\n", ""];
    let (mut played, mut refused) = (Vec::new(), 0);
    for sentence in graphwalk::sentences::sentences() {
        let tables = if sentence.ends_with(':') { &tables[..] } else { &tables[..1] };
        for text in with_extremes(&sentence).into_iter().chain([sentence.clone()]) {
            for table in tables {
                let step = step(&text, table);
                match planned(&format!("  Scenario: s\n{step}")) {
                    Ok(_) => played.push(step),
                    Err(faults) => {
                        refused += 1;
                        assert!(faults.iter().all(|fault| fault.place.is_some()), "{text}: {faults:?}");
                    }
                }
            }
        }
    }
    for now in ["2026-01-05T09:00:00Z", "9999-12-30T21:59:58Z"] {
        let found = failures(&played, now).await;
        let panics: Vec<_> = found.iter().filter(|(code, _)| *code == "internal").collect();
        assert!(panics.is_empty(), "at {now}: {panics:#?}");
    }
    assert!(played.len() > 300 && refused > 100, "{} played, {refused} refused", played.len());
}

fn fault(step: &str) -> String {
    let faults = planned(&format!("  Scenario: s\n    When {step}\n")).map(|_| step.to_owned()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].render(false)
}

#[test]
fn an_unreadable_sentence_is_reported_with_its_place() {
    let told: Vec<String> = [
        "the status is 65536",
        "the status is 99",
        "the status is 600",
        "\"$.value\" finds -1 values",
        "\"$.value\" finds 1000001 values",
        "\"$.value\" finds 99999999999999999999999 values",
        "the review becomes \"InProgress\" within 99999999999999 minutes",
        "99999999999 days have passed",
        "\"$.id\" is 1.2.3",
        "the administrator sends GET \"/v1.0/users?$filter=createdDateTime ge {today+999999999999}\"",
    ]
    .into_iter()
    .map(fault)
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn storms_at_the_end_of_time_end_honestly() {
    let plan = Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap();
    let options = PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: graphwalk::session::Tracing::default(),
    };
    for (seed, now) in (0..40).flat_map(|seed| [(seed, "9999-12-24T00:00:00Z"), (seed, "9999-12-30T21:59:58Z")]) {
        let faults = Some(Storm::storm(seed));
        let settings = Settings { now: Some(now.parse().unwrap()), faults, ..Settings::default() };
        let backend = Rc::new(EmulatorSession::start(settings, Schemas::embedded()).unwrap());
        let mut session = Session::new(backend, Schemas::embedded(), false);
        let outcomes = play(&plan, &Selection::default(), &mut session, &options, &mut |_, _| {}).await;
        let failures = outcomes.iter().flat_map(|feature| &feature.scenarios).filter_map(|scenario| scenario.failure());
        let panics: Vec<_> = failures.filter(|(_, failure)| failure.code == "internal").collect();
        assert!(panics.is_empty(), "storm {seed} at {now}: {panics:?}");
    }
}

#[tokio::test]
async fn a_call_that_the_emulator_lacks_is_reported_as_such() {
    let plan = planned(
        "  Scenario: s\n    When the administrator sends GET \"/v1.0/reports/getEmailActivityCounts(period='D7')\"\n    Then the status is 200\n",
    );
    let backend = Rc::new(EmulatorSession::start(Settings::default(), Schemas::embedded()).unwrap());
    let mut session = Session::new(backend, Schemas::embedded(), false);
    let options = PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: graphwalk::session::Tracing::default(),
    };
    let outcomes = play(&plan.unwrap(), &Selection::default(), &mut session, &options, &mut |_, _| {}).await;
    let (_, failure) = outcomes[0].scenarios[0].failure().unwrap();
    let help = failure.help.as_deref().unwrap();
    assert!(help.contains("the emulator does not model this") && help.contains("--on live"), "{help}");
}

#[test]
fn a_folder_of_more_features_than_a_tutorial_may_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |number: usize| {
        let text = format!(
            "Feature: f{number}\n  Scenario: s{number}\n    When the administrator sends GET \"/v1.0/users\"\n"
        );
        std::fs::write(folder.path().join(format!("{number}.feature")), text).unwrap();
    };
    (0..255).for_each(write);
    let read = || Library::from_folder(folder.path()).unwrap().tutorial(None);
    assert_eq!(read().unwrap().features.len(), 255);
    write(255);
    let faults = read().unwrap_err();
    assert!(faults[0].message.ends_with("has 256 features: expected at most 255, one a step"), "{faults:?}");
}
