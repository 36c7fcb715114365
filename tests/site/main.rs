//! The site that mdBook makes of docs/: every page is in it, every link leads somewhere, and what its pages show is what happens.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn pages() -> BTreeSet<String> {
    let files = fs::read_dir(docs()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    files.filter(|file| file.ends_with(".md") && file != "SUMMARY.md").collect()
}

fn text(page: &str) -> String {
    fs::read_to_string(docs().join(page)).unwrap()
}

fn links(text: &str) -> Vec<String> {
    let links = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

/// The anchors of the headings of a page, as GitHub and mdBook name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut anchors, mut heading) = (BTreeSet::new(), None::<String>);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(title)) => {
                let kept = title.to_lowercase().replace(' ', "-");
                anchors.insert(kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect());
                heading = None;
            }
            (Event::Text(part) | Event::Code(part), Some(title)) => title.push_str(&part),
            _ => {}
        }
    }
    anchors
}

#[test]
fn the_summary_has_every_page_once() {
    let listed = links(&text("SUMMARY.md"));
    assert_eq!(listed.len(), listed.iter().collect::<BTreeSet<_>>().len(), "{listed:?}");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), pages(), "add the page to docs/SUMMARY.md");
}

#[test]
fn every_link_of_the_site_leads_to_a_page_and_a_heading_of_it() {
    let mut count = 0;
    for page in pages() {
        for link in links(&text(&page)).iter().filter(|link| !link.starts_with("https://")) {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { page.as_str() } else { file };
            // What is outside of docs/ is not on the site.
            assert!(!file.contains("..") && docs().join(file).is_file(), "docs/{page}: {link}: no such file in docs/");
            let known = anchor.is_empty() || anchors(&text(file)).contains(anchor);
            assert!(known, "docs/{page}: {link}: no such heading: {:?}", anchors(&text(file)));
        }
    }
    assert!(count > 50, "{count}");
}

/// The README's links into the site lead to headings, too.
#[test]
fn every_link_of_the_readme_into_the_site_leads_to_a_heading() {
    let readme = fs::read_to_string(docs().join("../README.md")).unwrap();
    let links = links(&readme);
    let into: Vec<_> = links.iter().filter_map(|link| link.strip_prefix("docs/")?.split_once('#')).collect();
    assert!(!into.is_empty());
    for (page, anchor) in into {
        assert!(anchors(&text(page)).contains(anchor), "README.md: docs/{page}#{anchor}");
    }
    let own = anchors(&readme);
    for anchor in links.iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(own.contains(anchor), "README.md: #{anchor}");
    }
}

/// A fenced block: the words behind the fence, and what stands in it.
fn blocks(text: &str) -> Vec<(String, String)> {
    let (mut blocks, mut current) = (Vec::new(), None::<(String, String)>);
    for event in Parser::new(text) {
        match (event, &mut current) {
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(words))), _) => {
                current = Some((words.into_string(), String::new()));
            }
            (Event::Text(part), Some((_, block))) => block.push_str(&part),
            (Event::End(TagEnd::CodeBlock), block) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

/// Returns whether the lines are those that a page shows: `…` stands for any lines, `[..]` for any part of one.
fn fit(shown: &[&str], lines: &[&str]) -> bool {
    let fits_line = |shown: &str, line: &str| match shown.split_once("[..]") {
        Some((before, after)) => {
            line.len() >= before.len() + after.len() && line.starts_with(before) && line.ends_with(after)
        }
        None => shown == line,
    };
    match (shown, lines) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=lines.len()).any(|skipped| fit(rest, &lines[skipped..])),
        ([first, shown @ ..], [line, lines @ ..]) => fits_line(first, line) && fit(shown, lines),
        _ => false,
    }
}

/// Does what a page says, from its top, in an empty folder: files are written, commands are given. There are an empty HOME, the
/// program, and the tools of every system; there is no cargo.
fn follow(page: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (home, work) = (folder.path().join("home"), folder.path().join("work"));
    let tools = folder.path().join("bin");
    for folder in [&home, &work, &tools] {
        fs::create_dir(folder).unwrap();
    }
    fs::hard_link(cargo_bin("graphwalk"), tools.join("graphwalk"))
        .or_else(|_| fs::copy(cargo_bin("graphwalk"), tools.join("graphwalk")).map(drop))
        .unwrap();
    let mut commands = 0;
    for (words, block) in blocks(&text(page)) {
        if let Some(file) = words.split(' ').find_map(|word| word.strip_prefix("file=")) {
            fs::create_dir_all(work.join(file).parent().unwrap()).unwrap();
            fs::write(work.join(file), block).unwrap();
        } else if words == "console" {
            for shown in block.split("$ ").skip(1) {
                let mut lines: Vec<&str> = shown.lines().collect();
                let command = lines.remove(0);
                let last = lines.last().and_then(|line| line.strip_prefix("? "));
                let code: i32 = last.map_or(0, |code| code.parse().unwrap());
                if last.is_some() {
                    lines.pop();
                }
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("{command} 2>&1")]).current_dir(&work).env_clear();
                let output = shell
                    .env("HOME", &home)
                    .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
                    .output()
                    .unwrap();
                let said = String::from_utf8(output.stdout).unwrap();
                let said_lines: Vec<&str> = said.lines().collect();
                assert_eq!(output.status.code(), Some(code), "docs/{page}: {command}\n{said}");
                // A command that is shown without its output is to pass, and no more.
                assert!(
                    lines.is_empty() || fit(&lines, &said_lines),
                    "docs/{page}: {command}\nshown:\n{}\nis:\n{said}",
                    lines.join("\n")
                );
                commands += 1;
            }
        }
    }
    commands
}

#[test]
fn whoever_governs_a_tenant_sees_in_ten_minutes_what_the_page_shows() {
    assert_eq!(follow("first-governance.md"), 4);
}

#[test]
fn whoever_keeps_a_ci_sees_in_ten_minutes_what_the_page_shows() {
    assert_eq!(follow("first-ci.md"), 5);
}

#[test]
fn whoever_writes_tutorials_sees_in_ten_minutes_what_the_page_shows() {
    assert_eq!(follow("first-tutorial.md"), 6);
}

#[test]
fn what_every_other_page_shows_is_what_happens() {
    let others = pages().into_iter().filter(|page| !page.starts_with("first-"));
    let followed: usize = others.map(|page| follow(&page)).sum();
    assert!(followed >= 6, "{followed}");
}

#[test]
fn a_page_that_shows_something_else_is_noticed() {
    assert!(fit(&["a", "…", "b [..] c"], &["a", "x", "y", "b 12 c"]));
    for (shown, lines) in
        [(&["a"][..], &["b"][..]), (&["a"], &["a", "b"]), (&["a", "…", "b"], &["a"]), (&["b [..] c"], &["b d"])]
    {
        assert!(!fit(shown, lines), "{shown:?}");
    }
}
