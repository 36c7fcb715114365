//! Rehearsals: the whole way of a live run, on a tenant that the program emulates.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const TUTORIALS: [&str; 3] = ["security-group-review", "guest-review", "role-review"];
/// The tutorial that finds its sessions in the tenant, and reads only.
const AUDIT: &str = "existing-reviews";

/// The longest that a rehearsal may take where many tests run beside it: alone it takes three seconds.
const MOST: Duration = Duration::from_mins(3);

/// A folder without a configuration, and one for temporary files.
struct Home {
    folder: TempDir,
    temporary: TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), temporary: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GRAPHWALK_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.path()).args(arguments).env("NO_COLOR", "1").env("TMPDIR", self.temporary.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The exit code of the program, and all that it printed.
    fn ended(&self, arguments: &[&str]) -> (i32, String) {
        told(&mut self.command(arguments))
    }
}

fn told(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// The text with its line breaks and indents as single spaces.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_tutorial_is_rehearsed_by_one_command_that_leaves_nothing() {
    for tutorial in TUTORIALS {
        let home = Home::new();
        let started = Instant::now();
        let (code, text) = home.ended(&["rehearse", tutorial]);
        assert_eq!(code, 0, "{text}");
        assert!(started.elapsed() < MOST, "{:?}: {text}", started.elapsed());
        let line = in_one_line(&text);
        for part in [
            "sign in as the administrator: open http://127.0.0.1:",
            "the rehearsal signs in as the administrator",
            "waiting for the review to become InProgress",
            "passed of",
            " emulated exchanges",
            "consent the app has to be granted delegated AccessReview.ReadWrite.All",
            "licence access reviews: Microsoft Entra ID P2",
            "passes the second factor",
            "nothing is left in the tenant; rehearsed in",
            &format!("next: `graphwalk doctor {tutorial}`, then `graphwalk run {tutorial} --on live --plan`"),
        ] {
            assert!(line.contains(part), "{part}: {text}");
        }
        assert!(is_empty(home.path()) && is_empty(home.temporary.path()), "{text}");
    }
}

#[test]
fn an_audit_is_rehearsed_on_the_reviews_that_its_seed_has() {
    let home = Home::new();
    let (code, text) = home.ended(&["rehearse", AUDIT]);
    assert!(code == 0 && text.contains("nothing is left in the tenant"), "{text}");
    assert!(is_empty(home.path()) && is_empty(home.temporary.path()), "{text}");
    // The clock of its tenant shows the day of the seed, as is meant.
    assert!(!text.contains("this machine"), "{text}");
}

#[test]
fn nothing_reaches_the_tenant_of_the_configuration() {
    let home = Home::new();
    let real = TcpListener::bind("127.0.0.1:0").unwrap();
    real.set_nonblocking(true).unwrap();
    let url = format!("http://{}", real.local_addr().unwrap());
    home.write(
        "graphwalk.toml",
        &format!(
            "tenant = \"fabrikam.onmicrosoft.com\"\nbase-url = \"{url}\"\nauthority = \"{url}\"\nallow-writes = true\n"
        ),
    );
    let mut command = home.command(&["rehearse"]);
    for name in ["GRAPHWALK_BASE_URL", "GRAPHWALK_AUTHORITY", "GRAPHWALK_PROXY"] {
        command.env(name, &url);
    }
    let (code, text) = told(&mut command);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("tenant  fabrikam.onmicrosoft.com at http://127.0.0.1:") && !text.contains(&url), "{text}");
    assert!(real.accept().is_err(), "{text}");
}

