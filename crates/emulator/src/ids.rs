//! Where new ids come from.

use uuid::{Builder, Uuid};

/// Gives ids: from a seed always the same in the same order. A clone gives the same ids as the original: a replica that lags
/// behind applies what happens by itself with the ids that the tenant has given it.
#[derive(Clone, Debug)]
pub struct Ids {
    state: u64,
}

impl Default for Ids {
    /// Ids that differ each time.
    fn default() -> Self {
        Self::seeded(Uuid::new_v4().as_u64_pair().0)
    }
}

impl Ids {
    /// Ids that follow from a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next id, a GUID of version 4.
    pub fn fresh(&mut self) -> Uuid {
        let (high, low) = (splitmix(&mut self.state), splitmix(&mut self.state));
        Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
    }
}

/// SplitMix64: spreads a counter over 64 bits.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_again_and_none_twice() {
        let ids = |seed| {
            let mut ids = Ids::seeded(seed);
            std::iter::repeat_with(move || ids.fresh()).take(1000).collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        let distinct: std::collections::HashSet<Uuid> = ids(1).into_iter().collect();
        assert_eq!(distinct.len(), 1000);
        assert!(ids(1).iter().all(|id| id.get_version_num() == 4));
    }
}
