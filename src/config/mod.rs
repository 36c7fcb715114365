//! Configuration: `graphwalk.toml`, then `GRAPHWALK_*` variables, then flags; the last one wins.
//!
//! [`Sources`] says where to look; [`Config::load`] reads everything, reports every fault with its place, and remembers of each
//! value where it came from. No secret can be written in the file: it names the environment variable that has it.

mod fault;
mod file;
mod forms;
mod given;
mod keys;
mod read;
mod schema;
mod tenants;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_catalog::Resources;
use graphwalk_client::sign_in::{Environment, Person, SignIn, SignInError, SignInSettings, Surroundings};
use graphwalk_client::{ClientError, GraphClient};
use jiff::SignedDuration;

use crate::session::OutsideValues;
use crate::session::guard::Named;

pub(crate) use fault::{ConfigFault, Problem};
pub(crate) use given::{Effective, ValueOrigin};
pub(crate) use graphwalk_client::sign_in::{ActorSignIn, FederatedToken, SignInMethod, TokenCacheMode};
pub(crate) use graphwalk_client::{Endpoints, Network, TenantName};
#[cfg(test)]
pub(crate) use keys::variable;
pub(crate) use schema::json_schema;
pub(crate) use tenants::{TenantLayer, TenantRow, TenantsFile};
pub(crate) use variables::SHARDS;

/// The name of the file.
pub(crate) const FILE_NAME: &str = "graphwalk.toml";

/// The file that `graphwalk init` writes: every key, commented.
pub(crate) const TEMPLATE: &str = include_str!("graphwalk.toml");

/// The place where configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that `--config` names; else `graphwalk.toml` is looked for upwards from `directory`.
    pub file: Option<PathBuf>,
    /// The working directory.
    pub directory: PathBuf,
    /// The environment. Only names that begin with `GRAPHWALK_` matter.
    pub variables: Vec<(String, String)>,
    /// Flags that were given: the key, the flag's name, its value.
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// The ids of objects from outside that flags gave, by name.
    pub values: Vec<(String, String)>,
    /// The tenant of a file of tenants. It is laid over all the rest.
    pub tenant: Option<TenantLayer>,
}

impl Sources {
    /// The variables of this process; of `file` and `flags` what was given. Without a file `GRAPHWALK_CONFIG` may name one.
    pub fn of_process(
        directory: PathBuf,
        file: Option<PathBuf>,
        flags: Vec<(&'static str, &'static str, String)>,
    ) -> Self {
        let lossless = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: Vec<(String, String)> = std::env::vars_os().filter_map(lossless).collect();
        let named = variables.iter().find(|(name, _)| name == "GRAPHWALK_CONFIG").map(|(_, file)| PathBuf::from(file));
        let file = file.or(named).map(|file| directory.join(file));
        Self { file, directory, variables, flags, values: Vec::new(), tenant: None }
    }
}

/// The configuration, complete and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The tenant, if it is named. Nothing is written to a tenant that is not.
    pub tenant: Option<TenantName>,
    /// The place where Graph and the sign-in are.
    pub endpoints: Endpoints,
    /// The verified domain of the users that are created; `None` is the tenant's default domain.
    pub upn_domain: Option<String>,
    /// The way to both.
    pub network: Network,
    /// Whether a run may write to the tenant without being asked.
    pub allow_writes: bool,
    /// The folder of the runs.
    pub runs: PathBuf,
    /// The way a review's period ends.
    pub finish: graphwalk_recording::Finish,
    /// The way Adele decides.
    pub review_by: ReviewBy,
    /// Whether Graph may send e-mails to reviewers.
    pub mail: bool,
    /// Whether tokens of people are kept on the disk between runs.
    pub token_cache: TokenCacheMode,
    /// The time that a person may take to sign in.
    pub sign_in_timeout: Duration,
    /// For how long a request to Graph that fails is sent again.
    pub retry_timeout: Duration,
    /// The time that a read may take to show what was written.
    pub settle_timeout: Duration,
    /// The time that to sleep between two reads of what takes its time.
    pub poll_interval: Duration,
    /// The objects that a run may change although it did not create them. They can be named in the file alone: neither a
    /// variable nor a flag permits a write.
    pub may_change: Vec<Named>,
    /// The resources that a run may create: those of the catalog's overlay, and those that the file declares beside.
    pub may_create: Resources,
    /// The ids of objects that were there before, by the names that features give them.
    pub values: OutsideValues,
    /// The actors, and how each signs in, by name.
    pub actors: BTreeMap<String, ActorSignIn>,
    /// The variables that sign-ins look for secrets in; those of this process if `None`.
    pub environment: Option<Environment>,
    /// The time by which the tenant's clock is meant to be ahead of this machine's: as its seed says in a rehearsal, else none.
    pub clock_ahead: SignedDuration,
    /// Every value and where it came from, in the order of the documentation.
    pub effective: Vec<Effective>,
}

