//! What a person is asked to do.

use crate::in_words::counted;
use std::time::Duration;

use url::Url;

/// An act of a person that a sign-in needs to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Type a code on a page.
    DeviceCode {
        /// The actor who has to sign in.
        actor: String,
        /// The page.
        page: Url,
        /// The code.
        code: String,
        /// The lifetime of the code.
        expires: Duration,
    },
    /// Open a page in the browser of this machine.
    Browser {
        /// The actor who has to sign in.
        actor: String,
        /// The page.
        page: Url,
        /// The longest wait.
        expires: Duration,
    },
}

impl Prompt {
    /// The text for a terminal, without a line break at its end. A second person signs in where no one else is signed in.
    pub fn text(&self) -> String {
        let text = match self {
            Self::DeviceCode { actor, page, code, expires } => format!(
                "sign in as {}: open {page} {}\nand enter the code {code} (good for {})",
                actor_name(actor),
                window(actor),
                minutes(*expires)
            ),
            Self::Browser { actor, page, expires } => format!(
                "sign in as {}: open this page {} (within {})\n{page}",
                actor_name(actor),
                window(actor),
                minutes(*expires)
            ),
        };
        // The code comes from a server, and a terminal would obey it.
        text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
    }
}

/// An actor as messages name it.
pub(super) fn actor_name(actor: &str) -> &str {
    if actor == "administrator" { "the administrator" } else { actor }
}

fn window(actor: &str) -> &'static str {
    if actor == "administrator" { "in a browser" } else { "in a private window" }
}

fn minutes(span: Duration) -> String {
    counted(usize::try_from(span.as_secs().div_ceil(60)).unwrap_or(usize::MAX).max(1), "minute")
}
