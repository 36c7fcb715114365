//! What a word is, seen from its shape alone: a token, a long random text, or one of the opaque texts of Graph that are no secrets.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The beginnings of tokens of other issuers, and how long these are at least. Sources: "Token formats" in GitHub's
/// documentation, and the rules of gitleaks (config/gitleaks.toml).
const PREFIXES: [(&str, usize); 25] = [
    ("AIza", 35),
    ("ATATT3", 60),
    ("GOCSPX-", 24),
    ("SG.", 40),
    ("dop_v1_", 40),
    ("gho_", 30),
    ("ghp_", 30),
    ("ghr_", 30),
    ("ghs_", 30),
    ("ghu_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("hvs.", 24),
    ("npm_", 30),
    ("pypi-", 60),
    ("rk_live_", 20),
    ("rk_test_", 20),
    ("shpat_", 30),
    ("sk-ant-", 40),
    ("sk-proj-", 40),
    ("sk_live_", 20),
    ("sk_test_", 20),
    ("xapp-", 20),
    ("xox", 20),
    ("ya29.", 20),
];

/// The bytes of a text in base64: of either alphabet, with or without padding, with line breaks.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(&compact).or_else(|_| URL_SAFE.decode(&compact)).ok()
}

/// Returns whether a word is a token.
pub(crate) fn looks_like_token(word: &str) -> bool {
    const SHORTEST: usize = 16;
    if word.len() < SHORTEST {
        return false;
    }
    let first = word.as_bytes()[0];
    match first {
        b'0'..=b'9' if is_recovery_key(word) || is_entra_token(word) => return true,
        b'M' if is_account_token(word) => return true,
        b'A' if is_access_key_id(word) => return true,
        b'd' if word.len() == 36 && word.strip_prefix("dapi").is_some_and(is_hexadecimal) => return true,
        b'E' | b'G' if is_compact_token(word) => return true,
        b'Z' if word.starts_with("ZXlK") && word.len() > 40 && is_base64url(first_part(word), 8) => return true,
        _ => {}
    }
    if word.as_bytes()[4] == b'-' && is_disk_key(word) {
        return true;
    }
    // Most words differ at once, and to compare one letter is cheaper than to call for a comparison.
    let prefixed = |(prefix, shortest): &(&str, usize)| {
        prefix.as_bytes()[0] == first && word.len() >= *shortest && word.starts_with(prefix) && has_digit(word)
    };
    is_web_token(word) || is_flow_token(word) || is_client_secret(word) || PREFIXES.iter().any(prefixed)
}

