//! The HTML report in a real browser: Debian's Chromium without a window, and axe-core.
//!
//! `.ci/run` installs both and runs these tests; elsewhere they are ignored, and `cargo test` says so. By hand:
//! `cargo test --test browser -- --ignored`, with `AXE_CORE` naming `axe.min.js` of the npm package axe-core.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PUBLISHED: &str = include_str!("../recordings/security-group-review/published.har");

/// Opens a page from the disk in a browser, which does something with it.
fn chromium(page: &Path, arguments: &[&str]) -> Output {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("this test needs chromium: apt-get install chromium");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What a page wrote to the console.
fn console(page: &Path) -> Vec<String> {
    let told = String::from_utf8_lossy(&chromium(page, &["--dump-dom"]).stderr).into_owned();
    told.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect()
}

/// The source of axe-core.
fn axe() -> String {
    let given = std::env::var_os("AXE_CORE").map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/package/axe.min.js"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}: npm pack axe-core", path.display()))
}

/// What axe-core finds wrong in a page whose parts are all unfolded, each with its rule and the first place.
fn violations(page: &Path) -> Vec<String> {
    let html = std::fs::read_to_string(page).unwrap();
    // A page runs nothing: to be looked at by a script it has to lose its policy first.
    let html = match html.split_once("<meta http-equiv=\"Content-Security-Policy\"") {
        Some((start, rest)) => format!("{start}{}", &rest[rest.find('>').unwrap() + 1..]),
        None => html,
    };
    let run = "document.querySelectorAll('details').forEach(d => d.open = true);
        axe.run(document, {resultTypes: ['violations']}).then(r => {
            const out = document.createElement('script'); out.type = 'application/json'; out.id = 'axe';
            out.textContent = JSON.stringify(r.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes[0].html + v.nodes[0].failureSummary));
            document.body.append(out);
        });";
    let watched = page.with_extension("axe.html");
    let scripts = format!("<script>{}</script><script>{run}</script>", axe());
    std::fs::write(&watched, html.replace("</body>", &format!("{scripts}</body>"))).unwrap();
    let dom = chromium(&watched, &["--dump-dom", "--virtual-time-budget=60000"]).stdout;
    let dom = String::from_utf8(dom).unwrap();
    let told = dom.split("id=\"axe\">").nth(1).expect("axe-core did not end").split("</script>").next().unwrap();
    serde_json::from_str::<Vec<String>>(told).unwrap()
}

/// Pages of every kind: all passed, a failure with what it blocks, several sessions.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let (good, bad) = (folder.join("good.har"), folder.join("bad.har"));
    std::fs::write(&good, PUBLISHED).unwrap();
    std::fs::write(&bad, PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""))
        .unwrap();
    let (good, bad) = (good.to_str().unwrap(), bad.to_str().unwrap());
    let runs: [(&str, &[&str]); 3] = [
        ("emulated.html", &["--on", "emulator"]),
        ("failed.html", &["--recording", bad]),
        ("several.html", &["--recording", good, "--recording", bad]),
    ];
    let page = |(name, arguments): (&str, &[&str])| {
        let page = folder.join(name);
        let mut command = assert_cmd::Command::cargo_bin("graphwalk").unwrap();
        command.arg("run").args(arguments).arg("--html").arg(&page).output().unwrap();
        page
    };
    runs.map(page).to_vec()
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn a_page_from_the_disk_has_no_console_error_and_axe_finds_no_violation() {
    let folder = tempfile::tempdir().unwrap();
    for page in pages(folder.path()) {
        assert_eq!(console(&page), Vec::<String>::new(), "{}", page.display());
        assert_eq!(violations(&page), Vec::<String>::new(), "{}", page.display());
    }
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn a_console_error_a_violation_and_a_script_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("bad.html");
    std::fs::write(&page, "<html><body><img src=\"x.png\"><script>console.error('seen')</script></body></html>")
        .unwrap();
    assert!(console(&page).iter().any(|line| line.contains("seen")), "{:?}", console(&page));
    let found = violations(&page);
    for rule in ["image-alt", "html-has-lang", "document-title"] {
        assert!(found.iter().any(|violation| violation.starts_with(rule)), "{rule}: {found:?}");
    }
    // The policy of a report lets no script run, even if one came into it.
    let report = pages(folder.path()).remove(0);
    let html = std::fs::read_to_string(&report).unwrap();
    let with_script = "<script>document.title='it ran'</script></body>";
    std::fs::write(&report, html.replace("</body>", with_script)).unwrap();
    let dom = String::from_utf8(chromium(&report, &["--dump-dom"]).stdout).unwrap();
    assert!(!dom.contains("<title>it ran"), "a script ran");
    assert!(console(&report).iter().any(|line| line.contains("Content Security Policy")));
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn a_page_is_printed_with_its_steps_and_drawn_light_dark_wide_and_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let page = pages(folder.path()).remove(0);
    let pdf = folder.path().join("report.pdf");
    chromium(&page, &[&format!("--print-to-pdf={}", pdf.display()), "--no-pdf-header-footer"]);
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.len() > 20_000, "{} bytes", bytes.len());
    let mut pictures = Vec::new();
    for (size, scheme) in [("1280,2000", "1"), ("1280,2000", "0"), ("600,2000", "1"), ("600,2000", "0")] {
        let picture = folder.path().join(format!("{size}-{scheme}.png"));
        let arguments = [
            format!("--screenshot={}", picture.display()),
            format!("--window-size={size}"),
            format!("--blink-settings=preferredColorScheme={scheme}"),
        ];
        chromium(&page, &arguments.each_ref().map(String::as_str));
        pictures.push(std::fs::read(&picture).unwrap());
    }
    // Each is drawn, and differs from the others.
    assert!(pictures.iter().all(|picture| picture.len() > 20_000));
    for (index, picture) in pictures.iter().enumerate() {
        assert!(!pictures[..index].contains(picture), "picture {index} is that of another size or scheme");
    }
}
