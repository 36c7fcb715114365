//! Ctrl-C, passed to every session.

use tokio::sync::watch;

/// Whether the user wants to end the run. Cheap to clone; clones see the same.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// An interrupt and the sender that raises it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// One that never comes.
    pub fn never() -> Self {
        Self::new().1
    }

    /// Returns whether it has come.
    pub fn raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it comes; never, if nobody can raise it any more.
    pub async fn comes(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
