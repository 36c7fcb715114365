//! `graphwalk config show` and `graphwalk init`: what holds, where it came from, and a file to begin with.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphwalk_secrets::private_file;
use serde_json::json;

use crate::config::{Config, Effective, FILE_NAME, Sources, TEMPLATE, TenantLayer, json_schema};
use crate::diagnostic::Diagnostic;
use crate::terminal_text::{COLUMNS, columns, padded, plain};
use crate::tutorial::TutorialFaults;

use super::{Exit, editor, printed};

/// The flags that override the configuration, for every command that reads it.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArgs {
    /// Read this file instead of the graphwalk.toml that is found upwards from here
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The tenant: its id, or one of its domains
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// The cloud: global, usgov, usgov-dod or china
    #[arg(long, value_name = "CLOUD")]
    pub cloud: Option<String>,
    /// Graph's address, in place of a cloud's
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The address that tokens come from, in place of a cloud's
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// The verified domain of the users that are created
    #[arg(long, value_name = "DOMAIN")]
    pub upn_domain: Option<String>,
    /// The proxy
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Trust the certificates of this PEM file as well
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<String>,
    /// End of a review: stop (by the API) or wait (by the clock)
    #[arg(long, value_name = "HOW")]
    pub finish: Option<String>,
    /// Way in which Adele decides: api or portal (a person, on the My Access page)
    #[arg(long, value_name = "HOW")]
    pub review_by: Option<String>,
    /// Let Graph send its e-mails to reviewers
    #[arg(long)]
    pub mail: bool,
    /// Write to the tenant without being asked
    #[arg(long)]
    pub yes: bool,
    /// The folder of the runs
    #[arg(long, value_name = "DIR")]
    pub runs: Option<String>,
    /// The id of an object that a feature takes from outside, by the name it has there
    #[arg(long, value_name = "NAME=ID", value_parser = name_and_id)]
    pub set: Vec<(String, String)>,
    /// The tenant of a file of tenants, which is laid over the other layers.
    #[arg(skip)]
    pub of_tenant: Option<TenantLayer>,
    /// A configuration that holds in place of what the other fields, the file and the variables say.
    #[arg(skip)]
    pub ready: Option<Arc<Config>>,
}

fn name_and_id(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, id)) if !name.trim().is_empty() && !id.trim().is_empty() => {
            Ok((name.trim().to_owned(), id.trim().to_owned()))
        }
        _ => Err("expected a name and an id, such as employee=3b8ceebc-49e6-4e0c-9e14-c906374a7ef6".to_owned()),
    }
}

impl ConfigArgs {
    /// Reads the configuration with these flags, the variables of this process and the working directory.
    ///
    /// # Errors
    ///
    /// The configuration cannot be read, or has a key or value that is not known; all faults are named.
    pub fn load(&self) -> Result<Config, TutorialFaults> {
        if let Some(ready) = &self.ready {
            return Ok(Config::clone(ready));
        }
        Config::load(&self.sources()?).map_err(|faults| faults.iter().map(Diagnostic::from).collect())
    }

    /// Refuses flags about a real tenant that a run on another backend would pass over in silence; on an emulated tenant a person may
    /// decide as well.
    ///
    /// # Errors
    ///
    /// If one is given.
    pub fn refuse_without_tenant(&self, is_emulated: bool) -> Result<(), TutorialFaults> {
        let unused = |flag: &str| !(is_emulated && flag == "--review-by");
        match self.flags().into_iter().map(|(_, flag, _)| flag).find(|flag| unused(flag)) {
            None => Ok(()),
            Some(flag) => {
                let (what, backend) = match flag {
                    "--review-by" => ("an emulated or a real tenant", "--on emulator or --on live"),
                    _ => ("a real tenant", "--on live"),
                };
                let message = format!("{flag} is for {what}");
                Err(vec![Diagnostic::new("usage", message).help(format!("add {backend}, or leave it out"))])
            }
        }
    }

    fn sources(&self) -> Result<Sources, TutorialFaults> {
        let sources = Sources::of_process(working_directory()?, self.config.clone(), self.flags());
        Ok(Sources { values: self.set.clone(), tenant: self.of_tenant.clone(), ..sources })
    }