/// The way a reviewer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewBy {
    /// The program sends the reviewer's requests.
    Api,
    /// A person decides on the My Access page.
    Portal,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or a key or value is not known; all faults are named, each with its place.
    pub fn load(sources: &Sources) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let mut given = given::Given::default();
        let file = sources.file.clone().or_else(|| file::find(&sources.directory));
        let file_actors = match &file {
            Some(path) => {
                given::default_runs(path, &mut given);
                file::read(path, &mut given, &mut faults)
            }
            None => Vec::new(),
        };
        variables::read(&sources.variables, &file_actors, &sources.directory, &mut given, &mut faults);
        for (key, flag, value) in &sources.flags {
            given::flag(key, flag, value, &sources.directory, &mut given, &mut faults);
        }
        given.values.set = sources.values.iter().cloned().collect();
        if let Some(tenant) = &sources.tenant {
            tenant.lay_over(&mut given);
        }
        let of_rows = sources.tenant.iter().flat_map(TenantLayer::variables);
        variables::unknown(&sources.variables, &given, of_rows, &mut faults);
        let config = read::config(&given, &mut faults);
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(faults),
        }
    }

    /// The file that would be read from `directory`, if there is one there or above it.
    pub fn find_file(directory: &std::path::Path) -> Option<PathBuf> {
        file::find(directory)
    }

    /// A client for Graph.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the proxy or the CA file cannot be used, or the HTTP library refuses to start.
    pub fn graph_client(&self) -> Result<GraphClient, ClientError> {
        let graph = &self.endpoints.graph;
        GraphClient::for_base(graph.as_str(), &self.network.transport_to(graph))
    }

    /// Returns how `name` signs in.
    ///
    /// # Errors
    ///
    /// A fault that shows what to write, if the configuration does not say.
    pub fn actor(&self, name: &str) -> Result<&ActorSignIn, ConfigFault> {
        let known = || self.actors.keys().cloned().collect();
        self.actors.get(name).ok_or_else(|| Problem::NoActor { actor: name.to_owned(), known: known() }.anywhere())
    }

    /// Returns what sign-ins need of the world: network and variables of the configuration, the clock of this process.
    ///
    /// # Errors
    ///
    /// If the CA file or the proxy cannot be used.
    pub fn surroundings(&self, person: Arc<dyn Person>) -> Result<Surroundings, SignInError> {
        let of_process = Surroundings::of_process(&self.network, &self.endpoints.authority, person)?;
        Ok(match &self.environment {
            Some(environment) => Surroundings { environment: environment.clone(), ..of_process },
            None => of_process,
        })
    }

    /// The sign-in of `actor`. Nothing is asked for before its first token.
    ///
    /// # Errors
    ///
    /// A fault that shows what to write, if the configuration does not say how the actor signs in, or in which tenant.
    pub fn sign_in(&self, actor: &str, surroundings: Surroundings) -> Result<SignIn, ConfigFault> {
        let settings = SignInSettings {
            how: self.actor(actor)?.clone(),
            endpoints: self.endpoints.clone(),
            tenant: self.tenant()?.clone(),
            token_cache: self.token_cache,
            timeout: self.sign_in_timeout,
        };
        Ok(SignIn::new(actor, settings, surroundings))
    }

    /// The tenant.
    ///
    /// # Errors
    ///
    /// A fault that says how to name it, if the configuration does not.
    pub fn tenant(&self) -> Result<&TenantName, ConfigFault> {
        self.tenant.as_ref().ok_or_else(|| Problem::NoTenant.anywhere())
    }
}

#[cfg(test)]
mod hidden_tests;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
