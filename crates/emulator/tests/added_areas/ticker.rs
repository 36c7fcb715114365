//! An area without calls that sends a mail every few hours.

use graphwalk_emulator::areas::{Area, Start, State, States};
use graphwalk_emulator::http::{Refusal, Reply};
use graphwalk_emulator::mail::Mail;
use graphwalk_emulator::routes::RoutedCall;
use graphwalk_emulator::tenant::Tenant;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

#[derive(Debug)]
pub struct Ticker<const HOURS: i64>;

#[derive(Clone, Debug)]
struct Next<const HOURS: i64>(Timestamp);

impl<const HOURS: i64> Area for Ticker<HOURS> {
    fn begin(&self, start: &Start<'_>) -> Box<dyn State> {
        Box::new(Next::<HOURS>(start.now + SignedDuration::from_hours(HOURS)))
    }

    fn answer(&self, _: &mut RoutedCall<'_>, _: &[&str]) -> Option<Result<Reply, Refusal>> {
        None
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        Some(states.get::<Next<HOURS>>().0)
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        let next = tenant.states.get_mut::<Next<HOURS>>();
        while next.0 <= now {
            let to = format!("every {HOURS} hours");
            let mail = Mail { to, kind: "tick", subject: String::new(), about: Uuid::nil(), sent: next.0 };
            tenant.mail.extend([mail]);
            next.0 += SignedDuration::from_hours(HOURS);
        }
    }
}
