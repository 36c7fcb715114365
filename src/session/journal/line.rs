//! The lines of a journal: number, checksum, event.
//!
//! `3 5f2a10c4 {"event":"deleted",…}`: the number is that of the line, so that a line that is missing is noticed; the
//! checksum (CRC-32, hexadecimal) covers number and event.

use super::event::JournalEvent;

/// The text of a line, with its line break.
pub(super) fn render_line(number: usize, event: &JournalEvent) -> serde_json::Result<String> {
    let json = serde_json::to_string(event)?;
    Ok(format!("{number} {} {json}\n", checksum(number, &json)))
}

/// Reads a line, which stands without its line break.
///
/// # Errors
///
/// The line is no UTF-8 or lacks a part, its checksum differs, or its event is not known.
pub(super) fn read(line: &[u8]) -> Result<(usize, JournalEvent), String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut parts = text.splitn(3, ' ');
    let (number, sum, json) = (parts.next(), parts.next(), parts.next());
    let number = number.and_then(|number| number.parse::<usize>().ok());
    let sum = sum.filter(|sum| sum.len() == 8 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let (Some(number), Some(sum), Some(json)) = (number, sum, json) else {
        return Err("it is not a number, a checksum and an event".to_owned());
    };
    // Compared as it is written: a digit that became a capital letter is a byte that is wrong.
    if checksum(number, json) != sum {
        return Err("its checksum is wrong".to_owned());
    }
    // The checksum is right, so that this was written by a program that knows other events.
    let event = serde_json::from_str(json).map_err(|error| format!("its event is not known here: {error}"))?;
    Ok((number, event))
}

fn checksum(number: usize, json: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(number.to_string().as_bytes());
    hasher.update(b" ");
    hasher.update(json.as_bytes());
    format!("{:08x}", hasher.finalize())
}