    fn flags(&self) -> Vec<(&'static str, &'static str, String)> {
        let truth = |given: bool| given.then(|| "true".to_owned());
        let all = [
            ("tenant", "--tenant", self.tenant.clone()),
            ("cloud", "--cloud", self.cloud.clone()),
            ("base-url", "--base-url", self.base_url.clone()),
            ("authority", "--authority", self.authority.clone()),
            ("upn-domain", "--upn-domain", self.upn_domain.clone()),
            ("proxy", "--proxy", self.proxy.clone()),
            ("ca-file", "--ca-file", self.ca_file.clone()),
            ("finish", "--finish", self.finish.clone()),
            ("review-by", "--review-by", self.review_by.clone()),
            ("mail", "--mail", truth(self.mail)),
            ("allow-writes", "--yes", truth(self.yes)),
            ("runs", "--runs", self.runs.clone()),
        ];
        all.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect()
    }
}

/// Arguments of `graphwalk config`.
#[derive(Debug, clap::Args)]
pub struct ConfigCommandArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

/// The subcommands of `config`.
#[derive(Debug, clap::Subcommand)]
enum ConfigCommand {
    /// Print the effective value of every key, and its source
    #[command(
        after_help = "Examples:\n  graphwalk config show\n  graphwalk config show --tenant contoso.onmicrosoft.com\n  graphwalk config show --variables     the variables that would set each value\n  graphwalk config show --json"
    )]
    Show {
        #[command(flatten)]
        config: Box<ConfigArgs>,
        /// Print the variable that sets each value, instead of its source
        #[arg(long)]
        variables: bool,
        /// Print JSON
        #[arg(long, conflicts_with = "variables")]
        json: bool,
    },
    /// Print the JSON Schema of graphwalk.toml, for editors
    #[command(after_help = "Example:\n  graphwalk config schema > graphwalk.schema.json")]
    Schema,
}

/// Arguments of `graphwalk init`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk init                  graphwalk.toml in this folder\n  graphwalk init --force          replace the one that is there\n  graphwalk init --editor         VS Code completes and checks features and\n                                  graphwalk.toml"
)]
pub struct InitArgs {
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    /// Write what VS Code needs to complete and check sentences and graphwalk.toml, into .vscode
    #[arg(long, conflicts_with = "file")]
    editor: bool,
    /// File to write
    #[arg(value_name = "FILE", default_value = FILE_NAME)]
    file: PathBuf,
}

/// Runs `graphwalk config`.
///
/// # Errors
///
/// The configuration cannot be read, or has a key or value that is not known; all faults are named.
pub fn config(args: &ConfigCommandArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let ConfigCommand::Show { config, variables, json } = &args.command else {
        printed(pretty(&json_schema(), out))?;
        return Ok(Exit::Passed);
    };
    let effective = config.load()?.effective;
    printed(match (json, variables) {
        (true, _) => as_json(&effective, out),
        (false, true) => table(&effective, |row| row.variable.clone(), out),
        (false, false) => table(&effective, |row| row.origin.to_string(), out),
    })?;
    Ok(Exit::Passed)
}

fn as_json(effective: &[Effective], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = effective
        .iter()
        .map(
            |row| json!({"key": row.key, "value": row.value, "from": row.origin.to_string(), "variable": row.variable}),
        )
        .collect();
    pretty(&rows, out)
}

