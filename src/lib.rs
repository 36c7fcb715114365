//! graphwalk runs Microsoft Graph tutorials as tests.

pub mod cli;
pub mod diagnostic;
