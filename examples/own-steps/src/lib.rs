//! Step definitions of another crate: badges, kept as the office of a user.

use std::str::FromStr;

use graphwalk::prelude::*;
use serde_json::json;

/// The colour of a badge, which says where it opens doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "badge", regex = "\"([a-z]+)\"")]
pub enum Badge {
    /// Opens everything.
    Red,
    /// Opens the ground floor.
    Green,
}

impl FromStr for Badge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "red" => Ok(Self::Red),
            "green" => Ok(Self::Green),
            other => Err(format!("{other} is no badge: expected red or green")),
        }
    }
}

// Without this, `graphwalk check` could not tell that `blue` is no badge.
register_parameter!(Badge, "\"green\"");

const EVERY_FLOOR: &str = "Every floor";
const GROUND_FLOOR: &str = "Ground floor";

// Without these they would be masked in recordings, which would not replay then.
register_public_text!(EVERY_FLOOR);
register_public_text!(GROUND_FLOOR);

impl Badge {
    /// What stands in Graph: texts that no feature says.
    fn office(self) -> &'static str {
        match self {
            Self::Red => EVERY_FLOOR,
            Self::Green => GROUND_FLOOR,
        }
    }
}

/// Gives a user a badge.
#[when(expr = "{actor} gives {string} the badge {badge}")]
async fn gives_badge(session: &mut Session, actor: Actor, user: String, badge: Badge) -> StepResult {
    let path = format!("/v1.0/users/{}", session.captures.id(&user)?);
    session.send(&Call::new(&actor.0, "PATCH", path).body(json!({"officeLocation": badge.office()}))).await?;
    session.expect_status(204)?;
    Ok(())
}

/// Expects that a user has a badge.
#[then(expr = "the badge of {string} is {badge}")]
async fn has_badge(session: &mut Session, user: String, badge: Badge) -> StepResult {
    let path = format!("/v1.0/users/{}?$select=id,officeLocation", session.captures.id(&user)?);
    session.send(&Call::new("administrator", "GET", path)).await?;
    let exchange = session.expect_status(200)?;
    let mut mismatches = Mismatches::new();
    mismatches.text(session.last_json()?, "/officeLocation", badge.office());
    mismatches.into_result("badge", &format!("the badge of {user} differs"), exchange)?;
    Ok(())
}
