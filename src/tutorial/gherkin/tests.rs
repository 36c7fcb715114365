//! After the test data of Gherkin itself (cucumber/gherkin, `testdata/good` and `testdata/bad`): what each of its files is about is
//! read here, or refused with the line and a reason.

use cucumber::gherkin::{Feature, StepType};
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Feature {
    parse(text).unwrap_or_else(|misread| panic!("{misread:?}\n{text}"))
}

/// Feature and scenarios by keyword and name, steps by keyword, type and sentence, what stands below them.
fn told(text: &str) -> Vec<String> {
    let feature = written_out(read(text), text).unwrap();
    let mut lines = vec![format!("{}: {}", feature.keyword, feature.name)];
    let background =
        |background: &Option<Background>| background.as_ref().map_or(0, |background| background.steps.len());
    let of_rules = feature.rules.iter().flat_map(|rule| {
        let head = format!("{}: {} ({} before)", rule.keyword, rule.name, background(&rule.background));
        std::iter::once(head).chain(rule.scenarios.iter().flat_map(scenario))
    });
    lines.push(format!("{} before", background(&feature.background)));
    lines.extend(feature.scenarios.iter().flat_map(scenario).chain(of_rules));
    lines
}

fn scenario(scenario: &Scenario) -> Vec<String> {
    let head = format!("{} {}: {} {:?}", scenario.position.line, scenario.keyword, scenario.name, scenario.tags);
    let steps = scenario.steps.iter().map(|step| {
        let table = step.table.as_ref().map_or_else(String::new, |table| format!(" {:?}", table.rows));
        let text = step.docstring.as_ref().map_or_else(String::new, |text| format!(" {text:?}"));
        format!("{} {:?} {}{table}{text}", step.keyword, step.ty, step.value)
    });
    std::iter::once(head).chain(steps).collect()
}

#[test]
fn a_feature_may_have_all_that_gherkin_has() {
    let text = r#"# a comment

@all @two   # why
@three
Ability: everything
  Prose.
  # not prose
  Given in prose is prose

  Background: before
    Given a start

  @one@more
  Example: steps
    In words.
    Given a table
      | a | b |

      # between rows
      | \| \\ \n | c\d |
    # between steps
    * a star
    When a text
      """json
        two further in
      one \"\"\" here
    out
      """
    And the same
      ```
      """
      ```
      | after | it |
    Then the end
    But not yet

  Rule: a rule
    About it.
    Background:
      Given another start
    Scenario Template: out <x>
      Given <x> and <y> and < z >
        | <x> |
      @tagged
      Examples: named
        In words.
        | x | y |
        # one
        | 1 | <x> |
      Scenarios:
        | x | y |
        | 1 | $1 |
  Rule:
"#;
    insta::assert_snapshot!(told(text).join("\n"));
}

