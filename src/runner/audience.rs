//! Who follows a session scenario by scenario.

use futures::future::LocalBoxFuture;

/// Told of each scenario before it is played.
pub trait Audience {
    /// A scenario is about to be played, the one at this place of this feature of the plan. It begins when this returns.
    fn begins(&self, feature: usize, scenario: usize) -> LocalBoxFuture<'_, ()>;
}
