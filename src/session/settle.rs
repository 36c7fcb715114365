//! Judging an answer again for as long as it may lag behind a write.

use graphwalk_catalog::{ApiPath, Catalog, PathPlace};

use super::{Failure, Session};

impl Session {
    /// Judges the last answer; where reads may lag, reads again and judges again for as long as the last change is younger
    /// than [`Pace::settle`](crate::backend::Pace::settle). What was missed once has to be seen twice in a row.
    ///
    /// # Errors
    ///
    /// The failure of the last judgement: what is wrong stays wrong.
    pub async fn settle(&mut self, mut judge: impl FnMut(&mut Self) -> Result<(), Failure>) -> Result<(), Failure> {
        let mark = self.script.mark();
        let mut failure = match judge(self) {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let now = self.backend.clock().monotonic_now();
        let (Some(call), Some(since)) = (self.last_read.clone(), self.layers.settle().fresh.unsettled(now)) else {
            return Err(failure);
        };
        let what = self.with_names(&call.path);
        let mut watch = self.layers.settle().fresh.watch(since, false, now);
        loop {
            if self.layers.settle().rest(&watch).await.is_err() {
                break;
            }
            self.layers.record_mut().supersede(&call);
            self.script.back_to(mark);
            self.script.repeats(true);
            let sent = self.send(&call).await.map(drop);
            self.script.repeats(false);
            sent?;
            match judge(self) {
                Ok(()) if watch.see(self.backend.clock().monotonic_now()) => break,
                Ok(()) => {}
                Err(again) => {
                    watch.miss();
                    failure = again;
                }
            }
        }
        let now = self.backend.clock().monotonic_now();
        self.seen.lags.push(watch.lag(what, now));
        if watch.is_seen() { Ok(()) } else { Err(failure.note(watch.describe(now))) }
    }

    /// A path without version and query, with names in place of the ids that are kept under them, and without what means nothing to a
    /// person nothing: the containers before the first collection, and a part that has the id of its whole.
    pub(super) fn with_names(&self, path: &str) -> String {
        let Ok(path) = ApiPath::parse(path) else { return path.to_owned() };
        let mut told: Vec<&str> = Vec::new();
        for segment in &path.segments()[containers(&path)..] {
            for text in [Some(segment.name()), segment.key()].into_iter().flatten() {
                let name = self.captures.name_of(text).unwrap_or(text);
                match told.as_slice() {
                    [.., known, _] if *known == name => drop(told.pop()),
                    _ => told.push(name),
                }
            }
        }
        told.join("/")
    }
}

/// Returns the number of segments of a path that stand before its first collection, if they are the tenant's own:
/// `/identity/…`, not `/me/…`.
fn containers(path: &ApiPath) -> usize {
    let Ok(resolved) = Catalog::of_path(path).resolve(path) else { return 0 };
    let is_container = |place: &&PathPlace| matches!(place, PathPlace::Step(step) if !step.many && step.name != "me");
    let before = resolved.places().iter().take_while(is_container).count();
    let is_collection = matches!(resolved.places().get(before), Some(PathPlace::Step(step)) if step.many);
    if is_collection && path.segments().len() > before { before } else { 0 }
}
