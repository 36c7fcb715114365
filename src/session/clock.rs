//! The backend's clock, as a session waits by it.

use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};

use crate::backend::Backend;
use crate::graph::{Clock, MonotonicTime};

use super::{Session, StepDeadline};

/// The backend's clock. The step that waits may take that much longer.
#[derive(Clone, Debug)]
pub(super) struct SessionClock {
    backend: Rc<dyn Backend>,
    deadline: StepDeadline,
}

impl Session {
    pub(super) fn clock(&self) -> SessionClock {
        SessionClock { backend: Rc::clone(&self.backend), deadline: self.deadline.clone() }
    }
}

impl Clock for SessionClock {
    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp {
        self.backend.answered_at(date)
    }

    fn monotonic_now(&self) -> MonotonicTime {
        self.backend.monotonic_now()
    }

    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.deadline.without(self.backend.sleep(span)))
    }

    fn attempt_failed(&self, took: Duration) {
        self.deadline.extend(took);
    }
}
