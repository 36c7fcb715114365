//! docs/lint.md explains every rule, and nothing else.

use std::fs;
use std::path::Path;

use graphwalk::page::rules::RULES;

#[test]
fn the_documentation_explains_every_rule_with_its_level() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md")).unwrap();
    let explained: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            Some((cells.next()?.trim_end_matches('`'), cells.next()?))
        })
        .collect();
    let known: Vec<(&str, &str)> = RULES.iter().map(|rule| (rule.name, rule.level.name())).collect();
    assert_eq!(explained, known);
}
