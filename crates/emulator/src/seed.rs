//! A tenant to begin with, from a JSON or YAML document: who it is, its apps, and what each area plants.
//!
//! ```yaml
//! now: 2026-01-31T09:00:00Z                          # what its clock shows at the start, unless the settings say so
//! tenant: {name: Contoso, domains: [contoso.com]}   # id: a GUID, random if it is left out
//! licensed: true                                    # Microsoft Entra ID P2
//! administrator: {userPrincipalName: admin@contoso.com, displayName: MOD Administrator, password: …}
//! users:
//!   - {userPrincipalName: adele@contoso.com, displayName: Adele Vance, manager: megan@contoso.com,
//!      lastSignInDateTime: 2026-01-01T08:00:00Z, roles: [User Administrator], password: …}
//! groups:
//!   - {displayName: Building security, members: [adele@contoso.com], owners: [megan@contoso.com]}
//! apps:
//!   - {clientId: 11111111-…, name: CI, secret: …, permissions: [AccessReview.ReadWrite.All],
//!      certificate: "-----BEGIN CERTIFICATE-----…",
//!      federated: [{issuer: https://token.actions.githubusercontent.com, subject: "repo:…", key: {n: …, e: AQAB}}]}
//! ```
//!
//! Users and groups take every property of their CSDL types besides. Members, owners and managers are named by id, by
//! principal name, or, groups, by display name.

mod place;

use std::marker::PhantomData;
use std::sync::Arc;

use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use uuid::Uuid;

use super::areas::{self, Area, Plant};
use super::sign_in::{App, Trust, VerifyingKey};
use super::tenant::{Identity, Tenant};

/// A seed document. It can hold passwords and secrets, so nothing shows it.
#[derive(Clone, Default)]
pub struct Seed {
    tenant: TenantSections,
    plants: Vec<Arc<dyn Plant>>,
}

/// The sections that are no area's.
const TENANT_SECTIONS: [&str; 4] = ["tenant", "licensed", "apps", "now"];

/// The values of these sections.
#[derive(Clone, Default, Deserialize)]
struct TenantSections {
    #[serde(default)]
    tenant: SeedTenant,
    licensed: Option<bool>,
    now: Option<Timestamp>,
    #[serde(default)]
    apps: Vec<SeedApp>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(expecting = "a map of id, name and domains", deny_unknown_fields)]
struct SeedTenant {
    id: Option<Uuid>,
    name: Option<String>,
    domains: Option<Vec<String>>,
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "an app, a map of properties", deny_unknown_fields, rename_all = "camelCase")]
struct SeedApp {
    client_id: Uuid,
    name: Option<String>,
    secret: Option<String>,
    /// In PEM.
    certificate: Option<String>,
    #[serde(default)]
    federated: Vec<SeedFederation>,
    scopes: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
}

/// A federated identity credential. The emulator asks no issuer for its keys, so that the key stands here.
#[derive(Clone, Deserialize)]
#[serde(expecting = "a map of issuer, subject and key", deny_unknown_fields)]
struct SeedFederation {
    issuer: String,
    subject: String,
    key: SeedKey,
}

/// The members of an RSA key that a JSON Web Key has (RFC 7518, section 6.3.1).
#[derive(Clone, Deserialize)]
#[serde(expecting = "a map of n and e")]
struct SeedKey {
    n: String,
    e: String,
}

/// A reason why a document is no seed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// It is neither JSON nor YAML of this form.
    #[error("not a seed: {0}")]
    Malformed(String),
    /// Something in it cannot stand.
    #[error("{pointer}: {what}")]
    Invalid {
        /// The JSON pointer of it.
        pointer: String,
        /// The fault in it.
        what: String,
    },
}

/// The text of a seed, to be read by the areas whose sections it has.
#[derive(Clone, Copy)]
pub struct SeedDocument<'a>(&'a str);

impl SeedDocument<'_> {
    /// Reads the document as a `T`, which has a field for each section that is wanted and passes over all others.
    ///
    /// # Errors
    ///
    /// [`SeedError::Malformed`] with the line and column of what `T` does not take.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SeedError> {
        self.read_with(PhantomData)
    }

    fn read_with<'a, T: DeserializeSeed<'a>>(&'a self, wanted: T) -> Result<T::Value, SeedError> {
        if self.0.trim_start().starts_with('{') {
            let mut json = serde_json::Deserializer::from_str(self.0);
            let read = wanted.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
            return read.map_err(|error| SeedError::Malformed(error.to_string()));
        }
        let yaml = yaml_serde::Deserializer::from_str(self.0);
        wanted.deserialize(yaml).map_err(|error| SeedError::Malformed(error.to_string()))
    }
}

