//! Many tenants: a file that names them, each with what is its own beside `graphwalk.toml`.
//!
//! A row is laid over all other layers of the configuration, variables and flags too: what it says of its tenant is meant for that
//! tenant alone. Secrets stand in environment variables, which a row names.

mod csv;
mod toml;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::fault::{ConfigFault, Problem};
use super::given::{Given, Value, ValueOrigin};
use super::keys::KeyPath;
use crate::diagnostic::Diagnostic;

/// The keys of a row beside those of a configuration.
const NAME: &str = "name";
const LABELS: &str = "labels";
const SEED: &str = "seed";
/// The keys of a configuration that belong to all tenants together: the folder of the runs, and what a person allows on the
/// command line.
const OF_ALL: [&str; 2] = ["runs", "token-cache"];

/// The tenants of a file, in its order.
#[derive(Clone, Debug)]
pub struct TenantsFile {
    /// The file as the user knows it.
    pub file: Arc<str>,
    /// The tenants.
    pub rows: Vec<Arc<TenantRow>>,
    /// The environment variables that the rows name: one of another row is no mistake.
    variables: Arc<BTreeSet<String>>,
}

/// One tenant of a file.
#[derive(Debug)]
pub struct TenantRow {
    /// The name in reports: `name`, or else `tenant`.
    pub name: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The content of an emulated tenant, if that is not the same for all.
    pub seed: Option<std::path::PathBuf>,
    /// The line at which it begins; 1 for the first.
    pub line: usize,
    given: Given,
}

/// A tenant as a layer of a configuration.
#[derive(Clone, Debug)]
pub struct TenantLayer {
    /// The tenant.
    pub row: Arc<TenantRow>,
    variables: Arc<BTreeSet<String>>,
}

impl TenantsFile {
    /// Reads a file: CSV if its name ends so, else TOML.
    ///
    /// # Errors
    ///
    /// The file cannot be read, a key or value is not known, two rows have one name, or there is no row; all faults are
    /// named, each with its place.
    pub fn read(path: &Path) -> Result<Self, Vec<ConfigFault>> {
        let text: Arc<str> = match std::fs::read_to_string(path) {
            Ok(text) => text.trim_start_matches('\u{feff}').into(),
            Err(source) => return Err(vec![Problem::UnreadableTenants { file: path.to_owned(), source }.anywhere()]),
        };
        let mut faults = Vec::new();
        let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let read = if is_csv { csv::read } else { toml::read };
        let rows = read(path, &text, &mut faults);
        let file: Arc<str> = path.display().to_string().into();
        refuse_twins(&file, &rows, &mut faults);
        if rows.is_empty() && faults.is_empty() {
            let name = path.to_owned();
            faults.push(Problem::NoTenants { file: name }.anywhere());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let named = rows.iter().flat_map(|row| row.given.named_variables()).map(str::to_owned);
        let variables = Arc::new(named.collect());
        Ok(Self { file, rows: rows.into_iter().map(Arc::new).collect(), variables })
    }

    /// The tenants that have each of these labels, in the order of the file.
    ///
    /// # Errors
    ///
    /// None has all of them: which labels there are.
    pub fn labelled(self, labels: &[String]) -> Result<Self, Box<Diagnostic>> {
        if labels.is_empty() {
            return Ok(self);
        }
        let has_all = |row: &Arc<TenantRow>| labels.iter().all(|label| row.labels.contains(label));
        let rows: Vec<Arc<TenantRow>> = self.rows.iter().filter(|row| has_all(row)).cloned().collect();
        if !rows.is_empty() {
            return Ok(Self { rows, ..self });
        }
        let known: BTreeSet<&str> = self.rows.iter().flat_map(|row| &row.labels).map(String::as_str).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        let noun = if labels.len() == 1 { "the label" } else { "the labels" };
        let message = format!("{}: no tenant has {noun} {}", self.file, labels.join(" and "));
        Err(Box::new(Diagnostic::new("label", message).help(match known.as_str() {
            "" => "give the tenants of the file `labels`".to_owned(),
            known => format!("the labels in the file: {known}"),
        })))
    }

    /// The tenant at this place of the file, 0 for the first, as a layer of a configuration.
    pub fn layer(&self, place: usize) -> Option<TenantLayer> {
        let row = Arc::clone(self.rows.get(place)?);
        Some(TenantLayer { row, variables: Arc::clone(&self.variables) })
    }

    /// The place of the tenant of this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.name == name)
    }
}