fn first_part(word: &str) -> &str {
    word.split('.').next().unwrap_or_default()
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_base64url(part: &str, shortest: usize) -> bool {
    part.len() >= shortest && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A JSON web token, or an encrypted one (RFC 7519, 7516): parts of base64url, the first a JSON object; short parts may stand before
/// it, as in `v1.eyJ…`, the `tempauth` of SharePoint.
fn is_web_token(word: &str) -> bool {
    const LONGEST_PREFIX: usize = 8;
    // Without a searcher, which takes longer to make than a word to go through.
    let Some(at) = word.as_bytes().windows(3).position(|bytes| bytes == b"eyJ") else { return false };
    let (prefix, rest) = word.split_at(at);
    let prefixed =
        prefix.is_empty() || (prefix.ends_with('.') && prefix.split('.').all(|part| part.len() <= LONGEST_PREFIX));
    let parts: Vec<&str> = rest.split('.').collect();
    let body = match parts.as_slice() {
        // Of a token that is encrypted with a shared key the second part is empty.
        [_, "", body, ..] | [_, body, ..] => body,
        _ => return false,
    };
    prefixed && parts.len() <= 5 && is_base64url(parts[0], 8) && is_base64url(body, 8)
}

/// An authorization code or a refresh token of Entra: `0.A…` or `1.A…`, in two or three parts of base64url.
fn is_entra_token(word: &str) -> bool {
    const SHORTEST: usize = 40;
    let mut parts = word.split('.');
    let version = parts.next().is_some_and(|version| version.len() == 1 && has_digit(version));
    version
        && word.len() > SHORTEST
        && parts.clone().count() <= 3
        && parts.clone().all(|part| is_base64url(part, 8))
        && has_all(word)
}

/// A code, refresh token or ticket of a Microsoft account: `M.C521_BAY.2.U.-C…`, `M.R3_BL2.…`.
fn is_account_token(word: &str) -> bool {
    let Some(rest) = word.strip_prefix("M.") else { return false };
    let Some((farm, rest)) = rest.split_once('.') else { return false };
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!*$-_.~%".contains(&b);
    let Some((ring, centre)) = farm.split_once('_') else { return false };
    let names = ring.len() >= 2
        && has_digit(ring)
        && !centre.is_empty()
        && farm.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    names && rest.len() >= 8 && rest.bytes().all(fits)
}

/// The beginning of a compact access token of a Microsoft account: `EwB4A8l6BAAU…`.
fn is_compact_token(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes[1] == b'w' && bytes.get(8..11) == Some(b"BAA") && bytes[..11].iter().all(u8::is_ascii_alphanumeric)
}

/// Returns whether it is what the sign-in pages of Entra pass from one to the next, or an older code or refresh token:
/// `AQABAAIAAAD…`, `PAQABDgEAAAB…`.
fn is_flow_token(word: &str) -> bool {
    const SHORTEST: usize = 24;
    let bytes = word.as_bytes();
    let begins = |bytes: &[u8]| bytes[0] == b'A' && b"QgwI".contains(&bytes[1]) && &bytes[2..4] == b"AB";
    let begun = begins(bytes) || (bytes[0].is_ascii_uppercase() && begins(&bytes[1..]));
    begun && word.len() >= SHORTEST && is_base64url(first_part(word), SHORTEST) && has_all(word)
}

/// A client secret of Entra, which has `Q~` after three characters and a digit.
fn is_client_secret(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    matches!(word.len(), 37..=44)
        && word.as_bytes()[3].is_ascii_digit()
        && &word.as_bytes()[4..6] == b"Q~"
        && word.bytes().all(fits)
}

/// A recovery key of BitLocker: eight groups of six digits.
fn is_recovery_key(word: &str) -> bool {
    word.len() == 55 && word.split('-').all(|group| group.len() == 6 && group.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A personal recovery key of FileVault: six groups of four, of capitals and digits.
fn is_disk_key(word: &str) -> bool {
    word.len() == 29
        && has_digit(word)
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && word.split('-').all(|group| {
            group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        })
}

/// The id of an access key of AWS, which goes with the key itself.
fn is_access_key_id(word: &str) -> bool {
    word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && has_digit(word)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn has_all(word: &str) -> bool {
    let has = |fits: fn(&u8) -> bool| word.as_bytes().iter().any(fits);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Returns what may be a token where it follows `Bearer`; prose and the parameters of a `WWW-Authenticate` have no
/// digits.
pub(crate) fn looks_opaque(word: &str) -> bool {
    word.len() >= 12 && has_digit(word) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A long text that nobody has made up: capitals, small letters and digits in a jumble.
pub(crate) fn looks_random(word: &str) -> bool {
    const SHORTEST: usize = 32;
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = word.as_bytes();
    if bytes.len() < SHORTEST || !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-_~".contains(byte)) {
        return false;
    }
    // Names that are joined change their class at each joint only, random texts at every other character.
    let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    (0..3).all(|wanted| bytes.iter().any(|byte| class(*byte) == wanted))
        && changes * 5 >= bytes.len() * 2
        && !is_known_opaque(word)
        && !is_joined_words(word)
}

/// Returns whether most of a word is in pieces of one capital and several small letters, or of small letters alone, as
/// names have that are joined of short words: `recordAllOfThem2And3`.
fn is_joined_words(word: &str) -> bool {
    let bytes = word.as_bytes();
    let (mut inside, mut at) = (0, 0);
    while at < bytes.len() {
        let start = at;
        at += usize::from(bytes[at].is_ascii_uppercase());
        let small = bytes[at..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        at += small;
        if small >= 2 {
            inside += at - start;
        }
        at = at.max(start + 1);
    }
    inside * 4 >= bytes.len() * 3
}

/// Returns whether a word that looks random is none: an id or a change key of Graph, or a text in base64.
fn is_known_opaque(word: &str) -> bool {
    is_encoded_id(word)
        || decode_base64(word).is_some_and(|bytes| is_mailbox_id(&bytes) || is_change_key(&bytes) || is_prose(&bytes))
}

/// Returns whether a word is an id that Graph makes of other ids, such as that of a role assignment: random GUIDs in base64
/// for URLs, and a number. By chance alone a random text of this length is one in four thousand.
pub(crate) fn is_encoded_id(word: &str) -> bool {
    let Some((guids, number)) = word.rsplit_once('-') else { return false };
    let Some(bytes) = URL_SAFE.decode(guids).ok().filter(|_| !guids.ends_with('=')) else { return false };
    // Version 4 and its variant, where the first three groups of a GUID lie backwards.
    let is_random_guid = |guid: &[u8]| guid[7] >> 4 == 4 && guid[8] >> 6 == 2;
    let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && [32, 48].contains(&bytes.len()) && bytes.chunks_exact(16).all(is_random_guid)
}

/// The id of something in a mailbox: two bytes that say of what kind it is, `$`, and the mailbox's GUID as text; or, of an immutable
/// id, the beginning of the provider that MS-OXCDATA has for entries of a message store.
fn is_mailbox_id(bytes: &[u8]) -> bool {
    const STORE: [u8; 14] = [0x1d, 0x84, 0x03, 0x11, 0xaa, 0x66, 0x11, 0xcd, 0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f];
    match bytes {
        // The four bytes are enough: by chance no random text in ten million has them, and examples make the rest up.
        [0 | 1, 1..=9, b'$', 0, ..] => true,
        _ => bytes.windows(STORE.len()).take(16).any(|window| window == STORE),
    }
}

/// The version of something in a mailbox: a kind, and 22 bytes that say their length (MS-OXCFXICS: a GUID and a counter).
fn is_change_key(bytes: &[u8]) -> bool {
    matches!(bytes, [_, 0, 0, 0, length, 0, 0, 0, rest @ ..] if usize::from(*length) == rest.len())
}

/// Returns whether a word may be a text in base64: the first bytes that it means can be printed. One of ten thousand random words is
/// one as well.
pub(crate) fn begins_prose(word: &str) -> bool {
    const LENGTH: usize = 12;
    let first = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    word.len() >= 32
        && word.as_bytes()[..LENGTH].iter().all(first)
        && word.get(..LENGTH).and_then(decode_base64).is_some_and(|bytes| is_prose(&bytes))
}

/// Returns whether bytes are a text that can be printed: what holds it was encoded, and is not random.
fn is_prose(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
}

/// Returns whether a text is a file in base64 that a person looks at or runs: a picture, a document, an archive, a
/// certificate. What such a file holds is not looked for.
pub(crate) fn is_file(text: &str) -> bool {
    const SHORTEST: usize = 16;
    const BEGINNINGS: [&[u8]; 17] = [
        b"\xff\xd8\xff",
        b"\x89PNG",
        b"GIF8",
        b"RIFF",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"%PDF",
        b"PK\x03\x04",
        b"\0\0\x01\0",
        b"OTTO",
        b"wOF",
        b"ID3",
        b"\xd0\xcf\x11\xe0",
        b"OggS",
        b"\x1f\x8b",
        b"\x1a\x45\xdf\xa3",
    ];
    let text = text.trim();
    let Some(start) = text.get(..SHORTEST) else { return false };
    let Some(bytes) = decode_base64(start) else { return false };
    let is_certificate = matches!(bytes.as_slice(), [0x30, 0x82, _, _, 0x30, 0x82, ..]);
    let is_film = bytes.get(4..8) == Some(b"ftyp");
    let known = is_certificate || is_film || BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning));
    known && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD as PADDED, URL_SAFE_NO_PAD};

    /// A jumble that no person has written, of that length.
    fn jumble(length: usize) -> String {
        "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw".chars().cycle().take(length).collect()
    }

    #[test]
    fn tokens_of_all_issuers_are_told_by_their_shape() {
        for token in [
            format!("0.AW{}.AgABBAIAAAD{}", jumble(44), jumble(200)),
            format!("1.{}.", jumble(50)).trim_end_matches('.').to_owned(),
            format!("M.C521_BAY.2.U.-C{}!{}*$$", jumble(80), jumble(9)),
            "M.R3_BL2.6b3ad5a7-1c2d-4e5f-8a9b-0c1d2e3f4a5b".to_owned(),
            format!("M.C105_SN1.0.U.%2D{}%21%24", jumble(20)),
            format!("EwB4A8l6BAAU{}", jumble(40)),
            format!("v1.eyJhbGci{}.{}", jumble(20), jumble(40)),
            format!("eyJhbGciOiJkaXIifQ..{}.{}.{}", jumble(16), jumble(30), jumble(22)),
            format!("AQABIQEAAAAp{}", jumble(24)),
            format!("PAQABDgEAAAB{}", jumble(24)),
            "480951-123456-234567-345678-456789-567890-678901-789012".to_owned(),
            format!("ghp_{}", jumble(36)),
            format!("ya29.{}", jumble(40)),
        ] {
            assert!(looks_like_token(&token), "{token}");
        }
    }

    #[test]
    fn what_only_begins_like_a_token_is_none() {
        for word in [
            "0.1.2-alpha.15-20260101-release",
            "1.0.0",
            "AQAB",
            "M.Sc.Computer_Science",
            "eyJ",
            "Ewing-Oil-Company-2026",
            "AQABAAAA",
            "0.very-long-name-of-a-host-without-capitals.example",
            "480951-123456",
            "xoxo-and-kisses-to-all",
        ] {
            assert!(!looks_like_token(word), "{word}");
        }
    }

    #[test]
    fn ids_and_versions_of_graph_are_not_random() {
        let mailbox = |kind: [u8; 2]| {
            let mut bytes = vec![kind[0], kind[1], b'$', 0];
            bytes.extend(b"27ecbed2-42aa-4cbc-b014-b6d1013d8611");
            bytes.extend([
                0, 0x46, 0, 0, 0, 0, 0, 0xc1, 0x13, 0x8e, 0xd2, 0xd0, 0x3d, 0x4f, 0x4c, 0xb0, 0x64, 0xf7, 0x17, 4,
            ]);
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let mut version = vec![9, 0, 0, 0, 22, 0, 0, 0];
        version.extend((0..22_u8).map(|n| n.wrapping_mul(93).wrapping_add(7)));
        for harmless in [
            mailbox([0, 3]),
            mailbox([0, 4]),
            mailbox([1, 3]),
            PADDED.encode(version),
            PADDED.encode("'1-Task  @@@@@@@@@@@@@@@@@@D7'"),
            PADDED.encode("0##1##6b3ad5a7-1c2d-4e5f-8a9b-0c1d2e3f4a5b##19:x@thread.v2"),
            "5wuT_mJe20eRr5jDpJo4satDkTMeVE9IsBfhcH6WLTQ-1".to_owned(),
        ] {
            assert!(!looks_random(harmless.trim_end_matches('=')), "{harmless}");
        }
        assert!(looks_random(&jumble(40)));
    }

    #[test]
    fn an_id_that_is_made_of_ids_is_no_secret() {
        let id = "5wuT_mJe20eRr5jDpJo4satDkTMeVE9IsBfhcH6WLTQ-1";
        assert!(is_encoded_id(id));
        // One bit of a GUID's version or another length: that may be anything.
        for word in [&id.replacen("20e", "21e", 1), &id[..44], &id[2..]] {
            assert!(!is_encoded_id(word), "{word}");
        }
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (bytes, is) in [
            (&b"\xff\xd8\xff\xe0 picture of somebody"[..], true),
            (b"\x89PNG\r\n\x1a\n and more of it", true),
            (b"\x30\x82\x03\x10\x30\x82\x01\xf8 of X.509", true),
            (b"\x30\x82\x0a\x10\x02\x01\x03 PKCS 12", false),
            (b"hunter2, and more", false),
        ] {
            assert_eq!(is_file(&PADDED.encode(bytes)), is, "{bytes:?}");
        }
        assert!(!is_file("short") && !is_file("/9j/4AAQSkZJRg== but then prose"));
    }

    #[test]
    fn base64_is_read_in_all_its_dialects() {
        let bytes: Vec<u8> = (0..=255).collect();
        let plain = PADDED.encode(&bytes);
        let lines: Vec<String> =
            plain.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        for dialect in
            [plain.clone(), lines.join("\r\n"), plain.trim_end_matches('=').to_owned(), URL_SAFE_NO_PAD.encode(&bytes)]
        {
            assert_eq!(decode_base64(&dialect).as_ref(), Some(&bytes), "{dialect}");
        }
        assert_eq!(decode_base64("{\"a\": 1}"), None);
    }
}
