//! The backend's clock, as a session waits by it.

use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use graphwalk_client::{Clock, MonotonicTime};
use jiff::{SignedDuration, Timestamp};

use crate::backend::Backend;

use crate::session::StepDeadline;

/// The backend's clock. The step that waits may take that much longer.
#[derive(Clone, Debug)]
pub(in crate::session) struct SessionClock {
    backend: Rc<dyn Backend>,
    deadline: StepDeadline,
}

impl SessionClock {
    pub fn new(backend: Rc<dyn Backend>, deadline: StepDeadline) -> Self {
        Self { backend, deadline }
    }
}

impl Clock for SessionClock {
    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp {
        self.backend.clock().answered_at(date)
    }

    fn monotonic_now(&self) -> MonotonicTime {
        self.backend.clock().monotonic_now()
    }

    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.deadline.without(self.backend.clock().sleep(span)))
    }

    fn attempt_failed(&self, took: Duration) {
        self.deadline.extend(took);
    }
}
