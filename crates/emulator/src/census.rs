//! How much there is in a tenant.

use std::collections::BTreeMap;

/// The number of objects of each sort in a tenant: each area says what it counts, and as what. Those of every emulator
/// count `users`, `groups` and what of them is `deleted` and can be restored, and `reviews`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census(BTreeMap<&'static str, usize>);

impl Census {
    /// Adds the number of objects of a sort.
    pub fn add(&mut self, sort: &'static str, number: usize) {
        *self.0.entry(sort).or_default() += number;
    }

    /// The number of objects of a sort; 0 if nothing counts it.
    pub fn count(&self, sort: &str) -> usize {
        self.0.get(sort).copied().unwrap_or_default()
    }

    /// Every sort that is counted, with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|(sort, number)| (*sort, *number))
    }
}
