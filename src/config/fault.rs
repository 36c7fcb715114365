//! What is wrong with a configuration, and where.

use std::path::PathBuf;

use super::given::ValueOrigin;
use super::keys::quoted;
use crate::diagnostic::{Diagnostic, Place};

/// One thing that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct ConfigFault {
    /// The fault.
    pub problem: Problem,
    /// The origin of the value, if it is a value that is wrong.
    pub origin: Option<ValueOrigin>,
    /// The line of the file, without any value that may be a secret.
    pub(super) place: Option<Box<Place>>,
}

/// The kinds of faults.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// The file of tenants cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    UnreadableTenants {
        /// The file.
        file: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// The file of tenants names none.
    #[error("{} names no tenant", file.display())]
    NoTenants {
        /// The file.
        file: PathBuf,
    },
    /// The file of tenants is not what its name says.
    #[error("the file cannot be read as {form}: {why}")]
    NotTenants {
        /// `TOML` or `CSV`.
        form: &'static str,
        /// The reason, without any value.
        why: String,
    },
    /// Two tenants of a file cannot be told apart.
    #[error("{name}: the same {key} stands in line {earlier}")]
    TenantTwice {
        /// `tenant` or `name`.
        key: &'static str,
        /// The name of the second one.
        name: String,
        /// The line of the first one.
        earlier: usize,
    },
    /// The file is not TOML.
    #[error("the file is not TOML: {0}")]
    Syntax(String),
    /// There is no such key.
    #[error("there is no key {key}")]
    UnknownKey {
        /// As it was written.
        key: String,
        /// The one that may be meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// A variable whose name begins with `GRAPHWALK_` sets nothing.
    #[error("the variable {name} is unknown")]
    UnknownVariable {
        /// Its name.
        name: String,
        /// The one that may be meant.
        nearest: Option<String>,
    },
    /// A secret stands in the file.
    #[error("{key} is a secret and must not stand in a file")]
    Secret {
        /// The key.
        key: String,
        /// The key that names a variable instead.
        instead: Option<&'static str>,
    },
    /// The value is not what the key holds.
    #[error("{key} must be {expected}")]
    Value {
        /// The key.
        key: String,
        /// The values that it takes.
        expected: String,
        /// The type of what stands there, if that is what is wrong. Never the value: it may be a secret in the wrong place.
        found: Option<String>,
    },
    /// An entry of `[[may-create]]` cannot be created and deleted again.
    #[error("the resource declared here cannot be created: {0}")]
    NotAResource(
        /// The reason, without any value that may be a secret.
        String,
    ),
    /// A key that must be there is not.
    #[error("{key} is missing: {why}")]
    Missing {
        /// The key.
        key: String,
        /// The reason why it is needed.
        why: String,
    },
    /// A key that has no effect beside another one.
    #[error("{key} has no effect: {why}")]
    NoEffect {
        /// The key.
        key: String,
        /// The other key, and why it excludes this one.
        why: String,
    },
    /// An actor has no sign-in.
    #[error("no sign-in is configured for {actor}")]
    NoActor {
        /// The actor.
        actor: String,
        /// The actors who have one.
        known: Vec<String>,
    },
    /// No tenant is named.
    #[error("no tenant is configured")]
    NoTenant,
}

impl Problem {
    /// A fault that has no place.
    pub(super) fn anywhere(self) -> ConfigFault {
        ConfigFault { problem: self, origin: None, place: None }
    }

    /// A fault of a value.
    pub(super) fn at(self, origin: &ValueOrigin, place: Option<Place>) -> ConfigFault {
        ConfigFault { problem: self, origin: Some(origin.clone()), place: place.map(Box::new) }
    }

    fn help(&self) -> Option<String> {
        let meant = |nearest: &Option<String>| nearest.as_ref().map(|nearest| format!("did you mean {nearest}?"));
        match self {
            Self::Unreadable { .. } => {
                Some("name another file with --config, or write one with `graphwalk init`".into())
            }
            Self::UnreadableTenants { .. } => Some("name a file of tenants with --tenants, in TOML or CSV".into()),
            Self::NoTenants { .. } => Some(
                "begin each with [[tenants]] and tenant = \"…\", or a row of a CSV file with a column tenant".into(),
            ),
            Self::TenantTwice { key: "tenant", .. } => Some("leave one of them out: each tenant is played once".into()),
            Self::TenantTwice { .. } => Some("give each a name of its own".into()),
            Self::UnknownKey { nearest, known, .. } => {
                meant(nearest).or_else(|| Some(format!("known keys: {}", known.join(", "))))
            }
            Self::UnknownVariable { nearest, .. } => meant(nearest)
                .or_else(|| Some("`graphwalk config show --variables` lists the known variables".to_owned())),
            Self::Secret { instead: Some(instead), .. } => {
                Some(format!("put it into an environment variable, and name that: {instead} = \"MY_VARIABLE\""))
            }
            Self::Secret { instead: None, .. } => Some("put it into an environment variable".to_owned()),
            Self::NoActor { actor, .. } => {
                let table = quoted(actor);
                Some(format!(
                    "write [actors.{table}] with sign-in = \"device-code\" and client-id = \"…\"; `graphwalk init` shows all ways"
                ))
            }
            Self::NoTenant => {
                Some("tenant = \"contoso.onmicrosoft.com\" in graphwalk.toml, GRAPHWALK_TENANT, or --tenant".into())
            }
            Self::NotAResource(_) => Some(
                "a resource is declared by id, noun, collection, marks, look-up and order: `graphwalk init` shows one"
                    .to_owned(),
            ),
            Self::Syntax(_)
            | Self::NotTenants { .. }
            | Self::Value { .. }
            | Self::Missing { .. }
            | Self::NoEffect { .. } => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            Self::Value { found: Some(found), .. } => vec![format!("found: {found}")],
            Self::NoActor { known, .. } if !known.is_empty() => vec![format!("known: {}", known.join(", "))],
            _ => Vec::new(),
        }
    }
}

impl From<&ConfigFault> for Diagnostic {
    fn from(fault: &ConfigFault) -> Self {
        let mut diagnostic = Self::new("config", fault.to_string()).notes(fault.problem.notes());
        if let Some(place) = &fault.place {
            diagnostic = diagnostic.at((**place).clone());
        } else if let Some(origin) = &fault.origin {
            diagnostic = diagnostic.note(format!("from {origin}"));
        }
        match fault.problem.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}