fn pretty(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Key, value and a third column; what is too long for it goes on the next line. An actor's keys stand under its name.
fn table(effective: &[Effective], third: impl Fn(&Effective) -> String, out: &mut dyn Write) -> io::Result<()> {
    let (key_width, value_width) = (22, 36);
    let mut table = "";
    for row in effective {
        let (of, name) = row.key.rsplit_once('.').filter(|(of, _)| of.starts_with("actors.")).unwrap_or(("", &row.key));
        if of != table {
            writeln!(out, "\n{}", plain(of))?;
            table = of;
        }
        let (key, value, third) = (plain(name), plain(row.value.as_deref().unwrap_or("-")), plain(&third(row)));
        let key = if of.is_empty() { key } else { format!("  {key}") };
        let key = padded(&key, key_width);
        let line = format!("{key}  {}  {third}", padded(&value, value_width));
        if columns(&line) <= COLUMNS {
            writeln!(out, "{line}")?;
        } else {
            let indent = (key_width + value_width + 4).min(COLUMNS.saturating_sub(columns(&third)));
            writeln!(out, "{key}  {value}\n{:indent$}{third}", "")?;
        }
    }
    Ok(())
}

/// Writes a commented configuration file, or what an editor needs.
///
/// # Errors
///
/// If there is one already and `--force` is not given, or it cannot be written.
pub fn init(args: &InitArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    if args.editor {
        return editor::write(&working_directory()?, args.force, out);
    }
    let file = args.file.display();
    if args.file.exists() && !args.force {
        let fault = Diagnostic::new("config", format!("{file} already exists"));
        return Err(vec![fault.help("edit it, or replace it with --force")]);
    }
    write_template(&args.file).map_err(|error| {
        vec![
            Diagnostic::new("config", format!("cannot write {file}: {error}"))
                .help("name a file in a folder that exists"),
        ]
    })?;
    let written = writeln!(
        out,
        "wrote {file}: name the tenant and how the administrator signs in, then\n`graphwalk config show` shows the effective configuration"
    );
    printed(written)?;
    Ok(Exit::Passed)
}

fn write_template(path: &Path) -> io::Result<()> {
    private_file::replace(path, TEMPLATE.as_bytes())
}

fn working_directory() -> Result<PathBuf, TutorialFaults> {
    std::env::current_dir()
        .map_err(|error| vec![Diagnostic::new("config", format!("the working directory cannot be read: {error}"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(file: &str, variables: &[(&str, &str)], flags: ConfigArgs) -> Vec<Effective> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), file).unwrap();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let sources = Sources {
            file: None,
            directory: folder.path().to_owned(),
            variables: variables.iter().map(owned).collect(),
            flags: flags.flags(),
            values: flags.set.clone(),
            tenant: None,
        };
        let mut effective = Config::load(&sources).unwrap().effective;
        for row in &mut effective {
            let short = |text: &str| text.replace(&format!("{}/", folder.path().display()), "");
            row.value = row.value.as_deref().map(short);
            if let crate::config::ValueOrigin::File { file, .. } = &mut row.origin {
                *file = short(file).into();
            }
        }
        effective
    }

    fn example() -> Vec<Effective> {
        let file = "tenant = \"contoso.onmicrosoft.com\"\nca-file = \"corporate-certificates/root-and-intermediate.pem\"\n\
                    [actors.administrator]\nsign-in = \"client-secret\"\n\
                    client-id = \"11111111-2222-4333-8444-555555555555\"\nclient-secret-env = \"MY_SECRET\"\n\
                    [actors.\"Adele Vance\"]\nsign-in = \"device-code\"\n\
                    client-id = \"11111111-2222-4333-8444-555555555555\"\nscopes = [\"User.Read\", \"AccessReview.ReadWrite.All\"]\n";
        let variables = [("GRAPHWALK_PROXY", "http://user:canary@proxy.example:8080"), ("MY_SECRET", "canary")];
        let flags = ConfigArgs { yes: true, finish: Some("wait".to_owned()), ..ConfigArgs::default() };
        loaded(file, &variables, flags)
    }

    #[test]
    fn the_effective_configuration_names_sources_and_hides_secrets() {
        let mut out = Vec::new();
        table(&example(), |row| row.origin.to_string(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains("canary"), "{out}");
        insta::assert_snapshot!(out);
    }

    #[test]
    fn the_effective_configuration_is_printed_as_json() {
        let mut out = Vec::new();
        as_json(&example(), &mut out).unwrap();
        let rows: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let tenant = json!({"key": "tenant", "value": "contoso.onmicrosoft.com", "from": "graphwalk.toml:1", "variable": "GRAPHWALK_TENANT"});
        assert_eq!(rows[0], tenant);
        assert!(!rows.to_string().contains("canary"));
    }

    #[test]
    fn the_variables_are_listed() {
        let mut out = Vec::new();
        table(&example(), |row| row.variable.clone(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
        for name in ["GRAPHWALK_TIMEOUTS_SIGN_IN", "GRAPHWALK_ACTORS_ADELE_VANCE_SIGN_IN", "GRAPHWALK_ALLOW_WRITES"] {
            assert!(out.contains(name), "{out}");
        }
    }

    #[test]
    fn a_file_that_is_there_is_never_overwritten_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        let run = |force| {
            let mut out = Vec::new();
            init(&InitArgs { force, editor: false, file: file.clone() }, &mut out)
        };
        assert_eq!(run(false), Ok(Exit::Passed));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEMPLATE);
        std::fs::write(&file, "mine").unwrap();
        assert_eq!(run(false).unwrap_err()[0].help.as_deref(), Some("edit it, or replace it with --force"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(run(true), Ok(Exit::Passed));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEMPLATE);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