#[test]
fn everybody_signs_in_as_the_configuration_says() {
    const APP: &str = "client-id = \"0ccccccc-0000-4000-8000-000000000001\"";
    const CERTIFICATE: &str = include_str!("../crates/client/src/sign_in/tests/app.pem");
    for (administrator, expected) in [
        ("sign-in = \"authorization-code\"\nAPP\nusername = \"boss@contoso.example\"", "within 15 minutes"),
        (
            "sign-in = \"password\"\nAPP\nusername = \"boss@contoso.example\"\npassword-env = \"NOWHERE\"",
            "a second factor",
        ),
        (
            "sign-in = \"client-secret\"\nAPP\nclient-secret-env = \"NOWHERE\"",
            "granted application User.ReadWrite.All: here it was",
        ),
        ("sign-in = \"managed-identity\"", "granted application User.ReadWrite.All: here it was"),
        (
            "sign-in = \"client-certificate\"\nAPP\ncertificate = \"app.pem\"",
            "granted application User.ReadWrite.All: here it was",
        ),
        ("sign-in = \"token\"\ntoken-env = \"NOWHERE\"", "the administrator: token is not asked"),
        ("sign-in = \"azure-cli\"", "the administrator: azure-cli is not asked"),
        (
            "sign-in = \"workload-identity\"\nAPP\nfederated-token-file = \"nowhere\"",
            "workload-identity is another issuer's",
        ),
    ] {
        let home = Home::new();
        home.write("app.pem", CERTIFICATE);
        // An app that has a secret is no public client, as Entra has it.
        let adele = format!("[actors.\"Adele Vance\"]\nsign-in = \"password\"\n{}\n", APP.replace("01\"", "02\""));
        let actors = format!("[actors.administrator]\n{}\n{adele}", administrator.replace("APP", APP));
        home.write("graphwalk.toml", &actors);
        let (code, text) = home.ended(&["rehearse", "--through", "1"]);
        assert_eq!(code, 0, "{administrator}: {text}");
        assert!(in_one_line(&text).contains(expected), "{administrator}: {text}");
    }
}

#[test]
fn what_a_tenant_would_refuse_is_refused() {
    let home = Home::new();
    let secret = "[actors.administrator]\nsign-in = \"client-secret\"\nclient-id = \"0ccccccc-0000-4000-8000-000000000001\"\n\
                  client-secret-env = \"NOWHERE\"\n";
    home.write("graphwalk.toml", secret);
    // An app decides nothing, and nobody signs in as Adele.
    let (code, text) = home.ended(&["rehearse", "guest-review"]);
    assert!(code == 2 && text.contains("error[needs-user]: the administrator must be a signed-in user"), "{text}");
    let (code, text) = home.ended(&["rehearse"]);
    assert!(code == 2 && text.contains("no sign-in is configured for Adele Vance"), "{text}");
    // A write to an object of the tenant.
    let steps = "@step-1\nFeature: Steps\n  Scenario: Change a user\n    When the administrator sends PATCH \"/v1.0/users/{employee}\"\n      \
                 \"\"\"json\n      {\"jobTitle\": \"Boss\"}\n      \"\"\"\n    Then the status is 204\n";
    let given = steps.replace("    When", "    Given \"employee\" is the id of a user\n    When");
    home.write("features/01-steps.feature", &given);
    home.write("graphwalk.toml", "");
    let (code, text) = home.ended(&["rehearse", "--features", "features"]);
    assert!(code == 2 && text.contains("error[refused-write]"), "{text}");
    assert!(is_empty(home.temporary.path()));
}

