//! Pseudonyms: the same for the same text, another for another, and of the same shape as what they stand for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::shape::{Ip, ip, is_guid};

/// The kind of text that a pseudonym stands for; it decides how the pseudonym looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PseudonymKind {
    /// The id of an object, a tenant or a request: `00000000-0000-4000-8000-000000000001`.
    Id,
    /// A user principal name or an e-mail address: `user1@contoso.example`. Only the part before the `@` is numbered.
    Account,
    /// A domain: `contoso.example`, `domain2.example`.
    Domain,
    /// An IPv4 address, of the ranges that RFC 5737 sets aside for documentation: `192.0.2.1`.
    Ipv4,
    /// An IPv6 address, of the range of RFC 3849: `2001:db8::1`.
    Ipv6,
    /// A telephone number: `+1 555 0000001`.
    Phone,
    /// A URL that leads away from Graph: `https://link1.example/`.
    Link,
    /// The name of a person or a thing: `name1`.
    Name,
    /// The name of a property, or of a part of a path, that neither features nor schemas know: `property1`.
    Property,
    /// Any other text: `text1`.
    Text,
}

/// The networks of RFC 5737, in the order in which they are used up.
const DOCUMENTATION: [&str; 3] = ["192.0.2.", "198.51.100.", "203.0.113."];

impl PseudonymKind {
    #[cfg(test)]
    const ALL: [Self; 10] = [
        Self::Id,
        Self::Account,
        Self::Domain,
        Self::Ipv4,
        Self::Ipv6,
        Self::Phone,
        Self::Link,
        Self::Name,
        Self::Property,
        Self::Text,
    ];

    /// Returns the words for one and for several.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Id => ("id", "ids"),
            Self::Account => ("account", "accounts"),
            Self::Domain => ("domain", "domains"),
            Self::Ipv4 => ("IPv4 address", "IPv4 addresses"),
            Self::Ipv6 => ("IPv6 address", "IPv6 addresses"),
            Self::Phone => ("phone number", "phone numbers"),
            Self::Link => ("link", "links"),
            Self::Name => ("name", "names"),
            Self::Property => ("property", "properties"),
            Self::Text => ("text", "texts"),
        }
    }

    fn pseudonym(self, number: usize) -> String {
        match self {
            Self::Id => format!("00000000-0000-4000-8000-{number:012}"),
            Self::Account => format!("user{number}"),
            Self::Domain if number == 1 => "contoso.example".to_owned(),
            Self::Domain => format!("domain{number}.example"),
            Self::Ipv4 => match DOCUMENTATION.get((number - 1) / 254) {
                Some(network) => format!("{network}{}", (number - 1) % 254 + 1),
                // A recording with more addresses than there are for documentation keeps them apart all the same.
                None => format!("2001:db8::ffff:{number:x}"),
            },
            Self::Ipv6 => format!("2001:db8::{number:x}"),
            Self::Phone => format!("+1 555 {number:07}"),
            Self::Link => format!("https://link{number}.example/"),
            Self::Name => format!("name{number}"),
            Self::Property => format!("property{number}"),
            Self::Text => format!("text{number}"),
        }
    }

    /// Returns whether `text` looks like a pseudonym of this kind.
    fn is_pseudonym(self, text: &str) -> bool {
        match self {
            Self::Id => is_guid(text) && text.strip_prefix("00000000-0000-4000-8000-").is_some_and(digits),
            Self::Account => numbered(text, "user", ""),
            Self::Domain => text == "contoso.example" || numbered(text, "domain", ".example"),
            Self::Ipv4 => matches!(ip(text), Some(Ip::V4(_))) && DOCUMENTATION.iter().any(|net| text.starts_with(net)),
            Self::Ipv6 => matches!(ip(text), Some(Ip::V6(at)) if at.segments()[..2] == [0x2001, 0xdb8]),
            Self::Phone => text.strip_prefix("+1 555 ").is_some_and(|rest| rest.len() == 7 && digits(rest)),
            Self::Link => numbered(text, "https://link", ".example/"),
            Self::Name => numbered(text, "name", ""),
            Self::Property => numbered(text, "property", ""),
            Self::Text => numbered(text, "text", ""),
        }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn numbered(text: &str, prefix: &str, suffix: &str) -> bool {
    let number = text.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
    number.is_some_and(|number| digits(number) && !number.starts_with('0') && number.len() <= 9)
}

/// The pseudonyms of one recording.
///
/// They are given in two passes over it. In the first, what looks like a pseudonym already is noted; in the second it
/// represents itself and is given to nothing else. So a recording that is redacted again does not change.
#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    given: HashMap<String, String>,
    numbers: BTreeMap<PseudonymKind, usize>,
    counts: BTreeMap<PseudonymKind, usize>,
    reserved: HashSet<String>,
    begun: bool,
}

