//! Directory roles as an area of the emulator.

use crate::areas::{Area, Start, State};
use crate::http::{Refusal, Reply};
use crate::routes::RoutedCall;

use super::routes;

/// Definitions and assignments of directory roles. It keeps nothing: assignments lie in the directory.
#[derive(Debug)]
pub(crate) struct RolesArea;

impl Area for RolesArea {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(())
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        super::sources::SOURCES
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        routes::answer(call, path)
    }
}