#[test]
fn an_own_tutorial_is_rehearsed_with_what_it_takes_from_outside() {
    let home = Home::new();
    let steps = "@step-1\nFeature: Steps\n  Scenario: Read a user, and create a unit\n    Given \"employee\" is the id of a user\n    And a person has \
                 done: \"Greet the employee\"\n    When the administrator sends GET \"/v1.0/users/{employee}\"\n    Then the status is 200\n    And \
                 \"$.displayName\" is \"employee\"\n    When the administrator sends POST \"/v1.0/directory/administrativeUnits\"\n      \"\"\"json\n      \
                 {\"displayName\": \"West\"}\n      \"\"\"\n    Then the status is STATUS\n";
    home.write("features/01-steps.feature", &steps.replace("STATUS", "201"));
    let (code, text) = home.ended(&["rehearse", "--features", "features"]);
    let line = in_one_line(&text);
    assert_eq!(code, 0, "{text}");
    assert!(line.contains("by hand a person does this first: Greet the employee"), "{text}");
    assert!(
        line.contains("AdministrativeUnit.ReadWrite.All") && line.contains("had no behaviour behind them"),
        "{text}"
    );
    assert!(line.contains("emulated (generic)") && line.contains("nothing is left in the tenant"), "{text}");
    // What is advised can be typed: it names the folder. Lines are broken anywhere.
    let whole = home.path().join("features").canonicalize().unwrap();
    let (typed, wanted) =
        (text.replace([' ', '\n'], ""), format!("next:`graphwalkdoctorfeatures--features'{}'`", whole.display()));
    assert!(typed.contains(&wanted), "{wanted}\n{text}");
    // What fails has the exit code of a run, and is cleaned up all the same.
    home.write("features/01-steps.feature", &steps.replace("STATUS", "200"));
    let (code, text) = home.ended(&["rehearse", "--features", "features"]);
    assert!(code == 1 && text.contains("error[status]") && text.contains("nothing is left in the tenant"), "{text}");
    // Nobody is sent to the tenant with what failed here.
    assert!(text.contains("next: see above what did not pass") && !text.contains("--plan"), "{text}");
}

#[test]
fn the_days_of_a_review_pass_at_once() {
    let home = Home::new();
    let started = Instant::now();
    let (code, text) = home.ended(&["rehearse", "--finish", "wait"]);
    assert_eq!(code, 0, "{text}");
    // The review ends at eight in the morning: before that hour it is a day more.
    let told = |days: u8| format!("time the run waits for about {days} days, which passed at once here");
    assert!([4, 5].into_iter().any(|days| in_one_line(&text).contains(&told(days))), "{text}");
    assert!(started.elapsed() < MOST, "{:?}", started.elapsed());
}

/// The emulated tenant of a kept folder, served by the command that the rehearsal printed.
struct Again(Child);

impl Again {
    fn serve(home: &Home, folder: &Path, command: &str) -> Self {
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let mut child = home.command(&arguments).current_dir(folder).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("serving an emulated tenant on http://127.0.0.1:"), "{line}");
        Self(child)
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The rest of the line that begins with a text.
fn after<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines().find_map(|line| line.trim().strip_prefix(start)).unwrap_or_else(|| panic!("no {start}: {text}"))
}

/// The folder that a rehearsal kept as `kept`, and the secret without which nothing in it signs in.
struct KeptFolder<'a> {
    home: &'a Home,
    folder: std::path::PathBuf,
    secret: String,
}

impl<'a> KeptFolder<'a> {
    fn told_of(home: &'a Home, text: &str) -> Self {
        let secret = after(text, "export REHEARSAL_SECRET=").trim_matches('\'').to_owned();
        Self { home, folder: home.path().join("kept"), secret }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.home.command(arguments);
        command.current_dir(&self.folder).env("REHEARSAL_SECRET", &self.secret);
        command
    }

    /// The name of the run that was killed.
    fn killed_run(&self) -> String {
        let (_, runs) = told(&mut self.command(&["runs"]));
        let run = runs.lines().find(|line| line.contains("killed")).unwrap_or_else(|| panic!("{runs}"));
        run.split_whitespace().next().unwrap().to_owned()
    }
}

