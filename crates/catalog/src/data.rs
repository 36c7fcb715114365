//! Reading the embedded bytes, a record at a time.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use crate::layout::{DataSection, HASH, HASHES, MAGIC, SECTIONS};

/// The bytes of one version of Graph. Reading past what is there gives zeros and empty texts.
#[derive(Clone, Copy)]
pub(crate) struct Data(&'static [u8]);

/// One record of a section.
#[derive(Clone, Copy)]
pub(crate) struct DataRecord(&'static [u8]);

impl Data {
    /// The bytes, if they begin as they should.
    pub const fn new(bytes: &'static [u8]) -> Option<Self> {
        let mut index = 0;
        while index < MAGIC.len() {
            if index >= bytes.len() || bytes[index] != MAGIC[index] {
                return None;
            }
            index += 1;
        }
        Some(Self(bytes))
    }

    /// The hash of an input, by its number.
    pub fn hash(self, number: usize) -> &'static [u8] {
        let at = HASHES + number * HASH;
        self.0.get(at..at + HASH).unwrap_or_default()
    }

    fn number(self, at: usize) -> usize {
        let bytes = self.0.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        usize::try_from(u32::from_le_bytes(bytes.unwrap_or_default())).unwrap_or_default()
    }

    /// Returns the number of records that a section has, with the one behind the last.
    pub fn count(self, section: DataSection) -> u16 {
        u16::try_from(self.number(SECTIONS + 8 * section as usize + 4)).unwrap_or(u16::MAX)
    }

    pub fn record(self, section: DataSection, index: u16) -> DataRecord {
        let length = section.record();
        let at = self.number(SECTIONS + 8 * section as usize) + usize::from(index) * length;
        DataRecord(self.0.get(at..at + length).unwrap_or_default())
    }

    /// The text of a number.
    pub fn text(self, number: u16) -> &'static str {
        let end = |number: u16| self.record(DataSection::Ends, number).u24();
        let start = number.checked_sub(1).map_or(0, end);
        let texts = self.number(SECTIONS + 8 * DataSection::Texts as usize);
        let bytes = self.0.get(texts + start..texts + end(number)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The records that a record owns: the number of the first stands `at` this byte of it.
    pub fn run(self, owner: DataSection, index: u16, at: usize) -> Range<u16> {
        let first = self.record(owner, index).u16(at);
        let end = self.record(owner, index.saturating_add(1)).u16(at);
        first..end.max(first)
    }

    /// The first record of a run, sorted regardless of case, whose name is this one.
    pub fn find(self, section: DataSection, run: Range<u16>, name: &str) -> Option<u16> {
        let (mut low, mut high) = (run.start, run.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match compare(self.text(self.record(section, middle).u16(0)), name) {
                Ordering::Less => low = middle + 1,
                _ => high = middle,
            }
        }
        let is_found = low < run.end && self.text(self.record(section, low).u16(0)).eq_ignore_ascii_case(name);
        is_found.then_some(low)
    }
}

impl DataRecord {
    pub fn u8(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or_default()
    }

    pub fn u16(self, at: usize) -> u16 {
        u16::from_le_bytes([self.u8(at), self.u8(at + 1)])
    }

    fn u24(self) -> usize {
        usize::from(self.u16(0)) | usize::from(self.u8(2)) << 16
    }
}

/// The order of names regardless of case.
fn compare(one: &str, other: &str) -> Ordering {
    one.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// The same bytes, not equal ones.
impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Data {}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} bytes)", self.0.len())
    }
}
