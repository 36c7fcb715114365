//! The tutorial itself, on the emulator, as the program plays it.

use assert_cmd::Command;

fn run(arguments: &[&str]) -> String {
    let mut program = Command::cargo_bin("graphwalk").unwrap();
    program.env("NO_COLOR", "1").args(["run", "--strict", "--on", "emulator"]).args(arguments);
    String::from_utf8(program.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn every_prefix_of_the_tutorial_passes_strictly_and_leaves_nothing() {
    for step in 1..=9 {
        let told = run(&["--through", &step.to_string()]);
        assert!(!told.contains("left behind") && !told.contains("drift"), "{told}");
    }
}

#[test]
fn it_passes_at_any_time_of_day_and_end_of_month() {
    for now in ["2026-03-02T07:59:59.999Z", "2026-12-31T23:59:59Z", "2024-02-28T00:00:00Z", "2026-01-31T08:00:00Z"] {
        run(&["--now", now]);
    }
    run(&["--end-hour", "0", "--now", "2026-03-02T00:00:00Z"]);
}

#[test]
fn without_the_licence_it_is_not_passed() {
    let mut program = Command::cargo_bin("graphwalk").unwrap();
    let output = program.args(["run", "--on", "emulator", "--no-licence"]).assert().failure().get_output().clone();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("AadPremiumLicenseRequired"), "{told}");
}
