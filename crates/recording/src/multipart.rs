//! Bodies in parts, such as `multipart/form-data`: what they hold, without what stands between the parts.

/// No boundary is longer (RFC 2046).
const LONGEST: usize = 70;

/// Returns the content of the parts of a body, one after another: their headers in order and in small letters, and their
/// bodies. `None` if it is no body in parts.
pub(super) fn parts_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let body = bytes.trim_ascii();
    let boundary = body.strip_prefix(b"--")?;
    let boundary = &boundary[..boundary.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?];
    let delimiter = [b"--", boundary].concat();
    let is_boundary = !boundary.is_empty() && boundary.len() <= LONGEST;
    let body =
        body.strip_suffix(b"--").and_then(|body| body.strip_suffix(delimiter.as_slice())).filter(|_| is_boundary)?;
    let mut found = Vec::with_capacity(body.len());
    let mut rest = body.strip_prefix(delimiter.as_slice())?;
    loop {
        let end = find(rest, &delimiter);
        push_part(&rest[..end.unwrap_or(rest.len())], &mut found);
        let Some(end) = end else { return Some(found) };
        rest = &rest[end + delimiter.len()..];
    }
}

fn push_part(part: &[u8], found: &mut Vec<u8>) {
    let part = without_break(part);
    let (head, body) = match (find(part, b"\r\n\r\n"), find(part, b"\n\n")) {
        // A part without headers begins with the empty line.
        _ if part.starts_with(b"\r\n") => (&[][..], &part[2..]),
        _ if part.starts_with(b"\n") => (&[][..], &part[1..]),
        (Some(at), _) => (&part[..at], &part[at + 4..]),
        (None, Some(at)) => (&part[..at], &part[at + 2..]),
        (None, None) => (&[][..], part),
    };
    let head = String::from_utf8_lossy(head);
    let mut headers: Vec<String> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| format!("{}: {}", name.trim().to_lowercase(), value.trim()))
        .collect();
    headers.sort();
    let body = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
    // What no header and no body can be taken for.
    found.extend_from_slice(format!("{}\n\n{}\n", headers.join("\n"), body.len()).as_bytes());
    found.extend_from_slice(body);
}

/// A part without the line break after its delimiter.
fn without_break(part: &[u8]) -> &[u8] {
    part.strip_prefix(b"\r\n").or_else(|| part.strip_prefix(b"\n")).unwrap_or(part)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_body_in_parts_has_none() {
        for text in
            ["", "--", "----", "--a", "--a\r\n", "-- not a form", "--a\nx\n--b--", "{\"a\": 1}", "\u{2014}\u{2014}"]
        {
            assert_eq!(parts_of(text.as_bytes()), None, "{text}");
        }
        assert!(parts_of(b"--a\n\nx\n--a--").is_some());
    }
}
