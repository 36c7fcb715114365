//! Whatever the page: no panic, and never a literal id in a write.

use std::time::{Duration, Instant};

use graphwalk::page::Page;
use graphwalk::page::import::import;
use proptest::prelude::*;

use crate::literal_writes;

/// What an import of a small page may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

fn page() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "## Step 1\n",
        "### Request\n",
        "### Response\n",
        "\n",
        "```\n",
        "```http\n",
        "```json\n",
        "<!--\n",
        "-->\n",
        "GET https://graph.microsoft.com/v1.0/users/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d\n",
        "POST https://graph.microsoft.com/v1.0/groups\nContent-Type: application/json\n\n{\"displayName\": \"x\", \"startDate\": \"2026-01-02\"}\n",
        "PATCH https://graph.microsoft.com/v1.0/groups/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\n\n{\"a\": \"5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d\"}\n",
        "PUT https://graph.microsoft.com/beta/x/y('9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a')/z?a=5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d\n",
        "DELETE /groups/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a/members/5A1B6C4D-0e2f-4a3b-9c8d-7e6f5a4b3c2d/$ref\n",
        "DELETE https://graph.microsoft.com/v1.0/groups/{id}\n",
        "HTTP/1.1 201 Created\n\n{\"id\": \"9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a\", \"displayName\": \"x {y}\"}\n",
        "HTTP/1.1 200 OK\n\n{\"value\": [{\"id\": \"5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d\", \"status\": \"New\"}]}\n",
        "HTTP/1.1 202 Accepted\nLocation: /teams('9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a')/operations('5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d')\n",
        "HTTP/1.1 201 Created\nLocation: https://x/\"{y}\"/9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a?ü\n",
        "No Content - 204\n",
        "Replace `5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d` with your id.\n",
        "Run it three times.\n",
        "Repeat for the other two.\n",
        "After five days, sign in as **x**.\n",
        "{\"id\": \"{id}\"",
        "}",
        "ü{a}\"\u{feff}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_page_brings_a_literal_id_into_a_write(text in page()) {
        let started = Instant::now();
        let imported = import(&Page::read("page.md", &text), "any");
        let features: String = imported.features.iter().map(|(_, text)| text.as_str()).collect();
        prop_assert_eq!(literal_writes(&features), Vec::<String>::new());
        prop_assert!(started.elapsed() < LIMIT);
    }
}