impl TenantRow {
    /// Returns the identity of the tenant for comparisons: the same on every machine, and without what only says how one
    /// signs in.
    pub fn identity(&self) -> String {
        let of = |key: &str| self.text(key).map_or_else(String::new, |text| text.trim_end_matches('/').to_lowercase());
        format!("{} {} {}", of("tenant"), of("cloud"), of("base-url"))
    }

    /// The tenant's id, if it is named by that.
    pub fn tenant_id(&self) -> Option<&str> {
        self.text("tenant").filter(|tenant| uuid::Uuid::try_parse(tenant).is_ok())
    }

    /// The ids that it gives to objects from outside.
    pub fn values(&self) -> &std::collections::BTreeMap<String, String> {
        &self.given.values.configured
    }

    fn text(&self, key: &str) -> Option<&str> {
        match &self.given.get(&KeyPath::setting(key)?)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl TenantLayer {
    /// Lays the tenant over what was given so far.
    pub(super) fn lay_over(&self, given: &mut Given) {
        let own = &self.row.given;
        for key in own.keys().filter(|key| key.key().name == "sign-in") {
            // Who signs in another way here does not bring what the other way needs.
            let is_other =
                given.get(key).is_some_and(|before| Some(&before.value) != own.get(key).map(|own| &own.value));
            if let (true, Some(actor)) = (is_other, &key.actor) {
                given.forget_actor(actor);
            }
        }
        for key in own.keys() {
            if let Some(entry) = own.get(key) {
                given.put(key.clone(), entry.clone());
            }
        }
        for (name, id) in &own.values.configured {
            given.values.configured.insert(name.clone(), id.clone());
            if let Some(origin) = own.value_origins.get(name) {
                given.value_origins.insert(name.clone(), origin.clone());
            }
        }
        given.may_change.extend(own.may_change.iter().cloned());
    }

    /// The variables that this tenant or another one of the file names.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(String::as_str)
    }
}

/// The values of a row, before it is known to be a tenant.
#[derive(Debug, Default)]
struct ReadRow {
    name: Option<String>,
    labels: Vec<String>,
    seed: Option<std::path::PathBuf>,
    given: Given,
}

impl ReadRow {
    /// The row, if it names its tenant.
    fn finish(self, file: &Arc<str>, line: usize, faults: &mut Vec<ConfigFault>) -> Option<TenantRow> {
        let Self { name, labels, seed, given } = self;
        let mut row = TenantRow { name: String::new(), labels, seed, line, given };
        let tenant = row.text("tenant").map(str::to_owned);
        match (name, tenant) {
            (name, Some(tenant)) => row.name = name.unwrap_or(tenant),
            (_, None) => {
                let is_faulty = row.given.faulty.iter().any(|key| key.key().name == "tenant");
                if !is_faulty {
                    let why = "each tenant of the file is named by its id or one of its domains".to_owned();
                    let origin = ValueOrigin::Row { file: Arc::clone(file), line };
                    faults.push(Problem::Missing { key: "tenant".to_owned(), why }.at(&origin, None));
                }
                return None;
            }
        }
        Some(row)
    }
}

/// Refuses two rows of one tenant, which would be two runs at once in it, and two of one name, which could not be told apart.
fn refuse_twins(file: &Arc<str>, rows: &[TenantRow], faults: &mut Vec<ConfigFault>) {
    let (mut identities, mut names) = (HashMap::new(), HashMap::new());
    for row in rows {
        let same = [
            ("tenant", identities.insert(row.identity(), row.line)),
            ("name", names.insert(row.name.to_lowercase(), row.line)),
        ];
        if let Some((key, earlier)) = same.into_iter().find_map(|(key, line)| Some((key, line?))) {
            let origin = ValueOrigin::Row { file: Arc::clone(file), line: row.line };
            let problem = Problem::TenantTwice { key, name: row.name.clone(), earlier };
            faults.push(problem.at(&origin, None));
        }
    }
}

/// Returns whether a key may stand in a row; what is said of one that may not.
fn belongs_to_all(key: &str) -> Option<Problem> {
    let why = "it belongs to all tenants together: write it in graphwalk.toml".to_owned();
    OF_ALL.contains(&key).then(|| Problem::NoEffect { key: key.to_owned(), why })
}

#[cfg(test)]
mod tests;
