//! What is read of a page: requests, answers, and which belong together.

use graphwalk::page::Page;

/// The exchanges of a text: method, URL, whether the request has a body, status and body of the answer.
fn exchanges(text: &str) -> Vec<String> {
    let page = Page::read("page.md", text);
    let told = page.exchanges.iter().map(|exchange| {
        let body = |body: Option<&graphwalk::page::classify::PrintedBody>| {
            body.map_or(String::new(), |body| {
                body.value().map_or(" ?".to_owned(), |value| format!(" {}", value.to_value()))
            })
        };
        let request =
            format!("{} {}{}", exchange.request.method, exchange.request.url, body(exchange.request.body.as_ref()));
        match &exchange.answer {
            None => request,
            Some(answer) => {
                let status = answer.status.as_ref().map_or("-".to_owned(), |status| status.code.to_string());
                format!("{request} → {status}{}", body(answer.body.as_ref()))
            }
        }
    });
    told.collect()
}

#[test]
fn requests_and_answers_are_read_in_every_form_that_pages_have() {
    for (text, expected) in [
        ("``` http\nGET https://x/y\n```\n\n```http\nHTTP/1.1 204\n```\n", &["GET https://x/y → 204"][..]),
        ("```\nGET /me\n```\n\n```\nNo Content - 204\n```\n", &["GET /me → 204"]),
        (
            "```msgraph-interactive\nGET /me HTTP/1.1\n```\n\n```http\n201 OK\n\n{\"a\": 1}\n```\n",
            &["GET /me → 201 {\"a\":1}"],
        ),
        // Several requests in one fence: the answer is that of the last.
        ("```http\nGET /a\nGET /b\n```\n\n```http\nHTTP/1.1 200 OK\n```\n", &["GET /a", "GET /b → 200"]),
        // A body in a fence of its own.
        (
            "### Request\n\n```http\nPOST /a\nContent-Type: application/json\n```\n\n```json\n{\"a\": 1}\n```\n\n### Response\n\n```json\n{\"b\": 2}\n```\n",
            &["POST /a {\"a\":1} → - {\"b\":2}"],
        ),
        // Between the line of the request and its headers stands an empty line.
        ("```http\nPOST /a\n\nContent-Type: application/json\n\n{\"a\": 1}\n```\n", &["POST /a {\"a\":1}"]),
        // The body begins on the line of a header, or of the URL.
        ("```http\nPOST /a\nContent-Type: application/json {\"a\": 1}\n```\n", &["POST /a {\"a\":1}"]),
        ("```http\nPOST /a {\"a\": 1}\n```\n", &["POST /a {\"a\":1}"]),
        // A URL over several lines, and one with spaces.
        ("```http\nGET /a\n?$filter=b eq 'c d'\n&$top=1\n```\n", &["GET /a?$filter=b eq 'c d'&$top=1"]),
        ("```http\nGET /a?$filter=(b eq 'c d')\n```\n", &["GET /a?$filter=(b eq 'c d')"]),
        // Remarks to the reader before the line of the request, and between the lines of the answer.
        (
            "```http\n// Line breaks are for legibility.\n\nGET /a\n?$top=1\n// No body.\n```\n\n```http\n// Soon.\nHTTP/1.1 200 OK\n// All of it.\n\n{\"a\": 1}\n```\n",
            &["GET /a?$top=1 → 200 {\"a\":1}"],
        ),
        // Names of both annotations count more than the order.
        (
            "<!-- {blockType: 'request', name: 'one'} -->\n```http\nGET /a\n```\n\n<!-- {blockType: 'request', name: 'two'} -->\n```http\nGET /b\n```\n\n<!-- {blockType: 'response', name: 'one'} -->\n```http\nHTTP/1.1 200 OK\n```\n\n```http\nHTTP/1.1 404 Not Found\n```\n",
            &["GET /a → 200", "GET /b → 404"],
        ),
        // What is said to be ignored, is in another language or another tab.
        ("<!-- {\"blockType\": \"ignored\"} -->\n```http\nGET /a\n```\n\n```csharp\nGET /b\n```\n", &[]),
        (
            "# [HTTP](#tab/http)\n```http\nGET /a\n```\n# [Go](#tab/go)\n```http\nGET /b\n```\n---\n\n```http\nGET /c\n```\n",
            &["GET /a", "GET /c"],
        ),
        ("# [Go](#tab/go)\n[!INCLUDE [x](y.md)]\n---\n\n```http\nGET /c\n```\n", &["GET /c"]),
        // In a list, and in another language.
        (
            "1. Do it:\n\n   ```http\n   GET /a\n   ```\n\n   ### <a name=\"response\"></a>Resposta\n\n   ```json\n   {\"a\": 1}\n   ```\n",
            &["GET /a → - {\"a\":1}"],
        ),
    ] {
        assert_eq!(exchanges(text), expected, "{text}");
    }
}

#[test]
fn a_relative_url_takes_its_version_from_its_answer_else_from_the_page() {
    let version = |text: &str| {
        let page = Page::read("page.md", text);
        page.exchanges.iter().map(|exchange| exchange.address.versioned_text()).collect::<Vec<_>>()
    };
    let beta = "```http\nGET https://graph.microsoft.com/beta/me\n```\n\n";
    let answer = "```http\nHTTP/1.1 200 OK\n\n{\"@odata.context\": \"https://graph.microsoft.com/v1.0/$metadata#users\"}\n```\n\n";
    assert_eq!(version("```http\nGET /me\n```\n"), ["/v1.0/me"]);
    assert_eq!(version(&format!("{beta}```http\nGET /users\n```\n")), ["/beta/me", "/beta/users"]);
    assert_eq!(
        version(&format!("{beta}{beta}```http\nGET /users\n```\n\n{answer}")),
        ["/beta/me", "/beta/me", "/v1.0/users"]
    );
    assert_eq!(
        version("[x](/graph/y?view=graph-rest-beta)\n\n```http\nGET graph.microsoft.com/me\n```\n"),
        ["/beta/me"]
    );
}
