//! Recordings with random faults: nothing panics, what is shown holds no secret, and what was redacted stays as it is.
//!
//! `GRAPHWALK_MUTATIONS` is the number of files that are tried, `GRAPHWALK_MUTATED` a folder with more recordings.

use std::path::{Path, PathBuf};

use graphwalk_catalog::Catalog;
use graphwalk_recording::redact::Public;
use graphwalk_recording::{Check, RecordingFile, find};
use graphwalk_secrets::masking;
use serde_json::Value;

/// The texts that are put in the place of others, and into them.
const TEXTS: [&str; 24] = [
    "",
    "{",
    "}",
    "\\u0022",
    "%3D",
    "%2525",
    "&quot;",
    "&#x",
    "\u{0}",
    "\u{feff}",
    "ä",
    "password",
    "user[pass]",
    "pass",
    "value",
    "name",
    "token=",
    "?code=",
    "| Password | Xy12abcd |",
    "--password hunter2x",
    "<textarea name=password>",
    "Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2lnbmF0dXJl",
    "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw",
    "https://me:hunter2@graph.microsoft.com/v1.0/delta?$top=5&token=",
];

/// A generator of numbers (xorshift), so that a failure comes again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % limit.max(1)
    }

    fn text(&mut self) -> &'static str {
        TEXTS[self.below(TEXTS.len())]
    }
}

/// Calls `change` with one value of a document in so many.
fn walk(json: &mut Value, numbers: &mut Numbers, rarity: usize) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, numbers, rarity)),
        Value::Object(properties) => {
            if numbers.below(rarity) == 0
                && let Some(name) = properties.keys().nth(numbers.below(properties.len())).cloned()
                && let Some(value) = properties.shift_remove(&name)
            {
                properties.insert(numbers.text().to_owned(), value);
            }
            properties.values_mut().for_each(|value| walk(value, numbers, rarity));
        }
        _ => {}
    }
    if numbers.below(rarity) > 0 {
        return;
    }
    *json = match (numbers.below(6), &*json) {
        (0, _) => Value::Null,
        (1, _) => Value::from(-1),
        (2, _) => Value::from(vec![json.clone(), json.clone()]),
        (3, _) => Value::from(numbers.text()),
        (_, Value::String(text)) => {
            let at =
                (0..=numbers.below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            Value::from(format!("{}{}{}", &text[..at], numbers.text(), &text[at..]))
        }
        (_, other) => Value::from(other.to_string()),
    };
}

fn mutated(text: &str, numbers: &mut Numbers) -> Vec<u8> {
    let rarity = 32 << numbers.below(10);
    if numbers.below(4) > 0
        && let Ok(mut json) = serde_json::from_str::<Value>(text)
    {
        walk(&mut json, numbers, rarity);
        return json.to_string().into_bytes();
    }
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        let end = (at + numbers.below(40)).min(bytes.len());
        let piece = if numbers.below(2) == 0 { bytes[at..end].repeat(2) } else { numbers.text().as_bytes().to_vec() };
        bytes.splice(at..end, piece);
    }
    bytes
}

fn check(bytes: &[u8], public: &Public) -> bool {
    let file = RecordingFile::new("x.har", bytes.to_vec());
    let Ok(found) = Check::run(&file) else { return false };
    for exchange in &found.recording.exchanges {
        let entry = file.entry(exchange.entry).unwrap().unwrap();
        assert_eq!(masking::leaks(&entry), [], "a secret is shown");
    }
    let Ok(mut recording) = file.foreign(public) else { return true };
    recording.redact(public);
    let once = recording.to_clean_har().unwrap_or_else(|leaks| panic!("left by redaction: {leaks:?}"));
    let mut again = RecordingFile::new("x.har", once.clone().into_bytes()).foreign(public).unwrap();
    again.redact(public);
    assert_eq!(again.to_har(), once, "redacted twice");
    true
}

#[test]
fn no_fault_in_a_file_brings_a_panic_or_a_secret() {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings")];
    folders.extend(std::env::var_os("GRAPHWALK_MUTATED").map(PathBuf::from));
    let files = folders.iter().flat_map(|folder| find(folder).unwrap());
    let texts: Vec<String> = files.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let mut public = Public::new();
    public.add_catalog(Catalog::v1());
    let mut read = 0;
    for round in 0..number("GRAPHWALK_MUTATIONS").unwrap_or(60) {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ ((round + 1) * 0x0100_0000_01b3));
        numbers.below(1);
        let text = &texts[numbers.below(texts.len())];
        let bytes = mutated(text, &mut numbers);
        let checked = std::panic::catch_unwind(|| check(&bytes, &public));
        read += usize::from(checked.unwrap_or_else(|_| {
            let kept = std::env::temp_dir().join(format!("mutated-{round}.har"));
            std::fs::write(&kept, &bytes).unwrap();
            panic!("round {round}: {}", kept.display())
        }));
    }
    println!("{read} files could be read");
    assert!(read > 0);
}