impl Pseudonyms {
    /// Ends the first pass.
    pub fn begin(&mut self) {
        self.begun = true;
    }

    /// Returns whether the second pass has begun.
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// Returns how many pseudonyms of each kind were given.
    pub fn counts(&self) -> &BTreeMap<PseudonymKind, usize> {
        &self.counts
    }

    /// Returns whether the part of an account before its `@` looks like a pseudonym.
    pub fn is_local(&self, local: &str) -> bool {
        PseudonymKind::Account.is_pseudonym(local)
    }

    /// Returns whether a domain looks like a pseudonym.
    pub fn is_domain(&self, domain: &str) -> bool {
        PseudonymKind::Domain.is_pseudonym(domain)
    }

    /// Makes an account its own pseudonym, whose part before the `@` is `local`.
    pub fn keep(&mut self, local: &str, account: &str) -> String {
        if !self.begun {
            self.reserved.insert(local.to_owned());
        }
        account.to_owned()
    }

    /// The pseudonym of `text`; `taken` says what must not be used. In the first pass it is the text itself.
    ///
    /// Where one thing may be written in several ways, as ids in capitals, `text` is the one that represents all.
    pub fn pseudonym(&mut self, kind: PseudonymKind, text: &str, taken: impl Fn(&str) -> bool) -> String {
        let own = match kind {
            PseudonymKind::Name | PseudonymKind::Property | PseudonymKind::Text => {
                [PseudonymKind::Name, PseudonymKind::Property, PseudonymKind::Text]
                    .iter()
                    .any(|kind| kind.is_pseudonym(text))
            }
            kind => kind.is_pseudonym(text),
        };
        if own && !self.begun {
            self.reserved.insert(text.to_owned());
        }
        if own || !self.begun {
            return text.to_owned();
        }
        if let Some(given) = self.given.get(text) {
            return given.clone();
        }
        let number = self.numbers.entry(kind).or_default();
        let pseudonym = loop {
            *number += 1;
            let candidate = kind.pseudonym(*number);
            if !self.reserved.contains(&candidate) && !taken(&candidate) {
                break candidate;
            }
        };
        *self.counts.entry(kind).or_default() += 1;
        self.given.insert(text.to_owned(), pseudonym.clone());
        pseudonym
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pseudonym_is_known_as_one() {
        for kind in PseudonymKind::ALL {
            for number in [1, 2, 9, 10, 254, 255, 763, 12_345] {
                let pseudonym = kind.pseudonym(number);
                let known = PseudonymKind::ALL.iter().any(|kind| kind.is_pseudonym(&pseudonym));
                assert!(known, "{pseudonym}");
            }
        }
        assert!(!PseudonymKind::ALL.iter().any(|kind| kind.is_pseudonym("name01") || kind.is_pseudonym("user")));
    }

    #[test]
    fn a_pseudonym_that_occurs_already_is_given_to_nothing_else() {
        let mut pseudonyms = Pseudonyms::default();
        assert_eq!(pseudonyms.pseudonym(PseudonymKind::Name, "name1", |_| false), "name1");
        pseudonyms.begin();
        let taken = |candidate: &str| candidate == "name2";
        assert_eq!(pseudonyms.pseudonym(PseudonymKind::Name, "Bob", taken), "name3");
        assert_eq!(pseudonyms.pseudonym(PseudonymKind::Text, "Bob", taken), "name3");
        assert_eq!(pseudonyms.pseudonym(PseudonymKind::Name, "name1", taken), "name1");
        assert_eq!(pseudonyms.counts().get(&PseudonymKind::Name), Some(&1));
    }
}