#[test]
fn in_the_folder_that_is_kept_runs_can_be_resumed_and_cleaned() {
    let home = Home::new();
    let (code, text) = home.ended(&["rehearse", "--keep=kept"]);
    assert_eq!(code, 0, "{text}");
    let kept = KeptFolder::told_of(&home, &text);
    let in_folder = |arguments: &[&str]| kept.command(arguments);
    let configuration = std::fs::read_to_string(kept.folder.join("graphwalk.toml")).unwrap();
    assert!(!configuration.contains(&kept.secret), "{configuration}");
    // The recording says where it comes from, and replays.
    let recording = std::fs::read_to_string(kept.folder.join("security-group-review.har")).unwrap();
    assert!(recording.contains("\"emulated\"") && !recording.contains("\"tenant\""), "{recording}");
    let (code, replayed) = told(&mut in_folder(&["run", "--strict", "--recording", "security-group-review.har"]));
    assert_eq!(code, 0, "{replayed}");
    let (_, runs) = told(&mut in_folder(&["runs"]));
    assert!(runs.contains("passed"), "{runs}");

    let command = format!("graphwalk serve {}", after(&text, "graphwalk serve "));
    let _again = Again::serve(&home, &kept.folder, &command);
    let (code, cleaned) = told(&mut in_folder(&["clean"]));
    assert!(code == 0 && cleaned.starts_with("nothing to clean"), "{cleaned}");
    for resumed in [true, false] {
        let mut child = in_folder(&["run", "--on", "live", "--yes"]).spawn().unwrap();
        let begun = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // The run is killed with a group and users in the tenant.
        let line = begun.take_while(|line| !line.contains("Create the group with its owner")).last();
        assert!(line.is_some_and(|line| line.contains("Create the security group")));
        child.kill().unwrap();
        child.wait().unwrap();
        let run = kept.killed_run();
        if resumed {
            let (code, text) = told(&mut in_folder(&["resume", &run, "--yes"]));
            assert!(code == 0 && text.contains("9 passed of 9 steps"), "{text}");
        } else {
            let (code, text) = told(&mut in_folder(&["clean", &run]));
            assert!(code == 0 && text.contains("deleted   user \"Adele Vance\""), "{text}");
        }
    }
    let (code, cleaned) = told(&mut in_folder(&["clean"]));
    assert!(code == 0 && cleaned.starts_with("nothing to clean"), "{cleaned}");
}

#[test]
fn a_folder_that_is_used_is_not_overwritten() {
    let home = Home::new();
    home.write("kept/notes.txt", "mine");
    let (code, text) = home.ended(&["rehearse", "--keep=kept"]);
    assert!(code == 2 && text.contains("kept is not empty"), "{text}");
    let (code, text) = home.ended(&["rehearse", "no-such-tutorial"]);
    assert!(code == 2 && text.contains("no-such-tutorial"), "{text}");
    let (code, text) = home.ended(&["rehearse", "--through", "1", "--keep"]);
    assert_eq!(code, 0, "{text}");
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("rehearsal-")).count(), 1, "{text}");
}

#[test]
fn the_tenant_can_be_served_on_as_the_rehearsal_left_it() {
    let home = Home::new();
    let child = home.command(&["rehearse", "--keep=kept", "--serve"]).spawn().unwrap();
    let mut serving = Again(child);
    let lines = BufReader::new(serving.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut text = String::new();
    for line in lines {
        text.push_str(&format!("{line}\n"));
        if line.contains("kill it, then try") {
            break;
        }
    }
    let kept = KeptFolder::told_of(&home, &text);
    let in_folder = |arguments: &[&str]| kept.command(arguments);
    // What the rehearsal deleted lies among the deleted items of this tenant.
    let (code, purged) = told(&mut in_folder(&["clean", "--purge"]));
    assert!(code == 0 && purged.contains("purged    user \"Adele Vance\""), "{purged}");
    let mut child = in_folder(&["run", "--on", "live", "--yes"]).spawn().unwrap();
    let begun = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(begun.take_while(|line| !line.contains("Create the group with its owner")).count() > 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let run = kept.killed_run();
    let (code, text) = told(&mut in_folder(&["resume", &run, "--yes"]));
    assert!(code == 0 && text.contains("9 passed of 9 steps"), "{text}");
}