/// Passes over a document whose sections all have one of these names.
struct Sections<'a>(&'a [&'static str]);

impl<'de> DeserializeSeed<'de> for Sections<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<(), D::Error> {
        document.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Sections<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map of sections")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut document: A) -> Result<(), A::Error> {
        while let Some(name) = document.next_key::<String>()? {
            if !self.0.contains(&name.as_str()) {
                let known = self.0.join("`, `");
                return Err(A::Error::custom(format_args!("unknown field `{name}`, expected one of `{known}`")));
            }
            document.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

impl Seed {
    /// Reads a document: JSON if it begins with a brace, else YAML.
    ///
    /// # Errors
    ///
    /// The section does not have the expected form; the error names the place.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        Self::parse_with(text, &[])
    }

    /// Reads a document for an emulator to which areas were added, which may have sections of their own.
    ///
    /// # Errors
    ///
    /// The section does not have the expected form; the error names the place.
    pub fn parse_with(text: &str, added: &[&'static dyn Area]) -> Result<Self, SeedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(SeedError::Malformed("the document is empty".to_owned()));
        }
        let (document, areas) = (SeedDocument(text), areas::with(added));
        let sections = areas.iter().flat_map(|area| area.sections()).copied();
        document.read_with(Sections(&TENANT_SECTIONS.into_iter().chain(sections).collect::<Vec<_>>()))?;
        let tenant = document.read()?;
        let plants = areas.iter().map(|area| area.read_seed(&document)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { tenant, plants: plants.into_iter().flatten().collect() })
    }

    /// The document of a seed, for those who add sections to it.
    ///
    /// # Errors
    ///
    /// [`SeedError::Malformed`] if it is neither JSON nor YAML, or no map.
    pub fn document(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, SeedError> {
        SeedDocument(text.strip_prefix('\u{feff}').unwrap_or(text)).read()
    }

    /// Returns line and column, from 1, of what a JSON pointer leads to in the text of a seed; where that is not there, of what should
    /// hold it.
    pub fn place_of(text: &str, pointer: &str) -> Option<(usize, usize)> {
        place::place_of(text.strip_prefix('\u{feff}').unwrap_or(text), pointer)
    }

    /// The apps that the seed registers.
    ///
    /// # Errors
    ///
    /// [`SeedError::Invalid`] for a certificate or a key that cannot be read.
    pub fn apps(&self) -> Result<Vec<App>, SeedError> {
        self.tenant.apps.iter().enumerate().map(|(index, app)| app.app(&format!("/apps/{index}"))).collect()
    }

    /// Returns whether the tenant has Microsoft Entra ID P2, if the seed says so.
    pub(crate) fn licensed(&self) -> Option<bool> {
        self.tenant.licensed
    }

    /// Returns the time that the tenant's clock shows at the start, if the seed says so.
    pub fn now(&self) -> Option<Timestamp> {
        self.tenant.now
    }

    /// Puts what the seed says in place of what a tenant is called without it.
    pub(crate) fn name(&self, identity: &mut Identity) {
        let SeedTenant { id, name, domains } = &self.tenant.tenant;
        identity.id = id.unwrap_or(identity.id);
        if let Some(name) = name {
            identity.name.clone_from(name);
        }
        if let Some(domains) = domains.as_ref().filter(|domains| !domains.is_empty()) {
            identity.domains.clone_from(domains);
        }
    }

    /// Fills a new tenant.
    ///
    /// # Errors
    ///
    /// [`SeedError::Invalid`] for a name that is taken, a reference to nothing, or whatever else an area cannot hold.
    pub(crate) fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError> {
        self.plants.iter().try_for_each(|plant| plant.plant(tenant, schemas, now))
    }
}

impl SeedApp {
    fn app(&self, pointer: &str) -> Result<App, SeedError> {
        let name = self.name.as_deref().unwrap_or("app");
        let secrets: Vec<&str> = self.secret.iter().map(String::as_str).collect();
        let trusted = self.trusted(pointer)?;
        let mut app = if secrets.is_empty() && trusted.is_empty() {
            App::public(self.client_id, name)
        } else {
            App::confidential(self.client_id, name, &secrets, trusted)
        };
        app.scopes = self.scopes.clone().unwrap_or(app.scopes);
        app.permissions = self.permissions.clone().unwrap_or(app.permissions);
        app.redirect_uris = self.redirect_uris.clone().unwrap_or(app.redirect_uris);
        Ok(app)
    }

    /// Returns the issuers and subjects whose assertions it accepts.
    fn trusted(&self, pointer: &str) -> Result<Vec<Trust>, SeedError> {
        let own = self.certificate.iter().map(|pem| {
            let key = VerifyingKey::from_pem(pem);
            let key = key.map_err(|error| invalid(format!("{pointer}/certificate"), error.to_string()))?;
            Ok(Trust::own_key(self.client_id, key))
        });
        let federated = self.federated.iter().enumerate().map(|(index, federated)| {
            let key = VerifyingKey::from_jwk(&federated.key.n, &federated.key.e);
            let key = key.map_err(|error| invalid(format!("{pointer}/federated/{index}/key"), error.to_string()))?;
            Ok(Trust { issuer: federated.issuer.clone(), subject: federated.subject.clone(), key })
        });
        own.chain(federated).collect()
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seed for {} areas with {} apps", self.plants.len(), self.tenant.apps.len())
    }
}

/// Says what cannot be in a seed, and at which JSON pointer.
pub fn invalid(pointer: String, what: impl Into<String>) -> SeedError {
    SeedError::Invalid { pointer, what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_no_seed_is_refused_with_its_place() {
        for text in ["", "{", "users: 5", "shoes: []", "[1, 2", "users: [{id: no}]", "{} {}", "5", "tenant: {shoes: 1}"]
        {
            assert!(matches!(Seed::parse(text), Err(SeedError::Malformed(_))), "{text}");
        }
        for (text, place) in
            [("{\n\"shoes\": []}", "line 2"), ("{\n\"users\": 5}", "line 2"), ("users:\n- id: no", "line 2")]
        {
            let message = Seed::parse(text).unwrap_err().to_string();
            assert!(message.contains(place), "{text}: {message}");
        }
    }
}
