//! Hundreds of tenants: which of them this process plays, what it keeps of each, and one report of all processes.

mod merge;
mod results;
mod shard;

pub(crate) use merge::{MergedRun, merge};
pub(crate) use results::{RunIdentity, Shard, ShardResults};
pub(crate) use shard::{Slice, in_shard};
