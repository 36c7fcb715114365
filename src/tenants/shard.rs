//! Which tenants of a file one of several processes plays.

use std::fmt;
use std::str::FromStr;

use crate::config::{SHARDS, TenantsFile};
use crate::diagnostic::Diagnostic;

/// The variable in which an Indexed Job of Kubernetes says which of its pods this is, 0 for the first.
const INDEX: &str = "JOB_COMPLETION_INDEX";

/// One of several processes that share the tenants: `slice:2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    /// The number of the shard; 1 for the first.
    pub number: usize,
    /// The number of shards.
    pub of: usize,
}

impl Slice {
    /// All tenants.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Reads the variables of a pod: shard `JOB_COMPLETION_INDEX` + 1 of `GRAPHWALK_SHARDS`; `None` if they say nothing.
    ///
    /// # Errors
    ///
    /// Only one of the two is there, or they are no numbers that fit each other.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Box<Diagnostic>> {
        let Some(shards) = variable(SHARDS) else { return Ok(None) };
        let fault = |message: String| Box::new(Diagnostic::new("shard", message));
        let Some(index) = variable(INDEX) else {
            let message = format!("{SHARDS} is set, and {INDEX} is not: which shard this is, is unknown");
            return Err(Box::new(fault(message).help("name the shard: --shard slice:1/4")));
        };
        let number = |name: &str, text: &str| {
            text.trim().parse::<usize>().map_err(|_| fault(format!("{name}: expected a whole number, got {text:?}")))
        };
        let (number, of) = (number(INDEX, &index)?.saturating_add(1), number(SHARDS, &shards)?);
        if number > of {
            let message = format!(
                "{INDEX} is {index} and {SHARDS} is {of}: expected an index from 0 to {}",
                of.saturating_sub(1)
            );
            return Err(Box::new(
                fault(message).help("set completions of the job and the number of shards to the same"),
            ));
        }
        Ok(Some(Self { number, of }))
    }
}

impl FromStr for Slice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.strip_prefix("slice:").and_then(|rest| rest.split_once('/'));
        let parsed = numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((number, of)) if 1 <= number && number <= of => Ok(Self { number, of }),
            _ => Err("expected slice:M/N, the shard M of N, such as slice:1/4".to_owned()),
        }
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slice:{}/{}", self.number, self.of)
    }
}

/// The places of the tenants in this shard, in the order of the file.
///
/// The tenants are dealt out in the order of what they are, not of their lines: whoever sorts the file, on one machine or on all,
/// moves none to another shard. Sizes differ by one at most. A tenant that is added or taken away may move others.
pub(crate) fn in_shard(tenants: &TenantsFile, slice: Slice) -> Vec<usize> {
    let mut places: Vec<usize> = (0..tenants.rows.len()).collect();
    places.sort_by_cached_key(|place| tenants.rows[*place].identity());
    let dealt = places.into_iter().skip(slice.number.saturating_sub(1)).step_by(slice.of.max(1));
    let mut places: Vec<usize> = dealt.collect();
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn tenants(names: &[String]) -> TenantsFile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, format!("tenant\n{}\n", names.join("\n"))).unwrap();
        TenantsFile::read(&path).unwrap()
    }

    #[test]
    fn a_shard_is_written_as_one_of_so_many() {
        assert_eq!("slice:2/4".parse(), Ok(Slice { number: 2, of: 4 }));
        assert_eq!(Slice { number: 2, of: 4 }.to_string(), "slice:2/4");
        for wrong in ["2/4", "slice:0/4", "slice:5/4", "slice:1/0", "slice:a/b", "hash:1/2", "slice:1"] {
            assert!(wrong.parse::<Slice>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pod_of_an_indexed_job_knows_its_shard() {
        let read = |variables: &[(&str, &str)]| {
            let known: BTreeMap<_, _> = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            Slice::from_variables(|name| known.get(name).cloned()).map_err(|fault| fault.message)
        };
        assert_eq!(read(&[]), Ok(None));
        // Every pod of an Indexed Job has the index, also where nothing is to be shared.
        assert_eq!(read(&[(INDEX, "3")]), Ok(None));
        assert_eq!(read(&[(INDEX, "0"), (SHARDS, "4")]), Ok(Some(Slice { number: 1, of: 4 })));
        assert_eq!(read(&[(INDEX, "3"), (SHARDS, "4")]), Ok(Some(Slice { number: 4, of: 4 })));
        for wrong in [
            &[(SHARDS, "4")][..],
            &[(INDEX, "4"), (SHARDS, "4")],
            &[(INDEX, "x"), (SHARDS, "4")],
            &[(INDEX, "0"), (SHARDS, "0")],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_tenant_is_in_exactly_one_shard_and_shards_are_even() {
        for (count, of) in [(1, 1), (7, 3), (1_000, 4), (3, 5)] {
            let names: Vec<String> = (0..count).map(|number| format!("t{number}.example")).collect();
            let file = tenants(&names);
            let shards: Vec<Vec<usize>> = (1..=of).map(|number| in_shard(&file, Slice { number, of })).collect();
            let mut all: Vec<usize> = shards.iter().flatten().copied().collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} in {of}");
            let sizes: Vec<usize> = shards.iter().map(Vec::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
    }

    #[test]
    fn a_tenant_stays_in_its_shard_when_the_file_is_sorted_otherwise() {
        let mut names: Vec<String> = (0..50).map(|number| format!("t{number}.example")).collect();
        let named = |file: &TenantsFile, number| {
            let mut of: Vec<String> =
                in_shard(file, Slice { number, of: 3 }).iter().map(|p| file.rows[*p].name.clone()).collect();
            of.sort();
            of
        };
        let before = tenants(&names);
        names.reverse();
        names.swap(3, 30);
        let after = tenants(&names);
        for number in 1..=3 {
            assert_eq!(named(&before, number), named(&after, number));
        }
    }
}
