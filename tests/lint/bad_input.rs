//! Pages that are no pages, or far too much of one: findings or a clear error, in time, and never a panic.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::{findings, found_by};

/// What a judgement of one page may take of the processor, in a build without optimisation.
const LIMIT: Duration = Duration::from_secs(20);

/// The time that the processor has worked for this thread: a busy machine takes longer, but does not work more. Where it is
/// not told, the time of the clock.
fn worked() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGAN.elapsed(), Duration::from_nanos)
}

#[test]
fn an_empty_page_and_one_without_requests_are_told_as_such() {
    for text in [
        "",
        "\n",
        "\u{feff}",
        "# T\n",
        "---\ntitle: x\n---\n",
        "- a\n- b\n",
        "<!-- -->",
        "```\n```\n",
        "| a |\n|---|\n",
    ] {
        assert_eq!(found_by(text), ["no-requests"], "{text:?}");
    }
}

#[test]
fn an_unclosed_fence_or_comment_is_found_where_it_opens() {
    for (text, line) in [
        ("# T\n\n```http\nGET https://graph.microsoft.com/v1.0/me\n", 3),
        ("# T\n\n~~~\n```\n", 3),
        ("# T\n\nx\n\n<!-- once\n\n```http\nGET /me\n```\n", 5),
        ("```", 1),
        ("<!--", 1),
    ] {
        let found = findings(text).into_iter().find(|finding| finding.rule == "never-closed");
        assert_eq!(found.map(|finding| finding.place.0.line), Some(line), "{text}");
    }
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let text =
        "# T\n\n```http\nPOST https://graph.microsoft.com/v1.0/users\n\n{\n  \"displayName\": \"Ida\",\n}\n```\n";
    let places = |text: &str| -> Vec<_> {
        findings(text).into_iter().map(|finding| (finding.rule, finding.place.0, finding.message)).collect()
    };
    assert_eq!(places(&text.replace('\n', "\r\n")), places(text));
    assert_eq!(places(&format!("\u{feff}{text}")), places(text));
}

#[test]
fn many_exchanges_are_judged_in_linear_time() {
    let page = |count: usize| {
        let mut text = String::from("# T\n");
        for number in 0..count {
            let id = format!("{number:08x}-1111-4111-8111-111111111111");
            let other = format!("{number:08x}-2222-4222-8222-222222222222");
            let _ = write!(
                text,
                "\n## Step {number}\n\nRepeat Step {number} to see `status`, with `{id}`.\n\n```http\nPOST https://graph.microsoft.com/v1.0/groups\n\n{{\"displayName\": \"x{number}\"}}\n```\n\n\
                 ```http\nHTTP/1.1 201 Created\n\n{{\"id\": \"{id}\", \"displayName\": \"y\"}}\n```\n\n\
                 ```http\nDELETE https://graph.microsoft.com/v1.0/groups/{other}\n```\n"
            );
        }
        text
    };
    let timed = |count: usize| {
        let text = page(count);
        let started = worked();
        let found = findings(&text).len();
        assert!(found > count, "{found}");
        worked() - started
    };
    let (few, many) = (timed(200), timed(1_000));
    // Twenty-five times would be quadratic.
    assert!(many < few * 10, "{few:?} for 200, {many:?} for 1,000");
}

#[test]
fn a_page_of_one_endless_line_is_judged_in_linear_time() {
    for piece in
        ["`", "*", "**a", "<", "<!--", "{", "[", "\"", "- ", "#", "> ", "Step 1 ", "x", "](#tab/", "a.b ", "GET /", "|"]
    {
        for opening in ["", "```http\n", "```http\nPOST https://graph.microsoft.com/v1.0/me\n\n", "# "] {
            let text = format!("{opening}{}", piece.repeat(60_000 / piece.len()));
            let started = worked();
            let _ = findings(&text);
            assert!((worked() - started) < LIMIT, "{piece} after {opening:?}: {:?}", (worked() - started));
        }
    }
}

/// Pieces of which pages are made, whole and broken.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "# T\n",
        "## Step 1\n",
        "### Response\n",
        "\n",
        "\r\n",
        "```\n",
        "```http\n",
        "``` http\n",
        "```json\n",
        "~~~\n",
        "# [HTTP](#tab/http)\n",
        "# [C#](#tab/csharp)\n",
        "---\n",
        "<!--",
        "-->",
        "<!-- {\"blockType\": \"request\"} -->\n",
        "GET https://graph.microsoft.com/v1.0/users/",
        "POST /groups\n",
        "DELETE ",
        "HTTP/1.1 204\n",
        "No Content - 204\n",
        "Content-Type: application/json\n",
        "5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d",
        "{",
        "}",
        "[",
        "]",
        "\"id\": ",
        "\"",
        ",",
        ":",
        "...",
        "\u{201c}",
        "\\u12",
        "{id}",
        "ü",
        "\u{feff}",
        "- ",
        "> ",
        "**status** is `Gone`",
        "Repeat Step 2.",
        "\t",
        "'",
        "%",
        "?",
        "<!-- graphwalk-allow x -->",
        "Group.ReadWrite.All ",
        "/",
        "$filter=a eq ",
        "0",
        "\0",
    ]);
    prop::collection::vec(prop_oneof![piece.prop_map(str::to_owned), any::<String>()], 0..40)
        .prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn no_text_makes_a_rule_panic_or_take_long(text in pieces()) {
        let started = worked();
        for finding in findings(&text) {
            prop_assert!(finding.place.0.line >= 1 && finding.place.0 <= finding.place.1);
        }
        prop_assert!((worked() - started) < LIMIT);
    }
}
