//! Whose bodies are read: before memory is spent on what somebody sends, the token is looked at.

use jiff::Timestamp;

use super::http::{Admission, Refusal, Request};
use super::sign_in::TenantSignIn;
use super::{Emulator, control, pages};

/// The most bytes of a form of the sign-in, which nobody needs a token to send.
const FORM: usize = 64 << 10;

impl Emulator {
    /// Returns whether the body of a request is read. `head` is the request without it.
    pub(super) fn admission(&self, head: &Request) -> Admission {
        let mut world = self.world();
        let origin = self.origin(head);
        let admitted: Result<(), Refusal> = if control::rest_of(&head.path).is_some() {
            control::admit(&world, head, true, &origin)
        } else if TenantSignIn::is_asked(head) {
            return Admission::Read(FORM);
        } else if world.site_of(head).is_some() {
            return Admission::Read(pages::LONGEST_FORM);
        } else {
            world.sign_in.caller(head.bearer(), &origin, Timestamp::now()).map(drop)
        };
        match admitted {
            Ok(()) => Admission::Read(usize::MAX),
            Err(refusal) => {
                let now = world.clock.now();
                Admission::Answer(world.finish_reply(head, Err(refusal), now).into())
            }
        }
    }
}
