//! The folder of a rehearsal: a configuration that leads to the emulated tenant, and the seed that this one began with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use graphwalk_catalog::Resources;
use graphwalk_recording::Finish;
use graphwalk_secrets::private_file;
use toml::{Table, Value};

use crate::config::{ActorSignIn, Config, FILE_NAME, SignInMethod};
use crate::diagnostic::Diagnostic;

use super::sign_ins::SECRET_VARIABLE;

/// The seed of the tenant, with its passwords.
pub(crate) const SEED: &str = "tenant.json";

/// The values that are written into the files of a rehearsal.
#[derive(Debug)]
pub(super) struct RehearsalFiles<'a> {
    pub seed: &'a str,
    /// The configuration of the real tenant, of which everything holds here that is not about where the tenant is.
    pub config: &'a Config,
    pub domain: &'a str,
    /// The address of the emulated tenant.
    pub address: &'a str,
    pub actors: &'a BTreeMap<String, ActorSignIn>,
}

impl RehearsalFiles<'_> {
    /// Writes the files into a folder and returns the path of the configuration.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf, Box<Diagnostic>> {
        let file = folder.join(FILE_NAME);
        let unwritten = |path: &Path, reason: &dyn std::fmt::Display| {
            let message = format!("cannot write {}: {reason}", path.display());
            Box::new(Diagnostic::new("rehearsal", message).help("name a folder that can be written with --keep=DIR"))
        };
        let text = toml::to_string(&self.table()).map_err(|error| unwritten(&file, &error))?;
        let seed = folder.join(SEED);
        private_file::replace(&seed, self.seed.as_bytes()).map_err(|error| unwritten(&seed, &error))?;
        let text = format!("{}\n{text}", self.heading());
        private_file::replace(&file, text.as_bytes()).map_err(|error| unwritten(&file, &error))?;
        Ok(file)
    }

    fn heading(&self) -> String {
        format!(
            "# The configuration of a rehearsal. It leads to an emulated tenant, which has to be served:\n# `graphwalk rehearse \
             --keep` prints the command. Nobody is asked to sign in here: passwords and\n# secrets are in the variable \
             {SECRET_VARIABLE}.\n"
        )
    }

    fn table(&self) -> Table {
        let config = self.config;
        let text = |text: &str| Value::from(text);
        let mut table = Table::new();
        table.insert("tenant".to_owned(), text(self.domain));
        table.insert("base-url".to_owned(), text(self.address));
        table.insert("authority".to_owned(), text(self.address));
        table.insert("upn-domain".to_owned(), text(self.domain));
        table.insert("token-cache".to_owned(), text("off"));
        table.insert("mail".to_owned(), Value::from(config.mail));
        table.insert("finish".to_owned(), text(if config.finish == Finish::Wait { "wait" } else { "stop" }));
        // The clock of a tenant that is served goes fast.
        table.insert(
            "timeouts".to_owned(),
            Value::from(Table::from_iter(
                [("poll", 1), ("settle", 5)].map(|(key, seconds)| (key.to_owned(), Value::from(seconds))),
            )),
        );
        let may_change = config.may_change.iter().map(|named| (named.name.clone(), text(&named.object.to_string())));
        table.insert("may-change".to_owned(), Value::Table(may_change.collect()));
        let values = config.values.configured.iter().chain(&config.values.set);
        table.insert("values".to_owned(), Value::Table(values.map(|(name, id)| (name.clone(), text(id))).collect()));
        let declared = declared(&config.may_create);
        if !declared.is_empty() {
            table.insert("may-create".to_owned(), Value::Array(declared));
        }
        let actors = self.actors.iter().map(|(name, sign_in)| (name.clone(), Value::Table(actor(sign_in))));
        table.insert("actors".to_owned(), Value::Table(actors.collect()));
        table
    }
}

/// The resources that the user has declared.
fn declared(may_create: &Resources) -> Vec<Value> {
    let built_in = Resources::default();
    let is_declared = |id: &str| built_in.iter().all(|known| known.id() != id);
    let declared = may_create.iter().filter(|resource| is_declared(resource.id()));
    declared.filter_map(|resource| Value::try_from(resource.facts()).ok()).collect()
}

/// The table of an actor.
fn actor(actor: &ActorSignIn) -> Table {
    let mut table = Table::new();
    let mut set =
        |key: &str, value: Option<String>| table.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    set("sign-in", Some(actor.sign_in.word().to_owned()));
    match &actor.sign_in {
        SignInMethod::Password { client_id, username, password_env } => {
            set("client-id", Some(client_id.clone()));
            set("username", username.clone());
            set("password-env", password_env.clone());
        }
        SignInMethod::ClientSecret { client_id, secret_env } => {
            set("client-id", Some(client_id.clone()));
            set("client-secret-env", Some(secret_env.clone()));
        }
        // No other is written: see the sign-ins of the folder that is kept.
        _ => {}
    }
    if !actor.scopes.is_empty() {
        table.insert(
            "scopes".to_owned(),
            Value::Array(actor.scopes.iter().map(|scope| Value::from(scope.as_str())).collect()),
        );
    }
    table
}
