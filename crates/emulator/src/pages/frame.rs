//! What stands around every page, and the headers that guard it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use jiff::Timestamp;
use maud::{DOCTYPE, PreEscaped, html};
use ring::digest::{SHA256, digest};

use super::{PageText, Site, SitePage, form, moment};
use crate::http::{Body, Reply};
use crate::sign_in::Account;

const STYLE: &str = include_str!("style.css");

/// A page may load nothing and run nothing, whatever its texts hold: its own style is named by its hash. It sends forms to its own
/// server, and stands in no other page.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = style_source(STYLE);
    format!(
        "default-src 'none'; style-src '{style}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// The name by which a page's policy lets a style apply: its hash, SHA-256 in base64.
pub fn style_source(style: &str) -> String {
    format!("sha256-{}", BASE64.encode(digest(&SHA256, style.as_bytes())))
}

/// The page with its frame.
pub(super) fn framed(
    site: &dyn Site,
    page: &SitePage,
    visitor: Option<&Account>,
    proof: &str,
    now: Timestamp,
) -> Reply {
    let home = super::address(site.segment(), "");
    let sign_out = html! { button.plain type="submit" { "Sign out" } };
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Without one, browsers ask the server for a picture.
                link rel="icon" href="data:,";
                title { (PageText(&page.title)) " – " (site.title()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    p.site { a href=(home) { (site.title()) } }
                    @if let Some(account) = visitor {
                        div.who {
                            span { "Signed in as " bdi { (PageText(&account.display_name)) } }
                            (form(&super::address(site.segment(), "sign-out"), proof, &sign_out))
                        }
                    }
                }
                main #content {
                    h1 { (PageText(&page.title)) }
                    (page.content)
                }
                footer {
                    p { "A tenant that graphwalk emulates: nothing here is real. Its clock shows " (moment(now)) "." }
                }
            }
        }
    };
    let body = Body::Raw("text/html; charset=utf-8".into(), Bytes::from(html.into_string()));
    Reply { status: page.status, headers: Vec::new(), body }
}

/// The reply with the headers that every answer of a site has.
pub(super) fn guarded(reply: Reply) -> Reply {
    reply
        .header("content-security-policy", POLICY.as_str())
        // Of a policy of more restraint browsers send `Origin: null` with forms. The secret of a link stays on this server.
        .header("referrer-policy", "same-origin")
        .header("x-content-type-options", "nosniff")
        .header("x-frame-options", "DENY")
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-resource-policy", "same-origin")
        .header("cache-control", "no-store")
}
