//! The backend's clock, as a session waits by it.

use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use jiff::Timestamp;

use crate::backend::Backend;
use crate::graph::Clock;

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
    fn now(&self) -> Timestamp {
        self.backend.now()
    }

    fn wait_until(&self, until: Timestamp) -> LocalBoxFuture<'_, ()> {
        let span = until.duration_since(self.backend.now());
        self.deadline.extend(Duration::try_from(span).unwrap_or_default());
        self.backend.wait_until(until)
    }

    fn attempt_failed(&self, took: Duration) {
        self.deadline.extend(took);
    }
}
