//! Answers that contradict themselves are no answers, whoever sends them.

use graphwalk::session::{Call, Failure};
use serde_json::{Value, json};

use crate::scripted::{Server, answer, guid, raw, run};

const MEMBERS: &str = "/v1.0/groups/1/members";

fn user(number: usize) -> Value {
    json!({"@odata.type": "#microsoft.graph.user", "id": guid(number), "displayName": "a"})
}

/// How a list is judged whose pages are these texts, and how many requests that took.
async fn judged(query: &str, all_pages: bool, pages: Vec<String>) -> (Result<(), Failure>, usize) {
    let server = Server::start(move |request, _| {
        let number = request.path.split("page=").nth(1).and_then(|number| number.parse().ok()).unwrap_or(0usize);
        raw(200, &pages[number])
    })
    .await;
    let mut call = Call::new("administrator", "GET", format!("{MEMBERS}{query}"));
    call.all_pages = all_pages;
    let ended = server.session().send(&call).await.map(|_| ());
    (ended, server.count("GET", MEMBERS))
}

fn page(count: Option<u64>, items: std::ops::Range<usize>, next: Option<usize>) -> String {
    let mut page = json!({"value": items.map(user).collect::<Vec<_>>()});
    if let Some(count) = count {
        page["@odata.count"] = json!(count);
    }
    if let Some(next) = next {
        page["@odata.nextLink"] = json!(format!("https://graph.microsoft.com{MEMBERS}?page={next}"));
    }
    page.to_string()
}

#[test]
fn a_list_with_more_or_fewer_items_than_it_says_fails() {
    run(async {
        for (query, all_pages, pages, found) in [
            ("", true, vec![page(Some(2), 0..1, None)], 1),
            ("", false, vec![page(Some(2), 0..1, None)], 1),
            ("?$count=true&$filter=startswith(displayName,'a')", true, vec![page(Some(1), 0..3, None)], 3),
            ("?$count=true", true, vec![page(Some(0), 0..1, None)], 1),
            ("", true, vec![page(Some(5), 0..2, Some(1)), page(None, 2..4, None)], 4),
            // More than there are of a part is a contradiction too.
            ("?$top=5", true, vec![page(Some(1), 0..2, None)], 2),
        ] {
            let failure = judged(query, all_pages, pages.clone()).await.0.expect_err(&pages[0]);
            assert_eq!(failure.code, "contradiction");
            assert!(failure.message.ends_with(&format!("got {found}")), "{}", failure.message);
        }
        for (query, all_pages, pages) in [
            ("", true, vec![page(Some(2), 0..2, None)]),
            ("", true, vec![page(None, 0..2, None)]),
            ("", true, vec![page(Some(3), 0..2, Some(1)), page(None, 2..3, None)]),
            // Some services count the items of each page.
            ("", true, vec![page(Some(2), 0..2, Some(1)), page(Some(1), 2..3, None)]),
            ("", true, vec![page(Some(0), 0..0, None)]),
            // One page of several was asked for.
            ("", false, vec![page(Some(3), 0..2, Some(1))]),
            // A part was asked for.
            ("?$top=1&$count=true", true, vec![page(Some(3), 0..1, None)]),
            ("?%24skip=2&$count=true", false, vec![page(Some(3), 0..1, None)]),
        ] {
            let ended = judged(query, all_pages, pages.clone()).await.0;
            assert!(ended.is_ok(), "{query} {pages:?}: {ended:?}");
        }
    });
}

#[test]
fn an_answer_that_says_a_thing_twice_or_in_other_words_fails() {
    run(async {
        let user = user(1).to_string();
        for (body, told) in [
            (format!(r#"{{"value": [{user}], "value": []}}"#), "got \"value\" twice"),
            (r#"{"value": [{"id": "1", "id": "2"}]}"#.to_owned(), "got \"id\" twice"),
            (
                format!(r#"{{"value": [{user}], "error": {{"code": "x", "message": "y"}}}}"#),
                "got \"error\" beside \"value\"",
            ),
            (
                r#"{"value": [], "@nextLink": "https://graph.microsoft.com/v1.0/users?page=1"}"#.to_owned(),
                "got \"@nextLink\"",
            ),
            (
                r#"{"value": [], "@odata.nextlink": "https://graph.microsoft.com/v1.0/users?page=1"}"#.to_owned(),
                "got \"@odata.nextlink\"",
            ),
            (r#"{"value": [], "@odata.Count": 3}"#.to_owned(), "expected \"@odata.count\""),
            (r#"{"value": [], "@odata.nextLink": 7}"#.to_owned(), "expected a URL at /@odata.nextLink"),
        ] {
            for all_pages in [false, true] {
                let (ended, requests) = judged("", all_pages, vec![body.clone()]).await;
                let failure = ended.expect_err(&body);
                assert!(failure.code == "contradiction" && failure.message.contains(told), "{body}: {failure:?}");
                assert_eq!(requests, 1);
            }
        }
        for body in [
            r#"{"value": [], "error": null, "@odata.context": "c", "@microsoft.graph.tips": "t"}"#,
            r#"{"value": [], "@odata.deltaLink": "https://graph.microsoft.com/v1.0/users/delta?x", "@odata.etag": "e"}"#,
        ] {
            assert!(judged("", true, vec![body.to_owned()]).await.0.is_ok(), "{body}");
        }
    });
}

#[test]
fn a_page_that_contradicts_itself_fails_the_list() {
    run(async {
        let second = r#"{"value": [], "@odata.nextlink": "x"}"#.to_owned();
        let failure = judged("", true, vec![page(None, 0..1, Some(1)), second]).await.0.unwrap_err();
        assert_eq!(failure.code, "contradiction");
        let server = Server::start(|_, _| answer(200, json!({"id": "1", "error": {"code": "x"}, "value": "y"}))).await;
        assert!(server.session().send(&Call::new("administrator", "GET", "/v1.0/operations/1")).await.is_ok());
    });
}
