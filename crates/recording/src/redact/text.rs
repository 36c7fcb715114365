//! One text: kept, dropped, or replaced.

use super::pseudonyms::PseudonymKind;
use super::shape::{self, Ip};
use super::{Redactor, path};
use graphwalk_catalog::{EncodedGuids, NOBODY};
use graphwalk_secrets::masking::{self, REDACTED};
use uuid::Uuid;

/// The characters between the parts of a composite id.
const JOINTS: [char; 5] = ['_', '-', ',', ':', '|'];

impl Redactor<'_> {
    /// Returns what represents `text` in the recording. `kind` says what it is if its shape does not.
    pub(super) fn value(&mut self, text: &str, kind: PseudonymKind) -> String {
        let aliased = self.public.aliased(text);
        let text = aliased.as_deref().unwrap_or(text);
        if masking::holds_token(text) {
            return self.dropped();
        }
        if text == REDACTED {
            return self.dropped();
        }
        if text.is_empty() || text == NOBODY || self.public.has_text(text) || shape::is_time(text) {
            return text.to_owned();
        }
        if let Some(shaped) = self.shaped(text) {
            return shaped;
        }
        if let Some((template, holes)) = self.public.template(text) {
            let template = template.clone();
            let holes: Vec<String> = holes.into_iter().map(|hole| self.hole(hole)).collect();
            return template.filled(&holes);
        }
        self.ids(text).unwrap_or_else(|| self.pseudonym(kind, text))
    }

    /// Counts a secret; what stands in its place.
    pub(super) fn dropped(&mut self) -> String {
        self.secrets += 1;
        REDACTED.to_owned()
    }

    /// The name of a property, a type or a part of a path.
    pub(super) fn name(&mut self, name: &str) -> String {
        if self.public.has_name(name) { name.to_owned() } else { self.value(name, PseudonymKind::Property) }
    }

    pub(super) fn pseudonym(&mut self, kind: PseudonymKind, text: &str) -> String {
        let public = self.public;
        self.pseudonyms.pseudonym(kind, text, |candidate| public.has_text(candidate) || public.has_name(candidate))
    }

    /// A text whose shape says what it is.
    fn shaped(&mut self, text: &str) -> Option<String> {
        if shape::is_guid(text) {
            return Some(self.pseudonym(PseudonymKind::Id, &text.to_lowercase()));
        }
        if let Some(EncodedGuids { guids, digit }) = EncodedGuids::parse(text) {
            let of = |guid: &Uuid| self.pseudonym(PseudonymKind::Id, &guid.to_string());
            let guids = guids.iter().map(of).filter_map(|id| id.parse().ok()).collect();
            return Some(EncodedGuids { guids, digit }.to_string());
        }
        if path::is_url(text) {
            return Some(self.url(text));
        }
        if text.starts_with('/') || text.starts_with("./") {
            return Some(self.path(text));
        }
        if let Some(name) = text.strip_prefix("#microsoft.graph.") {
            let parts: Vec<String> = name.split('.').map(|part| self.name(part)).collect();
            return Some(format!("#microsoft.graph.{}", parts.join(".")));
        }
        if let Some((local, domain)) = shape::address_parts(text) {
            return Some(self.account(text, local, domain));
        }
        match shape::ip(text) {
            Some(Ip::V4(address)) => return Some(self.pseudonym(PseudonymKind::Ipv4, &address.to_string())),
            Some(Ip::V6(address)) => return Some(self.pseudonym(PseudonymKind::Ipv6, &address.to_string())),
            None => {}
        }
        if shape::is_phone(text) {
            return Some(self.pseudonym(PseudonymKind::Phone, text));
        }
        shape::is_domain(text).then(|| self.domain(text))
    }

    /// Returns what fills a hole of a template: no sentence again, so that this ends.
    fn hole(&mut self, text: &str) -> String {
        if text == NOBODY || self.public.has_text(text) || self.public.has_name(text) || shape::is_time(text) {
            return text.to_owned();
        }
        self.shaped(text).unwrap_or_else(|| self.pseudonym(PseudonymKind::Text, text))
    }

    fn account(&mut self, text: &str, local: &str, domain: &str) -> String {
        if !self.pseudonyms.begun() {
            self.note_domain(local, domain);
        }
        if self.public.has_account(text) {
            return text.to_owned();
        }
        // Of an earlier redaction: its own pseudonym.
        let redacted = self.pseudonyms.is_domain(domain) || self.public.has_domain(domain);
        if redacted && self.pseudonyms.is_local(local) {
            return self.pseudonyms.keep(local, text);
        }
        let domain = self.domain(domain);
        let account = format!("{local}@{domain}");
        // The feature's user on another domain: what the feature calls it.
        if self.public.has_account(&account) {
            return account;
        }
        let public = self.public;
        let taken = |local: &str| public.has_account(&format!("{local}@{domain}"));
        let local = self.pseudonyms.pseudonym(PseudonymKind::Account, &text.to_lowercase(), taken);
        format!("{local}@{domain}")
    }

    /// Learns which domain of the tenant represents which of the features: the first on which a feature's user is.
    fn note_domain(&mut self, local: &str, domain: &str) {
        let domain = domain.to_lowercase();
        if let [public] = self.public.domains_of(local)
            && !self.public.has_domain(&domain)
            && !self.domains_of_features.values().any(|taken| taken.eq_ignore_ascii_case(public))
        {
            self.domains_of_features.insert(domain.clone(), public.clone());
        }
        self.domains.insert(domain);
    }

    fn domain(&mut self, domain: &str) -> String {
        if self.public.has_domain(domain) {
            return domain.to_owned();
        }
        let folded = domain.to_lowercase();
        if self.pseudonyms.begun()
            && let Some(public) = self.domains_of_features.get(&folded)
        {
            return public.clone();
        }
        self.pseudonym(PseudonymKind::Domain, &folded)
    }

    /// A text that consists of several ids, each with its pseudonym.
    fn ids(&mut self, text: &str) -> Option<String> {
        const LENGTH: usize = 36;
        let mut ids = Vec::new();
        let (mut rest, mut joints) = (text, String::new());
        loop {
            let id = rest.get(..LENGTH).filter(|id| shape::is_guid(id))?;
            ids.push(id);
            rest = &rest[LENGTH..];
            let Some(joint) = rest.chars().next() else { break };
            if !JOINTS.contains(&joint) {
                return None;
            }
            joints.push(joint);
            rest = &rest[1..];
        }
        let mut joints = joints.chars();
        let mut text = String::with_capacity(text.len());
        for id in ids {
            text.push_str(&self.value(id, PseudonymKind::Id));
            text.extend(joints.next());
        }
        Some(text)
    }
}