#[test]
fn line_ends_marks_and_spaces_change_nothing() {
    let text = "Feature: f\n\n  Scenario: s\n    Given a start\n      | a |\n";
    let plain = told(text);
    for other in [
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace("  ", "\t"),
        text.replace("  ", "\u{a0}\u{3000}"),
        text.trim_end().to_owned(),
        format!("#language:en\n{text}").replacen("Feature", "Feature", 1),
    ] {
        let told: Vec<String> = told(&other);
        let without_line = |lines: &[String]| {
            lines.iter().map(|line| line.trim_start_matches(char::is_numeric).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(without_line(&told), without_line(&plain), "{other:?}");
    }
}

#[test]
fn keywords_are_those_of_the_language_that_is_named() {
    let french = "# language: fr\nFonctionnalité: f\n  Des mots.\n  Contexte:\n    Soit un début\n\n  Scénario: s\n    Étant donné que a\n    Quand b\n    Et c\n    Alors d\n\n  \
         Plan du scénario: o\n    Soit <x>\n    Exemples:\n      | x |\n      | 1 |\n      | 2 |\n";
    insta::assert_snapshot!(told(french).join("\n"), @r#"
    Fonctionnalité: f
    1 before
    7 Scénario: s []
    Étant donné que Given a
    Quand When b
    Et When c
    Alors Then d
    17 Plan du scénario: o (1) []
    Soit Given 1
    18 Plan du scénario: o (2) []
    Soit Given 2
    "#);
    for (text, keywords) in [
        ("# language: no\nEgenskap: f\n  Scenario: s\n    Gitt a\n    Når b\n", ["Gitt", "Når"]),
        (
            "  #  language :  de\nFunktionalität: f\n  Szenario: s\n    Angenommen a\n    Dann b\n",
            ["Angenommen", "Dann"],
        ),
        ("# language: em\n📚: f\n  📕: s\n    😐a\n    🎬b\n", ["😐", "🎬"]),
        ("# language: zh-CN\n功能: f\n  场景: s\n    假如a\n    那么b\n", ["假如", "那么"]),
        ("# language: tr\nÖzellik: f\n  Senaryo: s\n    Diyelim ki a\n    Eğer ki b\n", ["Diyelim ki", "Eğer ki"]),
    ] {
        let steps = read(text).scenarios.remove(0).steps;
        let found: Vec<&str> = steps.iter().map(|step| step.keyword.as_str()).collect();
        assert_eq!(found, keywords, "{text}");
        assert_eq!(steps[1].value, "b");
    }
}

#[test]
fn of_keywords_that_begin_alike_the_longest_counts() {
    let text = "# language: ht\nKarakteristik: k\n  Senaryo: s\n    Le pòt la louvri\n    Le sa a chat la antre\n    Men li pa rete\n";
    let steps = read(text).scenarios.remove(0).steps;
    let found: Vec<_> = steps.iter().map(|step| (step.keyword.as_str(), step.ty, step.value.as_str())).collect();
    assert_eq!(
        found,
        [
            ("Le", StepType::When, "pòt la louvri"),
            ("Le sa a", StepType::Then, "chat la antre"),
            ("Men", StepType::Then, "li pa rete"),
        ]
    );
}

#[test]
fn languages_that_came_late_are_read() {
    for (code, feature, scenario, step) in
        [("be", "Функцыянальнасць", "Сцэнарый", "Дадзена"), ("ml", "സവിശേഷത", "രംഗം", "നൽകിയത്")]
    {
        let text = format!("# language: {code}\n{feature}: f\n  {scenario}: s\n    {step} x\n");
        assert_eq!(read(&text).scenarios[0].steps[0].value, "x", "{text}");
    }
}

#[test]
fn tags_may_have_any_space_between_them_and_none_in_them() {
    let text = "@a\u{a0}@b@c \t @d#e # f\nFeature: f\n";
    assert_eq!(read(text).tags, ["a", "b", "c", "d#e"]);
    for (line, part) in [("  @a @b c @d", "@b c"), ("  @one\u{2003}two", "@one\u{2003}two")] {
        let misread = parse(&format!("Feature: f\n{line}\n  Scenario: s\n")).unwrap_err();
        assert_eq!((misread.line, misread.part.as_deref()), (2, Some(part)));
    }
}

#[test]
fn columns_count_characters_not_bytes() {
    let text = "\u{3000}Feature: f\n\u{a0} Scenario: s\n\u{3000}\u{3000} Given a\n";
    let feature = read(text);
    let scenario = &feature.scenarios[0];
    let columns = [feature.position.col, scenario.position.col, scenario.steps[0].position.col];
    assert_eq!(columns, [2, 3, 4]);
}

#[test]
fn the_time_to_read_grows_with_the_lines_in_any_language() {
    for (code, [feature, scenario, given, and]) in
        [("de", ["Funktionalität", "Szenario", "Angenommen", "Und"]), ("en", ["Feature", "Scenario", "Given", "And"])]
    {
        let steps: String =
            (0..20_000).map(|step| format!("    {} step {step}: x\n", [given, and][step % 2])).collect();
        let text = format!("# language: {code}\n{feature}: f\n  {scenario}: s\n{steps}");
        let start = std::time::Instant::now();
        assert_eq!(read(&text).scenarios[0].steps.len(), 20_000);
        // Read in a twentieth of it by a loaded machine; if each step looked at those before it, hours would not do.
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{code}: {:?}", start.elapsed());
    }
}

#[test]
fn what_is_incomplete_is_read_and_left_to_the_lint() {
    for (text, scenarios) in [
        ("Feature: f", 0),
        ("Feature: f\n  Background:\n", 0),
        ("Feature: f\n  Background: b\n  Words.\n  Scenario: s\n", 1),
        ("Feature: f\n  Scenario:\n", 1),
        ("Feature: f\n  Scenario Outline: o\n    Given <a>\n    Examples:\n", 1),
        ("Feature: f\n  Scenario Outline: o\n    Given <a>\n    Examples:\n      | a |\n", 1),
    ] {
        assert_eq!(read(text).scenarios.len(), scenarios, "{text}");
    }
}

#[test]
fn a_line_that_does_not_fit_is_refused_with_its_number_and_the_reason() {
    let scenario = |steps: &str| format!("Feature: f\n\n  Scenario: s\n    Given a\n{steps}");
    let cases = [
        (String::new(), 1),
        ("# only a comment\n\n".to_owned(), 1),
        ("not gherkin\n".to_owned(), 1),
        ("\n\n  not gherkin either".to_owned(), 3),
        ("# language: no-such\nFeature: f\n".to_owned(), 1),
        ("Feature: f\nFeature: g\n".to_owned(), 2),
        ("Scenario: s\n".to_owned(), 1),
        ("@a\n".to_owned(), 1),
        ("Feature: f\n  @a tag\n  Scenario: s\n".to_owned(), 2),
        ("Feature: f\n  @a\u{a0}tag\n  Scenario: s\n".to_owned(), 2),
        ("Feature: f\n  @a\u{85}tag\n  Scenario: s\n".to_owned(), 2),
        ("Feature: f\n  @\n  Scenario: s\n".to_owned(), 2),
        ("Feature: f\n  @a\n  Background:\n".to_owned(), 3),
        ("Feature: f\n  Examples:\n    | a |\n".to_owned(), 2),
        (scenario("  @a\n"), 5),
        (scenario("    oops\n    Given b\n"), 5),
        (scenario("    Givenb\n"), 5),
        (scenario("    When\n"), 5),
        (scenario("      | a | b |\n      | c |\n"), 6),
        (scenario("      | a |\n      | b | c |\n"), 6),
        (scenario("      | a | b\n"), 5),
        (scenario("      | a | b \\\n"), 5),
        (scenario("      | a \\|\n"), 5),
        (scenario("      \"\"\"\n      text\n"), 5),
        (scenario("      ```\n      text\n      \"\"\"\n"), 5),
        (scenario("      \"\"\"\n      one\n      \"\"\"\n      \"\"\"\n      two\n      \"\"\"\n"), 8),
        (scenario("      | a |\n      \"\"\"\n      one\n      \"\"\"\n      | b |\n"), 9),
        (scenario("  Background:\n    Given b\n"), 5),
        (scenario("    Examples:\n      | a |\n    Given b\n"), 7),
        (scenario("    Examples:\n      | a |\n      | b | c |\n"), 7),
    ];
    let mut reasons = Vec::new();
    for (text, line) in cases {
        let misread = parse(&text).expect_err(&text);
        assert_eq!(misread.line, line, "{misread:?}\n{text}");
        assert!(!misread.help.is_empty());
        reasons.push(misread.reason);
    }
    insta::assert_snapshot!(reasons.join("\n"));
}

#[test]
fn outlines_are_written_out_at_the_lines_of_their_rows() {
    let text = "Feature: f\n  Scenario Outline: <a> is\n    Given <a>, <b<a>> and a <tag/>\n    Examples:\n      | a | b<a> | a |\n\n      # why\n      \
                | 1 | two  | 3 |\n      | 1 | <a>  | 3 |\n";
    let written = written_out(read(text), text).unwrap();
    let rows: Vec<String> = written.scenarios.iter().flat_map(scenario).collect();
    assert_eq!(
        rows,
        [
            "8 Scenario Outline: 1 is (1) []",
            "Given Given 1, two and a <tag/>",
            "9 Scenario Outline: 1 is (2) []",
            "Given Given 1, <a> and a <tag/>",
        ]
    );
    let text = text.replace("<b<a>>", "<c>");
    let unknown = written_out(read(&text), &text).unwrap_err();
    assert_eq!((unknown.line, unknown.name.as_str()), (3, "c"));
}

#[test]
fn the_type_of_a_step_is_that_of_the_one_before_it_if_its_keyword_says_none() {
    let text = "Feature: f\n  Scenario: s\n    * a\n    When b\n    * c\n    And d\n    Then e\n    But f\n";
    let types: Vec<StepType> = read(text).scenarios[0].steps.iter().map(|step| step.ty).collect();
    use StepType::{Given, Then, When};
    assert_eq!(types, [Given, When, When, When, Then, Then]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(lines in prop::collection::vec(
        prop_oneof![
            "\\PC{0,12}",
            prop::sample::select(vec![
                "Feature: f", "Rule: r", "Background:", "Scenario: s", "Scenario Outline: <a>", "Examples:", "Given <a>", "And x", "*",
                "| a | b |", "| \\", "|", "\"\"\"", "```", "@a @b", "@", "#", "# language: fr", "# language: em", "📚: f", "Scénario: s",
                "Fonctionnalité: f", "Soit a", "😐", "\u{feff}", "\u{85}",
            ]).prop_map(str::to_owned),
        ],
        0..12,
    )) {
        let text = lines.join("\n");
        if let Ok(feature) = parse(&text) {
            let _ = written_out(feature, &text);
        }
    }
}
