//! How the tenant stood before: what replicas that lag behind still answer.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::tenant::Tenant;

/// The number of states that are kept; a lag reaches back some seconds, and so over some writes.
const KEPT: usize = 64;

/// Earlier states of a tenant, each with the moment until which it was the newest.
#[derive(Debug, Default)]
pub struct History {
    states: VecDeque<(Timestamp, Tenant)>,
}

impl History {
    /// Keeps how the tenant stood before a write at `now`.
    pub fn keep(&mut self, before: &Tenant, now: Timestamp) {
        if self.states.len() == KEPT {
            self.states.pop_front();
        }
        self.states.push_back((now, before.clone()));
    }

    /// Returns the tenant as it was at `moment`; nothing if no write has come since.
    pub fn at(&self, moment: Timestamp) -> Option<Tenant> {
        let (_, tenant) = self.states.iter().find(|(until, _)| *until > moment)?;
        let mut tenant = tenant.clone();
        tenant.advance(moment);
        Some(tenant)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.states.clear();
    }
}
